"""How often a node takes what it is asked: learned from its answers, and weighed in every candidate's cost.

A store's answers are Bernoulli trials; the prior is a beta distribution around the rate of all stores together, so a
store nobody has asked yet counts as an average one.

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 2.4 (beta-binomial).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.orders.sourcing.facts import Policy

PRIOR_ANSWERS: Final = 10.0
PRIOR_RATE: Final = 0.9
_UNREACHED: Final = 1 << 49


class Answers(NamedTuple):
    """What a node answered: times it took an order, times it did not (refused or too late)."""

    accepted: int = 0
    refused: int = 0


def learn(answers: Mapping[str, Answers]) -> dict[str, float]:
    """Estimate each node's acceptance rate.

    Parameters
    ----------
    answers : mapping of node to Answers
        What was counted.

    Returns
    -------
    dict of node to float
        Posterior mean, in (0, 1).

    Notes
    -----
    ``(PRIOR_ANSWERS * pooled + accepted) / (PRIOR_ANSWERS + accepted + refused)``, where ``pooled`` is the rate of
    all nodes together, itself drawn towards `PRIOR_RATE` by as many answers.

    Examples
    --------
    >>> rates = learn({"S-1": Answers(40, 0), "S-2": Answers(0, 0)})
    >>> round(rates["S-1"], 3), round(rates["S-2"], 3)
    (0.996, 0.98)
    """
    accepted = sum(one.accepted for one in answers.values())
    refused = sum(one.refused for one in answers.values())
    pooled = (PRIOR_ANSWERS * PRIOR_RATE + accepted) / (PRIOR_ANSWERS + accepted + refused)
    return {
        node: (PRIOR_ANSWERS * pooled + one.accepted) / (PRIOR_ANSWERS + one.accepted + one.refused)
        for node, one in answers.items()
    }


def expected_refusal(total: int, asked: Iterable[tuple[float, int]], policy: Policy) -> int:
    """Return what refusals add to one node set's cost, as `expected_refusals` does.

    Parameters
    ----------
    total : int
        Its cost if everybody accepts.
    asked : iterable of (float, int)
        For each of its nodes the chance that it accepts, and the cost of the cheapest set without it.
    policy : Policy
        What a refusal costs in itself.
    """
    added = 0.0
    for rate, instead in asked:
        if rate < 1:
            recourse = policy.lost_cost if instead >= _UNREACHED else max(instead - total, 0)
            added += (1 - rate) * (policy.refusal_cost + recourse)
    return math.floor(added + 0.5)


def expected_refusals(
    totals: NDArray[np.int64], used: NDArray[np.bool_], acceptance: Sequence[float], policy: Policy
) -> NDArray[np.int64]:
    """Return what refusals add to each node set's cost, on average.

    Parameters
    ----------
    totals : array of int, shape (n_sets,)
        Cost of each set if everybody accepts.
    used : array of bool, shape (n_nodes, n_sets)
        Which nodes a set asks.
    acceptance : sequence of float, shape (n_nodes,)
        Chance that a node accepts.
    policy : Policy
        What a refusal costs in itself.

    Returns
    -------
    array of int, shape (n_sets,)
        Minor units, half up.

    Notes
    -----
    One step of recourse: with chance ``1 - a`` the node refuses, which costs `Policy.refusal_cost` and the way from
    this set to the cheapest one without the node (`Policy.lost_cost` where there is none).
    """
    added = np.zeros(totals.shape, dtype=np.float64)
    for node, rate in enumerate(acceptance):
        if rate >= 1:
            continue
        others = totals[~used[node]]
        instead = int(others.min()) if others.size else _UNREACHED
        if instead >= _UNREACHED:
            recourse = np.full(totals.shape, float(policy.lost_cost))
        else:
            recourse = np.maximum(instead - totals, 0).astype(np.float64)
        added += np.where(used[node], (1 - rate) * (policy.refusal_cost + recourse), 0.0)
    rounded: NDArray[np.int64] = np.floor(added + 0.5).astype(np.int64)
    return rounded
