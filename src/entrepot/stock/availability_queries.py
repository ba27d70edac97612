"""Reads of availability: a list over SKUs and shops, one SKU in full, and what each shop's policy is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import InputError, NotFound
from entrepot.stock.availability import ChannelPolicy
from entrepot.stock.pages import Page, decode_cursor, encode_cursor, page_size, plain

READER: Final = "availability"
"""The flow that works figures out, as it is known to the log."""

POLICY_CHANGED: Final = "availability.policy_changed"
"""A shop's policy was set; key: ``channel/shop``."""

_COLUMNS: Final = """a.sku, a.channel, a.shop, a.now, a.offered, a.next_date, a.next_qty, a.owed, a.overdue, a.version,
    a.log_xid, a.log_seq, a.changed_at"""

_LIST: Final = f"""
SELECT {_COLUMNS}, coalesce(s.title, ''), coalesce(s.title_en, '')
FROM stock.atp a LEFT JOIN stock.sku s ON s.id = a.sku
WHERE (%(sku)s::text IS NULL OR a.sku = %(sku)s) AND (%(channel)s::text IS NULL OR a.channel = %(channel)s)
  AND (%(shop)s::text IS NULL OR a.shop = %(shop)s)
  AND (NOT %(only_out)s OR a.offered = 0)
  AND (%(key)s::text[] IS NULL
       OR (a.sku, a.channel, a.shop) > ((%(key)s::text[])[1], (%(key)s::text[])[2], (%(key)s::text[])[3]))
ORDER BY a.sku, a.channel, a.shop LIMIT %(rows)s"""

_SHOPS: Final = f"SELECT {_COLUMNS}, a.curve FROM stock.atp a WHERE a.sku = %s ORDER BY a.channel, a.shop"

_NODES: Final = """
SELECT l.node, coalesce(n.name, ''), coalesce(n.name_en, ''), coalesce(n.kind, ''), l.on_hand, l.reserved, l.allocated,
    l.protected, l.safety, l.backorder_cap, l.in_transit, l.on_order,
    coalesce(n.active AND n.kind IN ('rdc', 'fdc', 'store'), true)
FROM stock.level l LEFT JOIN stock.node n ON n.id = l.node
WHERE l.sku = %s ORDER BY l.on_hand DESC, l.node"""

_COMING: Final = """
SELECT id, kind, node, origin, doc, qty - received, due_p10, due_p50, due_p90 FROM stock.supply
WHERE sku = %s AND NOT is_closed AND received < qty ORDER BY due_p90 NULLS LAST, id"""

_PEGS: Final = """
SELECT p.hold, p.line, p.node, p.supply, p.qty, s.due_p50, s.due_p90
FROM stock.peg p LEFT JOIN stock.supply s ON s.id = p.supply
WHERE p.sku = %s ORDER BY s.due_p90 NULLS LAST, p.hold, p.line, p.node, p.supply"""

_POLICIES: Final = """
SELECT channel, shop, nodes, buffer_units, buffer_percent, keep_per_node, may_oversell, quantile, is_active, updated_at
FROM stock.channel_policy ORDER BY channel, shop"""

_SAVE_POLICY: Final = """
INSERT INTO stock.channel_policy (channel, shop, nodes, buffer_units, buffer_percent, keep_per_node, may_oversell,
    quantile, is_active)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (channel, shop) DO UPDATE SET nodes = EXCLUDED.nodes, buffer_units = EXCLUDED.buffer_units,
    buffer_percent = EXCLUDED.buffer_percent, keep_per_node = EXCLUDED.keep_per_node,
    may_oversell = EXCLUDED.may_oversell, quantile = EXCLUDED.quantile, is_active = EXCLUDED.is_active,
    updated_at = clock_timestamp()"""


@dataclass(frozen=True, slots=True)
class AtpQuery:
    """Which rows of the read model; what is None is not asked about."""

    sku: str | None = None
    channel: str | None = None
    shop: str | None = None
    only_out: bool = False
    limit: int = 50
    cursor: str | None = None


class AtpRow(NamedTuple):
    """What one shop may sell of one SKU."""

    sku: str
    channel: str
    shop: str
    now: int
    offered: int
    next_date: date | None
    next_qty: int | None
    owed: int
    overdue: int
    version: int
    log_xid: int
    log_seq: int
    changed_at: datetime


class TitledAtp(NamedTuple):
    """A row with the SKU's titles."""

    row: AtpRow
    title: str
    title_en: str


class ShopCurve(NamedTuple):
    """A shop's row with its curve: [day, p10, p50, p90] from each day on which a figure changes."""

    row: AtpRow
    curve: list[tuple[str, int, int, int]]


