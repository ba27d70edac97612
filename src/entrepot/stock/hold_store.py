"""Reads and writes of holds: set-based SQL; cells locked in (sku, node) order, then quotas in theirs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final, TypeAlias

from psycopg import Connection
from psycopg.pq import PipelineStatus
from psycopg.rows import TupleRow

from entrepot.infra import log
from entrepot.infra.arrays import Scalar, columns, literal
from entrepot.kernel.errors import Conflict
from entrepot.stock import hold_events
from entrepot.stock.hold import Change, HoldRow, Key
from entrepot.stock.hold_report import Gone
from entrepot.stock.hold_room import Cell, Facts
from entrepot.stock.quota import EVERYWHERE, Quota

Numbers: TypeAlias = Callable[[], dict[str, int]]

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

_LOCK_QUOTAS: Final = """
SELECT sku, node, channel, protected, drawn, valid_from, valid_until FROM stock.quota
WHERE sku = ANY (%(skus)s::text[])
ORDER BY sku, node, channel
FOR UPDATE"""

COLUMNS: Final = """id, place, line, sku, node, qty, held, posted, backordered, kind, state, channel, doc, to_node,
    expires_at, is_displaceable, content, actor, created_at"""

# One look-up an id, also while the planner still believes that the table is small.
_ROWS: Final = f"""
SELECT (SELECT max(seq) FROM stock.hold_entry e WHERE e.hold = h.id), h.*
FROM unnest(%(ids)s::text[]) AS wanted (wanted_id)
CROSS JOIN LATERAL (SELECT {COLUMNS} FROM stock.hold WHERE id = wanted_id OFFSET 0) AS h
ORDER BY h.id, h.place"""

_DISPLACEABLE: Final = f"""
SELECT {COLUMNS} FROM stock.hold
WHERE state = 'held' AND is_displaceable
  AND (sku, node) IN (SELECT sku, node FROM unnest(%s::text[], %s::text[]) AS cell (sku, node))"""

# Inserted in the order of ids: two writers that share ids cannot wait in a circle.
_INSERT: Final = f"""
INSERT INTO stock.hold ({COLUMNS})
SELECT * FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
    %s::bool[], %s::bigint[], %s::text[], %s::timestamptz[])"""

_UPDATE: Final = """
UPDATE stock.hold h
SET held = d.held, posted = d.posted, kind = d.kind, state = d.state, expires_at = d.expires_at
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
    AS d (id, place, held, posted, kind, state, expires_at)
WHERE h.id = d.id AND h.place = d.place"""

_ENTER: Final = """
INSERT INTO stock.hold_entry (hold, place, act, sku, node, reserved, allocated, movement, actor)
SELECT * FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::text[], %s::text[])
RETURNING hold, seq"""

_SHIFT: Final = """
UPDATE stock.level l
SET reserved = l.reserved + d.reserved, allocated = l.allocated + d.allocated, version = l.version + 1
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS d (sku, node, reserved, allocated)
WHERE l.sku = d.sku AND l.node = d.node"""

# New holds, their cells and their journal in one: a statement costs as much as a few rows.
_HOLD: Final = f"WITH made AS ({_INSERT}), shifted AS ({_SHIFT}) {_ENTER}"

_DRAW: Final = """
UPDATE stock.quota q SET drawn = q.drawn + d.qty
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS d (sku, node, channel, qty)
WHERE q.sku = d.sku AND q.node = d.node AND q.channel = d.channel"""

PROTECT: Final = """
UPDATE stock.level l SET protected = coalesce(now.protected, 0)
FROM stock.level o
LEFT JOIN LATERAL (
    SELECT sum(greatest(q.protected - q.drawn, 0))::bigint AS protected FROM stock.quota q
    WHERE q.sku = o.sku AND q.node = o.node AND q.valid_from <= %(now)s
      AND (q.valid_until IS NULL OR q.valid_until > %(now)s)) AS now ON true
