"""One search: its clock, the best plan so far, and the bound so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np

from entrepot.network.checker import check
from entrepot.network.plan import Plan
from entrepot.network.problem import Problem

Progress = Callable[[float, float, float], None]
CLOSED: Final = 1e-9
"""A relative gap that is none: what doubles lose of the exact cost."""
LOST: Final = 1e-3
"""Part of a grain that a bound may be above a multiple of it by what doubles lose."""


@dataclass
class Search:
    """What is known so far, in the file's units of cost; plans cost multiples of `grain`, when it is not 0."""

    problem: Problem
    seconds: float
    seed: int
    cancelled: Callable[[], bool]
    progress: Progress
    dearest: float = np.inf
    grain: float = 0.0
    plan: Plan | None = None
    exact: Fraction | None = None
    cost: float = np.inf
    bound: float = 0.0
    how: str = "all costs are at least 0"
    first_at: float | None = None
    best_at: float = 0.0
    is_infeasible: bool = False
    begun: float = field(default_factory=time.monotonic)
    told: float = 0.0

    @property
    def gone(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.begun

    @property
    def left(self) -> float:
        """Seconds left; none when it was cancelled."""
        return 0.0 if self.cancelled() else max(0.0, self.seconds - self.gone)

    @property
    def is_over(self) -> bool:
        """Whether to stop: no time left, or nothing left to prove."""
        return self.is_closed or self.is_infeasible or self.left <= 0

    @property
    def is_closed(self) -> bool:
        """Whether the best plan is proven the best."""
        return np.isfinite(self.cost) and self.cost - self.bound <= CLOSED * max(1.0, abs(self.cost))

    @property
    def rival(self) -> float:
        """What a plan costs at most that is cheaper than the best."""
        return self.cost - (1 - LOST) * self.grain

    def lifted(self, bound: float) -> float:
        """Return the least that a plan can cost when it costs this at least."""
        if not self.grain or not np.isfinite(bound):
            return bound
        return max(bound, float(np.ceil(bound / self.grain - LOST)) * self.grain)

    def offer(self, plan: Plan) -> bool:
        """Take a plan when it keeps all limits and is cheaper than the best, both by the checker's exact arithmetic."""
        verdict = check(self.problem, plan)
        if not verdict.is_feasible or (self.exact is not None and verdict.cost.total >= self.exact):
            return False
        self.plan, self.exact = plan, verdict.cost.total
        self.cost = float(verdict.cost.total) / self.problem.cost_scale
        self.best_at = self.gone
        self.first_at = self.best_at if self.first_at is None else self.first_at
        return True

    def raise_bound(self, bound: float, how: str) -> None:
        """Take a bound when it is above the best so far; it never passes the cost of a plan.

        Above what every plan must cost at most, it proves that there is none.
        """
        if not np.isfinite(self.cost) and bound > self.dearest:
            self.is_infeasible = True
            return
        bound = min(self.lifted(bound), self.cost)
        if bound > self.bound:
            self.bound, self.how = bound, how

    def tell(self) -> None:
        """Tell the caller how far it is, at most a few times a second."""
        if self.gone - self.told > 0.25:
            self.told = self.gone
            self.progress(self.gone, self.cost, self.bound)
