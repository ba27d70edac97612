"""Figures of the order book over the last days: orders by hour, what was sold, how fast it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from entrepot.orders.attention import DELIVER_WITHIN

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)

_HOURS: Final = """
SELECT date_trunc('hour', placed_at), channel, count(*), coalesce(sum(pieces), 0)::bigint
FROM orders.orders WHERE placed_at > %(since)s AND placed_at <= %(now)s
GROUP BY 1, 2 ORDER BY 1, 2"""

_SOLD: Final = """
SELECT count(*), coalesce(sum(pieces), 0)::bigint
FROM orders.orders
WHERE placed_at > %(since)s AND placed_at <= %(until)s AND coalesce(fulfilment_status, '') <> 'cancelled'"""

_PAID: Final = """
SELECT currency, sum(paid)::bigint FROM orders.orders
WHERE placed_at > %(since)s AND placed_at <= %(until)s AND currency IS NOT NULL AND paid IS NOT NULL
GROUP BY currency ORDER BY count(*) DESC, currency"""

# Of what was to be sent and was paid a day ago or earlier: had it left within a day? Where the channel does not say so,
# the first parcel does.
_SHIPPED_IN_TIME: Final = """
SELECT count(*), count(*) FILTER (WHERE a.shipped_at <= coalesce(o.paid_at, o.placed_at) + interval '1 day')
FROM orders.arrival a JOIN orders.orders o ON o.id = a.order_id
WHERE a.placed_at > %(since)s AND a.placed_at <= %(until)s AND o.payment_status IN ('paid', 'part_refunded')
  AND coalesce(o.fulfilment_status, '') <> 'cancelled'"""

# Parcels by the carrier's word; orders of which only the channel says that they came. What the channel promised its
# buyer goes before our own date.
_DELIVERED_IN_TIME: Final = """
WITH arrived AS (
    SELECT s.order_id, p.delivered_at, s.shipped_at
    FROM orders.parcel p JOIN orders.shipment s ON s.tracking_no = p.tracking_no
    WHERE p.delivered_at > %(since)s AND p.delivered_at <= %(until)s
    UNION ALL
    SELECT o.id, o.delivered_at, o.shipped_at FROM orders.orders o
    WHERE o.delivered_at > %(since)s AND o.delivered_at <= %(until)s AND NOT EXISTS (
        SELECT FROM orders.shipment s JOIN orders.parcel p ON p.tracking_no = s.tracking_no
        WHERE s.order_id = o.id AND p.delivered_at IS NOT NULL)
)
SELECT count(*), count(*) FILTER (WHERE a.delivered_at <= coalesce(
    o.promised_at, (r.promised + 1)::timestamp AT TIME ZONE %(zone)s, a.shipped_at + %(within)s, a.delivered_at))
FROM arrived a JOIN orders.orders o ON o.id = a.order_id
LEFT JOIN orders.promise r ON r.order_id = a.order_id AND r.no = 1"""

_OPEN: Final = """
SELECT count(*) FROM orders.orders WHERE fulfilment_status IN ('open', 'in_progress', 'part_shipped')"""

_DELAYS: Final = """
SELECT s.channel, s.shop, percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.changed_at - o.updated_at))
FROM unnest(%(channels)s::text[], %(shops)s::text[]) AS s (channel, shop)
CROSS JOIN LATERAL (
    SELECT changed_at, updated_at FROM orders.orders
    WHERE channel = s.channel AND shop = s.shop ORDER BY placed_at DESC LIMIT 20) AS o
WHERE o.changed_at > %(since)s AND o.changed_at - o.updated_at < interval '1 day'
GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class HourRow:
    """Orders of one channel placed in one hour."""

    hour: datetime
    channel: str
    orders: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Sold:
    """What a window sold: orders, pieces, and money in the currency most orders have."""

    orders: int
    pieces: int
    paid: int
    currency: str | None


def orders_per_hour(conn: Connection, now: datetime, hours: int = 72) -> list[HourRow]:
    """Count orders by hour and channel; hours without orders are left out."""
    values = {"now": now, "since": now - timedelta(hours=hours)}
    return [HourRow(*row) for row in conn.execute(_HOURS, values)]


def sold(conn: Connection, since: datetime, until: datetime, currency: str | None = None) -> Sold:
    """Sum orders placed in ``(since, until]``, cancelled ones left out.

    Parameters
    ----------
    currency : str, optional
        Sum the money of this one; by default of the most frequent.
    """
    values = {"since": since, "until": until}
    orders, pieces = conn.execute(_SOLD, values).fetchone() or (0, 0)
    money: dict[str, int] = dict(conn.execute(_PAID, values).fetchall())
    chosen = currency or next(iter(money), None)
    return Sold(orders, pieces, money.get(chosen, 0) if chosen else 0, chosen)


def shipped_within_a_day(conn: Connection, until: datetime) -> float | None:
    """Return the share of a week's paid orders to be sent that left within a day; None without orders."""
    until -= _DAY  # younger ones still may
    return _share(conn, _SHIPPED_IN_TIME, {"since": until - _WEEK, "until": until})


def delivered_in_time(conn: Connection, until: datetime, zone: str) -> float | None:
    """Return the share of a week's deliveries that kept the promise, or seven days where there was none.

    Parameters
    ----------
    zone : str
        The retailer's: a date of ours is kept until its day ends there.
    """
    values = {"since": until - _WEEK, "until": until, "within": DELIVER_WITHIN, "zone": zone}
    return _share(conn, _DELIVERED_IN_TIME, values)


def open_orders(conn: Connection) -> int:
    """Count orders that have not left whole."""
    row = conn.execute(_OPEN).fetchone()
    return row[0] if row else 0


def delays(conn: Connection, shops: list[tuple[str, str]], now: datetime) -> dict[tuple[str, str], int]:
    """Return by shop how old the channel's news was when it reached our book: median milliseconds.

    Of the 20 orders placed last that changed within a day; what was older than a day on arrival is history being
    loaded, and no lag.
    """
    channels, names = [channel for channel, _ in shops], [shop for _, shop in shops]
    rows = conn.execute(_DELAYS, {"channels": channels, "shops": names, "since": now - _DAY})
    return {(channel, shop): max(0, round(float(seconds) * 1000)) for channel, shop, seconds in rows}


def _share(conn: Connection, sql: str, values: dict[str, object]) -> float | None:
    row = conn.execute(sql.encode(), values).fetchone()
    return row[1] / row[0] if row and row[0] else None
