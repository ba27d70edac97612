"""Supply in the database: lines handed in, lines derived from the book, what was received of them, lanes' times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection
from psycopg.errors import UniqueViolation

from entrepot.infra import log
from entrepot.kernel.errors import InputError
from entrepot.stock.pages import Page, decode_cursor, encode_cursor, page_size, plain
from entrepot.stock.supply import SupplyLine, Trip, lane_times

CHANGED: Final = "supply.changed"
"""Supply was handed in, derived or dated anew; key: its SKU."""

ANY_LANE: Final = ("", "")
"""Origin and node of the row with the times of all lanes together."""

_DAYS_OF_TRIPS: Final = 180

_UPSERT: Final = """
INSERT INTO stock.supply AS held (id, kind, sku, node, qty, received, origin, doc, sent_at, due_p10, due_p50, due_p90,
    is_closed, source, version)
SELECT id, kind, sku, node, qty, received, origin, doc, sent_at, due_p10, due_p50, due_p90, qty <= received, %s, version
FROM json_populate_recordset(NULL::stock.supply, %s) ORDER BY id
ON CONFLICT (id) DO UPDATE
SET kind = EXCLUDED.kind, sku = EXCLUDED.sku, node = EXCLUDED.node, qty = EXCLUDED.qty,
    received = greatest(held.received, EXCLUDED.received), origin = EXCLUDED.origin, doc = EXCLUDED.doc,
    sent_at = EXCLUDED.sent_at, due_p10 = EXCLUDED.due_p10, due_p50 = EXCLUDED.due_p50, due_p90 = EXCLUDED.due_p90,
    is_closed = EXCLUDED.qty <= greatest(held.received, EXCLUDED.received), source = EXCLUDED.source,
    version = EXCLUDED.version, updated_at = clock_timestamp()
WHERE held.version <= EXCLUDED.version AND held.source <> 'book'
  AND (held.kind, held.sku, held.node, held.qty, held.origin, held.doc, held.sent_at, held.due_p10, held.due_p50,
       held.due_p90, greatest(held.received, EXCLUDED.received)) IS DISTINCT FROM
      (EXCLUDED.kind, EXCLUDED.sku, EXCLUDED.node, EXCLUDED.qty, EXCLUDED.origin, EXCLUDED.doc, EXCLUDED.sent_at,
       EXCLUDED.due_p10, EXCLUDED.due_p50, EXCLUDED.due_p90, held.received)
RETURNING sku"""

# What entered a node's on_order or in_transit account under a document and has not left it again is on its way there.
_DERIVE: Final = """
WITH leg AS (
    SELECT doc, sku, to_node AS node, to_state AS state, qty AS gone_in, 0 AS gone_on, from_node AS origin,
        from_state AS left_as, valid_at, seq
    FROM stock.movement WHERE doc = ANY (%(docs)s) AND to_state IN ('in_transit', 'on_order')
    UNION ALL
    SELECT doc, sku, from_node, from_state, 0, qty, NULL, NULL, NULL, seq
    FROM stock.movement WHERE doc = ANY (%(docs)s) AND from_state IN ('in_transit', 'on_order')
), way AS (
    SELECT doc, sku, node, state, sum(gone_in)::bigint AS qty, sum(gone_on)::bigint AS received,
        coalesce(min(origin), '') AS origin, bool_or(stock.is_outside(origin) OR left_as = 'on_order') AS is_purchase,
        min(valid_at) AS sent_at, max(seq) AS version
    FROM leg GROUP BY doc, sku, node, state
), dated AS (
    SELECT way.*, coalesce(own.p10, any_lane.p10) AS p10, coalesce(own.p50, any_lane.p50) AS p50,
        coalesce(own.p90, any_lane.p90) AS p90
    FROM way
    LEFT JOIN stock.lane_time own ON own.origin = way.origin AND own.node = way.node
    LEFT JOIN stock.lane_time any_lane ON any_lane.origin = '' AND any_lane.node = ''
    WHERE way.sent_at IS NOT NULL
)
INSERT INTO stock.supply AS held (id, kind, sku, node, qty, received, origin, doc, sent_at, due_p10, due_p50, due_p90,
    is_closed, source, version)
