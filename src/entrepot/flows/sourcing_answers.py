"""What nodes answered to the work they were given, counted by day: the acceptance rates are learned from it."""

from __future__ import annotations

from datetime import date
from typing import Final

from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.orders.sourcing.acceptance import Answers
from entrepot.orders.sourcing.price_store import count_answers

READER: Final = "node_answers"
_ACCEPTED: Final = ("accept", "claim")
_REFUSED: Final = ("refuse", "short", "time_out")
_KINDS: Final = ("piece.accepted", "piece.refused", "piece.short", "piece.timed_out")


class NodeAnswers:
    """The flow; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where log and answers are.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reader = log.Reader(db, READER, _KINDS)

    def step(self, limit: int = 2000) -> int:
        """Count the next answers, in one transaction; returns the events read."""
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            counts = _counted(events)
            if counts:
                count_answers(conn, counts)
            self._reader.advance(conn, events[-1].position)
            return len(events)


def _counted(events: list[log.Logged]) -> dict[tuple[str, date], Answers]:
    """Count each answer once: a command about several pieces of an order is one answer of its node."""
    counts: dict[tuple[str, date], Answers] = {}
    seen: set[tuple[str, object, object]] = set()
    for logged in events:
        said = logged.event.payload
        node, command = said.get("node"), said.get("command")
        key = logged.event.key, said.get("version"), node
        if not isinstance(node, str) or key in seen or command not in (*_ACCEPTED, *_REFUSED):
            continue
        seen.add(key)
        day = logged.recorded_at.date()
        before = counts.get((node, day), Answers())
        is_accepted = command in _ACCEPTED
        counts[node, day] = Answers(before.accepted + is_accepted, before.refused + (not is_accepted))
    return counts
