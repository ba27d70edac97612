"""Anneal until the time is over or somebody cancels; the best routes so far are always at hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.clocks import Clocks, clocks_of, settle, tell_time
from entrepot.delivery.routing.clock.kinds import FARTHEST, LONGEST, PER_TIME, RELOADS, TYPE, Kinds, reloads_of
from entrepot.delivery.routing.clock.memory import (
    BEST,
    COST,
    CURRENT,
    WAITING,
    Memory,
    distance_as,
    memory_of,
    route_cost,
)
from entrepot.delivery.routing.clock.roads import Ints, Roads
from entrepot.delivery.routing.clock.routes import (
    AGAIN,
    KIND,
    LAST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    clear,
    empty_routes,
    fits,
    is_free,
    is_in_order,
    put_in,
    take_out,
    weigh,
)
from entrepot.delivery.routing.clock.ruin import improve
from entrepot.delivery.routing.clock.tables import SERVICE, Stops, tables_of
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import Problem

HOT: Final = 0.3
COLD: Final = 0.003
"""Temperatures at first and at last, in mean costs of an arc."""

LOOK_EVERY: Final = 0.05
"""Seconds between two looks at the clock, about."""


def search(
    problem: Problem,
    seconds: float,
    seed: int,
    start: Plan | None,
    progress: Callable[[float, float, int], None],
    cancelled: Callable[[], bool],
) -> Plan:
    """Return the best plan found in a time; it begins with a plan given, or one built by insertion.

    Parameters
    ----------
    problem : Problem
        What is to be served.
    seconds : float
        How long; the first plan is built even if it is over.
    seed : int
        The same seed and the same number of steps give the same plan.
    start : Plan or None
        Its stops are taken over as far as they keep their windows.
    progress : callable
        Told seconds gone, best cost and steps, some times a second.
    cancelled : callable
        Whether to stop.
    """
    begun = time.perf_counter()
    roads, stops = tables_of(problem)
    n = len(problem.stops)
    routes, clocks = empty_routes(stops), clocks_of(roads, stops)
    memory = memory_of(stops, len(routes.ends), seed)
    if start is not None:
        _take_over(start, problem, roads, stops, routes, clocks, memory)
    improve(roads, stops, routes, clocks, memory, 1, 0.0)
    unit = _mean_arc(stops, routes, memory)
    steps, many, gone = 1, 1, time.perf_counter() - begun
    progress(gone, float(memory.costs[BEST]), steps)
    while n and gone < seconds and not cancelled():
        temperature = unit * HOT * (COLD / HOT) ** (gone / seconds)
        improve(roads, stops, routes, clocks, memory, many, temperature)
        steps, before, gone = steps + many, gone, time.perf_counter() - begun
        many = max(1, min(2 * many, int(many * LOOK_EVERY / max(gone - before, 1e-9))))
        progress(gone, float(memory.costs[BEST]), steps)
    return _plan(problem, stops.kinds, memory)


def _take_over(start: Plan, problem: Problem, roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    """Put the stops of a plan behind each other as far as they fit; let the others wait."""
    n, again = len(stops.price), np.array(reloads_of(problem), dtype=np.int64)
    for r, route in enumerate(start.routes[: len(s.ends)]):
        kinds = [
            k for k in np.flatnonzero(stops.kinds.of[:, TYPE] == route.vehicle).tolist() if is_free(stops.kinds, s, k)
        ]
        taken = [_fill(route, r, k, again, roads, stops, s, c) for k in kinds]
        if kinds and taken[-1] < max(taken):
            _fill(route, r, kinds[taken.index(max(taken))], again, roads, stops, s, c)
        m.cost[r, :2] = route_cost(stops, s, r), s.duration[r]
    settle(c)
    waiting = np.flatnonzero(s.links[:n, ROUTE] < 0)
    m.waiting[: len(waiting)], m.counts[WAITING] = waiting, len(waiting)
    m.costs[CURRENT] = m.cost[:, COST].sum() + stops.price[waiting].sum()


def _fill(route: Route, r: int, k: int, again: Ints, roads: Roads, stops: Stops, s: Routes, c: Clocks) -> int:
    """Let a kind of vehicle drive a route as far as it can; return how many stops it takes."""
    clear(stops.kinds, s, r, k)
    n, kinds = len(stops.price), stops.kinds
    for number, trip in enumerate(route.trips):
        free = n + np.flatnonzero((again == trip.depot) & (s.links[n:, ROUTE] < 0) & kinds.may[n:, k])
        if number and len(free) and s.ends[r, SIZE] and s.ends[r, AGAIN] < kinds.of[k, RELOADS]:
            _append(int(free[0]), r, roads, stops, s, c)
        for v in trip.stops:
            last = int(s.ends[r, LAST])
            if s.links[v, ROUTE] >= 0 or not fits(stops, s, v, r, last, k) or not is_in_order(stops, s, v, r, last):
                continue
            _append(v, r, roads, stops, s, c)
            if s.duration[r] > kinds.rules[k, LONGEST] or distance_as(stops, s, r, k) > kinds.rules[k, FARTHEST]:
                _drop_last(r, roads, stops, s, c)
        if s.ends[r, SIZE] and s.ends[r, LAST] >= n:
            _drop_last(r, roads, stops, s, c)
    return int(s.ends[r, SIZE] - s.ends[r, AGAIN])


def _append(v: int, r: int, roads: Roads, stops: Stops, s: Routes, c: Clocks) -> None:
    put_in(stops, s, v, r, int(s.ends[r, LAST]))
    weigh(stops, s, r)
    tell_time(roads, stops, s, c, r, v, v, 0)


def _drop_last(r: int, roads: Roads, stops: Stops, s: Routes, c: Clocks) -> None:
    v = int(s.ends[r, LAST])
    before, after = int(s.links[v, PRED]), int(s.links[v, SUCC])
    take_out(stops, s, v)
    weigh(stops, s, r)
    tell_time(roads, stops, s, c, r, after, before, 0)


def _mean_arc(stops: Stops, routes: Routes, memory: Memory) -> float:
    """Return what an arc costs in the first routes, services left out."""
    used, route = int(routes.used[-1]), routes.links[: len(stops.price), ROUTE]
    is_visited = route >= 0
    rates = stops.kinds.rules[routes.ends[route[is_visited], KIND], PER_TIME]
    served = (rates * stops.times[: len(route), SERVICE][is_visited]).sum()
    waits = stops.price[~is_visited].sum()
    return max(float(memory.costs[CURRENT] - served - waits), 1.0) / max(int(is_visited.sum()) + used, 1)


def _plan(problem: Problem, kinds: Kinds, memory: Memory) -> Plan:
    n, nodes, again = len(problem.stops), len(kinds.may), reloads_of(problem)
    after = {(int(r), min(int(u), nodes)): v for v, (u, r) in enumerate(memory.best) if r >= 0}
    found = []
    for r in sorted({r for r, _ in after}):
        vehicle = int(kinds.of[memory.best_kind[r], TYPE])
        trips, v = [Trip(problem.vehicles[vehicle].start, ())], after.get((r, nodes))
        while v is not None:
            if v < n:
                trips[-1] = replace(trips[-1], stops=(*trips[-1].stops, v))
            else:
                trips.append(Trip(again[v - n], ()))
            v = after.get((r, v))
        found.append(Route(vehicle, tuple(trips)))
    return with_unserved(found, n)
