"""What a sourcing decision says: who sends what, at which cost, what else there was, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from entrepot.orders.sourcing.cost import CostParts
from entrepot.orders.sourcing.facts import RateQuote
from entrepot.orders.sourcing.rules import LeftOut

VERSION: Final = "sourcing/2"
"""Of the rules and the cost model; raise it when the same facts may get another answer."""

BINDING: Final = (
    "short", "no_candidate", "rule", "stock_price", "refusal", "markdown", "load", "split", "handling",
    "only_candidate", "carrier", "batch",
)  # fmt: skip
"""Why the choice is what it is, the first that holds; ``batch`` where orders that waited were decided together."""


class Pick(NamedTuple):
    """Pieces of an order line that one node sends."""

    line: str
    sku: str
    qty: int


class Share(NamedTuple):
    """What one node sends.

    Parameters
    ----------
    node : str
        Who.
    picks : tuple of Pick
        What.
    quote : RateQuote
        How, when, and what the carrier asks.
    cost : CostParts
        Its parts; the split penalty and refusals stand with the candidate.
    """

    node: str
    picks: tuple[Pick, ...]
    quote: RateQuote
    cost: CostParts


class Candidate(NamedTuple):
    """One way to serve the whole order.

    Parameters
    ----------
    nodes : tuple of str
        Who would send.
    total : int
        What it would cost, in minor units.
    cost : CostParts
        The parts of that.
    shares : tuple of Share
        Who sends what.
    """

    nodes: tuple[str, ...]
    total: int
    cost: CostParts
    shares: tuple[Share, ...]


class Binding(NamedTuple):
    """What decided, one of `BINDING`, with a sentence."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one set of facts.

    Parameters
    ----------
    order : str
        The order.
    at : datetime
        When it was decided.
    position : tuple of int
        Position of the log the facts were read at.
    version : str
        `VERSION` of the rules.
    price_run : int or None
        Solution the stock prices are of.
    chosen : Candidate or None
        The cheapest candidate; None when nobody can serve the order.
    candidates : tuple of Candidate
        The cheapest ones, the chosen first; one that costs no less than a part of its own nodes is left out.
    left_out : tuple of LeftOut
        Nodes that were not considered, with reasons.
    binding : Binding
        What decided.
    gap_to_runner_up : int or None
        How much dearer the second candidate is.
    bound : int
        No assignment costs less; equal to the chosen total when the search was exact.
    is_exact : bool
        Whether it is proven that no assignment costs less.
    """

    order: str
    at: datetime
    position: tuple[int, int]
    version: str
    price_run: int | None
    chosen: Candidate | None
    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    binding: Binding
    gap_to_runner_up: int | None
    bound: int
    is_exact: bool

    @property
    def runner_up(self) -> Candidate | None:
        """The second cheapest candidate."""
        return self.candidates[1] if len(self.candidates) > 1 else None