SELECT concat_ws(':', 'book', doc, sku, node, state), CASE WHEN is_purchase THEN 'purchase' ELSE 'transfer' END,
    sku, node, qty, received, origin, doc, sent_at, sent_at + p10, sent_at + p50, sent_at + p90, qty <= received,
    'book', version
FROM dated ORDER BY 1
ON CONFLICT (id) DO UPDATE
SET qty = EXCLUDED.qty, received = EXCLUDED.received, sent_at = EXCLUDED.sent_at, is_closed = EXCLUDED.is_closed,
    due_p10 = EXCLUDED.due_p10, due_p50 = EXCLUDED.due_p50, due_p90 = EXCLUDED.due_p90, version = EXCLUDED.version,
    updated_at = clock_timestamp()
WHERE held.version < EXCLUDED.version
RETURNING sku"""

_RECEIVE: Final = """
UPDATE stock.supply s
SET received = greatest(s.received, came.qty), is_closed = s.qty <= greatest(s.received, came.qty),
    updated_at = clock_timestamp()
FROM (
    SELECT doc, sku, to_node AS node, sum(qty)::bigint AS qty FROM stock.movement
    WHERE doc = ANY (%(docs)s) AND reason IN ('receipt', 'return', 'transfer_in')
      AND to_state IN ('on_hand', 'quality_hold', 'damaged')
    GROUP BY doc, sku, to_node
) AS came
WHERE s.doc = came.doc AND s.sku = came.sku AND s.node = came.node AND s.source <> 'book' AND s.received < came.qty
RETURNING s.sku"""

_TRIPS: Final = """
WITH way AS (
    SELECT doc, to_node AS node, min(from_node) AS origin, min(valid_at) AS sent_at FROM stock.movement
    WHERE to_state IN ('in_transit', 'on_order') AND doc IS NOT NULL AND valid_at > %(since)s
    GROUP BY doc, to_node
)
SELECT way.origin, way.node, extract(epoch FROM coalesce(came.at, %(now)s) - way.sent_at) / 3600, came.at IS NOT NULL
FROM way
LEFT JOIN LATERAL (
    SELECT min(valid_at) AS at FROM stock.movement m
    WHERE m.doc = way.doc AND m.to_node = way.node AND m.to_state = 'on_hand' AND m.reason IN ('transfer_in', 'receipt')
) AS came ON true
WHERE way.sent_at <= %(now)s"""

_SAVE_LANES: Final = """
INSERT INTO stock.lane_time (origin, node, trips, p10, p50, p90, measured_at)
SELECT origin, node, trips, make_interval(secs => p10 * 3600), make_interval(secs => p50 * 3600),
    make_interval(secs => p90 * 3600), %s
FROM json_to_recordset(%s) AS lane (origin text, node text, trips integer, p10 float8, p50 float8, p90 float8)
ORDER BY origin, node
ON CONFLICT (origin, node) DO UPDATE SET trips = EXCLUDED.trips, p10 = EXCLUDED.p10, p50 = EXCLUDED.p50,
    p90 = EXCLUDED.p90, measured_at = EXCLUDED.measured_at"""

_DATE_ANEW: Final = """
UPDATE stock.supply s
SET due_p10 = s.sent_at + lane.p10, due_p50 = s.sent_at + lane.p50, due_p90 = s.sent_at + lane.p90,
    updated_at = clock_timestamp()
FROM (
    SELECT s.id, coalesce(own.p10, a.p10) AS p10, coalesce(own.p50, a.p50) AS p50, coalesce(own.p90, a.p90) AS p90
    FROM stock.supply s
    LEFT JOIN stock.lane_time own ON own.origin = s.origin AND own.node = s.node
    LEFT JOIN stock.lane_time a ON a.origin = '' AND a.node = ''
    WHERE s.source = 'book' AND NOT s.is_closed
) AS lane
WHERE s.id = lane.id AND s.sent_at IS NOT NULL AND lane.p90 IS NOT NULL
  AND s.due_p90 IS DISTINCT FROM s.sent_at + lane.p90
