"""Sites a network may have: nodes of ours that send, and the cities of the biggest zones. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_demand import Demand
from entrepot.flows.network_orders import NodeRow, OrderLog
from entrepot.flows.network_rates import Spot

CENTRE: Final = "centre"
FRONT: Final = "front"
LEVELS: Final = {"rdc": CENTRE, "fdc": FRONT}
"""Level of a node by its kind; any other is a front where it sends parcels."""

SENDS: Final = 0.01
"""Share of all parcels from which a store counts as a front that stands."""

APART_KM: Final = 30.0
"""A candidate is no nearer to a site of its level that stands."""


class SiteFacts(NamedTuple):
    """A site before it has costs."""

    id: str
    level: str
    spot: Spot
    stands: bool
    name: str
    name_en: str = ""


def sites_of(log: OrderLog, demand: Demand, where: Gazetteer, centres: int, fronts: int) -> tuple[SiteFacts, ...]:
    """Return the sites that stand, then candidates: so many centres and fronts in the cities of the biggest zones."""
    standing = _standing(log, where)
    return (*standing, *_candidates(demand, standing, CENTRE, centres), *_candidates(demand, standing, FRONT, fronts))


def spot_of(node: NodeRow, where: Gazetteer) -> Spot | None:
    """Return where a node is: by its own coordinates, else by its city; None where neither is known."""
    if node.latitude is not None and node.longitude is not None:
        return Spot(node.place, node.latitude, node.longitude)
    found = where.locate(node.country, node.province, node.city)
    return None if found is None else Spot(node.place, found.latitude, found.longitude)


def _standing(log: OrderLog, where: Gazetteer) -> list[SiteFacts]:
    sent: Counter[str] = Counter()
    for row in log.sent:
        sent[row.node] += row.orders
    enough = SENDS * sum(sent.values())
    found = []
    for node in log.nodes:
        level = LEVELS.get(node.kind) or (FRONT if sent[node.id] and sent[node.id] >= enough else None)
        spot = spot_of(node, where)
        if level is not None and spot is not None:
            found.append(SiteFacts(node.id, level, spot, True, node.name, node.name_en))
    return found


def _candidates(demand: Demand, standing: Sequence[SiteFacts], level: str, most: int) -> Iterable[SiteFacts]:
    """Go through the biggest zones of the country most parcels go to; a city is taken once."""
    taken = [site.spot for site in standing if site.level == level]
    home = Counter[str]()
    for town in demand.towns:
        home[town.spot.place.country] += town.orders
    found: list[SiteFacts] = []
    for zone in demand.zones:
        town = demand.towns[zone.members[0]]
        is_home = town.spot.place.country == home.most_common(1)[0][0]
        if len(found) < most and is_home and all(town.spot.kilometres_to(one) > APART_KM for one in taken):
            found.append(SiteFacts(f"{level}:{town.name}", level, town.spot, False, town.name))
            taken.append(town.spot)
    return _apart(found)


def _apart(sites: Sequence[SiteFacts]) -> list[SiteFacts]:
    """Give candidates in cities of the same name a number each."""
    met: Counter[str] = Counter()
    found = []
    for site in sites:
        met[site.id] += 1
        found.append(site if met[site.id] == 1 else site._replace(id=f"{site.id} {met[site.id]}"))
    return found
