"""The quarantine as people work it off: entries, groups, and dismissal with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import Connection

from entrepot.kernel.errors import NotFound

_COLUMNS: Final = """q.id, encode(q.message_id, 'hex'), q.channel, q.shop, q.topic, q.scope, q.reason, q.pointer,
    q.record, q.message, q.mend, q.first_seen, q.last_seen, q.replays, q.resolved_at, q.resolution, q.resolved_by,
    coalesce(f.field, ''), coalesce(f.observed, ''), coalesce(f.expected, '')"""

_FINDING: Final = """
LEFT JOIN LATERAL (SELECT field, observed, expected FROM hub.finding
    WHERE message_id = q.message_id AND rule = q.reason AND pointer = q.pointer ORDER BY seq DESC LIMIT 1) f ON true"""

_MATCHING: Final = """
WHERE (%(ids)s::bigint[] IS NULL OR q.id = ANY (%(ids)s)) AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
  AND (%(channel)s::text IS NULL OR q.channel = %(channel)s) AND (%(topic)s::text IS NULL OR q.topic = %(topic)s)
  AND (%(open)s::boolean IS NULL OR (q.resolved_at IS NULL) = %(open)s)"""

_GROUPS: Final = """
SELECT reason, channel, topic, count(*), min(first_seen), max(last_seen), max(id),
    (array_agg(message ORDER BY id DESC))[1], (array_agg(mend ORDER BY id DESC))[1]
FROM hub.quarantine WHERE resolved_at IS NULL
GROUP BY reason, channel, topic ORDER BY count(*) DESC, min(first_seen), reason, channel, topic"""


@dataclass(frozen=True, slots=True)
class QuarantineQuery:
    """Which entries: by number, or by what they share. ``open`` None is all."""

    ids: tuple[int, ...] | None = None
    reason: str | None = None
    channel: str | None = None
    topic: str | None = None
    open: bool | None = None

    def values(self) -> dict[str, object]:
        """Return the parameters of the condition."""
        return {
            "ids": None if self.ids is None else list(self.ids),
            "reason": self.reason,
            "channel": self.channel,
            "topic": self.topic,
            "open": self.open,
        }


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A part of a message that is kept out, why, and how to mend it; field, observed and expected may be empty."""

    id: int
    message_id: str
    channel: str
    shop: str
    topic: str
    scope: str
    reason: str
    pointer: str
    record: str
    message: str
    mend: str
    first_seen: datetime
    last_seen: datetime
    replays: int
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None
    field: str
    observed: str
    expected: str


@dataclass(frozen=True, slots=True)
class QuarantineGroup:
    """Open entries of one reason; `sample` is the newest entry."""

    reason: str
    channel: str
    topic: str
    count: int
    oldest: datetime
    newest: datetime
    sample: int
    message: str
    mend: str


def entries(conn: Connection, query: QuarantineQuery, limit: int, before: int | None = None) -> list[QuarantineRow]:
    """List entries, newest first; ``before`` is the last id of the page before."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM hub.quarantine q{_FINDING}{_MATCHING} "
        "AND (%(before)s::bigint IS NULL OR q.id < %(before)s) "
        "ORDER BY q.id DESC LIMIT %(limit)s".encode(),
        query.values() | {"before": before, "limit": limit},
    )
    return [QuarantineRow(*row) for row in rows]


def entry(conn: Connection, entry_id: int) -> QuarantineRow:
    """Read one entry.

    Raises
    ------
    NotFound
        ``hub.unknown_entry``.
    """
    found = entries(conn, QuarantineQuery(ids=(entry_id,)), 1) if 0 < entry_id < 2**63 else []
    if not found:
        raise NotFound("hub.unknown_entry", f"There is no quarantine entry {entry_id}.", "See the list.", id=entry_id)
    return found[0]


def groups(conn: Connection) -> list[QuarantineGroup]:
    """Group the open entries by reason, channel and topic, the largest group first."""
    return [QuarantineGroup(*row) for row in conn.execute(_GROUPS)]


def count(conn: Connection, query: QuarantineQuery) -> int:
    """Count entries."""
    row = conn.execute(f"SELECT count(*) FROM hub.quarantine q{_MATCHING}".encode(), query.values()).fetchone()
    return row[0] if row else 0


def records_kept_out(conn: Connection, record_ids: list[str] | None = None) -> list[str]:
    """Return the canonical ids that open entries name, all of them or those among some."""
    rows = conn.execute(
        "SELECT DISTINCT split_part(record, '/', 1) FROM hub.quarantine WHERE resolved_at IS NULL AND record <> '' "
        "AND (%(ids)s::text[] IS NULL OR split_part(record, '/', 1) = ANY (%(ids)s)) ORDER BY 1 LIMIT 10000",
        {"ids": record_ids},
    ).fetchall()
    return [row[0] for row in rows]


def resolve(conn: Connection, query: QuarantineQuery, resolution: str, by: str) -> list[int]:
    """Close the open entries that match, saying how and by whom; nothing of the message is lost.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    query : QuarantineQuery
        Which; those already closed stay as they are.
    resolution : str
        ``dismissed: <why>`` or ``fixed: <id of the mended message>``.
    by : str
        Who.

    Returns
    -------
    list of int
        The entries closed, by number.
    """
    rows = conn.execute(
        "UPDATE hub.quarantine q SET resolved_at = now(), resolution = %(resolution)s, resolved_by = %(by)s"
        f"{_MATCHING} "
        "AND q.resolved_at IS NULL RETURNING q.id".encode(),
        query.values() | {"resolution": resolution, "by": by},
    ).fetchall()
    return sorted(row[0] for row in rows)
