"""Several windows, pickups, backhauls and releases under traffic: the optimum that brute force finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.problem import Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Travel
from tests.unit.delivery.routing.cases import line, one_route, optimum, plan, problem
from tests.unit.delivery.routing.test_traffic import planned
from tests.unit.delivery.routing.traffic_cases import (
    arrivals,
    case,
    mixed,
    speeds,
    still,
    with_backhauls,
    with_pickups,
    with_releases,
    with_windows,
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
@pytest.mark.parametrize("rich", [with_windows, with_pickups, with_backhauls, with_releases])
def test_small_cases_are_solved_to_their_optimum(
    rich: Callable[[Problem, int], Problem], make: Callable[[int, int], Travel], seed: int
) -> None:
    _compare(rich(case(seed, make(seed, 5), prizes=seed % 2 == 0, tight=False), seed))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
@pytest.mark.parametrize("with_returns", [with_pickups, with_backhauls])
def test_all_at_once_in_a_mixed_fleet_with_rests_is_solved_to_its_optimum(
    with_returns: Callable[[Problem, int], Problem], make: Callable[[int, int], Travel], seed: int
) -> None:
    """Three types of two depots, stops not for every type."""
    _compare(with_releases(with_returns(with_windows(mixed(seed, make(seed, 5), tight=False), seed), seed), seed))


def _compare(small: Problem) -> None:
    verdict, best = check(small, planned(small, looks=12)), optimum(small)
    if best == float("inf"):
        assert {one.rule for one in verdict.violations} == {"missing"}
    else:
        assert verdict.is_feasible, verdict.violations
        assert verdict.cost.total == pytest.approx(best, abs=1e-5)


def test_returns_ride_where_deliveries_have_left() -> None:
    """Both fit only if the one that gives back comes after one that takes."""
    stops = (Stop("A", 1, (0,), (6,)), Stop("B", 2, (8,), (2,)))
    small = problem(stops, (VehicleType("van", 2, (8,), fixed_cost=500),), line(3))
    made = planned(small)
    assert [route.stops for route in made.routes] == [(1, 0)]
    assert check(small, made).is_feasible


def test_who_comes_between_two_windows_waits_for_the_second_or_leaves_later() -> None:
    """Leaving at once it would wait long for the second; leaving later it waits for nothing."""
    stops = (Stop("A", 1, windows=(Window(0, 5), Window(100, 120))), Stop("B", 2, windows=(Window(0, 300),)))
    van = VehicleType("van", 1, cost_per_distance=0, cost_per_time=1)
    verdict = check(two := problem(stops, (van,), line(3)), planned(two))
    assert verdict.is_feasible
    assert verdict.cost.total == 40


def test_a_late_release_is_worth_a_vehicle_where_others_close_before() -> None:
    stops = (Stop("A", 1, windows=(Window(0, 30),)), Stop("B", 2, release=50))
    small = problem(stops, (VehicleType("van", 2, fixed_cost=10),), line(3))
    made = planned(small, start=plan(small, one_route(0, 1)))
    assert sorted(route.stops for route in made.routes) == [(0,), (1,)]
    assert check(small, made).is_feasible


def test_a_given_plan_is_taken_over_as_far_as_it_may_drive() -> None:
    stops = tuple(Stop(f"S{k}", k) for k in (1, 2, 3))
    small = problem(stops, (VehicleType("van", 2, max_distance=50),), line(4))
    made = planned(small, looks=0, start=plan(small, one_route(0, 1, 2)))
    assert {route.stops for route in made.routes} == {(0, 1)}
    assert [one.rule for one in check(small, made).violations] == ["missing"]
