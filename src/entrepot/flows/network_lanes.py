"""What may flow where in a network from the log: costs and hours of a unit, by parcel or in bulk. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_demand import Demand, WeightClass
from entrepot.flows.network_orders import OrderLog
from entrepot.flows.network_rates import ParcelRates, Spot
from entrepot.flows.network_sites import CENTRE, SiteFacts, spot_of
from entrepot.network.zones import Floats, kilometres, mean_costs

BULK: Final = "bulk"
"""Class of what fills stores' shelves, in kilograms."""


class Lane(NamedTuple):
    """A way from a site: what a unit costs, in minor units, and the hours it takes."""

    origin: int
    target: str
    product: str
    cost: float
    hours: float


class Parcels(NamedTuple):
    """Parcels of a class: costs and hours of one from each site to each town and zone; infinite where none goes."""

    about: WeightClass
    costs: Floats
    by_zone: Floats
    hours: Floats


class Store(NamedTuple):
    """A store that sold: its name as a zone, its node and place, and the kilograms its shelves need."""

    id: str
    node: str
    spot: Spot
    name: str
    name_en: str
    kilograms: int
    by_channel: dict[str, int]


@dataclass(frozen=True, slots=True)
class Road:
    """Goods in bulk: roads longer than great circles, a cost by tonne-kilometre, a speed."""

    circuity: float
    tonne_km_cost: int
    speed_kmh: float

    def cost(self, origin: Spot, target: Spot, kilograms: float) -> float:
        """Return what goods cost from one place to another."""
        return kilograms / 1000 * self.circuity * origin.kilometres_to(target) * self.tonne_km_cost

    def hours(self, origin: Spot, target: Spot) -> float:
        """Return how long a lorry drives."""
        return self.circuity * origin.kilometres_to(target) / self.speed_kmh


def near_sites(sites: Sequence[SiteFacts], demand: Demand, most: int) -> NDArray[np.bool_]:
    """Tell which sites may serve each zone: all that stand, and so many of the nearest others."""
    km = np.array(
        [[kilometres(*site.spot[1:], zone.latitude, zone.longitude) for zone in demand.zones] for site in sites]
    )
    stands = np.array([site.stands for site in sites])[:, None]
    rank = np.where(stands, np.inf, km).argsort(axis=0, kind="stable").argsort(axis=0)
    return np.asarray(stands | (rank < most))


def parcels_of(
    about: WeightClass,
    sites: Sequence[SiteFacts],
    demand: Demand,
    rates: ParcelRates,
    near: NDArray[np.bool_],
    max_hours: int | None,
) -> Parcels:
    """Ask for the mean parcel of a class from every site to every town it may serve."""
    costs = np.full((len(sites), len(demand.towns)), np.inf)
    hours = costs.copy()
    for k, site in enumerate(sites):
        for n, town in enumerate(demand.towns):
            rate = rates.rate(site.spot, town.spot, about.parcel) if near[k, demand.zone_of[n]] else None
            if rate is not None and (max_hours is None or rate.hours <= max_hours):
                costs[k, n], hours[k, n] = rate
    weights = demand.counts(about).astype(np.float64)
    by_zone, mean_hours = (mean_costs(one, weights, demand.zone_of) for one in (costs, hours))
    return Parcels(about, costs, by_zone, mean_hours)


def last_lanes(parcels: Parcels, demand: Demand, zones: Sequence[int]) -> list[Lane]:
    """Return the lanes of a class to zones."""
    return [
        Lane(k, demand.ids[z], parcels.about.id, float(parcels.by_zone[k, z]), float(parcels.hours[k, z]))
        for z in zones
        for k in range(len(parcels.by_zone))
        if np.isfinite(parcels.by_zone[k, z])
    ]


def links(sites: Sequence[SiteFacts], demand: Demand, road: Road) -> list[Lane]:
    """Let every centre fill every front, in bulk; nobody waits for it."""
    return [
        Lane(k, front.id, about.id, road.cost(centre.spot, front.spot, about.parcel.weight_g / 1000), 0.0)
        for k, centre in enumerate(sites)
        if centre.level == CENTRE
        for front in sites
        if front.level != CENTRE
        for about in demand.classes
    ]


def stores_of(log: OrderLog, where: Gazetteer) -> list[Store]:
    """Return the stores that sold, where their place is known."""
    weight: Counter[str] = Counter()
    channels: dict[str, Counter[str]] = {}
    for row in log.sold:
        weight[row.node] += row.weight_g
        channels.setdefault(row.node, Counter())[row.channel] += row.orders
    return [
        Store(
            f"store:{node.id}",
            node.id,
            spot,
            node.name,
            node.name_en,
            max(1, round(weight[node.id] / 1000)),
            dict(sorted(channels[node.id].items())),
        )
        for node in log.nodes
        if weight[node.id] and (spot := spot_of(node, where)) is not None
    ]


def shelf_lanes(stores: Sequence[Store], sites: Sequence[SiteFacts], road: Road) -> list[Lane]:
    """Let every centre fill every store."""
    return [
        Lane(k, store.id, BULK, road.cost(site.spot, store.spot, 1.0), road.hours(site.spot, store.spot))
        for store in stores
        for k, site in enumerate(sites)
        if site.level == CENTRE
    ]
