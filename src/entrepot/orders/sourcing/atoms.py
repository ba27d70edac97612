"""The pieces of an order that travel together: one atom a SKU, several where no node has enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from entrepot.orders.sourcing.facts import Cell, Item, NodeFacts

Free: TypeAlias = Mapping[tuple[str, str], Cell]
"""``(node, sku) -> cell``."""


class Atom(NamedTuple):
    """Pieces of one SKU that leave from one node; weight and volume are of all of them."""

    sku: str
    qty: int
    weight_g: int
    volume_mm3: int
    is_hazmat: bool


class Short(NamedTuple):
    """A SKU of which the nodes that may serve the order have too little."""

    sku: str
    asked: int
    found: int


def most(node: NodeFacts, sku: str, free: Free) -> int:
    """Return how many pieces of a SKU a node could send: its free stock, as far as it can still pick."""
    cell = free.get((node.id, sku))
    pieces = 0 if cell is None else max(0, cell.free)
    left = node.capacity_left
    return pieces if left is None else min(pieces, left)


def atoms_of(items: Iterable[Item], nodes: Sequence[NodeFacts], free: Free) -> tuple[list[Atom], list[Short]]:
    """Cut an order into atoms.

    Parameters
    ----------
    items : iterable of Item
        The order's lines; lines of one SKU are joined.
    nodes : sequence of NodeFacts
        Nodes that may serve the order.
    free : mapping of (node, sku) to Cell
        Their stock.

    Returns
    -------
    list of Atom
        By the SKU's first line.
    list of Short
        SKUs the nodes together have too little of; an order with one cannot be sourced.

    Notes
    -----
    A SKU is cut only when no single node has enough. The cuts follow the largest stocks, so that the fewest nodes
    are needed; equal stocks keep the nodes' sequence.
    """
    atoms: list[Atom] = []
    shorts: list[Short] = []
    for item, qty in _by_sku(items):
        able = [node for node in nodes if node.takes_hazmat or not item.is_hazmat]
        stocks = sorted((most(node, item.sku, free) for node in able), reverse=True)
        cuts = _cuts(qty, stocks)
        if sum(cuts) < qty:
            shorts.append(Short(item.sku, qty, sum(cuts)))
        atoms.extend(
            Atom(item.sku, cut, cut * item.weight_g, cut * item.volume_mm3, item.is_hazmat) for cut in cuts if cut
        )
    return atoms, shorts


def _by_sku(items: Iterable[Item]) -> Iterable[tuple[Item, int]]:
    joined: dict[str, tuple[Item, int]] = {}
    for item in items:
        first, qty = joined.get(item.sku, (item, 0))
        joined[item.sku] = (first, qty + item.qty)
    return joined.values()


def _cuts(qty: int, stocks: Sequence[int]) -> list[int]:
    cuts = []
    for stock in stocks:
        cuts.append(min(stock, qty))
        qty -= cuts[-1]
        if qty == 0:
            break
    return cuts
