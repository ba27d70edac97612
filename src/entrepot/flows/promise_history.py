"""Orders of our own book as the promise reads them: who sent what where, and when it left and arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

import polars as pl
from psycopg import Connection

from entrepot.orders.promise.columns import COLUMNS
from entrepot.orders.promise.history import History
from entrepot.orders.promise.reading import history_of

# The node is where the goods were booked out; before that, where the order's pieces are to come from. A channel may
# call its place by an id of its own: what is no node of ours says nothing. Where addresses have no province the
# country is the destination. Units without weight or size in the master data leave the sum unknown rather than too
# small. The carrier is no column: it is chosen after the promise, so that "not known" would mean an order that nobody
# has sent yet.
_ORDERS: Final = """
SELECT o.id AS order_id, a.placed_at AT TIME ZONE %(zone)s AS placed_at,
       a.delivered_at AT TIME ZONE %(zone)s AS delivered_at, a.shipped_at AT TIME ZONE %(zone)s AS shipped_at,
       a.closed_at AT TIME ZONE %(zone)s AS closed_at, o.promised_at AT TIME ZONE %(zone)s AS promised_at,
       n.id AS node, n.province AS origin, n.city AS origin_area,
       coalesce(o.province, o.country) AS destination, o.city AS area,
       goods.category, paid.method AS payment,
       n.latitude AS origin_latitude, n.longitude AS origin_longitude,
       goods.weight_g::float8 AS weight_g, goods.volume_mm3 / 1000.0 AS volume_cm3, goods.items::float8 AS items,
       place.nodes::float8 AS nodes, o.goods::float8 AS goods, o.freight::float8 AS freight
FROM orders.arrival a JOIN orders.orders o ON o.id = a.order_id
LEFT JOIN LATERAL (
    SELECT min(k.id) AS node, nullif(count(DISTINCT k.id), 0) AS nodes FROM (
        SELECT m.from_node AS node FROM stock.movement m WHERE m.doc = o.id AND m.reason = 'sale'
        UNION ALL SELECT p.node FROM orders.piece p WHERE p.order_id = o.id AND p.node IS NOT NULL
        UNION ALL SELECT s.from_node FROM orders.shipment s WHERE s.order_id = o.id AND s.from_node IS NOT NULL
    ) AS named JOIN stock.node k ON k.id = named.node
) place ON true
LEFT JOIN stock.node n ON n.id = place.node
LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_and(k.weight_g IS NOT NULL) THEN sum(k.weight_g * l.qty) END AS weight_g,
           CASE WHEN bool_and(k.length_mm * k.width_mm * k.height_mm IS NOT NULL)
                THEN sum(k.length_mm * k.width_mm * k.height_mm * l.qty) END AS volume_mm3,
           sum(l.qty) AS items, min(k.category) AS category
    FROM orders.line l LEFT JOIN stock.sku k ON k.id = l.sku WHERE l.order_id = o.id
) goods ON true
LEFT JOIN LATERAL (
    SELECT p.method FROM orders.payment p WHERE p.order_id = o.id
    ORDER BY p.amount DESC NULLS LAST, p.payment_id LIMIT 1
) paid ON true
WHERE a.placed_at < %(until)s AND (a.placed_at >= %(since)s OR o.id = ANY (%(ids)s))
  AND (%(ids)s::text[] IS NULL OR o.id = ANY (%(ids)s))
ORDER BY a.placed_at, o.id
"""

_TYPES: Final[dict[str, pl.DataType]] = {"text": pl.String(), "time": pl.Datetime("us"), "number": pl.Float64()}
_SCHEMA: Final = {column.name: _TYPES[column.kind] for column in COLUMNS}


def orders_between(conn: Connection, since: datetime, until: datetime, zone: str) -> History:
    """Read the orders placed in a period, half open; days are those of the retailer's zone."""
    return _read(conn, {"since": since, "until": until, "zone": zone, "ids": None})


def orders_named(conn: Connection, ids: Sequence[str], until: datetime, zone: str) -> History:
    """Read some orders by id, those placed before a moment."""
    return _read(conn, {"since": until, "until": until, "zone": zone, "ids": list(ids)})


def _read(conn: Connection, values: dict[str, object]) -> History:
    cursor = conn.execute(_ORDERS, values)
    names = [column.name for column in cursor.description or ()]
    schema = {name: _SCHEMA[name] for name in names}
    table = pl.DataFrame([tuple(row) for row in cursor], schema=schema, orient="row", infer_schema_length=None)
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    history, _ = history_of(table.with_columns(pl.col(texts).fill_null("")))
    return history


def order_placed(day: date, known: Mapping[str, str | float | None]) -> History:
    """Describe an order that is about to be placed, for a quote.

    Parameters
    ----------
    day : date
        The retailer's day.
    known : mapping
        Columns of `columns.COLUMNS` by name; those left out are unknown.
    """
    at = datetime.combine(day, time(12))
    row = {"order_id": "quote", "placed_at": at, "delivered_at": None} | {
        name: value for name, value in known.items() if value is not None
    }
    history, _ = history_of(pl.DataFrame([row], schema={name: _SCHEMA[name] for name in row}))
    return history
