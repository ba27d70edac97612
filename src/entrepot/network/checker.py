"""The judge of plans: adds everything up once more in exact arithmetic and names each limit that is broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Problem, Status


class Violation(NamedTuple):
    """A broken limit: what it is, where, what the plan has and what the limit is."""

    limit: str
    where: str
    value: int
    allowed: int

    @property
    def excess(self) -> int:
        """By how much it is broken."""
        return abs(self.value - self.allowed)

    @property
    def message(self) -> str:
        """Return a sentence for people."""
        return f"{self.where}: {self.limit} is {self.value}, the limit is {self.allowed} (off by {self.excess})"


@dataclass(frozen=True, slots=True)
class Cost:
    """Parts of a plan's cost, in the problem's units; transport is the scenarios' weighted mean."""

    fixed: int
    closing: int
    transport: Fraction
    opening: int = 0
    carrying: int = 0
    pooling: int = 0

    @property
    def total(self) -> Fraction:
        """The sum."""
        return self.fixed + self.opening + self.closing + self.carrying + self.pooling + self.transport


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a plan costs, and what it breaks."""

    cost: Cost
    violations: tuple[Violation, ...]

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps every limit."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> Verdict:
    """Add up a plan's cost and find every limit it breaks.

    Quantities are whole units, and costs fractions, so nothing is lost to rounding.
    """
    lanes = _lanes(problem)
    found = [
        *_site_violations(problem, plan),
        *_lane_violations(problem, plan, lanes),
        *_balance_violations(problem, plan),
        *_capacity_violations(problem, plan),
    ]
    if problem.is_single:
        found += _source_violations(problem, plan)
    return Verdict(_cost(problem, plan, lanes), tuple(found))


_Key = tuple[int, int, int]


def _lanes(problem: Problem) -> dict[_Key, tuple[int, int, int]]:
    lanes = problem.lanes
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    values = zip(lanes.cost.tolist(), lanes.per.tolist(), lanes.hours.tolist(), strict=True)
    return dict(zip(keys, values, strict=True))


def _cost(problem: Problem, plan: Plan, lanes: dict[_Key, tuple[int, int, int]]) -> Cost:
    by_denominator: dict[int, int] = defaultdict(int)
    for one in plan.flows:
        cost, per, _ = lanes.get((one.origin, one.target, one.product), (0, 1, 0))
        by_denominator[per] += cost * one.quantity * problem.scenarios[one.scenario].weight
    transport = sum((Fraction(value, per) for per, value in by_denominator.items()), Fraction(0))
    fixed = sum(problem.sites[k].fixed_cost for k in plan.sites)
    closing = sum(site.absent_cost for k, site in enumerate(problem.sites) if k not in plan.sites)
    carried = plan.carried
    carrying = sum(problem.sites[k].carrying_cost[product] for k, product in carried if problem.sites[k].carrying_cost)
    pooling = sum(
        pool.at(sum(pool.product == c and pool.level in (None, problem.sites[k].level) for k, c in carried))
        for pool in problem.pooling
    )
    return Cost(
        fixed,
        closing,
        transport / problem.weight,
        opening=sum(problem.sites[k].present_cost for k in plan.sites) - fixed,
        carrying=carrying,
        pooling=pooling,
    )


def _site_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for k, site in enumerate(problem.sites):
        if site.status is Status.OPEN and k not in plan.sites:
            yield Violation("standing, as settled,", site.id, 0, 1)
        if site.status is Status.CLOSED and k in plan.sites:
            yield Violation("standing, ruled out,", site.id, 1, 0)
    for limit in problem.limits:
        many = sum(limit.level in (None, problem.sites[k].level) for k in plan.sites)
        where = limit.level or "all sites"
        if many < limit.least:
            yield Violation("number of sites, at least,", where, many, limit.least)
        if many > limit.most:
            yield Violation("number of sites", where, many, limit.most)
    if problem.budget is not None:
        spent = sum(site.present_cost if k in plan.sites else site.absent_cost for k, site in enumerate(problem.sites))
        if spent > problem.budget:
            yield Violation("fixed, opening and closing cost", "budget", spent, problem.budget)


def _lane_violations(problem: Problem, plan: Plan, lanes: dict[_Key, tuple[int, int, int]]) -> Iterator[Violation]:
    for one in plan.flows:
        where = _where(problem, one)
        if one.quantity < 0:
            yield Violation("flow", where, one.quantity, 0)
        lane = lanes.get((one.origin, one.target, one.product))
        if lane is None:
            yield Violation("flow without a lane", where, one.quantity, 0)
            continue
        longest = problem.classes[one.product].max_hours
        if longest is not None and one.target >= len(problem.sites) and lane[2] > longest:
            yield Violation("hours", where, lane[2], longest)
        for node in (one.origin, one.target):
            if node < len(problem.sites) and node not in plan.sites and one.quantity:
                yield Violation(f"flow through {problem.sites[node].id}, which does not stand,", where, one.quantity, 0)


def _balance_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    into: dict[_Key, int] = defaultdict(int)
    out: dict[_Key, int] = defaultdict(int)
    for one in plan.flows:
        into[one.scenario, one.target, one.product] += one.quantity
        out[one.scenario, one.origin, one.product] += one.quantity
    first_zone = len(problem.sites)
    for scenario, of_scenario in enumerate(problem.demand.tolist()):
        for zone, of_zone in enumerate(of_scenario):
            for product, wanted in enumerate(of_zone):
                got = into[scenario, first_zone + zone, product]
                if got != wanted:
                    where = _named(problem, scenario, problem.zones[zone], product)
                    yield Violation("quantity delivered", where, got, wanted)
    for scenario, node, product in sorted({*into, *out}):
        if node < first_zone and problem.receives[node]:
            got, gave = into[scenario, node, product], out[scenario, node, product]
            if got != gave:
                where = _named(problem, scenario, problem.sites[node].id, product)
                yield Violation("quantity passed on", where, gave, got)


def _capacity_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    gone: dict[_Key, int] = defaultdict(int)
    for one in plan.flows:
        gone[one.scenario, one.origin, one.product] += one.quantity
    volumes = [one.volume for one in problem.classes]
    weights = [one.weight for one in problem.classes]
    for scenario in range(len(problem.scenarios)):
        for k, site in enumerate(problem.sites):
            for what, each, most in (("volume", volumes, site.capacity), ("weight", weights, site.weight_capacity)):
                sent = sum(gone[scenario, k, product] * one for product, one in enumerate(each))
                if most is not None and sent > most:
                    yield Violation(what, _named(problem, scenario, site.id, None), sent, most)
            for product, most in enumerate(site.class_capacity):
                if most is not None and gone[scenario, k, product] > most:
                    where = _named(problem, scenario, site.id, product)
                    yield Violation("quantity", where, gone[scenario, k, product], most)


def _source_violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    origins: dict[_Key, set[int]] = defaultdict(set)
    for one in plan.flows:
        if one.quantity and one.target >= len(problem.sites):
            origins[one.scenario, one.target, one.product].add(one.origin)
    for (scenario, node, product), several in sorted(origins.items()):
        if len(several) > 1:
            zone = problem.zones[node - len(problem.sites)]
            yield Violation("number of sites that serve it", _named(problem, scenario, zone, product), len(several), 1)


def _where(problem: Problem, flow: Flow) -> str:
    nodes = [problem.sites[flow.origin].id]
    many = len(problem.sites)
    nodes.append(problem.sites[flow.target].id if flow.target < many else problem.zones[flow.target - many])
    return _named(problem, flow.scenario, " -> ".join(nodes), flow.product)


def _named(problem: Problem, scenario: int, name: str, product: int | None) -> str:
    parts = [name]
    if product is not None and len(problem.classes) > 1:
        parts.append(problem.classes[product].id)
    if len(problem.scenarios) > 1:
        parts.append(problem.scenarios[scenario].id)
    return ", ".join(parts)
