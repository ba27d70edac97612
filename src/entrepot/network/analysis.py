"""What a planner asks about a plan: how long goods travel, why each site stands, what if it did not, fewer or more.

Costs are in the file's units. Where flows are computed anew, the other sites stay as the plan has them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from entrepot.network.checker import Violation, check
from entrepot.network.plan import Plan
from entrepot.network.problem import Integers, Problem, SiteLimit, Status
from entrepot.network.solver.changes import price_changes
from entrepot.network.solver.solve import solve


@dataclass(frozen=True, slots=True)
class Service:
    """Hours of the last lane, weighted by units and scenarios: the mean, what 95 % of units keep, and the longest."""

    mean_hours: float
    hours_95: int
    longest_hours: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A plan with one site turned over and its flows computed anew.

    Parameters
    ----------
    site : int
        Index of the site.
    stands : bool
        Whether it stands now.
    plan : Plan or None
        None when the sites that stand cannot meet the demand, or no flows were found in time.
    cost, difference : float or None
        Of that plan, and how much more that is than before.
    violations : tuple of Violation
        What it breaks: limits of sites or the budget.
    """

    site: int
    stands: bool
    plan: Plan | None
    cost: float | None
    difference: float | None
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a site stands, or does not.

    Parameters
    ----------
    site : int
        Index of the site.
    stands : bool
        Whether it stands in the plan.
    zones : int
        How many zones it serves itself.
    volume : int
        What passes it in its fullest scenario.
    used : float or None
        That as a share of its capacity; None where it has no limit.
    classes : tuple of str
        Which classes it carries.
    difference : float or None
        What it costs more to turn it over; None when that cannot be, or was not computed in time.
    is_needed : bool
        Whether the other sites cannot meet the demand without it.
    """

    site: int
    stands: bool
    zones: int
    volume: int
    used: float | None
    classes: tuple[str, ...]
    difference: float | None
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """The best plan found with so many sites, and the bound of all such plans; no plan where none was found."""

    sites: int
    plan: Plan | None
    cost: float | None
    bound: float
    service: Service | None
    is_infeasible: bool = False

    @property
    def gap(self) -> float | None:
        """How far the cost is above the bound, as a share of the cost."""
        return None if not self.cost else max(0.0, self.cost - self.bound) / self.cost


def service_of(problem: Problem, plan: Plan, zones: Collection[int] | None = None) -> Service | None:
    """Measure how long goods travel to their zones.

    Parameters
    ----------
    problem : Problem
        The network.
    plan : Plan
        Its plan.
    zones : collection of int, optional
        Indices of the zones that count, for a channel or a region; left out: all.

    Returns
    -------
    Service or None
        None when nothing goes there.
    """
    first, lanes = len(problem.sites), problem.lanes
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    hours_of = dict(zip(keys, lanes.hours.tolist(), strict=True))
    rows = [
        (hours_of[one.origin, one.target, one.product], one.quantity * problem.scenarios[one.scenario].weight)
        for one in plan.flows
        if one.target >= first and (zones is None or one.target - first in zones)
    ]
    if not rows or not sum(weight for _, weight in rows):
        return None
    hours, weights = np.array(sorted(rows), dtype=np.int64).T
    reached = np.cumsum(weights)
    return Service(
        float((hours * weights).sum() / reached[-1]),
        int(hours[np.searchsorted(reached, 0.95 * reached[-1])]),
        int(hours[weights > 0].max()),
    )


def what_if(
    problem: Problem,
    plan: Plan,
    site: int,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    cancelled: Callable[[], bool] = lambda: False,
) -> WhatIf:
    """Turn one site over, compute the flows anew, and tell what that costs more."""
    sites = plan.sites ^ {site}
    found = solve(_settled(problem, sites), seconds=seconds, seed=seed, cancelled=cancelled)
    if found.plan is None:
        return WhatIf(site, site in sites, None, None, None, ())
    changed = replace(found.plan, sites=sites)
    verdict = check(problem, changed)
    cost = float(verdict.cost.total / problem.cost_scale)
    before = float(check(problem, plan).cost.total / problem.cost_scale)
    return WhatIf(site, site in sites, changed, cost, cost - before, verdict.violations)


def reasons(
    problem: Problem,
    plan: Plan,
    *,
    seconds: float = 60.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Reason]:
    """Tell for every site what it does, and what turning it over would cost more; standing sites are priced first.

    Differences of split flows are those of a linear program, so they can be some units off; limits of sites and the
    budget are left out.
    """
    order = [*sorted(plan.sites), *(k for k in range(len(problem.sites)) if k not in plan.sites)]
    order = [k for k in order if problem.sites[k].status in (Status.CANDIDATE, Status.EXISTING)]
    if problem.is_plain and not problem.is_single:
        priced = price_changes(_unlimited(problem), plan.sites, order, seconds=seconds, cancelled=cancelled)
    else:
        priced = _price_anew(problem, plan, order, seconds, cancelled)
    zones, volume, classes = _work(problem, plan)
    found = []
    for k, site in enumerate(problem.sites):
        difference = priced.get(k)
        is_needed = difference == np.inf
        found.append(
            Reason(
                k,
                k in plan.sites,
                len(zones[k]),
                int(volume[k]),
                float(volume[k] / site.capacity) if site.capacity else None,
                tuple(one.id for at, one in enumerate(problem.classes) if at in classes[k]),
                None if is_needed else difference,
                is_needed,
            )
        )
    return found


def curve(
    problem: Problem,
    counts: Sequence[int],
    *,
    level: str | None = None,
    seconds: float = 10.0,
    seed: int = 1,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Point]:
    """Design the network with just so many sites, once for each count; a level's sites only when it is named.

    Parameters
    ----------
    problem : Problem
        The network; its own limits of that level give way.
    counts : sequence of int
        How many sites.
    level : str, optional
        Whose; left out: all sites.
    seconds : float
        For each count.
    seed, cancelled
        As in `solve`.
    """
    others = tuple(one for one in problem.limits if one.level != level)
    for count in counts:
        limited = replace(problem, limits=(*others, SiteLimit(level, count, count)))
        found = solve(limited, seconds=seconds, seed=seed, cancelled=cancelled)
        if found.plan is None:
            yield Point(count, None, None, found.bound, None, found.is_infeasible)
        else:
            cost = float(check(problem, found.plan).cost.total / problem.cost_scale)
            yield Point(count, found.plan, cost, found.bound, service_of(problem, found.plan))
        if cancelled():
            return


def counts_around(problem: Problem, plan: Plan, level: str | None = None, many: int = 7) -> list[int]:
    """Return counts of sites for a curve: those of the plan in the middle, others in steps of about an eighth."""
    inside = [k for k, site in enumerate(problem.sites) if level in (None, site.level)]
    may = sum(problem.sites[k].status is not Status.CLOSED for k in inside)
    must = sum(problem.sites[k].status is Status.OPEN for k in inside)
    here = sum(k in plan.sites for k in inside)
    step = max(1, round(here / 8))
    around = (here + step * shift for shift in range(-(many // 2), many - many // 2))
    return sorted({min(max(one, must, 1), may) for one in around})


def _settled(problem: Problem, sites: Collection[int]) -> Problem:
    """Return the network in which just these sites stand, without limits."""
    settled = (
        replace(site, status=Status.OPEN if k in sites else Status.CLOSED) for k, site in enumerate(problem.sites)
    )
    return replace(_unlimited(problem), sites=tuple(settled))


def _unlimited(problem: Problem) -> Problem:
    return replace(problem, limits=(), budget=None)


def _price_anew(
    problem: Problem, plan: Plan, sites: Sequence[int], seconds: float, cancelled: Callable[[], bool]
) -> dict[int, float]:
    """Price sites one by one where flows are no linear program, each in its share of the time."""
    found: dict[int, float] = {}
    for k in sites:
        if cancelled():
            break
        anew = solve(_settled(problem, plan.sites ^ {k}), seconds=seconds / len(sites), cancelled=cancelled)
        if anew.plan is not None:
            changed = check(problem, replace(anew.plan, sites=plan.sites ^ {k})).cost.total
            found[k] = float((changed - check(problem, plan).cost.total) / problem.cost_scale)
        elif anew.is_infeasible:
            found[k] = np.inf
    return found


def _work(problem: Problem, plan: Plan) -> tuple[list[set[int]], Integers, list[set[int]]]:
    """Return the zones each site serves, the volume that passes it in its fullest scenario, and its classes."""
    many = len(problem.sites)
    zones: list[set[int]] = [set() for _ in range(many)]
    classes: list[set[int]] = [set() for _ in range(many)]
    volume = np.zeros((len(problem.scenarios), many), dtype=np.int64)
    for one in plan.flows:
        if one.quantity:
            classes[one.origin].add(one.product)
            volume[one.scenario, one.origin] += one.quantity * problem.classes[one.product].volume
            if one.target >= many:
                zones[one.origin].add(one.target - many)
    return zones, volume.max(axis=0), classes
