"""A node may serve some channels alone."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts


def refuse(facts: Facts, node: NodeFacts) -> str | None:
    """Refuse a node that does not serve the order's channel."""
    if node.channels is None or facts.channel is None or facts.channel in node.channels:
        return None
    return f"{node.id} serves {', '.join(node.channels) or 'no channel'}, not {facts.channel}."