class NodeStock(NamedTuple):
    """What one node holds of the SKU, and how much of it is spoken for."""

    node: str
    name: str
    name_en: str
    kind: str
    on_hand: int
    reserved: int
    allocated: int
    protected: int
    safety: int
    backorder_cap: int
    in_transit: int
    on_order: int
    is_open: bool


class Coming(NamedTuple):
    """A supply of the SKU that is still to come."""

    id: str
    kind: str
    node: str
    origin: str
    doc: str | None
    qty: int
    due_p10: datetime | None
    due_p50: datetime | None
    due_p90: datetime | None


class PegRow(NamedTuple):
    """A backorder and the supply it will be served from."""

    hold: str
    line: str
    node: str
    supply: str
    qty: int
    due_p50: datetime | None
    due_p90: datetime | None


class PolicyRow(NamedTuple):
    """A shop's policy as it is kept."""

    channel: str
    shop: str
    nodes: list[str] | None
    buffer_units: int
    buffer_percent: int
    keep_per_node: int
    may_oversell: bool
    quantile: str
    is_active: bool
    updated_at: datetime


class SkuAvailability(NamedTuple):
    """One SKU in full."""

    shops: list[ShopCurve]
    nodes: list[NodeStock]
    coming: list[Coming]
    pegs: list[PegRow]


def rows(conn: Connection, query: AtpQuery) -> Page[TitledAtp]:
    """List the read model by SKU, channel and shop."""
    size = page_size(query.limit)
    values = {
        "sku": plain(query.sku),
        "channel": plain(query.channel),
        "shop": plain(query.shop),
        "only_out": query.only_out,
        "key": decode_cursor(query.cursor, (str, str, str)) if query.cursor else None,
        "rows": size + 1,
    }
    found = [TitledAtp(AtpRow(*row[:-2]), row[-2], row[-1]) for row in conn.execute(_LIST, values)]
    more = len(found) > size
    return Page(found[:size], encode_cursor(found[size - 1].row[:3]) if more else None)


def of_sku(conn: Connection, sku: str) -> SkuAvailability:
    """Return one SKU in full: by shop with its curve, by node, what is coming, what waits for it.

    Raises
    ------
    NotFound
        ``stock.unknown_sku`` when no shop offers it and it was never anywhere.
    """
    wanted = plain(sku)
    shops = [ShopCurve(AtpRow(*row[:-1]), row[-1]) for row in conn.execute(_SHOPS, (wanted,))]
    nodes = [NodeStock(*row) for row in conn.execute(_NODES, (wanted,))]
    if not shops and not nodes:
        raise NotFound(
            "stock.unknown_sku",
            f"No shop offers {sku[:80]!r}, and none of it was ever anywhere.",
            "Check the code in the list of levels.",
            sku=sku[:80],
        )
    coming = [Coming(*row) for row in conn.execute(_COMING, (wanted,))]
    pegs = [PegRow(*row) for row in conn.execute(_PEGS, (wanted,))]
    return SkuAvailability(shops, nodes, coming, pegs)


def reflected(conn: Connection) -> int:
    """Return the place in the log up to which all figures are worked out; 0 where none was yet."""
    row = conn.execute("SELECT seq FROM log.reader WHERE name = %s", (READER,)).fetchone()
    return int(row[0]) if row else 0


def titles_of(conn: Connection, sku: str) -> tuple[str, str]:
    """Return a SKU's titles; empty where it is in no catalogue."""
    row = conn.execute("SELECT title, title_en FROM stock.sku WHERE id = %s", (plain(sku),)).fetchone()
    return (row[0], row[1]) if row else ("", "")


def policies(conn: Connection) -> list[PolicyRow]:
    """List the shops' policies, those switched off too."""
    return [PolicyRow(*row) for row in conn.execute(_POLICIES)]


def save_policy(conn: Connection, policy: ChannelPolicy, is_active: bool = True) -> None:
    """Set a shop's policy.

    Raises
    ------
    InputError
        ``stock.unknown_node`` when it names a node that is not in the catalogue.
    """
    nodes = None if policy.nodes is None else sorted(policy.nodes)
    if nodes is not None:
        known = {row[0] for row in conn.execute("SELECT id FROM stock.node WHERE id = ANY (%s)", (nodes,))}
        if unknown := [node for node in nodes if node not in known]:
            raise InputError(
                "stock.unknown_node",
                f"There is no node {', '.join(unknown)[:200]}.",
                "Use codes of the list of nodes, or none for every warehouse and store.",
            )
    conn.execute(
        _SAVE_POLICY,
        (
            policy.channel, policy.shop, nodes, policy.buffer_units, policy.buffer_percent, policy.keep_per_node,
            policy.may_oversell, policy.quantile, is_active,
        ),
    )  # fmt: skip
