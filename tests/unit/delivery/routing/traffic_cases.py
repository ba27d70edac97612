"""Small routing problems under traffic, drawn by a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from entrepot.delivery.routing import timing
from entrepot.delivery.routing.problem import FOREVER, Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Arrivals, Speeds, Table, Travel
from tests.unit.delivery.routing.cases import problem

DAY = 1000


def speeds(seed: int, n_places: int, constant: bool = False) -> Travel:
    """Speeds of two categories in four periods, between places drawn by chance."""
    chance = np.random.default_rng(seed)
    xy = chance.integers(0, 100, (n_places, 2)).astype(np.float64)
    length = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    values = chance.uniform(0.5, 2.0, (2, 4)) if not constant else np.ones((2, 4))
    bounds = np.array([0.0, *np.sort(chance.choice(np.arange(1, DAY), 3, replace=False)), DAY])
    category = chance.integers(0, 2, (n_places, n_places)).astype(np.uint8)
    table = Table(np.floor(length / values.max()).astype(np.int64))
    return Travel(Table(np.rint(length).astype(np.int64)), table, Speeds(bounds, values, category, length))


def arrivals(seed: int, n_places: int) -> Travel:
    """The same as knots of each arc, with jumps and stretches in which nobody arrives earlier by leaving earlier."""
    chance, way = np.random.default_rng(seed), speeds(seed, n_places)
    first, x, y = [0], list[float](), list[float]()
    for origin in range(n_places):
        for target in range(n_places):
            knots = [(k.x, k.y) for k in timing.driving(way, origin, target)]
            at = float(chance.integers(100, DAY - 100))
            lower = timing.value(timing.driving(way, origin, target), at)
            late = [(a, b) for a, b in knots if a > at and b > lower + 20]
            knots = [*((a, b) for a, b in knots if a < at), (at, lower), (at, lower + 20), (at + 15, lower + 20), *late]
            knots = [k for n, k in enumerate(knots) if n == 0 or (k[0] >= knots[n - 1][0] and k[1] >= knots[n - 1][1])]
            x += [k[0] for k in knots]
            y += [k[1] for k in knots]
            first.append(len(x))
    knots_of = Arrivals(np.array(first, dtype=np.int64), np.array(x), np.array(y))
    return Travel(way.distance, way.time, knots_of)


def still(seed: int, n_places: int) -> Travel:
    """The same at free flow."""
    way = speeds(seed, n_places)
    return Travel(way.distance, way.time)


def case(seed: int, way: Travel, prizes: bool = False, tight: bool = True) -> Problem:
    """One depot, a few vehicles of one kind, two loads, windows of some width."""
    chance, stops = np.random.default_rng(seed + 1), list[Stop]()
    for k in range(1, way.size):
        opens = int(chance.integers(0, 600))
        window = Window(opens, opens + int(chance.integers(150, 350))) if tight else Window(0, DAY)
        prize = int(chance.integers(20, 120)) if prizes and k % 2 else None
        load = int(chance.integers(1, 5)), int(chance.integers(1, 9))
        stops.append(Stop(f"S{k}", k, load, windows=(window,), service=10, prize=prize))
    fleet = (VehicleType("van", len(stops), (8, 20), fixed_cost=5, cost_per_distance=1, cost_per_time=2),)
    return problem(stops, fleet, way, (Depot("D", 0, Window(0, 2 * DAY)),))


def mixed(seed: int, way: Travel, tight: bool = True) -> Problem:
    """Two depots, three types that differ in all, rests, stops not for every type; one stop may be left out."""
    one, chance = case(seed, way, tight=tight), np.random.default_rng(seed + 2)
    stops = [
        replace(
            stop,
            vehicles=None if chance.random() < 0.6 else frozenset({int(chance.integers(0, 2)), 2}),
            prize=int(chance.integers(60, 300)) if k == 0 else None,
        )
        for k, stop in enumerate(one.stops[:-1])
    ]
    earliest = int(chance.integers(0, 400))
    rest = Break(earliest, earliest + int(chance.integers(50, 300)), int(chance.integers(10, 60)))
    late = Break(500, 500, int(chance.integers(10, 60)))
    fleet = (
        VehicleType("van", 2, (6, 14), fixed_cost=20, cost_per_distance=1, cost_per_time=2, rest=rest),
        VehicleType("lorry", 1, (12, 30), fixed_cost=60, cost_per_distance=2, cost_per_time=3, max_stops=3, rest=late),
        VehicleType("tricycle", 1, (5,), 1, 0, 5, 0, 1, Window(100, 900), max_duration=600),
    )
    return problem(stops, fleet, way, (Depot("D", 0, Window(0, 2 * DAY)), Depot("E", way.size - 1)))


def with_rest(one: Problem, seed: int) -> Problem:
    """The same with a rest of its driver."""
    chance = np.random.default_rng(seed)
    earliest = int(chance.integers(0, 500))
    rest = Break(earliest, earliest + int(chance.integers(0, 250)), int(chance.integers(1, 90)))
    return replace(one, vehicles=(replace(one.vehicles[0], rest=rest),))


def with_windows(one: Problem, seed: int) -> Problem:
    """The same with one to four windows a stop, some of them moments."""
    chance = np.random.default_rng(seed + 3)
    stops = []
    for stop in one.stops:
        edges = np.sort(chance.choice(np.arange(20, 900), 2 * int(chance.integers(1, 5)), replace=False)).tolist()
        windows = [Window(*edges[k : k + 2]) for k in range(0, len(edges), 2)]
        if chance.random() < 0.3:
            windows[0] = Window(windows[0].close, windows[0].close)
        stops.append(replace(stop, windows=tuple(windows)))
    return replace(one, stops=tuple(stops))


def with_releases(one: Problem, seed: int) -> Problem:
    """The same with goods that are not all there from the beginning."""
    chance = np.random.default_rng(seed + 4)
    releases = [max(0, int(chance.integers(-200, 500))) for _ in one.stops]
    return replace(one, stops=tuple(replace(stop, release=at) for stop, at in zip(one.stops, releases, strict=True)))


def with_pickups(one: Problem, seed: int) -> Problem:
    """The same with stops that give something back, and some that only do."""
    chance, stops = np.random.default_rng(seed + 5), list[Stop]()
    for stop in one.stops:
        pickup = tuple(int(chance.integers(0, 1 + 2 * load)) for load in stop.delivery)
        delivery = tuple(0 for _ in stop.delivery) if chance.random() < 0.3 else stop.delivery
        stops.append(replace(stop, delivery=delivery, pickup=pickup))
    return replace(one, stops=tuple(stops))


def with_backhauls(one: Problem, seed: int) -> Problem:
    """The same with deliveries before pickups; what is delivered must be."""
    given = with_pickups(one, seed)
    stops = [replace(stop, prize=None) if any(stop.delivery) else stop for stop in given.stops]
    return replace(given, stops=tuple(stops), deliveries_first=True)


def with_reloads(one: Problem, seed: int) -> Problem:
    """The same with one or two smaller vans, which load again at their own depot, at the last stop's place or both."""
    chance = np.random.default_rng(seed + 6)
    depots = (*one.depots, Depot("E", one.travel.size - 1, Window(int(chance.integers(0, 200)), 2 * DAY)))
    reloads = ((0,), (1,), (0, 1))[int(chance.integers(0, 3))]
    van = replace(
        one.vehicles[0], count=2 - seed % 2, capacity=(5, 12), fixed_cost=int(chance.integers(0, 300)),
        reloads=reloads, max_reloads=int(chance.integers(2, 4)), max_stops=FOREVER if seed % 2 else 3,
    )  # fmt: skip
    return replace(one, depots=depots, vehicles=(van,))
