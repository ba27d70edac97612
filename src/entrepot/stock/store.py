"""Writes of the stock book: set-based SQL, cells locked in (sku, node) order."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.stock.balance import Balances
from entrepot.stock.movement import STATES, Account, Leg, Movement, is_outside
from entrepot.stock.reconcile import Checkpoint, Count, Weighed

# A snapshot waits for writers on this lock; taken before any cell, so that a writer never waits for it holding one.
_ANNOUNCE: Final = "LOCK TABLE stock.movement IN ROW EXCLUSIVE MODE"

_CREATE_CELLS: Final = """
INSERT INTO stock.level (sku, node)
SELECT sku, node FROM json_to_recordset(%s) AS cell (sku text, node text)
WHERE NOT EXISTS (SELECT FROM stock.level l WHERE l.sku = cell.sku AND l.node = cell.node)
ORDER BY sku COLLATE "C", node COLLATE "C"
ON CONFLICT DO NOTHING"""

_LOCK_CELLS: Final = """
SELECT l.sku, l.node, l.counted_until, l.reserved + l.allocated, l.backorder_cap,
    l.on_hand, l.quality_hold, l.damaged, l.in_transit, l.on_order
FROM json_to_recordset(%s) AS cell (sku text, node text)
JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
ORDER BY l.sku, l.node
FOR UPDATE OF l"""

# Numbered in the order of time, inserted in the order of ids: two writers that share ids cannot wait in a circle.
_INSERT: Final = """
WITH given AS MATERIALIZED (
    SELECT nextval('stock.movement_seq') AS seq, sorted.*
    FROM (SELECT row_number() OVER () AS place, movement.*
          FROM json_to_recordset(%s) AS movement (id text, sku text, qty bigint, from_node text, from_state text,
              to_node text, to_state text, reason text, reverses text, doc text, line text, channel text,
              source_id text, actor text, valid_at timestamptz)
          ORDER BY valid_at, place) AS sorted
)
INSERT INTO stock.movement (seq, id, sku, qty, from_node, from_state, to_node, to_state, reason, reverses, doc, line,
    channel, source_id, actor, valid_at)
SELECT seq, id, sku, qty, from_node, from_state, to_node, to_state, reason, reverses, doc, line,
    channel, source_id, actor, valid_at
FROM given
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO NOTHING
RETURNING id"""

_COLUMNS: Final = """id, sku, qty, from_node, from_state, to_node, to_state, reason, valid_at, doc, line, channel,
    source_id, actor, reverses"""

_BY_ID: Final = f"SELECT {_COLUMNS} FROM stock.movement WHERE id = ANY (%s)"

_HELD_FOR: Final = """
SELECT sku, node, sum(held)::bigint FROM stock.hold
WHERE doc = ANY (%s) AND state = 'held' AND sku = ANY (%s) GROUP BY sku, node"""

_UPDATE_LEVELS: Final = """
UPDATE stock.level l
SET on_hand = l.on_hand + d.on_hand, quality_hold = l.quality_hold + d.quality_hold, damaged = l.damaged + d.damaged,
    in_transit = l.in_transit + d.in_transit, on_order = l.on_order + d.on_order,
    counted_until = greatest(l.counted_until, d.counted_until), version = l.version + 1
FROM json_to_recordset(%s) AS d (sku text, node text, on_hand bigint, quality_hold bigint, damaged bigint,
    in_transit bigint, on_order bigint, counted_until timestamptz)
WHERE l.sku = d.sku AND l.node = d.node"""

_CHECKPOINTS: Final = """
SELECT c.id, c.as_of
FROM ROWS FROM (json_to_recordset(%s) AS (sku text, node text, state text, valid_at timestamptz))
    WITH ORDINALITY AS leg
LEFT JOIN LATERAL (
    SELECT id, as_of FROM stock.count
    WHERE sku = leg.sku AND node = leg.node AND state = leg.state AND as_of >= leg.valid_at
    ORDER BY as_of, id DESC LIMIT 1) AS c ON true
ORDER BY ordinality"""

_COUNTS_BY_ID: Final = "SELECT id, sku, node, state, qty, as_of FROM stock.count WHERE id = ANY (%s)"

# The book at a count is the level less what moved after it: counts are mostly recent, so that is a short read.
_WEIGH: Final = """
SELECT coalesce(moved.qty, 0)::bigint, following.id, following.as_of
FROM ROWS FROM (json_to_recordset(%s) AS (id text, sku text, node text, state text, as_of timestamptz))
    WITH ORDINALITY AS c
CROSS JOIN LATERAL (
    SELECT sum(qty) FROM (
        SELECT qty FROM stock.movement
        WHERE sku = c.sku AND to_node = c.node AND to_state = c.state AND valid_at > c.as_of
        UNION ALL
        SELECT -qty FROM stock.movement
        WHERE sku = c.sku AND from_node = c.node AND from_state = c.state AND valid_at > c.as_of) AS leg (qty)
) AS moved (qty)
LEFT JOIN LATERAL (
    SELECT id, as_of FROM stock.count k
    WHERE k.sku = c.sku AND k.node = c.node AND k.state = c.state
      AND (k.as_of > c.as_of OR (k.as_of = c.as_of AND k.id > c.id))
    ORDER BY k.as_of, k.id DESC LIMIT 1) AS following ON true
