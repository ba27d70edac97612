"""A network as it ran beside what the solver makes of it: one comparison, judged by our checker, told and recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from entrepot.network.checker import check
from entrepot.network.infeasible import explain_infeasible
from entrepot.network.plan import Plan
from entrepot.network.problem import Problem
from entrepot.network.solver.solve import solve


@dataclass(frozen=True, slots=True)
class Design:
    """A plan that keeps all limits: its cost and what none costs less than, in the units of the data."""

    problem: Problem
    plan: Plan
    cost: float
    bound: float
    how: str
    seconds: float

    @property
    def gap(self) -> float:
        """How far the cost is above the bound, as a share of the cost."""
        return max(0.0, self.cost - self.bound) / self.cost if self.cost else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a comparison: what it cost before and costs after; None where there is no such figure."""

    what: str
    before: float | None
    after: float | None
    bound: float | None = None
    gap: float | None = None
    seconds: float | None = None

    @property
    def saving(self) -> float | None:
        """What is saved, as a share of what it cost before."""
        return None if not self.before or self.after is None else 1 - self.after / self.before


@dataclass
class Story:
    """All that one set of data tells: what was assumed, lines before and after, and what else there is to know."""

    title: str
    unit: str
    assumed: dict[str, object]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(self) -> None:
        """Print it."""
        print(f"{self.title}\nassumed: {', '.join(f'{name} {value}' for name, value in self.assumed.items())}")
        width = max(len(row.what) for row in self.rows)
        print(
            f"{f'cost, {self.unit}':<{width}}  {'before':>14}  {'after':>14}  saved %  {'bound':>14}    gap %  seconds"
        )
        for row in self.rows:
            saved = None if row.saving is None else 100 * row.saving
            gap = None if row.gap is None else 100 * row.gap
            figures = (row.before, 14, 2), (row.after, 14, 2), (saved, 7, 2), (row.bound, 14, 2), (gap, 7, 3)
            print(f"{row.what:<{width}}  " + "  ".join(_figure(*one) for one in (*figures, (row.seconds, 7, 1))))
        for note in self.notes:
            print(f"- {note}")

    def record(self) -> dict[str, Any]:
        """Return it for a JSON file."""
        rows = [{**asdict(row), "saving": row.saving} for row in self.rows]
        return {"title": self.title, "unit": self.unit, "assumed": self.assumed, "rows": rows, "notes": self.notes}


def design(problem: Problem, seconds: float, seed: int) -> Design:
    """Search for the best plan of a network; a network without any, or without one in this time, ends the run."""
    proofs = explain_infeasible(problem)
    if proofs:
        raise SystemExit(f"{problem.name} has no plan: {'; '.join(one.message for one in proofs[:3])}")
    found = solve(problem, seconds=seconds, seed=seed)
    if found.plan is None:
        raise SystemExit(f"{problem.name}: no plan in {seconds:g} s")
    return Design(problem, found.plan, cost_of(problem, found.plan), found.bound, found.how, found.seconds)


def cost_of(problem: Problem, plan: Plan) -> float:
    """Add up a plan that must keep all limits."""
    verdict = check(problem, plan)
    if not verdict.is_feasible:
        raise SystemExit(f"{problem.name}: {verdict.violations[0].message}")
    return float(verdict.cost.total) / problem.cost_scale


def row_of(what: str, before: float | None, found: Design) -> Row:
    """Lay a plan beside what it cost before."""
    return Row(what, before, found.cost, found.bound, found.gap, found.seconds)


def _figure(value: float | None, width: int, decimals: int) -> str:
    # Nothing is added so that a loss too small to show is no "-0.00".
    return f"{'-':>{width}}" if value is None else f"{round(value, decimals) + 0.0:>{width},.{decimals}f}"
