"""A network from the order log: zones, sites, lanes and how it runs today, stated for a year. Pure.

Quantities are those of the period, so they stay whole; a lane's cost is told for as many units as the period has days,
at a year's price, so that every sum is a year's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple

import msgspec
import numpy as np

from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_demand import Demand, demand_of
from entrepot.flows.network_lanes import (
    BULK,
    Lane,
    Parcels,
    Road,
    Store,
    last_lanes,
    links,
    near_sites,
    parcels_of,
    shelf_lanes,
    stores_of,
)
from entrepot.flows.network_orders import OrderLog
from entrepot.flows.network_rates import CardRates, ParcelRates
from entrepot.flows.network_sites import CENTRE, SiteFacts, sites_of
from entrepot.flows.network_suppliers import Supplier, inbound_of, with_inbound
from entrepot.flows.network_today import today
from entrepot.kernel.errors import InputError
from entrepot.network import study as form
from entrepot.network.plan import PlanForm
from entrepot.network.zones import Place as Weighted
from entrepot.network.zones import aggregation_bound, spread

YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """What a planner settles; money in minor units.

    Parameters
    ----------
    days : int
        Length of the period of orders, which ends now.
    zones : int
        Zones of parcels at most.
    least_share : float
        Zones with less of all parcels are merged into their nearest.
    by_channel : bool
        Whether each channel has zones of its own.
    edges_g : tuple of int
        Where weight classes begin.
    centres, fronts : int
        Candidates of each level.
    centre_cost, front_cost, closing_cost : int or None
        A year's cost of a site, and once of closing one that stands; None is assumed from what transport costs.
    tonne_km_cost : int
        Of goods in bulk, between sites and to stores.
    circuity, speed_kmh : float
        How much longer roads are than great circles; how fast lorries are.
    max_hours : int or None
        Within which a parcel must arrive.
    near : int
        Sites that may serve a zone beside those that stand: its nearest.
    suppliers : tuple of Supplier
        Who goods come from; none: they begin at the centres, and cost nothing until there.
    """

    days: int = 90
    zones: int = 80
    least_share: float = 0.002
    by_channel: bool = False
    edges_g: tuple[int, ...] = (1_000, 5_000)
    centres: int = 4
    fronts: int = 6
    centre_cost: int | None = None
    front_cost: int | None = None
    closing_cost: int | None = None
    tonne_km_cost: int = 60
    circuity: float = 1.3
    speed_kmh: float = 60.0
    max_hours: int | None = None
    near: int = 12
    suppliers: tuple[Supplier, ...] = ()

    def __post_init__(self) -> None:
        wholes = (self.centres, self.fronts, self.tonne_km_cost, self.centre_cost, self.front_cost, self.closing_cost)
        if not (
            min(self.days, self.zones, self.near, 1 if self.max_hours is None else self.max_hours) >= 1
            and min(one or 0 for one in wholes) >= 0
            and 0 <= self.least_share < 1
            and self.circuity >= 1
            and self.speed_kmh > 0
            and list(self.edges_g) == sorted({edge for edge in self.edges_g if edge > 0})
        ):
            raise InputError(
                "network.settings",
                f"These settings make no network: {asdict(self)}.",
                "Counts are 1 or more, costs 0 or more, circuity 1 or more, weight edges rising.",
            )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Everything of a draft but its fixed costs."""

    log: OrderLog
    settings: DraftSettings
    demand: Demand
    sites: tuple[SiteFacts, ...]
    parcels: tuple[Parcels, ...]
    zones: tuple[int, ...]
    stores: tuple[Store, ...]
    lanes: tuple[Lane, ...]
    inbound: dict[int, float]
    today: PlanForm | None


class _Want(NamedTuple):
    zone: str
    product: str
    quantity: int


