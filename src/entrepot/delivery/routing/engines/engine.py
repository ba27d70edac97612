"""What every engine does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem


def silent(seconds: float, cost: float, iterations: int) -> None:
    """Tell nobody."""


def never() -> bool:
    """Let it go on."""
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a search.

    Parameters
    ----------
    progress : callable
        Told now and then the seconds gone, the best cost so far and the iterations done.
    cancelled : callable
        Asked now and then; once it says so, the search ends with the best so far.
    """

    progress: Callable[[float, float, int], None] = silent
    cancelled: Callable[[], bool] = never


class Engine(Protocol):
    """Plans routes of the problems it can hold."""

    @property
    def name(self) -> str:
        """By which it is chosen."""
        ...

    def refusal(self, problem: Problem) -> str | None:
        """Tell what of a problem it cannot hold; None where it can plan it."""
        ...

    def solve(
        self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch, cores: int | None = None
    ) -> Plan:
        """Return the best plan found with so many threads at most, or as many as there are cores.

        Where none is feasible, it breaks limits or leaves stops out.
        """
        ...