ORDER BY ordinality"""

_INSERT_COUNTS: Final = """
INSERT INTO stock.count (id, sku, node, state, qty, book, as_of, cause, channel, source_id, actor)
SELECT id, sku, node, state, qty, book, as_of, cause, channel, source_id, actor
FROM json_to_recordset(%s) AS c (id text, sku text, node text, state text, qty bigint, book bigint,
    as_of timestamptz, cause text, channel text, source_id text, actor text)
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO NOTHING
RETURNING id"""


class Locked(NamedTuple):
    """Cells held for this transaction: their balances, until when each was counted, and what is promised of it.

    ``promised`` has the cells of which something is promised: how much, and how much of it need not be there.
    """

    balances: Balances
    counted_until: dict[tuple[str, str], datetime]
    promised: dict[tuple[str, str], tuple[int, int]]


def lock_cells(conn: Connection, touched: Iterable[tuple[str, str]]) -> Locked:
    """Create the (sku, node) cells that are missing, lock all in key order and read them."""
    cells = sorted(cell for cell in set(touched) if not is_outside(cell[1]))
    conn.execute(_ANNOUNCE)
    if not cells:
        return Locked({}, {}, {})
    body = _json([{"sku": sku, "node": node} for sku, node in cells])
    conn.execute(_CREATE_CELLS, (body,))
    locked = Locked({}, {}, {})
    for sku, node, counted_until, promised, backorder_cap, *quantities in conn.execute(_LOCK_CELLS, (body,)):
        if counted_until is not None:
            locked.counted_until[sku, node] = counted_until
        if promised:
            locked.promised[sku, node] = promised, backorder_cap
        for state, qty in zip(STATES, quantities, strict=True):
            locked.balances[Account(sku, node, state)] = qty
    return locked


def insert(conn: Connection, movements: Collection[Movement]) -> set[str]:
    """Append movements; returns the ids that were new."""
    if not movements:
        return set()
    return {id for (id,) in conn.execute(_INSERT, (_json(list(movements)),))}


def booked(conn: Connection, ids: Sequence[str]) -> dict[str, Movement]:
    """Return movements in the book by id."""
    return {row[0]: Movement(*row) for row in conn.execute(_BY_ID, (list(ids),))}


def held_for(conn: Connection, docs: Collection[str], skus: Collection[str]) -> dict[tuple[str, str], int]:
    """Sum by cell what is held of SKUs for documents."""
    rows = conn.execute(_HELD_FOR, (list(docs), list(skus)))
    return {(sku, node): qty for sku, node, qty in rows}


def update_levels(conn: Connection, deltas: Mapping[Account, int], counts: Iterable[Count]) -> None:
    """Add deltas to their cells and move the counted-until marks."""
    cells: defaultdict[tuple[str, str], dict[str, object]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    for account, delta in deltas.items():
        cells[account.sku, account.node][account.state] = delta
    for count in counts:
        cell = cells[count.sku, count.node]
        seen = cell.get("counted_until")
        cell["counted_until"] = max(count.as_of, seen) if isinstance(seen, datetime) else count.as_of
    rows = [{"sku": sku, "node": node} | columns for (sku, node), columns in cells.items()]
    if rows:
        conn.execute(_UPDATE_LEVELS, (_json(rows),))


def checkpoints(conn: Connection, legs: Sequence[Leg]) -> list[Checkpoint | None]:
    """Return for each leg the first count of its account at or after it."""
    rows = [{**leg.account._asdict(), "valid_at": leg.valid_at} for leg in legs]
    found = conn.execute(_CHECKPOINTS, (_json(rows),))
    return [None if id is None else Checkpoint(as_of, id) for id, as_of in found]


def booked_counts(conn: Connection, ids: Sequence[str]) -> dict[str, Count]:
    """Return counts in the book by id."""
    return {row[0]: Count(*row) for row in conn.execute(_COUNTS_BY_ID, (list(ids),))}


def weigh(conn: Connection, counts: Sequence[Count], levels: Mapping[Account, int]) -> list[Weighed]:
    """Put each count beside the book at its moment; the cells are locked and ``levels`` are present."""
    rows = conn.execute(_WEIGH, (_json(counts),)).fetchall()
    return [
        Weighed(count, levels.get(count.account, 0) - moved, None if id is None else Checkpoint(as_of, id))
        for count, (moved, id, as_of) in zip(counts, rows, strict=True)
    ]


def insert_counts(conn: Connection, counts: Sequence[Count], books: Mapping[str, int]) -> set[str]:
    """Append counts with the book they met; returns the ids that were new."""
    rows = [{**dataclasses.asdict(count), "book": books[count.id]} for count in counts]
    return {id for (id,) in conn.execute(_INSERT_COUNTS, (_json(rows),))}


def _json(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
