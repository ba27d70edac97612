"""Exact flows through chosen sites: a solution is rounded, and solved again with room where that breaks a capacity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from entrepot.network.plan import Plan
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.rounding import plan_of
from entrepot.network.solver.search import Search


def offer_rounded(
    model: Model,
    search: Search,
    layout: Layout,
    values: Floats,
    again: Callable[[Model, Bools], tuple[Layout, Floats] | None] | None = None,
) -> bool:
    """Offer a solution of a program as a plan of whole quantities; tells whether it became the best.

    Rounding may pass a capacity by some units; then flows are computed again with that much less of it, and, as other
    sites may be passed then, with a little less of all capacities. `again` does that for a model and what stands, or
    else the program of flows.
    """
    tight = model
    stands = values[: layout.sites] > 0.5
    classes = model.problem.classes
    none, one = (0, 0, 0), (1, 1, 1)
    largest = max(each.volume for each in classes), max(each.weight for each in classes), 1
    twice = 2 * largest[0], 2 * largest[1], 2
    for spare, of_all in ((none, none), (one, none), (largest, largest), (largest, twice), (none, none)):
        plan = plan_of(model, layout, values)
        over = _excess(model, plan)
        if model.problem.is_single or not any(one.any() for one in over):
            return _offer(model, search, plan)
        tight = _tightened(tight, over, spare, of_all)
        found = _solved(tight, search, stands) if again is None else again(tight, stands)
        if found is None:
            return False
        layout, values = found
    return False


def _solved(model: Model, search: Search, stands: Bools) -> tuple[Layout, Floats] | None:
    program, layout = program_of(model, lower=stands, upper=stands, is_linked=False)
    solved = minimise(program, seconds=max(search.left, 1.0), cancelled=search.cancelled)
    return None if solved.values is None else (layout, solved.values)


def _offer(model: Model, search: Search, plan: Plan) -> bool:
    """Offer a plan without the sites that nothing passes, and as it is where a limit needs them."""
    used = frozenset(flow.origin for flow in plan.flows)
    idle = {k for k in plan.sites - used if not model.must_stand[k] and model.fixed[k] > 0}
    return search.offer(replace(plan, sites=plan.sites - idle)) or search.offer(plan)


def _tightened(
    model: Model, over: tuple[Floats, Floats, Floats], spare: tuple[int, int, int], of_all: tuple[int, int, int]
) -> Model:
    """Take off each capacity - volume, weight, by class - what it was passed by and more, and of all a little."""
    limits = model.capacity, model.weight_capacity, model.class_capacity
    capacity, weight_capacity, class_capacity = (
        np.maximum(limit - np.where(passed > 0, passed + more, less), 0.0)
        for limit, passed, more, less in zip(limits, over, spare, of_all, strict=True)
    )
    return replace(model, capacity=capacity, weight_capacity=weight_capacity, class_capacity=class_capacity)


def _excess(model: Model, plan: Plan) -> tuple[Floats, Floats, Floats]:
    """Return by how much what leaves each site passes its capacities - volume, weight, by class - at its worst."""
    classes = model.problem.classes
    gone = np.zeros((len(model.problem.scenarios), len(model.fixed), len(classes)))
    if plan.flows:
        flows = np.array(plan.flows)
        np.add.at(gone, (flows[:, 0], flows[:, 1], flows[:, 3]), flows[:, 4])
    over = [np.maximum(gone @ each - limit, 0.0).max(axis=0) for limit, each in model.measures]
    return over[0], over[1], np.maximum(gone - model.class_capacity, 0.0).max(axis=0)
