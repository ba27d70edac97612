"""A node sends no more pieces than it can pick."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts, Parcel


def refuse(facts: Facts, node: NodeFacts, parcel: Parcel) -> str | None:
    """Refuse more pieces than the node can still take."""
    left = node.capacity_left
    if left is None or parcel.pieces <= left:
        return None
    return f"{node.id} can take {left} more pieces of its {node.capacity}, not {parcel.pieces}."
