"""Small networks for tests, and their best costs by trying every set of sites."""

from __future__ import annotations

import itertools

import numpy as np

from entrepot.network.problem import Problem, Status
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import model_of


def best_by_trying(problem: Problem) -> float:
    """Price every set of sites by a linear program, or by all assignments where zones have one site."""
    many, best = len(problem.sites), float("inf")
    for choice in itertools.product([False, True], repeat=many):
        stands = np.array(choice)
        settled = all(
            on or site.status is not Status.OPEN if not on else site.status is not Status.CLOSED
            for on, site in zip(choice, problem.sites, strict=True)
        )
        if settled and all(
            limit.least
            <= sum(on for on, site in zip(choice, problem.sites, strict=True) if limit.level in (None, site.level))
            <= limit.most
            for limit in problem.limits
        ):
            best = min(best, _assigned(problem, stands) if problem.is_single else _flowing(problem, stands))
    return best


def _flowing(problem: Problem, stands: np.ndarray) -> float:
    model = model_of(problem)
    program, _ = program_of(model, lower=stands, upper=stands)
    solved = minimise(program, seconds=10.0)
    return solved.bound + model.constant if solved.values is not None else float("inf")


def _assigned(problem: Problem, stands: np.ndarray) -> float:
    model, best = model_of(problem), float("inf")
    sites = np.nonzero(stands)[0].tolist()
    cost = np.full((len(stands), len(model.quantity)), np.inf)
    cost[model.origin, model.want] = model.cost
    for chosen in itertools.product(sites, repeat=len(model.quantity)):
        load = np.bincount(np.array(chosen), weights=model.volume, minlength=len(stands))
        if (load <= model.capacity).all():
            best = min(best, float(cost[list(chosen), range(len(chosen))].sum()))
    return best + float(model.fixed[stands].sum()) + model.constant
