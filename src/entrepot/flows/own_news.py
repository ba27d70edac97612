"""What becomes of own orders, told to the order book.

A channel tells us that its order was shipped or delivered. Of own orders nobody does: their pieces know it first. So
what the pieces say is written as a message of the channel ``own``, like all that is known of such an order, and from
there it is listed, tracked and measured like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from psycopg import Connection

from entrepot.flows.intake import Intake
from entrepot.flows.order_facts import OWN
from entrepot.hub.adapter import RawMessage
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.infra.log import Logged
from entrepot.orders.detail import order_state
from entrepot.orders.fold import Fields
from entrepot.orders.lifecycle import Lifecycle
from entrepot.orders.pieces import TRANSITIONS
from entrepot.orders.pieces.status import fulfilment_word
from entrepot.orders.projection import told

READER: Final = "own_news"
KINDS: Final = tuple(sorted({row.event for row in TRANSITIONS}))
_TIMES: Final = {
    "part_shipped": ("shipped_at",),
    "shipped": ("shipped_at",),
    "delivered": ("shipped_at", "delivered_at"),
    "cancelled": ("cancelled_at",),
}

_logger = logging.getLogger(__name__)


class OwnNews:
    """The flow; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log and the orders are.
    lifecycle : Lifecycle
        Looks at orders.
    intake : Intake
        Takes the messages.
    """

    def __init__(self, db: Database, lifecycle: Lifecycle, intake: Intake) -> None:
        self._db = db
        self._lifecycle = lifecycle
        self._intake = intake
        self._reader = log.Reader(db, READER, KINDS)

    def step(self, limit: int = 2000) -> int:
        """Tell what the next events change; returns the events read.

        A message is taken before the events count as read. Read again they change nothing: what they would say is
        known by then.
        """
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            for receipt in self._intake.accept(list(self._messages(conn, events))):
                if receipt.status not in ("accepted", "duplicate"):
                    _logger.error("news of an own order was %s: %s", receipt.status, receipt.reason)
            self._reader.advance(conn, events[-1].position)
            return len(events)

    def _messages(self, conn: Connection, events: Sequence[Logged]) -> Iterator[RawMessage]:
        of_order: dict[str, list[Logged]] = {}
        for logged in events:
            if logged.event.key.startswith(f"{OWN}:"):
                of_order.setdefault(logged.event.key, []).append(logged)
        standings = self._lifecycle.look(conn, list(of_order))
        for order_id, news in of_order.items():
            state = order_state(conn, order_id)
            if state is None or order_id not in standings:
                continue
            pieces = standings[order_id].order.pieces
            document = _document(state.fields, fulfilment_word(pieces, told(state.fields, "fulfilment_status")), news)
            if document:
                _, shop, number = order_id.split(":", 2)
                at = _version(state.fields, news)
                body = msgspec.json.encode({"order_id": number, "version": at.isoformat(), **document})
                yield RawMessage(OWN, shop, "order", body, at, transport="bulk")


def _document(known: Fields, word: str, news: Sequence[Logged]) -> dict[str, object]:
    """Return what is new: the status with its times, and parcels that left."""
    document: dict[str, object] = {}
    at = news[-1].recorded_at.isoformat()
    if word != told(known, "fulfilment_status"):
        # Where a carrier told us, its own time of delivery stands with its parcel.
        names = [name for name in _TIMES.get(word, ()) if name != "delivered_at" or not _by_facts(news[-1])]
        document = {"status": word, **{name: at for name in names if told(known, name) is None}}
    parcels = list(_parcels(news))
    return document | ({"parcels": parcels} if parcels else {})


def _by_facts(logged: Logged) -> bool:
    return logged.event.payload.get("actor") == "facts"


def _parcels(news: Sequence[Logged]) -> Iterator[dict[str, object]]:
    """Yield parcels as they left: one for each command that named one."""
    found: dict[str, dict[str, object]] = {}
    for logged in news:
        payload = logged.event.payload
        parcel = payload.get("parcel")
        if isinstance(parcel, dict):
            id = f"{parcel.get('tracking_no')}@{payload.get('version')}"
            one = found.setdefault(
                id,
                {
                    "id": id,
                    "parcel": parcel.get("tracking_no"),
                    "carrier": parcel.get("carrier"),
                    "node": payload.get("node"),
                    "shipped_at": logged.recorded_at.isoformat(),
                    "lines": [],
                },
            )
            lines = one["lines"]
            assert isinstance(lines, list)
            lines.append([payload.get("line"), payload.get("qty")])
    yield from found.values()


def _version(known: Fields, news: Sequence[Logged]) -> datetime:
    """Return a version after that of the status known: the newer word must win."""
    at = news[-1].recorded_at
    if "fulfilment_status" not in known:
        return at
    (micros, _) = known["fulfilment_status"][1]
    return max(at, datetime.fromtimestamp(0, at.tzinfo) + timedelta(microseconds=micros + 1))
