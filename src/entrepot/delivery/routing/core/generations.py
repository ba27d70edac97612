"""Several short searches of a plain problem, then crosses of their plans: what one is stuck in, another is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.annealing import SLICE_SECONDS, Annealing, Progress, Tuning
from entrepot.delivery.routing.core.crossing import Lines, cross
from entrepot.delivery.routing.core.tables import REQUIRED
from entrepot.delivery.routing.plan import Plan, single, with_unserved
from entrepot.delivery.routing.problem import Problem

MOST_STOPS: Final = 400
"""Larger problems are many small ones side by side: laps differ little, and one long lap was better."""

LAPS: Final = 6
"""So many searches begin from the first plan; together they take half of the time."""

LAP_STEPS: Final = 350
"""Steps by stop that such a search needs to be of use."""

CROSS_STEPS: Final = 70
"""Steps by stop after two plans were crossed."""

TRIED_STEPS: Final = 500
"""How long so many take tells how many there will be: the least of a few times, as others may be busy."""

LAP: Final = Tuning(hot=2.0, cold=0.1)
"""Hotter or colder, a short search would only lose time: nothing is decided yet, or all is."""

CROSSED: Final = Tuning(hot=0.3, cold=0.08)
"""Hot enough to mend the seams of two plans, too cold to forget them."""


class Member(NamedTuple):
    """A plan that visits all stops; the cheaper is the less."""

    cost: float
    lines: Lines


class Generations(Annealing):
    """A search in short laps whose plans are crossed.

    Of large problems, with stops that may be left out, or where the time holds too few steps, it is one lap as ever.
    Every other lap may use one route fewer than the best before it: how many there are is decided by chance while it
    is hot, and is dear to change later.

    Parameters
    ----------
    problem : Problem
        A plain one (`tables.why_not_plain`).
    seed : int
        Of its chance.
    start : Plan, optional
        Where to begin; of its routes those are left out that do not fit.
    """

    def __init__(self, problem: Problem, seed: int = 1, start: Plan | None = None) -> None:
        super().__init__(problem, seed, start)
        self._rng = np.random.default_rng(abs(seed))
        self._members = [] if start is None else self._members_of(super().best, super().plan)

    @property
    def best(self) -> float:
        """Cost of the best plan so far, in units of the problem; a stop that must be visited and is not has a price."""
        return self._members[0].cost if self._is_beaten else super().best

    @property
    def plan(self) -> Plan:
        """The best plan so far."""
        return self._plan_of(self._members[0].lines) if self._is_beaten else super().plan

    @property
    def _is_beaten(self) -> bool:
        """Tell whether the best member is better than what this search found by itself."""
        return bool(self._members) and (self._members[0].cost < super().best or bool(super().plan.unserved))

    def run(
        self, seconds: float, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Search for a time, in laps and crosses if it holds enough steps for them."""
        watch, step = _Watch(seconds, progress, cancelled), self._step_seconds()
        lap, laps = watch.left / (2 * LAPS), 0
        if lap < LAP_STEPS * step:
            super().run(watch.left, watch.tell_own, cancelled)
            return
        while watch.left > 0:
            if laps < LAPS:
                laps += 1
                self._lap(lap, is_tight=laps % 2 == 0, watch=watch)
            elif len(self._members) > 1:
                self._cross(max(CROSS_STEPS * step, SLICE_SECONDS), watch)
            else:  # nearly all laps had too few vehicles
                super().run(watch.left, watch.tell_own, cancelled)

    def _step_seconds(self) -> float:
        """Return how long a step by stop takes; for ever where laps are of no use."""
        if not 1 < self._n_stops <= MOST_STOPS or (self._tables.stops.price != REQUIRED).any():
            return np.inf
        took = []
        for _ in range(5):
            begun = time.perf_counter()
            self.improve(TRIED_STEPS, self.temperature(0.0))
            took.append(time.perf_counter() - begun)
        return min(took) * self._n_stops / TRIED_STEPS

    def _lap(self, seconds: float, is_tight: bool, watch: _Watch) -> None:
        """Search from the first plan; a tight lap may use one route fewer than the best before it."""
        most = len(self._members[0].lines) - 1 if is_tight and self._members else self._problem.vehicles[0].count
        self._members += self._found(None, max(most, 1), LAP, seconds, watch)
        self._members.sort()

    def _cross(self, seconds: float, watch: _Watch) -> None:
        """Cross two members; what comes of it takes the place of the worse if it is better, and not there yet."""
        better, worse = sorted((self._drawn(), self._drawn()))
        if better == worse:
            return
        lines = cross(self._members[better].lines, self._members[worse].lines, self._tables.stops.near, self._rng)
        for found in self._found(self._plan_of(lines), self._problem.vehicles[0].count, CROSSED, seconds, watch):
            costs = {member.cost for member in self._members}
            if found.cost < self._members[worse].cost and found.cost not in costs:
                self._members[worse] = found
        self._members.sort()

    def _drawn(self) -> int:
        """Draw a member: the better of two."""
        return int(self._rng.integers(len(self._members), size=2).min())

    def _found(self, start: Plan | None, most: int, tuning: Tuning, seconds: float, watch: _Watch) -> list[Member]:
        """Search for a while with so many vehicles; return what is found, if it visits all stops."""
        vehicle, before = replace(self._problem.vehicles[0], count=most), self.iterations
        problem, seed = replace(self._problem, vehicles=(vehicle,)), int(self._rng.integers(2**32))
        search = Annealing(problem, seed, start, tuning, self._tables)

        def tell(gone: float, cost: float, iterations: int) -> None:
            self.iterations = before + iterations
            watch.tell(self.best, self.iterations)

        search.run(min(seconds, watch.left), tell, watch.cancelled)
        return self._members_of(search.best, search.plan)

    def _members_of(self, cost: float, plan: Plan) -> list[Member]:
        return [] if plan.unserved else [Member(cost, tuple(route.stops for route in plan.routes))]

    def _plan_of(self, lines: Lines) -> Plan:
        return with_unserved([single(self._problem, 0, line) for line in lines], self._n_stops)


class _Watch:
    """How much time is left, and who follows the whole."""

    def __init__(self, seconds: float, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._begun, self._seconds, self._progress, self.cancelled = time.perf_counter(), seconds, progress, cancelled

    @property
    def left(self) -> float:
        """Seconds that are left; none once it was cancelled."""
        is_cancelled = self.cancelled is not None and self.cancelled()
        return 0.0 if is_cancelled else self._begun + self._seconds - time.perf_counter()

    def tell_own(self, gone: float, best: float, iterations: int) -> None:
        """Tell of a part that counts its own seconds."""
        self.tell(best, iterations)

    def tell(self, best: float, iterations: int) -> None:
        if self._progress is not None:
            self._progress(time.perf_counter() - self._begun, best, iterations)
