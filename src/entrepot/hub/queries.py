"""The hub as people look at it: channels, messages, findings, schema observations and the quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from entrepot.hub.adapter import RawMessage
from entrepot.kernel.errors import NotFound

RECENT_DAYS: Final = 7
"""Days of findings and of new fields a channel shows."""

# Until a topic is a day old all its paths are new, and none of them is drift.
_SETTLED: Final = "interval '1 day'"

_CHANNELS: Final = f"""
SELECT s.channel, s.shop, s.name, s.name_en, s.currency, s.zone, s.is_active, s.secrets IS NOT NULL,
    last.received_at, coalesce(raw.messages, 0), coalesce(recent.day, 0), coalesce(recent.minutes, 0) / 10.0::float8,
    coalesce(f.count, 0), coalesce(q.count, 0), coalesce(d.count, 0)
FROM hub.shop s
LEFT JOIN (SELECT channel, shop, count(*) AS messages FROM hub.raw GROUP BY 1, 2) AS raw USING (channel, shop)
LEFT JOIN (SELECT channel, shop, count(*) AS day, count(*) FILTER (WHERE received_at > %(minutes)s) AS minutes
    FROM hub.raw WHERE received_at > %(day)s GROUP BY 1, 2) AS recent USING (channel, shop)
LEFT JOIN LATERAL (SELECT received_at FROM hub.raw r WHERE r.channel = s.channel AND r.shop = s.shop
    ORDER BY received_at DESC LIMIT 1) AS last ON true
LEFT JOIN (SELECT channel, shop, count(*) FROM hub.finding WHERE found_at > %(week)s AND severity <> 'info'
    GROUP BY 1, 2) AS f USING (channel, shop)
LEFT JOIN (SELECT channel, shop, count(*) FROM hub.quarantine WHERE resolved_at IS NULL
    GROUP BY 1, 2) AS q USING (channel, shop)
LEFT JOIN (SELECT channel, shop, count(*) FROM (
        SELECT *, min(first_seen) OVER (PARTITION BY channel, shop, topic) AS began FROM hub.observation) AS o
    WHERE NOT is_known AND first_seen > %(week)s AND first_seen > began + {_SETTLED}
    GROUP BY 1, 2) AS d USING (channel, shop)
ORDER BY s.channel, s.shop"""

_OBSERVATIONS: Final = """
SELECT topic, path, type, first_seen, last_seen, count, is_known, encode(sample, 'hex') FROM hub.observation
WHERE channel = %(channel)s AND shop = %(shop)s AND (%(topic)s::text IS NULL OR topic = %(topic)s)
  AND (%(known)s::boolean IS NULL OR is_known = %(known)s)
  AND (%(after)s::text[] IS NULL
       OR (topic COLLATE "C", path COLLATE "C", type COLLATE "C")
          > ((%(after)s::text[])[1], (%(after)s::text[])[2], (%(after)s::text[])[3]))
ORDER BY topic COLLATE "C", path COLLATE "C", type COLLATE "C" LIMIT %(limit)s"""

_MESSAGE: Final = """encode(id, 'hex'), seq, channel, shop, topic, received_at, transport,
    coalesce(octet_length(body), 0), outcome, records, findings, signature, delivery_id"""

_LATENCY: Final = """
SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds) FROM hub.latency WHERE at > %s"""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A shop on a channel and how its messages flow."""

    channel: str
    shop: str
    name: str
    name_en: str
    currency: str
    zone: str
    active: bool
    signed: bool
    last_message_at: datetime | None
    messages: int
    messages_24h: int
    rate_per_min: float
    findings: int
    quarantined: int
    drift: int


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """A path a channel sends, with a type; ``known`` when a mapping reads it."""

    topic: str
    path: str
    type: str
    first_seen: datetime
    last_seen: datetime
    count: int
    known: bool
    sample: str | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A raw message without its body."""

    id: str
    seq: int
    channel: str
    shop: str
    topic: str
    received_at: datetime
    transport: str
    size: int
    outcome: str
    records: int
    findings: int
    signature: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A raw message whole; ``message`` is None when its body was erased."""

    row: MessageRow
    message: RawMessage | None
    adapter_version: int
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A remark on a message."""

    rule: str
    severity: str
    scope: str
    pointer: str
    message: str
    mend: str
    record: str
    field: str
    observed: str
    expected: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Which messages. ``q`` is the start of an id, or a delivery id; outcomes are any of."""

    channel: str | None = None
    shop: str | None = None
    topic: str | None = None
    outcome: tuple[str, ...] = ()
    signature: str | None = None
    q: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


def channels(conn: Connection, now: datetime) -> list[ChannelRow]:
    """List the registered shops with their flow; rate of the last ten minutes, findings and drift of seven days."""
    values = {
        "minutes": now - timedelta(minutes=10),
        "day": now - timedelta(days=1),
        "week": now - timedelta(days=RECENT_DAYS),
    }
    return [ChannelRow(*row) for row in conn.execute(_CHANNELS.encode(), values)]


