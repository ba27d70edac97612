"""Where a stop goes: beside a near one or on a new route, where all costs grow least."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.clocks import Clocks, tell_time
from entrepot.delivery.routing.clock.kinds import END, FARTHEST, FIXED, LONGEST, PER_DISTANCE, PER_TIME, START
from entrepot.delivery.routing.clock.memory import (
    QUEUED,
    STEP,
    TOKEN,
    TOUCHED,
    Memory,
    distance_as,
    save,
    wait,
)
from entrepot.delivery.routing.clock.roads import Roads
from entrepot.delivery.routing.clock.routes import (
    FIRST,
    KIND,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    fits,
    is_free,
    is_in_order,
    may_begin,
    put_in,
    set_kind,
    take_out,
    trip_of,
    weigh,
)
from entrepot.delivery.routing.clock.tables import COME, GO, Stops
from entrepot.delivery.routing.clock.takeover import choose_kind, kind_for
from entrepot.delivery.routing.clock.trial import lasts_with
from entrepot.delivery.routing.clock.trips import coming_from, trip_for
from entrepot.delivery.routing.core.chance import uniform
from entrepot.delivery.routing.core.compiled import inlined_inner, inner

FEW: Final = 10
"""Up to so many stops a step may take all of them out, and looks more widely."""

BESIDE: Final = 40
"""Beside how many near stops one is tried, on either side."""

KIND_OVERLOOKED: Final = 0.05
"""Chance that a new route is not offered a kind of vehicle: the cheapest may not suit what comes after."""

KIND_KEPT: Final = 0.03
"""Chance that a route keeps a kind of vehicle that is not its cheapest."""


@inner
def recreate(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, blink: float) -> None:
    """Put the queue's stops in, each where it costs least; what costs more than leaving it out waits."""
    n_kinds, has_reloads = stops.kinds.of.shape[0], stops.kinds.reloads.shape[0] > 1
    none = 0 * n_kinds - 1  # not the literal -1, for which Numba would compile all that it is handed to once more
    for p in range(m.counts[QUEUED]):
        v, reload, is_behind = m.queue[p], none, False
        cost, r, before, k = _best_place(roads, stops, s, c, m, v, blink)
        if has_reloads:
            is_apart = stops.price.shape[0] <= FEW and uniform(m.chance) < blink
            trial = trip_for(roads, stops, s, c, m, v, stops.price[v] if is_apart else min(cost, stops.price[v]))
            if trial.reload >= 0:
                cost, r, before, reload, is_behind = trial
                k = s.ends[r, KIND]
        if r < 0 or cost >= stops.price[v]:
            wait(m, v)
            continue
        save(s, m, r)
        if k != s.ends[r, KIND]:
            set_kind(stops.kinds, s, r, k)
        if before >= s.links.shape[0]:
            before = stops.kinds.of[k, START]
        was = s.duration[r]
        if reload >= 0:
            put_in(stops, s, reload, r, before)
            tell_time(roads, stops, s, c, r, reload, reload, m.counts[STEP])
            before = reload if is_behind else before
        put_in(stops, s, v, r, before)
        weigh(stops, s, r)
        tell_time(roads, stops, s, c, r, v, v, m.counts[STEP])
        if has_reloads and s.duration[r] == np.inf > was:  # a release to a later trip, which is not tried exactly
            u = v
            while u >= 0:
                before, after = s.links[u, PRED], s.links[u, SUCC]
                take_out(stops, s, u)
                weigh(stops, s, r)
                tell_time(roads, stops, s, c, r, after, before, m.counts[STEP])
                u = reload if u == v else none
            wait(m, v)
    if n_kinds > 1:
        for p in range(m.counts[TOUCHED]):
            if s.ends[m.touched[p], SIZE] and uniform(m.chance) >= KIND_KEPT:
                choose_kind(roads, stops, s, c, m, m.touched[p])


