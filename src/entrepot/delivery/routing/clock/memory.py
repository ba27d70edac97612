"""What a search keeps beside its routes: costs, stops that wait, and what a step has changed, to undo it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.clocks import Clocks, settle, turn_back
from entrepot.delivery.routing.clock.kinds import END, FARTHEST, FIXED, LONGEST, PER_DISTANCE, PER_TIME, START
from entrepot.delivery.routing.clock.roads import Floats, Ints
from entrepot.delivery.routing.clock.routes import (
    FIRST,
    KIND,
    LAST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    clear,
    put_in,
    weigh,
)
from entrepot.delivery.routing.clock.tables import Stops
from entrepot.delivery.routing.core.chance import State, seeded
from entrepot.delivery.routing.core.compiled import compiled, inner

STEP, TOUCHED, QUEUED, WAITING, TOKEN = range(5)
"""Places of `Memory.counts`: the step; lengths of the lists; the number of the last stop a place was sought for."""

CURRENT, BEST = range(2)
"""Places of `Memory.costs`."""

COST, LASTS, MORE = range(3)
"""Columns of `Memory.cost`."""

RUINED, SAVED, FROM, TO, WAS, ASKED, OFFER = range(7)
"""Columns of `Memory.marks`."""


class Memory(NamedTuple):
    """What the search keeps beside the routes.

    Parameters
    ----------
    counts : int array, shape (5,)
        By the names above.
    costs : float array, shape (2,)
        CURRENT and BEST.
    cost : float array, shape (n_routes, 3)
        Of each route before this step: COST, and how long it LASTS; how much MORE it costs by what is on OFFER.
    marks : int array, shape (n_routes, 7)
        The step a route was RUINED in, the one it was SAVED in, where its stops are in `saved`, and which kind it WAS
        of; the last TOKEN a larger vehicle was ASKED for, and the kind on OFFER, or -1.
    touched : int array, shape (n_routes,)
        Routes that were saved in this step.
    saved : int array, shape (2 * (n + n_reloads),)
        Their nodes as they were.
    waiting : int array, shape (n,)
        Stops no route visits.
    queue : int array, shape (n,)
        Stops to put in.
    key : float array, shape (n,)
        What the queue is sorted by.
    seen : int array, shape (n + n_reloads + n_routes,)
        The last TOKEN a gap was looked at for: behind each node, and at the start of each route.
    best : int array, shape (n + n_reloads, 2)
        Best routes: by node the one before it, or a start, and the route, or -1.
    best_kind : int array, shape (n_routes,)
        What drives them.
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
    best_kind: Ints
    chance: State


def memory_of(stops: Stops, n_routes: int, seed: int) -> Memory:
    """Return the memory of a search before its first step: all stops wait."""
    n, nodes = len(stops.price), len(stops.kinds.may)
    memory = Memory(
        counts=np.zeros(5, np.int64),
        costs=np.array([stops.price.sum(), np.inf]),
        cost=np.zeros((n_routes, 3)),
        marks=np.full((n_routes, 7), -1, np.int64),
        touched=np.zeros(n_routes, np.int64),
        saved=np.zeros(2 * nodes, np.int64),
        waiting=np.arange(n, dtype=np.int64),
        queue=np.zeros(n, np.int64),
        key=np.zeros(n),
        seen=np.zeros(nodes + n_routes, np.int64),
        best=np.full((nodes, 2), -1, np.int64),
        best_kind=np.zeros(n_routes, np.int64),
        chance=seeded(seed),
    )
    memory.counts[WAITING] = n
    return memory


@inner
def queue(m: Memory, v: int) -> None:
    """Let a stop go back in this step."""
    m.queue[m.counts[QUEUED]] = v
    m.counts[QUEUED] += 1


@inner
def wait(m: Memory, v: int) -> None:
    """Let a stop be on no route."""
    m.waiting[m.counts[WAITING]] = v
    m.counts[WAITING] += 1


@inner
def price_of_waiting(stops: Stops, m: Memory) -> float:
    """Return what the stops that wait cost."""
    total = 0.0
    for k in range(m.counts[WAITING]):
        total += stops.price[m.waiting[k]]
    return total


