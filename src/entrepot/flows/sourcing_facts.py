"""What sourcing decides from, read from stock, orders, nodes and carriers as they stand at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.delivery import Carriers
from entrepot.delivery.places import postal_told_apart, province_key
from entrepot.flows.carriers import CarrierRates, node_places
from entrepot.infra import log
from entrepot.kernel.errors import NotFound
from entrepot.orders.pieces import Order, Piece
from entrepot.orders.sourcing import price_store
from entrepot.orders.sourcing.acceptance import learn
from entrepot.orders.sourcing.estimate import DistanceRates, Point
from entrepot.orders.sourcing.facts import Cell, Destination, Facts, Item, NodeFacts, Open, Parcel
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.terms import NodeTerms, Terms

ANSWERS_DAYS: Final = 90
DEFAULT_WEIGHT_G: Final = 500
"""Of a SKU whose master data gives none."""

JOINABLE: Final = ("sourced", "released", "accepted")
"""States of pieces whose parcel is not closed yet."""

_NODES: Final = "SELECT id, kind, active, country, province, latitude, longitude FROM stock.node ORDER BY id"

# Work that a node has and has not finished, and orders that will be released to it.
_LOAD: Final = """
SELECT node, sum(qty)::bigint FROM (
    SELECT node, qty FROM orders.piece
    WHERE work IS NOT NULL AND node = ANY (%(nodes)s) AND state IN ('released', 'accepted', 'picking', 'cancel_asked')
    UNION ALL
    SELECT node, qty FROM orders.piece WHERE state = 'sourced' AND node = ANY (%(nodes)s)
) AS work GROUP BY node"""

_ORDER: Final = """
SELECT channel, placed_at, promised_at, coalesce(country, ''), coalesce(province, ''), coalesce(city, ''),
       coalesce(doc #>> '{order,postal,0}', '')
FROM orders.orders WHERE id = %s"""

_SKUS: Final = """
SELECT id, coalesce(weight_g, %s), coalesce(length_mm * width_mm * height_mm, 0),
       coalesce(attrs ->> 'hazmat', '') IN ('true', '1')
FROM stock.sku WHERE id = ANY (%s)"""

FREE: Final = "on_hand - reserved - allocated - safety - protected"
"""Pieces of a level that a decision may take. What a channel's own quota still keeps for it is left untouched too."""

_CELLS: Final = f"SELECT node, sku, {FREE} FROM stock.level WHERE sku = ANY (%s) ORDER BY sku, node"


class _Node(NamedTuple):
    kind: str
    is_active: bool
    country: str
    province: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decisions of one moment share.

    Parameters
    ----------
    at : datetime
        The moment.
    position : tuple of int
        Of the log.
    terms : Terms
        The retailer's weights.
    nodes : tuple of NodeFacts
        All nodes, by id.
    rates : Rates
        What carriers ask; where no rate card is in force, the estimate by distance.
    price_run : int or None
        Solution in force.
    centres : mapping of region to Point
        Middle of a region's own nodes, for the estimate.
    postal_areas : frozenset of str
        What rate cards tell apart by postal code.
    """

    at: datetime
    position: tuple[int, int]
    terms: Terms
    nodes: tuple[NodeFacts, ...]
    rates: Rates
    price_run: int | None
    centres: Mapping[str, Point]
    postal_areas: frozenset[str] = frozenset()


def surroundings(conn: Connection, carriers: Carriers, at: datetime) -> Surroundings:
    """Read what decisions of this moment share."""
    terms = price_store.terms(conn)
    known = {
        id: _Node(kind, active, country, province, None if latitude is None else Point(latitude, longitude))
        for id, kind, active, country, province, latitude, longitude in conn.execute(_NODES)
    }
    run = price_store.newest_run(conn)
    return Surroundings(
        at,
        log.head(conn),
        terms,
        _node_facts(conn, known, at),
        _rates(conn, carriers, known, terms, at),
        None if run is None else run.id,
        _centres(known),
        carriers.postal_areas(conn, at),
    )


def region_of(country: str, province: str) -> str:
    """Return the name demand and lanes are told apart by."""
    return f"{country or 'CN'}:{province_key(province)}"


def destination_of(around: Surroundings, country: str, province: str, city: str = "", postal: str = "") -> Destination:
    """Return a destination, with a point where nodes of ours show where its region is."""
    region = region_of(country, province)
    centre = around.centres.get(region)
    latitude, longitude = (None, None) if centre is None else centre
    told_apart = postal_told_apart(country or "CN", postal, around.postal_areas)
    return Destination(region, country or "CN", province, city, latitude, longitude, told_apart)


def order_facts(
    conn: Connection, around: Surroundings, order: Order, pieces: Sequence[Piece], *, counts_own: bool = True
) -> Facts:
    """Return the facts to source some pieces of an order.

    Parameters
    ----------
    conn : Connection
        In the transaction that holds the order's lock.
    around : Surroundings
        What the moment gives.
    order : Order
        The order; its other pieces that nodes make ready are parcels to join.
    pieces : sequence of Piece
        Pieces with stock held; their SKUs are known.
    counts_own : bool
        Whether what the pieces hold counts as free: it may stay where it is. A batch counts it by itself.

    Raises
    ------
    NotFound
        ``orders.unknown``.
    """
    row = conn.execute(_ORDER, (order.id,)).fetchone()
    if row is None:
        raise NotFound("orders.unknown", f"There is no order {order.id[:200]!r}.", "Ids are channel:shop:number.")
    channel, placed_at, promised_at, country, province, city, postal = row
    within = around.terms.ship_within_hours
    leave_by = placed_at + timedelta(hours=within) if within is not None and placed_at is not None else None
    facts = Facts(
        order=order.id,
        at=around.at,
        items=_items(conn, pieces),
        destination=destination_of(around, country, province, city, postal),
        nodes=around.nodes,
        stock=_cells(conn, around, pieces, counts_own),
        policy=around.terms.policy(),
        channel=channel,
        open=_open(conn, [piece for piece in order.pieces if piece not in pieces and piece.state in JOINABLE]),
        leave_by=leave_by,
        promised_at=promised_at,
        barred=tuple(sorted({node for piece in pieces for node in piece.barred})),
        position=around.position,
        price_run=around.price_run,
    )
    # Nodes that never had any of it say nothing; a snapshot is kept for every decision.
    stocked = {cell.node for cell in facts.stock}
    return replace(facts, nodes=tuple(node for node in around.nodes if node.id in stocked))


def held_by(pieces: Sequence[Piece]) -> dict[tuple[str, str], int]:
    """Return what pieces hold, by (node, sku)."""
    held: dict[tuple[str, str], int] = {}
    for piece in pieces:
        if piece.node is not None and piece.sku is not None:
            held[piece.node, piece.sku] = held.get((piece.node, piece.sku), 0) + piece.qty
    return held


def _items(conn: Connection, pieces: Sequence[Piece]) -> tuple[Item, ...]:
    wanted = sorted({piece.sku for piece in pieces if piece.sku is not None})
    known = {row[0]: row[1:] for row in conn.execute(_SKUS, (DEFAULT_WEIGHT_G, wanted))}
    unknown = (DEFAULT_WEIGHT_G, 0, False)
    return tuple(
        Item(piece.id, piece.sku, piece.qty, *known.get(piece.sku, unknown))
        for piece in pieces
        if piece.sku is not None
    )


def _open(conn: Connection, pieces: Sequence[Piece]) -> tuple[Open, ...]:
    """Return the parcels that pieces make, by node."""
    found: dict[str, Parcel] = {}
    nodes = {piece.id: piece.node for piece in pieces}
    for item in _items(conn, pieces):
        node = nodes[item.line]
        if node is not None:
            had = found.get(node, Parcel(0, 0, 0))
            found[node] = Parcel(
                had.pieces + item.qty,
                had.weight_g + item.qty * item.weight_g,
                had.volume_mm3 + item.qty * item.volume_mm3,
                had.is_hazmat or item.is_hazmat,
            )
    return tuple(Open(node, parcel) for node, parcel in sorted(found.items()))


def _cells(conn: Connection, around: Surroundings, pieces: Sequence[Piece], counts_own: bool) -> tuple[Cell, ...]:
    skus = sorted({piece.sku for piece in pieces if piece.sku is not None})
    worth = price_store.prices(conn, around.price_run, skus) if around.price_run is not None else {}
    held = held_by(pieces) if counts_own else {}
    return tuple(
        Cell(node, sku, free + held.get((node, sku), 0), *worth.get((node, sku), (0, 0)))
        for node, sku, free in conn.execute(_CELLS, (skus,))
    )


def _node_facts(conn: Connection, known: Mapping[str, _Node], at: datetime) -> tuple[NodeFacts, ...]:
    special = price_store.node_terms(conn)
    limited = [node for node, terms in special.items() if terms.capacity is not None]
    load: dict[str, int] = dict(conn.execute(_LOAD, {"nodes": limited}).fetchall()) if limited else {}
    stores = [node for node, one in known.items() if one.kind == "store"]
    accepts = learn(price_store.answers(conn, (at - timedelta(days=ANSWERS_DAYS)).date(), stores))
    return tuple(_node(id, one, special.get(id), load.get(id, 0), accepts.get(id, 1.0)) for id, one in known.items())


def _node(id: str, node: _Node, terms: NodeTerms | None, load: int, acceptance: float) -> NodeFacts:
    terms = terms or NodeTerms(id)
    return NodeFacts(
        id,
        is_active=node.is_active,
        channels=terms.channels,
        takes_hazmat=terms.takes_hazmat,
        capacity=terms.capacity,
        load=load,
        handling_per_parcel=terms.handling_per_parcel,
        handling_per_piece=terms.handling_per_piece,
        acceptance=acceptance,
    )


def _rates(conn: Connection, carriers: Carriers, known: Mapping[str, _Node], terms: Terms, at: datetime) -> Rates:
    tariff = carriers.tariff(conn, at)
    if any(card.currency == terms.currency for card in tariff.cards_at(at)):
        return CarrierRates(tariff, node_places(conn), at, terms.currency)
    return DistanceRates({id: node.point for id, node in known.items() if node.point is not None})


def _centres(known: Mapping[str, _Node]) -> dict[str, Point]:
    points: dict[str, list[Point]] = {}
    for node in known.values():
        if node.point is not None:
            points.setdefault(region_of(node.country, node.province), []).append(node.point)
    return {
        region: Point(sum(one.latitude for one in all_) / len(all_), sum(one.longitude for one in all_) / len(all_))
        for region, all_ in points.items()
    }