def draft(log: OrderLog, rates: ParcelRates, settings: DraftSettings, currency: str, scale: int) -> form.Study:
    """State a network from the log.

    Parameters
    ----------
    log : OrderLog
        Read with the settings' weight edges.
    rates : ParcelRates
        What parcels cost.
    settings : DraftSettings
        Everything a planner may change.
    currency : str
        Of all costs.
    scale : int
        Its minor units in a unit.

    Raises
    ------
    InputError
        ``network.no_orders`` when no parcel of the period can be placed and served; ``network.no_sites``.
    """
    laid = _lay_out(log, rates, settings)
    fixed = _fixed_costs(laid)
    stores, demand = laid.stores, laid.demand
    classes: list[dict[str, object]] = [{"id": one.id, "volume": one.volume} for one in demand.classes]
    network = {
        "name": "order log",
        "cost_scale": scale,
        "sites": [_site(site, fixed, settings) for site in laid.sites],
        "zones": [*(demand.ids[z] for z in laid.zones), *(store.id for store in stores)],
        "classes": [*classes, {"id": BULK, "volume": 10}] if stores else classes,
        "demand": [
            {"zone": one.zone, "class": one.product, "quantity": one.quantity}
            for one in (*_wants(laid), *(_Want(store.id, BULK, store.kilograms) for store in stores))
        ],
        "lanes": [_lane(lane, laid.sites, log.days) for lane in laid.lanes],
    }
    return form.Study(
        msgspec.Raw(msgspec.json.encode(network)),
        currency,
        {one.id: form.Spot(one.spot.latitude, one.spot.longitude, one.name, one.name_en) for one in laid.sites},
        _zone_spots(laid),
        _mix(laid),
        laid.today,
        _source(laid, isinstance(rates, CardRates), scale),
    )


def lay_zones(log: OrderLog, settings: DraftSettings) -> Demand:
    """Bring a log's parcels to zones."""
    return demand_of(
        log,
        Gazetteer.of(log.sent, log.nodes),
        at_most=settings.zones,
        least_share=settings.least_share,
        edges_g=settings.edges_g,
        by_channel=settings.by_channel,
    )


def _lay_out(log: OrderLog, rates: ParcelRates, settings: DraftSettings) -> _Layout:
    where, demand = Gazetteer.of(log.sent, log.nodes), lay_zones(log, settings)
    if not demand.zones:
        raise InputError(
            "network.no_orders",
            f"No parcel of these {log.days} days goes to a place that is known.",
            "Take more days, or load nodes and orders with city and province.",
        )
    sites = sites_of(log, demand, where, settings.centres, settings.fronts)
    if not sites:
        raise InputError("network.no_sites", "There is no site to choose.", "Allow candidates, or load nodes.")
    near = near_sites(sites, demand, settings.near)
    parcels = [parcels_of(one, sites, demand, rates, near, settings.max_hours) for one in demand.classes]
    reached = np.all([np.isfinite(one.by_zone).any(axis=0) for one in parcels], axis=0)
    zones = [z for z in range(len(demand.zones)) if reached[z]]
    if not zones:
        mend = "Import rate cards for these places, allow more hours, or add nodes."
        raise InputError("network.no_orders", "No carrier goes from any site to any zone.", mend)
    road = Road(settings.circuity, settings.tonne_km_cost, settings.speed_kmh)
    stores = stores_of(log, where) if any(site.level == CENTRE for site in sites) else []
    last = [lane for one in parcels for lane in last_lanes(one, demand, zones)]
    inbound = inbound_of(settings.suppliers, sites, where, road)
    bare = (*last, *links(sites, demand, road), *shelf_lanes(stores, sites, road))
    lanes = with_inbound(bare, inbound, demand.classes)
    now = today(sites, demand, zones, stores, log.fed, lanes)
    return _Layout(log, settings, demand, sites, tuple(parcels), tuple(zones), tuple(stores), lanes, inbound, now)


# Costs --------------------------------------------------------------------------------------------------------------


def _fixed_costs(laid: _Layout) -> dict[str, int]:
    """Return a year's cost of a site by level: as settled, else a share of what transport costs at its cheapest."""
    settings = laid.settings
    cheapest: dict[tuple[str, str], float] = {}
    for lane in laid.lanes:
        key = lane.target, lane.product
        cheapest[key] = min(lane.cost, cheapest.get(key, lane.cost))
    transport = sum(cheapest[one.zone, one.product] * one.quantity for one in _wants(laid))
    standing = max(1, sum(site.stands for site in laid.sites))
    assumed = _round_number(transport * YEAR / laid.log.days / 4 / standing)
    centre = assumed if settings.centre_cost is None else settings.centre_cost
    front = _round_number(centre / 3) if settings.front_cost is None else settings.front_cost
    return {CENTRE: centre, "": front}


