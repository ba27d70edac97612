"""What each site takes at given prices of the wants: a knapsack each, continuous or whole, of the cheapest lanes.

Lanes of a want lie in order of cost, so that only those below its price are looked at: some of a hundred sites.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats

WHOLE_UNITS: Final = 20_000
"""Whole knapsacks are solved up to this capacity; above it the continuous ones, which bound them."""


@dataclass(frozen=True)
class Offers:
    """Sites of each want, cheapest first, and tables in which each site notes what it takes.

    Parameters
    ----------
    site, cost : ndarray, shape (n_wants, n_sites)
        Sorted by cost.
    profit, want, share : ndarray, shape (n_sites, n_wants)
        Of what a site may take: overwritten by each call, so that no memory is asked for again and again.
    """

    site: Integers
    cost: Floats
    profit: Floats
    want: Integers
    share: Floats

    @classmethod
    def of(cls, cost: Floats) -> Offers:
        """Sort a table of sites x wants."""
        order = np.argsort(cost, axis=0, kind="stable")
        table = np.ascontiguousarray(np.take_along_axis(cost, order, axis=0).T)
        return cls(
            np.ascontiguousarray(order.T),
            table,
            np.zeros(cost.shape),
            np.zeros(cost.shape, np.int64),
            np.zeros(cost.shape),
        )


@numba.njit(cache=True, nogil=True)
def fill(
    site: Integers, cost: Floats, profit: Floats, want: Integers, share: Floats, capacity: Floats, volume: Floats,
    units: Integers, begin: Integers, price: Floats, is_whole: bool, may_stand: Bools,
) -> tuple[Floats, Floats, Integers]:  # fmt: skip
    """Fill every site with what pays best in each scenario.

    Returns
    -------
    worth : ndarray, shape (n_sites,)
        What all it takes pays above its cost.
    rent : ndarray, shape (n_sites, n_scenarios)
        What a unit more of capacity would be worth.
    many : ndarray, shape (n_sites,)
        How many wants pay, so many columns of the tables are filled.
    """
    sites = len(capacity)
    worth, many = np.zeros(sites), np.zeros(sites, np.int64)
    rent = np.zeros((sites, len(begin) - 1))
    load, first = np.empty(sites), np.empty(sites, np.int64)
    for s in range(len(begin) - 1):
        load[:] = 0.0
        first[:] = many
        for j in range(begin[s], begin[s + 1]):
            for k in range(sites):
                gain = price[j] - cost[j, k]
                if gain <= 0:
                    break
                i = site[j, k]
                if may_stand[i]:
                    profit[i, many[i]] = gain
                    want[i, many[i]] = j
                    share[i, many[i]] = 1.0
                    load[i] += volume[j]
                    many[i] += 1
        for i in range(sites):
            a, b = first[i], many[i]
            if load[i] <= capacity[i]:
                worth[i] += profit[i, a:b].sum()
            elif is_whole and capacity[i] <= WHOLE_UNITS:
                worth[i] += _whole(profit[i, a:b], want[i, a:b], units, int(capacity[i]), share[i, a:b])
            else:
                total, rent[i, s] = _continuous(profit[i, a:b], want[i, a:b], volume, capacity[i], share[i, a:b])
                worth[i] += total
    return worth, rent, many


@numba.njit(cache=True, nogil=True)
def unmet(want: Integers, share: Floats, many: Integers, chosen: Floats, wants: int) -> Floats:
    """Return what share of each want the chosen sites leave; negative where they take it more than once."""
    left = np.ones(wants)
    for i in range(len(many)):
        if chosen[i] > 0:
            for k in range(many[i]):
                left[want[i, k]] -= chosen[i] * share[i, k]
    return left


@numba.njit(cache=True, nogil=True)
def _continuous(
    profit: Floats, want: Integers, volume: Floats, capacity: float, share: Floats
) -> tuple[float, float]:  # fmt: skip
    rate = np.empty(len(profit))
    for k in range(len(profit)):
        rate[k] = profit[k] / volume[want[k]] if volume[want[k]] > 0 else np.inf
    worth, left, rent = 0.0, capacity, 0.0
    share[:] = 0.0
    for k in np.argsort(-rate):
        size = volume[want[k]]
        share[k] = 1.0 if size <= left else left / size
        worth += share[k] * profit[k]
        left -= share[k] * size
        if left <= 0 and size > 0:
            rent = rate[k]
            break
    return worth, rent


@numba.njit(cache=True, nogil=True)
def _whole(profit: Floats, want: Integers, units: Integers, capacity: int, share: Floats) -> float:
    """Solve a 0-1 knapsack by dynamic programming over its volume."""
    many = len(profit)
    best = np.zeros(capacity + 1)
    used = np.zeros((many, capacity + 1), np.bool_)
    for k in range(many):
        size, gain = units[want[k]], profit[k]
        for room in range(capacity, size - 1, -1):
            other = best[room - size] + gain
            if other > best[room]:
                best[room] = other
                used[k, room] = True
    room = capacity
    for k in range(many - 1, -1, -1):
        share[k] = 0.0
        if used[k, room]:
            share[k] = 1.0
            room -= units[want[k]]
    return float(best[capacity])
