"""Which sites stand at least cost with room for all demand: whole sites, so above what parts of sites would cost.

One row of capacities, which each relaxation keeps; that sites are whole in it lifts its bound above that of the linear
program (Cornuejols, Sridharan and Thizy 1991), most where few sites carry all.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats

CELLS: Final = 400_000
"""Cells of the table at most, sites x units of room: half a millisecond."""
FINEST: Final = 8_000
"""Units at most, where sites are few,"""
COARSEST: Final = 1_000
"""and at least, where they are many."""


def cover(
    needed: float, room: Floats, reduced: Floats, chosen: Floats, may_stand: Bools, must_stand: Bools | None = None
) -> tuple[Floats, Floats, float]:
    """Let more sites stand, those that cost least together, until what is needed has room.

    Parameters
    ----------
    needed : float
        Room all that stands must have together.
    room, reduced : ndarray, shape (n_sites,)
        Capacity, and fixed cost less what the site earns; what earns more than it costs stands already.
    chosen : ndarray, shape (n_sites,)
        1 where a site stands already; changed in place.
    may_stand : ndarray of bool, shape (n_sites,)
    must_stand : ndarray of bool, shape (n_sites,), optional
        When given, `beyond` is as large as can be told, which takes some times as long.

    Returns
    -------
    chosen, beyond : ndarray, shape (n_sites,)
        What stands, and by how much at least the cost rises when a site is turned over: negative where it stands.
    short : float
        By how much what stands costs less than all that has room: no less than the least cost is what both are.

    Notes
    -----
    Room is counted in units, upwards for sites and downwards for what is needed, so that no choice is left out; where
    that asks for so much less that sites which may stand in part cost more, these tell the least cost. What turning
    over costs is told by the price of room when sites may stand in part, less what whole sites cost above it; sharply,
    by joining what is cheapest before a site and what is cheapest after it, for each split of the room.
    """
    room = np.minimum(room, needed)
    left = needed - float(chosen @ room)
    rest = np.nonzero(may_stand & (chosen == 0) & (room > 0))[0]
    if left <= 1e-9 * needed or not len(rest):
        return chosen, reduced, 0.0
    rest = rest[np.argsort(reduced[rest] / room[rest], kind="stable")]
    in_parts, price = _in_parts(left, room[rest], reduced[rest])
    unit = _unit(left, len(rest))
    size, wanted = np.ceil(room[rest] / unit).astype(np.int64), int(left / unit)
    if size.sum() < wanted:
        chosen[rest] = 1.0
        return chosen, reduced - price * room, 0.0
    whole, taken = _least(reduced[rest], size, wanted)
    chosen[rest[taken]] = 1.0
    short = max(in_parts - whole, 0.0)
    beyond = reduced - price * room
    beyond = np.sign(beyond) * np.maximum(np.abs(beyond) - max(whole - in_parts, 0.0), 0.0)
    if must_stand is not None:
        sharp = _sharp(needed, room, reduced, chosen, must_stand, may_stand)
        sharp = np.sign(sharp) * np.maximum(np.abs(sharp) - short, 0.0)
        beyond = np.where(np.abs(sharp) > np.abs(beyond), sharp, beyond)
    return chosen, beyond, short


def _sharp(needed: float, room: Floats, reduced: Floats, chosen: Floats, must_stand: Bools, may_stand: Bools) -> Floats:
    """Return by how much the cost rises at least when each open site is turned over: negative where it stands."""
    free = np.nonzero(may_stand & ~must_stand)[0]
    left = needed - float(room[must_stand].sum())
    unit = _unit(left, len(free))
    size, wanted = np.ceil(room[free] / unit).astype(np.int64), int(left / unit)
    stands = chosen[free] > 0
    other = turned(reduced[free], size, wanted, stands)
    rise = np.maximum(other - float(chosen[free] @ reduced[free]), 0.0)
    found = np.zeros(len(room))
    found[free] = np.where(stands, -rise, rise)
    return found


def fewest(needed: float, room: Floats) -> int:
    """Return how many of the largest sites have room for what is needed; all and one more when they have not."""
    if needed <= 0:
        return 0
    return int(np.searchsorted(np.cumsum(np.sort(room)[::-1]), needed * (1 - 1e-9))) + 1


def _unit(left: float, many: int) -> float:
    """Return the unit in which room for so much is counted, with so many sites."""
    return max(1.0, left / min(max(CELLS // many, COARSEST), FINEST))


@numba.njit(cache=True, nogil=True)
def _in_parts(left: float, room: Floats, cost: Floats) -> tuple[float, float]:
    """Return the least cost when sites, sorted by their cost per room, may stand in part; and the price of room."""
    total, price = 0.0, 0.0
    for k in range(len(room)):
        price = cost[k] / room[k]
        if left <= room[k]:
            total += left * price
            break
        total += cost[k]
        left -= room[k]
    return total, price


@numba.njit(cache=True, nogil=True)
def _least(cost: Floats, size: Integers, wanted: int) -> tuple[float, Bools]:
    """Choose whole sites with so many units at least cost, by dynamic programming over the units."""
    many = len(cost)
    best, other = np.full(wanted + 1, np.inf), np.empty(wanted + 1)
    best[0] = 0.0
    used = np.zeros((many, wanted + 1), np.bool_)
    for k in range(many):
        step = min(size[k], wanted)
        for units in range(step + 1):
            used[k, units] = best[0] + cost[k] < best[units]
            other[units] = min(best[units], best[0] + cost[k])
        before, here, after, row = best[: wanted + 1 - step], best[step:], other[step:], used[k, step:]
        for units in range(1, len(before)):
            row[units] = before[units] + cost[k] < here[units]
            after[units] = min(here[units], before[units] + cost[k])
        best, other = other, best
    taken = np.zeros(many, np.bool_)
    units = wanted
    for k in range(many - 1, -1, -1):
        if used[k, units]:
            taken[k] = True
            units = max(units - size[k], 0)
    return best[wanted], taken


@numba.njit(cache=True, nogil=True)
def turned(cost: Floats, size: Integers, wanted: int, stands: Bools) -> Floats:
    """Return the least cost of so many units with each site the other way than it stands."""
    many = len(cost)
    before, after = tables(cost, size, wanted), tables(cost[::-1], size[::-1], wanted)
    least = np.full(many, np.inf)
    for k in range(many):
        own = 0 if stands[k] else size[k]
        rest = max(wanted - own, 0)
        for units in range(rest + 1):
            least[k] = min(least[k], before[k, units] + after[many - 1 - k, rest - units])
        if not stands[k]:
            least[k] += cost[k]
    return least


@numba.njit(cache=True, nogil=True)
def tables(cost: Floats, size: Integers, wanted: int) -> Floats:
    """Return the least cost of each number of units and more, with each number of first sites."""
    best = np.full((len(cost) + 1, wanted + 1), np.inf)
    best[0, 0] = 0.0
    for k in range(len(cost)):
        for units in range(wanted + 1):
            best[k + 1, units] = min(best[k, units], best[k, max(units - size[k], 0)] + cost[k])
    return best
