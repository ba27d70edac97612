"""Bounds of one tier of sites: each want has a price, and each site takes what pays best within its capacity.

The wants' equations are relaxed (Geoffrion 1974; Beasley 1993); a site's small problem is a knapsack, continuous for
split and whole for single sourcing, so that single sourcing gets a bound above the linear program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats, Model

MARGIN: Final = 1e-11
"""Taken off a bound, of all that was added up: above what doubles lose in sums of a million terms."""
WHOLE_UNITS: Final = 20_000
"""Whole knapsacks are solved up to this capacity; above it the continuous ones, which bound them."""


@dataclass(frozen=True)
class Tier:
    """A model of one tier as a dense table; cost is infinite where there is no lane."""

    cost: Floats
    fixed: Floats
    capacity: Floats
    volume: Floats
    units: Integers
    begin: Integers
    may_stand: Bools
    must_stand: Bools
    least: int
    most: int
    constant: float


@dataclass(frozen=True)
class Relaxed:
    """The relaxation at some prices: its value, each site's reduced cost, what it takes, the choice, what is unmet."""

    bound: float
    reduced: Floats
    taken: Floats
    chosen: Floats
    gradient: Floats


def is_one_tier(model: Model) -> bool:
    """Tell whether a model is one tier: no links, budget, costs of carrying, limits by class, weight or level."""
    problem = model.problem
    return (
        problem.depth == 1
        and problem.is_plain
        and not np.isfinite(model.class_capacity).any()
        and not np.isfinite(model.weight_capacity).any()
        and problem.budget is None
        and all(one.level is None for one in problem.limits)
    )


def tier_of(model: Model) -> Tier:
    """Lay a model of one tier out as a table of sites x wants."""
    many = len(model.quantity)
    cost = np.full((len(model.fixed), many), np.inf)
    cost[model.origin, model.want] = model.cost
    units = (model.quantity * np.array([one.volume for one in model.problem.classes])[model.product]).astype(np.int64)
    begin = np.searchsorted(model.scenario, np.arange(len(model.problem.scenarios) + 1)).astype(np.int64)
    least, most = model.least, model.most
    return Tier(
        np.ascontiguousarray(cost),
        model.fixed,
        model.capacity,
        units.astype(float),
        units,
        begin,
        model.may_stand,
        model.must_stand,
        least,
        most,
        model.constant,
    )


def relax(tier: Tier, price: Floats, is_whole: bool) -> Relaxed:
    """Solve the relaxation at given prices of the wants."""
    worth, taken = _knapsacks(
        tier.cost, tier.capacity, tier.volume, tier.units, tier.begin, price, is_whole, tier.may_stand
    )
    reduced = tier.fixed - worth
    chosen, beyond = _choose(tier, reduced)
    value = float(price.sum() + chosen @ reduced)
    size = float(np.abs(price).sum() + chosen @ (np.abs(tier.fixed) + worth))
    return Relaxed(
        value + tier.constant - MARGIN * size, beyond, taken, chosen, 1.0 - np.asarray(chosen @ taken, dtype=float)
    )


def _choose(tier: Tier, reduced: Floats) -> tuple[Floats, Floats]:
    """Choose the sites that stand in the relaxation: those that pay, then as many or as much as must.

    Returns the choice, and what each site costs beyond the price of the rule that binds: by the magnitude of it the
    bound rises when the site is settled the other way.
    """
    chosen = (tier.must_stand | (reduced < 0) & tier.may_stand).astype(float)
    order = [int(k) for k in np.argsort(reduced, kind="stable") if tier.may_stand[k] and not tier.must_stand[k]]
    if tier.least > 0 or tier.most < len(reduced):
        return _choose_many(tier, reduced, chosen, order)
    needed = max(float(tier.volume[a:b].sum()) for a, b in zip(tier.begin[:-1], tier.begin[1:], strict=True))
    return cover(needed, tier.capacity, reduced, chosen, tier.may_stand)


