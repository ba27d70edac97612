"""What sourcing asks of others; `entrepot.flows.sourcing` answers from stock, delivery and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from entrepot.orders.sourcing.facts import Cell, Destination, NodeFacts, Parcel, RateQuote


class Rates(Protocol):
    """What carriers ask. The same question must get the same answer while a decision is made."""

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> Sequence[RateQuote]:
        """Return every service that takes a parcel from a node to a destination; empty where none does."""
        ...


class StockView(Protocol):
    """What an order may take."""

    def cells(self, skus: Sequence[str]) -> Sequence[Cell]:
        """Return the cells of some SKUs, with their prices and credits."""
        ...


class NodeView(Protocol):
    """The nodes that may serve orders."""

    def nodes(self, at: datetime) -> Sequence[NodeFacts]:
        """Return the nodes as they stand at a moment."""
        ...
