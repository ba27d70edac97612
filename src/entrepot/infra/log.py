"""The log: events appended in the transaction that made them true, read by name at each reader's own position.

Order and visibility
--------------------
Sequence numbers are given before commit, so a lower one may become visible after a higher one. Readers therefore go in
``(xid, seq)`` order and stop below ``pg_snapshot_xmin``: every transaction below it has ended, so nothing can still
appear behind a position. The cost is that a long transaction holds readers back; ours are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.infra.arrays import literal, printable
from entrepot.infra.database import Database
from entrepot.infra.line import Asks
from entrepot.kernel.errors import InputError

CHANNEL: Final = "entrepot_log"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


class Event(NamedTuple):
    """Something that became true.

    Parameters
    ----------
    kind : str
        Dotted and past: ``order.changed``.
    key : str
        What it is about.
    payload : dict
        JSON-able facts, small.
    """

    kind: str
    key: str
    payload: dict[str, object]


class Position(NamedTuple):
    """A place in the log; compares in reading order."""

    xid: int
    seq: int


START = Position(0, 0)


class Logged(NamedTuple):
    """An event as it stands in the log."""

    position: Position
    recorded_at: datetime
    event: Event


def append(conn: Connection, events: Iterable[Event]) -> int:
    """Append events within the caller's transaction and wake the readers at commit.

    Returns
    -------
    int
        How many were appended.
    """
    count = 0
    with conn.cursor() as cursor:
        with cursor.copy("COPY log.event (kind, key, payload) FROM STDIN") as copy:
            for kind, key, payload in events:
                copy.write_row((kind, key, _encode(payload).decode()))
                count += 1
        if count:
            cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
    return count


def telling(source: LiteralString = "") -> LiteralString:
    """Return a part of somebody's WITH that appends: a statement of its own costs as much as many rows.

    Parameters
    ----------
    source : str
        A FROM clause that gives one row where there is something to tell, and none where not.

    Returns
    -------
    str
        Its parameters are `told`; the WITH must select from ``woken``.
    """
    return f"""told AS (
    INSERT INTO log.event (kind, key, payload)
    SELECT unnest(%s::text[]), unnest(%s::text[]), unnest(%s::json[]) {source}
), woken AS MATERIALIZED (SELECT pg_notify('{CHANNEL}', '') {source})"""


def told(events: Sequence[Event]) -> tuple[str, str, str]:
    """Return the parameters of `telling`."""
    return (
        literal([event.kind for event in events]),
        literal([event.key for event in events]),
        printable([_encode(event.payload).decode() for event in events]),
    )


def insert(asks: Asks, events: Sequence[Event]) -> None:
    """Append as `append` does, without COPY."""
    asks.ask(f"WITH {telling()} SELECT NULL FROM woken", told(events))


def ensure_partitions(conn: Connection) -> None:
    """Make the partitions of this month and the next two; safe to repeat."""
    for months in range(3):
        conn.execute("SELECT log.make_partition((now() + make_interval(months => %s))::date)", (months,))


def read(conn: Connection, after: Position, limit: int = 1000, kinds: Sequence[str] | None = None) -> list[Logged]:
    """Read what is settled after a position, oldest first.

    Parameters
    ----------
    conn : Connection
        Any connection.
    after : Position
        Exclusive.
    limit : int
        Most events to return.
    kinds : sequence of str, optional
        Only these.
    """
    wanted = None if kinds is None else list(kinds)
    rows = conn.execute(
        # Qualified, or it would sort by the column as it is shown, a number, for which there is no index.
        "SELECT e.xid::text::bigint, seq, recorded_at, kind, key, payload::text FROM log.event e "
        "WHERE (e.xid, e.seq) > (%s::text::xid8, %s) AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) "
        "AND (%s::text[] IS NULL OR kind = ANY(%s)) ORDER BY e.xid, e.seq LIMIT %s",
        (str(after.xid), after.seq, wanted, wanted, limit),
    ).fetchall()
    return [Logged(Position(row[0], row[1]), row[2], Event(row[3], row[4], _decode(row[5]))) for row in rows]


def head(conn: Connection) -> Position:
    """Return the position of the newest settled event."""
    row = conn.execute(
        "SELECT e.xid::text::bigint, seq FROM log.event e WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) "
        "ORDER BY e.xid DESC, e.seq DESC LIMIT 1"
    ).fetchone()
    return Position(*row) if row else START


class Reader:
    """A named reader; its position moves in the transaction that did the work.

    Parameters
    ----------
    db : Database
        Where the log is.
    name : str
        Stable name; two processes with one name take turns.
    kinds : sequence of str, optional
        Event kinds of interest; the others are passed over.
    """

    def __init__(self, db: Database, name: str, kinds: Sequence[str] | None = None) -> None:
        self._db = db
        self.name = name
        self._kinds = kinds
        with db.transaction() as conn:
            conn.execute("INSERT INTO log.reader (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))

    def take(self, conn: Connection, limit: int = 1000) -> list[Logged]:
        """Lock the position and read on from it; `conn` must be in the transaction that will do the work.

        Where nothing is of interest, the position moves past what was looked through.
        """
        after = self.lock(conn)
        # First, so that what settles between the two statements is read next time.
        newest = head(conn)
        events = read(conn, after, limit, self._kinds)
        if not events and newest > after:
            self.advance(conn, newest)
        return events

    def lock(self, conn: Connection) -> Position:
        """Lock the position until the transaction ends and return it; whoever takes, waits."""
        row = conn.execute(
            "SELECT xid::text::bigint, seq FROM log.reader WHERE name = %s FOR UPDATE", (self.name,)
        ).fetchone()
        return Position(*row) if row else START

    def advance(self, conn: Connection, to: Position) -> None:
        """Move the position within the transaction that did the work."""
        conn.execute(
            "UPDATE log.reader SET xid = %s::text::xid8, seq = %s, read_at = now() WHERE name = %s",
            (str(to.xid), to.seq, self.name),
        )

    def rewind(self, to: Position = START) -> None:
        """Replay from a position.

        Raises
        ------
        InputError
            If the position is negative.
        """
        if to < START:
            raise InputError("log.position", f"{to} is before the log's start.", "Use 0 to replay everything.")
        with self._db.transaction() as conn:
            self.advance(conn, to)


class Lag(NamedTuple):
    """How far a reader is behind."""

    name: str
    behind: int
    milliseconds: int


def lags(conn: Connection) -> list[Lag]:
    """Measure every reader: events not yet read and the age of the oldest of them."""
    rows = conn.execute(
        "SELECT r.name, count(e.seq), coalesce(extract(epoch FROM now() - min(e.recorded_at)) * 1000, 0)::bigint "
        "FROM log.reader r LEFT JOIN log.event e ON (e.xid, e.seq) > (r.xid, r.seq) GROUP BY r.name ORDER BY r.name"
    ).fetchall()
    return [Lag(*row) for row in rows]
