"""``entrepot stock atp``, ``supply`` and ``writeback`` beside a database that is there."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from entrepot.app import Platform
from entrepot.cli import main
from entrepot.flows.followers import catch_up
from entrepot.hub.shops import Shop
from entrepot.infra import log
from entrepot.infra.log import Event
from entrepot.stock import Listing, Movement, Sku, upsert_listings, upsert_skus


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


class Line:
    """Runs commands against one database."""

    def __init__(self, platform: Platform, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("ENTREPOT_DATABASE_URL", platform.db.url)
        patch.setenv("ENTREPOT_DATA_DIR", str(platform.settings.data_dir))
        patch.setenv("COLUMNS", "200")
        self._patch = patch

    def __call__(self, *arguments: str) -> Ran:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with redirect_stdout(out), redirect_stderr(err):
            self._patch.setattr(sys, "argv", ["entrepot", *arguments])
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def line(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Line:
    with platform.db.transaction() as conn:
        log.ensure_partitions(conn)
        platform.shops.register(conn, Shop("taobao", "flagship", "旗舰店"))
        upsert_skus(conn, [Sku("A-1", 1, "x")])
        upsert_listings(conn, [Listing("taobao", "flagship", "100", 1, "x", "7", "A-1", sku_id="A-1", how="exact")])
        log.append(conn, [Event("catalogue.changed", "stock.sku", {})])
        way = ("supplier", "on_hand", "DC", "on_hand")
        platform.book.post(conn, [Movement("m1", "A-1", 5, *way, "receipt", platform.clock.now())])
    catch_up(platform.followers())
    return Line(platform, monkeypatch)


def test_atp_tells_a_skus_figures_by_shop_and_date(line: Line) -> None:
    shown = json.loads(line("stock", "atp", "A-1", "--json").out)
    assert [(one["shop"], one["offered"]) for one in shown["shops"]] == [("flagship", 5)]
    assert shown["nodes"][0]["on_hand"] == 5
    assert "flagship" in line("stock", "atp", "A-1").out
    assert line("stock", "atp", "B-9").code == 3


def test_supply_is_loaded_whole_or_not_at_all(line: Line, platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "po.csv"
    file.write_text("id,sku,node,qty,due\nPO1,A-1,DC,10,2099-01-01\n", encoding="utf-8")
    assert "1 lines read, 1 changed" in line("supply", "load", str(file)).err
    assert "1 lines read, 0 changed" in line("supply", "load", str(file)).err
    catch_up(platform.followers())
    listed = json.loads(line("supply", "list", "--json").out)
    assert (listed["id"], listed["qty"], listed["source"]) == ("PO1", 10, "cli")
    assert json.loads(line("stock", "atp", "A-1", "--json").out)["shops"][0]["next_qty"] == 15
    file.write_text("id,sku,node,qty\nPO2,A-1,DC,many\n", encoding="utf-8")
    refused = line("supply", "load", str(file))
    assert (refused.code, "row 2: qty 'many'" in refused.err) == (2, True)
    assert line("supply", "load", str(tmp_path / "none.csv")).code == 3
    for empty in ("", "id,sku,node,qty\n"):
        file.write_text(empty, encoding="utf-8")
        assert line("supply", "load", str(file)).code == 2


def test_the_outbox_is_listed_and_its_dead_letters_wait_again(line: Line, platform: Platform) -> None:
    with platform.db.transaction() as conn:
        conn.execute("UPDATE hub.writeback SET state = 'dead', reason = 'http.404'")
    listed = json.loads(line("writeback", "list", "--state", "dead", "--json").out)
    assert (listed["target"], listed["wish"]["qty"], listed["reason"]) == ("100/7", 5, "http.404")
    assert json.loads(line("writeback", "retry", "--channel", "taobao", "--json").out) == {"retried": 1}
    assert line("writeback", "list", "--state", "dead", "--json").out == ""


def test_a_shop_is_given_an_address_and_secrets_by_name(line: Line, platform: Platform) -> None:
    url = "write_url=https://eco.taobao.com"
    ran = line("shop", "add", "taobao", "flagship", "--setting", url, "--secret", "session=x")
    assert ran.code == 0, ran.err
    with platform.db.read() as conn:
        shop = platform.shops.get(conn, "taobao", "flagship")
    assert (shop.settings, shop.secrets) == ({"write_url": "https://eco.taobao.com"}, {"session": "x"})
    assert line("shop", "add", "taobao", "flagship", "--setting", "write_url=http://eco.taobao.com").code == 2


def test_a_zone_and_a_state_that_do_not_exist_are_refused(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "po.csv"
    file.write_text("id,kind,sku,node,qty,due\n")
    zone = line("supply", "load", str(file), "--zone", "Nowhere/Land")
    assert (zone.code, "'Nowhere/Land' is no time zone" in zone.err) == (2, True)
    state = line("writeback", "list", "--state", "wating")
    assert (state.code, "Use one of waiting, done, held, dead" in state.err) == (2, True)
