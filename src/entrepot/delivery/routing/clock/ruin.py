"""Slack induction by string removals under traffic: take strings of near stops out, put them back greedily, anneal.

Christiaens, J. and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle Routing Problems.
Transportation Science 54(2). Beside it: stops go back beside near stops only, where the route's duration grows
least, and what fits nowhere waits at its price.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.compiled import kernel
from entrepot.delivery.routing.clock.roads import Floats, Ints, Roads
from entrepot.delivery.routing.clock.routes import (
    FIRST,
    LAST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Clocks,
    Routes,
    fits,
    lasts_with,
    put_in,
    settle,
    take_out,
    tell_time,
    turn_back,
)
from entrepot.delivery.routing.clock.tables import (
    AWAY,
    BULK,
    CLOSE,
    FIXED,
    LONGEST,
    OPEN,
    PER_DISTANCE,
    PER_TIME,
    WIDTH,
    Stops,
)
from entrepot.delivery.routing.core.chance import State, below, seeded, uniform

STEP, USED, TOUCHED, QUEUED, WAITING, TOKEN = range(6)
"""Places of `Memory.counts`: the step; lengths of the lists; the last mark of a gap that was looked at."""

CURRENT, BEST = range(2)
"""Places of `Memory.costs`."""

COST, LASTS = range(2)
"""Columns of `Memory.cost`."""

RUINED, SAVED, FROM, TO = range(4)
"""Columns of `Memory.marks`."""

EITHER, COME, GO = range(3)
"""First axis of `Stops.near`."""

REMOVED: Final = 10
LONGEST_STRING: Final = 10
SPLIT: Final = 0.5
"""Chance that a string is split round a part that stays; and that this part grows by one more stop."""

BLINK: Final = 0.01
BESIDE: Final = 40
"""Beside how many near stops one is tried, on either side."""

WAITING_TRIED: Final = 10
NOTHING: Final = 1e-6
"""A gain that is one of rounding only."""


class Memory(NamedTuple):
    """What the search keeps beside the routes.

    Parameters
    ----------
    counts : int array, shape (6,)
        By the names above.
    costs : float array, shape (2,)
        CURRENT and BEST.
    cost : float array, shape (n_routes, 2)
        Of each route before this step: COST, and how long it LASTS.
    marks : int array, shape (n_routes, 4)
        The step a route was RUINED in, the one it was SAVED in, and where its stops are in `saved`.
    touched : int array, shape (n_routes,)
        Routes that were saved in this step.
    saved : int array, shape (2 * n,)
        Their stops as they were.
    waiting : int array, shape (n,)
        Stops no route visits.
    queue : int array, shape (n,)
        Stops to put in.
    key : float array, shape (n,)
        What the queue is sorted by.
    seen : int array, shape (n + n_routes,)
        Marks of gaps: behind each stop, and at the start of each route.
    best : int array, shape (n, 2)
        Best routes: by stop the one before it, or `n`, and the route, or -1.
    chance : uint array, shape (2,)
        State of the random numbers.
    """

    counts: Ints
    costs: Floats
    cost: Floats
    marks: Ints
    touched: Ints
    saved: Ints
    waiting: Ints
    queue: Ints
    key: Floats
    seen: Ints
    best: Ints
    chance: State


def memory_of(stops: Stops, n_routes: int, seed: int) -> Memory:
    """Return the memory of a search before its first step: all stops wait."""
    n = len(stops.price)
    memory = Memory(
        counts=np.zeros(6, np.int64),
        costs=np.array([stops.price.sum(), np.inf]),
        cost=np.zeros((n_routes, 2)),
        marks=np.full((n_routes, 4), -1, np.int64),
        touched=np.zeros(n_routes, np.int64),
        saved=np.zeros(2 * n, np.int64),
        waiting=np.arange(n, dtype=np.int64),
        queue=np.zeros(n, np.int64),
        key=np.zeros(n),
        seen=np.zeros(n + n_routes, np.int64),
        best=np.full((n, 2), -1, np.int64),
        chance=seeded(seed),
    )
    memory.counts[WAITING] = n
    return memory


@kernel
def improve(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, iterations: int, temperature: float) -> None:
    """Take so many steps at a temperature; the first one of all ruins nothing and puts in all that waits.

    Parameters
    ----------
    roads, stops, s, c, m
        The problem; routes, clocks and memory change in place.
    iterations : int
        How many steps.
    temperature : float
        Of the annealing, in units of cost.
    """
    for _ in range(iterations):
        m.counts[STEP] += 1
        is_first = m.counts[STEP] == 1
        before = _price_of_waiting(stops, m)
        m.counts[QUEUED] = 0
        if not is_first:
            _ruin(roads, stops, s, c, m)
        _call_waiting(m, m.counts[WAITING] if is_first else WAITING_TRIED)
        _order(stops, m, is_first)
        uncalled = m.counts[WAITING]
        _recreate(roads, stops, s, c, m, 0.0 if is_first else BLINK)
        change = _change(stops, s, m) + _price_of_waiting(stops, m) - before
        allowed = np.inf if is_first else -temperature * math.log(1.0 - uniform(m.chance))
        if change < allowed:
            m.costs[CURRENT] += change
            _accept(stops, s, c, m)
            if m.costs[CURRENT] < m.costs[BEST] - NOTHING:
                m.costs[BEST] = m.costs[CURRENT]
                _note_best(s, m)
        else:
            _undo(stops, s, c, m, uncalled)


@kernel
def _queue(m: Memory, v: int) -> None:
    m.queue[m.counts[QUEUED]] = v
    m.counts[QUEUED] += 1


@kernel
def _price_of_waiting(stops: Stops, m: Memory) -> float:
    total = 0.0
    for k in range(m.counts[WAITING]):
        total += stops.price[m.waiting[k]]
    return total


@kernel
def _ruin(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    """Take strings out of routes near a stop drawn by chance, and queue their stops."""
    n = stops.price.shape[0]
    n_routes = max(m.counts[USED], 1)
    longest = min(float(LONGEST_STRING), max((n - m.counts[WAITING]) / n_routes, 1.0))
    most = 4.0 * REMOVED / (1.0 + longest) - 1.0
    strings = int(uniform(m.chance) * most + 1.0)
    seed = below(m.chance, n)
    for k in range(-1, stops.near.shape[2]):
        v = seed if k < 0 else stops.near[EITHER, seed, k]
        r = s.links[v, ROUTE]
        if r < 0 or m.marks[r, RUINED] == m.counts[STEP]:
            continue
        m.marks[r, RUINED] = m.counts[STEP]
        _save(s, m, r)
        size = s.ends[r, SIZE]
        string = min(int(uniform(m.chance) * min(float(size), longest) + 1.0), size)
        _take_string(roads, stops, s, c, m, v, r, string)
        strings -= 1
        if strings == 0:
            return


@kernel
def _take_string(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, r: int, string: int) -> None:
    """Take a string of stops that holds v out of its route, or one longer round a part that stays."""
    n, size = stops.price.shape[0], s.ends[r, SIZE]
    stay = 0
    if 1 < string < size and uniform(m.chance) < SPLIT:
        stay = 1
        while string + stay < size and uniform(m.chance) < SPLIT:
            stay += 1
    skip = 1 + below(m.chance, string - 1) if stay else string
    total, behind, u = string + stay, 0, v
    while behind < total - 1 and s.links[u, PRED] != n:
        u = s.links[u, PRED]
        behind += 1
    ahead, w = 0, v
    while ahead < total - 1 and s.links[w, SUCC] != n + 1:
        w = s.links[w, SUCC]
        ahead += 1
    least = max(0, total - 1 - ahead)
    u = v
    for _ in range(least + below(m.chance, behind - least + 1)):
        u = s.links[u, PRED]
    for k in range(total):
        following, before = s.links[u, SUCC], s.links[u, PRED]
        if not skip <= k < skip + stay:
            take_out(stops, s, u)
            _queue(m, u)
            if k + 1 == skip or k + 1 == total:
                tell_time(roads, stops, s, c, r, following, before, m.counts[STEP])
        u = following


@kernel
def _call_waiting(m: Memory, most: int) -> None:
    """Let stops that wait try again, some of them when there are many."""
    for _ in range(min(m.counts[WAITING], most)):
        last = m.counts[WAITING] - 1
        k = below(m.chance, last + 1)
        _queue(m, m.waiting[k])
        m.waiting[k] = m.waiting[last]
        m.counts[WAITING] = last


@kernel
def _order(stops: Stops, m: Memory, is_first: bool) -> None:
    """Sort the queue by a rule drawn by chance (weights of the paper for time windows), or what closes first first."""
    draw = 17 if is_first else below(m.chance, 17)
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        if draw < 4:
            m.key[k] = uniform(m.chance)
        elif draw < 8:
            m.key[k] = -stops.ranks[v, BULK]
        elif draw < 10:
            m.key[k] = -stops.ranks[v, AWAY]
        elif draw < 11:
            m.key[k] = stops.ranks[v, AWAY]
        elif draw < 13:
            m.key[k] = stops.ranks[v, WIDTH]
        elif draw < 15:
            m.key[k] = stops.times[v, OPEN]
        elif draw < 17:
            m.key[k] = -stops.times[v, CLOSE]
        else:
            m.key[k] = stops.times[v, CLOSE]
    _sort(m)


@kernel
def _sort(m: Memory) -> None:
    for k in range(1, m.counts[QUEUED]):
        v, key, p = m.queue[k], m.key[k], k
        while p > 0 and m.key[p - 1] > key:
            m.queue[p], m.key[p] = m.queue[p - 1], m.key[p - 1]
            p -= 1
        m.queue[p], m.key[p] = v, key


@kernel
def _recreate(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, blink: float) -> None:
    """Put the queue's stops in, each where it costs least; what costs more than leaving it out waits."""
    depot = stops.price.shape[0]
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        cost, r, before = _best_place(roads, stops, s, c, m, v, blink)
        if r < 0 or cost >= stops.price[v]:
            m.waiting[m.counts[WAITING]] = v
            m.counts[WAITING] += 1
            continue
        _save(s, m, r)
        if s.ends[r, SIZE] == 0:
            before = depot
        put_in(stops, s, v, r, before)
        tell_time(roads, stops, s, c, r, v, v, m.counts[STEP])


