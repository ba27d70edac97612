"""Single sourcing: each want goes whole to one site that stands and has room; moves and exchanges make it cheaper."""

from __future__ import annotations

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Tier


def assign(tier: Tier, stands: Bools, guide: Floats | None = None) -> tuple[Integers, float]:
    """Assign wants to what stands; returns each one's site (-1 is none) and the cost (infinite when one has none).

    Parameters
    ----------
    tier : Tier
        The network.
    stands : ndarray of bool, shape (n_sites,)
        What stands.
    guide : ndarray, shape (n_sites,), optional
        Price of room by which the first assignment is led.
    """
    guide = np.zeros(len(tier.fixed)) if guide is None else guide
    sites = np.nonzero(stands)[0]
    scenario = np.repeat(np.arange(len(tier.begin) - 1), np.diff(tier.begin))
    cost = np.ascontiguousarray(tier.cost[sites])
    room = np.repeat(tier.capacity[sites][None], len(tier.begin) - 1, axis=0)
    chosen = _greedy(cost, tier.volume, scenario, room, guide[sites])
    if (chosen < 0).any():
        return np.where(chosen < 0, -1, sites[chosen]), np.inf
    _exchange(cost, tier.volume, scenario, room, chosen)
    total = float(cost[chosen, np.arange(len(chosen))].sum() + tier.fixed[sites].sum()) + tier.constant
    return sites[chosen], total


@numba.njit(cache=True, nogil=True)
def _greedy(cost: Floats, volume: Floats, scenario: Integers, room: Floats, guide: Floats) -> Integers:
    """Give the want that would lose most by waiting its best site that has room; by force of ejection at the end."""
    sites, wants = cost.shape
    chosen = np.full(wants, -1)
    regret = np.zeros(wants)
    best_site = np.full(wants, -2)
    for _ in range(wants):
        pick, most = -1, -1.0
        for j in range(wants):
            if chosen[j] >= 0:
                continue
            s = scenario[j]
            if best_site[j] == -2 or (best_site[j] >= 0 and room[s, best_site[j]] < volume[j]):
                first, second, site = np.inf, np.inf, -1
                for i in range(sites):
                    if room[s, i] >= volume[j]:
                        each = cost[i, j] + guide[i] * volume[j]
                        if each < first:
                            second, first, site = first, each, i
                        elif each < second:
                            second = each
                best_site[j] = site
                regret[j] = 1e15 + volume[j] if second == np.inf else second - first
            if best_site[j] >= 0 and regret[j] > most:
                most, pick = regret[j], j
        if pick < 0:
            break
        chosen[pick] = best_site[pick]
        room[scenario[pick], best_site[pick]] -= volume[pick]
    for j in range(wants):
        if chosen[j] < 0:
            _eject(cost, volume, scenario, room, chosen, j)
    return chosen


@numba.njit(cache=True, nogil=True)
def _eject(cost: Floats, volume: Floats, scenario: Integers, room: Floats, chosen: Integers, j: int) -> None:
    """Make room for a want by moving one other want elsewhere, at the least cost."""
    sites, wants = cost.shape
    s, best, mover, place = scenario[j], np.inf, -1, -1
    for k in range(wants):
        i = chosen[k]
        if i < 0 or scenario[k] != s or room[s, i] + volume[k] < volume[j] or cost[i, j] == np.inf:
            continue
        for other in range(sites):
            if other != i and room[s, other] >= volume[k]:
                extra = cost[other, k] - cost[i, k] + cost[i, j]
                if extra < best:
                    best, mover, place = extra, k, other
    if mover >= 0:
        i = chosen[mover]
        room[s, i] += volume[mover] - volume[j]
        room[s, place] -= volume[mover]
        chosen[mover], chosen[j] = place, i


@numba.njit(cache=True, nogil=True)
def _exchange(cost: Floats, volume: Floats, scenario: Integers, room: Floats, chosen: Integers) -> None:
    """Move a want, or exchange two, as long as it saves."""
    sites, wants = cost.shape
    better = True
    while better:
        better = False
        for j in range(wants):
            s, here = scenario[j], chosen[j]
            for i in range(sites):
                if room[s, i] >= volume[j] and cost[i, j] < cost[here, j] - 1e-9:
                    room[s, here] += volume[j]
                    room[s, i] -= volume[j]
                    chosen[j] = here = i
                    better = True
            for k in range(j + 1, wants):
                there = chosen[k]
                if there == here or scenario[k] != s:
                    continue
                saved = cost[here, j] + cost[there, k] - cost[there, j] - cost[here, k]
                more = volume[k] - volume[j]
                if saved > 1e-9 and room[s, here] >= more and room[s, there] >= -more:
                    room[s, here] -= more
                    room[s, there] += more
                    chosen[j], chosen[k] = there, here
                    here = there
                    better = True
