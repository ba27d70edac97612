"""Reads over the whole book: as-of, snapshots, audit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.stock.asof import Snapshot, choose
from entrepot.stock.balance import Balances
from entrepot.stock.movement import Account
from entrepot.stock.pages import plain

# Numbers are drawn by writers under ROW EXCLUSIVE. With SHARE none is at work, so every number up to the greatest is
# committed or will never be: nothing of an earlier number can appear behind the snapshot.
_FENCE: Final = "LOCK TABLE stock.movement IN SHARE MODE"
_LAST: Final = "SELECT coalesce(max(seq), 0), clock_timestamp() FROM stock.movement"

_HEADS: Final = "SELECT id, day, up_to_seq, taken_at FROM stock.snapshot"
_NEW_HEAD: Final = "INSERT INTO stock.snapshot (day, up_to_seq, taken_at) VALUES (%s, %s, %s) RETURNING id"

_CELLS: Final = """
SELECT sku, node, state, qty FROM stock.snapshot_cell
WHERE snapshot = %(snapshot)s
  AND (%(sku)s::text IS NULL OR sku = %(sku)s) AND (%(node)s::text IS NULL OR node = %(node)s)"""

_LEGS: Final = """
SELECT sku, node, state, delta FROM stock.leg
WHERE valid_at <= %(valid)s AND recorded_at <= coalesce(%(known)s::timestamptz, 'infinity')
  AND NOT stock.is_outside(node)
  AND (%(sku)s::text IS NULL OR sku = %(sku)s) AND (%(node)s::text IS NULL OR node = %(node)s)"""

_LATER: Final = " AND (valid_at >= %(starts_at)s OR seq > %(up_to_seq)s)"

_TOTAL: Final = """
SELECT sku, node, state, sum(qty)::bigint FROM ({rows}) AS part (sku, node, state, qty)
GROUP BY sku, node, state HAVING sum(qty) <> 0
ORDER BY sku, node, state"""

_FROM_START: Final = _TOTAL.format(rows=_LEGS)
_FROM_SNAPSHOT: Final = _TOTAL.format(rows=f"{_CELLS} UNION ALL {_LEGS}{_LATER}")

# A snapshot's own rows: as the balance just before the day, of rows up to the fence.
_SUM: Final = """
INSERT INTO stock.snapshot_cell (snapshot, sku, node, state, qty)
SELECT %(new)s, sku, node, state, sum(qty) FROM (
    SELECT sku, node, state, qty FROM stock.snapshot_cell WHERE snapshot = %(snapshot)s
    UNION ALL
    SELECT sku, node, state, delta FROM stock.leg
    WHERE valid_at < %(day_starts_at)s AND seq <= %(last_seq)s AND NOT stock.is_outside(node)
      AND (valid_at >= %(starts_at)s OR seq > %(up_to_seq)s)) AS part (sku, node, state, qty)
GROUP BY sku, node, state HAVING sum(qty) <> 0"""

_DRIFTS: Final = """
WITH ledger AS (
    SELECT sku, node, state, sum(delta)::bigint AS qty FROM stock.leg
    WHERE NOT stock.is_outside(node) GROUP BY sku, node, state
), level AS (
    SELECT sku, node, state, qty FROM stock.level
    CROSS JOIN LATERAL (VALUES ('on_hand', on_hand), ('quality_hold', quality_hold), ('damaged', damaged),
        ('in_transit', in_transit), ('on_order', on_order)) AS cell (state, qty)
)
SELECT sku, node, state, coalesce(ledger.qty, 0), coalesce(level.qty, 0)
FROM ledger FULL JOIN level USING (sku, node, state)
WHERE coalesce(ledger.qty, 0) <> coalesce(level.qty, 0)
ORDER BY sku, node, state"""


class Drift(NamedTuple):
    """A level that is not the sum of its movements: a bug, or somebody wrote past the book."""

    sku: str
    node: str
    state: str
    ledger: int
    level: int


def as_of(conn: Connection, valid: datetime, known: datetime | None, sku: str | None, node: str | None) -> Balances:
    """Sum the newest usable snapshot and the rows it lacks."""
    heads = [Snapshot(*row) for row in conn.execute(_HEADS)]
    found = choose(heads, valid, known)
    values: dict[str, object] = {"valid": valid, "known": known, "sku": plain(sku), "node": plain(node)}
    if found is not None:
        values |= {"snapshot": found.id, "starts_at": found.starts_at, "up_to_seq": found.up_to_seq}
    rows = conn.execute(_FROM_START if found is None else _FROM_SNAPSHOT, values)
    return {Account(*key): qty for *key, qty in rows}


def fence(conn: Connection) -> tuple[int, datetime]:
    """Return a sequence number that no unfinished writer is below, and the moment."""
    conn.execute(_FENCE)
    row = conn.execute(_LAST).fetchone()
    if row is None:
        raise LookupError("an aggregate always gives a row")
    return row[0], row[1]


def store_snapshot(conn: Connection, day: date, up_to_seq: int, taken_at: datetime) -> Snapshot:
    """Sum rows up to a fence into a snapshot, starting from the newest earlier one."""
    heads = [Snapshot(*row) for row in conn.execute(_HEADS)]
    row = conn.execute(_NEW_HEAD, (day, up_to_seq, taken_at)).fetchone()
    snapshot = Snapshot(row[0] if row else 0, day, up_to_seq, taken_at)
    earlier = choose((head for head in heads if head.up_to_seq <= up_to_seq), snapshot.starts_at, taken_at)
    values = {
        "new": snapshot.id,
        "day_starts_at": snapshot.starts_at,
        "last_seq": up_to_seq,
        "snapshot": earlier.id if earlier else 0,
        "starts_at": earlier.starts_at if earlier else "-infinity",
        "up_to_seq": earlier.up_to_seq if earlier else 0,
    }
    conn.execute(_SUM, values)
    return snapshot


def drifts(conn: Connection) -> list[Drift]:
    """Compare levels with the fold of movements, in one statement and so at one moment."""
    return [Drift(*row) for row in conn.execute(_DRIFTS)]