@inner
def _best_place(
    roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, blink: float
) -> tuple[float, int, int, int]:
    """Return cost, route (-1 for none), the node before and the kind of vehicle."""
    n = s.links.shape[0]
    m.counts[TOKEN] += 1
    best, route, place, kind = np.inf, -1, n, -1
    for p in range(min(BESIDE, stops.near.shape[2])):
        for way in (COME, GO):
            u = stops.near[way, v, p]
            r = s.links[u, ROUTE]
            if r < 0:
                continue
            i = u if way == COME else s.links[u, PRED]
            gap = i if i < n else n + r
            if m.seen[gap] == m.counts[TOKEN] or not is_in_order(stops, s, v, r, i):
                continue
            k, more = s.ends[r, KIND], 0.0
            if not fits(stops, s, v, r, i, k):
                if stops.kinds.of.shape[0] == 1:
                    continue
                k, more = kind_for(stops, s, m, v, r, i)
                if k < 0:
                    continue
            m.seen[gap] = m.counts[TOKEN]
            if blink > 0.0 and uniform(m.chance) < blink:
                continue
            cost = more + _cost(roads, stops, s, c, v, r, k, i, s.links[u, SUCC] if way == COME else u)
            if cost < best:
                best, route, place, kind = cost, r, i, k
    cost, free, k = _new_route(roads, stops, s, c, m, v, blink)
    if cost < best:
        best, route, place, kind = cost, free, n, k
    if route < 0 and stops.is_required[v]:
        return _anywhere(roads, stops, s, c, m, v)
    return best, route, place, kind


@inner
def _new_route(
    roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, blink: float
) -> tuple[float, int, int]:
    """Return cost, route and kind of a route of its own."""
    kinds = stops.kinds
    best, kind, r = np.inf, -1, _free(s) if may_begin(stops, v) else -1
    for k in range(kinds.of.shape[0]):
        if r < 0 or not is_free(kinds, s, k) or not fits(stops, s, v, r, kinds.of[k, START], k):
            continue
        cost = kinds.rules[k, FIXED] + _cost(roads, stops, s, c, v, r, k, kinds.of[k, START], kinds.of[k, END])
        if cost < best and (kinds.of.shape[0] == 1 or blink == 0.0 or uniform(m.chance) >= KIND_OVERLOOKED):
            best, kind = cost, k
    return best, r, kind


@inner
def _anywhere(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int) -> tuple[float, int, int, int]:
    """Look at every place of every route."""
    n = s.links.shape[0]
    best, route, place, kind = np.inf, -1, n, -1
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0:
            continue
        i, j = stops.kinds.of[s.ends[r, KIND], START], s.ends[r, FIRST]
        while True:
            k, more = kind_for(stops, s, m, v, r, i)
            if k >= 0 and is_in_order(stops, s, v, r, i):
                cost = more + _cost(roads, stops, s, c, v, r, k, i, j)
                if cost < best:
                    best, route, place, kind = cost, r, i, k
            if j >= n:
                break
            i, j = j, s.links[j, SUCC]
    return best, route, place, kind


@inlined_inner
def _cost(roads: Roads, stops: Stops, s: Routes, c: Clocks, v: int, r: int, k: int, i: int, j: int) -> float:
    """Return what a stop between two nodes of a route adds; a route that cannot be driven is mended for nothing."""
    trip, leaves, since = trip_of(s, r, i), s.release[r], -np.inf
    if trip == r:
        leaves = max(leaves, stops.release[v])
    elif stops.release[v] > s.release[trip]:
        since = coming_from(roads, stops, s, k, trip, i, v)
    lasts = lasts_with(roads, stops, c, k, i, v, j, leaves, since)
    if lasts > stops.kinds.rules[k, LONGEST]:
        return np.inf
    cost = 0.0 if s.duration[r] == np.inf else stops.kinds.rules[k, PER_TIME] * (lasts - s.duration[r])
    if stops.distance.shape[0]:
        more = stops.distance[i, v] + stops.distance[v, j] - (stops.distance[i, j] if s.ends[r, SIZE] else 0)
        cost += stops.kinds.rules[k, PER_DISTANCE] * more
        farthest = stops.kinds.rules[k, FARTHEST]
        if farthest < np.inf and more > farthest - (distance_as(stops, s, r, k) if s.ends[r, SIZE] else 0.0):
            return np.inf
    return cost


@inner
def _free(s: Routes) -> int:
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0:
            return r
    return -1