@kernel
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


@kernel
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


@kernel
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


@kernel
def _free(s: Routes) -> int:
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0:
            return r
    return -1


@kernel
def _save(s: Routes, m: Memory, r: int) -> None:
    """Note a route's stops before its first change in this step."""
    if m.marks[r, SAVED] == m.counts[STEP]:
        return
    m.marks[r, SAVED] = m.counts[STEP]
    n, k = s.links.shape[0] - 2, 0
    if m.counts[TOUCHED]:
        k = m.marks[m.touched[m.counts[TOUCHED] - 1], TO]
    m.marks[r, FROM] = k
    v = s.ends[r, FIRST]
    while v != n + 1:
        m.saved[k] = v
        k += 1
        v = s.links[v, SUCC]
    m.marks[r, TO] = k
    m.touched[m.counts[TOUCHED]] = r
    m.counts[TOUCHED] += 1


@kernel
def _change(stops: Stops, s: Routes, m: Memory) -> float:
    """Return by how much the touched routes have become dearer; infinite where one cannot be driven."""
    change = 0.0
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        if s.ends[r, SIZE] and s.duration[r] > stops.vehicle[LONGEST]:
            return np.inf
        change += route_cost(stops, s, r) - m.cost[r, COST]
    return change


@kernel
def route_cost(stops: Stops, s: Routes, r: int) -> float:
    """Return what a route costs; an empty one nothing."""
    if s.ends[r, SIZE] == 0:
        return 0.0
    cost = float(stops.vehicle[FIXED] + stops.vehicle[PER_TIME] * s.duration[r])
    if stops.distance.shape[0]:
        n, i, v = s.links.shape[0] - 2, s.links.shape[0] - 2, s.ends[r, FIRST]
        while True:
            cost += stops.vehicle[PER_DISTANCE] * stops.distance[i, v]
            if v == n + 1:
                break
            i, v = v, s.links[v, SUCC]
    return cost


