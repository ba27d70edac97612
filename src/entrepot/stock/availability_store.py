"""The read model of availability: facts in for many SKUs at once, figures out where they changed, and its reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.infra.log import Position
from entrepot.stock.availability import Availability, Cell, ChannelPolicy, Due, Kept, Supply, availability
from entrepot.stock.availability_pegs import Backorder, Peg, peg, still_waiting
from entrepot.stock.quota import EVERYWHERE

_CELLS: Final = """
SELECT l.sku, l.node, l.on_hand, l.reserved + l.allocated, l.safety, l.backorder_cap,
    coalesce(n.active AND n.kind IN ('rdc', 'fdc', 'store'), true)
FROM stock.level l LEFT JOIN stock.node n ON n.id = l.node
WHERE l.sku = ANY (%(skus)s) ORDER BY l.sku, l.node"""

_KEPT: Final = """
SELECT sku, node, channel, protected - drawn, (valid_from AT TIME ZONE %(zone)s)::date,
    ((valid_until - interval '1 microsecond') AT TIME ZONE %(zone)s)::date + 1
FROM stock.quota
WHERE sku = ANY (%(skus)s) AND protected > drawn AND (valid_until IS NULL OR valid_until > %(now)s)
ORDER BY sku, node, channel"""

_SUPPLIES: Final = """
SELECT sku, id, node, qty - received, (due_p10 AT TIME ZONE %(zone)s)::date, (due_p50 AT TIME ZONE %(zone)s)::date,
    (due_p90 AT TIME ZONE %(zone)s)::date
FROM stock.supply
WHERE sku = ANY (%(skus)s) AND NOT is_closed AND received < qty ORDER BY sku, id"""

# Firm holds are served before carts, and what may be displaced last.
_BACKORDERS: Final = """
SELECT sku, id, line, node, least(held, backordered),
    CASE WHEN is_displaceable THEN 0 WHEN kind IN ('order', 'transfer') THEN 2 ELSE 1 END, created_at::text
FROM stock.hold
WHERE state = 'held' AND backordered > 0 AND sku = ANY (%(skus)s) ORDER BY sku, id, line, node"""

_OFFERS: Final = """
SELECT DISTINCT l.sku_id, p.channel, p.shop
FROM stock.listing l JOIN stock.channel_policy p ON p.channel = l.channel AND l.shop IN (p.shop, '*')
WHERE p.is_active AND l.sku_id = ANY (%(skus)s) ORDER BY 1, 2, 3"""

_POLICIES: Final = """
SELECT channel, shop, nodes, buffer_units, buffer_percent, keep_per_node, may_oversell, quantile
FROM stock.channel_policy WHERE is_active ORDER BY channel, shop"""

# Rows whose figures did not change stay as they are: what is unchanged reflects the newer position as well.
_WRITE: Final = """
INSERT INTO stock.atp AS held (sku, channel, shop, now, offered, next_date, next_qty, owed, overdue, curve, log_xid,
    log_seq)
SELECT sku, channel, shop, now, offered, next_date, next_qty, owed, overdue, curve, %(xid)s, %(seq)s
FROM jsonb_to_recordset(%(rows)s) AS given (sku text, channel text, shop text, now bigint, offered bigint,
    next_date date, next_qty bigint, owed bigint, overdue bigint, curve jsonb)
ORDER BY sku COLLATE "C", channel COLLATE "C", shop COLLATE "C"
ON CONFLICT (sku, channel, shop) DO UPDATE
SET now = EXCLUDED.now, offered = EXCLUDED.offered, next_date = EXCLUDED.next_date, next_qty = EXCLUDED.next_qty,
    owed = EXCLUDED.owed, overdue = EXCLUDED.overdue, curve = EXCLUDED.curve, version = held.version + 1,
    log_xid = EXCLUDED.log_xid, log_seq = EXCLUDED.log_seq, changed_at = clock_timestamp()
WHERE (held.now, held.offered, held.owed, held.overdue, held.curve)
      IS DISTINCT FROM (EXCLUDED.now, EXCLUDED.offered, EXCLUDED.owed, EXCLUDED.overdue, EXCLUDED.curve)
   OR held.next_date IS DISTINCT FROM EXCLUDED.next_date
RETURNING sku, channel, shop, offered"""

# Who no longer lists a SKU, or whose policy is off, is offered nothing of it.
_FORGET: Final = """
DELETE FROM stock.atp a
WHERE a.sku = ANY (%(skus)s) AND NOT EXISTS (
    SELECT FROM json_to_recordset(%(offers)s) AS o (sku text, channel text, shop text)
    WHERE o.sku = a.sku AND o.channel = a.channel AND o.shop = a.shop)"""

_PEG: Final = """
INSERT INTO stock.peg (hold, line, sku, node, supply, qty)
SELECT hold, line, sku, node, supply, qty
FROM json_to_recordset(%s) AS peg (hold text, line text, sku text, node text, supply text, qty bigint)
ORDER BY sku COLLATE "C", hold COLLATE "C", line COLLATE "C", node COLLATE "C", supply COLLATE "C" """


@dataclass(slots=True)
class SkuFacts:
    """What one SKU's availability follows from."""

    cells: list[Cell] = field(default_factory=list)
    everywhere: list[Kept] = field(default_factory=list)
    supplies: list[Supply] = field(default_factory=list)
    backorders: list[Backorder] = field(default_factory=list)


