"""Movements as people look at them: the ledger of a cell, a document's movements, lanes under way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.stock.pages import Page, decode_cursor, encode_cursor, page_size, plain

FLOW_DAYS: Final = 7
"""Days of transfers shown on the map."""

_LEDGER: Final = """
WITH leg AS (
    SELECT m.*, from_state AS state, -qty AS delta FROM stock.movement m
    WHERE sku = %(sku)s AND from_node = %(node)s
    UNION ALL
    SELECT m.*, to_state, qty FROM stock.movement m WHERE sku = %(sku)s AND to_node = %(node)s
), running AS (
    SELECT leg.*, sum(delta) OVER (PARTITION BY state ORDER BY valid_at, seq)::bigint AS balance FROM leg
)
SELECT seq, id, valid_at, recorded_at, reason, from_node, from_state, to_node, to_state, qty, state, delta, balance,
    doc, line, channel, source_id, actor, reverses
FROM running
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(at)s::timestamptz IS NULL OR (valid_at, seq, state) < (%(at)s::timestamptz, %(seq)s::bigint, %(last)s::text))
ORDER BY valid_at DESC, seq DESC, state DESC
LIMIT %(rows)s"""

# What is under way belongs to its document: sent less received, so a short receipt stays visible.
_FLOWS: Final = """
WITH leg AS (
    SELECT doc, sku, to_node AS node, qty AS delta, CASE reason WHEN 'transfer_out' THEN from_node END AS sender,
        valid_at, reason
    FROM stock.movement WHERE to_state = 'in_transit'
    UNION ALL
    SELECT doc, sku, from_node, -qty, CASE reason WHEN 'reversal' THEN to_node END, valid_at, reason
    FROM stock.movement WHERE from_state = 'in_transit'
), transfer AS (
    SELECT doc, sku, node, max(sender) AS sender, sum(delta) AS open,
        sum(delta) FILTER (WHERE sender IS NOT NULL AND valid_at > %(since)s AND valid_at <= %(now)s) AS sent
    FROM leg GROUP BY doc, sku, node
)
SELECT sender, node, coalesce(sum(sent), 0)::bigint, sum(open)::bigint
FROM transfer WHERE sender IS NOT NULL
GROUP BY sender, node
HAVING coalesce(sum(sent), 0) <> 0 OR sum(open) <> 0
ORDER BY sender, node"""

_MOVEMENTS_OF: Final = """
SELECT seq, id, valid_at, recorded_at, reason, sku, qty, from_node, from_state, to_node, to_state, line, channel,
    source_id, actor, reverses
FROM stock.movement WHERE doc = %(doc)s ORDER BY valid_at, seq"""


class LedgerRow(NamedTuple):
    """One side of a movement as a cell sees it, with the balance of that state after it in valid time."""

    seq: int
    id: str
    valid_at: datetime
    recorded_at: datetime
    reason: str
    from_node: str
    from_state: str
    to_node: str
    to_state: str
    qty: int
    state: str
    delta: int
    balance: int
    doc: str | None
    line: str | None
    channel: str | None
    source_id: str | None
    actor: str | None
    reverses: str | None


class DocumentRow(NamedTuple):
    """A movement of an order, transfer or count."""

    seq: int
    id: str
    valid_at: datetime
    recorded_at: datetime
    reason: str
    sku: str
    qty: int
    from_node: str
    from_state: str
    to_node: str
    to_state: str
    line: str | None
    channel: str | None
    source_id: str | None
    actor: str | None
    reverses: str | None


class FlowRow(NamedTuple):
    """Transfers of a lane: sent in the last `FLOW_DAYS`, and still under way."""

    from_node: str
    to_node: str
    units: int
    in_transit: int


def ledger(
    conn: Connection, sku: str, node: str, state: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[LedgerRow]:
    """List the movements of a cell, newest first in valid time, each with the balance after it.

    A movement between two states of the cell gives two rows.
    """
    rows = page_size(limit)
    at, seq, last = _start(cursor) if cursor else (None, None, None)
    values: dict[str, object] = {"sku": plain(sku), "node": plain(node), "state": plain(state), "rows": rows + 1}
    values |= {"at": at, "seq": seq, "last": last}
    found = [LedgerRow(*row) for row in conn.execute(_LEDGER, values)]
    more = len(found) > rows
    end = found[rows - 1] if more else None
    return Page(found[:rows], encode_cursor([end.valid_at.isoformat(), end.seq, end.state]) if end else None)


def movements_of(conn: Connection, doc: str) -> list[DocumentRow]:
    """List the movements of a document, oldest first."""
    return [DocumentRow(*row) for row in conn.execute(_MOVEMENTS_OF, {"doc": plain(doc)})]


def flows(conn: Connection, now: datetime) -> list[FlowRow]:
    """Sum transfers by lane: sent in the last week, and still in transit."""
    values = {"now": now, "since": now - timedelta(days=FLOW_DAYS)}
    return [FlowRow(*row) for row in conn.execute(_FLOWS, values)]


def _start(cursor: str) -> tuple[datetime, int, str]:
    at, seq, state = decode_cursor(cursor, (str, int, str))
    try:
        return datetime.fromisoformat(str(at)), int(seq), str(state)
    except ValueError:
        raise InputError("stock.cursor", f"{cursor[:40]!r} is no cursor here.", "Start from the first page.") from None
