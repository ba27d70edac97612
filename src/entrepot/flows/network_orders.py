"""The order log as a network planner reads it: what went where, in which parcels, from which node; and our nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.delivery import Place

HOME: Final = "CN"
"""Country of an order or a node that names none."""

DEFAULT_WEIGHT_G: Final = 500
"""Of a piece whose master data gives no weight."""

# One row a channel, place, node and weight band. The node is where the goods were booked out; before that, where the
# order's pieces are to come from. Coordinates are those channels told; erased ones are no number.
_SENT: Final = """
WITH sent AS (
    SELECT o.id, o.channel, coalesce(nullif(o.country, ''), %(home)s) AS country, coalesce(o.province, '') AS province,
           coalesce(o.city, '') AS city, goods.pieces, goods.weight_g, goods.volume_mm3, place.node,
           o.doc -> 'order' -> 'latitude' ->> 0 AS latitude, o.doc -> 'order' -> 'longitude' ->> 0 AS longitude
    FROM orders.orders o
    JOIN LATERAL (
        SELECT sum(l.qty)::bigint AS pieces, sum(l.qty * coalesce(k.weight_g, %(weight)s))::bigint AS weight_g,
               sum(l.qty * coalesce(k.length_mm * k.width_mm * k.height_mm, 0))::bigint AS volume_mm3
        FROM orders.line l LEFT JOIN stock.sku k ON k.id = l.sku WHERE l.order_id = o.id AND l.qty > 0
    ) goods ON goods.pieces > 0
    LEFT JOIN LATERAL (
        SELECT coalesce(
            (SELECT min(m.from_node) FROM stock.movement m WHERE m.doc = o.id AND m.reason = 'sale'),
            (SELECT min(p.node) FROM orders.piece p WHERE p.order_id = o.id),
            (SELECT min(s.from_node) FROM orders.shipment s WHERE s.order_id = o.id)) AS node
    ) place ON true
    WHERE o.placed_at >= %(since)s AND o.placed_at < %(until)s AND coalesce(o.fulfil_mode, 'ship') = 'ship'
      AND o.fulfilment_status IS DISTINCT FROM 'cancelled'
)
SELECT channel, country, province, city, coalesce(node, ''), width_bucket(weight_g, %(edges)s::bigint[]),
       count(*), sum(pieces)::bigint, sum(weight_g)::bigint, sum(volume_mm3)::bigint,
       avg(CASE WHEN latitude ~ '^-?[0-9]{1,2}([.][0-9]+)?$' THEN latitude::float8 END),
       avg(CASE WHEN longitude ~ '^-?[0-9]{1,3}([.][0-9]+)?$' THEN longitude::float8 END)
FROM sent GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"""

# What tills sold and customers collected: the store's shelf must be filled again.
_SOLD: Final = """
SELECT o.channel, till.id, count(DISTINCT o.id), sum(l.qty)::bigint,
       sum(l.qty * coalesce(k.weight_g, %(weight)s))::bigint
FROM orders.orders o
LEFT JOIN hub.shop p ON p.channel = o.channel AND p.shop = o.shop
JOIN orders.line l ON l.order_id = o.id AND l.qty > 0
LEFT JOIN stock.sku k ON k.id = l.sku
JOIN LATERAL (
    SELECT n.id FROM stock.node n WHERE n.id IN (l.store, o.store, p.default_node)
    ORDER BY n.id = l.store DESC NULLS LAST, n.id = o.store DESC NULLS LAST LIMIT 1
) till ON true
WHERE o.placed_at >= %(since)s AND o.placed_at < %(until)s AND o.fulfil_mode IN ('store', 'pickup')
  AND o.fulfilment_status IS DISTINCT FROM 'cancelled'
GROUP BY 1, 2 ORDER BY 1, 2"""

_FED: Final = """
SELECT from_node, to_node, sum(qty)::bigint FROM stock.movement
WHERE valid_at >= %(since)s AND valid_at < %(until)s AND reason = 'transfer_out' AND from_node <> to_node
GROUP BY 1, 2 ORDER BY 1, 2"""

_NODES: Final = """
SELECT id, name, name_en, kind, coalesce(nullif(country, ''), %(home)s), province, city, latitude, longitude
FROM stock.node WHERE active ORDER BY id"""


class Sent(NamedTuple):
    """Parcels of one channel, weight band and node to one place; coordinates where the channel tells them."""

    channel: str
    country: str
    province: str
    city: str
    node: str
    band: int
    orders: int
    pieces: int
    weight_g: int
    volume_mm3: int
    latitude: float | None
    longitude: float | None


class Sold(NamedTuple):
    """What a channel's customers took from a store."""

    channel: str
    node: str
    orders: int
    pieces: int
    weight_g: int


class Fed(NamedTuple):
    """Pieces sent from one node of ours to another."""

    origin: str
    target: str
    pieces: int


class NodeRow(NamedTuple):
    """A node of ours that is active."""

    id: str
    name: str
    name_en: str
    kind: str
    country: str
    province: str
    city: str
    latitude: float | None
    longitude: float | None

    @property
    def place(self) -> Place:
        """Where it is, as carriers read it."""
        return Place(self.country, self.province, self.city, node=self.id)


@dataclass(frozen=True, slots=True)
class OrderLog:
    """Orders placed in ``[since, until)`` that were not cancelled, and the nodes there are."""

    since: datetime
    until: datetime
    sent: tuple[Sent, ...]
    sold: tuple[Sold, ...]
    fed: tuple[Fed, ...]
    nodes: tuple[NodeRow, ...]

    @property
    def days(self) -> int:
        """Whole days of the period, at least one."""
        return max(1, round((self.until - self.since).total_seconds() / 86_400))


def read_log(conn: Connection, since: datetime, until: datetime, edges_g: Sequence[int]) -> OrderLog:
    """Read the log of a period.

    Parameters
    ----------
    conn : Connection
        Reads only.
    since, until : datetime
        Aware; half open.
    edges_g : sequence of int
        Where weight bands begin, ascending: band 0 is below the first.
    """
    values = {"since": since, "until": until, "home": HOME, "weight": DEFAULT_WEIGHT_G, "edges": list(edges_g)}
    return OrderLog(
        since,
        until,
        tuple(Sent(*row) for row in conn.execute(_SENT, values)),
        tuple(Sold(*row) for row in conn.execute(_SOLD, values)),
        tuple(Fed(*row) for row in conn.execute(_FED, values)),
        tuple(NodeRow(*row) for row in conn.execute(_NODES, values)),
    )
