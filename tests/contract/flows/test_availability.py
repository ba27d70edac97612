"""From a movement, a hold, a quota, a supply or a policy to the figure a shop sees, and to the outbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrepot.flows.availability import AvailabilityFlow
from entrepot.hub.shops import Shop, Shops
from entrepot.hub.writeback import TargetQuery, targets
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.log import Event
from entrepot.infra.secrets import SecretBox
from entrepot.kernel.clock import FixedClock
from entrepot.stock import Listing, Movement, Node, Sku, StockBook, upsert_listings, upsert_nodes, upsert_skus
from entrepot.stock.availability import ChannelPolicy
from entrepot.stock.availability_queries import POLICY_CHANGED, AtpQuery, of_sku, rows, save_policy
from entrepot.stock.hold import HoldLine, HoldRequest
from entrepot.stock.quota import Protection
from entrepot.stock.reservations import Reservations
from entrepot.stock.supply import SupplyLine
from entrepot.stock.supply_store import measure_lanes, supplies, take_lines

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class House:
    """A database with a catalogue, and the flow over it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FixedClock(NOW)
        self.book = StockBook(db)
        self.flow = AvailabilityFlow(db, self.clock)

    def post(self, *movements: Movement) -> None:
        with self.db.transaction() as conn:
            self.book.post(conn, movements)
        self.settle()

    def settle(self) -> None:
        while self.flow.step():
            pass

    def offered(self) -> dict[tuple[str, str], int]:
        with self.db.read() as conn:
            return {(one.row.sku, one.row.shop): one.row.offered for one in rows(conn, AtpQuery(limit=500)).items}

    def wished(self) -> dict[tuple[str, str], object]:
        with self.db.read() as conn:
            return {(row.shop, row.target): row.wish["qty"] for row in targets(conn, TargetQuery(limit=500))}


@pytest.fixture
def house(database: Database) -> House:
    shops = Shops(SecretBox(KEY))
    with database.transaction() as conn:
        shops.register(conn, Shop("taobao", "flagship", "旗舰店"))
        shops.register(conn, Shop("youzan", "members", "会员店"))
        shops.register(conn, Shop("odoo_pos", "s-1", "门店", stock_policy="sales"))
        upsert_nodes(conn, [Node(node, 1, "x", kind=kind) for node, kind in (("DC", "rdc"), ("S-1", "store"))])
        upsert_skus(conn, [Sku("A-1", 1, "x"), Sku("B-2", 1, "x")])
        upsert_listings(
            conn,
            [
                Listing("taobao", "flagship", "100", 1, "x", "7", "A-1", sku_id="A-1", how="exact"),
                Listing("taobao", "flagship", "100", 1, "x", "8", "A-1", sku_id="A-1", how="exact"),
                Listing("youzan", "members", "200", 1, "x", "0", "B-2", sku_id="B-2", how="exact"),
                Listing("odoo_pos", "*", "300", 1, "x", "", "A-1", sku_id="A-1", how="exact"),
            ],
        )
        log.append(conn, [Event("catalogue.changed", "stock.sku", {})])
    return House(database)


def receipt(id: str, sku: str, qty: int, node: str = "DC", **more: object) -> Movement:
    return Movement(id, sku, qty, "supplier:x", "on_hand", node, "on_hand", "receipt", NOW, **more)  # type: ignore[arg-type]


def test_every_shop_with_known_offers_is_told_and_a_till_is_not(house: House) -> None:
    house.post(receipt("m1", "A-1", 5), receipt("m2", "B-2", 3))
    assert house.offered() == {("A-1", "flagship"): 5, ("B-2", "members"): 3}
    assert house.wished() == {("flagship", "100/7"): 5, ("flagship", "100/8"): 5, ("members", "200/0"): 3}


def test_a_figure_that_does_not_change_wishes_nothing_new(house: House) -> None:
    house.post(receipt("m1", "A-1", 5))
    with house.db.read() as conn:
        before = targets(conn, TargetQuery(channel="taobao"))
        version = rows(conn, AtpQuery(sku="A-1")).items[0].row.version
    house.post(receipt("m2", "A-1", 2), Movement("m3", "A-1", 2, "DC", "on_hand", "customer", "on_hand", "sale", NOW))
    with house.db.read() as conn:
        assert targets(conn, TargetQuery(channel="taobao")) == before
        assert rows(conn, AtpQuery(sku="A-1")).items[0].row.version == version


