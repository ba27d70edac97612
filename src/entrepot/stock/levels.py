"""Levels as people look at them: a page of cells with sales and cover, and nodes in sum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.stock.pages import Key, Page, decode_cursor, encode_cursor, page_size, plain
from entrepot.stock.pinyin import like_patterns

SALES_DAYS: Final = 28
"""Days of sales behind ``daily_sales`` and ``cover_days``: four of each weekday."""

LOW_DAYS: Final = 7
"""Less cover than this is low."""

EXCESS_DAYS: Final = 60
"""More cover than this is excess."""

STATUSES: Final = ("out", "low", "ok", "excess")

# Every rule about cover stands here once. What leaves a cell is sales and, for a centre, transfers out; a reversal
# takes back what it reverses. Stock that nothing has left for four weeks is excess.
_CELLS: Final = f"""
WITH moved AS (
    SELECT sku, CASE reason WHEN 'reversal' THEN to_node ELSE from_node END AS node,
        CASE WHEN reason = 'sale' THEN qty
             WHEN reason = 'reversal' AND split_part(from_node, ':', 1) = 'customer' THEN -qty ELSE 0 END AS sold,
        CASE WHEN reason = 'transfer_out' THEN qty
             WHEN reason = 'reversal' AND from_state = 'in_transit' THEN -qty ELSE 0 END AS sent
    FROM stock.movement
    WHERE reason IN ('sale', 'transfer_out', 'reversal') AND valid_at > %(since)s AND valid_at <= %(now)s
), outflow AS (
    SELECT sku, node, sum(sold) / {SALES_DAYS}.0::float8 AS daily_sales,
        greatest(sum(sold + sent), 0) / {SALES_DAYS}.0::float8 AS daily_out
    FROM moved GROUP BY sku, node
), cover AS (
    SELECT l.sku, l.node, l.on_hand, l.allocated, l.reserved, l.on_hand - l.allocated - l.reserved AS available,
        l.quality_hold, l.damaged, l.in_transit, l.on_order,
        coalesce(o.daily_sales, 0) AS daily_sales, coalesce(o.daily_out, 0) AS daily_out,
        CASE WHEN l.on_hand <= 0 THEN 0 ELSE l.on_hand / nullif(o.daily_out, 0) END AS cover_days
    FROM stock.level l LEFT JOIN outflow o ON o.sku = l.sku AND o.node = l.node
), cell AS (
    SELECT cover.*,
        CASE WHEN on_hand <= 0 THEN 'out' WHEN cover_days < {LOW_DAYS} THEN 'low'
             WHEN cover_days <= {EXCESS_DAYS} THEN 'ok' ELSE 'excess' END AS status
    FROM cover
)"""

_NO_END: Final = 1e12  # sorts "never runs out" after every number of days

# column to sort by -> its expression and what a cursor holds of it
_SORTS: Final[dict[str, tuple[str, type[Key]]]] = {
    "sku": ("cell.sku", str),
    "node": ("cell.node", str),
    "title": ("coalesce(s.pinyin, '')", str),
    "node_name": ("coalesce(n.pinyin, '')", str),
    "on_hand": ("cell.on_hand", int),
    "allocated": ("cell.allocated", int),
    "reserved": ("cell.reserved", int),
    "available": ("cell.available", int),
    "quality_hold": ("cell.quality_hold", int),
    "damaged": ("cell.damaged", int),
    "in_transit": ("cell.in_transit", int),
    "on_order": ("cell.on_order", int),
    "daily_sales": ("cell.daily_sales", float),
    "cover_days": (f"coalesce(cell.cover_days, {_NO_END:.0f}::float8)", float),
}

_LEVELS: Final = f"""{_CELLS}
SELECT {{key}} AS sort_key, cell.sku, coalesce(s.title, ''), coalesce(s.title_en, ''), cell.node,
    coalesce(n.name, ''), coalesce(n.name_en, ''), cell.on_hand, cell.allocated, cell.reserved, cell.available,
    cell.quality_hold, cell.damaged, cell.in_transit, cell.on_order, cell.daily_sales, cell.cover_days, cell.status
FROM cell LEFT JOIN stock.sku s ON s.id = cell.sku LEFT JOIN stock.node n ON n.id = cell.node
WHERE (%(sku)s::text IS NULL OR cell.sku = %(sku)s) AND (%(node)s::text IS NULL OR cell.node = %(node)s)
  AND (%(status)s::text IS NULL OR cell.status = %(status)s)
  AND (%(q)s::text[] IS NULL
       OR concat_ws(' ', coalesce(s.search, lower(cell.sku)), coalesce(n.search, lower(cell.node))) LIKE ALL (%(q)s))
  {{after}}
