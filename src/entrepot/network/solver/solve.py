"""The door to the solver: a network in, the best plan and a proven bound out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from entrepot.infra.loops import forget_stale
from entrepot.network.formats.facility import one_tier
from entrepot.network.generate import generate
from entrepot.network.plan import Plan
from entrepot.network.problem import Problem
from entrepot.network.solver.anneal import Assignment
from entrepot.network.solver.beside import beside
from entrepot.network.solver.chances import in_order
from entrepot.network.solver.divide import Parcels, divide
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.grain import grain_of
from entrepot.network.solver.highs import BOUND_TOLERANCE, minimise
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.mip import STRONG, in_units, program_of
from entrepot.network.solver.model import Model, model_of
from entrepot.network.solver.one_tier import is_one_tier, tier_of
from entrepot.network.solver.search import Progress, Search
from entrepot.network.solver.single_tier_search import search_one_tier
from entrepot.network.solver.two_tier import is_two_tier
from entrepot.network.solver.two_tier_search import search_two_tiers
from entrepot.network.solver.upstream import can_fold, search_upstream
from entrepot.network.solver.whole import table_of
from entrepot.network.solver.whole_tree import branch_whole

LOADING: Final = 120.0
"""Seconds in which the loops are surely compiled; searches of a few nodes end by themselves long before."""

SMALL: Final = 3_000
"""Lanes up to which HiGHS may close one tier with capacities as a whole sooner than prices rise,"""
BRIEF: Final = 4.0
"""and the seconds it has for that."""

LIMITED: Final = 6_000
"""Last lanes up to which HiGHS begins where two tiers have limits of sites or a budget: their relaxation has none,"""
ENOUGH: Final = 0.5
"""and the share of the time that it has for that."""

IN_UNITS: Final = 20_000
"""Lanes up to which HiGHS looks for whole units where shares left a gap."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The best plan found, or None; no plan costs less than `bound`, in the file's units."""

    plan: Plan | None
    bound: float
    how: str
    first_at: float | None
    seconds: float
    is_infeasible: bool = False


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    engine: str = "auto",
    cores: int = 1,
    progress: Progress = lambda gone, cost, bound: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Solution:
    """Design a network.

    Parameters
    ----------
    problem : Problem
        What is to be designed.
    seconds : float
        How long to search at most, compiling the loops left out; it ends earlier when the best plan is proven the best.
    seed : int
        Of random choices.
    engine : str
        ``auto``, or ``highs``: the strong formulation as a whole, for comparison.
    cores : int
        With two or more HiGHS works on the whole network beside the search, unless it is too large for that.
    progress : callable
        Told seconds gone, the best cost and the bound, a few times a second.
    cancelled : callable
        Asked often; the best plan so far is kept when it says yes.
    """
    if engine == "auto":
        _compile()
    model = model_of(problem)
    dearest = (1 + 1e-6) * model.dearest + 1e-6
    search = Search(problem, seconds, seed, cancelled, progress, dearest, grain_of(model))
    if not _is_reached(model):
        search.is_infeasible = True
    elif engine == "auto":
        with beside(model, search, cores):
            _search(model, search)
        if not search.is_over and _is_open(search):
            _search_units(model, search)
    else:
        search_whole(model, search)
    return Solution(search.plan, search.bound, search.how, search.first_at, search.gone, search.is_infeasible)


def _search(model: Model, search: Search) -> None:
    """Search as suits the network."""
    if not len(model.quantity):
        search_whole(model, search)
    elif _is_settled(model):
        _search_flows(model, search)
    elif is_one_tier(model):
        if len(model.want) <= SMALL and np.isfinite(model.capacity).any() and not model.problem.is_single:
            search_whole(model, search, BRIEF)
        if not search.is_over and _is_open(search):
            search_one_tier(model, search)
    elif is_two_tier(model):
        if len(model.lane) <= LIMITED and (model.problem.limits or model.problem.budget is not None):
            search_whole(model, search, ENOUGH * search.left)
        if not search.is_over and _is_open(search):
            search_two_tiers(model, search)
    else:
        if len(model.lane) > SMALL and can_fold(model.problem):
            search_upstream(model, search, _search)
        if not search.is_over:
            search_whole(model, search, is_compact=len(model.lane) > STRONG)


