"""Reads of holds: one, a list, its journal, and the audit of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.stock.hold import KINDS, STATES, HoldRow
from entrepot.stock.hold_store import COLUMNS
from entrepot.stock.pages import Page, decode_cursor, encode_cursor, page_size, plain

_LIST: Final = f"""
SELECT {COLUMNS} FROM stock.hold
WHERE (%(sku)s::text IS NULL OR sku = %(sku)s) AND (%(node)s::text IS NULL OR node = %(node)s)
  AND (%(doc)s::text IS NULL OR doc = %(doc)s) AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(id)s::text IS NULL OR (id, place) > (%(id)s, %(place)s))
ORDER BY id, place LIMIT %(rows)s"""

_JOURNAL: Final = """
SELECT seq, place, act, sku, node, reserved, allocated, movement, actor, recorded_at
FROM stock.hold_entry WHERE hold = %s ORDER BY seq"""

_DRIFTS: Final = """
WITH journal AS (
    SELECT sku, node, sum(reserved)::bigint AS reserved, sum(allocated)::bigint AS allocated
    FROM stock.hold_entry GROUP BY sku, node
), held AS (
    SELECT sku, node, coalesce(sum(held) FILTER (WHERE kind IN ('cart', 'quota')), 0)::bigint AS reserved,
        coalesce(sum(held) FILTER (WHERE kind IN ('order', 'transfer')), 0)::bigint AS allocated
    FROM stock.hold WHERE state = 'held' GROUP BY sku, node
), level AS (
    SELECT sku, node, reserved, allocated FROM stock.level WHERE reserved <> 0 OR allocated <> 0
), cell AS (
    SELECT sku, node, what, journal_qty, held_qty, level_qty
    FROM journal FULL JOIN held USING (sku, node) FULL JOIN level USING (sku, node)
    CROSS JOIN LATERAL (VALUES
        ('reserved', coalesce(journal.reserved, 0), coalesce(held.reserved, 0), coalesce(level.reserved, 0)),
        ('allocated', coalesce(journal.allocated, 0), coalesce(held.allocated, 0), coalesce(level.allocated, 0))
    ) AS sums (what, journal_qty, held_qty, level_qty)
    UNION ALL
    SELECT q.sku, q.node, 'drawn by ' || q.channel, drawn.qty, drawn.qty, q.drawn
    FROM stock.quota q
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(h.held + h.posted), 0)::bigint FROM stock.hold h
        WHERE h.sku = q.sku AND h.channel = q.channel AND q.node IN (h.node, '*')
          AND h.created_at >= q.valid_from AND (q.valid_until IS NULL OR h.created_at < q.valid_until)) AS drawn (qty)
)
SELECT sku, node, what, journal_qty, held_qty, level_qty FROM cell
WHERE journal_qty <> held_qty OR held_qty <> level_qty
ORDER BY sku, node, what"""


class HoldDrift(NamedTuple):
    """A sum that three books should agree on and do not: a bug, or somebody wrote past them.

    ``what`` is ``reserved``, ``allocated``, or ``drawn by`` a channel, whose quota is under ``level``.
    """

    sku: str
    node: str
    what: str
    journal: int
    holds: int
    level: int


class EntryRow(NamedTuple):
    """A journal entry of a hold: what an act added to the soft and firm holds of a cell."""

    seq: int
    place: int
    act: str
    sku: str
    node: str
    reserved: int
    allocated: int
    movement: str | None
    actor: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class HoldQuery:
    """What to list of the holds; exact values, None for all.

    Parameters
    ----------
    sku, node, doc, channel, kind, state : str or None
        Filters on the parts of holds.
    limit : int
        Rows a page.
    cursor : str or None
        ``next`` of the page before.
    """

    sku: str | None = None
    node: str | None = None
    doc: str | None = None
    channel: str | None = None
    kind: str | None = None
    state: str | None = None
    limit: int = 50
    cursor: str | None = None


def find(conn: Connection, query: HoldQuery) -> Page[HoldRow]:
    """List parts of holds, by id and place, a page at a time.

    Raises
    ------
    InputError
        If the kind, the state or the cursor is unknown.
    """
    for what, given, known in (("kind", query.kind, KINDS), ("state", query.state, (*STATES, "moved"))):
        if given is not None and given not in known:
            raise InputError(f"stock.hold_{what}", f"{given[:40]!r} is no {what}.", f"Use one of {', '.join(known)}.")
    rows = page_size(query.limit)
    id, place = decode_cursor(query.cursor, (str, int)) if query.cursor else (None, None)
    names = ("sku", "node", "doc", "channel", "kind", "state")
    values: dict[str, object] = {name: plain(getattr(query, name)) for name in names}
    found = conn.execute(_LIST, values | {"id": id, "place": place, "rows": rows + 1}).fetchall()
    items = [HoldRow(*row) for row in found[:rows]]
    return Page(items, encode_cursor([items[-1].id, items[-1].place]) if len(found) > rows else None)


def journal(conn: Connection, id: str) -> list[EntryRow]:
    """List what was done to a hold, oldest first."""
    return [EntryRow(*row) for row in conn.execute(_JOURNAL, (plain(id),))]


def drifts(conn: Connection) -> list[HoldDrift]:
    """Compare journal, holds and levels, and quotas with holds, in one statement and so at one moment."""
    return [HoldDrift(*row) for row in conn.execute(_DRIFTS)]
