"""A closed node sends nothing."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts


def refuse(facts: Facts, node: NodeFacts) -> str | None:
    """Refuse a node that does not work."""
    return None if node.is_active else f"{node.id} is not active."
