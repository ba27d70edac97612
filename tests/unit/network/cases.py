"""Small networks for tests, and their best costs by trying every set of sites."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from entrepot.network.problem import Lanes, Problem, Status
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


def best_by_trying_what_is_carried(problem: Problem) -> float:
    """Price every choice of which site carries which class: flows without lanes of what is not carried."""
    sites, classes, best = len(problem.sites), len(problem.classes), float("inf")
    plain = replace(problem, pooling=(), sites=tuple(replace(site, carrying_cost=()) for site in problem.sites))
    for choice in itertools.product([False, True], repeat=sites * classes):
        carries = np.array(choice).reshape(sites, classes)
        stock = sum(
            site.carrying_cost[k]
            for site, row in zip(problem.sites, carries.tolist(), strict=True)
            for k in range(classes)
            if row[k] and site.carrying_cost
        )
        for pool in problem.pooling:
            inside = [pool.level in (None, site.level) for site in problem.sites]
            stock += pool.at(int(carries[inside, pool.product].sum()))
        lanes = plain.lanes
        kept = carries[lanes.origin, lanes.product]
        columns = (lanes.origin, lanes.target, lanes.product, lanes.cost, lanes.per, lanes.hours)
        model = model_of(replace(plain, lanes=Lanes(*(column[kept] for column in columns))))
        if model.problem.receives.sum() == problem.receives.sum():  # else a front without lanes in would be a source
            stands = carries.any(axis=1)
            program, _ = program_of(model, lower=stands, upper=stands)
            solved = minimise(program, seconds=10.0)
            if solved.values is not None:
                best = min(best, solved.bound + model.constant + stock / problem.cost_scale)
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
        loads = (
            np.bincount(np.array(chosen), weights=model.quantity * each[model.product], minlength=len(stands)) <= most
            for most, each in model.measures
        )
        if all(fits.all() for fits in loads):
            best = min(best, float(cost[list(chosen), range(len(chosen))].sum()))
    return best + float(model.fixed[stands].sum()) + model.constant
