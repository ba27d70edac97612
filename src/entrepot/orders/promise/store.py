"""Reads and writes of models, promises, risks and quality, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

from entrepot.orders.promise.promise import SUMMARY

# Models -------------------------------------------------------------------------------------------------------------


class ModelRow(NamedTuple):
    """A fit; the columns of ``orders.promise_model`` but its body."""

    id: int
    version: str
    as_of: date
    fitted_at: datetime
    orders: int
    deliveries: int
    metrics: dict[str, object]
    actor: str


def add_model(conn: Connection, row: ModelRow, body: bytes) -> int:
    """Keep a model (its id is given here), and forget the bodies of all before it."""
    conn.execute("UPDATE orders.promise_model SET body = NULL WHERE body IS NOT NULL")
    found = conn.execute(
        "INSERT INTO orders.promise_model (version, as_of, fitted_at, orders, deliveries, metrics, actor, body) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (*row[1:6], Jsonb(row.metrics), row.actor, body),
    ).fetchone()
    assert found is not None
    return int(found[0])


def newest_model(conn: Connection) -> ModelRow | None:
    """Return the fit in force."""
    row = conn.execute(
        "SELECT id, version, as_of, fitted_at, orders, deliveries, metrics, actor FROM orders.promise_model "
        "WHERE body IS NOT NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else ModelRow(*row)


def model_body(conn: Connection, id: int) -> bytes | None:
    """Return a fit's body; None once it is forgotten."""
    row = conn.execute("SELECT body FROM orders.promise_model WHERE id = %s", (id,)).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


# Promises -----------------------------------------------------------------------------------------------------------


class PromiseRow(NamedTuple):
    """A promise; the columns of ``orders.promise`` but its curve and the time it was recorded."""

    order_id: str
    no: int
    promised: date
    quantile: float
    p10: date
    p25: date
    p50: date
    p75: date
    p90: date
    p95: date
    channel: str
    lane: str
    placed_on: date
    model: int
    as_of: datetime
    source: str
    late_chance: float


assert len(SUMMARY) == len([name for name in PromiseRow._fields if name[1:].isdecimal()])

_COLUMNS: Final = ", ".join(PromiseRow._fields)


def add_promises(conn: Connection, rows: Sequence[PromiseRow], curves: Sequence[Sequence[float]]) -> None:
    """Append promises; the caller holds the lock of `lock_promises`."""
    with conn.cursor() as cursor, cursor.copy(f"COPY orders.promise ({_COLUMNS}, curve) FROM STDIN") as copy:
        for row, curve in zip(rows, curves, strict=True):
            copy.write_row((*row, list(curve)))


def lock_promises(conn: Connection) -> None:
    """Let no one else promise until this transaction ends: two dates for one moment would both be kept."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('orders.promise'))")


def promised_already(conn: Connection, orders: Sequence[str]) -> set[str]:
    """Return which of some orders have a promise."""
    rows = conn.execute("SELECT order_id FROM orders.promise WHERE no = 1 AND order_id = ANY (%s)", (list(orders),))
    return {order for (order,) in rows}


def history_of_promises(conn: Connection, order: str) -> list[PromiseRow]:
    """Return an order's promises, the first first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM orders.promise WHERE order_id = %s ORDER BY no", (order,))
    return [PromiseRow(*row) for row in rows]


class Watched(NamedTuple):
    """The newest promise of an open order."""

    order_id: str
    no: int
    promised: date
    quantile: float
    channel: str
    lane: str
    placed_on: date
    is_shipped: bool
    curve: list[float]


def open_promises(conn: Connection, since: date) -> list[Watched]:
    """Return the newest promise of every order placed since a day that is neither delivered nor closed."""
    rows = conn.execute(
        "SELECT DISTINCT ON (p.order_id) p.order_id, p.no, p.promised, p.quantile, p.channel, p.lane, p.placed_on, "
        "a.shipped_at IS NOT NULL, p.curve FROM orders.promise p JOIN orders.arrival a ON a.order_id = p.order_id "
        "WHERE a.delivered_at IS NULL AND a.closed_at IS NULL AND p.placed_on >= %s "
        "ORDER BY p.order_id, p.no DESC",
        (since,),
    )
    return [Watched(*row) for row in rows]


# Risks --------------------------------------------------------------------------------------------------------------


class RiskRow(NamedTuple):
    """An open order likely to miss its date; the columns of ``orders.promise_risk``."""

    order_id: str
    promised: date
    late_chance: float
    likely: date
    is_shipped: bool
    lane: str
    channel: str
    looked_at: datetime


