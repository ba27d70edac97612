"""Facts of small orders, and carriers that ask a line: so much a parcel, so much a kilogram."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from entrepot.orders.sourcing import Cell, Destination, Facts, Item, NodeFacts, Parcel, RateQuote

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EAST = Destination("east")


class Lines:
    """``{node: (a parcel, a kilogram)}``; a node that is not in it has no carrier."""

    def __init__(self, lines: Mapping[str, tuple[int, int]], **times: Any) -> None:
        self._lines = lines
        self._times = times

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        if node not in self._lines:
            return ()
        base, kilogram = self._lines[node]
        return (RateQuote("sf", "ground", base + kilogram * parcel.weight_g // 1000, **self._times),)


def item(line: str, sku: str, qty: int = 1, **more: Any) -> Item:
    return Item(line, sku, qty, more.pop("weight_g", 1000), **more)


def facts(items: list[Item], stock: Mapping[tuple[str, str], int], **more: Any) -> Facts:
    """An order of `items`; prices and credits of cells come as ``prices`` and ``credits``, nodes as ``nodes``."""
    prices, credits = more.pop("prices", {}), more.pop("credits", {})
    names = list(dict.fromkeys(node for node, _ in stock))
    nodes = more.pop("nodes", tuple(NodeFacts(name) for name in names))
    cells = tuple(
        Cell(node, sku, free, prices.get((node, sku), 0), credits.get((node, sku), 0))
        for (node, sku), free in stock.items()
    )
    return Facts("o-1", NOON, tuple(items), EAST, tuple(nodes), cells, **more)
