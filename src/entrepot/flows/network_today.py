"""How a network runs today, as the log tells: who sent which parcels, who filled which store. Pure.

What is not known is assumed at its best: from the cheapest site that stands. So today is never made out dearer than
it is, and what a plan saves against it is not flattered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from entrepot.flows.network_demand import Demand, WeightClass
from entrepot.flows.network_lanes import BULK, Lane, Store
from entrepot.flows.network_orders import Fed
from entrepot.flows.network_sites import CENTRE, SiteFacts
from entrepot.network.plan import FlowForm, PlanForm

_Flows = Counter[tuple[int, str, str]]


def today(
    sites: Sequence[SiteFacts],
    demand: Demand,
    zones: Sequence[int],
    stores: Sequence[Store],
    fed: Sequence[Fed],
    lanes: Iterable[Lane],
) -> PlanForm | None:
    """Return today's plan; None where the sites that stand cannot do what was done.

    Parameters
    ----------
    sites : sequence of SiteFacts
        All; those that stand today send.
    demand : Demand
        Who sent what is in it.
    zones : sequence of int
        Zones of the network, by their number in the demand.
    stores : sequence of Store
        Stores of the network.
    fed : sequence of Fed
        Who sent goods to stores.
    lanes : iterable of Lane
        All lanes.
    """
    ways: dict[tuple[str, str], dict[int, float]] = {}
    for lane in lanes:
        if sites[lane.origin].stands:
            ways.setdefault((lane.target, lane.product), {})[lane.origin] = lane.cost
    number = {site.id: k for k, site in enumerate(sites)}
    flows: _Flows = Counter()
    for about in demand.classes:
        for z in zones:
            told = demand.by_node(demand.zones[z], about)
            if not _send(flows, demand.ids[z], about.id, told, ways, number):
                return None
    for store in stores:
        if not _send(flows, store.id, BULK, _shelf(store, fed, number), ways, number):
            return None
    if not _fill_fronts(flows, sites, demand.classes, ways, number):
        return None
    stands = [site.id for site in sites if site.stands]
    named = [FlowForm(sites[k].id, target, many, product) for (k, target, product), many in flows.items()]
    return PlanForm(stands, named) if stands else None


def _send(
    flows: _Flows,
    target: str,
    product: str,
    told: Mapping[str, int],
    ways: Mapping[tuple[str, str], Mapping[int, float]],
    number: Mapping[str, int],
) -> bool:
    """Send what is told from where it is told, the rest by the cheapest way; tells whether there is one."""
    able = ways.get((target, product), {})
    for node, many in told.items():
        if not able:
            return False
        named = number.get(node)
        origin = named if named is not None and named in able else min(able, key=lambda k: (able[k], k))
        flows[origin, target, product] += many
    return True


def _shelf(store: Store, fed: Sequence[Fed], number: Mapping[str, int]) -> dict[str, int]:
    """Share a store's kilograms among the sites that fed it, by pieces, by largest remainder; "" is nobody known."""
    pieces = {one.origin: one.pieces for one in fed if one.target == store.node and one.origin in number}
    total = sum(pieces.values())
    if not total:
        return {"": store.kilograms}
    shares = {origin: divmod(store.kilograms * many, total) for origin, many in pieces.items()}
    left = store.kilograms - sum(whole for whole, _ in shares.values())
    first = sorted(shares, key=lambda origin: (-shares[origin][1], origin))[:left]
    return {origin: whole + (origin in first) for origin, (whole, _) in shares.items()}


def _fill_fronts(
    flows: _Flows,
    sites: Sequence[SiteFacts],
    classes: Sequence[WeightClass],
    ways: Mapping[tuple[str, str], Mapping[int, float]],
    number: Mapping[str, int],
) -> bool:
    """Give each front what it sent, from its cheapest centre; without any centre fronts are where goods begin."""
    if all(site.level != CENTRE for site in sites):
        return True
    for site in sites:
        for about in classes:
            gave = sum(
                many for (k, _, product), many in flows.items() if sites[k].id == site.id and product == about.id
            )
            is_front = site.level != CENTRE
            if gave and is_front and not _send(flows, site.id, about.id, {"": gave}, ways, number):
                return False
    return True
