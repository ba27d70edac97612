"""When one arrives who leaves at a time, when one must leave to arrive by a time, and where that bends.

Ichoua, S., Gendreau, M. and Potvin, J.-Y. (2003). Vehicle dispatching with time-dependent travel times. European
Journal of Operational Research 144(2). (speeds by period, first in, first out)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from entrepot.delivery.routing.core.compiled import compiled, inner
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.travel import Arrivals, Speeds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLACE, SPEED = range(2)
"""Last axis of `Roads.profile`."""


class Roads(NamedTuple):
    """Travel times between nodes: from speeds by category, or from knots of each arc.

    Parameters
    ----------
    bounds : float array, shape (n_periods,)
        When each period begins.
    profile : float array, shape (n_categories, n_periods, 2)
        PLACE is how far one who keeps driving is when the period begins; SPEED within it.
    category : uint8 array, shape (n_nodes, n_nodes) or (0, 0)
        Of each arc; empty where arcs have knots.
    length : float array, shape (n_nodes, n_nodes) or (0, 0)
        Of each arc.
    first : int array, shape (n_nodes * n_nodes + 1,) or (1,)
        Where the knots of an arc begin.
    departure, arrival : float array, shape (n_knots,)
        Knots, both non-decreasing along an arc; beyond its ends the slope is 1.
    """

    bounds: Floats
    profile: Floats
    category: NDArray[np.uint8]
    length: Floats
    first: Ints
    departure: Floats
    arrival: Floats


def roads_of(problem: Problem, location: Ints) -> Roads:
    """Return the roads between nodes that stand at locations; without traffic an arc has one knot."""
    traffic = problem.travel.traffic
    if isinstance(traffic, Speeds):
        return _by_speeds(traffic, location)
    if isinstance(traffic, Arrivals):
        arcs = (location[:, None] * problem.travel.size + location[None, :]).ravel()
        begins, many = traffic.first[arcs], np.diff(traffic.first)[arcs]
        first = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
        rows = np.arange(first[-1]) + np.repeat(begins - first[:-1], many)
        return _by_knots(first, traffic.departure[rows], traffic.arrival[rows])
    minutes = np.array([problem.travel.time.row(origin)[location] for origin in location.tolist()], dtype=np.float64)
    return _by_knots(np.arange(minutes.size + 1), np.zeros(minutes.size), minutes.ravel())


def _by_speeds(traffic: Speeds, location: Ints) -> Roads:
    lengths = np.diff(traffic.bounds) * traffic.speeds
    place = np.concatenate([np.zeros((len(lengths), 1)), np.cumsum(lengths, axis=1)[:, :-1]], axis=1)
    pairs = np.ix_(location, location)
    return Roads(
        bounds=traffic.bounds[:-1].astype(np.float64),
        profile=np.ascontiguousarray(np.stack([place, traffic.speeds], axis=2)),
        category=np.ascontiguousarray(traffic.category[pairs]),
        length=np.ascontiguousarray(traffic.length[pairs]),
        first=np.zeros(1, np.int64),
        departure=np.zeros(0),
        arrival=np.zeros(0),
    )


def _by_knots(first: Ints, departure: Floats, arrival: Floats) -> Roads:
    return Roads(
        bounds=np.zeros(1),
        profile=np.zeros((1, 1, 2)),
        category=np.zeros((0, 0), np.uint8),
        length=np.zeros((0, 0)),
        first=first.astype(np.int64),
        departure=np.ascontiguousarray(departure),
        arrival=np.ascontiguousarray(arrival),
    )


def most_knots(roads: Roads) -> int:
    """Return how many knots an arc can have."""
    if len(roads.category):
        return 2 * len(roads.bounds)
    return int(np.diff(roads.first).max(initial=1))


@compiled
def arrive(roads: Roads, i: int, j: int, leaves: float) -> float:
    """Return the arrival of one who leaves at a time; at a jump the lower."""
    if roads.category.shape[0]:
        c = roads.category[i, j]
        k = _period(roads.bounds, leaves)
        place = roads.profile[c, k, PLACE] + roads.profile[c, k, SPEED] * (leaves - roads.bounds[k])
        place += roads.length[i, j]
        while k + 1 < roads.bounds.shape[0] and roads.profile[c, k + 1, PLACE] < place:
            k += 1
        return float(roads.bounds[k] + (place - roads.profile[c, k, PLACE]) / roads.profile[c, k, SPEED])
    arc = i * _nodes(roads) + j
    low, high = roads.first[arc], roads.first[arc + 1]
    if low == high:
        return leaves
    k = _first_from(roads.departure, low, high, leaves)
    return _between(roads.departure, roads.arrival, low, high, k, leaves)


@compiled
def leave_by(roads: Roads, i: int, j: int, arrives: float) -> float:
    """Return the latest departure that arrives by a time."""
    if roads.category.shape[0]:
        c = roads.category[i, j]
        k = _period(roads.bounds, arrives)
        place = roads.profile[c, k, PLACE] + roads.profile[c, k, SPEED] * (arrives - roads.bounds[k])
        place -= roads.length[i, j]
        while k > 0 and roads.profile[c, k, PLACE] > place:
            k -= 1
        return float(roads.bounds[k] + (place - roads.profile[c, k, PLACE]) / roads.profile[c, k, SPEED])
    arc = i * _nodes(roads) + j
    low, high = roads.first[arc], roads.first[arc + 1]
    if low == high:
        return arrives
    k = _first_behind(roads.arrival, low, high, arrives)
    return _between(roads.arrival, roads.departure, low, high, k, arrives)


@compiled
def bends(roads: Roads, i: int, j: int, low: float, high: float, out: Floats) -> int:
    """Write the departures from `low` to `high` at which an arc bends, both ends included, and their arrivals.

    Parameters
    ----------
    roads, i, j
        The arc.
    low, high : float
        ``low <= high``.
    out : float array, shape (2, >= most_knots + 2)
        Departures and arrivals.

    Returns
    -------
    int
        How many there are; 1 where ``low == high``.
    """
    out[0, 0], out[1, 0] = low, arrive(roads, i, j, low)
    if low >= high:
        return 1
    if roads.category.shape[0]:
        n = _changes(roads, i, j, low, high, out)
    else:
        n, arc = 1, i * _nodes(roads) + j
        begin, end = roads.first[arc], roads.first[arc + 1]
        k = _first_from(roads.departure, begin, end, low)
        while k < end and roads.departure[k] < high:
            if roads.departure[k] > low or roads.arrival[k] > out[1, 0]:
                out[0, n], out[1, n] = roads.departure[k], roads.arrival[k]
                n += 1
            k += 1
    out[0, n], out[1, n] = high, arrive(roads, i, j, high)
    return n + 1


@inner
def _changes(roads: Roads, i: int, j: int, low: float, high: float, out: Floats) -> int:
    """Follow one who leaves and one who arrives through the periods: whoever meets a change of speed first bends."""
    c, length, last, n = roads.category[i, j], roads.length[i, j], roads.bounds.shape[0] - 1, 1
    p, q = _period(roads.bounds, low), _period(roads.bounds, out[1, 0])
    while p < last:
        left = roads.profile[c, p + 1, PLACE]
        reached = roads.profile[c, q + 1, PLACE] - length if q < last else np.inf
        if left <= reached:
            p += 1
            q += left == reached
            departs, arrives = roads.bounds[p], roads.bounds[q]
            if left < reached:
                arrives += (left + length - roads.profile[c, q, PLACE]) / roads.profile[c, q, SPEED]
        else:
            q += 1
            departs = roads.bounds[p] + (reached - roads.profile[c, p, PLACE]) / roads.profile[c, p, SPEED]
            arrives = roads.bounds[q]
        if departs >= high:
            break
        if departs > low:
            out[0, n], out[1, n] = departs, arrives
            n += 1
    return n


def mean_times(roads: Roads, n_nodes: int, moments: Sequence[float]) -> Floats:
    """Return the mean travel time of each arc over some departures, shape (n_nodes, n_nodes)."""
    return reduce(np.add, (times_at(roads, n_nodes, moment) for moment in moments)) / len(moments)


@njit(cache=True, nogil=True)
def times_at(roads: Roads, n_nodes: int, moment: float) -> Floats:
    """Return the travel time of each arc left at a moment, shape (n_nodes, n_nodes)."""
    found = np.empty((n_nodes, n_nodes))
    for i in range(n_nodes):
        for j in range(n_nodes):
            found[i, j] = arrive(roads, i, j, moment) - moment
    return found


@inner
def _nodes(roads: Roads) -> int:
    return int(np.sqrt(roads.first.shape[0] - 1.0) + 0.5)


@inner
def _period(bounds: Floats, moment: float) -> int:
    """Return the period of a moment: the last that begins by then, or the first."""
    low, high = 0, bounds.shape[0] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if bounds[middle] <= moment:
            low = middle
        else:
            high = middle - 1
    return low


@inner
def _first_from(xs: Floats, low: int, high: int, x: float) -> int:
    """Return the first of some sorted places whose value is not below x, or `high`."""
    while low < high:
        middle = (low + high) // 2
        if xs[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _first_behind(xs: Floats, low: int, high: int, x: float) -> int:
    """Return the first of some sorted places whose value is above x, or `high`."""
    while low < high:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _between(xs: Floats, ys: Floats, low: int, high: int, k: int, x: float) -> float:
    """Read a polyline, of which knot `k` is the first not before x; slope 1 beyond its ends."""
    if k == low:
        return float(ys[low] + (x - xs[low]))
    if k == high:
        return float(ys[high - 1] + (x - xs[high - 1]))
    if xs[k] == x:
        return float(ys[k])
    return float(ys[k - 1] + (x - xs[k - 1]) * (ys[k] - ys[k - 1]) / (xs[k] - xs[k - 1]))
