"""Hard rules: what no price can buy. One file each; a rule returns why it refuses, or None.

`NODE_RULES` look at the node alone, `PARCEL_RULES` at what it would send, `SERVICE_RULES` at how, each in the sequence
in which it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from entrepot.orders.sourcing.facts import Facts, NodeFacts, Parcel, RateQuote
from entrepot.orders.sourcing.rules import barred, capacity, channel, cut_off, hazmat, inactive, promise

NodeRule: TypeAlias = Callable[[Facts, NodeFacts], str | None]
ParcelRule: TypeAlias = Callable[[Facts, NodeFacts, Parcel], str | None]
ServiceRule: TypeAlias = Callable[[Facts, NodeFacts, RateQuote], str | None]

NODE_RULES: Final[dict[str, NodeRule]] = {
    "inactive": inactive.refuse,
    "barred": barred.refuse,
    "channel": channel.refuse,
}
PARCEL_RULES: Final[dict[str, ParcelRule]] = {"hazmat": hazmat.refuse, "capacity": capacity.refuse}
SERVICE_RULES: Final[dict[str, ServiceRule]] = {"cut_off": cut_off.refuse, "promise": promise.refuse}
REASONS: Final = (*NODE_RULES, "stock", *PARCEL_RULES, "no_service", *SERVICE_RULES, "dominated")
"""Why a node is left out, the first that holds: a rule's name, no stock, no carrier, another node that does better."""


class LeftOut(NamedTuple):
    """A node that was not considered, with its reason (one of `REASONS`) and a sentence."""

    node: str
    reason: str
    message: str


def node_refusal(facts: Facts, node: NodeFacts) -> LeftOut | None:
    """Return the first rule about the node alone that leaves it out."""
    for reason, rule in NODE_RULES.items():
        message = rule(facts, node)
        if message is not None:
            return LeftOut(node.id, reason, message)
    return None


def parcel_refusal(facts: Facts, node: NodeFacts, parcel: Parcel) -> LeftOut | None:
    """Return the first rule about a parcel that keeps the node from sending it."""
    for reason, rule in PARCEL_RULES.items():
        message = rule(facts, node, parcel)
        if message is not None:
            return LeftOut(node.id, reason, message)
    return None


def service_refusal(facts: Facts, node: NodeFacts, quote: RateQuote) -> LeftOut | None:
    """Return the first rule about a service that keeps it from being used."""
    for reason, rule in SERVICE_RULES.items():
        message = rule(facts, node, quote)
        if message is not None:
            return LeftOut(node.id, reason, message)
    return None
