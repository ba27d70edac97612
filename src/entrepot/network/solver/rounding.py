"""From shares and flows of a program to a plan of whole quantities that keeps every balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Integers
from entrepot.network.solver.mip import Layout
from entrepot.network.solver.model import Bools, Floats, Model


def plan_of(model: Model, layout: Layout, values: Floats) -> Plan:
    """Round a solution: zones get just what they want, and every site receives what it passes on."""
    stands = values[: layout.sites] > 0.5
    shares = values[layout.sites : layout.first_link]
    return plan_of_shares(
        model, stands, layout.last, shares, layout.links, values[layout.first_link : layout.first_carried]
    )


def plan_of_shares(
    model: Model, stands: Bools, last: Integers, shares: Floats, links: Integers, on_links: Floats
) -> Plan:
    """Round shares of wants on last lanes, and what flows on links."""
    flows, lanes = [], model.problem.lanes
    needs: dict[tuple[int, int, int], int] = defaultdict(int)
    usable = stands[model.origin[last]]
    want, share, last = model.want[last][usable], shares[usable], last[usable]
    begin = np.searchsorted(want, np.arange(len(model.quantity) + 1))
    room = _Room.of(model)
    parts = _parts(model, want, share, last, begin, room)
    for lane, k, part in zip(model.lane[last].tolist(), want.tolist(), parts.tolist(), strict=True):
        if part:
            scenario, product, origin = int(model.scenario[k]), int(model.product[k]), int(lanes.origin[lane])
            flows.append(Flow(scenario, origin, int(lanes.target[lane]), product, part))
            needs[scenario, origin, product] += part
    upstream = _upstream(model, stands, needs, links, on_links, room)
    return Plan(frozenset(np.nonzero(stands)[0].tolist()), (*flows, *upstream))


@dataclass(frozen=True)
class _Room:
    """What may still leave each site in each scenario: volume, weight, and units of each class."""

    measures: tuple[Floats, ...]
    units: Floats
    each: tuple[Floats, ...]

    @classmethod
    def of(cls, model: Model) -> _Room:
        many = len(model.problem.scenarios)
        measures = tuple(np.tile(limit, (many, 1)) for limit, _ in model.measures)
        return cls(measures, np.tile(model.class_capacity, (many, 1, 1)), tuple(each for _, each in model.measures))

    def take(self, scenario: int | Integers, sites: Integers, product: int | Integers, parts: Integers) -> None:
        of_scenario, of_product = np.full(len(sites), scenario), np.full(len(sites), product)
        for room, each in zip(self.measures, self.each, strict=True):
            np.subtract.at(room, (of_scenario, sites), parts * each[of_product])
        np.subtract.at(self.units, (of_scenario, sites, of_product), parts)

    def left(self, scenario: int, sites: Integers, product: int) -> Floats:
        """Return how many units of a class may still leave some sites."""
        left = self.units[scenario, sites, product]
        for room, each in zip(self.measures, self.each, strict=True):
            if each[product]:
                left = np.minimum(left, room[scenario, sites] / each[product])
        return np.asarray(np.floor(left))


def _parts(model: Model, want: Integers, share: Floats, last: Integers, begin: Integers, room: _Room) -> Integers:
    """Round what is shipped on each lane down; each want's rest, bulky ones first, then leaves where there is room."""
    if model.problem.is_single:
        return _only_greatest(model, want, share, begin)
    exact = _exact(share * model.quantity[want], want, model.quantity)
    parts = np.floor(exact).astype(np.int64)
    room.take(model.scenario[want], model.origin[last], model.product[want], parts)
    rests = model.quantity - np.bincount(want, weights=parts, minlength=len(model.quantity)).astype(np.int64)
    unmet = np.nonzero((rests != 0) & (np.diff(begin) > 0))[0].tolist()
    for k in sorted(unmet, key=lambda k: (-room.each[0][model.product[k]], k)):
        mine = slice(begin[k], begin[k + 1])
        scenario, sites, product = int(model.scenario[k]), model.origin[last[mine]], int(model.product[k])
        left = room.left(scenario, sites, product)
        more = _fitted(int(rests[k]), exact[mine] - parts[mine], left, model.cost[last[mine]])
        parts[mine] += more
        room.take(scenario, sites, product, more)
    return parts


