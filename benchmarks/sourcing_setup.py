"""The published set-up of multi-item sourcing: cities, nodes, order types, demand and starting stock.

From Ma, W. (2023). Order-optimal correlated rounding for fulfilling multi-item e-commerce orders. M&SOM 25(4)
(arXiv 2207.04774; its code: Willmasaur/multi_item_e_commerce_fulfillment), which follows Jasin and Sinha (2015).
Cities are the largest of the United States with their population, nodes are fulfilment centres there. The random
numbers are NumPy's, so instances are drawn alike but are not the same ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from entrepot.orders.sourcing import Lane, Network, Profile

SCALE: Final = 10_000
"""Minor units of a dollar: costs are published with six decimals."""
FIXED, UNIT, MILE = 8.759, 0.423, 0.000541
UNSERVED: Final = "unserved"
CARRY, SAFETY = 0.75, 0.5


class Place(NamedTuple):
    """A city or a fulfilment centre."""

    name: str
    latitude: float
    longitude: float
    people: int = 0


CITIES: Final = (
    Place("New York", 40.6943, -73.9249, 18680025), Place("Los Angeles", 34.1141, -118.4068, 12531334),
    Place("Chicago", 41.8375, -87.6866, 8586888), Place("Miami", 25.784, -80.2101, 6076316),
    Place("Dallas", 32.7935, -96.7667, 5910669), Place("Houston", 29.786, -95.3885, 5724418),
    Place("Philadelphia", 40.0077, -75.1339, 5540199), Place("Atlanta", 33.7628, -84.422, 5151496),
    Place("Washington", 38.9047, -77.0163, 5066973), Place("Boston", 42.3188, -71.0852, 4465966),
    Place("Phoenix", 33.5722, -112.0892, 4187723), Place("Detroit", 42.3834, -83.1024, 3731486),
    Place("San Francisco", 37.7558, -122.4449, 3557982), Place("Seattle", 47.6211, -122.3244, 3530752),
    Place("San Diego", 32.8313, -117.1222, 3178495), Place("Minneapolis", 44.9635, -93.2678, 2885614),
    Place("Tampa", 27.9945, -82.4447, 2771700), Place("Brooklyn", 40.6501, -73.9496, 2736074),
    Place("Denver", 39.762, -104.8758, 2709398), Place("Queens", 40.7498, -73.7976, 2405464),
)  # fmt: skip
# The five of the small network first, then those the larger one adds.
CENTRES: Final = (
    Place("OAK4", 37.7448, -121.3985), Place("IND1", 39.9797, -86.3833), Place("AVP3", 41.2776, -75.4973),
    Place("CAE1", 33.9114, -81.0501), Place("DFW7", 32.9709, -97.3348), Place("ONT6", 33.873, -117.2361),
    Place("PHX6", 33.433, -112.1644), Place("BNA2", 36.1202, -86.4096), Place("SAT1", 29.6021, -98.289),
    Place("RIC2", 37.3521, -77.3269),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How large an instance is; the defaults are the published ones.

    Parameters
    ----------
    cities, nodes, items, periods : int
        At most 20, 10, any, any.
    longest, of_each : int
        Orders have 1 to `longest` lines; so many types of each length.
    load : float
        Demand over what the starting stock was laid in for.
    """

    cities: int = 10
    nodes: int = 5
    items: int = 20
    periods: int = 10_000
    longest: int = 5
    of_each: int = 5
    load: float = 1.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One drawn instance.

    Parameters
    ----------
    size : Size
        Its size.
    network : Network
        Profiles (order type by city), lanes, cells; costs in minor units.
    arrivals : tuple of float
        Orders expected of each profile in one period; with empty periods their sum is below 1.
    stock : dict
        Starting pieces by (node, sku).
    nearest : dict
        ``(sku, region) -> nodes`` that were laid in with it, nearest first.
    """

    size: Size
    network: Network
    arrivals: tuple[float, ...]
    stock: dict[tuple[str, str], int]
    nearest: dict[tuple[str, str], list[str]]

    def draw(self, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Draw the orders: their profiles, and the periods they come in; an empty period has none."""
        chances = np.array([*self.arrivals, max(0.0, 1 - sum(self.arrivals))])
        drawn = np.random.default_rng(seed).choice(len(chances), self.size.periods, p=chances / chances.sum())
        periods = np.flatnonzero(drawn < len(self.arrivals))
        return tuple(int(one) for one in drawn[periods]), tuple(int(one) for one in periods)


