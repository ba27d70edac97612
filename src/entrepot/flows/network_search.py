"""One search for a study's network: the plan, today beside it, why, what fewer or more sites cost, what moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.network.analysis import counts_around, curve, reasons, what_if
from entrepot.network.checker import check
from entrepot.network.infeasible import explain_infeasible
from entrepot.network.plan import Plan, PlanForm, plan_as_form, plan_of_form
from entrepot.network.problem import Lanes, Problem, Status
from entrepot.network.report import Mix, Side, all_channels, side_of
from entrepot.network.solver.solve import Solution, solve
from entrepot.network.study import Study, problem_of, today_of

Progress = Callable[[float, float, float], None]
Cancelled = Callable[[], bool]

POINTS: Final = 5
"""Counts of sites on the curve."""

_SHARE: Final = 0.1
"""Of the search's seconds, for each point and each change that is tried after it; a second at least."""


class ReasonLine(msgspec.Struct):
    """Why a site stands or does not: what turning it over costs more a year; None: not known, or it is needed."""

    id: str
    level: str
    stands: bool
    stood: bool
    zones: int
    used: float | None
    difference: float | None
    is_needed: bool


class CurvePoint(msgspec.Struct):
    """The best plan with so many sites."""

    sites: int
    cost: float | None
    bound: float
    mean_hours: float | None
    hours_95: float | None


class Change(msgspec.Struct):
    """The best plan where one thing costs more or less: how its sites differ."""

    what: str
    percent: int
    cost: float
    opens: list[str]
    closes: list[str]


class Summary(msgspec.Struct):
    """What a list of studies shows."""

    cost: float
    bound: float
    gap: float
    today: float | None
    sites: int
    sites_today: int | None
    currency: str
    is_stopped: bool


class Report(msgspec.Struct):
    """All that was found; costs in the file's units.

    Notes
    -----
    `before_is` says what stands before: ``told`` as the study tells, ``best`` the best plan with today's sites, or
    ``""`` where there is neither.
    """

    summary: Summary
    how: str
    seconds: float
    before_is: str
    before: Side | None
    after: Side
    plan: PlanForm
    reasons: list[ReasonLine]
    curve: list[CurvePoint]
    changes: list[Change]


def search(study: Study, seconds: float, progress: Progress, cancelled: Cancelled) -> Report:
    """Design a study's network and say what there is to say; stopped, it says what it knows by then.

    Raises
    ------
    InputError
        ``network.infeasible`` with what makes it so; ``network.no_plan`` when none was found in time.
    """
    problem = problem_of(study)
    proofs = explain_infeasible(problem)
    if proofs:
        told = "; ".join(one.message for one in proofs[:5])
        more = f"; and {len(proofs) - 5} more" if len(proofs) > 5 else ""
        message = f"No plan can be: {told}{more}."
        raise InputError("network.infeasible", message, "Loosen what is named, and search again.")
    found = solve(problem, seconds=seconds, progress=progress, cancelled=cancelled)
    before, before_is = _before(study, problem, max(1.0, seconds * _SHARE), cancelled)
    plan = _better(problem, found, before)
    after = side_of(problem, plan, study.mix)
    bound = min(found.bound, after.total)
    stood = None if before is None else side_of(problem, before, study.mix)
    each = max(1.0, seconds * _SHARE)
    points = [] if cancelled() else _points(problem, plan, study.mix, each, cancelled)
    why = reasons(problem, plan, seconds=0.0 if cancelled() else 3 * each, cancelled=cancelled)
    changes = [] if cancelled() else _changes(problem, plan, each, cancelled)
    summary = Summary(
        after.total,
        bound,
        (after.total - bound) / after.total if after.total else 0.0,
        None if stood is None else stood.total,
        len(plan.sites),
        None if before is None else len(before.sites),
        study.currency,
        cancelled(),
    )
    lines = [
        ReasonLine(
            problem.sites[one.site].id,
            problem.sites[one.site].level,
            one.stands,
            problem.sites[one.site].status in (Status.EXISTING, Status.OPEN),
            one.zones,
            one.used,
            one.difference,
            one.is_needed,
        )
        for one in why
    ]
    form = plan_as_form(plan, problem)
    return Report(summary, found.how, found.seconds, before_is, stood, after, form, lines, points, changes)