RETURNING s.sku"""

_LIST: Final = """
SELECT id, kind, sku, node, qty, received, origin, doc, sent_at, due_p10, due_p50, due_p90, is_closed, source, version
FROM stock.supply
WHERE sku = coalesce(%(sku)s, sku) AND node = coalesce(%(node)s, node) AND (%(closed)s OR NOT is_closed)
  AND (%(after)s::text IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(rows)s"""


class SupplyRow(NamedTuple):
    """A supply as it stands."""

    id: str
    kind: str
    sku: str
    node: str
    qty: int
    received: int
    origin: str
    doc: str | None
    sent_at: datetime | None
    due_p10: datetime | None
    due_p50: datetime | None
    due_p90: datetime | None
    is_closed: bool
    source: str
    version: int


def take_lines(conn: Connection, lines: Sequence[SupplyLine], source: str) -> int:
    """Write supply that was handed in, and tell the log; returns how many lines changed.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    lines : sequence of SupplyLine
        An older version than the one held changes nothing.
    source : {"file", "api", "cli"}
        Where it came from.

    Raises
    ------
    InputError
        ``stock.supply_twice`` when an id comes twice, or two lines name one document, SKU and node: its receipts
        could not be told apart.
    """
    twice = len({line.id for line in lines}) < len(lines)
    if not twice:
        try:
            with conn.transaction():
                rows = conn.execute(_UPSERT, (source, _json([asdict(line) for line in lines]))).fetchall()
        except UniqueViolation:
            twice = True
    if twice:
        raise InputError(
            "stock.supply_twice",
            "Two lines have one id, or name one document, SKU and node.",
            "Give every line its own id, and one line for each document, SKU and node.",
        )
    _tell(conn, [sku for (sku,) in rows])
    return len(rows)


def follow_documents(conn: Connection, docs: Sequence[str]) -> set[str]:
    """Derive what documents have on the way, and count their receipts; returns the SKUs whose supply changed."""
    if not docs:
        return set()
    values = {"docs": list(docs)}
    changed = conn.execute(_DERIVE, values).fetchall() + conn.execute(_RECEIVE, values).fetchall()
    return {sku for (sku,) in changed}


def have_lane_times(conn: Connection) -> bool:
    """Tell whether any lane was measured yet."""
    return conn.execute("SELECT 1 FROM stock.lane_time LIMIT 1").fetchone() is not None


def measure_lanes(conn: Connection, now: datetime) -> int:
    """Learn how long lanes take, date what is on its way anew, and tell the log; returns the lanes measured."""
    lanes: defaultdict[tuple[str, str], list[Trip]] = defaultdict(list)
    for origin, node, hours, has_ended in conn.execute(
        _TRIPS, {"now": now, "since": now - timedelta(days=_DAYS_OF_TRIPS)}
    ):
        trip = Trip(float(hours), has_ended)
        lanes[origin, node].append(trip)
        lanes[ANY_LANE].append(trip)
    rows = [
        {"origin": origin, "node": node, **times._asdict()}
        for (origin, node), trips in lanes.items()
        if (times := lane_times(trips)) is not None
    ]
    conn.execute(_SAVE_LANES, (now, _json(rows)))
    _tell(conn, [sku for (sku,) in conn.execute(_DATE_ANEW)])
    return len(rows)


def supplies(
    conn: Connection,
    sku: str | None = None,
    node: str | None = None,
    *,
    with_closed: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[SupplyRow]:
    """List supplies by id; open ones only unless asked otherwise."""
    rows = page_size(limit)
    after = decode_cursor(cursor, (str,))[0] if cursor else None
    values = {"sku": plain(sku), "node": plain(node), "closed": with_closed, "after": after, "rows": rows + 1}
    found = [SupplyRow(*row) for row in conn.execute(_LIST, values)]
    return Page(found[:rows], encode_cursor([found[rows - 1].id]) if len(found) > rows else None)


def _tell(conn: Connection, skus: Sequence[str]) -> None:
    log.append(conn, (log.Event(CHANGED, sku, {}) for sku in sorted(set(skus))))


def _json(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
