"""Reads and writes of holds: set-based SQL; cells locked in (sku, node) order, then quotas in theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final

import msgspec
from psycopg import Connection
from psycopg.pq import PipelineStatus

from entrepot.infra.arrays import columns, literal
from entrepot.kernel.errors import Conflict
from entrepot.stock.hold import HoldRow, Key
from entrepot.stock.hold_report import Gone
from entrepot.stock.hold_room import Cell, Facts
from entrepot.stock.quota import EVERYWHERE, Quota

_LOCK_CELLS: Final = """
SELECT l.sku, l.node, l.on_hand, l.reserved, l.allocated, l.safety, l.backorder_cap
FROM unnest(%(skus)s::text[], %(nodes)s::text[]) AS cell (sku, node)
JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
ORDER BY l.sku, l.node
FOR UPDATE OF l"""

_LOCK_WIDE: Final = """
SELECT l.sku, l.node, l.on_hand, l.reserved, l.allocated, l.safety, l.backorder_cap,
    coalesce(n.active AND n.kind IN ('rdc', 'fdc', 'store'), true)
FROM (SELECT sku, node FROM unnest(%(skus)s::text[], %(nodes)s::text[]) AS cell (sku, node)
      UNION
      SELECT sku, node FROM stock.level WHERE sku = ANY (%(wide)s::text[])) AS cell
JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
LEFT JOIN stock.node n ON n.id = l.node
ORDER BY l.sku, l.node
FOR UPDATE OF l"""

COLUMNS: Final = """id, place, line, sku, node, qty, held, posted, backordered, kind, state, channel, doc, to_node,
    expires_at, is_displaceable, content, actor, created_at"""

# Mostly there are none, and two answers in one statement cost half: so both come as JSON. One look-up an id, also while
# the planner still believes that the table is small.
_ROWS: Final = f"""(
    SELECT json_agg(json_build_array(
        (SELECT max(seq) FROM stock.hold_entry e WHERE e.hold = h.id), json_build_array({COLUMNS})) ORDER BY id, place)
    FROM unnest(%(ids)s::text[]) AS wanted (wanted_id)
    CROSS JOIN LATERAL (SELECT * FROM stock.hold WHERE id = wanted_id OFFSET 0) AS h)::text"""

_QUOTAS: Final = """(
    SELECT json_agg(json_build_array(sku, node, channel, protected, drawn, valid_from, valid_until))
    FROM (SELECT * FROM stock.quota WHERE sku = ANY (%(skus)s::text[])
          ORDER BY sku, node, channel FOR UPDATE) AS locked)::text"""

_read_rows = msgspec.json.Decoder(list[tuple[int, HoldRow]]).decode
_read_quotas = msgspec.json.Decoder(list[Quota]).decode

_DISPLACEABLE: Final = f"""
SELECT {COLUMNS} FROM stock.hold
WHERE state = 'held' AND is_displaceable
  AND (sku, node) IN (SELECT sku, node FROM unnest(%s::text[], %s::text[]) AS cell (sku, node))"""

_COUNT_CELLS: Final = "SELECT sku, count(*) FROM stock.level WHERE sku = ANY (%s::text[]) GROUP BY sku"

_DUE: Final = """
SELECT id FROM stock.hold WHERE state = 'held' AND expires_at <= %s GROUP BY id ORDER BY min(expires_at), id LIMIT %s"""


_OPEN: Final = "SELECT DISTINCT id FROM stock.hold WHERE doc = ANY (%s::text[]) AND state = 'held' ORDER BY id"

_REPORTED: Final = """
SELECT m.id, m.doc, m.line, m.sku, m.from_node, m.qty - coalesce(known.qty, 0)
FROM stock.movement m
LEFT JOIN LATERAL (
    SELECT -sum(e.reserved + e.allocated)::bigint AS qty FROM stock.hold_entry e WHERE e.movement = m.id) known ON true
WHERE m.doc = ANY (%s::text[]) AND m.reason IN ('sale', 'transfer_out') AND m.qty > coalesce(known.qty, 0)
  AND NOT EXISTS (SELECT FROM stock.movement r WHERE r.reverses = m.id)
