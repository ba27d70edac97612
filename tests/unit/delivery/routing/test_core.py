"""The compiled core: routes as lists, first solutions, and the search against brute force."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.annealing import Annealing, Tuning
from entrepot.delivery.routing.core.chance import below, seeded, uniform
from entrepot.delivery.routing.core.ground import away, ground_of, lasts
from entrepot.delivery.routing.core.memory import CURRENT, charge, memory_of, real_cost
from entrepot.delivery.routing.core.recreate import NOWHERE, best_place
from entrepot.delivery.routing.core.routes import (
    BROKEN,
    EARLY,
    FIRST,
    LATE,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    cost,
    empty_routes,
    is_in_time,
    put_in,
    take_out,
    time,
)
from entrepot.delivery.routing.core.savings import savings
from entrepot.delivery.routing.core.tables import stops_of, why_not_plain
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Plane, Table, Travel
from tests.unit.delivery.routing.cases import one_route, optimum, plan, problem, travel


def random_case(seed: int, n: int = 5) -> Problem:
    """Asymmetric, often not triangular ways, two loads, windows, service, prizes, backhauls, few vehicles."""
    rng = np.random.default_rng(seed)
    values = rng.integers(5, 60, (n + 1, n + 1))
    np.fill_diagonal(values, 0)
    is_timed = bool(rng.integers(2))
    stops = []
    for k in range(n):
        opens = int(rng.integers(0, 80)) if is_timed else 0
        window = Window(opens, opens + int(rng.integers(40, 150))) if is_timed else Window(0, 2**40)
        prize = int(rng.integers(5, 120)) if rng.random() < 0.4 else None
        stops.append(Stop(f"s{k}", k + 1, tuple(rng.integers(1, 5, 2).tolist()), windows=(window,),
                          service=int(rng.integers(0, 6)), prize=prize))  # fmt: skip
    fleet = VehicleType("van", int(rng.integers(min(3, n), n + 1)), (9, 11), fixed_cost=int(rng.integers(0, 30)),
                        cost_per_distance=int(rng.integers(1, 4)), max_stops=4)  # fmt: skip
    times = values + rng.integers(0, 5, values.shape) if rng.integers(2) else values
    has_backhauls = bool(rng.integers(2))
    if has_backhauls:
        stops = [
            replace(stop, delivery=(), pickup=stop.delivery) if k % 3 == 2 else stop for k, stop in enumerate(stops)
        ]
    return problem(stops, [fleet], travel(values.tolist(), times.tolist()), deliveries_first=has_backhauls)


def test_draws_repeat_and_stay_within() -> None:
    one, other = seeded(7), seeded(7)
    drawn = [uniform(one) for _ in range(1000)]
    assert drawn == [uniform(other) for _ in range(1000)]
    assert 0 <= min(drawn) < 0.01 < 0.99 < max(drawn) < 1
    assert {below(one, 3) for _ in range(100)} == {0, 1, 2}


def test_distances_of_coordinates_are_those_of_the_checker() -> None:
    xy = np.random.default_rng(1).uniform(0, 1000, (5, 2))
    plane = Plane(xy, 10.0, 0.5)
    case = replace(problem([Stop(f"s{k}", k) for k in range(1, 5)]), travel=Travel(plane, plane))
    ground = ground_of(case)
    places = [1, 2, 3, 4, 0]  # the depot comes last
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            assert away(ground, i, j) == lasts(ground, i, j) == plane.between(a, b)


def test_stops_go_in_and_out_of_routes() -> None:
    case = problem([Stop(f"s{k}", k, (k,), windows=(Window(15, 200),), service=2) for k in range(1, 4)])
    ground, (s, stops) = ground_of(case), _empty(case)
    put_in(stops, s, 1, 0, 3)
    put_in(stops, s, 0, 0, 3)
    put_in(stops, s, 2, 0, 1)
    assert [s.ends[0, FIRST], *s.links[:2, SUCC], s.links[2, SUCC]] == [0, 1, 2, 3]
    assert (s.links[2, PRED], s.ends[0, SIZE], s.load[0, 0], cost(ground, s, 0)) == (1, 3, 6, 60)
    assert time(ground, stops, s, 0)
    assert s.bounds[:3, EARLY].tolist() == [15, 27, 39]
    assert s.bounds[2, LATE] == 200
    take_out(stops, s, 1)
    assert (s.links[0, SUCC], s.links[2, PRED], s.links[1, ROUTE], s.load[0, 0]) == (2, 0, -1, 4)
    assert is_in_time(ground, stops, s, 1, 0, 2)


def test_a_route_that_misses_a_window_is_broken() -> None:
    case = problem([Stop("s", 1, (1,), windows=(Window(0, 9),))])
    ground, (s, stops) = ground_of(case), _empty(case)
    put_in(stops, s, 0, 0, 1)
    assert not time(ground, stops, s, 0)
    assert s.ends[0, BROKEN] == 1


def test_savings_join_what_is_near_and_keep_capacity_and_windows() -> None:
    stops = [Stop("a", 1, (1,)), Stop("b", 2, (1,)), Stop("c", 3, (1,))]
    way = travel([[0, 10, 10, 10], [10, 0, 1, 9], [10, 1, 0, 9], [10, 9, 9, 0]])
    two = problem(stops, [VehicleType("van", 3, (2,))], way)
    assert sorted(map(sorted, _savings(two))) == [[0, 1], [2]]
    timed = [replace(stop, windows=(Window(10, 10),)) for stop in stops[:2]] + [stops[2]]
    apart = _savings(problem(timed, [VehicleType("van", 3, (3,))], way))
    assert not any({0, 1} <= set(route) for route in apart)


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_the_optimum_of_small_problems(seed: int) -> None:
    case, search = random_case(seed), Annealing(random_case(seed), seed)
    best = optimum(case)
    for part in np.linspace(0, 1, 20):
        search.improve(500, search.temperature(float(part)))
    verdict = check(case, search.plan)
    if best < float("inf"):
        assert verdict.is_feasible
        assert verdict.cost.total == search.best == best
    else:
        assert not verdict.is_feasible


def test_stops_that_are_worth_a_route_only_together_get_one() -> None:
    """The depot is far: going there for one costs 200 for a prize of 90."""
    far = [[0, *[100] * 4], *([100, *(abs(i - j) for j in range(4))] for i in range(4))]
    case = problem([Stop(f"s{k}", k + 1, (1,), prize=90) for k in range(4)], [VehicleType("van", 2, (9,))], travel(far))
    search = Annealing(case, start=Plan(()))
    assert search.best == 360
    search.improve(500, 1.0)
    assert search.best == optimum(case) == 203


def test_a_stop_that_waits_costs_more_than_its_prize_while_it_is_hot() -> None:
    """The far one is not worth its way of 20, but it is at 60 more; the best plan is told without them."""
    stops = [Stop("near", 1, (1,), prize=50), Stop("far", 2, (1,), prize=15)]
    case = problem(stops, way=travel([[0, 10, 20], [10, 0, 10], [20, 10, 0]]))
    search = Annealing(case, start=Plan(()), tuning=Tuning(extra=60.0))
    routes, counts = search._whole.current, search._whole.memory.counts
    assert search.best == counts[CURRENT] == optimum(case) == 35
    search.improve(200, 1.0)
    assert routes.links[1, ROUTE] == routes.links[0, ROUTE] >= 0
    assert (search.best, counts[CURRENT]) == (35, 40)
    search.improve(200, 0.01)
    assert routes.links[1, ROUTE] < 0
    assert search.best == counts[CURRENT] == 35


def test_only_what_may_be_left_out_costs_more_than_its_price() -> None:
    case = problem([Stop("must", 1, (9,)), Stop("may", 2, (9,), prize=15)], [VehicleType("van", 1, (1,))])
    memory = memory_of(stops_of(case, ground_of(case)), 1, 1)
    must, may = memory.price.tolist()
    charge(stops_of(case, ground_of(case)), memory, 60)
    assert memory.price.tolist() == [must, may + 60]
    assert memory.counts[CURRENT] == real_cost(memory) + 60 == must + may + 60


@pytest.mark.parametrize(
    ("visited", "extra"), [(8, 0.5), (5, 0.5), (2, 0.5 + 0.5 * math.log(4)), (0, 0.5 + 0.5 * math.log(10))]
)
def test_where_most_stops_wait_they_cost_the_more_the_more_they_are(visited: int, extra: float) -> None:
    stops = [Stop(f"s{k}", k + 1, (1,), prize=1000) for k in range(10)]
    search = Annealing(problem(stops, [VehicleType("van", 1, (visited,))]))
    assert search._extra(search._whole) == pytest.approx(extra)
    required = [replace(stop, prize=None) for stop in stops]
    assert Annealing(problem(required))._extra(search._whole) == 0.0


def test_no_place_is_found_that_is_as_dear_as_the_limit() -> None:
    case = problem([Stop(f"s{k}", k, (1,)) for k in range(1, 4)])
    ground, (s, stops) = ground_of(case), _empty(case)
    put_in(stops, s, 0, 0, 3)
    stops.price[1] = 99
    assert best_place(ground, stops, s, 1, 30, 0.0, seeded(1), 21) == (20, 0, 0)
    assert best_place(ground, stops, s, 1, 30, 0.0, seeded(1), 20)[1] == NOWHERE


def test_the_same_seed_and_steps_give_the_same_plan_and_other_seeds_others() -> None:
    plans = []
    for seed in (1, 1, 2):
        search = Annealing(random_case(3, 40), seed)
        search.improve(300, 5.0)
        plans.append(search.plan)
    assert plans[0] == plans[1] != plans[2]


@pytest.mark.parametrize("seed", range(4))
def test_times_told_only_as_far_as_they_change_are_those_told_anew(seed: int) -> None:
    search = Annealing(random_case(seed, 60), seed)
    for temperature in (1e6, 30.0, 1.0):
        search.improve(200, temperature)
        told = search._whole.current.bounds.copy()
        for r in np.flatnonzero(search._whole.current.ends[:, SIZE]).tolist():
            assert time(search._whole.ground, search._whole.stops, search._whole.current, r)
        is_served = search._whole.current.links[:-1, ROUTE] >= 0
        np.testing.assert_array_equal(told[:-1][is_served], search._whole.current.bounds[:-1][is_served])


def test_a_given_plan_is_where_the_search_begins_without_the_routes_that_do_not_fit() -> None:
    stops = [Stop(f"s{k}", k, (2,)) for k in range(1, 6)]
    case = problem(stops, [VehicleType("van", 3, (4,))])
    good, bad = plan(case, one_route(0, 4), one_route(1, 3), one_route(2)), plan(case, one_route(0, 1, 2, 3, 4))
    assert Annealing(case, start=good).best == check(case, good).cost.total
    mended = Annealing(case, start=bad).plan
    assert check(case, mended).is_feasible


def test_a_cancelled_search_tells_the_best_so_far() -> None:
    case, calls = random_case(5, 30), []
    search = Annealing(case)
    search.run(60.0, lambda seconds, cost, iterations: calls.append((seconds, cost, iterations)), lambda: bool(calls))
    assert len(calls) == 1
    assert search.best == calls[0][1] >= check(case, search.plan).cost.total
    assert search.iterations == calls[0][2]


@pytest.mark.parametrize(
    ("vehicle", "stop", "reason"),
    [
        (VehicleType("v", 1, (9,), cost_per_time=1), Stop("s", 1), "costs of time"),
        (VehicleType("v", 1, (9,), rest=Break(0, 9, 1)), Stop("s", 1), "breaks"),
        (VehicleType("v", 1, (9,), reloads=(0,)), Stop("s", 1), "reloads"),
        (VehicleType("v", 1, (9,)), Stop("s", 1, pickup=(1,)), "pickups among deliveries"),
        (VehicleType("v", 1, (9,)), Stop("s", 1, windows=(Window(0, 1), Window(3, 4))), "several windows of a stop"),
        (VehicleType("v", 1, (9,), max_stops=2), Stop("s", 1), None),
    ],
)
def test_what_the_arrays_cannot_hold_is_told(vehicle: VehicleType, stop: Stop, reason: str | None) -> None:
    assert why_not_plain(problem([stop], [vehicle])) == reason


def test_problems_of_no_stop_and_of_one_are_planned() -> None:
    nothing = Problem((), (Depot("D", 0),), (VehicleType("v", 1, (1,)),), Travel(*[Table(np.zeros((1, 1), int))] * 2))
    for case, known in ((nothing, 0), (problem([Stop("s", 1, (1,))]), 20)):
        search = Annealing(case)
        search.improve(10, 1.0)
        assert check(case, search.plan).cost.total == known
    assert Annealing(nothing).plan == Plan(())


def _empty(case: Problem):  # type: ignore[no-untyped-def]  # the arrays are compiled code's
    stops = stops_of(case, ground_of(case))
    return empty_routes(stops, 3), stops


def _savings(case: Problem) -> list[list[int]]:
    ground = ground_of(case)
    return savings(ground, stops_of(case, ground), 9)