def replace_risks(conn: Connection, rows: Sequence[RiskRow]) -> None:
    """Put what the watch saw in the place of what it saw before."""
    conn.execute("DELETE FROM orders.promise_risk")
    with (
        conn.cursor() as cursor,
        cursor.copy(f"COPY orders.promise_risk ({', '.join(RiskRow._fields)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def list_risks(conn: Connection, limit: int, after: tuple[float, str] | None) -> list[RiskRow]:
    """Return orders at risk, the worst first; of equals, by id."""
    rows = conn.execute(
        f"SELECT {', '.join(RiskRow._fields)} FROM orders.promise_risk "
        "WHERE %(chance)s::float8 IS NULL OR late_chance < %(chance)s "
        "OR (late_chance = %(chance)s AND order_id > %(id)s) "
        "ORDER BY late_chance DESC, order_id LIMIT %(limit)s",
        {"chance": after and after[0], "id": after and after[1], "limit": limit},
    )
    return [RiskRow(*row) for row in rows]


# Quality ------------------------------------------------------------------------------------------------------------


class QualityRow(NamedTuple):
    """First promises of a month, lane and channel; the columns of ``orders.promise_quality``."""

    month: date
    lane: str
    channel: str
    orders: int
    judged: int
    late: int
    expected: float
    days: float
    moved: int
    measured_at: datetime


# A day is the retailer's: %(zone)s turns the moment of delivery into it. Judged are orders delivered, and orders whose
# date has passed; what is open within its date says nothing yet.
_MEASURE: Final = """
INSERT INTO orders.promise_quality
SELECT month, coalesce(lane, '*'), coalesce(channel, '*'), count(*), count(*) FILTER (WHERE is_judged),
       count(*) FILTER (WHERE is_late), coalesce(sum(quantile) FILTER (WHERE is_judged), 0),
       coalesce(sum(promised - placed_on) FILTER (WHERE is_judged), 0), count(*) FILTER (WHERE is_moved), %(now)s
FROM (
    SELECT *, coalesce(delivered, %(today)s) > promised AS is_late,
           delivered IS NOT NULL OR promised < %(today)s AS is_judged
    FROM (
        SELECT date_trunc('month', p.placed_on)::date AS month, p.lane, p.channel, p.quantile, p.promised, p.placed_on,
               (a.delivered_at AT TIME ZONE %(zone)s)::date AS delivered,
               EXISTS (SELECT FROM orders.promise n WHERE n.order_id = p.order_id AND n.no > 1) AS is_moved
        FROM orders.promise p JOIN orders.arrival a ON a.order_id = p.order_id
        WHERE p.no = 1 AND p.placed_on >= %(since)s AND a.closed_at IS NULL
    ) AS one
) AS all_of_them
GROUP BY GROUPING SETS ((month), (month, lane), (month, channel))
ON CONFLICT (month, lane, channel) DO UPDATE SET orders = excluded.orders, judged = excluded.judged,
    late = excluded.late, expected = excluded.expected, days = excluded.days, moved = excluded.moved,
    measured_at = excluded.measured_at
"""


def measure_quality(conn: Connection, since: date, today: date, zone: str, now: datetime) -> int:
    """Measure how first promises of orders placed since a day were kept; returns the rows written."""
    values: Mapping[str, object] = {"since": since, "today": today, "zone": zone, "now": now}
    return conn.execute(_MEASURE, values).rowcount


def list_quality(conn: Connection, months: int) -> list[QualityRow]:
    """Return the last months, newest first; the whole month, its lanes by size, its channels by size."""
    rows = conn.execute(
        f"SELECT {', '.join(QualityRow._fields)} FROM orders.promise_quality WHERE month >= ("
        "SELECT max(month) - make_interval(months => %s) FROM orders.promise_quality) "
        "ORDER BY month DESC, lane <> '*', channel <> '*', orders DESC, lane, channel",
        (months - 1,),
    )
    return [QualityRow(*row) for row in rows]


# Backtests ----------------------------------------------------------------------------------------------------------


class BacktestRow(NamedTuple):
    """A walk through the book's own orders; the columns of ``orders.promise_backtest``."""

    id: int
    made_at: datetime
    actor: str
    report: dict[str, object]


def add_backtest(conn: Connection, made_at: datetime, actor: str, report: Mapping[str, object]) -> int:
    """Keep a walk's report (see `entrepot.orders.promise.report`); returns its number."""
    found = conn.execute(
        "INSERT INTO orders.promise_backtest (made_at, actor, report) VALUES (%s, %s, %s) RETURNING id",
        (made_at, actor, Jsonb(report)),
    ).fetchone()
    assert found is not None
    return int(found[0])


def newest_backtest(conn: Connection) -> BacktestRow | None:
    """Return the last walk."""
    row = conn.execute(
        f"SELECT {', '.join(BacktestRow._fields)} FROM orders.promise_backtest ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else BacktestRow(*row)