def test_a_policy_changes_what_its_shop_sees_and_no_other(house: House) -> None:
    house.post(receipt("m1", "A-1", 5), receipt("m2", "A-1", 4, "S-1"), receipt("m3", "B-2", 3))
    assert house.offered()["A-1", "flagship"] == 9
    with house.db.transaction() as conn:
        save_policy(conn, ChannelPolicy("taobao", "flagship", frozenset({"DC"}), buffer_units=2))
        log.append(conn, [Event(POLICY_CHANGED, "taobao/flagship", {})])
    house.settle()
    assert house.offered() == {("A-1", "flagship"): 3, ("B-2", "members"): 3}
    with house.db.transaction() as conn:
        save_policy(conn, ChannelPolicy("taobao", "flagship"), is_active=False)
        log.append(conn, [Event(POLICY_CHANGED, "taobao/flagship", {})])
    house.settle()
    assert house.offered() == {("B-2", "members"): 3}


def test_supply_that_was_handed_in_shows_by_date_until_it_is_received(house: House) -> None:
    due = NOW + timedelta(days=9)
    line = SupplyLine("PO1/1", "purchase", "B-2", "DC", 10, 1, doc="PO1", due_p10=due, due_p50=due, due_p90=due)
    with house.db.transaction() as conn:
        assert take_lines(conn, [line], "file") == 1
    house.settle()
    with house.db.read() as conn:
        row = rows(conn, AtpQuery(sku="B-2")).items[0].row
    assert (row.now, row.next_date, row.next_qty) == (0, due.date(), 10)
    house.post(receipt("m1", "B-2", 4, doc="PO1"))
    with house.db.read() as conn:
        shown = of_sku(conn, "B-2")
    assert (shown.shops[0].row.now, shown.shops[0].row.next_qty, shown.coming[0].qty) == (4, 10, 6)
    house.post(receipt("m2", "B-2", 6, doc="PO1"))
    with house.db.read() as conn:
        assert of_sku(conn, "B-2").coming == []
        assert supplies(conn).items == []


def transfer(
    doc: str, sku: str, qty: int, sent: datetime, came: datetime | None = None, got: int | None = None
) -> list[Movement]:
    moved = [Movement(f"{doc}/out", sku, qty, "DC", "on_hand", "S-1", "in_transit", "transfer_out", sent, doc=doc)]
    if came is not None:
        moved.append(
            Movement(f"{doc}/in", sku, got or qty, "S-1", "in_transit", "S-1", "on_hand", "transfer_in", came, doc=doc)
        )
    return moved


def test_goods_on_the_road_are_supply_dated_by_how_long_the_lane_takes(house: House) -> None:
    house.post(receipt("m1", "A-1", 50))
    for number in range(6):
        sent = NOW - timedelta(days=20 - number)
        house.post(*transfer(f"T{number}", "A-1", 1, sent, sent + timedelta(hours=20 + number)))
    house.post(*transfer("T9", "A-1", 7, NOW - timedelta(hours=2)))
    with house.db.read() as conn:
        first = supplies(conn, "A-1").items
    assert [(one.qty, one.origin, one.kind) for one in first] == [(7, "DC", "transfer")]
    assert first[0].due_p90 is not None, "the flow measures lanes as soon as it can"
    with house.db.transaction() as conn:
        conn.execute("DELETE FROM stock.lane_time")
        conn.execute("UPDATE stock.supply SET due_p10 = NULL, due_p50 = NULL, due_p90 = NULL")
        assert measure_lanes(conn, NOW) == 2
    house.settle()
    with house.db.read() as conn:
        dated = supplies(conn, "A-1").items[0]
        curve = of_sku(conn, "A-1").shops[0].curve
    assert dated.due_p50 is not None
    assert dated.due_p90 is not None
    assert (
        timedelta(hours=22) <= dated.due_p50 - (NOW - timedelta(hours=2)) <= dated.due_p90 - (NOW - timedelta(hours=2))
    )
    assert curve[0][3] == 43
    assert curve[-1][3] == 50


