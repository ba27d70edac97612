"""What becomes of an own order is known to the order book: listed as it stands, tracked, and late only when it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from entrepot.hub.adapter import RawMessage
from entrepot.hub.shops import Shop
from entrepot.infra.database import Database
from entrepot.orders.pieces import Added, Command, Take
from tests.scenario.order_house import House, open_house

ORDER = "own:desk:T-1"


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    house = open_house(database, tmp_path)
    with house.platform.db.transaction() as conn:
        house.platform.shops.register(conn, Shop("own", "desk", "自有订单"))
        house.platform.shops.register(conn, Shop("kuaidi100", "main", "快递100"))
    house.stock(DC=9)
    tell(house, lines=[{"line_id": "1", "sku": "A-1", "qty": 3}], payment="paid", placed_at=house.clock.at.isoformat())
    house.later(minutes=10)
    yield house
    house.check_books()


def tell(house: House, **fields: object) -> None:
    body = {"order_id": "T-1", "version": house.clock.at.isoformat(), "status": "open", "mode": "ship", **fields}
    message = RawMessage("own", "desk", "order", json.dumps(body).encode(), house.clock.at)
    house.platform.intake.accept([message])
    house.settle()


def ship(house: House, number: str, qty: int) -> None:
    platform = house.platform
    with platform.db.transaction() as conn:
        standing = platform.lifecycle.follow(conn, platform.lifecycle.lock(conn, ORDER))
        command = Command(f"ship-{number}", "ship", takes=(Take("1", qty),), actor="clerk")
        outcome = platform.lifecycle.act(conn, standing, command, {"carrier": "SF", "tracking_no": number})
        assert outcome.refusal is None, outcome.refusal
    house.settle()


def scanned(house: House, number: str, state: str = "3") -> None:
    at = (house.clock.at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    data = [{"context": "已签收", "time": at, "ftime": at, "status": "签收", "statusCode": state}]
    push = {
        "status": "polling",
        "lastResult": {"state": state, "ischeck": "1", "com": "shunfeng", "nu": number, "data": data},
    }
    house.platform.intake.accept([RawMessage("kuaidi100", "main", "", json.dumps(push).encode(), house.clock.at)])
    house.settle()


def listed(house: House) -> tuple[str, bool, bool]:
    """Return the status of the list, and whether times of despatch and delivery are known."""
    with house.platform.db.read() as conn:
        row = conn.execute(
            "SELECT fulfilment_status, shipped_at IS NOT NULL, delivered_at IS NOT NULL FROM orders.orders "
            "WHERE id = %s",
            (ORDER,),
        ).fetchone()
    assert row is not None
    return row


def test_the_list_says_how_far_an_own_order_is(house: House) -> None:
    assert listed(house) == ("in_progress", False, False)
    ship(house, "SF1", 2)
    assert listed(house) == ("part_shipped", True, False)
    ship(house, "SF2", 1)
    assert listed(house) == ("shipped", True, False)
    with house.platform.db.read() as conn:
        parcels = conn.execute("SELECT tracking_no, lines FROM orders.shipment ORDER BY 1").fetchall()
    assert [number for number, _ in parcels] == ["SF1", "SF2"]
    house.must("deliver", order=ORDER)
    assert listed(house) == ("delivered", True, True)
    house.must("ask_return", Take("1", 1), order=ORDER)
    house.must("receive", order=ORDER)
    assert listed(house) == ("delivered", True, True)


def test_a_carriers_scan_delivers_the_parcel_it_is_about(house: House) -> None:
    ship(house, "SF1", 2)
    scanned(house, "SF1")
    assert house.pieces(ORDER) == {"released@DC": 1, "delivered@DC": 2}
    ship(house, "SF2", 1)
    scanned(house, "SF2")
    assert house.pieces(ORDER) == {"delivered@DC": 3}
    assert listed(house)[0] == "delivered"


def test_what_is_added_later_or_lost_is_served_though_the_list_said_shipped(house: House) -> None:
    ship(house, "SF1", 3)
    house.must("lose", Take("1", 1), order=ORDER)
    house.must("reserve", order=ORDER)
    assert listed(house)[0] == "part_shipped"
    assert house.pieces(ORDER) == {"shipped@DC": 2, "sourced@DC": 1}
    house.later(minutes=10)
    ship(house, "SF2", 1)
    house.must("deliver", order=ORDER)
    house.must("exchange", Take("1", 1), adds=(Added("1", "A-1", 1),), order=ORDER)
    assert house.pieces(ORDER) == {"delivered@DC": 2, "return_authorised@DC": 1, "sourced@DC": 1}
    assert listed(house)[0] == "part_shipped"


def test_an_order_that_a_person_cancels_is_listed_as_cancelled(house: House) -> None:
    house.must("cancel", order=ORDER)
    assert listed(house)[0] == "in_progress"
    house.must("agree", order=ORDER)
    assert listed(house) == ("cancelled", False, False)


def test_news_that_is_read_again_tells_nothing_new(house: House) -> None:
    ship(house, "SF1", 3)
    with house.platform.db.transaction() as conn:
        before = conn.execute("SELECT count(*) FROM orders.source").fetchone()
        conn.execute("UPDATE log.reader SET xid = '0', seq = 0 WHERE name = 'own_news'")
    house.settle()
    with house.platform.db.read() as conn:
        after = conn.execute("SELECT count(*) FROM orders.source").fetchone()
        parcels = conn.execute("SELECT count(*) FROM orders.shipment").fetchone()
    assert (listed(house)[0], parcels) == ("shipped", (1,))
    assert before is not None
    assert after is not None
    assert after[0] - before[0] <= 1
