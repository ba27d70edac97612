"""Sourcing: which nodes send an order, by cost with the stock's own price in it."""

from entrepot.orders.sourcing.acceptance import Answers, learn
from entrepot.orders.sourcing.decide import decide
from entrepot.orders.sourcing.decision import VERSION, Binding, Candidate, Decision, Pick, Share
from entrepot.orders.sourcing.facts import Cell, Destination, Facts, Item, NodeFacts, Open, Parcel, Policy, RateQuote
from entrepot.orders.sourcing.network import Lane, Network, Profile
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.prices import Priced, PriceModel

__all__ = [
    "VERSION", "Answers", "Binding", "Candidate", "Cell", "Decision", "Destination", "Facts", "Item", "Lane",
    "Network", "NodeFacts", "Open", "Parcel", "Pick", "Policy", "PriceModel", "Priced", "Profile", "RateQuote", "Rates",
    "Share", "decide", "learn",
]  # fmt: skip
