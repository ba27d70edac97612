"""A plan as tables for a spreadsheet: its costs, sites, flows, and whose orders it serves. Pure."""

from __future__ import annotations

from entrepot.network.formats.spreadsheet import Cells
from entrepot.network.plan import Plan, PlanForm, plan_of_form
from entrepot.network.problem import Problem
from entrepot.network.report import Side, side_of
from entrepot.network.study import Study, problem_of

PARTS = ("fixed", "opening", "closing", "carrying", "pooling", "between_sites", "to_zones", "total")


def plan_tables(study: Study, form: PlanForm) -> dict[str, Cells]:
    """Return a plan of a study as tables by name; costs in the file's units.

    Parameters
    ----------
    study : Study
        What was solved.
    form : PlanForm
        Its plan.

    Raises
    ------
    InputError
        ``network.plan``, when it is a plan of another network.
    """
    problem = problem_of(study)
    plan = plan_of_form(form, problem)
    side = side_of(problem, plan, study.mix)
    costs: list[list[str | float]] = [[part, getattr(side, part)] for part in PARTS]
    channels: list[list[str | float]] = [
        [one.channel, one.orders, one.cost, one.mean_hours, one.hours_95] for one in side.channels
    ]
    return {
        "costs": [["part", "cost"], *costs],
        "sites": _sites(problem, plan, side),
        "flows": _flows(problem, plan),
        "channels": [
            ["channel", "orders", "transport", "mean_hours", "hours_95"],
            *channels,
        ],
    }


def _sites(problem: Problem, plan: Plan, side: Side) -> Cells:
    does = {one.id: one for one in side.sites}
    heads = ["id", "level", "status", "stands", "fixed_cost", "capacity", "volume", "zones"]
    rows = [
        [
            site.id,
            site.level,
            site.status.value,
            "yes" if k in plan.sites else "no",
            site.fixed_cost / problem.cost_scale,
            site.capacity,
            does[site.id].volume if site.id in does else 0,
            does[site.id].zones if site.id in does else 0,
        ]
        for k, site in enumerate(problem.sites)
    ]
    return [heads, *rows]


def _flows(problem: Problem, plan: Plan) -> Cells:
    nodes = [*(site.id for site in problem.sites), *problem.zones]
    lanes = problem.lanes
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    numbers = zip((lanes.cost / lanes.per / problem.cost_scale).tolist(), lanes.hours.tolist(), strict=True)
    known = dict(zip(keys, numbers, strict=True))
    rows = []
    for one in plan.flows:
        cost, hours = known[one.origin, one.target, one.product]
        scenario, product = problem.scenarios[one.scenario].id, problem.classes[one.product].id
        rows.append([scenario, nodes[one.origin], nodes[one.target], product, one.quantity, hours, cost * one.quantity])
    return [["scenario", "from", "to", "class", "quantity", "hours", "cost"], *rows]
