"""Why a candidate won: the one part of the cost, or the one rule, without which another would have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from entrepot.orders.sourcing.cost import CostParts
from entrepot.orders.sourcing.decision import Binding, Candidate
from entrepot.orders.sourcing.rules import LeftOut

_PARTS: Final = {
    "stock_price": "what its stock is worth to later orders",
    "refusal": "the chance of a refusal",
    "markdown": "the markdown it saves",
    "load": "the load of its nodes",
    "split": "the penalty for a further parcel",
    "handling": "its handling",
}
_RULES: Final = ("barred", "cut_off", "promise", "hazmat", "capacity", "no_service", "channel", "inactive")


def binding_of(candidates: Sequence[Candidate], left_out: Sequence[LeftOut]) -> Binding:
    """Tell what decided among the candidates that are kept.

    Parameters
    ----------
    candidates : sequence of Candidate
        Cheapest first.
    left_out : sequence of LeftOut
        Nodes that a rule kept out.

    Returns
    -------
    Binding
        The first of: nobody can serve the order; one part of the cost without which another candidate would be
        cheaper; the only candidate left, with the rule that left it alone; else the carriers' bills.
    """
    rules = [one for reason in _RULES for one in left_out if one.reason == reason]
    if not candidates:
        why = " ".join(one.message for one in rules[:3]) or "No node can send it whole."
        return Binding("no_candidate", f"No node set can serve the order. {why}")
    chosen = candidates[0]
    for part, words in _PARTS.items():
        other = min(candidates, key=lambda one: one.total - getattr(one.cost, part))
        if _without(other, part) < _without(chosen, part):
            return Binding(part, _sentence(chosen, other, part, words))
    if len(candidates) == 1 and rules:
        return Binding("rule", f"{_named(chosen)} is the only way left. {rules[0].message}")
    if len(candidates) == 1:
        return Binding("only_candidate", f"{_named(chosen)} is the only way to serve the order.")
    return Binding(
        "carrier", f"{_named(chosen)} is carried cheapest; {_named(candidates[1])} costs {_gap(candidates)} more."
    )


def _without(one: Candidate, part: str) -> int:
    return one.total - int(getattr(one.cost, part))


def _gap(candidates: Sequence[Candidate]) -> int:
    return candidates[1].total - candidates[0].total


def _named(one: Candidate) -> str:
    return " with ".join(one.nodes)


def _sentence(chosen: Candidate, other: Candidate, part: str, words: str) -> str:
    saved = _without(chosen, part) - _without(other, part)
    return (
        f"{_named(other)} would cost {saved} less but for {words}: "
        f"{_amount(other.cost, part)} there, {_amount(chosen.cost, part)} at {_named(chosen)}."
    )


def _amount(cost: CostParts, part: str) -> int:
    return int(getattr(cost, part))
