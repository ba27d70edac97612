"""Reads of the outbox: its rows, and how many there are in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

STATES: Final = ("waiting", "done", "held", "dead")

_TARGETS: Final = """
SELECT channel, shop, kind, target, state, wish - 'type', accepted - 'type', attempts, wished_at, accepted_at, due_at,
    leased_until IS NOT NULL AND leased_until > now(), reason, message, mend, log_xid, log_seq
FROM hub.writeback
WHERE (%(channel)s::text IS NULL OR channel = %(channel)s) AND (%(shop)s::text IS NULL OR shop = %(shop)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(after)s::text[] IS NULL OR (channel, shop, kind, target) >
       ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3], (%(after)s::text[])[4]))
ORDER BY channel, shop, kind, target LIMIT %(rows)s"""

_SUMMARY: Final = """
SELECT channel, shop, kind, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'done'),
    count(*) FILTER (WHERE state = 'held'), count(*) FILTER (WHERE state = 'dead'),
    min(wished_at) FILTER (WHERE state = 'waiting'), max(accepted_at)
FROM hub.writeback GROUP BY channel, shop, kind ORDER BY channel, shop, kind"""


@dataclass(frozen=True, slots=True)
class TargetQuery:
    """Which rows of the outbox; what is None is not asked about. ``after`` is the key of the last row shown."""

    channel: str | None = None
    shop: str | None = None
    kind: str | None = None
    state: str | None = None
    after: tuple[str, str, str, str] | None = None
    limit: int = 50


class Target(NamedTuple):
    """A target: what it should be, what the channel last accepted, and what stands between."""

    channel: str
    shop: str
    kind: str
    target: str
    state: str
    wish: dict[str, object]
    accepted: dict[str, object] | None
    attempts: int
    wished_at: datetime
    accepted_at: datetime | None
    due_at: datetime
    is_under_way: bool
    reason: str
    message: str
    mend: str
    log_xid: int
    log_seq: int


class Summary(NamedTuple):
    """A shop's outbox in sum."""

    channel: str
    shop: str
    kind: str
    waiting: int
    done: int
    held: int
    dead: int
    oldest_waiting: datetime | None
    last_accepted: datetime | None


def targets(conn: Connection, query: TargetQuery) -> list[Target]:
    """List rows of the outbox in the order of their keys."""
    values = {
        "channel": query.channel,
        "shop": query.shop,
        "kind": query.kind,
        "state": query.state,
        "after": None if query.after is None else list(query.after),
        "rows": query.limit,
    }
    return [Target(*row) for row in conn.execute(_TARGETS, values)]


def summary(conn: Connection) -> list[Summary]:
    """Count each shop's rows by state."""
    return [Summary(*row) for row in conn.execute(_SUMMARY)]
