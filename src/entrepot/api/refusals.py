"""Refused deliveries in the audit trail: each sender at most once a minute, with how many there were since."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.infra.database import Database

_EVERY: Final = timedelta(minutes=1)
_MOST_SENDERS: Final = 1_000


class Refusals:
    """Counts messages turned away for a wrong signature; a flood of them must not fill the trail."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = Lock()
        self._counts: dict[tuple[str, str, str], tuple[int, datetime | None]] = {}

    def note(self, channel: str, shop: str, address: str, now: datetime) -> None:
        """Count one refusal, and write the count down when a minute has passed since the last time."""
        key = (channel, shop, address)
        with self._lock:
            if key not in self._counts and len(self._counts) >= _MOST_SENDERS:
                self._counts.clear()
            count, written = self._counts.get(key, (0, None))
            is_due = written is None or now - written >= _EVERY
            self._counts[key] = (0, now) if is_due else (count + 1, written)
        if is_due:
            with self._db.transaction() as conn:
                record_audit(
                    conn, SYSTEM, "intake.bad_signature", f"shop:{channel}:{shop}", {"messages": count + 1}, ip=address
                )
