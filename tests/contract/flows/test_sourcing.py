"""Sourcing against the real stock, holds, orders and log: decide, keep, override, price, decide together, replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from entrepot.app import wire
from entrepot.flows.carriers import import_rate_file
from entrepot.flows.followers import catch_up
from entrepot.flows.order_to_delivery import OrderToDelivery
from entrepot.flows.sourcing import decision_in_force, decision_numbered, replay_decision
from entrepot.flows.sourcing_answers import NodeAnswers
from entrepot.flows.sourcing_batch import reoptimise_waiting
from entrepot.flows.sourcing_facts import surroundings
from entrepot.flows.sourcing_plan import decide_keeping_promise
from entrepot.flows.sourcing_prices import solve_prices
from entrepot.hub.shops import Shop
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.settings import Settings
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import NotFound
from entrepot.orders.lifecycle import desk
from entrepot.orders.pieces import Order, Piece, Spot, Take
from entrepot.orders.sourcing import price_store, store
from entrepot.orders.sourcing.acceptance import Answers
from entrepot.orders.sourcing.price_store import PriceRow, PriceRun
from entrepot.orders.sourcing.snapshot import encode, replay
from entrepot.orders.sourcing.terms import NodeTerms, Terms
from entrepot.stock import Node, Sku, upsert_nodes, upsert_skus
from tests.scenario.order_house import ORDER, START, House
from tests.unit.orders.sourcing_orders import NOON, Lines, facts, item

# 杭州 lies beside EAST, far from NORTH; both have coordinates, so the estimate by distance tells them apart.
NODES = (
    Node("EAST", 1, "test", kind="rdc", province="浙江省", city="杭州市", latitude=30.25, longitude=120.17),
    Node("NORTH", 1, "test", kind="rdc", province="北京市", city="北京市", latitude=39.9, longitude=116.4),
    Node("SHOP", 1, "test", kind="store", province="浙江省", city="宁波市", latitude=29.87, longitude=121.55),
)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    clock = FixedClock(START)
    platform = wire(Settings(data_dir=tmp_path, demo_rate=0), database, clock)
    with platform.db.transaction() as conn:
        log.ensure_partitions(conn)
        upsert_nodes(conn, NODES)
        upsert_skus(conn, [Sku("A-1", 1, "test", weight_g=900, price=10_000)])
        platform.shops.register(conn, Shop("taobao", "shop", "旗舰店"))
    return House(platform, clock)


def placed(house: House, number: int = 0, qty: int = 2, **more: object) -> str:
    more.setdefault("receiver_state", "浙江省")
    more.setdefault("created", "2026-11-02 10:00:00")
    tid = 41171612630246574 + 10 * number
    house.trade(qty, tid=tid, **more)  # type: ignore[arg-type]
    house.settle()
    return f"taobao:shop:{tid}"


def in_force(house: House, order: str = ORDER) -> store.Stored:
    with house.platform.db.read() as conn:
        return decision_in_force(conn, order)


def priced(house: House, **prices: int) -> None:
    """Keep a solution with the prices of A-1: ``EAST=400``."""
    run = PriceRun(0, house.clock.at, 14, 28, 1, 1, 1, 0.0, 1, "test")
    with house.platform.db.transaction() as conn:
        rows = [PriceRow("A-1", node, price, 0, 5, 0.0) for node, price in prices.items()]
        price_store.add_run(conn, run, (0, 0), rows)


def test_an_order_leaves_from_the_cheapest_node_whatever_held_it(house: House) -> None:
    house.stock(EAST=3, NORTH=9)  # the hold goes to the fullest, which is far away
    placed(house)
    assert house.pieces() == {"sourced@EAST": 2}
    stored = in_force(house)
    assert (stored.kind, stored.nodes, stored.binding) == ("single", ["EAST"], "carrier")
    assert [one.nodes for one in stored.decision.candidates][:2] == [("EAST",), ("NORTH",)]
    house.check_books()


def test_a_dear_piece_is_left_for_those_who_need_it_there(house: House) -> None:
    house.stock(EAST=3, NORTH=9)
    priced(house, EAST=400)
    placed(house)
    stored = in_force(house)
    assert (stored.nodes, stored.binding) == (["NORTH"], "stock_price")
    assert stored.price_run is not None
    assert house.pieces() == {"sourced@NORTH": 2}


def test_what_the_order_holds_itself_counts_as_free_to_it(house: House) -> None:
    house.stock(EAST=2)
    placed(house)
    assert in_force(house).nodes == ["EAST"]


def test_a_promise_nobody_can_keep_is_waived_and_said() -> None:
    late = Lines({"NEAR": (1, 1)}, arrives_at=NOON + timedelta(days=3))
    order = facts([item("1", "A")], {("NEAR", "A"): 1}, promised_at=NOON + timedelta(days=2))
    decision, snapshot = decide_keeping_promise(order, late)
    assert decision.chosen is not None
    assert decision.binding.message.startswith("No way keeps the promise: sf ground from NEAR arrives 2026-03-05 12:00")
    assert encode(replay(snapshot)) == encode(decision)


def test_a_shortage_is_no_reason_to_waive_a_promise() -> None:
    order = facts([item("1", "A", 2)], {("NEAR", "A"): 1}, promised_at=NOON)
    decision, _ = decide_keeping_promise(order, Lines({"NEAR": (1, 1)}))
    assert (decision.chosen, decision.binding.reason) == (None, "short")


def test_a_decision_is_made_again_to_the_byte(house: House) -> None:
    house.stock(EAST=3, NORTH=9, SHOP=4)
    priced(house, EAST=37)
    placed(house)
    house.stock(SHOP=50)  # what comes later changes nothing of what was known then
    with house.platform.db.read() as conn:
        replayed = replay_decision(conn, decision_in_force(conn, ORDER))
    assert replayed.is_same


@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["orders.decision", "orders.sourcing_batch"])
def test_decisions_are_append_only_even_for_their_owner(house: House, statement: str, table: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), house.platform.db.transaction() as conn:
        conn.execute(statement.format(table))


def override(house: House, *nodes: str, reason: str = "the customer asked") -> tuple[str, list[str]]:
    with house.platform.db.transaction() as conn:
        sourcing, lifecycle = house.platform.sourcing, house.platform.lifecycle
        outcome = sourcing.override(conn, lifecycle, ORDER, nodes, reason, "clerk")
    if outcome.value is None:
        assert outcome.refusal is not None
        return outcome.refusal.reason, []
    return "", outcome.value.nodes


def test_a_person_overrides_with_a_reason_and_the_stock_moves(house: House) -> None:
    house.stock(EAST=3, NORTH=9)
    placed(house)
    first = in_force(house)
    assert override(house, "NORTH") == ("", ["NORTH"])
    stored = in_force(house)
    assert (stored.kind, stored.reason, stored.actor) == ("override", "the customer asked", "clerk")
    assert stored.overrides == first.seq
    assert house.pieces() == {"sourced@NORTH": 2}
    house.check_books()


@pytest.mark.parametrize(
    ("nodes", "reason", "refusal"),
    [
        (("NORTH",), " ", "no_reason"),
        (("NOWHERE",), "why not", "unknown_node"),
        (("SHOP",), "why not", "impossible"),
    ],
)
def test_an_override_is_refused_with_its_reason(
    house: House, nodes: tuple[str, ...], reason: str, refusal: str
) -> None:
    house.stock(EAST=3, NORTH=9)
    placed(house)
    assert override(house, *nodes, reason=reason) == (refusal, [])
    assert in_force(house).kind == "single"


def test_a_released_order_is_not_overridden(house: House) -> None:
    house.stock(EAST=3, NORTH=9)
    placed(house)
    house.later(minutes=11)
    assert house.pieces() == {"released@EAST": 2}
    assert override(house, "NORTH") == ("nothing_to_source", [])


def split_and_released(house: House) -> Order:
    """Three pieces that only EAST (two) and SHOP (one) together have, in the hands of both; then NORTH has three."""
    house.stock(EAST=2, SHOP=1)
    placed(house, qty=3)
    house.later(minutes=11)
    assert house.pieces() == {"released@EAST": 2, "released@SHOP": 1}
    house.stock(NORTH=3)
    return house.order()


def at(order: Order, node: str) -> Take:
    (piece,) = [piece for piece in order.pieces if piece.node == node]
    return Take(piece.id)


def test_what_was_refused_is_decided_with_what_nobody_has_begun(house: House) -> None:
    order = split_and_released(house)
    house.must("accept", at(order, "EAST"))
    house.must("refuse", at(order, "SHOP"))
    # One parcel from far away costs less than two, even with EAST's work called back.
    assert house.pieces() == {"sourced@NORTH": 3}
    assert in_force(house).nodes == ["NORTH"]
    house.check_books()
    with house.platform.db.read() as conn:
        assert replay_decision(conn, decision_in_force(conn, ORDER)).is_same
    house.later(minutes=11)
    assert house.pieces() == {"released@NORTH": 3}
    house.check_books()


def test_who_has_begun_keeps_its_work_after_a_refusal(house: House) -> None:
    order = split_and_released(house)
    house.must("accept", at(order, "EAST"))
    house.must("pick", at(order, "EAST"))
    house.must("refuse", at(order, "SHOP"))
    assert house.pieces() == {"picking@EAST": 2, "sourced@NORTH": 1}
    house.check_books()


def test_nobody_is_called_back_for_less_than_that_costs(house: House) -> None:
    with house.platform.db.transaction() as conn:
        price_store.set_terms(conn, Terms(refusal_cost=900), "test")
    order = split_and_released(house)
    house.must("refuse", at(order, "SHOP"))
    assert house.pieces() == {"released@EAST": 2, "sourced@NORTH": 1}
    house.check_books()


class Dreaming:
    """Sends everything, what others were given included, from a node that has nothing."""

    def choose(self, conn: psycopg.Connection, order: Order, pieces: Sequence[Piece]) -> list[Spot]:
        return [Spot(piece.id, "SHOP", piece.qty) for piece in order.pieces]


def test_a_plan_that_the_stock_does_not_bear_calls_nobody_back(house: House) -> None:
    order = split_and_released(house)
    saga = OrderToDelivery(house.platform.db, house.platform.lifecycle, Dreaming(), house.clock)
    house.platform = replace(house.platform, saga=saga)
    house.must("refuse", at(order, "SHOP"))
    assert house.pieces() == {"released@EAST": 2, "sourced@NORTH": 1}
    house.check_books()


def test_prices_rise_where_demand_outlasts_stock_and_read_no_later_order(house: House) -> None:
    with house.platform.db.transaction() as conn:
        price_store.set_terms(conn, Terms(horizon_days=28, history_days=28), "test")
    house.stock(EAST=1, NORTH=50)
    for number in range(3):
        placed(house, number, qty=1)
    house.clock.at += timedelta(hours=1)
    run = solve_prices(house.platform.db, house.platform.carriers, house.clock.at, "test")
    assert (run.baskets, run.cells) == (3, 2)
    with house.platform.db.read() as conn:
        rows = {row.node: row for row in price_store.price_rows(conn, run.id)}
    assert rows["EAST"].price > 0
    assert "NORTH" not in rows or rows["NORTH"].price == 0  # 50 there outlast everything
    # At the moment of the orders themselves nothing was known of them yet.
    placed_at = START - timedelta(hours=1)
    assert solve_prices(house.platform.db, house.platform.carriers, placed_at, "test").baskets == 0


def test_supply_on_its_way_makes_the_last_pieces_cheaper_unless_orders_wait_for_it(house: House) -> None:
    with house.platform.db.transaction() as conn:
        price_store.set_terms(conn, Terms(horizon_days=28, history_days=28), "test")
    house.stock(EAST=5, NORTH=50)
    for number in range(3):
        placed(house, number, qty=1)
    house.clock.at += timedelta(hours=1)

    def price() -> int:
        run = solve_prices(house.platform.db, house.platform.carriers, house.clock.at, "test")
        with house.platform.db.read() as conn:
            return price_store.prices(conn, run.id, ["A-1"]).get(("EAST", "A-1"), (0, 0))[0]

    dear = price()
    assert dear > 0  # three orders are expected, two pieces are left
    with house.platform.db.transaction() as conn:
        conn.execute(
            "INSERT INTO stock.supply (id, kind, sku, node, qty, due_p10, due_p50, due_p90, source, version) "
            "VALUES ('s', 'purchase', 'A-1', 'EAST', 9, %(at)s, %(at)s, %(at)s, 'api', 1)",
            {"at": house.clock.at + timedelta(days=3)},
        )
    assert price() < dear
    with house.platform.db.transaction() as conn:
        conn.execute(
            "INSERT INTO stock.peg (hold, line, sku, node, supply, qty) VALUES ('h', '1', 'A-1', 'EAST', 's', 9)"
        )
    assert price() == dear


def test_orders_that_wait_are_decided_together_and_replayed(house: House) -> None:
    house.stock(EAST=2)
    first = placed(house, 0)
    house.stock(NORTH=2)
    second = placed(house, 1)
    assert [in_force(house, order).nodes for order in (first, second)] == [["EAST"], ["NORTH"]]
    house.stock(EAST=2)  # came too late for the second order
    done = reoptimise_waiting(
        house.platform.db, house.platform.lifecycle, house.platform.carriers, house.clock.at, "test"
    )
    assert (done.orders, done.moved) == (2, 1)
    assert done.bound <= done.after < done.before
    stored = in_force(house, second)
    assert (stored.kind, stored.nodes, stored.batch) == ("batch", ["EAST"], done.batch)
    with house.platform.db.read() as conn:
        assert replay_decision(conn, stored).is_same
    again = reoptimise_waiting(
        house.platform.db, house.platform.lifecycle, house.platform.carriers, house.clock.at, "test"
    )
    assert (again.batch, again.moved, again.before) == (None, 0, done.after)
    house.check_books()


def test_answers_of_stores_are_counted_once_by_day(house: House) -> None:
    house.stock(SHOP=5)
    placed(house)
    house.later(minutes=11)
    house.stock(EAST=5)
    house.must("refuse")
    assert in_force(house).nodes == ["EAST"]
    with house.platform.db.read() as conn:
        answers = price_store.answers(conn, (START - timedelta(days=400)).date(), ["SHOP", "EAST"])
        around = surroundings(conn, house.platform.carriers, house.clock.at)
    assert answers["SHOP"] == Answers(0, 1)
    rates = {node.id: node.acceptance for node in around.nodes}
    assert rates["SHOP"] < 0.85
    assert rates["EAST"] == 1.0  # a centre may not refuse
    assert catch_up([NodeAnswers(house.platform.db)]) == 0


def test_terms_and_nodes_are_kept_and_given_back(house: House) -> None:
    terms = Terms("USD", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    node = NodeTerms("SHOP", 5, 6, 7, ("taobao",), False)
    with house.platform.db.transaction() as conn:
        assert price_store.terms(conn) == Terms()
        for _ in range(2):
            price_store.set_terms(conn, terms, "test")
            price_store.set_node(conn, node, "test")
        assert price_store.terms(conn) == terms
        assert price_store.node_terms(conn) == {"SHOP": node}


def test_a_full_node_is_left_out_and_told(house: House) -> None:
    house.stock(EAST=9, NORTH=9)
    with house.platform.db.transaction() as conn:
        price_store.set_node(conn, NodeTerms("EAST", capacity=2), "test")
    placed(house, 0)
    second = placed(house, 1)
    stored = in_force(house, second)
    assert stored.nodes == ["NORTH"]
    assert {one.node: one.reason for one in stored.decision.left_out} == {"EAST": "capacity"}


def test_old_prices_are_forgotten_but_never_the_newest(house: House) -> None:
    priced(house, EAST=1)
    with house.platform.db.transaction() as conn:
        assert price_store.forget_prices(conn, START + timedelta(days=1)) == 0
    priced(house, EAST=2)
    with house.platform.db.transaction() as conn:
        assert price_store.forget_prices(conn, START + timedelta(days=1)) == 1
        run = price_store.newest_run(conn)
        assert run is not None
        assert price_store.prices(conn, run.id, ["A-1"]) == {("EAST", "A-1"): (2, 0)}


BY_POSTCODE = """record,carrier,service,currency,valid_from,from_node,country,postal,zone,transit_days,price
carrier,ZIP
service,ZIP,std,CNY,2020-01-01
lane,ZIP,std,,,EAST,CN,3100,A,2
lane,ZIP,std,,,NORTH,CN,3100,B,2
rate,ZIP,std,,,,,,A,,90
rate,ZIP,std,,,,,,B,,10
"""


def test_a_card_by_postal_code_is_asked_with_as_much_of_the_code_as_it_tells_apart(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(BY_POSTCODE)
    with house.platform.db.transaction() as conn:
        import_rate_file(conn, house.platform.carriers, file, file.name, "test")
    house.stock(EAST=9, NORTH=9)
    there = placed(house, receiver_zip="310012")
    stored = in_force(house, there)
    assert (stored.nodes, stored.total) == (["NORTH"], 1000)
    # The whole code is the buyer's; what is kept for ever is what a card names.
    assert stored.facts is not None
    assert stored.facts.facts.destination.postal == "3100"
    with house.platform.db.read() as conn:
        assert replay_decision(conn, stored).is_same
    nowhere = placed(house, 1, receiver_zip="100000")
    elsewhere = in_force(house, nowhere)
    assert (elsewhere.nodes, elsewhere.binding) == ([], "no_candidate")
    # Its goods stay where they are held, and a person is told: nobody could send them.
    with house.platform.db.read() as conn:
        on_desk = desk.rows(conn, desk.DeskQuery("no_way"), house.clock.at, 10)
    assert [(row.order_id, row.qty) for row in on_desk] == [(nowhere, 2)]


def test_an_order_without_a_decision_says_why(house: House) -> None:
    house.stock(EAST=2)
    decided = placed(house)
    waits = placed(house, 1, qty=9)
    for order, code in ((waits, "sourcing.waiting"), ("taobao:shop:1", "orders.unknown")):
        with pytest.raises(NotFound) as raised:
            in_force(house, order)
        assert raised.value.code == code
    with house.platform.db.read() as conn, pytest.raises(NotFound, match="is of another order"):
        decision_numbered(conn, in_force(house, decided).seq, waits)
