"""What each front takes at given prices: loops over the lanes that may pay, each with its cheapest source.

Most lanes cost more than the price of their want whatever their source; only the others are looked at, their sources
in order of what a unit costs, until one could not be the cheapest even without a toll.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats


class Ways(NamedTuple):
    """Last lanes, grouped by front and capacity, and the wants they lead to; shapes are those of `Tiers`.

    `near` holds the order of sources of each course and front that was right last: where sorting them begins.
    """

    want: Integers
    front: Integers
    cost: Floats
    least: Floats
    source: Integers
    amount: Floats
    volume: Floats
    course: Integers
    bin: Integers
    begin: Integers
    room: Floats
    group_front: Integers
    near: Integers


class Filled(NamedTuple):
    """What fronts take: each front's worth, and lanes with the share each has; lanes of a group are side by side.

    `source` is where each lane's goods begin, `rent` what a unit more of each group's capacity would be worth.
    """

    worth: Floats
    lane: Integers
    source: Integers
    share: Floats
    rent: Floats


@numba.njit(cache=True, nogil=True)
def cheapest(ways: Ways, lane: int, link: Floats, toll: Floats) -> tuple[float, int]:
    """Return what a lane costs with its cheapest source, and that source.

    Parameters
    ----------
    ways : Ways
        All last lanes.
    lane : int
        One of them.
    link : ndarray, shape (n_courses, n_fronts, n_sources)
        What a unit costs from each source to each front, all prices of volume and, for the last front, those that a
        direct lane pays; infinite where there is no lane or the source may not stand.
    toll : ndarray, shape (n_wants, n_sources)
        What each want pays for each source.
    """
    w = ways.want[lane]
    from_source, tolls, amount = link[ways.course[w], ways.front[lane]], toll[w], ways.amount[w]
    c = ways.source[lane]
    if c >= 0:
        return ways.cost[lane] + amount * from_source[c] + tolls[c], c
    best, chosen = np.inf, 0
    for c in range(len(from_source)):
        total = amount * from_source[c] + tolls[c]
        if total < best:
            best, chosen = total, c
    return ways.cost[lane] + best, chosen


@numba.njit(cache=True, nogil=True)
def fill(ways: Ways, link: Floats, toll: Floats, price: Floats, may_stand: Bools) -> Filled:
    """Fill the capacities of fronts that may stand with what pays best.

    Parameters
    ----------
    ways, link, toll : Ways, ndarray, ndarray
        As for `cheapest`.
    price : ndarray, shape (n_wants,)
        What a want that is met earns.
    may_stand : ndarray of bool, shape (n_fronts,)
    """
    worth, rent = np.zeros(ways.group_front[-1] + 1), np.zeros(len(ways.room))
    lanes, sources = np.empty(len(ways.want), np.int64), np.empty(len(ways.want), np.int64)
    shares, gains = np.empty(len(ways.want)), np.empty(len(ways.want))
    each, many = _sorted(ways.near, link), 0
    for g in range(len(ways.room)):
        front = ways.group_front[g]
        if not may_stand[front]:
            continue
        first, load, total = many, 0.0, 0.0
        for lane in range(ways.begin[g], ways.begin[g + 1]):
            w = ways.want[lane]
            if ways.least[lane] >= price[w]:
                continue
            least, c = price[w] - ways.cost[lane], ways.source[lane]
            course, amount = ways.course[w], ways.amount[w]
            if c >= 0:
                gain = least - amount * link[course, front, c] - toll[w, c]
            else:
                gain = 0.0
                for k in range(each.shape[2]):
                    onward = amount * each[course, front, k]
                    if onward >= least - gain:
                        break
                    here = ways.near[course, front, k]
                    if least - onward - toll[w, here] > gain:
                        gain, c = least - onward - toll[w, here], here
            if gain > 0:
                lanes[many], sources[many], gains[many] = lane, c, gain
                shares[many] = 1.0
                many += 1
                load += ways.volume[w]
                total += gain
        if load > ways.room[g]:
            total, many, rent[g] = _cut(ways, lanes, sources, shares, gains, first, many, ways.room[g])
        worth[front] += total
    return Filled(worth, lanes[:many].copy(), sources[:many].copy(), shares[:many].copy(), rent)


@numba.njit(cache=True, nogil=True)
def _sorted(near: Integers, link: Floats) -> Floats:
    """Sort the sources of each course and front by what a unit costs, in place; returns these costs in order."""
    each = np.empty(link.shape)
    for course in range(link.shape[0]):
        for front in range(link.shape[1]):
            row, order, costs = link[course, front], near[course, front], each[course, front]
            for k in range(len(order)):
                c, at = order[k], k
                while at > 0 and costs[at - 1] > row[c]:
                    costs[at], order[at] = costs[at - 1], order[at - 1]
                    at -= 1
                costs[at], order[at] = row[c], c
    return each


@numba.njit(cache=True, nogil=True)
def _cut(
    ways: Ways, lanes: Integers, sources: Integers, shares: Floats, gains: Floats, first: int, end: int, room: float
) -> tuple[float, int, float]:
    """Keep what pays best per volume in a group; returns its worth, where its lanes end, and what room is worth.

    Lanes are parted at a rate until the one is found where room ends, without sorting all (Balas and Zemel 1980). What
    takes no room stays, also where there is none.
    """
    rate = np.empty(end - first)
    for k in range(first, end):
        of_one = ways.volume[ways.want[lanes[k]]]
        rate[k - first] = gains[k] / of_one if of_one > 0 else np.inf
    total, left, low, high = 0.0, room, first, end
    while low < high:
        pivot = rate[(low + high) // 2 - first]
        above, below, k = low, high, low
        load, gain = 0.0, 0.0
        while k < below:
            here = rate[k - first]
            if here > pivot:
                load += ways.volume[ways.want[lanes[k]]]
                gain += gains[k]
                _swap(lanes, sources, gains, rate, first, k, above)
                above += 1
                k += 1
            elif here < pivot:
                below -= 1
                _swap(lanes, sources, gains, rate, first, k, below)
            else:
                k += 1
        if load > left:
            high = above
            continue
        total, left = total + gain, left - load
        for k in range(above, below):
            of_one = ways.volume[ways.want[lanes[k]]]
            if left <= 0 and of_one > 0:
                return total, k, pivot
            shares[k] = 1.0 if of_one <= left else left / of_one
            total += shares[k] * gains[k]
            left -= shares[k] * of_one
        low = below
        if left <= 0 and pivot < np.inf:
            return total, below, pivot
    return total, low, 0.0


@numba.njit(cache=True, nogil=True)
def _swap(lanes: Integers, sources: Integers, gains: Floats, rate: Floats, first: int, k: int, other: int) -> None:
    lanes[k], lanes[other] = lanes[other], lanes[k]
    sources[k], sources[other] = sources[other], sources[k]
    gains[k], gains[other] = gains[other], gains[k]
    rate[k - first], rate[other - first] = rate[other - first], rate[k - first]


@numba.njit(cache=True, nogil=True)
def excesses(
    ways: Ways, filled: Filled, toll: Floats, y_front: Floats, y_source: Floats, rooms: Floats, strait: Floats,
    rent: Floats, straits: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Return what is unmet, and by how much sources are used beyond what stands; what cannot fall is left out.

    Parameters
    ----------
    ways, filled : Ways, Filled
        What fronts take.
    toll : ndarray, shape (n_wants, n_sources)
        What each want pays for each source.
    y_front, y_source : ndarray
        What stands, 1 or 0.
    rooms, rent : ndarray, shape (n_sources, n_bins)
        Capacities of sources and their prices.
    strait, straits : ndarray, shape (n_bins, n_fronts, n_sources)
        What may pass, and its prices.

    Returns
    -------
    unmet, over, load, passed : ndarray
        The gradients of the prices of wants, tolls, rents and straits.
    """
    unmet, over = np.ones(len(ways.amount)), np.zeros(toll.shape)
    load, passed = np.zeros(rooms.shape), np.zeros(strait.shape)
    for k in range(len(filled.lane)):
        lane, c = filled.lane[k], filled.source[k]
        front, w = ways.front[lane], ways.want[lane]
        share = filled.share[k] * y_front[front]
        if share <= 0:
            continue
        unmet[w] -= share
        over[w, c] += share
        load[c, ways.bin[w]] += share * ways.volume[w]
        passed[ways.bin[w], front, c] += share * ways.volume[w]
    for w in range(toll.shape[0]):
        for c in range(len(y_source)):
            over[w, c] = _rising(over[w, c] - y_source[c], toll[w, c])
    for c in range(len(y_source)):
        for b in range(rooms.shape[1]):
            load[c, b] = _rising(load[c, b] - rooms[c, b] * y_source[c], rent[c, b]) if rooms[c, b] < np.inf else 0.0
    for b in range(strait.shape[0]):
        for f in range(strait.shape[1] - 1):
            for c in range(len(y_source)):
                passed[b, f, c] = _rising(passed[b, f, c] - strait[b, f, c] * y_source[c], straits[b, f, c])
        passed[b, -1] = 0.0
    return unmet, over, load, passed


@numba.njit(cache=True, nogil=True)
def _rising(above: float, price: float) -> float:
    """Return how a price that is never negative changes; 0 where it would fall below that."""
    return 0.0 if price <= 0 and above < 0 else above
