"""A trip more for one stop: a reload and the stop go between two trips of a route, or to its begin or end."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.clocks import (
    END_BY,
    PLAIN,
    READY,
    Clocks,
    limits,
    tell_end,
    tell_ready,
    ways,
    windows_of,
)
from entrepot.delivery.routing.clock.kinds import FARTHEST, LONGEST, PER_DISTANCE, PER_TIME, RELOADS, START, STOPS
from entrepot.delivery.routing.clock.memory import STEP, Memory, distance_as
from entrepot.delivery.routing.clock.roads import Roads, arrive
from entrepot.delivery.routing.clock.routes import (
    AGAIN,
    FIRST,
    KIND,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    head_of,
    is_in_order,
    may_begin,
    trip_of,
)
from entrepot.delivery.routing.clock.tables import CLOSE, EITHER, OPEN, Stops
from entrepot.delivery.routing.clock.trial import lasts_with
from entrepot.delivery.routing.core.chance import below
from entrepot.delivery.routing.core.compiled import inner

TRIPS_TRIED: Final = 10
"""How many places for a trip from a depot are looked at, of those that are in time, where one of them will do."""

SPLITS_TRIED: Final = 4
"""Beside how many near stops a trip is tried to end."""


class Trial(NamedTuple):
    """Where a stop and a reload may go.

    Parameters
    ----------
    cost : float
        What they add.
    route : int
        Of which they become a part.
    before : int
        The node behind which they go.
    reload : int
        The reload, or -1 for none.
    is_behind : bool
        Whether the stop goes behind the reload.
    """

    cost: float
    route: int
    before: int
    reload: int
    is_behind: bool


@inner
def trip_for(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, bar: float) -> Trial:
    """Find where a stop that brings a reload with it costs less than a bar: beside trips, or near it within one.

    All routes are gone through, from one drawn by chance on, then the gaps beside near stops.
    """
    nodes, n_routes = s.links.shape[0], s.ends.shape[0]
    best = Trial(bar, -1, -1, -1, False)
    for depot in range(stops.kinds.reloads.shape[0] - 1):
        u, tried, drawn = _free(stops, s, depot), 0, below(m.chance, n_routes)
        gaps = 0 if stops.is_mixed else 2 * min(SPLITS_TRIED, stops.near.shape[2])
        for turn in range(n_routes + gaps if u >= 0 else 0):
            is_split = turn >= n_routes
            if is_split:
                w = stops.near[EITHER, v, (turn - n_routes) // 2]
                r, i, j = s.links[w, ROUTE], w, s.links[w, SUCC]
                if turn % 2:
                    i, j = s.links[w, PRED], w
            else:
                r = (drawn + turn) % n_routes
                i, j = stops.kinds.of[s.ends[r, KIND], START], s.ends[r, FIRST]
            is_enough = not is_split and tried >= TRIPS_TRIED and best.reload >= 0
            if r < 0 or is_enough or not _may_grow(stops, s, v, u, r):
                continue
            while True:
                for turned in range(2):
                    is_behind = turned > 0
                    if _may_stand(stops, s, v, r, i, j, is_behind, is_split):
                        cost = _cost(roads, stops, s, c, m, v, u, r, i, j, is_behind)
                        tried += cost < np.inf
                        if cost < best.cost:
                            best = Trial(cost, r, i, u, is_behind)
                if is_split or j >= nodes:
                    break
                i, j = j, s.links[j, SUCC]
    return best


@inner
def _may_stand(stops: Stops, s: Routes, v: int, r: int, i: int, j: int, is_behind: bool, is_split: bool) -> bool:
    """Tell whether a stop may go between two nodes with a reload before or behind it.

    That is where a trip ends or begins, of two such places between the same trips only one if there is one depot; or
    between two stops, if asked for.
    """
    n, trip, k = stops.price.shape[0], trip_of(s, r, i), s.ends[r, KIND]
    if not may_begin(stops, v) and (is_behind or i >= n):
        return False
    if is_split:
        if i >= n or j >= n or (not is_behind and not may_begin(stops, j)):
            return False
        fit = True
        for d in range(stops.demand.shape[1]):
            load, w = 0, i
            while w < n:
                load += stops.demand[w, d]
                w = s.links[w, PRED]
            load = s.load[trip, d] - load if is_behind else load
            fit &= load + stops.demand[v, d] <= stops.kinds.capacity[k, d]
        return fit and is_in_order(stops, s, v, r, i)
    if is_behind:
        return bool(j >= n)
    return bool(i >= s.links.shape[0] or (i >= n and stops.kinds.reloads.shape[0] > 2))


@inner
def _free(stops: Stops, s: Routes, depot: int) -> int:
    """Return a reload at a depot that no route uses, or -1."""
    for u in range(stops.kinds.reloads[depot], stops.kinds.reloads[depot + 1]):
        if s.links[u, ROUTE] < 0:
            return u
    return -1


@inner
def _may_grow(stops: Stops, s: Routes, v: int, u: int, r: int) -> bool:
    """Tell whether a route may have one stop and one reload more, and a trip of this stop alone."""
    k, again, size = s.ends[r, KIND], s.ends[r, AGAIN], s.ends[r, SIZE]
    fit = size > 0 and again < stops.kinds.of[k, RELOADS] and size - again < stops.kinds.of[k, STOPS]
    fit = fit and stops.kinds.may[v, k] and stops.kinds.may[u, k] and s.duration[r] < np.inf
    for d in range(stops.demand.shape[1]):
        fit = fit and stops.demand[v, d] <= stops.kinds.capacity[k, d]
    return bool(fit)


@inner
def _cost(
    roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, u: int, r: int, i: int, j: int, is_behind: bool
) -> float:
    """Return what a stop and a reload between two nodes add.

    The reload is told a curve as if it were there, and the stop is tried beside it. Within a trip all its goods count
    as released when the last are, whichever part they go to.
    """
    k, trip, n = s.ends[r, KIND], trip_of(s, r, i), stops.price.shape[0]
    first, last = (u, v) if is_behind else (v, u)
    if _is_late(roads, stops, c, k, i, first, last, j):
        return np.inf
    cost, step = 0.0, m.counts[STEP]
    if stops.distance.shape[0]:
        more = stops.distance[i, first] + stops.distance[first, last] + stops.distance[last, j] - stops.distance[i, j]
        farthest = stops.kinds.rules[k, FARTHEST]
        if farthest < np.inf and more > farthest - distance_as(stops, s, r, k):
            return np.inf
        cost = stops.kinds.rules[k, PER_DISTANCE] * more
    leaves, since = s.release[r], -np.inf
    if is_behind:
        released = stops.release[v] if j >= n else max(stops.release[v], s.release[trip])
        tell_ready(roads, stops, c, k, i, u, released, step)
        i = u
    else:
        if trip == r:
            leaves = stops.release[v] if i >= n else max(stops.release[v], leaves)
        elif stops.release[v] > s.release[trip]:
            since = coming_from(roads, stops, s, k, trip, i, v)
        tell_end(roads, stops, c, k, u, j, s.release[trip], step)
        j = u
    lasts = lasts_with(roads, stops, c, k, i, v, j, leaves, since)
    if lasts > stops.kinds.rules[k, LONGEST]:
        return np.inf
    return float(cost + stops.kinds.rules[k, PER_TIME] * (lasts - s.duration[r]))


@inner
def _is_late(roads: Roads, stops: Stops, c: Clocks, k: int, i: int, first: int, last: int, j: int) -> bool:
    """Tell whether who leaves as early as can be is late at one of two nodes between others, whatever its release."""
    if ways(stops, k) > 1:  # with rests there are several moments at which one can leave
        return False
    moment = passed(roads, stops, k, i, first, c.curves[c.side[READY, i], READY, i, 1, 0])
    moment = passed(roads, stops, k, first, last, moment)
    a = c.side[END_BY, j]
    return bool(arrive(roads, last, j, moment) > c.curves[a, END_BY, j, 0, c.many[a, END_BY, j] - 1])


@inner
def passed(roads: Roads, stops: Stops, k: int, i: int, v: int, leaves: float) -> float:
    """Return when one leaves v without a rest who leaves i, infinite for never."""
    moment = arrive(roads, i, v, leaves)
    for window in range(windows_of(stops, v)):
        opens, closes, stays = limits(stops, k, v, PLAIN, window)
        if moment <= closes:
            return float(max(moment, opens) + stays)
    return np.inf


@inner
def coming_from(roads: Roads, stops: Stops, s: Routes, k: int, trip: int, i: int, v: int) -> float:
    """Return when one comes to v behind node i whose trip waits at its reload until v is released, without a rest."""
    u = head_of(stops, s, trip)
    moment = max(stops.release[v], stops.times[u, OPEN])
    if moment > stops.times[u, CLOSE]:
        return np.inf
    while u != i:
        moment = passed(roads, stops, k, u, s.links[u, SUCC], moment)
        u = s.links[u, SUCC]
    return float(arrive(roads, i, v, moment))