def miles(one: Place, other: Place) -> float:
    """Return the great-circle distance as the published code takes it: metres / 1000 / 1.61, radius 6,371 km."""
    lat, lat_other = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((lat_other - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(lat_other) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half)) / 1.61


def draw_instance(size: Size, seed: int) -> Instance:
    """Draw order types, their chances and the starting stock."""
    random = np.random.default_rng(seed)
    cities, centres = CITIES[: size.cities], CENTRES[: size.nodes]
    types = [
        tuple(sorted(int(item) for item in random.permutation(size.items)[:length]))
        for length in range(1, size.longest + 1)
        for _ in range(size.of_each)
    ]
    chances = _type_chances(size, random)
    people = sum(city.people for city in cities)
    profiles, arrivals = [], []
    for chance, items in zip(chances, types, strict=True):
        for city in cities:
            profiles.append(Profile(city.name, tuple((f"item-{item}", 1) for item in items)))
            arrivals.append(chance * city.people / people)
    stock, nearest = _starting_stock(size, random, profiles, arrivals)
    network = Network(
        tuple(profiles),
        tuple(_lanes(cities, centres)),
        {f"item-{item}": 1.0 for item in range(size.items)},
        tuple(stock),
    )
    return Instance(size, network, tuple(size.load * one for one in arrivals), stock, nearest)


def _type_chances(size: Size, random: np.random.Generator) -> list[float]:
    empty, lengths = random.random(), random.random(size.longest)
    total = empty + lengths.sum()
    chances: list[float] = []
    for length in lengths:
        within = random.random(size.of_each)
        chances.extend(float(one) for one in length / total * within / within.sum())
    return chances


def _lanes(cities: tuple[Place, ...], centres: tuple[Place, ...]) -> list[Lane]:
    lanes = []
    for city in cities:
        distances = [miles(city, centre) for centre in centres]
        for centre, distance in zip(centres, distances, strict=True):
            lanes.append(Lane(centre.name, city.name, round(SCALE * FIXED), round(SCALE * (UNIT + MILE * distance))))
        worst = round(SCALE * 2 * (UNIT + MILE * max(distances)))
        lanes.append(Lane(UNSERVED, city.name, round(SCALE * 2 * FIXED), worst))
    return lanes


def _starting_stock(
    size: Size, random: np.random.Generator, profiles: list[Profile], arrivals: list[float]
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], list[str]]]:
    """Lay in each item where it is carried, for the cities nearest to there, with a safety stock."""
    cities, centres = CITIES[: size.cities], CENTRES[: size.nodes]
    stock: dict[tuple[str, str], int] = {}
    nearest: dict[tuple[str, str], list[str]] = {}
    for item in (f"item-{number}" for number in range(size.items)):
        carried = [centre for centre in centres if random.random() < CARRY]
        demand = dict.fromkeys((centre.name for centre in centres), 0.0)
        for city in cities:
            by_distance = sorted(carried, key=lambda centre, city=city: miles(city, centre))  # type: ignore[misc]
            nearest[item, city.name] = [centre.name for centre in by_distance]
        for profile, chance in zip(profiles, arrivals, strict=True):
            asked = any(sku == item for sku, _ in profile.basket)
            if asked and nearest[item, profile.region]:
                demand[nearest[item, profile.region][0]] += chance
        for node, rate in demand.items():
            safety = SAFETY * math.sqrt(size.periods * rate * max(0.0, 1 - rate))
            stock[node, item] = round(size.periods * rate + safety)
    return stock, nearest
