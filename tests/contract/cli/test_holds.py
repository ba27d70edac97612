"""``entrepot hold`` as a person uses it."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from entrepot.cli import main
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.stock import Movement, StockBook


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def stocked(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Ten pieces of A at N1."""
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", database.url)
    monkeypatch.setenv("ENTREPOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with database.transaction() as conn:
        log.ensure_partitions(conn)
        receipt = Movement("in", "A", 10, "supplier", "on_hand", "N1", "on_hand", "receipt", at)
        StockBook(database).post(conn, [receipt])
    return database


def run(*arguments: str) -> Done:
    """Run a command inside the test's process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["entrepot", "hold", *arguments])
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def test_a_hold_is_made_changed_shown_and_audited() -> None:
    (held,) = run("create", "o-1", "A@N1=4", "A=2", "--doc", "D", "--channel", "web", "--json").lines
    assert [(one["line"], one["node"], one["qty"]) for one in held["placements"]] == [("1", "N1", 4), ("2", "N1", 2)]
    assert run("create", "o-1", "A@N1=4", "A=2", "--doc", "D", "--channel", "web", "--json").lines == [held]
    assert run("void", "o-1", "--line", "2=1", "--json").lines[0]["placements"][1]["qty"] == 1
    assert run("post", "o-1", "--line", "1", "--json").lines[0]["state"] == "held"
    assert "o-1: posted (order)" in run("post", "o-1").err
    (shown,) = run("show", "o-1", "--json").lines
    assert [entry["act"] for entry in shown["journal"]] == ["create", "create", "void", "post", "post"]
    assert "command line" in run("show", "o-1").out
    assert run("list", "--json").lines == []
    assert [row["state"] for row in run("list", "--state", "posted", "--json").lines] == ["posted", "posted"]
    assert run("audit", "--json").lines == []
    assert "0 sums differ" in run("audit").err


def test_a_cart_is_put_off_and_a_refusal_has_its_exit_code() -> None:
    assert run("create", "c", "A=1", "--kind", "cart").code == 2
    assert run("create", "c", "A=1", "--kind", "cart", "--minutes", "15").code == 0
    assert run("extend", "c", "--minutes", "60", "--json").lines[0]["state"] == "held"
    short = run("create", "o", "A@N1=99")
    assert (short.code, short.out) == (5, "")
    assert "Cannot allocate 99 of A at N1: 9 available (10 usable on hand, 1 reserved)" in short.err
    assert run("void", "nobody").code == 3
    assert run("create", "x", "A").code == 2


def test_a_cart_becomes_an_order_and_moves(stocked: Database) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with stocked.transaction() as conn:
        receipt = Movement("in-2", "A", 1, "supplier", "on_hand", "N2", "on_hand", "receipt", at)
        StockBook(stocked).post(conn, [receipt])
    run("create", "c", "A@N1=2", "--kind", "cart", "--minutes", "15")
    assert run("confirm", "c", "--json").lines[0]["kind"] == "order"
    (moved,) = run("move", "c", "1@N1=1", "1@N2=1", "--json").lines
    assert [(one["node"], one["qty"]) for one in moved["placements"]] == [("N1", 1), ("N2", 1)]
    assert run("move", "c", "1=2").code == 2
    assert run("move", "c", "9@N1=2").code == 5
    assert run("move", "nobody", "1@N1=2").code == 3


def test_a_file_of_holds_is_taken_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "holds.jsonl"
    hold = '{"id": "o-%d", "kind": "order", "lines": [{"sku": "A", "qty": %d}]}'
    file.write_text("\n".join([hold % (1, 2), "no json", hold % (2, 0), "", hold % (3, 99), hold % (4, 3)]), "utf-8")
    done = run("load", str(file), "--json")
    items = [json.loads(line) for line in done.out.splitlines()]
    assert [(one["id"], one["state"], one.get("reason")) for one in items] == [
        ("o-1", "held", None), ("", "refused", "invalid"), ("o-2", "refused", "invalid"), ("o-3", "refused", "short"),
        ("o-4", "held", None),
    ]  # fmt: skip
    assert done.code == 5
    told = run("load", str(file))
    assert (told.code, "2 held, 3 refused" in told.err, "Cannot allocate 99 of A" in told.out) == (5, True, True)
    file.write_text(hold % (1, 2), "utf-8")
    assert run("load", str(file)).code == 0
    assert run("load", str(tmp_path / "none")).code == 3
    file.write_text("", "utf-8")
    assert run("load", str(file)).code == 2


def test_codes_that_nobody_has_heard_of_keep_nothing_back() -> None:
    for arguments in (("quota", "put", "B", "web", "8"), ("quota", "put", "A", "web", "8", "--node", "N9")):
        refused = run(*arguments)
        assert (refused.code, "stock.unknown_code" in refused.err) == (3, True)
    assert run("limit", "B", "N1", "--safety", "1").code == 3
    assert run("quota", "list", "--json").lines == []
    for to in ("customer", "N1"):
        assert run("create", f"t-{to}", "A@N1=1", "--kind", "transfer", "--to-node", to).code == 2


def test_channels_are_protected_and_cells_limited() -> None:
    (put,) = run("quota", "put", "A", "web", "8", "--node", "N1", "--json").lines
    assert (put["channel"], put["node"], put["protected"]) == ("web", "N1", 8)
    assert "protected for other channels" in run("create", "j", "A@N1=3", "--channel", "jd").err
    (quota,) = run("quota", "list", "--json").lines
    assert (quota["channel"], quota["protected"], quota["drawn"]) == ("web", 8, 0)
    (limits,) = run("limit", "A", "N1", "--safety", "1", "--backorder-cap", "2", "--json").lines
    assert limits == {"sku": "A", "node": "N1", "safety": 1, "backorder_cap": 2}
    assert run("quota", "put", "A", "web", "0", "--node", "N1").code == 0
    assert run("create", "b", "A@N1=11", "--backorder", "--json").lines[0]["placements"][0]["backordered"] == 2


def test_an_audit_that_finds_something_says_so(stocked: Database) -> None:
    run("create", "o", "A=1")
    with stocked.transaction() as conn:
        conn.execute("UPDATE stock.level SET allocated = 3")
    done = run("audit", "--json")
    assert done.code == 1
    assert json.loads(done.out)["level"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "o-1", "A=1", "--minutes", "99999999999"), "--minutes"),
        (("extend", "o-1", "--minutes", "99999999999999"), "--minutes"),
        (("limit", "A", "N1", "--safety", "99999999999999999999"), "--safety"),
        (("limit", "A", "N1", "--backorder-cap", "99999999999999999999"), "--backorder-cap"),
        (("quota", "put", "A", "web", "5", "--from", "0001-01-01T00:00:00+14:00"), "not between 1970 and 2200"),
        (("quota", "put", "A", "web", "5", "--until", "9999-12-31T23:00:00-12:00"), "not between 1970 and 2200"),
        (("show", "\udcff"), "no text in UTF-8"),
    ],
)
def test_numbers_times_and_bytes_that_nobody_means_are_refused(arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert words in done.err