def stocked_shops(conn: Connection) -> list[str]:
    """Return ``channel:shop`` of the shops whose sales move our stock."""
    rows = conn.execute(
        "SELECT channel || ':' || shop FROM hub.shop WHERE stock_policy <> 'none' ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def observations(
    conn: Connection,
    channel: str,
    shop: str,
    limit: int,
    *,
    topic: str | None = None,
    known: bool | None = None,
    after: Sequence[str] | None = None,
) -> list[ObservationRow]:
    """List what a shop's messages look like, by topic, path and type; ``after`` is the last such triple."""
    values = {
        "channel": channel,
        "shop": shop,
        "topic": topic,
        "known": known,
        "after": None if after is None else list(after),
        "limit": limit,
    }
    return [ObservationRow(*row) for row in conn.execute(_OBSERVATIONS, values)]


def messages(
    conn: Connection, query: MessageQuery, limit: int, after: tuple[datetime, int] | None = None
) -> list[MessageRow]:
    """List messages, newest first; ``after`` is (received_at, seq) of the last of the page before."""
    where: list[str] = []
    values: dict[str, object] = {"limit": limit}
    exact: Mapping[str, object] = {
        "channel": query.channel,
        "shop": query.shop,
        "topic": query.topic,
        "signature": query.signature,
    }
    for name, value in exact.items():
        if value is not None:
            where.append(f"{name} = %({name})s")
            values[name] = value
    if query.outcome:
        where.append("outcome = ANY (%(outcome)s)")
        values["outcome"] = list(query.outcome)
    for test, moment in (("received_at >= %(from)s", query.received_from), ("received_at < %(to)s", query.received_to)):
        if moment is not None:
            where.append(test)
            values["from" if ">=" in test else "to"] = moment
    if query.q:
        where.append(_matching(query.q, values))
    if after is not None:
        where.append("(received_at, seq) < (%(at)s, %(seq)s)")
        values |= {"at": after[0], "seq": after[1]}
    condition = f"WHERE {' AND '.join(where)} " if where else ""
    sql = f"SELECT {_MESSAGE} FROM hub.raw {condition}ORDER BY received_at DESC, seq DESC LIMIT %(limit)s"
    return [MessageRow(*row) for row in conn.execute(sql.encode(), values)]


def _matching(q: str, values: dict[str, object]) -> str:
    first = as_id_prefix(q)
    values["delivery"] = q
    if first is None:
        return "delivery_id = %(delivery)s"
    values |= {"first": first, "last": first.ljust(32, b"\xff")}
    return "(id BETWEEN %(first)s AND %(last)s OR delivery_id = %(delivery)s)"


def as_id_prefix(text: str) -> bytes | None:
    """Read the start of a message id (an even number of hex digits, 6 to 64); None when it is none."""
    try:
        prefix = bytes.fromhex(text) if text.isalnum() else b""
    except ValueError:
        return None
    return prefix if 3 <= len(prefix) <= 32 else None


def find_messages(conn: Connection, prefix: bytes, limit: int) -> list[MessageRow]:
    """Find messages by the start of their id."""
    rows = conn.execute(
        f"SELECT {_MESSAGE} FROM hub.raw WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s".encode(),
        (prefix, prefix.ljust(32, b"\xff"), limit),
    )
    return [MessageRow(*row) for row in rows]


def stored_message(conn: Connection, message_id: str) -> StoredMessage:
    """Read a message with its body.

    Raises
    ------
    NotFound
        ``hub.unknown_message``.
    """
    found = stored_messages(conn, [message_id])
    if not found:
        raise NotFound(
            "hub.unknown_message",
            f"There is no message {message_id[:80]!r}.",
            "Ids are 64 hex digits; look it up in the list of messages.",
            id=message_id[:80],
        )
    return found[0]


def stored_messages(conn: Connection, message_ids: Sequence[str]) -> list[StoredMessage]:
    """Read messages with their bodies, in sequence of receipt; unknown ids are left out."""
    ids = [prefix for one in message_ids if (prefix := as_id_prefix(one)) is not None and len(prefix) == 32]
    rows = conn.execute(
        f"SELECT {_MESSAGE}, headers, body, adapter_version, erased_at FROM hub.raw WHERE id = ANY (%s) "
        "ORDER BY seq".encode(),
        (ids,),
    ).fetchall()
    return [_stored(MessageRow(*row[:13]), *row[13:]) for row in rows]


def _stored(
    row: MessageRow, headers: dict[str, str] | None, body: bytes | None, version: int, erased_at: datetime | None
) -> StoredMessage:
    message = None
    if body is not None:
        message = RawMessage(
            row.channel, row.shop, row.topic, bytes(body), row.received_at, headers or {},
            row.transport, row.delivery_id, row.signature,  # type: ignore[arg-type]
        )  # fmt: skip
    return StoredMessage(row, message, version, erased_at)


def findings_of(conn: Connection, message_id: str) -> list[FindingRow]:
    """List the remarks on a message, in the order they were made."""
    rows = conn.execute(
        "SELECT rule, severity, scope, pointer, message, mend, record, field, observed, expected, found_at "
        "FROM hub.finding WHERE message_id = decode(%s, 'hex') ORDER BY seq",
        (message_id,),
    )
    return [FindingRow(*row) for row in rows]


def intake_p95_ms(conn: Connection, since: datetime) -> int | None:
    """Return the 95th percentile of a batch's time from arrival to commit; None where nothing came."""
    row = conn.execute(_LATENCY, (since,)).fetchone()
    return row[0] if row else None
