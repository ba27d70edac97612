"""Promises in the running house: fitted, made once for each order, watched, promised again, measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from entrepot.app import Platform
from entrepot.flows.promise_history import order_placed
from entrepot.flows.promising import Promising
from entrepot.infra import log
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import Conflict
from entrepot.orders.promise import store
from tests.unit.orders.promise_orders import FIRST, made_up

TODAY = FIRST + timedelta(days=100, hours=9)
"""In the retailer's own time, which is UTC here."""


def put(conn: psycopg.Connection, rows: list[dict[str, object]]) -> None:
    """Write orders as the book keeps them, with a parcel each where they left."""
    for row in rows:
        conn.execute(
            "INSERT INTO orders.orders (id, channel, shop, native_id, placed_at, shipped_at, delivered_at, "
            "promised_at, province, fulfil_mode, lines, pieces, revision, doc) VALUES (%(id)s, 'own', 'web', "
            "%(order_id)s, %(placed_at)s, %(shipped_at)s, %(delivered_at)s, %(promised_at)s, %(destination)s, "
            "'ship', 1, 1, 1, '{}')",
            row,
        )


def told(conn: psycopg.Connection, ids: list[str]) -> None:
    log.append(conn, [log.Event("order.changed", id, {}) for id in ids])


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TODAY.replace(tzinfo=UTC))


@pytest.fixture
def promising(platform: Platform, clock: FixedClock) -> Promising:
    """A house with 100 days of orders, some of them still open."""
    rows = [
        row
        | {"id": f"own:web:{row['order_id']}"}
        | {name: None for name in ("shipped_at", "delivered_at") if row[name] is not None and row[name] >= TODAY}
        for row in made_up(days=101, orders_a_day=14).to_dicts()
        if row["placed_at"] < TODAY
    ]
    with platform.db.transaction() as conn:
        conn.execute("SET LOCAL TIME ZONE 'UTC'")
        put(conn, rows)
    return Promising(platform.db, clock, zone="UTC", country=None)


def open_orders(platform: Platform) -> list[str]:
    with platform.db.read() as conn:
        rows = conn.execute(
            "SELECT order_id FROM orders.arrival WHERE delivered_at IS NULL AND placed_at > %s ORDER BY placed_at",
            (TODAY.replace(tzinfo=UTC) - timedelta(days=10),),
        )
        return [id for (id,) in rows]


def test_orders_wait_for_the_first_model_and_are_promised_once(platform: Platform, promising: Promising) -> None:
    ids = open_orders(platform)
    with platform.db.transaction() as conn:
        told(conn, ids)
    assert promising.step() == 0
    row = promising.fit("test", lambda done, total: None)
    assert (row.version, row.as_of) == ("hazard-1", TODAY.date())
    assert row.metrics["judged"]
    assert promising.step() == len(ids)
    with platform.db.transaction() as conn:
        told(conn, ids)
    assert promising.step() == len(ids)
    with platform.db.read() as conn:
        made = [store.history_of_promises(conn, id) for id in ids]
    assert {len(promises) for promises in made} == {1}
    for (promise,) in made:
        assert promise.promised >= TODAY.date()
        assert promise.p10 <= promise.p50 <= promise.p90 <= promise.promised <= promise.p95
        assert promise.quantile == 0.92
        assert 0.0 < promise.late_chance < 0.2


def test_delivered_and_unknown_orders_are_not_promised(platform: Platform, promising: Promising) -> None:
    promising.fit("test", lambda done, total: None)
    with platform.db.transaction() as conn:
        conn.execute("UPDATE orders.orders SET cancelled_at = %s WHERE id = %s", (TODAY, open_orders(platform)[0]))
        ids = ["own:web:o000000", "own:web:nobody", open_orders(platform)[0]]
        assert promising.promise(conn, ids) == 0


def test_promises_are_append_only(platform: Platform, promising: Promising) -> None:
    promising.fit("test", lambda done, total: None)
    with platform.db.transaction() as conn:
        assert promising.promise(conn, open_orders(platform)[-3:]) == 3
    with (
        pytest.raises(psycopg.errors.RestrictViolation, match="Promise again instead"),
        platform.db.transaction() as conn,
    ):
        conn.execute("UPDATE orders.promise SET promised = promised + 1")


