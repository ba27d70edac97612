"""Reads and writes of carriers at work: parcels given to them, loads, labels and scorecards; set-based SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.delivery.scorecard import Score

Cell = tuple[str, str, date]
"""A node, a carrier and a day."""

SCORE_COLUMNS: Final = tuple(field.name for field in fields(Score))

# Parcels ------------------------------------------------------------------------------------------------------------


class Given(NamedTuple):
    """A parcel that was given to a carrier."""

    id: str
    digest: bytes
    state: str
    node: str
    carrier: str
    service: str
    version: int
    day: date
    deliver_by: datetime
    weight_g: int
    amount: int
    currency: str
    decision: Mapping[str, object]


_GIVEN: Final = ", ".join(Given._fields)
_INSERT_PARCELS: Final = """
INSERT INTO delivery.parcel (id, digest, state, node, carrier, service, version, day, deliver_by, weight_g, amount,
    currency, decision, actor)
SELECT id, decode(digest, 'hex'), state, node, carrier, service, version, day, deliver_by, weight_g, amount,
    currency, decision, actor
FROM json_to_recordset(%s) AS given (id text, digest text, state text, node text, carrier text, service text,
    version int, day date, deliver_by timestamptz, weight_g bigint, amount bigint, currency text, decision json,
    actor text)
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO NOTHING"""


def given_parcels(conn: Connection, ids: Sequence[str], *, lock: bool = False) -> dict[str, Given]:
    """Read parcels by id; with `lock`, in the sequence of ids and until the transaction ends."""
    rows = conn.execute(
        f"SELECT {_GIVEN} FROM delivery.parcel WHERE id = ANY(%s) ORDER BY id{' FOR UPDATE' if lock else ''}".encode(),
        (sorted(ids),),
    )
    return {row[0]: Given(row[0], bytes(row[1]), *row[2:]) for row in rows}


def insert_parcels(conn: Connection, parcels: Sequence[Given], actor: str) -> int:
    """Write parcels in the sequence of ids; returns how many were new: fewer where another transaction was first."""
    rows = [{**one._asdict(), "digest": one.digest.hex(), "actor": actor} for one in parcels]
    return conn.execute(_INSERT_PARCELS, (_json(rows),)).rowcount


def loads(
    conn: Connection, since: date, nodes: Iterable[str] | None = None, carrier: str | None = None
) -> dict[Cell, int]:
    """Read how many parcels carriers have been given at nodes, from a day on."""
    rows = conn.execute(
        "SELECT node, carrier, day, parcels FROM delivery.load WHERE day >= %(since)s "
        "AND (%(nodes)s::text[] IS NULL OR node = ANY(%(nodes)s)) "
        "AND (%(carrier)s::text IS NULL OR carrier = %(carrier)s)",
        {"since": since, "nodes": None if nodes is None else sorted(set(nodes)), "carrier": carrier},
    )
    return {(node, carrier, day): parcels for node, carrier, day, parcels in rows}


def lock_loads(conn: Connection, cells: Iterable[Cell]) -> dict[Cell, int]:
    """Make the cells that are new, lock all in key order, and read them."""
    columns = [list(column) for column in zip(*sorted(set(cells)), strict=True)]
    if not columns:
        return {}
    conn.execute(
        "INSERT INTO delivery.load (node, carrier, day) "
        "SELECT * FROM unnest(%s::text[], %s::text[], %s::date[]) ON CONFLICT DO NOTHING",
        columns,
    )
    rows = conn.execute(
        "SELECT l.node, l.carrier, l.day, l.parcels FROM delivery.load l "
        "JOIN unnest(%s::text[], %s::text[], %s::date[]) AS c(node, carrier, day) "
        "ON l.node = c.node AND l.carrier = c.carrier AND l.day = c.day "
        "ORDER BY l.node, l.carrier, l.day FOR UPDATE OF l",
        columns,
    )
    return {(node, carrier, day): parcels for node, carrier, day, parcels in rows}


def add_load(conn: Connection, more: Mapping[Cell, int]) -> None:
    """Add to locked cells; numbers may be below zero."""
    rows = [(*cell, parcels) for cell, parcels in sorted(more.items())]
    if rows:
        conn.execute(
            "UPDATE delivery.load l SET parcels = l.parcels + m.parcels "
            "FROM unnest(%s::text[], %s::text[], %s::date[], %s::int[]) AS m(node, carrier, day, parcels) "
            "WHERE l.node = m.node AND l.carrier = m.carrier AND l.day = m.day",
            [list(column) for column in zip(*rows, strict=True)],
        )


def mark_cancelled(conn: Connection, ids: Sequence[str]) -> None:
    """Take parcels back from their carriers."""
    conn.execute(
        "UPDATE delivery.parcel SET state = 'cancelled', changed_at = clock_timestamp() WHERE id = ANY(%s)",
        (list(ids),),
    )


def load_drifts(conn: Connection) -> list[tuple[str, str, date, int, int]]:
    """Compare loads with the parcels behind them: (node, carrier, day, load, parcels) of those that differ."""
    return conn.execute(
        "SELECT node, carrier, day, coalesce(l.parcels, 0), coalesce(p.parcels, 0) FROM delivery.load l "
        "FULL JOIN (SELECT node, carrier, day, count(*)::int AS parcels FROM delivery.parcel "
        "WHERE state = 'chosen' GROUP BY node, carrier, day) p USING (node, carrier, day) "
        "WHERE coalesce(l.parcels, 0) <> coalesce(p.parcels, 0) ORDER BY node, carrier, day"
    ).fetchall()


# Labels -------------------------------------------------------------------------------------------------------------


class LabelRow(NamedTuple):
    """A label that was asked for; its number once it is made."""

    id: str
    parcel: str
    serial: int
    digest: bytes
    state: str
    tracking_no: str | None


_LABEL: Final = ", ".join(LabelRow._fields)


def ask_label(conn: Connection, id: str, parcel: str, digest: bytes, actor: str) -> LabelRow:
    """Give a label its serial, once for each id; returns the row as it stands."""
    conn.execute(
        "INSERT INTO delivery.label (id, parcel, digest, state, actor) VALUES (%s, %s, %s, 'asked', %s) "
        "ON CONFLICT (id) DO NOTHING",
        (id, parcel, digest, actor),
    )
    (row,) = conn.execute(f"SELECT {_LABEL} FROM delivery.label WHERE id = %s".encode(), (id,)).fetchall()
    return LabelRow(row[0], row[1], row[2], bytes(row[3]), row[4], row[5])


def settle_label(conn: Connection, id: str, state: str, tracking_no: str | None, reason: str = "") -> None:
    """Write what became of a label that was asked for; a label made stays made."""
    conn.execute(
        "UPDATE delivery.label SET state = %s, tracking_no = %s, reason = %s, changed_at = clock_timestamp() "
        "WHERE id = %s AND state IN ('asked', 'refused')",
        (state, tracking_no, reason, id),
    )


def open_labels(conn: Connection, parcels: Sequence[str]) -> list[LabelRow]:
    """List the labels of parcels that are made, or being made."""
    rows = conn.execute(
        f"SELECT {_LABEL} FROM delivery.label WHERE parcel = ANY(%s) AND state IN ('asked', 'made') "
        "ORDER BY id".encode(),
        (list(parcels),),
    )
    return [LabelRow(row[0], row[1], row[2], bytes(row[3]), row[4], row[5]) for row in rows]


def void_labels(conn: Connection, ids: Sequence[str]) -> None:
    """Write that labels are void; their numbers stay with them."""
    conn.execute(
        "UPDATE delivery.label SET state = 'voided', changed_at = clock_timestamp() "
        "WHERE id = ANY(%s) AND state = 'made'",
        (list(ids),),
    )


# Scorecards ---------------------------------------------------------------------------------------------------------


def newest_scorecard(conn: Connection) -> int:
    """Return the number of the newest scorecard; 0 where there is none."""
    row = conn.execute("SELECT coalesce(max(id), 0) FROM delivery.scorecard").fetchone()
    return row[0] if row else 0


def load_scores(conn: Connection, scorecard: int) -> dict[tuple[str, str, str, str], Score]:
    """Load the scores of a scorecard."""
    rows = conn.execute(
        f"SELECT {', '.join(SCORE_COLUMNS)} FROM delivery.score WHERE scorecard = %s".encode(), (scorecard,)
    )
    return {score.key: score for score in (Score(*row) for row in rows)}


def store_scores(conn: Connection, as_of: date, scores: Iterable[Score]) -> int:
    """Store the scorecard of a day; one of the same day is replaced."""
    conn.execute("DELETE FROM delivery.scorecard WHERE as_of = %s", (as_of,))
    (made,) = conn.execute("INSERT INTO delivery.scorecard (as_of) VALUES (%s) RETURNING id", (as_of,)).fetchall()
    rows = [(made[0], *astuple(score)) for score in scores]
    into = f"COPY delivery.score (scorecard, {', '.join(SCORE_COLUMNS)}) FROM STDIN"
    with conn.cursor() as cursor, cursor.copy(into.encode()) as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
