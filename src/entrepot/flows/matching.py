"""Matching again: when the catalogue grows, offers and lines that named no SKU of ours are looked up once more."""

from __future__ import annotations

from typing import Final

from psycopg import Connection

from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts

READER: Final = "matching"

_MATCH_LISTINGS: Final = """
UPDATE stock.listing i SET sku_id = k.id, how = 'exact', confidence = 1
FROM stock.sku k WHERE i.sku_id IS NULL AND k.id IN (i.merchant_code, i.stock_item)
"""
_MATCH_LINES: Final = """
WITH matched AS (
    UPDATE orders.line l SET sku = k.id FROM stock.sku k
    WHERE l.sku IS NULL AND l.merchant_code IS NOT NULL AND k.id = l.merchant_code RETURNING l.order_id
), listed AS (
    UPDATE orders.line l SET sku = i.sku_id FROM stock.listing i, orders.orders o
    WHERE l.sku IS NULL AND l.item_id IS NOT NULL AND o.id = l.order_id AND i.channel = o.channel
        AND i.shop IN (o.shop, '*') AND i.item_id = l.item_id AND i.sku_native_id = coalesce(l.sku_native_id, '')
        AND i.sku_id IS NOT NULL AND NOT EXISTS (SELECT FROM stock.sku k WHERE k.id = l.merchant_code)
    RETURNING l.order_id
)
SELECT order_id FROM matched UNION SELECT order_id FROM listed ORDER BY 1
"""


class Matching:
    """The flow; `step` is called again and again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reader = log.Reader(db, READER, ("catalogue.changed",))

    def step(self, limit: int = 2000) -> int:
        """Match lines again if the catalogue changed; returns the events read."""
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            orders = match_again(conn)
            log.append(conn, (log.Event("order.changed", order_id, {"matched": True}) for order_id in orders))
            self._reader.advance(conn, events[-1].position)
            return len(events)


def match_again(conn: Connection) -> list[str]:
    """Look up what names no SKU yet; returns the orders of the lines that now do."""
    conn.execute(_MATCH_LISTINGS)
    return [row[0] for row in conn.execute(_MATCH_LINES)]
