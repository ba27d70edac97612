"""What the costs of all plans are multiples of: bounds are rounded up to it, nothing between is sought."""

from __future__ import annotations

import numpy as np

from entrepot.network.solver.model import Model


def grain_of(model: Model) -> float:
    """Return what the cost of every plan that may be the best is a multiple of, in the file's units; 0 if unknown.

    Notes
    -----
    Quantities are whole. Where wants are too, because each has one site or no site has a limit, so is what whole wants
    cost; else what single units cost has to be. Several classes that share what is limited are left out: plans of whole
    quantities cost more there than those of parts. Costs of several scenarios are means, those of pooling are rounded.
    """
    problem, lanes = model.problem, model.problem.lanes
    is_whole = problem.depth == 1 and (problem.is_single or _has_no_limit(model))
    if len(problem.scenarios) != 1 or not problem.is_plain or not (is_whole or len(problem.classes) == 1):
        return 0.0
    quantity = np.ones(len(lanes.cost), dtype=np.int64)
    if is_whole:
        quantity[model.lane] = model.quantity[model.want]
    cost, rest = np.divmod(lanes.cost * quantity, lanes.per)
    if rest[problem.usable].any():
        return 0.0
    sites = [one for site in problem.sites for one in (site.present_cost, site.absent_cost)]
    return float(np.gcd.reduce([*cost[problem.usable].tolist(), *sites])) / problem.cost_scale


def _has_no_limit(model: Model) -> bool:
    """Tell whether sites that stand carry whatever is asked of them."""
    capacities = (model.capacity, model.weight_capacity, model.class_capacity)
    return not any(np.isfinite(one).any() for one in capacities)
