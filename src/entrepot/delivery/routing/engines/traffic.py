"""The engine of routes under traffic: our own search over times that change over the day; also where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from entrepot.delivery.routing.clock.search import search
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType
from entrepot.delivery.routing.travel import Plane, Travel
from entrepot.infra.loops import forget_stale


@dataclass(frozen=True, slots=True)
class Traffic:
    """Slack induction by string removals on arrival-time functions."""

    name: str = "traffic"

    def refusal(self, problem: Problem) -> str | None:
        """Refuse nothing."""
        return None

    def solve(
        self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch, cores: int | None = None
    ) -> Plan:
        """Return the best plan found; the first one counts in the seconds, compiling does not."""
        _compile()
        return search(problem, seconds, seed, start, watch.progress, watch.cancelled)


@cache
def _compile() -> None:
    """Compile the search, or load what was compiled before."""
    forget_stale(Path(__file__).parent.parent)
    way = Plane(np.array([[0.0, 0.0], [1.0, 0.0]]))
    tiny = Problem((Stop("a", 1),), (Depot("d", 0),), (VehicleType("v", 1, cost_per_time=1),), Travel(way, way))
    search(tiny, 0.0, 1, None, lambda *_: None, lambda: True)