ORDER BY m.valid_at, m.seq"""


class NeedsAllCells(Conflict):
    """SKUs have a quota over all nodes, and not all of their cells are locked: try again with all of them."""

    def __init__(self, skus: set[str]) -> None:
        super().__init__("stock.quota_race", f"A quota over all nodes holds for {min(skus)}.", "Try again.")
        self.skus = skus


def rows_of(conn: Connection, ids: Sequence[str]) -> dict[str, list[HoldRow]]:
    """Read holds by id, without a lock."""
    row = conn.execute(f"SELECT {_ROWS}", {"ids": _once(ids)}).fetchone()
    return _by_id(row[0] if row is not None else None)[0]


def load(
    conn: Connection,
    cells: Collection[Key],
    *,
    wide: Collection[str] = (),
    ids: Sequence[str] = (),
    is_placing: bool = False,
    with_displaceable: bool = False,
) -> Facts:
    """Lock cells and quotas, and read what a decision needs.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    cells : collection of (SKU, node)
        Cells that may be touched.
    wide : collection of str
        SKUs whose every cell may be.
    ids : sequence of str
        Holds to read.
    is_placing : bool
        Whether pieces are to be placed, which a quota over all nodes limits.
    with_displaceable : bool
        Whether to read which holds in the cells give way.

    Raises
    ------
    NeedsAllCells
        When pieces of a SKU with a quota over all nodes are to be placed, and it is not in ``wide``.
    """
    skus = sorted({sku for sku, _ in cells}.union(wide))
    values = {"skus": literal([sku for sku, _ in cells]), "nodes": literal([node for _, node in cells])}
    with batched(conn):
        if wide:
            locked = conn.execute(_LOCK_WIDE, values | {"wide": literal(sorted(wide))})
        else:
            locked = conn.execute(_LOCK_CELLS, values)
        known = conn.execute(f"SELECT {_QUOTAS}, {_ROWS}", {"skus": literal(skus), "ids": _once(ids)})
        found = {(row[0], row[1]): Cell(*row[2:]) for row in locked.fetchall()}
        quotas_said, rows_said = known.fetchone() or (None, None)
    quotas = _read_quotas(quotas_said) if quotas_said else []
    rows, seqs = _by_id(rows_said)
    displaceable = _displaceable(conn, found) if with_displaceable else []
    if is_placing:
        _refuse_gaps(conn, found, {quota.sku for quota in quotas if quota.node == EVERYWHERE})
    return Facts(found, quotas, rows, seqs, displaceable)


def batched(conn: Connection) -> AbstractContextManager[object]:
    """Send statements without waiting for each; where that is the way already, it stays so."""
    return conn.pipeline() if conn.pgconn.pipeline_status == PipelineStatus.OFF else nullcontext()


def due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return ids of holds whose time is over, the longest first."""
    return [id for (id,) in conn.execute(_DUE, (now, limit))]


def open_ids(conn: Connection, docs: Collection[str]) -> list[str]:
    """Return ids of open holds for documents."""
    return [id for (id,) in conn.execute(_OPEN, (literal(sorted(docs)),))]


def reported(conn: Connection, docs: Collection[str]) -> list[Gone]:
    """Return what left for documents and closes no hold yet, the earliest first."""
    return [Gone(*row) for row in conn.execute(_REPORTED, (literal(sorted(docs)),))]


def take_turn(conn: Connection) -> bool:
    """Tell whether no other transaction sweeps; until the end of this one, none will."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(hashtext('stock.hold_sweep'))").fetchone()
    return row is not None and bool(row[0])


def _once(ids: Sequence[str]) -> str:
    return literal(list(dict.fromkeys(ids)))


def _by_id(said: str | None) -> tuple[dict[str, list[HoldRow]], dict[str, int]]:
    rows: dict[str, list[HoldRow]] = {}
    seqs = {}
    for seq, row in _read_rows(said) if said else ():
        rows.setdefault(row.id, []).append(row)
        seqs[row.id] = seq
    return rows, seqs


def _refuse_gaps(conn: Connection, cells: Iterable[Key], skus: Collection[str]) -> None:
    """Make sure that every cell of a SKU is locked."""
    if not skus:
        return
    locked = Counter(sku for sku, _ in cells)
    partly = set()
    for sku, count in conn.execute(_COUNT_CELLS, (literal(sorted(skus)),)):
        if locked[sku] != count:
            partly.add(sku)
    if partly:
        raise NeedsAllCells(partly)


def _displaceable(conn: Connection, cells: Iterable[Key]) -> list[HoldRow]:
    return [HoldRow(*row) for row in conn.execute(_DISPLACEABLE, columns(list(cells), 2))]
