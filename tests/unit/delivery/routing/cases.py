"""Small routing problems, and the brute force that knows their optimum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product

import numpy as np

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType
from entrepot.delivery.routing.travel import Arrivals, Speeds, Table, Travel


def travel(distance: Sequence[Sequence[int]], time: Sequence[Sequence[int]] | None = None,
           traffic: Speeds | Arrivals | None = None) -> Travel:  # fmt: skip
    first = Table(np.array(distance, dtype=np.int64))
    return Travel(first, first if time is None else Table(np.array(time, dtype=np.int64)), traffic)


def line(n_places: int) -> Travel:
    """Places at 0, 10, 20, ... on a line; distance is time."""
    places = 10 * np.arange(n_places)
    return travel(np.abs(places[:, None] - places[None, :]).tolist())


def problem(
    stops: Sequence[Stop],
    vehicles: Sequence[VehicleType] | None = None,
    way: Travel | None = None,
    depots: Sequence[Depot] = (Depot("D", 0),),
    **others: bool,
) -> Problem:
    size = 1 + max(one.location for one in [*stops, *depots])
    fleet = vehicles or (VehicleType("van", len(stops), (100,)),)
    return Problem(tuple(stops), tuple(depots), tuple(fleet), way or line(size), **others)


def one_route(*stops: int, vehicle: int = 0, departure: float | None = None) -> Route:
    return Route(vehicle, (Trip(0, stops),), departure)


def plan(case: Problem, *routes: Route) -> Plan:
    return with_unserved(list(routes), len(case.stops))


def optimum(case: Problem) -> float:
    """Try every plan of single trips; infinite when none is feasible."""
    costs = (check(case, one) for one in _plans(case))
    return min((verdict.cost.total for verdict in costs if verdict.is_feasible), default=float("inf"))


def _plans(case: Problem) -> Iterator[Plan]:
    optional = [k for k, stop in enumerate(case.stops) if stop.prize is not None]
    required = [k for k, stop in enumerate(case.stops) if stop.prize is None]
    for many in range(len(optional) + 1):
        for served in combinations(optional, many):
            for routes in partitions(sorted([*required, *served])):
                for kinds in product(range(len(case.vehicles)), repeat=len(routes)):
                    yield plan(case, *(_route(case, kind, stops) for kind, stops in zip(kinds, routes, strict=True)))


def _route(case: Problem, kind: int, stops: tuple[int, ...]) -> Route:
    return Route(kind, (Trip(case.vehicles[kind].start, stops),))


def partitions(stops: list[int]) -> Iterator[list[tuple[int, ...]]]:
    """Every way to split stops into ordered routes: the first stop's route is chosen, then the rest is split."""
    if not stops:
        yield []
        return
    first, rest = stops[0], stops[1:]
    for many in range(len(rest) + 1):
        for mates in combinations(rest, many):
            others = [stop for stop in rest if stop not in mates]
            for order in permutations([first, *mates]):
                for tail in partitions(others):
                    yield [order, *tail]
