"""The life of an order, told as stories; after each the books agree to the unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.infra.database import Database
from entrepot.orders.lifecycle import Edit
from entrepot.orders.pieces import Added, Spot, Take, status
from entrepot.stock import Movement
from tests.scenario.order_house import ORDER, House, open_house


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    house = open_house(database, tmp_path)
    yield house
    house.check_books()


def test_a_refused_order_goes_elsewhere_and_comes_back_to_the_shelf(house: House) -> None:
    house.stock(S1=5, DC=3)
    house.trade(qty=3)
    house.settle()
    assert house.pieces() == {"sourced@S1": 3}  # the node with most of it
    assert house.cell("S1")["allocated"] == 3

    house.later(minutes=10)
    assert house.pieces() == {"released@S1": 3}
    house.must("refuse", node="S1", reason="no hands free")
    assert house.pieces() == {"sourced@DC": 3}  # held anew, not at the store that refused
    assert house.cell("S1")["allocated"] == 0

    house.later(minutes=10)
    house.must("accept", node="DC")
    house.must("pick", node="DC")
    house.must("short", Take(house.order().pieces[0].line, 1), node="DC")
    # The unit that was not found is set aside to be counted; the customer's unit waits: the one node left has none.
    assert house.pieces() == {"backordered": 1, "picking@DC": 2}
    assert house.cell("DC") == {"on_hand": 2, "quality_hold": 1, "damaged": 0, "allocated": 2}

    house.stock(S2=1)
    house.settle()
    assert house.pieces() == {"sourced@S2": 1, "picking@DC": 2}
    house.must("pack", node="DC")
    house.must("ship", node="DC")
    assert house.cell("DC") == {"on_hand": 0, "quality_hold": 1, "damaged": 0, "allocated": 0}
    assert status(house.order().pieces) == "part_under_way"

    house.later(minutes=10)
    for command in ("accept", "pack", "ship", "deliver"):
        house.must(command)
    assert house.pieces() == {"delivered@DC": 2, "delivered@S2": 1}

    house.must("ask_return", Take(house.order().pieces[0].line, 2))
    house.must("authorise")
    house.must("send_in")
    house.must("receive", node="S1")
    assert house.cell("S1")["quality_hold"] == 2
    house.must("grade_sound", Take(next(p.id for p in house.order().pieces if p.state == "received"), 1))
    house.must("grade_faulty")
    house.must("restock")
    house.must("scrap")
    assert house.cell("S1") == {"on_hand": 6, "quality_hold": 0, "damaged": 0, "allocated": 0}
    assert (
        sorted(house.pieces()) == ["delivered@S2", "restocked@S1", "scrapped@S1"] or sum(house.pieces().values()) == 3
    )
    assert house.order().ordered == {house.order().pieces[0].line: 3}


def test_a_store_that_does_not_answer_loses_the_order(house: House) -> None:
    house.stock(S1=2, S2=1)
    house.trade(qty=1)
    house.settle()
    house.later(minutes=10)
    assert house.pieces() == {"released@S1": 1}
    house.later(minutes=31)
    assert house.pieces() == {"sourced@S2": 1}
    assert house.order().pieces[0].barred == ("S1",)


def test_another_store_may_claim_what_one_has_not_accepted(house: House) -> None:
    house.stock(S1=2, S2=1)
    house.trade(qty=1)
    house.settle()
    house.later(minutes=10)
    house.must("claim", node="S2")
    assert house.pieces() == {"accepted@S2": 1}
    assert (house.cell("S1")["allocated"], house.cell("S2")["allocated"]) == (0, 1)
    late = house.do("claim", node="S1")
    assert late.refusal is not None
    assert late.refusal.reason == "illegal"


def test_a_claim_without_stock_is_refused_and_changes_nothing(house: House) -> None:
    house.stock(S1=2)
    house.trade(qty=2)
    house.settle()
    house.later(minutes=10)
    refused = house.do("claim", node="S2")
    assert refused.refusal is not None
    assert house.pieces() == {"released@S1": 2}


def test_what_the_warehouse_ships_counts_whatever_was_planned(house: House) -> None:
    house.stock(S1=2, DC=2)
    house.trade(qty=2)
    house.settle()
    assert house.pieces() == {"sourced@DC": 2}
    shipped = Movement(
        "wms/1", "A-1", 2, "S1", "on_hand", "customer", "on_hand", "sale", house.clock.at, doc=ORDER, line="1"
    )
    with house.platform.db.transaction() as conn:
        house.platform.book.post(conn, [shipped])
    house.settle()
    assert house.pieces() == {"shipped@S1": 2}
    assert house.cell("DC") == {"on_hand": 2, "quality_hold": 0, "damaged": 0, "allocated": 0}
    assert house.cell("S1")["on_hand"] == 0


def test_a_channel_that_says_shipped_keeps_the_hold_until_the_warehouse_confirms(house: House) -> None:
    house.stock(DC=2)
    house.trade(qty=2)
    house.settle()
    house.trade(qty=2, minute=5, status="WAIT_BUYER_CONFIRM_GOODS", consign_time="2026-11-02 10:04:00")
    house.settle()
    assert house.pieces() == {"shipped@DC": 2}
    assert house.cell("DC")["allocated"] == 2
    shipped = Movement("wms/1", "A-1", 2, "DC", "on_hand", "customer", "on_hand", "sale", house.clock.at, doc=ORDER)
    with house.platform.db.transaction() as conn:
        house.platform.book.post(conn, [shipped])
    house.settle()
    assert house.pieces() == {"shipped@DC": 2}
    assert house.cell("DC") == {"on_hand": 0, "quality_hold": 0, "damaged": 0, "allocated": 0}


def test_a_cancelled_trade_gives_its_stock_back_and_the_next_in_line_gets_it(house: House) -> None:
    house.stock(DC=1)
    house.trade(qty=1)
    house.settle()
    house.trade(qty=1, tid=41171612630246576)
    house.settle()
    other = "taobao:shop:41171612630246576"
    assert house.pieces(other) == {"backordered": 1}
    house.trade(qty=1, minute=9, status="TRADE_CLOSED_BY_TAOBAO")
    house.settle()
    assert house.pieces() == {"cancelled@DC": 1}
    assert house.pieces(other) == {"sourced@DC": 1}


def test_cancel_after_release_asks_the_node_and_after_shipping_the_carrier(house: House) -> None:
    house.stock(DC=4)
    house.trade(qty=3)
    house.settle()
    house.later(minutes=10)
    house.must("ship", Take(house.order().pieces[0].line, 1))
    house.must("cancel", Take(house.order().pieces[0].line, 2))
    assert house.pieces() == {"cancel_asked@DC": 2, "shipped@DC": 1}
    house.must("agree", Take(next(p.id for p in house.order().pieces if p.state == "cancel_asked"), 1))
    house.must("decline")
    assert house.pieces() == {"cancelled@DC": 1, "released@DC": 1, "shipped@DC": 1}
    house.must("cancel", Take(next(p.id for p in house.order().pieces if p.state == "shipped")))
    assert house.pieces()["returning@DC"] == 1
    house.must("receive", node="DC")
    house.must("grade_sound")
    house.must("restock")
    assert house.cell("DC") == {"on_hand": 4, "quality_hold": 0, "damaged": 0, "allocated": 1}


def test_an_edit_is_done_whole_or_not_at_all(house: House) -> None:
    house.stock(DC=3)
    house.trade(qty=2)
    house.settle()
    line = house.order().pieces[0].line
    lifecycle, db = house.platform.lifecycle, house.platform.db
    before = house.order()
    with db.transaction() as conn:
        standing = lifecycle.lock(conn, ORDER)
        outcome = lifecycle.edit(conn, standing, Edit("e1", [Added(line, "A-1", 3)], [Take(line, 1)], "clerk"))
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "short"
    assert house.order() == before
    for _ in range(2):  # the second is a replay
        with db.transaction() as conn:
            standing = lifecycle.lock(conn, ORDER)
            outcome = lifecycle.edit(conn, standing, Edit("e2", [Added(line, "A-1", 1)], [Take(line, 1)], "clerk"))
        assert outcome.refusal is None
    house.settle()
    assert house.order().ordered == {line: 3}
    assert sum(qty for state, qty in house.pieces().items() if state.startswith("cancelled")) == 1
    house.trade(qty=2, minute=7, buyer_message="hello")
    house.settle()  # the channel says nothing new about quantities: the edit stands
    assert house.order().ordered == {line: 3}


def test_the_channel_may_raise_and_lower_a_quantity(house: House) -> None:
    house.stock(DC=9)
    house.trade(qty=2)
    house.settle()
    house.trade(qty=5, minute=1)
    house.settle()
    assert house.pieces() == {"sourced@DC": 5}
    house.trade(qty=1, minute=2)
    house.settle()
    assert sum(qty for state, qty in house.pieces().items() if state.startswith("cancelled")) == 4
    assert house.cell("DC")["allocated"] == 1


def test_a_new_address_is_sourced_anew_and_after_the_release_a_matter_for_the_desk(house: House) -> None:
    house.stock(DC=1)
    house.trade(qty=1)
    house.settle()
    for minute, city in ((1, "上海市"), (2, "北京市")):
        house.trade(qty=1, minute=minute, receiver_city=city)
        house.settle()
        if minute == 1:
            house.later(minutes=10)
    assert house.pieces() == {"released@DC": 1}
    with house.platform.db.read() as conn:
        done = conn.execute("SELECT command FROM orders.piece_event ORDER BY version").fetchall()
        desk = conn.execute("SELECT sourced_for <> destination FROM orders.life").fetchone()
    assert [row[0] for row in done] == ["add", "reserve", "source", "source", "release"]
    assert desk == (True,)


def test_a_lost_parcel_is_replaced_and_an_exchange_sends_another(house: House) -> None:
    house.stock(DC=5)
    house.trade(qty=1)
    house.settle()
    house.later(minutes=10)
    house.must("ship")
    house.must("lose")
    house.must("reserve")
    house.later(minutes=10)
    house.must("ship")
    house.must("deliver")
    assert house.cell("DC") == {"on_hand": 3, "quality_hold": 0, "damaged": 0, "allocated": 0}
    house.must("exchange", adds=(Added("x1", "A-1", 1),))
    assert house.pieces() == {"return_authorised@DC": 1, "sourced@DC": 1}


def test_goods_spoilt_at_the_node_are_written_off_and_others_are_looked_for(house: House) -> None:
    house.stock(DC=2)
    house.trade(qty=1)
    house.settle()
    house.later(minutes=10)
    house.must("accept")
    house.must("damage")
    assert house.cell("DC") == {"on_hand": 1, "quality_hold": 0, "damaged": 1, "allocated": 0}
    house.must("reserve")
    assert house.pieces() == {"sourced@DC": 1}


def test_a_node_may_be_chosen_by_hand_for_part_of_a_piece(house: House) -> None:
    house.stock(DC=3, S1=2)
    house.trade(qty=3)
    house.settle()
    piece = house.order().pieces[0].id
    house.must("source", spots=(Spot(piece, "DC", 1), Spot(piece, "S1", 2)))
    assert house.pieces() == {"sourced@DC": 1, "sourced@S1": 2}
    assert (house.cell("DC")["allocated"], house.cell("S1")["allocated"]) == (1, 2)


def test_history_that_is_over_is_not_kept_but_can_be_asked_about_and_returned(house: House) -> None:
    house.stock(DC=2)
    house.trade(qty=2, status="TRADE_FINISHED", end_time="2026-11-02 10:00:59")
    house.settle()
    with house.platform.db.read() as conn:
        assert conn.execute("SELECT count(*) FROM orders.life").fetchone() == (0,)
    assert house.pieces() == {"delivered": 2}
    house.must("ask_return")
    assert house.pieces() == {"return_asked": 2}
