"""Goods that must leave by a time cannot wait for a later departure."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts, RateQuote


def refuse(facts: Facts, node: NodeFacts, quote: RateQuote) -> str | None:
    """Refuse a service whose next departure is after the order must leave."""
    if facts.leave_by is None or quote.leaves_at is None or quote.leaves_at <= facts.leave_by:
        return None
    return (
        f"{quote.carrier} {quote.service} leaves {node.id} next at {quote.leaves_at:%Y-%m-%d %H:%M}; "
        f"the order must leave by {facts.leave_by:%Y-%m-%d %H:%M}."
    )
