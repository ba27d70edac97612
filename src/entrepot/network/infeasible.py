"""Why a network cannot have a plan: simple proofs, each with the place, the limit and by how much it is missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from entrepot.network.problem import Integers, Problem, Site, Status


class Proof(NamedTuple):
    """A reason that no plan keeps all limits: `needed` of something at a place, where only `available` is."""

    limit: str
    where: str
    needed: int
    available: int

    @property
    def message(self) -> str:
        """Return a sentence for people."""
        short = self.needed - self.available
        return f"{self.where}: {self.limit} {self.needed} needed, {self.available} there (short by {short})"


def explain_infeasible(problem: Problem) -> list[Proof]:
    """Prove that there is no plan: empty when none of these simple proofs holds."""
    return [*_unreached(problem), *_short_of_capacity(problem), *_too_few_or_dear(problem)]


def _unreached(problem: Problem) -> Iterator[Proof]:
    """Zones no usable lane leads to, from sites that goods can reach."""
    lanes, first = problem.lanes, len(problem.sites)
    classes = len(problem.classes)
    stocked = np.repeat(~problem.receives[:, None], classes, axis=1)
    origin, target, product = lanes.origin[problem.usable], lanes.target[problem.usable], lanes.product[problem.usable]
    between = target < first
    for _ in range(problem.depth):
        on = between & stocked[origin, product]
        stocked[target[on], product[on]] = True
    reached = np.zeros((len(problem.zones), classes), dtype=bool)
    last = ~between & stocked[origin, product]
    reached[target[last] - first, product[last]] = True
    wanted = problem.demand.sum(axis=0)
    fastest = _fastest(problem)
    for zone, kind in np.argwhere((wanted > 0) & ~reached).tolist():
        where, longest = f"{problem.zones[zone]}, {problem.classes[kind].id}", problem.classes[kind].max_hours
        hours = int(fastest[zone, kind])
        if longest is not None and longest < hours < np.iinfo(np.int64).max:
            yield Proof("hours allowed: its nearest lane takes", where, hours, longest)
        else:
            yield Proof("usable lanes from sites that goods reach:", where, 1, 0)


def _fastest(problem: Problem) -> Integers:
    lanes, first = problem.lanes, len(problem.sites)
    found = np.full((len(problem.zones), len(problem.classes)), np.iinfo(np.int64).max)
    last = lanes.target >= first
    np.minimum.at(found, (lanes.target[last] - first, lanes.product[last]), lanes.hours[last])
    return found


def _short_of_capacity(problem: Problem) -> Iterator[Proof]:
    """All goods leave a source, and reach their zones from last sites: both must be able to carry all of it."""
    lanes, first = problem.lanes, len(problem.sites)
    lasting = np.zeros(first, dtype=bool)
    lasting[lanes.origin[lanes.target >= first]] = True
    for name, chosen in (("sources", ~problem.receives), ("sites that serve zones", lasting)):
        sites = [site for k, site in enumerate(problem.sites) if chosen[k] and site.status is not Status.CLOSED]
        yield from _short(problem, name, sites)


def _short(problem: Problem, name: str, sites: list[Site]) -> Iterator[Proof]:
    for scenario, demand in enumerate(problem.demand.tolist()):
        suffix = f", {problem.scenarios[scenario].id}" if len(problem.scenarios) > 1 else ""
        totals = [sum(row[k] for row in demand) for k in range(len(problem.classes))]
        for what, each, limits in (
            ("volume", [one.volume for one in problem.classes], [site.capacity for site in sites]),
            ("weight", [one.weight for one in problem.classes], [site.weight_capacity for site in sites]),
        ):
            amount = sum(total * one for total, one in zip(totals, each, strict=True))
            known = [one for one in limits if one is not None]
            if len(known) == len(limits) and sum(known) < amount:
                yield Proof(f"{what} of capacity:", name + suffix, amount, sum(known))
        for k, total in enumerate(totals):
            limits = [site.class_capacity[k] if site.class_capacity else None for site in sites]
            known = [one for one in limits if one is not None]
            if len(known) == len(limits) and sum(known) < total:
                yield Proof("capacity:", f"{name}, {problem.classes[k].id}{suffix}", total, sum(known))


def _too_few_or_dear(problem: Problem) -> Iterator[Proof]:
    for limit in problem.limits:
        inside = [site for site in problem.sites if limit.level in (None, site.level)]
        may = sum(site.status is not Status.CLOSED for site in inside)
        must = sum(site.status is Status.OPEN for site in inside)
        if limit.least > may:
            yield Proof("sites that may stand:", limit.level or "all sites", limit.least, may)
        if limit.most < must:
            yield Proof("sites allowed, for those settled:", limit.level or "all sites", must, limit.most)
    cheapest = sum(_least_cost(site) for site in problem.sites)
    if problem.budget is not None and cheapest > problem.budget:
        yield Proof("budget for what is settled:", "fixed, opening and closing costs", cheapest, problem.budget)


def _least_cost(site: Site) -> int:
    if site.status is Status.OPEN:
        return site.fixed_cost
    return min(site.fixed_cost, site.absent_cost) if site.status is Status.EXISTING else 0