def turn_over(study: Study, plan: PlanForm, site: str, seconds: float) -> dict[str, object]:
    """Close a site that stands in a plan, or open one that does not, and let the rest flow anew."""
    problem = problem_of(study)
    names = [one.id for one in problem.sites]
    if site not in names:
        raise InputError("network.site", f"There is no site {site!r}.", "Name one of the network's sites.")
    before = plan_of_form(plan, problem)
    told = what_if(problem, before, names.index(site), seconds=seconds)
    moved = None if told.plan is None else side_of(problem, told.plan, study.mix)
    return {
        "site": site,
        "stands": told.stands,
        "cost": told.cost,
        "difference": told.difference,
        "broken": [one.message for one in told.violations],
        "channels": [] if moved is None else msgspec.to_builtins(moved.channels),
    }


def _before(study: Study, problem: Problem, seconds: float, cancelled: Cancelled) -> tuple[Plan | None, str]:
    told = today_of(study, problem)
    if told is not None:
        return told, "told"
    settled = tuple(
        replace(site, status=Status.OPEN if site.status in (Status.EXISTING, Status.OPEN) else Status.CLOSED)
        for site in problem.sites
    )
    if all(site.status is Status.CLOSED for site in settled):
        return None, ""
    standing = replace(problem, sites=settled, limits=(), budget=None)
    if explain_infeasible(standing):
        return None, ""
    best = solve(standing, seconds=seconds, cancelled=cancelled).plan
    return best, "" if best is None else "best"


def _better(problem: Problem, found: Solution, before: Plan | None) -> Plan:
    """Return what was found, or today where that is as good: a short search must not advise something worse."""
    plans = [found.plan] if found.plan is not None else []
    if before is not None and check(problem, before).is_feasible:
        plans.append(before)
    if not plans:
        message = "HiGHS finds that there is no plan." if found.is_infeasible else "No plan was found in this time."
        raise InputError("network.no_plan", message, "Loosen capacities and limits, or give more seconds.")
    return min(plans, key=lambda plan: check(problem, plan).cost.total)


def _points(problem: Problem, plan: Plan, mix: Mix, seconds: float, cancelled: Cancelled) -> list[CurvePoint]:
    """Draw the curve; its hours count orders, as those of both plans do."""
    found = []
    for one in curve(problem, counts_around(problem, plan, many=POINTS), seconds=seconds, cancelled=cancelled):
        if one.plan is not None:
            served = all_channels(problem, one.plan, mix)
            hours = (served.mean_hours, served.hours_95) if served.orders else (None, None)
            found.append(CurvePoint(one.sites, one.cost, one.bound, *hours))
    return found


def _changes(problem: Problem, plan: Plan, seconds: float, cancelled: Cancelled) -> list[Change]:
    """Try transport and sites a fifth cheaper and dearer."""
    found = []
    for what, percent in (("transport", -20), ("transport", 20), ("sites", -20), ("sites", 20)):
        changed = _changed(problem, what, percent)
        best = None if cancelled() else solve(changed, seconds=seconds, cancelled=cancelled).plan
        if best is not None:
            cost = float(check(changed, best).cost.total / problem.cost_scale)
            opens, closes = (
                [problem.sites[k].id for k in sorted(some)]
                for some in (best.sites - plan.sites, plan.sites - best.sites)
            )
            found.append(Change(what, percent, cost, opens, closes))
    return found


def _changed(problem: Problem, what: str, percent: int) -> Problem:
    factor = 1 + percent / 100
    if what == "transport":
        lanes = problem.lanes
        cost = np.rint(lanes.cost * factor).astype(np.int64)
        dearer = Lanes(lanes.origin, lanes.target, lanes.product, cost, lanes.per, lanes.hours)
        return replace(problem, lanes=dearer)
    sites = (
        replace(site, fixed_cost=round(site.fixed_cost * factor), closing_cost=round(site.closing_cost * factor))
        for site in problem.sites
    )
    return replace(problem, sites=tuple(sites))