def cover(needed: float, room: Floats, reduced: Floats, chosen: Floats, may_stand: Bools) -> tuple[Floats, Floats]:
    """Let more sites stand, cheapest by room first and the last in part, until what is needed has room.

    Parameters
    ----------
    needed : float
        Room all that stands must have together.
    room, reduced : ndarray, shape (n_sites,)
        Capacity, and fixed cost less what the site earns.
    chosen : ndarray, shape (n_sites,)
        1 where a site stands already; changed in place.
    may_stand : ndarray of bool, shape (n_sites,)

    Returns
    -------
    chosen, reduced : ndarray, shape (n_sites,)
        What stands, and the costs less the price of the room each gives.
    """
    room = np.minimum(room, needed)
    left, price = needed - float(chosen @ room), 0.0
    rest = [k for k in range(len(room)) if may_stand[k] and not chosen[k] and room[k] > 0]
    for k in sorted(rest, key=lambda k: (reduced[k] / room[k], k)) if left > 1e-9 * needed else ():
        chosen[k] = min(1.0, left / room[k])
        left -= chosen[k] * room[k]
        price = reduced[k] / room[k]
        if left <= 1e-9 * needed:
            break
    return chosen, reduced - price * room


def _choose_many(tier: Tier, reduced: Floats, chosen: Floats, order: list[int]) -> tuple[Floats, Floats]:
    settled = int(tier.must_stand.sum())
    wanted = sum(reduced[k] < 0 for k in order)
    many = min(max(wanted, tier.least - settled, 0), max(tier.most - settled, 0), len(order))
    chosen[order] = 0.0
    chosen[order[:many]] = 1.0
    price = 0.0
    if many > wanted:  # the dearest that had to be taken sets the price of standing
        price = float(reduced[order[many - 1]])
    elif many < wanted:
        price = float(reduced[order[many]])
    return chosen, reduced - price


@numba.njit(cache=True)
def _knapsacks(
    cost: Floats, capacity: Floats, volume: Floats, units: Integers, begin: Integers, price: Floats, is_whole: bool,
    may_stand: Bools,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return each site's best worth, and the share of each want it takes for it."""
    sites, wants = cost.shape
    worth = np.zeros(sites)
    taken = np.zeros((sites, wants))
    profit = np.empty(wants)
    item = np.empty(wants, np.int64)
    for i in range(sites):
        if not may_stand[i]:
            continue
        for s in range(len(begin) - 1):
            many, load, total = 0, 0.0, 0.0
            for j in range(begin[s], begin[s + 1]):
                gain = price[j] - cost[i, j]
                if gain > 0:
                    profit[many] = gain
                    item[many] = j
                    many += 1
                    load += volume[j]
                    total += gain
            if load <= capacity[i]:
                for k in range(many):
                    taken[i, item[k]] = 1.0
                worth[i] += total
            elif is_whole and capacity[i] <= WHOLE_UNITS:
                worth[i] += _whole(profit[:many], item[:many], units, int(capacity[i]), taken[i])
            else:
                worth[i] += _continuous(profit[:many], item[:many], volume, capacity[i], taken[i])
    return worth, taken


@numba.njit(cache=True)
def _continuous(profit: Floats, item: Integers, volume: Floats, capacity: float, taken: Floats) -> float:
    rate = np.empty(len(profit))
    for k in range(len(profit)):
        rate[k] = profit[k] / max(volume[item[k]], 1e-12)
    worth, left = 0.0, capacity
    for k in np.argsort(-rate):
        size = volume[item[k]]
        share = 1.0 if size <= left else left / size
        taken[item[k]] = share
        worth += share * profit[k]
        left -= share * size
        if left <= 0:
            break
    return worth


@numba.njit(cache=True)
def _whole(profit: Floats, item: Integers, units: Integers, capacity: int, taken: Floats) -> float:
    """Solve a 0-1 knapsack by dynamic programming over its volume."""
    many = len(profit)
    best = np.zeros(capacity + 1)
    used = np.zeros((many, capacity + 1), np.bool_)
    for k in range(many):
        size, gain = units[item[k]], profit[k]
        for room in range(capacity, size - 1, -1):
            other = best[room - size] + gain
            if other > best[room]:
                best[room] = other
                used[k, room] = True
    room = capacity
    for k in range(many - 1, -1, -1):
        if used[k, room]:
            taken[item[k]] = 1.0
            room -= units[item[k]]
    return float(best[capacity])
