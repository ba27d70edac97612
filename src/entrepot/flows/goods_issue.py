"""Goods issue by sales: a till hands goods over at once, so the sale itself moves the stock.

Reads ``order.changed`` at its own position and posts, a line at a time, the difference between what the order says now
and what was posted for it: reading again posts nothing twice, a changed quantity moves the rest, a voided sale moves
back. Shops whose warehouse confirms what it ships are left to the confirmations.
"""

from __future__ import annotations

from typing import Final

from psycopg import Connection

from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.stock import StockBook
from entrepot.stock.movement import Movement

READER: Final = "goods_issue"

# A line's place: its own store, else its order's, else the shop's node.
_SOLD: Final = """
SELECT l.order_id, l.line_id, l.sku, n.id, o.placed_at, o.channel,
       CASE WHEN o.fulfilment_status = 'cancelled' OR o.payment_status = 'voided' THEN 0 ELSE l.qty END,
       coalesce(m.posted, 0), coalesce(m.times, 0),
       (SELECT encode(s.message_id, 'hex') FROM orders.source s WHERE s.order_id = o.id
        ORDER BY s.version DESC, s.message_id DESC LIMIT 1)
FROM orders.orders o
JOIN hub.shop p ON p.channel = o.channel AND p.shop = o.shop AND p.stock_policy = 'sales'
JOIN orders.line l ON l.order_id = o.id AND l.sku IS NOT NULL AND l.qty IS NOT NULL
JOIN LATERAL (
    SELECT id FROM stock.node WHERE id IN (l.store, o.store, p.default_node)
    ORDER BY id = l.store DESC NULLS LAST, id = o.store DESC NULLS LAST LIMIT 1
) n ON true
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN from_node = 'customer' THEN -qty ELSE qty END)::bigint AS posted, count(*) AS times
    FROM stock.movement WHERE doc = l.order_id AND line = l.line_id AND sku = l.sku
) m ON true
WHERE o.id = ANY(%s) AND o.placed_at IS NOT NULL
ORDER BY l.order_id, l.line_id
"""


class GoodsIssue:
    """The flow; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log, the orders and the stock book are.
    book : StockBook
        Where movements go.
    """

    def __init__(self, db: Database, book: StockBook) -> None:
        self._db = db
        self._book = book
        self._reader = log.Reader(db, READER, ("order.changed",))

    def step(self, limit: int = 2000) -> int:
        """Post what the next events ask for, in one transaction.

        Returns
        -------
        int
            Events read; 0 when there is nothing new.
        """
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            movements = _movements(conn, sorted({logged.event.key for logged in events}))
            if movements:
                self._book.post(conn, movements)
            self._reader.advance(conn, events[-1].position)
            return len(events)


def _movements(conn: Connection, order_ids: list[str]) -> list[Movement]:
    movements = []
    for row in conn.execute(_SOLD, (order_ids,)):
        order_id, line_id, sku, node, placed_at, channel, sold, posted, times, source = row
        qty = sold - posted
        if qty:
            movements.append(
                Movement(
                    id=f"{order_id}/{line_id}" + (f"@{times + 1}" if times else ""),
                    sku=sku,
                    qty=abs(qty),
                    from_node=node if qty > 0 else "customer",
                    from_state="on_hand",
                    to_node="customer" if qty > 0 else node,
                    to_state="on_hand",
                    reason="sale" if qty > 0 else "return",
                    valid_at=placed_at,
                    doc=order_id,
                    line=line_id,
                    channel=channel,
                    source_id=source,
                )
            )
    return movements
