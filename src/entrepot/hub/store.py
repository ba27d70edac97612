"""Writes of the hub, for batches, in the caller's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from psycopg import Connection

from entrepot.hub.adapter import RawMessage
from entrepot.hub.findings import Finding
from entrepot.hub.observe import Observed, is_known


class Kept(NamedTuple):
    """A raw message with the outcome of its translation.

    Parameters
    ----------
    id : bytes
        Its identity, 32 bytes.
    message : RawMessage
        As it came.
    topic : str
        Recognised topic, or empty.
    adapter_version : int
        The mapping that read it.
    records : int
        How many records it gave.
    findings : list of Finding
        What was remarked.
    """

    id: bytes
    message: RawMessage
    topic: str
    adapter_version: int
    records: int
    findings: list[Finding]

    @property
    def outcome(self) -> str:
        """``quarantined`` when a part is kept out, ``ignored`` when it holds no record, else ``translated``."""
        if any(finding.severity == "quarantine" for finding in self.findings):
            return "quarantined"
        return "translated" if self.records else "ignored"


def known_messages(conn: Connection, ids: Sequence[bytes]) -> dict[bytes, tuple[str, int]]:
    """Return outcome and number of records of the messages that are already stored."""
    rows = conn.execute(
        "SELECT id, outcome, records FROM hub.raw WHERE id = ANY(%s)", (list(ids),), prepare=True
    ).fetchall()
    return {bytes(row[0]): (row[1], row[2]) for row in rows}


def load_messages(conn: Connection, ids: Sequence[bytes]) -> list[tuple[bytes, RawMessage]]:
    """Return stored messages with their identity, oldest first; erased ones are left out."""
    rows = conn.execute(
        "SELECT id, channel, shop, topic, body, received_at, headers, transport, delivery_id, signature FROM hub.raw "
        "WHERE id = ANY(%s) AND body IS NOT NULL ORDER BY seq",
        (list(ids),),
    ).fetchall()
    return [
        (bytes(key), RawMessage(channel, shop, topic, bytes(body), at, headers or {}, transport, delivery, signature))
        for key, channel, shop, topic, body, at, headers, transport, delivery, signature in rows
    ]


def keep_messages(conn: Connection, kept: Iterable[Kept]) -> None:
    """Store raw messages with their outcome.

    Raises
    ------
    psycopg.errors.UniqueViolation
        If another transaction stored one of them meanwhile; roll back and retry.
    """
    with (
        conn.cursor() as cursor,
        cursor.copy(
            "COPY hub.raw (id, channel, shop, topic, transport, delivery_id, headers, body, received_at, signature, "
            "outcome, adapter_version, records, findings) FROM STDIN"
        ) as copy,
    ):
        for one in kept:
            raw = one.message
            headers = msgspec.json.encode(raw.headers).decode() if raw.headers else None
            copy.write_row((
                one.id, raw.channel, raw.shop, raw.topic, raw.transport, raw.delivery_id, headers, raw.body,
                raw.received_at, raw.signature, one.outcome, one.adapter_version, one.records, len(one.findings),
            ))  # fmt: skip


def keep_findings(conn: Connection, kept: Iterable[Kept]) -> None:
    """Store findings, and open a quarantine entry for each part that is kept out."""
    quarantined: list[tuple[object, ...]] = []
    with (
        conn.cursor() as cursor,
        cursor.copy(
            "COPY hub.finding (message_id, channel, shop, rule, severity, scope, pointer, message, mend, record, "
            "field, observed, expected) FROM STDIN"
        ) as copy,
    ):
        for one in kept:
            raw = one.message
            for f in one.findings:
                f = _storable(f)
                copy.write_row((
                    one.id, raw.channel, raw.shop, f.rule, f.severity, f.scope, f.pointer, f.message, f.mend,
                    f.record, f.field, f.observed, f.expected,
                ))  # fmt: skip
                if f.severity == "quarantine":
                    quarantined.append((
                        one.id, raw.channel, raw.shop, one.topic or raw.topic, f.scope, f.rule, f.pointer, f.record,
                        f.message, f.mend,
                    ))  # fmt: skip
    if quarantined:
        conn.execute(
            "INSERT INTO hub.quarantine (message_id, channel, shop, topic, scope, reason, pointer, record, message, "
            "mend) SELECT DISTINCT ON (1, 6, 7) * FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::text[], "
            "%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) "
            "ON CONFLICT (message_id, reason, pointer) DO UPDATE SET last_seen = now(), resolved_at = NULL, "
            "resolution = NULL, resolved_by = NULL, message = excluded.message, mend = excluded.mend",
            [list(column) for column in zip(*quarantined, strict=True)],
        )


def _storable(finding: Finding) -> Finding:
    # Evidence may quote what PostgreSQL text cannot hold.
    if "\x00" not in finding.observed + finding.message + finding.pointer + finding.record:
        return finding
    return msgspec.structs.replace(
        finding,
        **{
            name: getattr(finding, name).replace("\x00", "\ufffd")
            for name in ("observed", "message", "pointer", "record")
        },
    )


class Observations:
    """Schema observations of a batch, by (channel, shop, topic).

    Attributes
    ----------
    seen : dict
        A counter of paths and types, and a message that has them, by (channel, shop, topic).
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, str], tuple[Counter[Observed], bytes]] = {}

    def of(self, channel: str, shop: str, topic: str, message_id: bytes) -> Counter[Observed]:
        """Return the counter of a topic."""
        return self.seen.setdefault((channel, shop, topic), (Counter(), message_id))[0]


def keep_observations(
    conn: Connection, observations: Observations, known: dict[tuple[str, str], frozenset[str]], at: datetime
) -> None:
    """Add a batch's observations to the counts.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    observations : Observations
        Counts of the batch.
    known : dict
        Paths that the mapping reads, by (channel, topic).
    at : datetime
        When they were seen.
    """
    rows = [
        (
            channel,
            shop,
            topic,
            path[:500],
            kind,
            is_known(path, known[channel, topic]),
            count,
            sample,
        )
        for (channel, shop, topic), (counter, sample) in sorted(observations.seen.items())
        for (path, kind), count in sorted(counter.items())
        if "\x00" not in path
    ]
    if rows:
        conn.execute(
            "INSERT INTO hub.observation (channel, shop, topic, path, type, is_known, first_seen, last_seen, count, "
            "sample) SELECT c, s, t, p, y, k, %s, %s, n, m FROM unnest(%s::text[], %s::text[], %s::text[], "
            "%s::text[], %s::text[], %s::bool[], %s::bigint[], %s::bytea[]) AS b(c, s, t, p, y, k, n, m) "
            "ON CONFLICT (channel, shop, topic, path, type) DO UPDATE SET last_seen = excluded.last_seen, "
            "count = observation.count + excluded.count, is_known = excluded.is_known",
            [at, at, *(list(column) for column in zip(*rows, strict=True))],
        )
