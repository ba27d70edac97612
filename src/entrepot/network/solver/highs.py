"""HiGHS behind one call: arrays in, the best solution and a bound out; it stops when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Floats

BOUND_TOLERANCE: Final = 1e-6
"""Relative: HiGHS's bounds hold within its feasibility tolerances, so this much is taken off."""


@dataclass
class Rows:
    """Rows of a model that are added in bulk."""

    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    entries: list[tuple[Any, Any, Any]] = field(default_factory=list)
    many: int = 0

    def add(self, lower: Any, upper: Any, *entries: tuple[Any, Any, Any]) -> None:
        """Add rows; entries are (row from 0, column, value), each an array or one number."""
        lower, upper = np.atleast_1d(lower).astype(float), np.atleast_1d(upper).astype(float)
        size = max(len(lower), len(upper))
        self.lower.append(np.broadcast_to(lower, size))
        self.upper.append(np.broadcast_to(upper, size))
        for row, column, value in entries:
            wide = np.broadcast_arrays(row, column, value)
            self.entries.append((wide[0].ravel() + self.many, wide[1].ravel(), wide[2].ravel()))
        self.many += size

    def matrix(self, columns: int) -> csc_array:
        """Return the coefficients, by column."""
        parts = [np.concatenate([one[k] for one in self.entries]) for k in range(3)]
        return coo_array((parts[2].astype(float), (parts[0], parts[1])), shape=(self.many, columns)).tocsc()


@dataclass(frozen=True)
class Program:
    """Minimise ``cost x`` where rows and columns keep their limits; columns marked are whole."""

    cost: Floats
    lower: Floats
    upper: Floats
    is_whole: np.ndarray[Any, np.dtype[np.bool_]]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Solved:
    """What HiGHS found: values of the columns or None, its bound, and whether it says that nothing is feasible.

    `is_done` tells that it was not stopped: there is nothing cheaper, or nothing below the cutoff.
    """

    values: Floats | None
    bound: float
    is_infeasible: bool
    duals: Floats | None = None
    is_done: bool = False


class _Quiet(highspy.Highs):
    """HiGHS without output, also before its callbacks are made: they print a banner on standard output."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        untyped: Any = super()
        untyped.enableCallbacks()


def minimise(
    program: Program,
    *,
    seconds: float,
    seed: int = 1,
    start: Floats | None = None,
    cutoff: float = np.inf,
    gap: float = 0.0,
    has_parts: bool = True,
    is_reduced: bool = True,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda bound: None,
    found: Callable[[Floats], None] | None = None,
) -> Solved:
    """Let HiGHS work for a while.

    Parameters
    ----------
    program : Program
        What to solve.
    seconds : float
        How long at most.
    seed : int
        Of its choices.
    start : ndarray, optional
        A feasible solution to begin with.
    cutoff : float
        Solutions that cost as much are not looked for; the bound then is at most this.
    gap : float
        Relative gap at which it may stop.
    has_parts : bool
        Whether it looks for solutions by programs of its own within this one, which takes most of the time where few
        columns are whole.
    is_reduced : bool
        Whether rows and columns are cut down before, which takes longer than it saves where a program is small.
    cancelled, progress : callable
        Asked and told now and then.
    found : callable, optional
        Given each better solution of a program with whole columns.
    """
    solver = _loaded(program)
    is_mip = bool(program.is_whole.any())
    for name, value in (
        ("time_limit", max(seconds, 0.05)),
        ("random_seed", seed),
        ("mip_rel_gap", gap),
        ("mip_abs_gap", 0.0),
        ("presolve", "choose" if is_reduced else "off"),
        ("mip_feasibility_tolerance", 1e-7),
        ("mip_heuristic_run_rins", has_parts),
        ("mip_heuristic_run_rens", has_parts),
        ("mip_heuristic_run_root_reduced_cost", has_parts),
    ):
        solver.setOptionValue(name, value)
    if np.isfinite(cutoff):
        solver.setOptionValue("objective_bound", float(cutoff))
    if start is not None and is_mip:
        first = highspy.HighsSolution()
        first.col_value = start.tolist()
        solver.setSolution(first)
    _listen(solver, is_mip, cancelled, progress)
    if found is not None:
        solver.cbMipImprovingSolution += lambda event: found(np.array(event.data_out.mip_solution))
    solver.run()
    return _answer(solver, is_mip, cutoff)


class Warm:
    """A linear program whose columns' limits change, solved on from where it was."""

    def __init__(self, program: Program) -> None:
        self.solver = _loaded(program)

    def limit(self, columns: Integers, lower: Floats, upper: Floats) -> None:
        """Set the limits of some columns."""
        self.solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def run(self, seconds: float) -> float:
        """Return the least cost: infinite when nothing is feasible, NaN when the time did not suffice."""
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(seconds, 0.05))
        self.solver.run()
        states, status = highspy.HighsModelStatus, self.solver.getModelStatus()
        if status == states.kOptimal:
            return float(self.solver.getInfo().objective_function_value)
        return np.inf if status in (states.kInfeasible, states.kUnboundedOrInfeasible) else np.nan


def _loaded(program: Program) -> Any:
    solver = cast(Any, _Quiet)()
    solver.setOptionValue("threads", 1)
    solver.passModel(_model(program))
    return solver


def _model(program: Program) -> highspy.HighsLp:
    matrix = program.rows.matrix(len(program.cost))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), program.rows.many
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.lower, program.upper
    model.row_lower_ = np.concatenate(program.rows.lower)
    model.row_upper_ = np.concatenate(program.rows.upper)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    if program.is_whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[whole] for whole in program.is_whole.tolist()]
    return model


def _listen(solver: Any, is_mip: bool, cancelled: Callable[[], bool], progress: Callable[[float], None]) -> None:
    def ask(event: Any) -> None:
        if cancelled():
            event.interrupt()
        if is_mip and np.isfinite(event.data_out.mip_dual_bound):
            progress(event.data_out.mip_dual_bound)

    solver.cbMipInterrupt += ask
    solver.cbSimplexInterrupt += lambda event: event.interrupt() if cancelled() else None
    solver.cbIpmInterrupt += lambda event: event.interrupt() if cancelled() else None


def _answer(solver: Any, is_mip: bool, cutoff: float) -> Solved:
    status, info = solver.getModelStatus(), solver.getInfo()
    states = highspy.HighsModelStatus
    is_infeasible = status in (states.kInfeasible, states.kUnboundedOrInfeasible)
    has_values = info.primal_solution_status == 2
    solution = solver.getSolution()
    if is_mip:
        bound = np.inf if is_infeasible else info.mip_dual_bound
    else:
        bound = info.objective_function_value if status == states.kOptimal else -np.inf
    bound = min(bound, cutoff)
    bound -= BOUND_TOLERANCE * abs(bound) if np.isfinite(bound) else 0.0
    duals = np.array(solution.row_dual) if solution.dual_valid else None
    is_done = is_infeasible or status in (states.kOptimal, states.kObjectiveBound)
    return Solved(np.array(solution.col_value) if has_values else None, bound, is_infeasible, duals, is_done)
