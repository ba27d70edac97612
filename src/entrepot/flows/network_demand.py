"""What a network must serve: orders brought to places, places to zones, parcels to classes of weight. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from entrepot.delivery import Parcel, Place
from entrepot.delivery.places import city_area
from entrepot.flows.gazetteer import Gazetteer, Located
from entrepot.flows.network_orders import OrderLog, Sent
from entrepot.flows.network_rates import Spot
from entrepot.network import zones as geography
from entrepot.network.study import LeftOut
from entrepot.network.zones import Integers, Zone


class WeightClass(NamedTuple):
    """Parcels of a weight band: its id, the mean parcel, and its weight in hundreds of grams, at least one."""

    id: str
    band: int
    parcel: Parcel

    @property
    def volume(self) -> int:
        """What a unit takes of a site's capacity."""
        return max(1, round(self.parcel.weight_g / 100))


class Town(NamedTuple):
    """A place that buys, with the rows of the log that went there."""

    channel: str
    spot: Spot
    how: str
    rows: tuple[Sent, ...]

    @property
    def orders(self) -> int:
        """Parcels that went there."""
        return sum(row.orders for row in self.rows)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.spot.place.city or self.spot.place.province or self.spot.place.country


@dataclass(frozen=True)
class Demand:
    """All of it, laid out.

    Parameters
    ----------
    towns : tuple of Town
        Places.
    classes : tuple of WeightClass
        Those of which there are parcels.
    zones : tuple of Zone
        Their members are indices of towns.
    ids : tuple of str
        The zones' names, each once.
    zone_of : ndarray of int, shape (n_towns,)
        The zone of each town.
    left_out : tuple of LeftOut
        Orders to places nobody knows.
    """

    towns: tuple[Town, ...]
    classes: tuple[WeightClass, ...]
    zones: tuple[Zone, ...]
    ids: tuple[str, ...]
    zone_of: Integers
    left_out: tuple[LeftOut, ...]

    def counts(self, product: WeightClass) -> Integers:
        """Return the parcels of a class by town."""
        found = [sum(row.orders for row in town.rows if row.band == product.band) for town in self.towns]
        return np.array(found, dtype=np.int64)

    def by_node(self, zone: Zone, product: WeightClass) -> Counter[str]:
        """Return who sent a zone's parcels of a class, by node; empty: nobody knows."""
        found: Counter[str] = Counter()
        for row in self._rows(zone, product):
            found[row.node] += row.orders
        return found

    def by_channel(self, zone: Zone, product: WeightClass) -> dict[str, int]:
        """Return a zone's parcels of a class by channel."""
        found: Counter[str] = Counter()
        for row in self._rows(zone, product):
            found[row.channel] += row.orders
        return dict(sorted(found.items()))

    def _rows(self, zone: Zone, product: WeightClass) -> list[Sent]:
        return [row for town in zone.members for row in self.towns[town].rows if row.band == product.band]


def demand_of(
    log: OrderLog, where: Gazetteer, *, at_most: int, least_share: float, edges_g: Sequence[int], by_channel: bool
) -> Demand:
    """Lay the parcels of a log out.

    Parameters
    ----------
    log : OrderLog
        The orders.
    where : Gazetteer
        Where cities are.
    at_most : int
        Zones; countries, and channels where they are told apart, share them by their orders and have one at least.
    least_share : float
        Thinner zones are merged, within a country and channel.
    edges_g : sequence of int
        Where weight classes begin, as the log was read.
    by_channel : bool
        Whether each channel has zones of its own.
    """
    towns, left_out = _towns(log.sent, where, by_channel)
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, town in enumerate(towns):
        groups[town.channel, town.spot.place.country].append(number)
    total = sum(town.orders for town in towns)
    found: list[Zone] = []
    for (_, _), members in sorted(groups.items()):
        some = [towns[k] for k in members]
        many = max(1, at_most * sum(town.orders for town in some) // total)
        places = [geography.Place(one.name, one.spot.latitude, one.spot.longitude, one.orders) for one in some]
        for zone in geography.gather(places, many, least_share=least_share):
            inside = tuple(members[k] for k in zone.members)
            found.append(Zone(zone.name, zone.latitude, zone.longitude, inside, zone.weight))
    found.sort(key=lambda zone: (-zone.weight, zone.members))
    zone_of = np.zeros(len(towns), dtype=np.int64)
    for number, zone in enumerate(found):
        zone_of[list(zone.members)] = number
    return Demand(tuple(towns), _classes(towns, edges_g), tuple(found), _ids(found, towns), zone_of, tuple(left_out))


def _towns(sent: Sequence[Sent], where: Gazetteer, by_channel: bool) -> tuple[list[Town], list[LeftOut]]:
    """Bring rows of one city together, however it is spelt; rows of cities nobody knows are told."""
    rows_of: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for row in sent:
        key = row.channel if by_channel else "", city_area(row.country, row.province, row.city)
        rows_of[key].append(row)
    towns, lost = [], []
    for (channel, _), rows in sorted(rows_of.items()):
        first = rows[0]
        located: Located | None = where.locate(first.country, first.province, first.city)
        if located is None:
            lost.append(rows)
            continue
        spot = Spot(Place(first.country, first.province, first.city), located.latitude, located.longitude)
        towns.append(Town(channel, spot, located.how, tuple(rows)))
    if not lost:
        return towns, []
    names = sorted({" ".join(filter(None, (one[0].country, one[0].province, one[0].city))) for one in lost})
    return towns, [LeftOut("no_place", sum(row.orders for rows in lost for row in rows), names)]


def _classes(towns: Sequence[Town], edges_g: Sequence[int]) -> tuple[WeightClass, ...]:
    names = [f"{edge / 1000:g}" for edge in (0, *edges_g)]
    found = []
    for band, least in enumerate(names):
        rows = [row for town in towns for row in town.rows if row.band == band]
        if rows:
            orders = sum(row.orders for row in rows)
            mean = max(1, round(sum(row.weight_g for row in rows) / orders))
            volume = round(sum(row.volume_mm3 for row in rows) / orders)
            most = f"-{names[band + 1]}" if band + 1 < len(names) else "+"
            found.append(WeightClass(f"{least}{most} kg", band, Parcel(mean, volume_mm3=volume)))
    return tuple(found)


def _ids(zones: Sequence[Zone], towns: Sequence[Town]) -> tuple[str, ...]:
    """Name zones apart: by channel where they have one, by country where two are called alike, else by number."""
    ids: list[str] = []
    for zone in zones:
        town = towns[zone.members[0]]
        plain = f"{town.channel}:{zone.name}" if town.channel else zone.name
        choices = [plain, f"{plain}, {town.spot.place.country}", *(f"{plain} {k}" for k in range(2, len(zones) + 2))]
        ids.append(next(one for one in choices if one not in ids))
    return tuple(ids)
