"""Single sourcing on sites that are settled: two sites divide what they have among them anew, exactly, again and again.

Of all divisions the one that costs least is taken, by a dynamic program over room; costs are shaken, less and less, so
that divisions are drawn as annealing would draw them (perturb and maximise, Papandreou and Yuille 2011). Where sites
are filled to the last unit, moves and exchanges of one or two wants hardly ever fit; here thousands of divisions do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Tier

WARM: Final = 0.5
COLD: Final = 0.01
"""How much costs are shaken at the beginning and the end, in what a want's second cheapest site costs more."""
NEAR: Final = 5
"""So many of its cheapest sites are near to a want;"""
FAR: Final = 0.2
"""so often any other site is looked at."""
WANTS: Final = 24
"""Wants at most that two sites divide at once."""
UNITS: Final = 2_000
"""Units of room at most in which the largest site is counted."""


@dataclass(frozen=True)
class Parcels:
    """Wants and sites of a tier in whole units of room: rounded up and down where there were too many units.

    Parameters
    ----------
    units : ndarray of int, shape (n_wants,)
    room : ndarray of int, shape (n_sites,)
    """

    units: Integers
    room: Integers

    @classmethod
    def of(cls, tier: Tier) -> Parcels:
        """Count a tier's units."""
        total = int(tier.units.sum())
        grain = max(int(np.gcd.reduce(tier.units)), 1)
        most = float(np.minimum(tier.capacity, total).max(initial=0.0)) / grain
        grain *= max(1, int(np.ceil(most / UNITS)))
        room = np.floor(np.minimum(tier.capacity, total) / grain).astype(np.int64)
        return cls(-(-tier.units // grain), room)


class Division(NamedTuple):
    """Wants of each site, the first `many` of its row; room that is left; and the site of each want."""

    wants: Integers
    many: Integers
    left: Integers
    home: Integers


def divide(tier: Tier, parcels: Parcels, stands: Bools, rounds: int, seed: int) -> tuple[Integers, float]:
    """Assign wants to what stands, in so many rounds for each scenario.

    Returns the site of each want (-1 is none) and the cost (infinite when there was too little room).
    """
    sites, wants = np.nonzero(stands)[0], len(tier.units)
    chosen, room = np.full(wants, -1), parcels.room[sites]
    for a, b in zip(tier.begin[:-1], tier.begin[1:], strict=True):
        units = parcels.units[a:b]
        if a == b:
            continue
        if units.sum() > room.sum() or not len(sites):
            return np.full(wants, -1), np.inf
        found, least = _divided(_passable(tier.cost[sites, a:b]), units, room, rounds, seed)
        if not np.isfinite(least):
            return np.full(wants, -1), np.inf
        chosen[a:b] = sites[found]
    total = tier.cost[chosen, np.arange(wants)].sum() + tier.fixed[sites].sum()
    return chosen, float(total) + tier.constant


def _passable(cost: Floats) -> Floats:
    """Price lanes that are not there above any plan, so that sums remain finite."""
    finite = np.isfinite(cost)
    return np.ascontiguousarray(np.where(finite, cost, 1.0 + 2.0 * np.where(finite, np.abs(cost), 0.0).sum()))


def _divided(cost: Floats, units: Integers, room: Integers, rounds: int, seed: int) -> tuple[Integers, float]:
    """Divide the wants of one scenario among sites."""
    order = np.argsort(cost, axis=0, kind="stable")
    if len(room) == 1:
        return order[0], float(cost.sum())
    first, second = (np.take_along_axis(cost, order[k : k + 1], axis=0)[0] for k in range(2))
    spread = max(float(np.median(second - first)), 1e-9 * float(np.abs(first).mean()), 1e-12)
    near = np.ascontiguousarray(order[:NEAR].T)
    of_unit = spread / (float(units.mean()) or 1.0)
    return _anneal(cost, units, room, near, rounds, WARM * spread, COLD * spread, of_unit, seed)


@numba.njit(cache=True, nogil=True)
def _anneal(
    cost: Floats, units: Integers, room: Integers, near: Integers, rounds: int, warm: float, cold: float, price: float,
    seed: int,
) -> tuple[Integers, float]:  # fmt: skip
    """Begin with every want at its cheapest site; each round two sites divide what they have.

    Room beyond what a site has costs a price, which rises while some is used and falls while none is.
    """
    np.random.seed(seed)
    sites, wants = cost.shape
    at = Division(np.zeros((sites, wants), np.int64), np.zeros(sites, np.int64), room.copy(), near[:, 0].copy())
    total = 0.0
    for j in range(wants):
        _give(at, j, at.home[j], units)
        total += cost[at.home[j], j]
    over = -np.minimum(at.left, 0).sum()
    best, least = at.home.copy(), total if over == 0 else np.inf
    free, gain = np.empty(WANTS, np.int64), np.empty(WANTS)
    table = np.empty((WANTS + 1, np.sort(units)[::-1][:WANTS].sum() + 1))
    heat, cooler = warm, (cold / warm) ** (1.0 / rounds)
    for _ in range(rounds):
        heat *= cooler
        j = np.random.randint(wants)
        a, b = at.home[j], near[j, np.random.randint(near.shape[1])]
        if np.random.random() < FAR:
            b = np.random.randint(sites)
        if a == b:
            continue
        over += min(at.left[a], 0) + min(at.left[b], 0)
        many = _take(at, a, b, units, free)
        for k in range(many):
            luck = np.random.random()
            gain[k] = cost[a, free[k]] - cost[b, free[k]] + heat * np.log((luck + 1e-12) / (1.0 - luck + 1e-12))
            total -= cost[at.home[free[k]], free[k]]
        is_here = split(gain[:many], units[free[:many]], at.left[a], at.left[b], price, table)
        for k in range(many):
            _give(at, free[k], a if is_here[k] else b, units)
            total += cost[at.home[free[k]], free[k]]
        over -= min(at.left[a], 0) + min(at.left[b], 0)
        if over > 0:
            price *= 1.02
            continue
        price *= 0.98
        if total < least - 1e-9:
            least = total
            best[:] = at.home
    return best, least


@numba.njit(cache=True, nogil=True)
def _give(at: Division, want: int, site: int, units: Integers) -> None:
    """Give a want to a site."""
    at.wants[site, at.many[site]] = want
    at.many[site] += 1
    at.left[site] -= units[want]
    at.home[want] = site


@numba.njit(cache=True, nogil=True)
def _take(at: Division, a: int, b: int, units: Integers, free: Integers) -> int:
    """Take wants off two sites, all or as many as may be, by lot; returns how many."""
    both = at.many[a] + at.many[b]
    from_a = at.many[a] if both <= WANTS else at.many[a] * WANTS // both
    many = 0
    for site in (a, b):
        wanted = from_a if site == a else min(at.many[b], WANTS - from_a)
        for _ in range(wanted):
            k = np.random.randint(at.many[site])
            free[many] = at.wants[site, k]
            at.many[site] -= 1
            at.wants[site, k] = at.wants[site, at.many[site]]
            at.left[site] += units[free[many]]
            many += 1
    return many


@numba.njit(cache=True, nogil=True)
def split(gain: Floats, units: Integers, here: int, there: int, price: float, table: Floats) -> Bools:
    """Tell which items go to the first of two sites, at least cost.

    Parameters
    ----------
    gain : ndarray, shape (n_items,)
        What each costs more at the first site than at the second.
    units : ndarray of int, shape (n_items,)
    here, there : int
        Room of the two sites, perhaps less than nothing.
    price : float
        What a unit of room costs that is not there. Divisions that leave a site more than the largest item short
        while the other has room are not looked at.
    table : ndarray
        Space for (items + 1) x (all units + 1).
    """
    many, both, most = len(gain), int(units.sum()), int(units.max())
    low = max(min(here, both - there) - most, 0)
    high = min(max(here, both - there) + most, both)
    table[0, 0] = 0.0
    top = np.zeros(many + 1, np.int64)
    rest, done = both, 0
    for k in range(many):
        size, before, after = units[k], table[k], table[k + 1]
        rest -= size
        done += size
        bottom, top[k + 1] = max(low - rest, 0), min(done, high)
        for part in range(bottom, min(size, top[k + 1] + 1)):
            after[part] = before[part] if part <= top[k] else np.inf
        for part in range(max(bottom, size), min(top[k], top[k + 1]) + 1):
            after[part] = min(before[part], before[part - size] + gain[k])
        for part in range(max(bottom, size, top[k] + 1), top[k + 1] + 1):
            after[part] = before[part - size] + gain[k]
    part, least = -1, np.inf
    for one in range(low, high + 1):
        value = table[many, one] + price * (max(one - here, 0) + max(both - one - there, 0))
        if value < least:
            part, least = one, value
    is_here = np.zeros(many, np.bool_)
    for k in range(many - 1, -1, -1):
        size = units[k]
        if part >= size and (part > top[k] or table[k, part - size] + gain[k] < table[k, part]):
            is_here[k] = True
            part -= size
    return is_here
