"""``entrepot sourcing``: explain, replay, override, prices, reoptimise, terms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from entrepot.app import wire
from entrepot.infra.database import Database
from entrepot.infra.settings import Settings
from entrepot.stock import Node, upsert_nodes
from tests.contract.cli.test_order_commands import run
from tests.scenario.order_house import ORDER, House, open_house


@pytest.fixture
def house(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with a sourced order; the near centre has the least stock."""
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", database.url)
    monkeypatch.setenv("ENTREPOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    opened = open_house(database, tmp_path)
    platform = wire(Settings(data_dir=tmp_path, demo_rate=0), database, opened.clock)
    house = House(platform, opened.clock)
    near = Node("NEAR", 2, "test", kind="rdc", province="浙江省", latitude=30.2, longitude=120.2)
    far = Node("DC", 2, "test", kind="rdc", province="北京市", latitude=39.9, longitude=116.4)
    with database.transaction() as conn:
        upsert_nodes(conn, [near, far])
    house.stock(NEAR=3, DC=9)
    house.trade(qty=2, receiver_state="浙江省")
    house.settle()
    return house


def told(*arguments: str) -> list[dict[str, object]]:
    done = run("sourcing", *arguments, "--json")
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]  # nothing else may stand on standard output


def test_a_decision_is_explained_and_made_again(house: House) -> None:
    explained = told("explain", ORDER)[0]
    assert (explained["nodes"], explained["binding"]) == (["NEAR"], "carrier")
    text = run("sourcing", "explain", ORDER).out
    assert "NEAR is carried cheapest; DC costs" in text
    assert told("replay", ORDER)[0]["is_same"] is True
    assert "the same answer" in run("sourcing", "replay", ORDER).out
    assert run("sourcing", "explain", "taobao:shop:0").code == 3
    assert run("sourcing", "replay", ORDER, "--seq", "999999").code == 3


def test_a_person_overrides_from_the_command_line(house: House) -> None:
    assert told("override", ORDER, "--node", "DC", "--reason", "stock count")[0]["nodes"] == ["DC"]
    assert house.pieces() == {"sourced@DC": 2}
    assert "overridden by command line: stock count" in run("sourcing", "explain", ORDER).out
    refused = run("sourcing", "override", ORDER, "--node", "MOON", "--reason", "stock count")
    assert refused.code == 5
    assert "There is no node MOON" in refused.err


def test_prices_are_solved_and_listed(house: House) -> None:
    assert run("sourcing", "prices").code == 3
    # Enough for what is expected, not for half more: then the node that is carried cheaper is worth something.
    assert [(one["sku"], one["node"]) for one in told("prices", "--solve")] == [("A-1", "NEAR")]
    assert "solution 1 of" in run("sourcing", "prices").err


def test_waiting_orders_are_decided_together(house: House) -> None:
    done = told("reoptimise")[0]
    assert (done["moved"], done["batch"]) == (0, None)
    assert "orders waited" in run("sourcing", "reoptimise").out


def test_terms_are_read_and_changed(house: House) -> None:
    assert {"name": "split_penalty", "value": 300} in told("policy")
    assert {"name": "split_penalty", "value": 700} in told("policy", "split_penalty=700", "ship_within_hours=null")
    assert {"name": "split_penalty", "value": 700} in told("policy")
    assert {"name": "channels", "value": ["taobao"]} in told("node", "DC", 'channels=["taobao"]', "capacity=40")
    assert {"name": "capacity", "value": 40} in told("node", "DC")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("policy", "split_penalty"), 2, "is not NAME=VALUE"),
        (("policy", "splits=1"), 2, "There is no setting splits"),
        (("policy", "split_penalty=much"), 2, "A setting does not fit"),
        (("policy", "split_penalty=-1"), 2, "below zero"),
        (("node", "MOON", "capacity=1"), 3, "There is no node 'MOON'"),
        (("node", "DC", "capacity=-1"), 2, "below zero"),
    ],
)
def test_a_wrong_setting_says_how_to_mend_it(house: House, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = run("sourcing", *arguments)
    assert (done.code, message in done.err) == (code, True), done.err