@kernel
def _accept(stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        was_used = m.marks[r, TO] > m.marks[r, FROM]
        m.counts[USED] += (s.ends[r, SIZE] > 0) - was_used
        m.cost[r, COST], m.cost[r, LASTS] = route_cost(stops, s, r), s.duration[r]
    m.counts[TOUCHED] = 0
    settle(c)


@kernel
def _undo(stops: Stops, s: Routes, c: Clocks, m: Memory, uncalled: int) -> None:
    """Put every touched route back as it was, and let those of the queue wait that did."""
    n = s.links.shape[0] - 2
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        v = s.ends[r, FIRST]
        while v != n + 1:
            s.links[v, ROUTE] = -1
            v = s.links[v, SUCC]
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        _restore(stops, s, m, r)
        s.duration[r] = m.cost[r, LASTS]
    turn_back(c)
    m.counts[TOUCHED], m.counts[WAITING] = 0, uncalled
    for k in range(m.counts[QUEUED]):
        if s.links[m.queue[k], ROUTE] < 0:
            m.waiting[m.counts[WAITING]] = m.queue[k]
            m.counts[WAITING] += 1


@kernel
def _restore(stops: Stops, s: Routes, m: Memory, r: int) -> None:
    n = s.links.shape[0] - 2
    s.ends[r, FIRST], s.ends[r, LAST], s.ends[r, SIZE] = n + 1, n, 0
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] = 0
    for k in range(m.marks[r, FROM], m.marks[r, TO]):
        put_in(stops, s, m.saved[k], r, s.ends[r, LAST])


@kernel
def _note_best(s: Routes, m: Memory) -> None:
    n = s.links.shape[0] - 2
    for v in range(n):
        m.best[v, 0], m.best[v, 1] = s.links[v, PRED], s.links[v, ROUTE]