def test_an_order_that_stands_still_is_at_risk_and_promised_again(
    platform: Platform, promising: Promising, clock: FixedClock
) -> None:
    promising.fit("test", lambda done, total: None)
    with platform.db.read() as conn:
        (stuck, moving) = (
            id
            for (id,) in conn.execute(
                "SELECT id FROM orders.orders WHERE placed_at >= %s AND shipped_at IS NULL ORDER BY placed_at LIMIT 2",
                (TODAY - timedelta(hours=12),),
            )
        )
    with platform.db.transaction() as conn:
        assert promising.promise(conn, [stuck, moving]) == 2
        first = store.history_of_promises(conn, stuck)[0].promised
    clock.at = datetime(first.year, first.month, first.day, 8, tzinfo=UTC)
    with platform.db.transaction() as conn:
        conn.execute("UPDATE orders.orders SET shipped_at = %s, delivered_at = %s WHERE id = %s",
                     (TODAY + timedelta(days=1), TODAY + timedelta(days=2), moving))  # fmt: skip
    report = promising.watch()
    assert (report.open, report.at_risk, report.moved) == (1, 1, 1)
    with platform.db.read() as conn:
        before, after = store.history_of_promises(conn, stuck)
        risks = store.list_risks(conn, 10, None)
        event = conn.execute("SELECT key, payload ->> 'to' FROM log.event WHERE kind = 'promise.moved'").fetchall()
    assert after.promised > before.promised
    assert (after.no, after.source, after.late_chance > 0.5) == (2, "watch", True)
    assert [(risk.order_id, risk.promised, risk.is_shipped) for risk in risks] == [(stuck, before.promised, False)]
    assert event == [(stuck, str(after.promised))]
    assert promising.watch().moved == 0


def test_quality_tells_coverage_by_month_lane_and_channel(
    platform: Platform, promising: Promising, clock: FixedClock
) -> None:
    promising.fit("test", lambda done, total: None)
    with platform.db.transaction() as conn:
        made = promising.promise(conn, open_orders(platform))
        conn.execute("UPDATE orders.orders SET delivered_at = placed_at + interval '2 days' WHERE delivered_at IS NULL")
        conn.execute("UPDATE orders.orders SET delivered_at = placed_at + interval '70 days' WHERE id = %s",
                     (open_orders_promised(conn)[0],))  # fmt: skip
    clock.at += timedelta(days=80)
    assert promising.measure() > 0
    with platform.db.read() as conn:
        rows = store.list_quality(conn, 3)
    whole = [row for row in rows if (row.lane, row.channel) == ("*", "*")]
    assert sum(row.orders for row in whole) == made
    assert sum(row.judged for row in whole) == made
    assert sum(row.late for row in whole) == 1
    assert sum(row.expected for row in whole) == pytest.approx(0.92 * made)
    assert {row.channel for row in rows} == {"*", "own"}
    assert {row.lane for row in rows} == {"*", " > East", " > West"}


def open_orders_promised(conn: psycopg.Connection) -> list[str]:
    return [id for (id,) in conn.execute("SELECT order_id FROM orders.promise ORDER BY order_id")]


def test_a_quote_is_later_for_the_far_lane_and_the_surer_level(platform: Platform, promising: Promising) -> None:
    with platform.db.read() as conn, pytest.raises(Conflict, match="No model was fitted yet"):
        promising.quote(conn, order_placed(promising.today(), {"destination": "West"}))
    promising.fit("test", lambda done, total: None)
    with platform.db.read() as conn:
        (near,) = promising.quote(conn, order_placed(promising.today(), {"destination": "East"}))
        (far,) = promising.quote(conn, order_placed(promising.today(), {"destination": "West", "weight_g": 900.0}))
    assert far.dates["standard"] > near.dates["standard"]
    assert near.dates["certain"] >= near.dates["standard"] > TODAY.date()
    assert list(near.quantiles.values()) == sorted(near.quantiles.values())


def test_nothing_delivered_is_nothing_to_learn_from(platform: Platform, clock: FixedClock) -> None:
    with pytest.raises(Conflict, match="No order was delivered yet"):
        Promising(platform.db, clock, zone="UTC", country=None).fit("test", lambda done, total: None)
