"""The search over one plain problem: savings at once, then ruin and recreate while it cools; the best at any moment."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.delivery.routing.core.ground import away
from entrepot.delivery.routing.core.memory import BEST, CURRENT, SHORT, WAITING, memory_of
from entrepot.delivery.routing.core.part import Part, Row, routes_of, row_of
from entrepot.delivery.routing.core.routes import PRED, ROUTE, SUCC, empty_routes
from entrepot.delivery.routing.core.ruin import fill, improve, load_route
from entrepot.delivery.routing.core.savings import savings
from entrepot.delivery.routing.core.tables import BULK, REQUIRED, Tables, tables_of
from entrepot.delivery.routing.plan import Plan, Route, single, with_unserved
from entrepot.delivery.routing.problem import Problem

SLICE_SECONDS: Final = 0.05
"""How long compiled code runs before it is asked whether to stop, and told a new temperature."""

Progress = Callable[[float, float, int], None]
"""Told the seconds gone, the best cost and the iterations done."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the search is set to.

    Parameters
    ----------
    mean_removed, longest_string : float
        Stops taken out in a step on average, and the longest string of them.
    width : int
        Beside how many nearest stops a place is looked for.
    blink : float
        Chance that a place is overlooked.
    hot, cold : float
        Temperatures at the beginning and at the end, in mean lengths of an arc that is driven.
    haste : float
        Where few steps can be taken, the end is no colder than this over the steps that a stop gets.
    extra : float
        What a stop that waits costs beside its prize, in temperatures; more where most stops wait.
    """

    mean_removed: float = 10.0
    longest_string: float = 10.0
    width: int = 30
    blink: float = 0.01
    hot: float = 0.3
    cold: float = 0.003
    haste: float = 0.0
    extra: float = 0.0


TIMED: Final = Tuning(width=60, hot=2.0, cold=0.08, haste=20.0)
"""Of a rich problem where times can be missed: a step changes more, as few places are left for a stop, so it is hotter
all along, and when it is colder nothing changes any more; of its neighbours many are with another depot, kind or trip
that cannot take it, so more are asked."""


PLAIN: Final = Tuning(hot=3.0, cold=0.02)
"""Of a plain problem, in arcs between stops: the fewer and longer the routes, the more it gains from being hot."""

PRIZED: Final = Tuning(mean_removed=15.0, longest_string=15.0, hot=1.0, cold=0.01, extra=0.5)
"""Where stops may be left out: chance gives them up sooner than it takes them back, the more the hotter it is, so that
without more than their prizes for those that wait whole routes are lost for good."""


class Cooling(ABC):
    """A search that takes steps at a temperature, and cools in time."""

    def __init__(self, tuning: Tuning, n_stops: int) -> None:
        self._tuning, self._n_stops, self._cold = tuning, n_stops, tuning.cold
        self._arc, self.iterations = 1.0, 0

    @property
    @abstractmethod
    def best(self) -> float:
        """Cost of the best plan so far."""

    @property
    @abstractmethod
    def plan(self) -> Plan:
        """The best plan so far."""

    @abstractmethod
    def improve(self, iterations: int, temperature: float) -> None:
        """Take so many steps at one temperature."""

    def run(
        self, seconds: float, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Search for a time while it cools from hot to cold; run again, it starts hot from where it is."""
        begun, gone, many, taken = time.perf_counter(), 0.0, 100, self.iterations
        while gone < seconds and not (cancelled is not None and cancelled()):
            self.improve(many, self.temperature(gone / seconds))
            now = time.perf_counter() - begun
            many = max(int(many * min(max(SLICE_SECONDS / max(now - gone, 1e-6), 0.25), 4.0)), 1)
            gone = now
            self._expect((self.iterations - taken) * seconds / max(gone, 1e-6))
            if progress is not None:
                progress(gone, self.best, self.iterations)

    def temperature(self, part: float) -> float:
        """Return the temperature when so great a part of the time is gone: it falls by the same factor all along."""
        hot = self._tuning.hot
        return self._arc * hot * float((self._cold / hot) ** part)

    def _expect(self, steps: float) -> None:
        """Set how cold the end is by the steps that the whole time will hold."""
        hasty = self._tuning.haste * self._n_stops / max(steps, 1.0)
        self._cold = min(max(self._tuning.cold, hasty), self._tuning.hot)