def test_a_short_receipt_leaves_its_rest_on_the_road(house: House) -> None:
    house.post(receipt("m1", "A-1", 10), *transfer("T1", "A-1", 5, NOW, NOW, got=4))
    with house.db.read() as conn:
        assert [(one.qty, one.received) for one in supplies(conn).items] == [(5, 4)]


def test_replaying_the_log_ends_where_it_was(house: House) -> None:
    house.post(receipt("m1", "A-1", 5))
    house.post(Movement("m2", "A-1", 2, "DC", "on_hand", "customer", "on_hand", "sale", NOW))
    before = house.offered(), house.wished()
    log.Reader(house.db, "availability").rewind()
    house.settle()
    assert (house.offered(), house.wished()) == before


def test_a_rebuild_repairs_what_was_lost_and_the_turn_of_a_day_moves_what_is_dated(house: House) -> None:
    house.post(receipt("m1", "A-1", 5))
    due = NOW + timedelta(days=2)
    with house.db.transaction() as conn:
        conn.execute("DELETE FROM stock.atp")
        line = SupplyLine("PO1/1", "purchase", "A-1", "DC", 10, 1, due_p10=due, due_p50=due, due_p90=due)
        take_lines(conn, [line], "api")
    assert house.flow.rebuild() == 2
    house.settle()
    house.clock.at = NOW + timedelta(days=4)
    assert house.flow.turn_the_day(NOW) == 1
    with house.db.read() as conn:
        row = rows(conn, AtpQuery(sku="A-1")).items[0].row
    assert (row.now, row.next_date, row.overdue) == (5, None, 10)


def test_each_row_says_up_to_where_in_the_log_it_is_true(house: House) -> None:
    house.post(receipt("m1", "A-1", 5))
    with house.db.transaction() as conn:
        moved = log.read(conn, log.START, kinds=["stock.moved"])[-1].position
        row = rows(conn, AtpQuery(sku="A-1")).items[0].row
    assert (row.log_xid, row.log_seq) >= moved


def test_holds_quotas_and_limits_count_as_soon_as_they_are_set(house: House) -> None:
    house.post(receipt("m1", "A-1", 10))
    reservations = Reservations(house.db, house.book, house.clock)
    with house.db.transaction() as conn:
        assert reservations.hold_in(conn, [HoldRequest("h1", "order", (HoldLine("1", "A-1", 3, "DC"),))])[0].is_done
    house.settle()
    assert house.offered()["A-1", "flagship"] == 7
    with house.db.transaction() as conn:
        yesterday = NOW - timedelta(days=1)
        kept = [Protection("A-1", "DC", name, qty, yesterday) for name, qty in (("douyin", 2), ("taobao", 4))]
        reservations.protect_in(conn, kept)
    house.settle()
    assert house.offered()["A-1", "flagship"] == 5
    with house.db.transaction() as conn:
        reservations.limit_in(conn, "A-1", "DC", safety=1)
    house.settle()
    assert house.offered()["A-1", "flagship"] == 4
    with house.db.transaction() as conn:
        assert reservations.void_in(conn, ["h1"])[0].is_done
    house.settle()
    assert house.offered()["A-1", "flagship"] == 7


def test_a_backorder_is_pegged_to_what_will_serve_it(house: House) -> None:
    due = NOW + timedelta(days=3)
    with house.db.transaction() as conn:
        conn.execute("INSERT INTO stock.level (sku, node, allocated) VALUES ('A-1', 'DC', 4)")
        conn.execute(
            "INSERT INTO stock.hold (id, place, line, sku, node, qty, held, backordered, kind, state, content, "
            "created_at) VALUES ('h1', 0, '1', 'A-1', 'DC', 4, 4, 4, 'order', 'held', 1, %s)",
            (NOW,),
        )
        line = SupplyLine("PO1/1", "purchase", "A-1", "DC", 10, 1, due_p10=due, due_p50=due, due_p90=due)
        take_lines(conn, [line], "cli")
    house.settle()
    with house.db.read() as conn:
        shown = of_sku(conn, "A-1")
    assert [(one.hold, one.supply, one.qty) for one in shown.pegs] == [("h1", "PO1/1", 4)]
    assert (shown.shops[0].row.now, shown.shops[0].row.next_qty) == (0, 6)
