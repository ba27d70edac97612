"""The search over one rich problem: savings at once, then ruin and recreate while it cools."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from entrepot.delivery.routing.core.annealing import PRIZED, TIMED, Cooling, Tuning
from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.fleet.layout import laid_out
from entrepot.delivery.routing.core.fleet.memory import BEGINS, BEST, BEST_FIRST, BEST_KIND, CURRENT, memory_of
from entrepot.delivery.routing.core.fleet.ruin import fill, improve, load_route
from entrepot.delivery.routing.core.fleet.savings import savings
from entrepot.delivery.routing.core.fleet.tables import BY_TIME, MOST_TRIPS, UNIT, Facts, facts_of
from entrepot.delivery.routing.core.fleet.trips import KIND, NONE, ROUTE, SUCC, TRIP, Work, empty_work
from entrepot.delivery.routing.core.ground import away, lasts
from entrepot.delivery.routing.core.tables import BULK
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import Problem

MIXED: Final = Tuning(hot=1.0, cold=0.01)
"""Where no time can be missed: as hot as the plain search, it leaves too little time to settle on kinds of vehicles."""


class FleetAnnealing(Cooling):
    """A search that can be run on, watched and stopped.

    Parameters
    ----------
    problem : Problem
        One that the arrays can hold (`tables.why_not`).
    seed : int
        The same seed and the same steps give the same plan.
    start : Plan, optional
        Where to begin; of its routes those are left out that do not fit.
    tuning : Tuning, optional
        How to search.
    """

    def __init__(
        self, problem: Problem, seed: int = 1, start: Plan | None = None, tuning: Tuning | None = None
    ) -> None:
        self._stop_at = laid_out(problem)
        self._problem = replace(problem, stops=tuple(problem.stops[stop] for stop in self._stop_at.tolist()))
        self._facts = facts_of(self._problem)
        super().__init__(tuning or self._usual(), len(problem.stops))
        n = len(problem.stops)
        n_routes = max(1, min(sum(vehicle.count for vehicle in problem.vehicles), n))
        n_trips = max(n, 1) if (self._facts.kinds[:, MOST_TRIPS] > 1).any() else n_routes
        self._work = empty_work(self._facts, n_routes, n_trips)
        self._memory = memory_of(self._facts, n_routes, n_trips, seed)
        if start is None:
            self._begin()
        else:
            self._load(start)
        order = np.argsort(-self._facts.ranks[:, BULK], kind="stable")
        fill(self._facts, self._work, self._memory, order, self._tuning.width)
        self._arc = self._mean_arc()

    @property
    def best(self) -> float:
        """Cost of the best plan so far, in units of the problem; a stop that must be visited and is not has a price."""
        return float(self._memory.counts[BEST])

    @property
    def plan(self) -> Plan:
        """The best plan so far."""
        first = self._memory.best_routes[:, BEST_FIRST]
        routes = [self._route(r) for r in np.flatnonzero(first != len(self._problem.stops)).tolist()]
        return with_unserved(routes, len(self._problem.stops))

    def improve(self, iterations: int, temperature: float) -> None:
        """Take so many steps at one temperature."""
        tuning = self._tuning
        if len(self._problem.stops):
            improve(
                self._facts, self._work, self._memory, iterations, temperature,
                tuning.mean_removed, tuning.longest_string, tuning.width, tuning.blink,
            )  # fmt: skip
            self._arc = self._mean_arc()  # the first routes are far too long to go by
        self.iterations += iterations

    def _usual(self) -> Tuning:
        """Return what suits problems of this kind."""
        if self._facts.is_timed:
            return TIMED
        return PRIZED if any(stop.prize is not None for stop in self._problem.stops) else MIXED

    def _begin(self) -> None:
        """Open routes by savings, each with the cheapest kind of which there still is a vehicle."""
        for nodes, kinds in savings(self._facts) if len(self._problem.stops) else ():
            any(self._open(kind, [nodes]) for kind in kinds)

    def _load(self, start: Plan) -> None:
        """Open the routes of a given plan that fit."""
        node_of, seen = np.argsort(self._stop_at), set[int]()
        for route in start.routes:
            stops = route.stops
            depot = self._problem.vehicles[route.vehicle].start
            is_known = all(trip.depot == depot for trip in route.trips)
            if not is_known or not stops or not seen.isdisjoint(stops) or len(set(stops)) < len(stops):
                continue
            if self._open(route.vehicle, [node_of[list(trip.stops)].tolist() for trip in route.trips if trip.stops]):
                seen.update(stops)

    def _open(self, kind: int, trips: list[list[int]]) -> bool:
        """Open a route of waiting nodes, if it fits."""
        if len(trips) > self._facts.kinds[kind, MOST_TRIPS]:
            return False
        rows = [(node, int(place == 0)) for nodes in trips for place, node in enumerate(nodes)]
        return load_route(self._facts, self._work, self._memory, kind, np.array(rows, dtype=np.int64))

    def _mean_arc(self) -> float:
        """Return the mean cost of an arc between stops driven now; of a stop where no two are on one trip."""
        cost, arcs = _between_stops(self._facts, self._work)
        if cost > 0:
            return cost / arcs
        return max(float(self._memory.counts[CURRENT]), 1.0) / max(len(self._problem.stops), 1)

    def _route(self, r: int) -> Route:
        kind, v = int(self._memory.best_routes[r, BEST_KIND]), int(self._memory.best_routes[r, BEST_FIRST])
        trips: list[list[int]] = []
        while v != len(self._problem.stops):
            if self._memory.best[v, BEGINS]:
                trips.append([])
            trips[-1].append(int(self._stop_at[v]))
            v = int(self._memory.best[v, 0])
        depot = self._problem.vehicles[kind].start
        return Route(kind, tuple(Trip(depot, tuple(stops)) for stops in trips))


@compiled
def _between_stops(facts: Facts, w: Work) -> tuple[float, int]:
    """Return what driving from stop to stop costs in all, and how many such arcs there are; ways to depots are none."""
    n, cost, arcs = w.links.shape[0] - 1, 0.0, 0
    for v in range(n):
        t, after = w.links[v, TRIP], w.links[v, SUCC]
        if t != NONE and after != n:
            k = w.routes[w.trips[t, ROUTE], KIND]
            cost += facts.kinds[k, UNIT] * away(facts.ground, v, after)
            cost += facts.kinds[k, BY_TIME] * lasts(facts.ground, v, after)
            arcs += 1
    return cost, arcs
