"""The searches policies plan with: a share of seconds, or of steps where the same seed must give the same plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.delivery.routing.core.annealing import Annealing
from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.core.fleet.tables import why_not
from entrepot.delivery.routing.core.tables import why_not_plain
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.search import solve
from entrepot.kernel.errors import InputError

SLICES: Final = 50
"""Temperatures of a search by steps."""


@dataclass(frozen=True, slots=True)
class BySeconds:
    """Searches for a share of the seconds a wave may take."""

    seconds: float

    def plan(self, problem: Problem, share: float, seed: int) -> Plan:
        """Return the best plan found in the time."""
        return solve(problem, seconds=self.seconds * share, seed=seed)


@dataclass(frozen=True, slots=True)
class BySteps:
    """Takes a share of a number of steps, so that the same seed gives the same plan."""

    steps: int

    def plan(self, problem: Problem, share: float, seed: int) -> Plan:
        """Return the best plan found in the steps.

        Raises
        ------
        InputError
            ``waves.steps`` if none of our own cores can hold the problem.
        """
        search, many = _core(problem)(problem, seed), max(round(self.steps * share / SLICES), 1)
        for k in range(SLICES):
            search.improve(many, search.temperature(k / SLICES))
        return search.plan


def _core(problem: Problem) -> type[Annealing] | type[FleetAnnealing]:
    if why_not_plain(problem) is None:
        return Annealing
    reason = why_not(problem)
    if reason is None:
        return FleetAnnealing
    raise InputError("waves.steps", f"A search by steps knows no {reason}.", "Give seconds instead.")