@inner
def save(s: Routes, m: Memory, r: int) -> None:
    """Note a route's nodes before its first change in this step."""
    if m.marks[r, SAVED] == m.counts[STEP]:
        return
    m.marks[r, SAVED], m.marks[r, WAS] = m.counts[STEP], s.ends[r, KIND]
    n, k = s.links.shape[0], 0
    if m.counts[TOUCHED]:
        k = m.marks[m.touched[m.counts[TOUCHED] - 1], TO]
    m.marks[r, FROM] = k
    v = s.ends[r, FIRST]
    while v < n:
        m.saved[k] = v
        k += 1
        v = s.links[v, SUCC]
    m.marks[r, TO] = k
    m.touched[m.counts[TOUCHED]] = r
    m.counts[TOUCHED] += 1


@inner
def change(stops: Stops, s: Routes, m: Memory) -> float:
    """Return by how much the touched routes have become dearer; infinite where one cannot be driven."""
    more = 0.0
    for p in range(m.counts[TOUCHED]):
        r = m.touched[p]
        k = s.ends[r, KIND]
        is_driven = s.ends[r, SIZE] > 0
        if is_driven and s.duration[r] > stops.kinds.rules[k, LONGEST]:
            return np.inf
        if is_driven and distance_as(stops, s, r, k) > stops.kinds.rules[k, FARTHEST]:
            return np.inf
        more += route_cost(stops, s, r) - m.cost[r, COST]
    return more


@compiled
def route_cost(stops: Stops, s: Routes, r: int) -> float:
    """Return what a route costs; an empty one nothing."""
    if s.ends[r, SIZE] == 0:
        return 0.0
    k = s.ends[r, KIND]
    return cost_as(stops, k, s.duration[r], distance_as(stops, s, r, k))


@inner
def cost_as(stops: Stops, k: int, duration: float, distance: float) -> float:
    """Return what a route of a kind costs that is so long."""
    rules = stops.kinds.rules
    return float(rules[k, FIXED] + rules[k, PER_TIME] * duration + rules[k, PER_DISTANCE] * distance)


@compiled
def distance_as(stops: Stops, s: Routes, r: int, k: int) -> float:
    """Return the distance of a route that is not empty, driven by a kind of vehicle; 0 where no distance matters."""
    far = 0.0
    if stops.distance.shape[0]:
        i, v = stops.kinds.of[k, START], s.ends[r, FIRST]
        while v < s.links.shape[0]:
            far += stops.distance[i, v]
            i, v = v, s.links[v, SUCC]
        far += stops.distance[i, stops.kinds.of[k, END]]
    return far


@inner
def accept(stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    """Keep what this step has changed."""
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        m.cost[r, COST], m.cost[r, LASTS] = route_cost(stops, s, r), s.duration[r]
    m.counts[TOUCHED] = 0
    settle(c)


@inner
def undo(stops: Stops, s: Routes, c: Clocks, m: Memory, uncalled: int) -> None:
    """Put every touched route back as it was, and let those of the queue wait that did."""
    for k in range(m.counts[TOUCHED]):
        clear(stops.kinds, s, m.touched[k], m.marks[m.touched[k], WAS])
    for k in range(m.counts[TOUCHED]):
        r = m.touched[k]
        for p in range(m.marks[r, FROM], m.marks[r, TO]):
            put_in(stops, s, m.saved[p], r, s.ends[r, LAST])
        weigh(stops, s, r)
        s.duration[r] = m.cost[r, LASTS]
    turn_back(c)
    m.counts[TOUCHED], m.counts[WAITING] = 0, uncalled
    for k in range(m.counts[QUEUED]):
        if s.links[m.queue[k], ROUTE] < 0:
            wait(m, m.queue[k])


@inner
def note_best(s: Routes, m: Memory) -> None:
    """Note the routes as the best so far."""
    for v in range(s.links.shape[0]):
        m.best[v, 0], m.best[v, 1] = s.links[v, PRED], s.links[v, ROUTE]
    for r in range(s.ends.shape[0]):
        m.best_kind[r] = s.ends[r, KIND]
