"""Reads and writes of holds: set-based SQL; cells locked in (sku, node) order, then quotas in theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from psycopg import Connection

from entrepot.infra.arrays import columns, literal
from entrepot.infra.line import Asks
from entrepot.kernel.errors import Conflict
from entrepot.stock.hold import HoldRow, Key
from entrepot.stock.hold_report import Gone
from entrepot.stock.hold_room import Cell, Facts
from entrepot.stock.quota import EVERYWHERE, Quota

# One value is quicker to read than rows and columns: so what is locked and known comes as JSON.
_CELL: Final = "sku, node, json_build_array(on_hand, reserved, allocated, safety, backorder_cap, is_open)"

_LOCK_CELLS: Final = f"""
SELECT json_agg(json_build_array({_CELL}))::text FROM (
    SELECT l.*, true AS is_open
    FROM (SELECT unnest(%s::text[]) AS sku, unnest(%s::text[]) AS node) AS cell
    JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
    ORDER BY l.sku, l.node
    FOR UPDATE OF l) AS locked"""

_LOCK: Final = """
SELECT FROM (SELECT unnest(%s::text[]) AS sku, unnest(%s::text[]) AS node) AS cell
JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
ORDER BY l.sku, l.node
FOR UPDATE OF l"""

_LOCK_WIDE: Final = f"""
SELECT json_agg(json_build_array({_CELL}))::text FROM (
    SELECT l.*, coalesce(n.active AND n.kind IN ('rdc', 'fdc', 'store'), true) AS is_open
    FROM (SELECT unnest(%s::text[]) AS sku, unnest(%s::text[]) AS node
          UNION
          SELECT sku, node FROM stock.level WHERE sku = ANY (%s::text[])) AS cell
    JOIN stock.level l ON l.sku = cell.sku AND l.node = cell.node
    LEFT JOIN stock.node n ON n.id = l.node
    ORDER BY l.sku, l.node
    FOR UPDATE OF l) AS locked"""

COLUMNS: Final = """id, place, line, sku, node, qty, held, posted, backordered, kind, state, channel, doc, to_node,
    expires_at, is_displaceable, content, actor, created_at"""

# Mostly there are none. One look-up an id, also while the planner still believes that the table is small.
_ROWS: Final = f"""(
    SELECT json_agg(json_build_array(
        (SELECT max(seq) FROM stock.hold_entry e WHERE e.hold = h.id), json_build_array({COLUMNS})) ORDER BY id, place)
    FROM unnest(%s::text[]) AS wanted (wanted_id)
    CROSS JOIN LATERAL (SELECT * FROM stock.hold WHERE id = wanted_id OFFSET 0) AS h)"""

_QUOTAS: Final = """(
    SELECT json_agg(json_build_array(sku, node, channel, protected, drawn, valid_from, valid_until))
    FROM (SELECT * FROM stock.quota WHERE sku = ANY (%s::text[])
          ORDER BY sku, node, channel FOR UPDATE) AS locked)"""

_KNOWN: Final = f"SELECT json_build_array({_QUOTAS}, {_ROWS})::text"

_DISPLACEABLE: Final = f"""
SELECT json_agg(json_build_array({COLUMNS}))::text FROM stock.hold
WHERE state = 'held' AND is_displaceable
  AND (sku, node) IN (SELECT sku, node FROM unnest(%s::text[], %s::text[]) AS cell (sku, node))"""

_COUNT_CELLS: Final = """
SELECT json_object_agg(sku, cells)::text
FROM (SELECT sku, count(*) AS cells FROM stock.level WHERE sku = ANY (%s::text[]) GROUP BY sku) AS counted"""

_NumberedRows: TypeAlias = list[tuple[int, HoldRow]]
_read_cells = msgspec.json.Decoder(list[tuple[str, str, Cell]]).decode
_read_known = msgspec.json.Decoder(tuple[list[Quota] | None, _NumberedRows | None]).decode
_read_numbered_rows = msgspec.json.Decoder(_NumberedRows).decode
_read_rows = msgspec.json.Decoder(list[HoldRow]).decode
_read_counts = msgspec.json.Decoder(dict[str, int]).decode

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


def rows_of(asks: Asks, ids: Sequence[str]) -> dict[str, list[HoldRow]]:
    """Read holds by id, without a lock."""
    said = asks.ask(f"SELECT {_ROWS}::text", [_once(ids)])()
    return _by_id(_read_numbered_rows(said) if said else ())[0]


def lock(asks: Asks, cells: Collection[Key]) -> None:
    """Lock cells, those that there are, in the order of `load`, and read nothing of them."""
    asks.ask(_LOCK, _keys(cells))


def load(
    asks: Asks,
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
    asks : Asks
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
    locked = (
        asks.ask(_LOCK_WIDE, [*_keys(cells), literal(sorted(wide))]) if wide else asks.ask(_LOCK_CELLS, _keys(cells))
    )
    known = asks.ask(_KNOWN, [literal(skus), _once(ids)])
    found = {(sku, node): cell for sku, node, cell in _read_cells(locked() or "[]")}
    quotas, numbered_rows = _read_known(known() or "[null, null]")
    rows, seqs = _by_id(numbered_rows or ())
    displaceable = _displaceable(asks, found) if with_displaceable else []
    if is_placing:
        _refuse_gaps(asks, found, {quota.sku for quota in quotas or () if quota.node == EVERYWHERE})
    return Facts(found, quotas or [], rows, seqs, displaceable)


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


def _keys(cells: Collection[Key]) -> list[str]:
    return [literal([sku for sku, _ in cells]), literal([node for _, node in cells])]


def _once(ids: Sequence[str]) -> str:
    return literal(list(dict.fromkeys(ids)))


def _by_id(numbered: Iterable[tuple[int, HoldRow]]) -> tuple[dict[str, list[HoldRow]], dict[str, int]]:
    rows: dict[str, list[HoldRow]] = {}
    seqs = {}
    for seq, row in numbered:
        rows.setdefault(row.id, []).append(row)
        seqs[row.id] = seq
    return rows, seqs


def _refuse_gaps(asks: Asks, cells: Iterable[Key], skus: Collection[str]) -> None:
    """Make sure that every cell of a SKU is locked."""
    if not skus:
        return
    locked = Counter(sku for sku, _ in cells)
    counts = _read_counts(asks.ask(_COUNT_CELLS, [literal(sorted(skus))])() or "{}")
    partly = {sku for sku, count in counts.items() if locked[sku] != count}
    if partly:
        raise NeedsAllCells(partly)


def _displaceable(asks: Asks, cells: Iterable[Key]) -> list[HoldRow]:
    return _read_rows(asks.ask(_DISPLACEABLE, columns(list(cells), 2))() or "[]")