def _fitted(rest: int, remainder: Floats, left: Floats, cost: Floats) -> Integers:
    """Share a few units: one each by largest remainder where there is room, then cheapest with room, then anywhere."""
    more = np.zeros(len(remainder), dtype=np.int64)
    for k in np.argsort(-remainder, kind="stable"):
        if rest > 0 and remainder[k] > 0 and left[k] >= 1:
            more[k] += 1
            rest -= 1
    for k in np.argsort(cost, kind="stable"):
        fits = int(min(rest, max(left[k] - more[k], 0.0)))
        more[k] += fits
        rest -= fits
    more[int(np.argmax(remainder))] += rest
    return more


def _upstream(
    model: Model, stands: Bools, needs: dict[tuple[int, int, int], int], links: Integers, on_links: Floats,
    room: _Room,
) -> list[Flow]:  # fmt: skip
    """Let sites receive what they pass on, those nearest to the zones first."""
    lanes = model.problem.lanes
    amount: dict[int, float] = dict(zip(links.tolist(), on_links.tolist(), strict=True))
    into: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    scenarios, origins, targets, products = (
        model.link_scenario.tolist(),
        lanes.origin[model.link_lane].tolist(),
        lanes.target[model.link_lane].tolist(),
        lanes.product[model.link_lane].tolist(),
    )
    for link in range(len(scenarios)):
        if stands[origins[link]]:
            into[scenarios[link], targets[link], products[link]].append(link)
    flows = []
    for rank in _ranks(model):
        rests: list[tuple[tuple[int, int, int], list[int], Integers, Floats]] = []
        for (scenario, at, product), quantity in sorted(needs.items()):
            inbound = into[scenario, at, product] if at in rank else []
            if not quantity or not inbound:
                continue
            wanted = np.array([amount.get(link, 0.0) for link in inbound])
            if wanted.sum() <= 0:
                wanted = -np.array([model.link_cost[link] for link in inbound])
                wanted = (wanted == wanted.max()).astype(float)
            exact = _exact(wanted, np.zeros(len(wanted), dtype=np.int64), np.array([quantity]))
            parts = np.floor(exact).astype(np.int64)
            room.take(scenario, np.array([origins[link] for link in inbound]), product, parts)
            rests.append(((scenario, at, product), inbound, parts, exact - parts))
        for (scenario, at, product), inbound, parts, remainder in rests:
            sites, costs = np.array([origins[link] for link in inbound]), model.link_cost[inbound]
            rest = needs[scenario, at, product] - int(parts.sum())
            more = _fitted(rest, remainder, room.left(scenario, sites, product), costs)
            room.take(scenario, sites, product, more)
            for link, part in zip(inbound, (parts + more).tolist(), strict=True):
                if part:
                    flows.append(Flow(scenario, origins[link], at, product, part))
                    needs[scenario, origins[link], product] += part
    return flows


def _ranks(model: Model) -> list[set[int]]:
    """Order the sites that receive so that each comes after all it supplies."""
    lanes = model.problem.lanes
    between = lanes.target < len(model.fixed)
    after = np.zeros(len(model.fixed), dtype=np.int64)
    for _ in range(model.problem.depth):
        np.maximum.at(after, lanes.origin[between], after[lanes.target[between]] + 1)
    return [set(np.nonzero((after == rank) & model.problem.receives)[0].tolist()) for rank in range(after.max() + 1)]


def _exact(wanted: Floats, group: Integers, quantities: Integers) -> Floats:
    """Scale what is wanted to each group's quantity; what is whole but for the solver's tolerance is made whole."""
    many = len(quantities)
    wanted = np.maximum(wanted, 0.0)
    total = np.bincount(group, weights=wanted, minlength=many)
    wanted = np.where(total[group] > 0, wanted, 1.0)
    total = np.where(total > 0, total, np.bincount(group, minlength=many))
    exact = wanted * (quantities[group] / total[group])
    near = np.rint(exact)
    return np.asarray(np.where(np.abs(exact - near) < 1e-5, near, exact))


def _only_greatest(model: Model, want: Integers, share: Floats, begin: Integers) -> Integers:
    """Let each want come whole from where most of it would, from the first of equals."""
    parts = np.zeros(len(want), dtype=np.int64)
    first = np.lexsort((-share, want))[begin[:-1][np.diff(begin) > 0]]
    parts[first] = model.quantity[want[first]]
    return parts
