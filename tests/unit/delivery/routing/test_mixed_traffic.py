"""Mixed fleets and rests under traffic: near the optimum that brute force finds, judged by the checker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, permutations

import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.search import choose
from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError
from tests.unit.delivery.routing.cases import line, one_route, plan, problem
from tests.unit.delivery.routing.test_traffic import planned
from tests.unit.delivery.routing.traffic_cases import arrivals, mixed, speeds, still


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
def test_small_mixed_fleets_with_rests_are_solved_to_their_optimum(
    make: Callable[[int, int], Travel], seed: int
) -> None:
    small = mixed(seed, make(seed, 6), tight=seed % 3 != 0)
    verdict, best = check(small, planned(small)), _cheapest(small)
    if best == float("inf"):
        assert {one.rule for one in verdict.violations} == {"missing"}
    else:
        assert verdict.is_feasible, verdict.violations
        assert verdict.cost.total == pytest.approx(best, abs=1e-5)


def test_a_route_that_grows_takes_a_larger_vehicle_and_one_that_shrinks_a_cheaper() -> None:
    fleet = (VehicleType("van", 1, (10,), fixed_cost=30), VehicleType("lorry", 1, (30,), fixed_cost=50))
    near = problem(tuple(Stop(f"S{k}", k, (8,)) for k in (1, 2, 3)), fleet, line(4))
    grown = planned(near, start=plan(near, one_route(0)))
    assert [(route.vehicle, len(route.stops)) for route in grown.routes] == [(1, 3)]
    light = replace(near, stops=tuple(replace(stop, delivery=(2,)) for stop in near.stops))
    shrunk = planned(light, start=plan(light, one_route(0, 1, 2, vehicle=1)))
    assert [(route.vehicle, len(route.stops)) for route in shrunk.routes] == [(0, 3)]


def test_no_more_vehicles_of_a_type_are_used_than_there_are() -> None:
    fleet = (VehicleType("van", 2, (1,), fixed_cost=1), VehicleType("lorry", 9, (1,), fixed_cost=500))
    made = planned(problem(tuple(Stop(f"S{k}", k, (1,)) for k in range(1, 6)), fleet, line(6)))
    assert sorted(route.vehicle for route in made.routes) == [0, 0, 1, 1, 1]


def test_a_stop_is_visited_from_the_nearest_depot_by_a_vehicle_that_may() -> None:
    fleet = (VehicleType("west", 2), VehicleType("east", 2, start=1, end=1))
    stops = (Stop("A", 1), Stop("B", 3, vehicles=frozenset({0})), Stop("C", 5))
    made = planned(problem(stops, fleet, line(7), (Depot("W", 0), Depot("E", 6))))
    assert {(route.vehicle, route.stops) for route in made.routes} == {(0, (0, 1)), (1, (2,))}


REST = Break(20, 30, 15)


@pytest.mark.parametrize(
    ("rest", "windows", "duration"),
    [
        (None, (Window(0, 200), Window(0, 200)), 60),
        (Break(70, 90, 15), (Window(0, 200), Window(0, 25)), 60),  # over before the rest must begin
        (Break(0, 40, 15), (Window(0, 200), Window(0, 200)), 60),  # it leaves when the rest can begin no more
        (REST, (Window(0, 200), Window(20, 25)), 75),  # rested at a stop: nobody can leave later
        (REST, (Window(10, 10), Window(35, 60)), 75),  # what it would wait is rested
        (REST, (Window(10, 15), Window(0, 25)), 75),
    ],
)
def test_a_rest_costs_its_time_only_where_it_is_due(
    rest: Break | None, windows: tuple[Window, Window], duration: int
) -> None:
    stops = (Stop("A", 1, windows=(windows[0],)), Stop("B", 2, windows=(windows[1],)))
    van = VehicleType("van", 1, cost_per_distance=0, cost_per_time=1, shift=Window(0, 300), rest=rest)
    small = problem((*stops, Stop("C", 3)), (van,), line(4))
    verdict = check(small, planned(small))
    assert verdict.is_feasible
    assert verdict.cost.total == duration


def test_a_stop_that_no_rest_leaves_time_for_is_left_out_and_told() -> None:
    van = VehicleType("van", 1, rest=Break(0, 5, 10))
    small = problem((Stop("A", 1, windows=(Window(0, 12),)), Stop("B", 1)), (van,), line(2))
    made = planned(small)
    assert made.unserved == (0,)
    assert [(one.rule, one.stop) for one in check(small, made).violations] == [("missing", "A")]


def test_a_plan_given_that_leaves_after_the_rest_is_taken_over() -> None:
    van = VehicleType("van", 1, cost_per_time=1, rest=Break(0, 50, 20))
    small = problem((Stop("A", 1, windows=(Window(60, 70),)), Stop("B", 2)), (van,), line(3))
    assert planned(small, looks=0, start=plan(small, one_route(0, 1))).routes == (one_route(0, 1),)


def test_static_problems_with_rests_are_planned_by_this_engine() -> None:
    van = VehicleType("van", 2, rest=Break(10, 20, 5))
    assert choose(problem((Stop("A", 1),), (van,), line(2))) == Traffic()


def test_a_rest_whose_window_ends_before_it_begins_is_a_fault() -> None:
    with pytest.raises(InputError, match="the rest of vehicle type van closes at 10, before it opens at 20"):
        problem((Stop("A", 1),), (VehicleType("van", 1, rest=Break(20, 10, 5)),), line(2))


def _cheapest(case: Problem) -> float:
    """Judge every route by itself, and join what is cheapest; infinite where nothing is feasible."""
    costs = {
        (vehicle, members): min(_judged(case, vehicle, order) for order in permutations(sorted(members)))
        for vehicle in range(len(case.vehicles))
        for many in range(1, len(case.stops) + 1)
        for members in map(frozenset, combinations(range(len(case.stops)), many))
    }
    left = tuple(vehicle.count for vehicle in case.vehicles)
    return min(_joined(case, costs, frozenset(range(len(case.stops))), left))


def _judged(case: Problem, vehicle: int, order: tuple[int, ...]) -> float:
    alone = replace(case, stops=tuple(replace(stop, prize=0) for stop in case.stops))
    others = tuple(k for k in range(len(case.stops)) if k not in order)
    route = Route(vehicle, (Trip(case.vehicles[vehicle].start, order),))
    verdict = check(alone, Plan((route,), others))
    return verdict.cost.total if verdict.is_feasible else float("inf")


def _joined(
    case: Problem, costs: dict[tuple[int, frozenset[int]], float], stops: frozenset[int], left: tuple[int, ...]
) -> Iterator[float]:
    if not stops:
        yield 0.0
        return
    first = min(stops)
    prize = case.stops[first].prize
    yield float("inf") if prize is None else prize + min(_joined(case, costs, stops - {first}, left))
    for (vehicle, members), cost in costs.items():
        if first in members and members <= stops and left[vehicle] and cost < float("inf"):
            fewer = (*left[:vehicle], left[vehicle] - 1, *left[vehicle + 1 :])
            yield cost + min(_joined(case, costs, stops - members, fewer))
