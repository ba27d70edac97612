"""The engines of static problems: our own cores, the plain one and that of rich fleets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from entrepot.delivery.routing.core.annealing import Annealing
from entrepot.delivery.routing.core.apart import Apart
from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.core.fleet.tables import why_not
from entrepot.delivery.routing.core.generations import MOST_STOPS, Generations
from entrepot.delivery.routing.core.tables import why_not_plain
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.infra.compute import usable_cores
from entrepot.infra.loops import forget_stale

Search: TypeAlias = Annealing | FleetAnnealing


@dataclass(frozen=True, slots=True)
class StringRemovals:
    """Slack induction by string removals.

    Parameters
    ----------
    name : str
        By which it is chosen.
    search : callable
        The core: begins a search of a problem with a seed, where to begin, and how many threads it may use.
    refusal : callable
        Tells what of a problem the core's arrays cannot hold; None where they can.
    """

    name: str
    search: Callable[[Problem, int, Plan | None, int], Search]
    refusal: Callable[[Problem], str | None]

    def solve(
        self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch, cores: int | None = None
    ) -> Plan:
        """Return the best plan found; the first solution counts in the seconds, compiling does not."""
        _compile(self.search)
        cores = cores or usable_cores()
        begun = time.perf_counter()
        search = self.search(problem, seed, start, cores)
        first = time.perf_counter() - begun
        watch.progress(first, search.best, 0)
        search.run(
            seconds - first,
            lambda gone, cost, iterations: watch.progress(first + gone, cost, iterations),
            watch.cancelled,
        )
        return search.plan


def _plain(problem: Problem, seed: int, start: Plan | None, cores: int) -> Annealing:
    if len(problem.stops) <= MOST_STOPS:
        return Generations(problem, seed, start)
    return Apart(problem, seed, start, cores=cores)


def _rich(problem: Problem, seed: int, start: Plan | None, cores: int) -> FleetAnnealing:
    return FleetAnnealing(problem, seed, start)


STRINGS: Final = StringRemovals("strings", _plain, why_not_plain)
"""One depot and vehicles of one kind; where there are many, several threads."""

FLEETS: Final = StringRemovals("fleets", _rich, why_not)
"""Fleets of several kinds and routes of several trips; one thread."""


@cache
def _compile(search: Callable[[Problem, int, Plan | None, int], Search]) -> None:
    """Compile a core, or load what was compiled before."""
    forget_stale(Path(__file__).parent.parent)
    line = Table(np.abs(np.subtract.outer(np.arange(3), np.arange(3))))
    stops = (Stop("a", 1, (1,)), Stop("b", 2, (1,)))
    tiny = Problem(stops, (Depot("d", 0),), (VehicleType("v", 2, (2,)),), Travel(line, line))
    search(tiny, 1, None, 1).improve(1, 1.0)
