"""Laps and crosses of their plans: against brute force, with too few vehicles, little time, a plan, and cancelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.crossing import cross
from entrepot.delivery.routing.core.generations import Generations
from entrepot.delivery.routing.problem import Problem, Stop, VehicleType
from tests.unit.delivery.routing.cases import one_route, optimum, plan, problem
from tests.unit.delivery.routing.test_core import random_case

FIRST, SECOND = ((0, 1, 2), (3, 4), (5, 6, 7)), ((2, 3), (0, 1), (7, 6), (4, 5))
NEAR = np.array([[v for v in np.argsort(np.abs(np.arange(8) - u), kind="stable") if v != u] for u in range(8)])


def required_case(seed: int, n: int = 5) -> Problem:
    case = random_case(seed, n)
    return replace(case, stops=tuple(replace(stop, prize=None) for stop in case.stops))


def test_near_routes_of_one_plan_take_the_place_of_those_they_overlap() -> None:
    seen = {cross(FIRST, SECOND, NEAR, np.random.default_rng(seed)) for seed in range(200)}
    assert ((2, 3), (5, 6, 7), (0, 1)) in seen  # one route: (3, 4) shares half of its stops with it and leaves
    assert ((7, 6), (0, 1, 2), (3, 4)) in seen
    assert any(set(child[:2]) == {(2, 3), (0, 1)} and child[2:] == ((5, 6, 7),) for child in seen)
    for child in seen:
        visited = [stop for route in child for stop in route]
        assert len(visited) == len(set(visited))
        assert child[0] in SECOND
        assert len(child) <= len(FIRST)


def test_a_plan_crossed_with_itself_or_with_none_stays() -> None:
    rng = np.random.default_rng(1)
    assert {frozenset(cross(FIRST, FIRST, NEAR, rng)) for _ in range(50)} == {frozenset(FIRST)}
    assert cross(FIRST, (), NEAR, rng) == FIRST


@pytest.mark.parametrize("seed", range(4))
def test_laps_and_crosses_find_the_optimum_of_small_problems(seed: int) -> None:
    case = required_case(seed)
    best, search = optimum(case), Generations(case, seed)
    search.run(0.3)
    verdict = check(case, search.plan)
    assert verdict.is_feasible == (best < float("inf"))
    if verdict.is_feasible:
        assert verdict.cost.total == search.best == best
        assert search._members


def test_few_seconds_are_one_search_as_ever() -> None:
    search = Generations(required_case(3, 200))
    search.run(0.02)
    assert not search._members
    assert search.iterations > 0


def test_stops_that_may_be_left_out_are_searched_as_ever() -> None:
    case = replace(
        required_case(1, 8), stops=(*required_case(1, 8).stops[:-1], replace(random_case(1, 8).stops[-1], prize=9))
    )
    search = Generations(case)
    search.run(0.2)
    assert not search._members
    assert check(case, search.plan).cost.total == search.best


def test_with_too_few_vehicles_as_many_stops_as_can_be_are_visited() -> None:
    case = problem([Stop(f"s{k}", k, (2,)) for k in range(1, 6)], [VehicleType("van", 2, (4,))])
    search = Generations(case)
    search.run(0.3)
    assert len(search.plan.unserved) == 1


def test_a_cancelled_run_keeps_the_best_so_far_and_tells_it() -> None:
    case, told = required_case(5, 30), list[tuple[float, float, int]]()
    search = Generations(case)
    search.run(60.0, lambda *what: told.append(what), lambda: len(told) >= 30)
    costs, iterations = [cost for _, cost, _ in told], [many for *_, many in told]
    assert len(told) == 30
    assert costs == sorted(costs, reverse=True)
    assert iterations == sorted(iterations)
    assert search.best == check(case, search.plan).cost.total <= costs[-1]


def test_a_given_plan_is_never_lost() -> None:
    stops = [Stop(f"s{k}", k, (2,)) for k in range(1, 6)]
    case = problem(stops, [VehicleType("van", 3, (4,))])
    good = plan(case, one_route(0, 4), one_route(1, 3), one_route(2))
    search = Generations(case, start=good)
    assert search.best == check(case, good).cost.total
    search.run(0.1)
    assert check(case, search.plan).cost.total <= check(case, good).cost.total
