"""Reads and writes of quotas and of the limits of a cell; whoever changes them locks the SKU's cells first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.infra import log
from entrepot.infra.arrays import literal
from entrepot.infra.line import Plain
from entrepot.stock.events import limits_changed
from entrepot.stock.hold_writing import show_protected
from entrepot.stock.pages import Page, decode_cursor, encode_cursor, page_size, plain
from entrepot.stock.quota import EVERYWHERE, Protection
from entrepot.stock.store import lock_cells

_PUT: Final = """
INSERT INTO stock.quota (sku, node, channel, protected, valid_from, valid_until, source, actor, drawn)
SELECT %(sku)s, %(node)s, %(channel)s, %(protected)s, %(valid_from)s, %(valid_until)s, %(source)s, %(actor)s,
    coalesce(sum(held + posted), 0)
FROM stock.hold
WHERE sku = %(sku)s AND channel = %(channel)s AND %(node)s IN (node, '*') AND created_at >= %(valid_from)s
  AND (%(valid_until)s::timestamptz IS NULL OR created_at < %(valid_until)s)
ON CONFLICT (sku, node, channel) DO UPDATE SET (protected, valid_from, valid_until, source, actor, drawn, updated_at)
    = (EXCLUDED.protected, EXCLUDED.valid_from, EXCLUDED.valid_until, EXCLUDED.source, EXCLUDED.actor, EXCLUDED.drawn,
       clock_timestamp())"""

_LIST: Final = """
SELECT sku, node, channel, protected, drawn, valid_from, valid_until, source, actor, updated_at FROM stock.quota
WHERE (%(sku)s::text IS NULL OR sku = %(sku)s) AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(key_sku)s::text IS NULL OR (sku, node, channel) > (%(key_sku)s, %(key_node)s, %(key_channel)s))
ORDER BY sku, node, channel LIMIT %(rows)s"""

_CELLS_OF: Final = "SELECT sku, node FROM stock.level WHERE sku = ANY (%s::text[])"

_LIMIT: Final = """
UPDATE stock.level SET safety = coalesce(%(safety)s, safety), backorder_cap = coalesce(%(cap)s, backorder_cap)
WHERE sku = %(sku)s AND node = %(node)s
RETURNING safety, backorder_cap"""

# Periods begin and end by themselves; the column on the level follows.
_TURNED: Final = """
SELECT DISTINCT l.sku FROM stock.level l JOIN (
    SELECT sku, node, coalesce(sum(greatest(protected - drawn, 0)) FILTER (
        WHERE valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)), 0) AS protected
    FROM stock.quota GROUP BY sku, node) AS now ON now.sku = l.sku AND now.node = l.node
WHERE l.protected <> now.protected"""


class QuotaRow(NamedTuple):
    """A quota as it is kept."""

    sku: str
    node: str
    channel: str
    protected: int
    drawn: int
    valid_from: datetime
    valid_until: datetime | None
    source: str
    actor: str | None
    updated_at: datetime


class CellLimits(NamedTuple):
    """Pieces of a cell that are never promised, and that may be promised beyond those there."""

    safety: int
    backorder_cap: int


def put(conn: Connection, given: Sequence[Protection], now: datetime) -> None:
    """Write protections; one of the same SKU, node and channel is replaced, what was drawn is counted anew."""
    skus = sorted({one.sku for one in given})
    lock_cells(conn, _cells_of(conn, skus).union((one.sku, one.node) for one in given if one.node != EVERYWHERE))
    for one in sorted(given, key=lambda one: (one.sku, one.node, one.channel)):
        values = {name: getattr(one, name) for name in Protection.__slots__}
        conn.execute(_PUT, values)
    show_protected(Plain(conn), skus, now)
    log.append(conn, limits_changed(skus))


def find(conn: Connection, sku: str | None, channel: str | None, limit: int, cursor: str | None) -> Page[QuotaRow]:
    """List quotas by SKU, node and channel."""
    rows = page_size(limit)
    key = decode_cursor(cursor, (str, str, str)) if cursor else (None, None, None)
    values = dict(zip(("key_sku", "key_node", "key_channel"), key, strict=True))
    found = conn.execute(_LIST, {"sku": plain(sku), "channel": plain(channel), "rows": rows + 1, **values}).fetchall()
    items = [QuotaRow(*row) for row in found[:rows]]
    return Page(items, encode_cursor(found[rows - 1][:3]) if len(found) > rows else None)


def limit_cell(conn: Connection, sku: str, node: str, safety: int | None, backorder_cap: int | None) -> CellLimits:
    """Set what a cell keeps back and may owe; None leaves a limit as it is. The cell is made if it is missing."""
    lock_cells(conn, [(sku, node)])
    row = conn.execute(_LIMIT, {"sku": sku, "node": node, "safety": safety, "cap": backorder_cap}).fetchone()
    if row is None:
        raise LookupError("the cell was just locked")
    log.append(conn, limits_changed([sku]))
    return CellLimits(*row)


def turn_periods(conn: Connection, now: datetime) -> None:
    """Let quotas whose period began or ended show on their cells."""
    skus = [sku for (sku,) in conn.execute(_TURNED, {"now": now})]
    if skus:
        lock_cells(conn, _cells_of(conn, skus))
        show_protected(Plain(conn), skus, now)


def _cells_of(conn: Connection, skus: Sequence[str]) -> set[tuple[str, str]]:
    return {(sku, node) for sku, node in conn.execute(_CELLS_OF, (literal(skus),))}
