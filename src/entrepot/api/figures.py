"""Key figures, each beside the same figure a week ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Final

from psycopg import Connection
from pydantic import BaseModel, Field

from entrepot.api.services import Services
from entrepot.hub.quarantine import QuarantineQuery, count
from entrepot.orders.figures import (
    HourRow,
    delivered_in_time,
    open_orders,
    orders_per_hour,
    shipped_within_a_day,
    sold,
)

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_HOUR: Final = timedelta(hours=1)


class Figure(BaseModel):
    """A key figure."""

    key: str
    value: float | int | None
    unit: Annotated[str, Field(description="count, percent (a share of 1), days, ms or money (minor units)")]
    currency: str | None = None
    delta: Annotated[float | None, Field(description="change against the week before, as a fraction")] = None
    series: Annotated[list[int] | None, Field(description="the last 24 hours, oldest first")] = None


def figures(conn: Connection, services: Services, now: datetime, intake_p95_ms: int | None) -> list[Figure]:
    """Compute the figures of the control tower.

    Parameters
    ----------
    conn : Connection
        Any connection.
    services : Services
        Whose books.
    now : datetime
        The end of every window.
    intake_p95_ms : int or None
        Known already.
    """
    today, before = sold(conn, now - _DAY, now), now - _WEEK
    then = sold(conn, before - _DAY, before, today.currency)
    hours = orders_per_hour(conn, now, 24)
    nodes = services.stock.nodes(now)
    units, out = sum(node.units for node in nodes), sum(node.stockouts for node in nodes)
    flow = sum(node.units / node.cover_days for node in nodes if node.cover_days)
    shipped, shipped_then = shipped_within_a_day(conn, now), shipped_within_a_day(conn, before)
    kept, kept_then = (delivered_in_time(conn, until, services.zone) for until in (now, before))
    return [
        Figure(
            key="orders_24h",
            value=today.orders,
            unit="count",
            delta=_change(today.orders, then.orders),
            series=_by_hour(hours, now, lambda row: row.orders),
        ),
        Figure(
            key="revenue_24h",
            value=today.paid,
            unit="money",
            currency=today.currency,
            delta=_change(today.paid, then.paid),
        ),
        Figure(
            key="units_24h",
            value=today.pieces,
            unit="count",
            delta=_change(today.pieces, then.pieces),
            series=_by_hour(hours, now, lambda row: row.pieces),
        ),
        Figure(key="open_orders", value=open_orders(conn), unit="count"),
        Figure(key="shipped_24h_rate", value=shipped, unit="percent", delta=_change(shipped, shipped_then)),
        Figure(key="on_time_rate", value=kept, unit="percent", delta=_change(kept, kept_then)),
        Figure(key="cover_days", value=units / flow if flow else None, unit="days"),
        Figure(key="stockouts", value=out, unit="count"),
        Figure(key="quarantine_open", value=count(conn, QuarantineQuery(open=True)), unit="count"),
        Figure(key="intake_p95_ms", value=intake_p95_ms, unit="ms"),
    ]


def _change(value: float | None, before: float | None) -> float | None:
    return value / before - 1 if value is not None and before else None


def _by_hour(hours: list[HourRow], now: datetime, read: Callable[[HourRow], int]) -> list[int]:
    last = now.replace(minute=0, second=0, microsecond=0)
    sums: dict[datetime, int] = {}
    for row in hours:
        sums[row.hour] = sums.get(row.hour, 0) + read(row)
    return [sums.get(last - back * _HOUR, 0) for back in range(23, -1, -1)]
