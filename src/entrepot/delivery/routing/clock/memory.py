"""What a search keeps beside its routes: costs, stops that wait, and what a step has changed, to undo it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.roads import Floats, Ints
from entrepot.delivery.routing.clock.routes import (
    FIRST,
    LAST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Clocks,
    Routes,
    put_in,
    settle,
    turn_back,
)
from entrepot.delivery.routing.clock.tables import FIXED, LONGEST, PER_DISTANCE, PER_TIME, Stops
from entrepot.delivery.routing.core.chance import State, seeded
from entrepot.delivery.routing.core.compiled import compiled

STEP, USED, TOUCHED, QUEUED, WAITING, TOKEN = range(6)
"""Places of `Memory.counts`: the step; lengths of the lists; the last mark of a gap that was looked at."""

CURRENT, BEST = range(2)
"""Places of `Memory.costs`."""

COST, LASTS = range(2)
"""Columns of `Memory.cost`."""

RUINED, SAVED, FROM, TO = range(4)
"""Columns of `Memory.marks`."""


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


@compiled
def queue(m: Memory, v: int) -> None:
    """Let a stop go back in this step."""
    m.queue[m.counts[QUEUED]] = v
    m.counts[QUEUED] += 1


@compiled
def price_of_waiting(stops: Stops, m: Memory) -> float:
    """Return what the stops that wait cost."""
    total = 0.0
    for k in range(m.counts[WAITING]):
        total += stops.price[m.waiting[k]]
    return total


@compiled
def save(s: Routes, m: Memory, r: int) -> None:
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


@compiled
def change(stops: Stops, s: Routes, m: Memory) -> float:
    """Return by how much the touched routes have become dearer; infinite where one cannot be driven."""
    more = 0.0
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        if s.ends[r, SIZE] and s.duration[r] > stops.vehicle[LONGEST]:
            return np.inf
        more += route_cost(stops, s, r) - m.cost[r, COST]
    return more


@compiled
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


@compiled
def accept(stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    """Keep what this step has changed."""
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        was_used = m.marks[r, TO] > m.marks[r, FROM]
        m.counts[USED] += (s.ends[r, SIZE] > 0) - was_used
        m.cost[r, COST], m.cost[r, LASTS] = route_cost(stops, s, r), s.duration[r]
    m.counts[TOUCHED] = 0
    settle(c)


@compiled
def undo(stops: Stops, s: Routes, c: Clocks, m: Memory, uncalled: int) -> None:
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


@compiled
def _restore(stops: Stops, s: Routes, m: Memory, r: int) -> None:
    n = s.links.shape[0] - 2
    s.ends[r, FIRST], s.ends[r, LAST], s.ends[r, SIZE] = n + 1, n, 0
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] = 0
    for k in range(m.marks[r, FROM], m.marks[r, TO]):
        put_in(stops, s, m.saved[k], r, s.ends[r, LAST])


@compiled
def note_best(s: Routes, m: Memory) -> None:
    """Note the routes as the best so far."""
    n = s.links.shape[0] - 2
    for v in range(n):
        m.best[v, 0], m.best[v, 1] = s.links[v, PRED], s.links[v, ROUTE]
