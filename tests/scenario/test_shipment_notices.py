"""A parcel that leaves by our word is told to its channel; one the channel told us of is not told back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.hub.writeback import TargetQuery, targets
from entrepot.infra.database import Database
from entrepot.orders.pieces import Command, Take
from tests.scenario.order_house import ORDER, House, open_house


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    house = open_house(database, tmp_path)
    house.stock(DC=5)
    house.trade(qty=2)
    house.settle()
    house.later(minutes=10)
    yield house
    house.check_books()


def _ship(house: House, number: str, *takes: Take) -> None:
    platform = house.platform
    with platform.db.transaction() as conn:
        standing = platform.lifecycle.follow(conn, platform.lifecycle.lock(conn, ORDER))
        command = Command(f"ship-{number}", "ship", takes=takes, actor="clerk")
        outcome = platform.lifecycle.act(conn, standing, command, {"carrier": "SF", "tracking_no": number})
        assert outcome.refusal is None, outcome.refusal
    house.settle()


def _told(house: House) -> dict[str, dict[str, object]]:
    with house.platform.db.read() as conn:
        return {row.target: row.wish for row in targets(conn, TargetQuery(kind="shipment", limit=500))}


def test_a_whole_order_in_one_parcel_is_told_without_lines(house: House) -> None:
    _ship(house, "SF123")
    wish = _told(house)["41171612630246574/SF123"]
    assert (wish["order_id"], wish["carrier"], wish["line_ids"]) == ("41171612630246574", "SF", [])


def test_a_part_of_an_order_is_told_with_its_lines(house: House) -> None:
    _ship(house, "SF123", Take(house.order().pieces[0].line, 1))
    assert _told(house)["41171612630246574/SF123"]["line_ids"] == ["41171612630246575"]


def test_what_the_channel_itself_tells_is_not_told_back(house: House) -> None:
    line = {"oid": 41171612630246575, "num": 2, "price": "14.75", "total_fee": "29.50", "outer_sku_id": "A-1",
            "invoice_no": "SF999", "logistics_company": "顺丰速运", "consign_time": "2026-11-02 11:00:00"}  # fmt: skip
    house.trade(qty=2, minute=30, status="WAIT_BUYER_CONFIRM_GOODS", orders={"order": [line]})
    house.settle()
    assert _told(house) == {}