ORDER BY 1 {{direction}}, cell.sku {{direction}}, cell.node {{direction}}
LIMIT %(rows)s"""

_NODES: Final = f"""{_CELLS}, summary AS (
    SELECT node, sum(on_hand)::bigint AS units, count(*) AS skus, sum(in_transit)::bigint AS in_transit,
        count(*) FILTER (WHERE status = 'out') AS stockouts, count(*) FILTER (WHERE status = 'low') AS low,
        count(*) FILTER (WHERE status = 'excess') AS excess,
        sum(greatest(on_hand, 0)) / nullif(sum(daily_out), 0) AS cover_days
    FROM cell GROUP BY node
)
SELECT n.id, n.name, n.name_en, n.kind, n.province, n.city, n.latitude, n.longitude, coalesce(units, 0),
    coalesce(skus, 0), coalesce(in_transit, 0), coalesce(stockouts, 0), coalesce(low, 0), coalesce(excess, 0),
    cover_days::float8
FROM stock.node n LEFT JOIN summary ON summary.node = n.id
WHERE n.active
ORDER BY n.kind, n.pinyin, n.id"""


@dataclass(frozen=True, slots=True)
class LevelQuery:
    """What to list of the levels.

    Parameters
    ----------
    sku, node : str or None
        Exact codes.
    q : str or None
        Words found anywhere in code, titles, brand, barcode, node name, their pinyin or initials.
    status : {"out", "low", "ok", "excess"} or None
        Cover status.
    sort : str
        A column of the list; ``-`` in front turns it round. SKU and node break ties.
    limit : int
        Rows a page.
    cursor : str or None
        ``next`` of the page before.
    """

    sku: str | None = None
    node: str | None = None
    q: str | None = None
    status: str | None = None
    sort: str = "sku"
    limit: int = 50
    cursor: str | None = None


class LevelRow(NamedTuple):
    """One cell: a SKU at a node.

    ``available`` is on hand less allocated and reserved, below zero where more was lost than was free; what a channel
    may sell of it is in ``availability``. ``cover_days`` is None where nothing left the cell for four weeks.
    """

    sku: str
    title: str
    title_en: str
    node: str
    node_name: str
    node_name_en: str
    on_hand: int
    allocated: int
    reserved: int
    available: int
    quality_hold: int
    damaged: int
    in_transit: int
    on_order: int
    daily_sales: float
    cover_days: float | None
    status: str


class NodeRow(NamedTuple):
    """A node with its stock in sum."""

    id: str
    name: str
    name_en: str
    kind: str
    province: str
    city: str
    latitude: float | None
    longitude: float | None
    units: int
    skus: int
    in_transit: int
    stockouts: int
    low: int
    excess: int
    cover_days: float | None


def levels(conn: Connection, query: LevelQuery, now: datetime) -> Page[LevelRow]:
    """List cells, a page at a time.

    Raises
    ------
    InputError
        If the sort column, the status or the cursor is unknown.
    """
    column = query.sort.removeprefix("-")
    if column not in _SORTS:
        raise InputError("stock.sort", f"Cannot sort by {column[:40]!r}.", f"Use one of {', '.join(_SORTS)}.")
    if query.status is not None and query.status not in STATUSES:
        raise InputError("stock.status", f"{query.status[:40]!r} is no status.", f"Use one of {', '.join(STATUSES)}.")
    expression, kind = _SORTS[column]
    is_down = query.sort.startswith("-")
    rows = page_size(query.limit)
    values = _window(now) | {
        "sku": plain(query.sku),
        "node": plain(query.node),
        "status": query.status,
        "q": like_patterns(query.q) if query.q else None,
        "rows": rows + 1,
    }
    after = ""
    if query.cursor:
        than = "<" if is_down else ">"
        after = f"AND ({expression}, cell.sku, cell.node) {than} (%(key)s, %(key_sku)s, %(key_node)s)"
        values |= dict(zip(("key", "key_sku", "key_node"), decode_cursor(query.cursor, (kind, str, str)), strict=True))
    sql = _LEVELS.format(key=expression, after=after, direction="DESC" if is_down else "ASC")
    found = conn.execute(sql.encode(), values).fetchall()
    keys: list[list[Key]] = [[row[0], row[1], row[4]] for row in found]
    items = [LevelRow(*row[1:]) for row in found[:rows]]
    return Page(items, encode_cursor(keys[rows - 1]) if len(found) > rows else None)


def nodes(conn: Connection, now: datetime) -> list[NodeRow]:
    """Sum stock, stockouts and cover by node."""
    return [NodeRow(*row) for row in conn.execute(_NODES, _window(now))]


def _window(now: datetime) -> dict[str, object]:
    return {"now": now, "since": now - timedelta(days=SALES_DAYS)}