def _round_number(value: float) -> int:
    """Round to two figures: an assumption should look like one."""
    return int(float(f"{value:.1e}"))


def _site(site: SiteFacts, fixed: dict[str, int], settings: DraftSettings) -> dict[str, object]:
    cost = fixed.get(site.level, fixed[""])
    made: dict[str, object] = {"id": site.id, "level": site.level, "fixed_cost": cost}
    if site.stands:
        closing = cost // 2 if settings.closing_cost is None else settings.closing_cost
        made |= {"status": "existing", "closing_cost": closing}
    return made


def _lane(lane: Lane, sites: Sequence[SiteFacts], days: int) -> dict[str, object]:
    return {
        "from": sites[lane.origin].id,
        "to": lane.target,
        "class": lane.product,
        "cost": round(lane.cost * YEAR),
        "per": days,
        "hours": round(lane.hours),
    }


# What people need to read it ----------------------------------------------------------------------------------------


def _wants(laid: _Layout) -> list[_Want]:
    demand = laid.demand
    found: list[_Want] = []
    for about in demand.classes:
        counts = np.bincount(demand.zone_of, weights=demand.counts(about), minlength=len(demand.zones))
        found += [_Want(demand.ids[z], about.id, int(counts[z])) for z in laid.zones if counts[z]]
    return found


def _zone_spots(laid: _Layout) -> dict[str, form.Spot]:
    demand = laid.demand
    spots = {
        demand.ids[z]: form.Spot(
            demand.zones[z].latitude, demand.zones[z].longitude, demand.zones[z].name, "", len(demand.zones[z].members)
        )
        for z in laid.zones
    }
    return spots | {
        one.id: form.Spot(one.spot.latitude, one.spot.longitude, one.name, one.name_en) for one in laid.stores
    }


def _mix(laid: _Layout) -> dict[str, dict[str, dict[str, int]]]:
    demand = laid.demand
    found = {
        demand.ids[z]: {
            about.id: told for about in demand.classes if (told := demand.by_channel(demand.zones[z], about))
        }
        for z in laid.zones
    }
    return found | {store.id: {BULK: store.by_channel} for store in laid.stores}


def _source(laid: _Layout, has_cards: bool, scale: int) -> form.Source:
    demand, settings = laid.demand, laid.settings
    kept = [demand.zones[z] for z in laid.zones]
    places = [Weighted(one.name, one.spot.latitude, one.spot.longitude, one.orders) for one in demand.towns]
    far = spread(places, kept)
    inside = np.isin(demand.zone_of, np.array(laid.zones))
    error = sum(
        aggregation_bound(one.costs, np.where(inside, demand.counts(one.about), 0).astype(np.float64), demand.zone_of)
        for one in laid.parcels
    )
    lost = [demand.towns[k] for k in np.nonzero(~inside)[0].tolist()]
    left_out = list(demand.left_out)
    if lost:
        names = sorted({one.name for one in lost})
        left_out.append(form.LeftOut("no_carrier", sum(one.orders for one in lost), names))
    settled = {"fixed_costs": settings.centre_cost, "front_costs": settings.front_cost}
    settled |= {"closing_costs": settings.closing_cost}
    return form.Source(
        laid.log.since.isoformat(timespec="seconds"),
        laid.log.until.isoformat(timespec="seconds"),
        sum(zone.weight for zone in kept),
        sum(sum(one.by_channel.values()) for one in laid.stores),
        dict(Counter(one.how for one in demand.towns)),
        far.mean_km,
        far.max_km,
        far.farthest,
        error * YEAR / laid.log.days / scale if np.isfinite(error) else None,
        "cards" if has_cards else "distance",
        [name for name, cost in settled.items() if cost is None],
        left_out,
        asdict(settings),
        {laid.sites[k].id: 1000 * cost / scale for k, cost in laid.inbound.items()},
    )