def _is_reached(model: Model) -> bool:
    """Tell whether a usable lane leads to every want."""
    return bool(np.isin(np.arange(len(model.quantity)), model.want).all())


def _is_open(search: Search) -> bool:
    """Tell whether the best plan is above the bound by more than HiGHS takes off."""
    return search.cost * (1 - 2 * BOUND_TOLERANCE) > search.bound


def _search_units(model: Model, search: Search) -> None:
    """Let HiGHS look for whole units where the best shares of wants are none, as when classes share a capacity."""
    if len(model.lane) + len(model.link_lane) > IN_UNITS:
        return
    program, layout = program_of(model)
    program, size = in_units(model, program, layout)
    how = "HiGHS on whole units"

    def hear(bound: float) -> None:
        search.raise_bound(bound + model.constant - BOUND_TOLERANCE * abs(bound), how)
        search.tell()

    solved = minimise(
        program,
        seconds=search.left,
        seed=search.seed,
        cutoff=search.cost - model.constant,
        cancelled=search.cancelled,
        progress=hear,
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values / size)
    if np.isfinite(solved.bound):
        search.raise_bound(solved.bound + model.constant, how)
    search.is_infeasible = solved.is_infeasible and search.plan is None


def _is_settled(model: Model) -> bool:
    """Tell whether only flows are left to find, and these a linear program."""
    problem = model.problem
    return bool((model.may_stand == model.must_stand).all()) and not problem.is_single and problem.is_plain


def _search_flows(model: Model, search: Search) -> None:
    """Find the flows through sites that are settled."""
    program, layout = program_of(model, is_linked=False)
    solved = minimise(program, seconds=search.left, cancelled=search.cancelled)
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)
        search.raise_bound(solved.bound + model.constant, "linear program of flows")
    search.is_infeasible = solved.is_infeasible


@cache
def _compile() -> None:
    """Compile the loops, or load what was compiled before, on networks of a few nodes."""
    forget_stale(Path(__file__).parent)
    ones, cost = np.ones(2, np.int64), np.array([[1, 9], [9, 1]])
    for capacities, is_single in ((None, False), (2 * ones, False), (ones, True)):
        tiny = one_tier(
            "tiny", capacities=capacities, fixed=ones, demand=ones, cost=cost, per=ones, is_single=is_single
        )
        search_one_tier(model_of(tiny), Search(tiny, LOADING, 1, lambda: False, lambda *_: None))
        tier = tier_of(model_of(tiny))  # which is solved before anything need be annealed, or branched on
        search = Search(tiny, LOADING, 1, lambda: False, lambda *_: None)
        Assignment.of(tier).cycle(tier, Offers.of(tier.cost), search, 1e-3)
        divide(tier, Parcels.of(tier), tier.may_stand, 1, 1)
        next(in_order(tier.fixed, ones, 1, tier.may_stand, tier.must_stand, 1, 2), None)
        table = table_of(tier)
        if table is not None:
            branch_whole(
                tier,
                table,
                search,
                np.full(2, 5.0),
                attempt=lambda *_: None,
                offer=lambda *_: None,
                settle=lambda *_: None,
                close=lambda: False,
            )
    made = generate(1, 2, 3, seed=1)
    search_two_tiers(model_of(made), Search(made, LOADING, 1, lambda: False, lambda *_: None))


def search_whole(model: Model, search: Search, seconds: float = np.inf, *, is_compact: bool = False) -> None:
    """Let HiGHS solve the strong formulation, or one without the rows that capacities stand in for.

    It takes so many seconds at most.
    """
    program, layout = program_of(model, is_compact=is_compact)
    how = f"HiGHS on the {'compact' if is_compact else 'strong'} formulation"

    def hear(bound: float) -> None:
        search.raise_bound(bound + model.constant - 1e-6 * abs(bound), how)
        search.tell()

    solved = minimise(
        program, seconds=min(search.left, seconds), seed=search.seed, cancelled=search.cancelled, progress=hear
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)
    if np.isfinite(solved.bound):
        search.raise_bound(solved.bound + model.constant, how)
    search.is_infeasible = solved.is_infeasible
