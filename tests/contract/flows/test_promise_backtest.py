"""Promises on the house's own past orders: walked through, kept, and never with what was not known yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from entrepot.app import Platform
from entrepot.flows.promise_backtest import PromiseBacktests, settled_window
from entrepot.flows.promise_history import orders_between
from entrepot.flows.promising import Promising
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import Conflict, InputError
from entrepot.orders.promise import store
from entrepot.orders.promise.history import History, day_number
from entrepot.orders.promise.walk import Answer
from tests.contract.flows.test_promising import TODAY, clock, promising
from tests.unit.orders.promise_orders import FIRST

__all__ = ["clock", "promising"]


@pytest.fixture
def backtests(platform: Platform, promising: Promising, clock: FixedClock) -> PromiseBacktests:
    """Of the house with 100 days of orders."""
    return PromiseBacktests(platform.db, platform.jobs, clock, zone="UTC", country=None)


def walk(backtests: PromiseBacktests, start: date | None = None, end: date | None = None) -> Answer:
    return backtests.walk(start, end, 0.1, lambda done, total: None, refit_days=28)


def known(platform: Platform) -> History:
    since, until = FIRST.replace(tzinfo=UTC), TODAY.replace(tzinfo=UTC)
    with platform.db.read() as conn:
        return orders_between(conn, since, until, "UTC").as_of(day_number(TODAY.date()))


def test_what_is_left_out_is_chosen_so_that_orders_have_had_time_to_arrive(
    platform: Platform, backtests: PromiseBacktests
) -> None:
    told: list[tuple[int, int]] = []
    answer = backtests.walk(None, None, None, lambda done, total: told.append((done, total)))
    history, question = known(platform), answer.question
    assert question.target_late == pytest.approx(0.08)
    assert (question.start - FIRST.date()).days >= 28
    waits = sorted(int(one) for one in (history.delivered - history.placed)[history.delivered < 10**5])
    assert (TODAY.date() - question.end).days >= waits[int(0.98 * len(waits))]
    assert answer.quality is not None
    assert answer.quality.undelivered < 0.1 * answer.promised
    assert told[-1] == (answer.refits, answer.refits)


def test_what_happens_later_changes_no_promise(platform: Platform, backtests: PromiseBacktests) -> None:
    start = FIRST.date() + timedelta(days=60)
    before = walk(backtests, start, start + timedelta(days=1))
    with platform.db.transaction() as conn:
        conn.execute(
            "UPDATE orders.orders SET delivered_at = delivered_at + interval '9 days' WHERE delivered_at >= %s",
            (start,),
        )
    after = walk(backtests, start, start + timedelta(days=1))
    assert before.quality is not None
    assert after.quality is not None
    # One day, so that nothing of what was changed was known: the same dates, and more of them missed.
    assert after.quality.ours.mean_days == pytest.approx(before.quality.ours.mean_days, abs=0.01)
    assert after.quality.ours.late_share > before.quality.ours.late_share + 0.3


def test_a_carrier_chosen_after_the_promise_is_not_learned_from(
    platform: Platform, backtests: PromiseBacktests
) -> None:
    with platform.db.transaction() as conn:
        conn.execute(
            "INSERT INTO orders.shipment (order_id, shipment_id, carrier) SELECT id, native_id, 'sf' FROM orders.orders"
        )
    assert known(platform).names["carrier"] == ()


def test_a_place_is_a_node_of_ours_and_a_country_stands_for_the_province_it_lacks(
    platform: Platform, backtests: PromiseBacktests
) -> None:
    with platform.db.transaction() as conn:
        conn.execute("INSERT INTO stock.node (id, province, version, source) VALUES ('RDC', 'East', 1, 'test')")
        conn.execute(
            "INSERT INTO orders.shipment (order_id, shipment_id, from_node) "
            "SELECT id, node, node FROM orders.orders, unnest(ARRAY['7120', 'RDC']) AS node"
        )
        conn.execute("UPDATE orders.orders SET province = NULL, country = 'JP' WHERE native_id = 'o000001'")
    history = known(platform)
    assert set(history.groups["node"]) == {history.names["node"].index("RDC")}
    assert set(history.numbers["nodes"]) == {1.0}
    lane = history.names["lane"][history.groups["lane"][history.ids.tolist().index("own:web:o000001")]]
    assert lane == "East > JP"


def test_a_walk_is_kept(platform: Platform, backtests: PromiseBacktests) -> None:
    with platform.db.read() as conn:
        assert store.newest_backtest(conn) is None
    ids = [backtests.keep(walk(backtests), by) for by in ("first", "second")]
    with platform.db.read() as conn:
        row = store.newest_backtest(conn)
    assert row is not None
    assert (row.id, row.actor) == (ids[1], "second")
    assert row.report["orders_file"] is None
    months = row.report["months"]
    assert isinstance(months, list)
    assert {month["name"] for month in months} == {"2024-02", "2024-03"}


def test_a_window_without_a_day_is_refused_before_a_job_is_made(
    platform: Platform, backtests: PromiseBacktests
) -> None:
    day = FIRST.date()
    with pytest.raises(InputError, match="holds no day"), platform.db.transaction() as conn:
        backtests.ask(conn, day, day, None, "test")


def test_too_little_history_is_told(platform: Platform) -> None:
    backtests = PromiseBacktests(platform.db, platform.jobs, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(Conflict, match="too little history"):
        walk(backtests)


def test_a_window_ends_before_orders_too_young(platform: Platform, promising: Promising) -> None:
    history = known(platform)
    start, end = settled_window(history, day_number(TODAY.date()))
    assert start < end < TODAY.date()
    with pytest.raises(Conflict):
        settled_window(history.as_of(day_number(FIRST.date()) + 20), day_number(FIRST.date()) + 20)
