"""Local search over which sites stand, without capacities: open, close and exchange, best change first.

Every want goes to the cheapest site that stands, and remembers the second cheapest, so one pass over the table prices
all exchanges (Whitaker 1983; Resende and Werneck 2007).
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Tier

HUGE: Final = 1e15
"""What an unmet want costs while searching: finite, so that differences of it are numbers."""


def improve(tier: Tier, stands: Bools, passes: int = 1_000) -> tuple[Bools, float]:
    """Change sites as long as it pays; returns what stands, and the cost of it (infinite when a want is not met)."""
    least = max(tier.least, 1)
    found = stands.copy()
    cost = _improve(tier.cost, tier.fixed, found, tier.may_stand, tier.must_stand, least, tier.most, passes)
    return found, float(cost) + tier.constant


def shaken(stands: Bools, tier: Tier, random: np.random.Generator, many: int) -> Bools:
    """Exchange some sites at random, and leave those that are settled."""
    found = stands.copy()
    inside = np.nonzero(found & ~tier.must_stand)[0]
    outside = np.nonzero(~found & tier.may_stand)[0]
    many = min(many, len(inside), len(outside))
    if many:
        found[random.choice(inside, many, replace=False)] = False
        found[random.choice(outside, many, replace=False)] = True
    return found


def start(tier: Tier) -> Bools:
    """Return what is settled, and of the rest as few as may be, in order."""
    found = tier.must_stand.copy()
    for k in np.nonzero(tier.may_stand & ~found)[0]:
        if found.sum() >= max(tier.least, 1):
            break
        found[k] = True
    return found


@numba.njit(cache=True, nogil=True)
def _nearest(cost: Floats, stands: Bools, first: Integers, first_cost: Floats, second_cost: Floats) -> None:
    sites, wants = cost.shape
    first[:] = -1
    first_cost[:] = HUGE
    second_cost[:] = HUGE
    for i in range(sites):
        if stands[i]:
            for j in range(wants):
                each = cost[i, j]
                if each < first_cost[j]:
                    second_cost[j] = first_cost[j]
                    first_cost[j] = each
                    first[j] = i
                elif each < second_cost[j]:
                    second_cost[j] = each


@numba.njit(cache=True, nogil=True)
def _improve(
    cost: Floats, fixed: Floats, stands: Bools, may_stand: Bools, must_stand: Bools, least: int, most: int, passes: int
) -> float:
    wants = cost.shape[1]
    first = np.empty(wants, np.int64)
    first_cost = np.empty(wants)
    second_cost = np.empty(wants)
    for _ in range(passes):
        _nearest(cost, stands, first, first_cost, second_cost)
        gain, opened, closed = _best_change(
            cost, fixed, stands, may_stand, must_stand, least, most, first, first_cost, second_cost
        )
        if gain <= 1e-9 * max(1.0, first_cost.sum()):
            break
        if opened >= 0:
            stands[opened] = True
        if closed >= 0:
            stands[closed] = False
    _nearest(cost, stands, first, first_cost, second_cost)
    total = first_cost.sum()
    if total >= HUGE:
        return np.inf
    return float(total + (fixed * stands).sum())


@numba.njit(cache=True, nogil=True)
def _best_change(
    cost: Floats, fixed: Floats, stands: Bools, may_stand: Bools, must_stand: Bools, least: int, most: int,
    first: Integers, first_cost: Floats, second_cost: Floats,
) -> tuple[float, int, int]:  # fmt: skip
    """Return the best gain, the site to open and the site to close, -1 for none."""
    sites, wants = cost.shape
    count = stands.sum()
    loss = np.zeros(sites)
    for j in range(wants):
        if first[j] >= 0:
            loss[first[j]] += second_cost[j] - first_cost[j]
    best, opened, closed = 0.0, -1, -1
    if count > least:
        for i in range(sites):
            if stands[i] and not must_stand[i] and fixed[i] - loss[i] > best:
                best, closed = fixed[i] - loss[i], i
    extra = np.zeros(sites)
    for i in range(sites):
        if stands[i] or not may_stand[i]:
            continue
        gain = -fixed[i]
        extra[:] = 0.0
        for j in range(wants):
            each = cost[i, j]
            if each < first_cost[j]:
                gain += first_cost[j] - each
                if first[j] >= 0:
                    extra[first[j]] += second_cost[j] - first_cost[j]
            elif each < second_cost[j] and first[j] >= 0:
                extra[first[j]] += second_cost[j] - each
        if count < most and gain > best:
            best, opened, closed = gain, i, -1
        for r in range(sites):
            if stands[r] and not must_stand[r]:
                both = gain + fixed[r] - loss[r] + extra[r]
                if both > best:
                    best, opened, closed = both, i, r
    return best, opened, closed
