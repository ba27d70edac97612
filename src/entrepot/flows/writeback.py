"""Writing back while the app runs: rounds of the outbox in a thread, and the notices of parcels that left."""

from __future__ import annotations

import logging
import threading
from typing import Final

import psycopg
from psycopg import Connection

from entrepot.hub.writeback import NewWish, ShipmentWish, Writeback, wish_for
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import EntrepotError

READER: Final = "shipment_notices"
SHIPPED: Final = "piece.shipped"
BY_US: Final = "ship"
"""The command by which we say that a parcel left; what a channel or warehouse told us needs no notice back."""

_logger = logging.getLogger(__name__)
_SECONDS_WITHOUT_WORK: Final = 0.5
_SECONDS_AFTER_A_FAULT: Final = 5.0

# A parcel that holds all of an order that is not cancelled is told without lines. Own orders have no channel to tell.
_PARCELS: Final = """
SELECT o.channel, o.shop, o.native_id, parcel ->> 'tracking_no', coalesce(parcel ->> 'carrier', ''),
    coalesce(c.name, ''), CASE WHEN whole.is_so THEN '{}' ELSE gone.lines END
FROM orders.fulfilment f
JOIN orders.orders o ON o.id = f.order_id AND o.channel <> 'own'
CROSS JOIN LATERAL jsonb_array_elements(f.parcels) AS parcel
LEFT JOIN delivery.carrier c ON c.code = parcel ->> 'carrier'
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT p.line ORDER BY p.line) AS lines FROM orders.piece p
    WHERE p.work = f.id AND p.state IN ('shipped', 'delivered')
) AS gone
CROSS JOIN LATERAL (
    SELECT NOT EXISTS (
        SELECT FROM orders.piece p
        WHERE p.order_id = o.id AND p.state <> 'cancelled'
          AND NOT (p.work IS NOT DISTINCT FROM f.id AND p.state IN ('shipped', 'delivered'))) AS is_so
) AS whole
WHERE f.order_id = ANY (%s) AND gone.lines IS NOT NULL AND coalesce(parcel ->> 'tracking_no', '') <> ''
ORDER BY o.channel, o.shop, o.native_id, 4"""


class ShipmentNotices:
    """The flow that tells channels of parcels that left by our word; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log, the orders and the outbox are.
    clock : Clock
        The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._reader = log.Reader(db, READER, (SHIPPED,))

    def step(self, limit: int = 2000) -> int:
        """Put the parcels of the next events in the outbox, in one transaction; returns the events read."""
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            orders = {one.event.key for one in events if one.event.payload.get("command") == BY_US}
            position = log.head(conn)
            wish_for(conn, _notices(conn, sorted(orders)), position, self._clock.now())
            self._reader.advance(conn, events[-1].position)
            return len(events)


def _notices(conn: Connection, orders: list[str]) -> list[NewWish]:
    if not orders:
        return []
    return [
        NewWish(
            channel,
            shop,
            f"{native_id}/{tracking_no}",
            ShipmentWish(native_id, tracking_no, carrier, name, tuple(line.rpartition("/")[2] for line in lines)),
        )
        for channel, shop, native_id, tracking_no, carrier, name, lines in conn.execute(_PARCELS, (orders,))
    ]


class WritebackRunner:
    """Sends what the outbox holds until it is stopped."""

    def __init__(self, writeback: Writeback) -> None:
        self._writeback = writeback
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writeback", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the round under way."""
        self._stop.set()
        self._thread.join(timeout=60)
        self._writeback.close()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                done = self._writeback.step()
                pause = 0.0 if done.accepted else _SECONDS_WITHOUT_WORK
            except (psycopg.Error, EntrepotError):
                _logger.exception("a round of writing back could not go on; trying again")
                pause = _SECONDS_AFTER_A_FAULT
