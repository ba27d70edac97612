"""Where a stop goes: beside a near one, where the route's cost grows least."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.memory import QUEUED, STEP, TOKEN, WAITING, Memory, save
from entrepot.delivery.routing.clock.roads import Roads
from entrepot.delivery.routing.clock.routes import (
    FIRST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Clocks,
    Routes,
    fits,
    lasts_with,
    put_in,
    tell_time,
)
from entrepot.delivery.routing.clock.tables import COME, FIXED, GO, LONGEST, PER_DISTANCE, PER_TIME, Stops
from entrepot.delivery.routing.core.chance import uniform
from entrepot.delivery.routing.core.compiled import compiled

BESIDE: Final = 40
"""Beside how many near stops one is tried, on either side."""


@compiled
def recreate(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, blink: float) -> None:
    """Put the queue's stops in, each where it costs least; what costs more than leaving it out waits."""
    depot = stops.price.shape[0]
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        cost, r, before = _best_place(roads, stops, s, c, m, v, blink)
        if r < 0 or cost >= stops.price[v]:
            m.waiting[m.counts[WAITING]] = v
            m.counts[WAITING] += 1
            continue
        save(s, m, r)
        if s.ends[r, SIZE] == 0:
            before = depot
        put_in(stops, s, v, r, before)
        tell_time(roads, stops, s, c, r, v, v, m.counts[STEP])


@compiled
def _best_place(
    roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, blink: float
) -> tuple[float, int, int]:
    """Return cost, route (-1 for none) and the node before."""
    n = stops.price.shape[0]
    m.counts[TOKEN] += 1
    best, route, place = np.inf, -1, n
    for k in range(min(BESIDE, stops.near.shape[2])):
        for way in (COME, GO):
            u = stops.near[way, v, k]
            r = s.links[u, ROUTE]
            if r < 0:
                continue
            i = u if way == COME else s.links[u, PRED]
            gap = i if i < n else n + r
            if m.seen[gap] == m.counts[TOKEN] or not fits(stops, s, v, r):
                continue
            m.seen[gap] = m.counts[TOKEN]
            if blink > 0.0 and uniform(m.chance) < blink:
                continue
            cost = _cost(roads, stops, s, c, v, r, i, s.links[u, SUCC] if way == COME else u)
            if cost < best:
                best, route, place = cost, r, i
    free = _free(s)
    if free >= 0 and fits(stops, s, v, free):
        cost = _cost(roads, stops, s, c, v, free, n, n + 1) + stops.vehicle[FIXED]
        if cost < best:
            best, route, place = cost, free, n
    if route < 0 and stops.is_required[v]:
        return _anywhere(roads, stops, s, c, v)
    return best, route, place


@compiled
def _anywhere(roads: Roads, stops: Stops, s: Routes, c: Clocks, v: int) -> tuple[float, int, int]:
    """Look at every place of every route."""
    n = stops.price.shape[0]
    best, route, place = np.inf, -1, n
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0 or not fits(stops, s, v, r):
            continue
        i, j = n, s.ends[r, FIRST]
        while i != n + 1:
            cost = _cost(roads, stops, s, c, v, r, i, j)
            if cost < best:
                best, route, place = cost, r, i
            i = j
            j = s.links[j, SUCC] if j <= n else j
    return best, route, place


@compiled
def _cost(roads: Roads, stops: Stops, s: Routes, c: Clocks, v: int, r: int, i: int, j: int) -> float:
    """Return what a stop between two nodes of a route adds; a route that cannot be driven is mended for nothing."""
    lasts = lasts_with(roads, stops, c, i, v, j)
    if lasts > stops.vehicle[LONGEST]:
        return np.inf
    cost = 0.0 if s.duration[r] == np.inf else stops.vehicle[PER_TIME] * (lasts - s.duration[r])
    if stops.distance.shape[0]:
        more = stops.distance[i, v] + stops.distance[v, j]
        cost += stops.vehicle[PER_DISTANCE] * (more - (stops.distance[i, j] if s.ends[r, SIZE] else 0))
    return cost


@compiled
def _free(s: Routes) -> int:
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0:
            return r
    return -1
