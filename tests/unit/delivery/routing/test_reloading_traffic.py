"""Reloads under traffic: the optimum that brute force finds, the checker's times, and the static problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.clock.clocks import clocks_of, tell_time
from entrepot.delivery.routing.clock.kinds import END, START, reloads_of
from entrepot.delivery.routing.clock.routes import empty_routes, put_in, set_kind, take_out
from entrepot.delivery.routing.clock.tables import tables_of
from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.plan import Route, Trip
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.schedule import time_route
from entrepot.delivery.routing.search import choose
from entrepot.delivery.routing.travel import Speeds, Table, Travel
from tests.unit.delivery.routing.cases import line, partitions, plan, problem
from tests.unit.delivery.routing.test_traffic import ENGINE, Counting, planned
from tests.unit.delivery.routing.traffic_cases import (
    arrivals,
    case,
    speeds,
    still,
    with_backhauls,
    with_pickups,
    with_releases,
    with_reloads,
    with_rest,
    with_windows,
)

Make = Callable[[int, int], Travel]
Rich = Callable[[Problem, int], Problem]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
def test_small_cases_are_solved_to_their_optimum(make: Make, seed: int) -> None:
    """One or two vans that may load again at their own depot, or at one of two."""
    _compare(with_reloads(case(seed, make(seed, 5), prizes=seed % 2 == 0, tight=False), seed))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("make", [speeds, arrivals])
@pytest.mark.parametrize("rich", [with_windows, with_pickups, with_backhauls, with_releases, with_rest])
def test_what_stops_ask_for_holds_on_every_trip(rich: Rich, make: Make, seed: int) -> None:
    _compare(with_reloads(rich(case(seed, make(seed, 4), prizes=seed % 2 == 0, tight=False), seed), seed))


def _compare(small: Problem) -> None:
    verdict, best = check(small, planned(small, looks=12)), _cheapest(small)
    if best == float("inf"):
        assert {one.rule for one in verdict.violations} == {"missing"}
    else:
        assert verdict.is_feasible, verdict.violations
        assert verdict.cost.total == pytest.approx(best, abs=1e-5)


def _cheapest(small: Problem) -> float:
    """Try every plan of one type of vehicle: who is served, in what order by whom, and before whom one reloads."""
    judged: dict[tuple[int, ...], float] = {}
    return min((_cost(small, left, orders, judged) for left, orders in _plans(small)), default=float("inf"))


def _plans(small: Problem) -> Iterator[tuple[list[int], list[tuple[int, ...]]]]:
    for is_served in product([False, True], repeat=len(small.stops)):
        left = [k for k, served in enumerate(is_served) if not served]
        if all(small.stops[k].prize is not None for k in left):
            for orders in partitions([k for k, served in enumerate(is_served) if served]):
                if len(orders) <= small.vehicles[0].count:
                    yield left, orders


def _cost(
    small: Problem, left: list[int], orders: list[tuple[int, ...]], judged: dict[tuple[int, ...], float]
) -> float:
    alone = replace(small, stops=tuple(replace(stop, prize=0) for stop in small.stops))
    for order in orders:
        if order not in judged:
            verdicts = [check(alone, plan(alone, route)) for route in _cut(small, order)]
            judged[order] = min((one.cost.total for one in verdicts if one.is_feasible), default=float("inf"))
    return sum(judged[order] for order in orders) + sum(small.stops[k].prize or 0 for k in left)


def _cut(small: Problem, order: tuple[int, ...]) -> Iterator[Route]:
    for depots in product([None, *small.vehicles[0].reloads], repeat=len(order) - 1):
        trips = [Trip(0, order[:1])]
        for stop, depot in zip(order[1:], depots, strict=True):
            if depot is None:
                trips[-1] = replace(trips[-1], stops=(*trips[-1].stops, stop))
            else:
                trips.append(Trip(depot, (stop,)))
        yield Route(0, tuple(trips))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
@pytest.mark.parametrize("rich", [with_windows, with_releases, with_rest])
def test_durations_are_those_of_the_checker_after_every_change(rich: Rich, make: Make, seed: int) -> None:
    """Stops and reloads are put in and taken out by chance."""
    small = with_reloads(with_releases(rich(case(seed, make(seed, 6), tight=False), seed), seed), seed)
    roads, stops = tables_of(small)
    n, again, chance, order = len(small.stops), reloads_of(small), np.random.default_rng(seed), list[int]()
    works = [(empty_routes(stops), clocks_of(roads, stops)) for _ in stops.kinds.of]
    for k, (routes, _) in enumerate(works):
        set_kind(stops.kinds, routes, 0, k)
    for _ in range(16):
        absent = [v for v in range(n + len(again)) if v not in order]
        is_more = bool(absent) and (not order or chance.random() < 0.6)
        place = int(chance.integers(0, len(order) + is_more))
        added = int(chance.choice(absent)) if is_more else None
        for k, (routes, clocks) in enumerate(works):
            around = [int(stops.kinds.of[k, START]), *order, int(stops.kinds.of[k, END])]
            if added is not None:
                put_in(stops, routes, added, 0, around[place])
                tell_time(roads, stops, routes, clocks, 0, added, added, 1)
            else:
                take_out(stops, routes, order[place])
                tell_time(roads, stops, routes, clocks, 0, around[place + 2], around[place], 1)
        order = order[:place] + ([added, *order[place:]] if added is not None else order[place + 1 :])
        if order:
            schedule = time_route(small, _of_nodes(order, again, n))
            exact = float("inf") if schedule.late else schedule.duration
            assert min(routes.duration[0] for routes, _ in works) == pytest.approx(exact, abs=1e-5)


def _of_nodes(order: list[int], again: list[int], n: int) -> Route:
    trips = [Trip(0, ())]
    for v in order:
        if v < n:
            trips[-1] = replace(trips[-1], stops=(*trips[-1].stops, v))
        else:
            trips.append(Trip(again[v - n], ()))
    return Route(0, tuple(trips))


@pytest.mark.parametrize("seed", range(6))
def test_constant_speed_is_the_static_problem(seed: int) -> None:
    """The engine of static reloads and this one find the same cost, also where time costs and goods are released."""
    way = speeds(seed, 6, constant=True)
    length = way.distance.values if isinstance(way.distance, Table) else None
    assert isinstance(way.traffic, Speeds)
    assert length is not None
    steady = Travel(way.distance, way.distance, replace(way.traffic, length=length.astype(np.float64)))
    small = with_reloads(with_releases(case(seed, steady, tight=False), seed), seed)
    small = replace(small, vehicles=(replace(small.vehicles[0], reloads=(0,), max_reloads=3),))
    found = check(small, planned(small, looks=12))
    static = FleetAnnealing(replace(small, travel=replace(steady, traffic=None)), seed)
    for part in np.linspace(0, 1, 20):
        static.improve(200, static.temperature(float(part)))
    assert found.cost.total == pytest.approx(check(small, static.plan).cost.total)
    assert found.is_feasible == check(small, static.plan).is_feasible


@pytest.mark.parametrize(("fixed", "vans"), [(0, 3), (500, 1)])
def test_a_van_reloads_where_a_second_one_is_dearer(fixed: int, vans: int) -> None:
    """All are to be served at the same hour where vans cost nothing."""
    windows = (Window(0, 40),) if fixed == 0 else (Window(0, 400),)
    stops = tuple(Stop(f"S{k}", k, (6,), windows=windows) for k in (1, 2, 3))
    van = VehicleType("van", 3, (10,), fixed_cost=fixed, cost_per_time=1, reloads=(0,))
    small = problem(stops, (van,), line(4))
    made = planned(small)
    assert check(small, made).is_feasible
    assert [len(route.trips) for route in made.routes] == [3 // vans] * vans


def test_cost_told_while_searching_is_that_of_the_checker() -> None:
    small, watch = with_reloads(with_releases(case(3, speeds(3, 8), tight=False), 3), 3), Counting(14)
    small = replace(small, vehicles=(replace(small.vehicles[0], max_reloads=6),))
    found = check(small, ENGINE.solve(small, 60.0, 1, None, watch.watch))
    assert found.is_feasible
    assert watch.cost == pytest.approx(found.cost.total, abs=1e-4)


def test_a_given_plan_is_taken_over_trip_by_trip() -> None:
    stops = tuple(Stop(f"S{k}", k, (6,)) for k in (1, 2, 3))
    small = problem(stops, (VehicleType("van", 2, (10,), reloads=(1,)),), line(4), (Depot("D", 0), Depot("E", 2)))
    given = Route(0, (Trip(0, (0,)), Trip(1, (2,)), Trip(1, (1,))))
    assert planned(small, looks=0, start=plan(small, given)).routes == (given,)


def test_a_given_plan_that_reloads_where_none_may_loses_what_has_no_room() -> None:
    stops = tuple(Stop(f"S{k}", k, (6,), prize=0) for k in (1, 2))
    small = problem(stops, (VehicleType("van", 1, (10,)),), line(3))
    made = planned(small, looks=0, start=plan(small, Route(0, (Trip(0, (0,)), Trip(0, (1,))))))
    assert made.routes == (Route(0, (Trip(0, (0,)),)),)


def test_reloads_are_planned_by_this_engine_only_under_traffic_or_with_rests() -> None:
    small = problem((Stop("A", 1),), (VehicleType("van", 1, reloads=(0,)),), line(2))
    assert choose(small).name == "fleets"
    assert choose(replace(small, travel=speeds(1, 2))) == ENGINE
