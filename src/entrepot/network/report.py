"""What a plan does, for people: its cost parts, whose orders it serves how fast, what flows where. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from entrepot.network.checker import check
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Problem


class ChannelLine(msgspec.Struct):
    """A channel's share: orders of the period, their transport, the hours of the mean and of 95 of 100."""

    channel: str
    orders: float
    cost: float
    mean_hours: float
    hours_95: float


class SiteLine(msgspec.Struct):
    """What a site that stands does: units of capacity that pass it, and zones it serves."""

    id: str
    level: str
    volume: int
    zones: int


class FlowLine(msgspec.Struct):
    """What goes from a site to a site or zone, all classes together."""

    origin: str
    target: str
    volume: float
    cost: float


class Side(msgspec.Struct):
    """One plan: costs in the file's units; `broken` are sentences on limits it does not keep."""

    total: float
    fixed: float
    opening: float
    closing: float
    carrying: float
    pooling: float
    between_sites: float
    to_zones: float
    sites: list[SiteLine]
    channels: list[ChannelLine]
    flows: list[FlowLine]
    broken: list[str]


Mix = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Orders by zone, class and channel."""


def side_of(problem: Problem, plan: Plan, mix: Mix) -> Side:
    """Describe a plan.

    Parameters
    ----------
    problem : Problem
        The network.
    plan : Plan
        Of it.
    mix : mapping
        Orders by zone, class and channel; a flow to a zone is shared among channels as the zone's orders are. Where
        nothing is told, quantities count for the channel "".

    Notes
    -----
    What went between sites is charged to the flows out of the site it filled, by quantity of the class.
    """
    verdict = check(problem, plan)
    scale, many = problem.cost_scale, len(problem.sites)
    costs = _flow_costs(problem, plan)
    between = sum(cost for one, cost in zip(plan.flows, costs, strict=True) if one.target < many)
    return Side(
        float(verdict.cost.total / scale),
        verdict.cost.fixed / scale,
        verdict.cost.opening / scale,
        verdict.cost.closing / scale,
        verdict.cost.carrying / scale,
        verdict.cost.pooling / scale,
        between,
        sum(costs) - between,
        _sites(problem, plan),
        _channels(problem, plan, costs, mix),
        _flows(problem, plan, costs),
        [one.message for one in verdict.violations],
    )


def _flow_costs(problem: Problem, plan: Plan) -> list[float]:
    """Return what each flow costs, as its scenario weighs."""
    lanes = problem.lanes
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    unit = dict(zip(keys, (lanes.cost / lanes.per / problem.cost_scale).tolist(), strict=True))
    return [
        unit.get((one.origin, one.target, one.product), 0.0) * one.quantity * _share(problem, one) for one in plan.flows
    ]


def _share(problem: Problem, flow: Flow) -> float:
    return problem.scenarios[flow.scenario].weight / problem.weight


def _sites(problem: Problem, plan: Plan) -> list[SiteLine]:
    volume: dict[int, float] = defaultdict(float)
    zones: dict[int, set[int]] = defaultdict(set)
    for one in plan.flows:
        volume[one.origin] += one.quantity * problem.classes[one.product].volume * _share(problem, one)
        if one.target >= len(problem.sites):
            zones[one.origin].add(one.target)
    return [
        SiteLine(problem.sites[k].id, problem.sites[k].level, round(volume[k]), len(zones[k]))
        for k in sorted(plan.sites)
    ]


def _flows(problem: Problem, plan: Plan, costs: list[float]) -> list[FlowLine]:
    names = [*(site.id for site in problem.sites), *problem.zones]
    found: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one, cost in zip(plan.flows, costs, strict=True):
        total = found[one.origin, one.target]
        total[0] += one.quantity * problem.classes[one.product].volume * _share(problem, one)
        total[1] += cost
    return [FlowLine(names[origin], names[target], volume, cost) for (origin, target), (volume, cost) in found.items()]


def all_channels(problem: Problem, plan: Plan, mix: Mix) -> ChannelLine:
    """Return what `side_of` tells of a plan's channels, of all of them together."""
    rows = _channel_rows(problem, plan, _flow_costs(problem, plan), mix)
    return _channel("", sorted(one for some in rows.values() for one in some))


def _channels(problem: Problem, plan: Plan, costs: list[float], mix: Mix) -> list[ChannelLine]:
    rows = _channel_rows(problem, plan, costs, mix)
    return [_channel(channel, sorted(some)) for channel, some in sorted(rows.items())]


def _channel_rows(
    problem: Problem, plan: Plan, costs: list[float], mix: Mix
) -> dict[str, list[tuple[float, float, float]]]:
    """Return by channel the hours, orders and cost of what goes to zones."""
    many, lanes = len(problem.sites), problem.lanes
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    hours = dict(zip(keys, lanes.hours.tolist(), strict=True))
    filling = _filling(problem, plan, costs)
    rows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for one, cost in zip(plan.flows, costs, strict=True):
        if one.target < many or not one.quantity:
            continue
        units = one.quantity * _share(problem, one)
        whole = cost + units * filling.get((one.origin, one.product), 0.0)
        told = mix.get(problem.zones[one.target - many], {}).get(problem.classes[one.product].id) or {"": one.quantity}
        wanted = problem.demand[one.scenario, one.target - many, one.product]
        share = one.quantity / float(wanted) * _share(problem, one)
        for channel, orders in told.items():
            here = float(orders) * share if "" not in told else units
            lane = hours.get((one.origin, one.target, one.product), 0)
            rows[channel].append((float(lane), here, whole * orders / sum(told.values())))
    return rows


def _filling(problem: Problem, plan: Plan, costs: list[float]) -> dict[tuple[int, int], float]:
    """Return what a unit of a class costs until it is at a site."""
    spent: dict[tuple[int, int], float] = defaultdict(float)
    units: dict[tuple[int, int], float] = defaultdict(float)
    for one, cost in zip(plan.flows, costs, strict=True):
        if one.target < len(problem.sites):
            spent[one.target, one.product] += cost
            units[one.target, one.product] += one.quantity * _share(problem, one)
    return {key: cost / units[key] for key, cost in spent.items() if units[key]}


def _channel(channel: str, rows: list[tuple[float, float, float]]) -> ChannelLine:
    orders = sum(one for _, one, _ in rows)
    reached, at_95 = 0.0, 0.0
    for hours, many, _ in rows:
        at_95 = hours
        reached += many
        if reached >= 0.95 * orders:
            break
    mean = sum(hours * many for hours, many, _ in rows) / orders if orders else 0.0
    return ChannelLine(channel, orders, sum(cost for _, _, cost in rows), mean, at_95)
