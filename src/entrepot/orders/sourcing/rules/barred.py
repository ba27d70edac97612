"""A node that refused an order is not asked for it again."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts


def refuse(facts: Facts, node: NodeFacts) -> str | None:
    """Refuse a node that was asked for this order before and did not take it."""
    return f"{node.id} did not take this order when it was asked." if node.id in facts.barred else None
