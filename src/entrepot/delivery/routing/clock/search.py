"""Anneal until the time is over or somebody cancels; the best routes so far are always at hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.routes import Routes, clocks_of, empty_routes
from entrepot.delivery.routing.clock.ruin import BEST, CURRENT, Memory, improve, memory_of
from entrepot.delivery.routing.clock.tables import PER_TIME, SERVICE, Stops, tables_of
from entrepot.delivery.routing.plan import Plan, single, with_unserved
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
        One that `why_not` has nothing against.
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
    routes = empty_routes(stops, max(min(problem.vehicles[0].count, n), 1))
    clocks, memory = clocks_of(roads, stops), memory_of(stops, len(routes.ends), seed)
    given = [(v, r) for r, one in enumerate((start or Plan(())).routes[: len(routes.ends)]) for v in one.stops]
    pairs = np.array(given, dtype=np.int64).reshape(len(given), 2)
    improve(roads, stops, routes, clocks, memory, pairs, 1, 0.0)
    unit = _mean_arc(stops, routes, memory)
    steps, many, gone = 1, 1, time.perf_counter() - begun
    while n and gone < seconds and not cancelled():
        temperature = unit * HOT * (COLD / HOT) ** (gone / seconds)
        improve(roads, stops, routes, clocks, memory, pairs, many, temperature)
        steps, before, gone = steps + many, gone, time.perf_counter() - begun
        many = max(1, min(2 * many, int(many * LOOK_EVERY / max(gone - before, 1e-9))))
        progress(gone, float(memory.costs[BEST]), steps)
    return _plan(problem, memory)


def _mean_arc(stops: Stops, routes: Routes, memory: Memory) -> float:
    """Return what an arc costs in the first routes, services left out."""
    n, used = len(stops.price), int((routes.ends[:, 2] > 0).sum())
    visited = routes.links[:n, 2] >= 0
    served = stops.vehicle[PER_TIME] * stops.times[:n, SERVICE][visited].sum()
    waits = stops.price[~visited].sum()
    return max(float(memory.costs[CURRENT] - served - waits), 1.0) / max(int(visited.sum()) + used, 1)


def _plan(problem: Problem, memory: Memory) -> Plan:
    n = len(problem.stops)
    after = {(int(r), int(u)): v for v, (u, r) in enumerate(memory.best) if r >= 0}
    found = []
    for r in sorted({r for r, _ in after}):
        stops, v = list[int](), after.get((r, n))
        while v is not None:
            stops.append(v)
            v = after.get((r, v))
        found.append(single(problem, 0, tuple(stops)))
    return with_unserved(found, n)
