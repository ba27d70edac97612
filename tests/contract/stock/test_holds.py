"""Holds on the real database: what is written, who waits for whom, and what others are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import psycopg
import pytest

from entrepot.infra.log import Event
from entrepot.kernel.errors import NotFound
from entrepot.stock import (
    HoldLine,
    HoldQuery,
    HoldRequest,
    Movement,
    Node,
    Placement,
    hold_queries,
    upsert_nodes,
)
from entrepot.stock.hold_events import holds_of
from tests.contract.stock.house import HOUR, NOON, House, cart, order, verdict


def test_a_hold_writes_its_row_its_journal_its_level_and_an_event(house: House) -> None:
    assert house.hold(order("o", 3, channel="web", doc="D", actor="ann"), cart("c", 2)) == ["held", "held"]
    assert house.level() == (10, 2, 3)
    held, (row,), (entry,) = house.door.get("o")
    assert (row.sku, row.node, row.qty, row.held, row.channel, row.doc) == ("A", "N1", 3, 3, "web", "D")
    assert (entry.act, entry.allocated, entry.reserved, entry.actor, entry.seq) == ("create", 3, 0, "ann", held.seq)
    (event,) = house.told("hold.created")
    told, also = holds_of(event)
    line = {"line": "1", "sku": "A", "node": "N1", "held": 3}
    assert told == {"id": "o", "kind": "order", "channel": "web", "doc": "D", "lines": [line]}
    assert (event.key, also["id"]) == ("o", "c")


def test_many_new_holds_share_events_and_each_of_them_is_told(house: House) -> None:
    house.receive(40, sku="B")
    ids = [f"b{number:02}" for number in range(40)]
    assert house.hold(*(order(id, sku="B") for id in ids)) == ["held"] * 40
    told = [[hold["id"] for hold in holds_of(event)] for event in house.told("hold.created")]
    assert [id for some in told for id in some] == ids
    assert len(told) < 5


def test_a_log_from_before_new_holds_shared_events_is_read_as_well() -> None:
    payload: dict[str, object] = {"kind": "order", "channel": None, "doc": "D", "lines": []}
    assert holds_of(Event("hold.created", "o", payload)) == [payload]


def test_names_of_any_script_and_sign_are_kept_as_they_are(house: House) -> None:
    name = 'say "茶" \\n {1,2} NULL 😀'
    assert house.hold(order(name, doc=name, actor="null", channel="NULL")) == ["held"]
    (row,) = house.door.get(name).rows
    assert (row.id, row.doc, row.actor, row.channel) == (name, name, "null", "NULL")


def test_the_journal_is_append_only(house: House) -> None:
    house.hold(order("o"))
    for statement in ("UPDATE stock.hold_entry SET allocated = 0", "DELETE FROM stock.hold_entry",
                      "TRUNCATE stock.hold_entry"):  # fmt: skip
        with pytest.raises(psycopg.errors.RestrictViolation), house.db.transaction() as conn:
            conn.execute(statement.encode())


def test_an_audit_names_what_somebody_wrote_past_the_journal(house: House) -> None:
    house.hold(order("o", 3))
    with house.db.transaction() as conn, conn.transaction(force_rollback=True):
        conn.execute("UPDATE stock.level SET allocated = 2 WHERE node = 'N1'")
        (drift,) = hold_queries.drifts(conn)
    assert (drift.sku, drift.node, drift.what, drift.journal, drift.holds, drift.level) == (
        "A", "N1", "allocated", 3, 3, 2,
    )  # fmt: skip


def test_a_cart_expires_and_its_pieces_are_free_again(house: House) -> None:
    house.hold(cart("c1", 6), cart("c2", 3, hours=2), order("o", 1))
    assert house.door.expire_due(NOON + HOUR - timedelta(seconds=1)) == 0
    assert house.door.expire_due(NOON + HOUR) == 1
    assert house.level() == (10, 3, 1)
    assert house.door.get("c1").held.state == "expired"
    assert house.hold(order("o2", 6), cart("c1", 6)) == ["held", "expired"]
    assert [event.key for event in house.told("hold.expired")] == ["c1"]


def test_a_sweep_takes_so_many_and_leaves_the_rest_to_the_next(house: House) -> None:
    house.hold(*(cart(f"c{number}", 1) for number in range(5)))
    assert [house.door.expire_due(NOON + HOUR, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_two_processes_do_not_sweep_at_once(house: House) -> None:
    house.hold(cart("c", 1))
    with house.db.transaction() as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtext('stock.hold_sweep'))")
        assert house.door.expire_due(NOON + HOUR) == 0
    assert house.door.expire_due(NOON + HOUR) == 1


def test_a_time_can_be_put_off_and_a_confirmed_cart_does_not_expire(house: House) -> None:
    house.hold(cart("c1", 1), cart("c2", 1))
    with house.db.transaction() as conn:
        assert house.door.extend_in(conn, "c1", NOON + 3 * HOUR).is_done
        assert house.door.confirm_in(conn, "c2").is_done
        assert house.door.confirm_in(conn, "c2").is_done
        assert verdict(house.door.extend_in(conn, "c1", NOON)) == "expired"
        assert verdict(house.door.extend_in(conn, "c1", None)) == "expired"
    assert house.level() == (10, 1, 1)
    assert house.door.expire_due(NOON + 2 * HOUR) == 0
    assert house.door.expire_due(NOON + 9 * HOUR) == 1


def test_the_newest_displaceable_gives_way_and_its_owner_is_told(house: House) -> None:
    house.hold(cart("old", 4, is_displaceable=True))
    house.at += timedelta(minutes=1)
    house.hold(cart("new", 4, is_displaceable=True))
    assert house.hold(order("vip", 5, may_displace=True)) == ["held"]
    assert [house.door.get(id).held.state for id in ("old", "new", "vip")] == ["held", "displaced", "held"]
    assert house.level() == (10, 4, 5)
    (event,) = house.told("hold.displaced")
    assert (event.key, event.payload["lines"]) == ("new", [{"line": "1", "sku": "A", "node": "N1", "held": -4}])


def test_a_hold_displaced_by_the_batch_that_made_it_is_written_as_both(house: House) -> None:
    assert house.hold(cart("weak", 8, is_displaceable=True), order("vip", 5, may_displace=True)) == ["held", "held"]
    detail = house.door.get("weak")
    assert (detail.held.state, [entry.act for entry in detail.journal]) == ("displaced", ["create", "displace"])


def test_backorders_go_to_the_cap_and_wait_for_stock(house: House) -> None:
    with house.db.transaction() as conn:
        house.door.limit_in(conn, "A", "N1", safety=2, backorder_cap=3)
    assert house.hold(order("o1", 9), order("o2", 10, may_backorder=True)) == ["short", "held"]
    (row,) = house.door.get("o2").rows
    assert row.backordered == 2
    assert house.hold(order("o3", 2, may_backorder=True), order("o4", 1, may_backorder=True)) == [
        "backorder_cap", "held",
    ]  # fmt: skip
    house.receive(5)
    assert house.hold(order("o5", 3), order("o6", 2)) == ["short", "held"]


def test_a_line_is_placed_at_open_nodes_only(house: House) -> None:
    with house.db.transaction() as conn:
        upsert_nodes(conn, [Node("N1", 1, "", kind="rdc", active=False), Node("N2", 1, "", kind="store")])
    assert house.hold(order("o1", 5, None), order("o2", 4, None)) == ["short", "held"]
    assert house.door.get("o2").rows[0].node == "N2"


def test_posting_an_order_sells_and_posting_a_transfer_sends(house: House) -> None:
    transfer = HoldRequest("t", "transfer", (HoldLine("1", "A", 4, "N1"),), doc="T-1", to_node="N9")
    house.hold(order("o", 3, doc="D-1", channel="web"), transfer)
    with house.db.transaction() as conn:
        outcomes = house.door.post_in(conn, ["o", "t", "o", "nobody"], at=NOON - HOUR, actor="ann")
    assert [verdict(outcome) for outcome in outcomes] == ["posted", "posted", "posted", "unknown"]
    assert house.level() == (3, 0, 0)
    (sale,), (sent,) = house.book.movements_of("D-1"), house.book.movements_of("T-1")
    assert (sale.reason, sale.qty, sale.to_node, sale.valid_at) == ("sale", 3, "customer", NOON - HOUR)
    assert (sent.reason, sent.qty, sent.to_node, sent.to_state) == ("transfer_out", 4, "N9", "in_transit")
    assert house.door.get("o").journal[-1].movement == sale.id


def test_goods_that_are_not_there_do_not_leave(house: House) -> None:
    house.hold(order("o1", 6), order("o2", 4))
    house.move(Movement("loss", "A", 5, "N1", "on_hand", "scrap", "on_hand", "scrap", NOON))
    with house.db.transaction() as conn:
        outcomes = house.door.post_in(conn, ["o2", "o1"])
    assert [verdict(outcome) for outcome in outcomes] == ["posted", "short"]
    assert house.level() == (1, 0, 6)


def test_a_hold_moves_whole_or_stays_where_it_is(house: House) -> None:
    house.hold(order("o", 6), order("other", 2, "N2"))
    with house.db.transaction() as conn:
        too_much = house.door.move_in(conn, "o", [Placement("1", "A", "N2", 3), Placement("1", "A", "N1", 3)], "ann")
        fewer = house.door.move_in(conn, "o", [Placement("1", "A", "N2", 2)])
        unknown = house.door.move_in(conn, "o", [Placement("1", "A", "N7", 6)])
        fits = house.door.move_in(conn, "o", [Placement("1", "A", "N2", 2), Placement("1", "A", "N1", 4)], "ann")
    assert [verdict(one) for one in (too_much, fewer, unknown, fits)] == ["short", "quantity", "unknown_cell", "held"]
    assert (house.level(), house.level(node="N2")) == ((10, 0, 4), (4, 0, 4))
    page = house.door.find(HoldQuery(doc=None, sku="A", state="held"))
    assert [(row.id, row.node, row.held) for row in page.items] == [("o", "N2", 2), ("o", "N1", 4), ("other", "N2", 2)]


def test_a_fact_may_take_what_is_promised_and_is_announced(house: House) -> None:
    house.hold(order("o", 8, doc="D"))
    house.move(Movement("loss", "A", 4, "N1", "on_hand", "scrap", "on_hand", "scrap", NOON))
    (event,) = house.told("stock.overcommitted")
    assert (event.key, event.payload) == ("A@N1", {"on_hand": 6, "promised": 8, "short": 2})
    assert house.level() == (6, 0, 8)
    assert house.hold(order("more")) == ["short"]


def test_goods_of_a_holds_own_document_are_no_finding(house: House) -> None:
    house.hold(order("o", 8, doc="D"))
    house.move(Movement("sale", "A", 6, "N1", "on_hand", "customer", "on_hand", "sale", NOON, doc="D"))
    assert house.told("stock.overcommitted") == []
    with house.db.transaction() as conn:
        assert house.door.close_reported_in(conn, ["D"]) == 1
    assert house.level() == (4, 0, 2)


def test_holds_of_which_nothing_has_left_are_looked_at_without_a_lock(house: House) -> None:
    house.hold(order("o", 8, doc="D"))
    with house.db.transaction() as busy, house.db.transaction() as conn:
        busy.execute("SELECT FROM stock.level FOR UPDATE")
        conn.execute("SET LOCAL lock_timeout = '5s'")
        assert house.door.close_reported_in(conn, ["D"]) == 0


def test_a_person_may_not_take_what_is_promised_to_others(house: House) -> None:
    house.hold(order("o", 8, doc="D"))

    def scrap(name: str, qty: int, doc: str | None = None) -> str:
        movement = Movement(name, "A", qty, "N1", "on_hand", "scrap", "on_hand", "scrap", NOON, doc=doc)
        with house.db.transaction() as conn:
            outcome = house.book.command(conn, [movement])
        return outcome.refusal.reason if outcome.refusal is not None else "done"

    assert [scrap("s1", 3), scrap("s2", 2), scrap("s3", 9), scrap("s4", 1, doc="D")] == [
        "promised", "done", "short", "done",
    ]  # fmt: skip
    assert house.told("stock.overcommitted") == []


def test_one_id_raced_with_two_contents_from_two_processes_is_one_hold(house: House) -> None:
    house.receive(100, sku="B")
    doors = [house.another_door() for _ in range(4)]
    for turn in range(10):
        requests = [order(f"same-{turn}", 1, sku=sku) for sku in ("A", "B", "A", "B")]
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda pair: pair[0].hold([pair[1]])[0], zip(doors, requests, strict=True)))
        assert sorted(verdict(outcome) for outcome in outcomes) == ["conflict", "conflict", "held", "held"]
    for door in doors:
        door.stop()


def test_many_processes_hold_move_void_and_post_without_deadlock_or_loss(house: House) -> None:
    skus = [f"S{number}" for number in range(4)]
    for sku in skus:
        house.receive(30, sku=sku)
        house.receive(30, sku=sku, node="N2")
    doors = [house.another_door() for _ in range(6)]

    def work(number: int) -> None:
        chance, door = Random(number), doors[number]
        for turn in range(12):
            lines = tuple(
                HoldLine(str(place), sku, chance.randint(1, 3), chance.choice(("N1", "N2", None)))
                for place, sku in enumerate(chance.sample(skus, 3))
            )
            mine = f"w{number}-{turn}"
            (outcome,) = door.hold(
                [HoldRequest(mine, "order", lines, may_displace=turn % 5 == 0, is_displaceable=True)]
            )
            act = chance.choice(("void", "post", "move", "keep"))
            if outcome.value is None or act == "keep":
                continue
            first = outcome.value.placements[0]
            there = [one for one in outcome.value.placements if one.line == first.line]
            goal = Placement(first.line, first.sku, "N2", sum(one.qty for one in there))
            if act == "void":
                door.in_transaction(lambda conn, id=mine: door.void_in(conn, [id]))
            elif act == "post":
                door.in_transaction(lambda conn, id=mine: door.post_in(conn, [id]))
            else:
                door.in_transaction(lambda conn, id=mine, goal=goal: door.move_in(conn, id, [goal]))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    with house.db.read() as conn:
        over = conn.execute("SELECT count(*) FROM stock.level WHERE reserved + allocated > on_hand").fetchone()
    assert over == (0,)
    for door in doors:
        door.stop()


def test_nothing_is_by_that_name(house: House) -> None:
    with pytest.raises(NotFound, match="no hold 'x'"):
        house.door.get("x")
    with house.db.transaction() as conn:
        assert verdict(house.door.void_in(conn, ["x"])[0]) == "unknown"