class Offer(NamedTuple):
    """A figure a shop sees that has changed."""

    sku: str
    channel: str
    shop: str
    offered: int


class Moment(NamedTuple):
    """Now, the retailer's zone, and its day there."""

    now: datetime
    zone: str
    today: date


def refresh(conn: Connection, skus: Sequence[str], at: Moment, position: Position) -> list[Offer]:
    """Work out the availability of SKUs anew for every shop that lists them, and write what changed.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    skus : sequence of str
        Which.
    at : Moment
        The time.
    position : Position
        Place in the log up to which everything is in the tables read here.

    Returns
    -------
    list of Offer
        The rows that changed, with what each shop may now be told.
    """
    facts = read_facts(conn, skus, at)
    policies = read_policies(conn)
    offers = conn.execute(_OFFERS, {"skus": list(skus)}).fetchall()
    named = [dict(zip(("sku", "channel", "shop"), offer, strict=True)) for offer in offers]
    conn.execute(_FORGET, {"skus": list(skus), "offers": msgspec.json.encode(named).decode()})
    rows = []
    for sku, channel, shop in offers:
        held = facts.get(sku) or SkuFacts()
        shown = availability(held.cells, policies[channel, shop], at.today, held.everywhere)
        rows.append(_row(sku, channel, shop, shown))
    _peg_anew(conn, facts, skus)
    values = {"rows": msgspec.json.encode(rows).decode(), "xid": position.xid, "seq": position.seq}
    return [Offer(*row) for row in conn.execute(_WRITE, values)] if rows else []


def offers_of(conn: Connection, skus: Sequence[str]) -> list[Offer]:
    """Return what every shop is offered of SKUs, changed or not."""
    sql = "SELECT sku, channel, shop, offered FROM stock.atp WHERE sku = ANY (%s) ORDER BY sku, channel, shop"
    return [Offer(*row) for row in conn.execute(sql, (list(skus),))]


def read_facts(conn: Connection, skus: Sequence[str], at: Moment) -> dict[str, SkuFacts]:
    """Read what the availability of SKUs follows from; SKUs nobody has ever moved are left out."""
    values = {"skus": list(skus), "zone": at.zone, "now": at.now}
    facts: defaultdict[str, SkuFacts] = defaultdict(SkuFacts)
    kept: defaultdict[tuple[str, str], list[Kept]] = defaultdict(list)
    coming: defaultdict[tuple[str, str], list[Supply]] = defaultdict(list)
    for sku, node, channel, qty, since, until in conn.execute(_KEPT, values):
        if node == EVERYWHERE:
            facts[sku].everywhere.append(Kept(channel, qty, since, until))
        else:
            kept[sku, node].append(Kept(channel, qty, since, until))
    for sku, id, node, qty, *due in conn.execute(_SUPPLIES, values):
        supply = Supply(id, node, qty, None if due[0] is None else Due(*due))
        coming[sku, node].append(supply)
        facts[sku].supplies.append(supply)
    for sku, *backorder in conn.execute(_BACKORDERS, values):
        facts[sku].backorders.append(Backorder(*backorder))
    for sku, node, on_hand, held, safety, cap, is_open in conn.execute(_CELLS, values):
        here, there = tuple(kept[sku, node]), tuple(coming.pop((sku, node), ()))
        facts[sku].cells.append(Cell(node, on_hand, held, safety, cap, here, there, is_open))
    for (sku, node), supplies in coming.items():  # on its way to where none of it ever was
        facts[sku].cells.append(Cell(node, 0, kept=tuple(kept[sku, node]), supplies=tuple(supplies)))
    return facts


def read_policies(conn: Connection) -> dict[tuple[str, str], ChannelPolicy]:
    """Return the active policies by (channel, shop)."""
    return {
        (channel, shop): ChannelPolicy(channel, shop, None if nodes is None else frozenset(nodes), *rest)
        for channel, shop, nodes, *rest in conn.execute(_POLICIES)
    }


def _row(sku: str, channel: str, shop: str, shown: Availability) -> dict[str, object]:
    return {
        "sku": sku,
        "channel": channel,
        "shop": shop,
        "now": shown.now,
        "offered": shown.offered,
        "next_date": None if shown.next is None else shown.next.day.isoformat(),
        "next_qty": None if shown.next is None else shown.next.qty,
        "owed": shown.owed,
        "overdue": shown.overdue,
        "curve": [(point.day.isoformat(), *point[1:]) for point in shown.curve],
    }


def _peg_anew(conn: Connection, facts: dict[str, SkuFacts], skus: Sequence[str]) -> None:
    conn.execute("DELETE FROM stock.peg WHERE sku = ANY (%s)", (list(skus),))
    pegs = [{"sku": sku, **one._asdict()} for sku, held in facts.items() if held.backorders for one in pegs_of(held)]
    if pegs:
        conn.execute(_PEG, (msgspec.json.encode(pegs).decode(),))


def pegs_of(held: SkuFacts) -> list[Peg]:
    """Peg what still waits at each node to what is on its way there."""
    return peg(_waiting(held.cells, held.backorders), held.supplies)


def _waiting(cells: Iterable[Cell], backorders: Sequence[Backorder]) -> list[Backorder]:
    return [
        one
        for cell in cells
        for one in still_waiting(cell.on_hand, cell.held, [two for two in backorders if two.node == cell.node])
    ]
