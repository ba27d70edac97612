"""Goods that left close what was held for them: a till's sale or a warehouse's shipment needs no second word.

Reads ``stock.moved`` and ``hold.created`` at its own position. A movement closes open holds of its own document; one
that was reported before the hold was made closes it as well. Nothing is moved here, and a movement counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.stock import Reservations
from entrepot.stock.events import MOVED
from entrepot.stock.hold_events import CREATED, holds_of

READER: Final = "hold_posting"
_LEAVES: Final = ("sale", "transfer_out")


class HoldPosting:
    """The flow; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log is.
    reservations : Reservations
        Where holds are closed.
    """

    def __init__(self, db: Database, reservations: Reservations) -> None:
        self._db = db
        self._reservations = reservations
        self._reader = log.Reader(db, READER, (MOVED, CREATED))

    def step(self, limit: int = 2000) -> int:
        """Close what the next events' documents hold and need no more, in one transaction.

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
            docs = {doc for logged in events for doc in _docs(logged.event) if isinstance(doc, str)}
            if docs:
                self._reservations.close_reported_in(conn, docs)
            self._reader.advance(conn, events[-1].position)
            return len(events)


def _docs(event: log.Event) -> Iterable[object]:
    """Return the documents whose goods may have left while something is held for them."""
    if event.kind == CREATED:
        return [hold["doc"] for hold in holds_of(event)]
    return [event.payload["doc"]] if event.payload["reason"] in _LEAVES else []