class Annealing(Cooling):
    """A search that can be run on, watched and stopped.

    Parameters
    ----------
    problem : Problem
        A plain one (`tables.why_not_plain`).
    seed : int
        The same seed and the same steps give the same plan.
    start : Plan, optional
        Where to begin; of its routes those are left out that do not fit.
    tuning : Tuning, optional
        How to search.
    tables : Tables, optional
        The problem's, where they were made before.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int = 1,
        start: Plan | None = None,
        tuning: Tuning | None = None,
        tables: Tables | None = None,
    ) -> None:
        self._tables = tables or tables_of(problem)
        ground, stops = self._tables
        is_prized = bool((stops.price != REQUIRED).any())
        super().__init__(tuning or (PRIZED if is_prized else PLAIN), len(problem.stops))
        self._problem = problem
        vehicle, n = problem.vehicles[0], len(problem.stops)
        if start is None:
            routes = savings(ground, stops, vehicle.count)
        else:
            routes = [list(route.stops) for route in start.routes if route.stops]
        room = max(1, min(vehicle.count, n, len(routes) + len(routes) // 4 + 20))
        current, best, memory = empty_routes(stops, room), empty_routes(stops, room), memory_of(stops, room, seed)
        seen: set[int] = set()
        for route in routes:
            if seen.isdisjoint(route) and len(set(route)) == len(route):
                row = np.array(route, dtype=np.int64)
                if load_route(ground, stops, current, memory, row, 0, len(row)):
                    seen.update(route)
        order = np.argsort(-stops.ranks[:, BULK], kind="stable")
        fill(ground, stops, current, best, memory, order, self._tuning.width)
        self._whole = Part(np.arange(n + 1), ground, stops, current, best, memory)
        self._arc = self._mean_arc()

    @property
    def best(self) -> float:
        """Cost of the best plan so far, in units of the problem; a stop that must be visited and is not has a price."""
        return float(self._whole.memory.counts[BEST])

    @property
    def plan(self) -> Plan:
        """The best plan so far."""
        return with_unserved(self.routes, len(self._problem.stops))

    @property
    def routes(self) -> list[Route]:
        """Routes of the best plan so far."""
        return [single(self._problem, 0, stops) for stops in routes_of(self._row)]

    @property
    def _row(self) -> Row:
        return row_of(self._whole.best, self._whole.nodes)

    def improve(self, iterations: int, temperature: float) -> None:
        """Take so many steps at one temperature."""
        self._take(self._whole, iterations, temperature)
        self.iterations += iterations

    def _take(self, part: Part, iterations: int, temperature: float) -> None:
        tuning = self._tuning
        if len(part.stops.price):
            improve(
                *part[1:], iterations, temperature,
                tuning.mean_removed, tuning.longest_string, tuning.width, tuning.blink,
                int(self._extra(part) * temperature),
            )  # fmt: skip

    def _extra(self, part: Part) -> float:
        """Return what a stop of a part that waits costs beside its prize, in temperatures.

        A step takes out some of those that are visited and tries some of those that wait, so each of these comes back
        the more rarely the more there are; where most wait, half of the logarithm of how many more makes up for it.
        """
        waiting = int(part.memory.counts[WAITING])
        free, visited = waiting - int(part.memory.counts[SHORT]), len(part.stops.price) - waiting
        if free <= visited or not self._tuning.extra:
            return self._tuning.extra
        return self._tuning.extra + 0.5 * math.log(free / max(visited, 1))

    def _mean_arc(self) -> float:
        """Return the mean cost of an arc between stops driven now; ways to the depot are no measure of a change."""
        _, ground, stops, current, _, memory = self._whole
        n, links = len(self._problem.stops), current.links[:-1]
        is_served = links[:, ROUTE] >= 0
        firsts = np.flatnonzero(is_served & (links[:, PRED] == n)).tolist()
        lasts = np.flatnonzero(is_served & (links[:, SUCC] == n)).tolist()
        driven = float(memory.counts[CURRENT] - memory.price[~is_served].sum() - len(firsts) * stops.fixed)
        driven -= sum(away(ground, n, v) for v in firsts) + sum(away(ground, v, n) for v in lasts)
        return max(driven, 1.0) / max(int(is_served.sum()) - len(firsts), 1)
