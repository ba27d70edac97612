"""The engines of static problems: our own cores, the plain one and that of rich fleets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.core.fleet.tables import why_not
from entrepot.delivery.routing.core.generations import Generations
from entrepot.delivery.routing.core.tables import why_not_plain
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.infra.loops import forget_stale

Search: TypeAlias = type[Generations] | type[FleetAnnealing]


@dataclass(frozen=True, slots=True)
class StringRemovals:
    """Slack induction by string removals.

    Parameters
    ----------
    name : str
        By which it is chosen.
    search : type
        The core.
    refusal : callable
        Tells what of a problem the core's arrays cannot hold; None where they can.
    """

    name: str
    search: Search
    refusal: Callable[[Problem], str | None]

    def solve(self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch) -> Plan:
        """Return the best plan found; the first solution counts in the seconds, compiling does not."""
        _compile(self.search)
        begun = time.perf_counter()
        search = self.search(problem, seed, start)
        first = time.perf_counter() - begun
        watch.progress(first, search.best, 0)
        search.run(
            seconds - first,
            lambda gone, cost, iterations: watch.progress(first + gone, cost, iterations),
            watch.cancelled,
        )
        return search.plan


STRINGS: Final = StringRemovals("strings", Generations, why_not_plain)
"""One depot and vehicles of one kind."""

FLEETS: Final = StringRemovals("fleets", FleetAnnealing, why_not)
"""Fleets of several kinds and routes of several trips."""


@cache
def _compile(search: Search) -> None:
    """Compile a core, or load what was compiled before."""
    forget_stale(Path(__file__).parent.parent)
    line = Table(np.abs(np.subtract.outer(np.arange(3), np.arange(3))))
    stops = (Stop("a", 1, (1,)), Stop("b", 2, (1,)))
    search(Problem(stops, (Depot("d", 0),), (VehicleType("v", 2, (2,)),), Travel(line, line))).improve(1, 1.0)
