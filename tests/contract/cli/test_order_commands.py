"""``entrepot orders pieces``, ``orders act`` and ``desk`` on an order of a small house."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from entrepot.cli import main
from entrepot.infra.database import Database
from tests.scenario.order_house import ORDER, House, open_house


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def house(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", database.url)
    monkeypatch.setenv("ENTREPOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return open_house(database, tmp_path)


def run(*arguments: str) -> Done:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["entrepot", *arguments])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def test_an_order_is_read_by_piece_and_moved_on(house: House) -> None:
    house.stock(DC=2)
    house.trade(qty=3)
    house.settle()
    read = json.loads(run("orders", "pieces", ORDER, "--json").out)
    assert (read["status"], [piece["state"] for piece in read["pieces"]]) == ("waiting", ["backordered"])
    assert "backordered" in run("orders", "pieces", ORDER).out
    desk = [json.loads(line) for line in run("desk", "--json").out.splitlines()]
    assert [(row["order_id"], row["reason"], row["qty"]) for row in desk] == [(ORDER, "backordered", 3)]
    assert "backordered" in run("desk").out

    line = read["pieces"][0]["piece"].partition("#")[0]
    done = run("orders", "act", ORDER, "cancel", "--take", f"{line}=1", "--id", "k1", "--json")
    assert json.loads(done.out)["changes"][0]["target"] == "cancelled"
    assert json.loads(run("orders", "act", ORDER, "reserve", "--json").out)["steps"] == ["source"]
    assert house.pieces() == {"cancelled": 1, "sourced@DC": 2}


def test_every_command_that_http_takes_is_taken(house: House) -> None:
    house.stock(DC=5)
    house.trade(qty=3)
    house.settle()
    line = json.loads(run("orders", "pieces", ORDER, "--json").out)["pieces"][0]["piece"].partition("#")[0]
    edit = ("orders", "act", ORDER, "edit", "--take", f"{line}=1", "--add", f"{line}:A-1=2", "--id", "e1", "--json")
    done = json.loads(run(*edit).out)
    assert [(one["target"], one["qty"]) for one in done["changes"]] == [
        ("cancelled", 1),
        ("placed", 2),
        ("reserved", 2),
    ]
    assert json.loads(run(*edit).out)["is_replay"]
    run("orders", "act", ORDER, "release")
    run("orders", "act", ORDER, "ship", "--parcel", "SF:SF123")
    run("orders", "act", ORDER, "deliver")
    swapped = run("orders", "act", ORDER, "exchange", "--take", f"{line}=1", "--add", "A-1=1", "--json")
    assert json.loads(swapped.out)["changes"][-1]["target"] == "placed", swapped.err
    for arguments, code in (
        (("told_issued",), 2), (("nonsense",), 2), (("release", "--parcel", "SF:1"), 2),
        (("ship", "--parcel", "SF"), 2),
        (("edit",), 5), (("edit", "--add", "A-1"), 2), (("edit", "--add", "B=1"), 5), (("source", "--spot", "x"), 2),
    ):  # fmt: skip
        refused = run("orders", "act", ORDER, *arguments)
        assert (refused.code, refused.out) == (code, ""), (arguments, refused)


def test_a_table_cuts_no_id_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.trade(qty=3)
    house.settle()
    monkeypatch.delenv("COLUMNS")
    assert ORDER in run("desk").out
    assert ORDER in run("orders", "list").out


def test_a_refusal_says_why_and_ends_with_its_code(house: House) -> None:
    house.stock(DC=2)
    house.trade(qty=2)
    house.settle()
    refused = run("orders", "act", ORDER, "deliver")
    assert refused.code == 5
    assert "May be done now" in refused.err
    assert run("orders", "act", ORDER, "cancel", "--take", "x=many").code == 2
    assert run("orders", "pieces", "taobao:shop:0").code == 3
