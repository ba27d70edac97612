"""Exact flows through chosen sites: a solution is rounded, and solved again with room where that breaks a capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from entrepot.network.plan import Plan
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Floats, Model
from entrepot.network.solver.rounding import plan_of
from entrepot.network.solver.search import Search


def offer_rounded(model: Model, search: Search, layout: Layout, values: Floats) -> bool:
    """Offer a solution of a program as a plan of whole quantities; tells whether it became the best.

    Rounding may pass a capacity by some units; then flows are computed again with that much less of it, and, as other
    sites may be passed then, with a little less of all capacities.
    """
    tight = model
    stands = values[: layout.sites] > 0.5
    largest = max(one.volume for one in model.problem.classes)
    for spare, of_all in ((0, 0), (1, 0), (largest, largest), (largest, 2 * largest), (0, 0)):
        plan = plan_of(model, layout, values)
        over, class_over = _excess(model, plan)
        if model.problem.is_single or not (over.any() or class_over.any()):
            return _offer(model, search, plan)
        tight = replace(
            tight,
            capacity=np.maximum(tight.capacity - np.where(over > 0, over + spare, of_all), 0.0),
            class_capacity=np.maximum(
                tight.class_capacity - np.where(class_over > 0, class_over + bool(spare), bool(of_all)), 0.0
            ),
        )
        program, layout = program_of(tight, lower=stands, upper=stands, is_linked=False)
        solved = minimise(program, seconds=max(search.left, 1.0), cancelled=search.cancelled)
        if solved.values is None:
            return False
        values = solved.values
    return False


def _offer(model: Model, search: Search, plan: Plan) -> bool:
    """Offer a plan without the sites that nothing passes, and as it is where a limit needs them."""
    used = frozenset(flow.origin for flow in plan.flows)
    idle = {k for k in plan.sites - used if not model.must_stand[k] and model.fixed[k] > 0}
    return search.offer(replace(plan, sites=plan.sites - idle)) or search.offer(plan)


def _excess(model: Model, plan: Plan) -> tuple[Floats, Floats]:
    """Return by how much what leaves each site passes its capacities, in its worst scenario."""
    classes = model.problem.classes
    gone = np.zeros((len(model.problem.scenarios), len(model.fixed), len(classes)))
    if plan.flows:
        flows = np.array(plan.flows)
        np.add.at(gone, (flows[:, 0], flows[:, 1], flows[:, 3]), flows[:, 4])
    volume = gone @ np.array([float(one.volume) for one in classes])
    over = np.maximum(volume - model.capacity, 0.0).max(axis=0)
    return over, np.maximum(gone - model.class_capacity, 0.0).max(axis=0)
