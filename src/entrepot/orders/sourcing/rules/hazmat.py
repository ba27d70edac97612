"""Dangerous goods leave only from nodes that may handle them."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts, Parcel


def refuse(facts: Facts, node: NodeFacts, parcel: Parcel) -> str | None:
    """Refuse dangerous goods at a node that may not handle them."""
    return f"{node.id} may not handle dangerous goods." if parcel.is_hazmat and not node.takes_hazmat else None