WHERE l.sku = o.sku AND l.node = o.node AND o.sku = ANY (%(skus)s::text[])
  AND l.protected <> coalesce(now.protected, 0)"""

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
    return _by_id(conn.execute(_ROWS, {"ids": _once(ids)}).fetchall())[0]


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
        kept = conn.execute(_LOCK_QUOTAS, {"skus": literal(skus)})
        known = conn.execute(_ROWS, {"ids": _once(ids)}) if ids else None
        found = {(row[0], row[1]): Cell(*row[2:]) for row in locked.fetchall()}
        quotas = [Quota(*row) for row in kept.fetchall()]
        rows, seqs = _by_id(known.fetchall()) if known is not None else ({}, {})
    displaceable = _displaceable(conn, found) if with_displaceable else []
    if is_placing:
        _refuse_gaps(conn, found, {quota.sku for quota in quotas if quota.node == EVERYWHERE})
    return Facts(found, quotas, rows, seqs, displaceable)


def batched(conn: Connection) -> AbstractContextManager[object]:
    """Send statements without waiting for each; where that is the way already, it stays so."""
    return conn.pipeline() if conn.pgconn.pipeline_status == PipelineStatus.OFF else nullcontext()


def write(
    conn: Connection, changes: Sequence[Change], quotas: Sequence[Quota], actor: str | None, now: datetime
) -> Numbers:
    """Write changes of holds with their journal, cells and quotas, and tell the log.

    Parameters
    ----------
    conn : Connection
        In the transaction that locked the cells.
    changes : sequence of Change
        In the order in which they came to be.
    quotas : sequence of Quota
        Those of the SKUs, locked.
    actor : str or None
        Who changes; a new hold names its own.
    now : datetime
        When.

    Returns
    -------
    callable
        Gives the newest journal entry by hold; waits until the statements are through.
    """
    if not changes:
        return dict
    made = sorted(change.after for change in changes if change.before is None)
    turned = {(change.after.id, change.after.place): change.after for change in changes if change.before is not None}
    shifts = _shifts(changes)
    draws = _draws(changes, quotas)
    with batched(conn):
        entered = conn.execute(
            _HOLD,
            [
                *columns(made, len(HoldRow._fields)),
                *columns(shifts, 4),
                *columns([_entry(change, actor) for change in changes], 9),
            ],
        )
        if turned:
            rows = [(r.id, r.place, r.held, r.posted, r.kind, r.state, r.expires_at) for r in turned.values()]
            conn.execute(_UPDATE, columns(rows, 7))
        if draws:
            conn.execute(_DRAW, columns([(*key, qty) for key, qty in draws.items()], 4))
            conn.execute(PROTECT, {"skus": literal(sorted({key[0] for key in draws})), "now": now})
        log.insert(conn, hold_events.told(changes))
    return lambda: dict(entered.fetchall())


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


def _shifts(changes: Iterable[Change]) -> list[tuple[str, str, int, int]]:
    """Sum by cell what changes add to soft and firm holds."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for change in changes:
        total = sums[change.after.cell]
        total[0] += change.reserved
        total[1] += change.allocated
    return [(sku, node, soft, firm) for (sku, node), (soft, firm) in sums.items() if soft or firm]


def _by_id(found: Iterable[TupleRow]) -> tuple[dict[str, list[HoldRow]], dict[str, int]]:
    rows: defaultdict[str, list[HoldRow]] = defaultdict(list)
    seqs = {}
    for seq, *row in found:
        rows[row[0]].append(HoldRow(*row))
        seqs[row[0]] = seq
    return dict(rows), seqs


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


def _entry(change: Change, actor: str | None) -> tuple[Scalar, ...]:
    row = change.after
    by = row.actor if change.before is None and actor is None else actor
    return (
        row.id, row.place, change.act, row.sku, row.node, change.reserved, change.allocated, change.movement, by,
    )  # fmt: skip


def _draws(changes: Iterable[Change], quotas: Sequence[Quota]) -> dict[tuple[str, str, str], int]:
    """Sum by quota what its channel's holds draw, or give back."""
    by_key = {(quota.sku, quota.node, quota.channel): quota for quota in quotas}
    draws: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    if not by_key:
        return draws
    for before, row, *_ in changes:
        if row.channel is None:
            continue
        qty = row.held + row.posted - (before.held + before.posted if before is not None else 0)
        for key in ((row.sku, row.node, row.channel), (row.sku, EVERYWHERE, row.channel)):
            if qty and key in by_key and by_key[key].counts(row.created_at):
                draws[key] += qty
    return draws
