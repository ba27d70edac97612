"""The engine of rich static problems: our own core for fleets of several kinds, depots, reloads and pickups."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

import numpy as np

from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.core.fleet.tables import why_not
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType
from entrepot.delivery.routing.travel import Table, Travel


@dataclass(frozen=True, slots=True)
class Fleets:
    """Slack induction by string removals, for fleets of several kinds and routes of several trips."""

    name: str = "fleets"

    def refusal(self, problem: Problem) -> str | None:
        """Tell what its arrays cannot hold."""
        return why_not(problem)

    def solve(self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch) -> Plan:
        """Return the best plan found; the first solution counts in the seconds, compiling does not."""
        _compile()
        begun = time.perf_counter()
        search = FleetAnnealing(problem, seed, start)
        first = time.perf_counter() - begun
        watch.progress(first, search.best, 0)
        search.run(
            seconds - first,
            lambda gone, cost, iterations: watch.progress(first + gone, cost, iterations),
            watch.cancelled,
        )
        return search.plan


@cache
def _compile() -> None:
    """Compile the core, or load what was compiled before."""
    line = Table(np.abs(np.subtract.outer(np.arange(3), np.arange(3))))
    stops = (Stop("a", 1, (1,)), Stop("b", 2, (1,)))
    FleetAnnealing(Problem(stops, (Depot("d", 0),), (VehicleType("v", 2, (2,)),), Travel(line, line))).improve(1, 1.0)
