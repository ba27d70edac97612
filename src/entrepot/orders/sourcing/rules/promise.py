"""A service that arrives after the promise is no service."""

from __future__ import annotations

from entrepot.orders.sourcing.facts import Facts, NodeFacts, RateQuote


def refuse(facts: Facts, node: NodeFacts, quote: RateQuote) -> str | None:
    """Refuse a service that arrives after the promise."""
    if facts.promised_at is None or quote.arrives_at is None or quote.arrives_at <= facts.promised_at:
        return None
    return (
        f"{quote.carrier} {quote.service} from {node.id} arrives {quote.arrives_at:%Y-%m-%d %H:%M}, "
        f"after the promised {facts.promised_at:%Y-%m-%d %H:%M}."
    )
