"""From shares and flows of a program to a plan of whole quantities that keeps every balance."""

from __future__ import annotations

from collections import defaultdict

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
    for k, quantity in enumerate(model.quantity.tolist()):
        mine = slice(begin[k], begin[k + 1])
        wanted = share[mine] * quantity
        parts = _only_greatest(wanted, quantity) if model.problem.is_single else _split(wanted, quantity)
        scenario, product = int(model.scenario[k]), int(model.product[k])
        for lane, part in zip(model.lane[last[mine]].tolist(), parts, strict=True):
            if part:
                flows.append(Flow(scenario, int(lanes.origin[lane]), int(lanes.target[lane]), product, part))
                needs[scenario, int(lanes.origin[lane]), product] += part
    return Plan(frozenset(np.nonzero(stands)[0].tolist()), (*flows, *_upstream(model, stands, needs, links, on_links)))


def _upstream(
    model: Model, stands: Bools, needs: dict[tuple[int, int, int], int], links: Integers, on_links: Floats
) -> list[Flow]:
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
    for site in _downstream_first(model):
        for (scenario, at, product), quantity in sorted(needs.items()):
            inbound = into[scenario, at, product] if at == site else []
            if not quantity or not inbound:
                continue
            wanted = np.array([amount.get(link, 0.0) for link in inbound])
            if wanted.sum() <= 0:
                wanted = -np.array([model.link_cost[link] for link in inbound])
                wanted = (wanted == wanted.max()).astype(float)
            for link, part in zip(inbound, _split(wanted, quantity), strict=True):
                if part:
                    flows.append(Flow(scenario, origins[link], site, product, part))
                    needs[scenario, origins[link], product] += part
    return flows


def _downstream_first(model: Model) -> list[int]:
    """Order the sites that receive so that each comes after all it supplies."""
    lanes = model.problem.lanes
    between = lanes.target < len(model.fixed)
    after = np.zeros(len(model.fixed), dtype=np.int64)
    for _ in range(model.problem.depth):
        np.maximum.at(after, lanes.origin[between], after[lanes.target[between]] + 1)
    order = np.argsort(after, kind="stable")
    return [int(k) for k in order if model.problem.receives[k]]


def _split(wanted: Floats, quantity: int) -> list[int]:
    """Share a quantity in the proportions wanted, by largest remainder; equal remainders go to the earlier."""
    if not len(wanted):
        return []
    wanted = np.maximum(wanted, 0.0)
    if wanted.sum() <= 0:
        wanted = np.ones(len(wanted))
    exact = wanted * (quantity / wanted.sum())
    near = np.rint(exact)
    exact = np.where(np.abs(exact - near) < 1e-5, near, exact)  # what is whole but for the solver's tolerance
    parts = np.floor(exact).astype(np.int64)
    left = quantity - int(parts.sum())
    order = np.argsort(-(exact - parts), kind="stable")
    while left > 0:
        given = order[: min(left, len(order))]
        parts[given] += 1
        left -= len(given)
    while left < 0:
        parts[int(np.argmax(parts))] -= 1
        left += 1
    return [int(part) for part in parts]


def _only_greatest(wanted: Floats, quantity: int) -> list[int]:
    parts = [0] * len(wanted)
    if parts:
        parts[int(np.argmax(wanted))] = quantity
    return parts
