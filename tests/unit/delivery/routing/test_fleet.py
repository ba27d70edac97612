"""The core of rich problems: against brute force, back where it came from, and where a given plan begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.annealing import TIMED, Tuning
from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from entrepot.delivery.routing.core.fleet.layout import laid_out
from entrepot.delivery.routing.core.fleet.savings import savings
from entrepot.delivery.routing.core.fleet.spans import join
from entrepot.delivery.routing.core.fleet.tables import facts_of, why_not
from entrepot.delivery.routing.plan import Plan, Route, Trip, single
from entrepot.delivery.routing.problem import FOREVER, Break, Depot, Problem, Stop, VehicleType, Window
from tests.unit.delivery.routing.cases import line, one_route, optimum, plan, problem, travel


def random_rich_case(seed: int, n: int = 4, *, is_triangular: bool = False) -> Problem:
    """Two depots, up to three kinds, asymmetric ways, windows, releases, pickups, prizes, limits, costs of time."""
    rng = np.random.default_rng(seed)
    values = rng.integers(5, 60, (n + 2, n + 2))
    np.fill_diagonal(values, 0)
    n_kinds, is_timed, pickups = int(rng.integers(1, 4)), bool(rng.integers(2)), int(rng.integers(3))
    stops = []
    for k in range(n):
        opens = int(rng.integers(0, 80)) if is_timed else 0
        window = Window(opens, opens + int(rng.integers(40, 150))) if is_timed else Window(0, FOREVER)
        load, is_backhaul = (int(rng.integers(1, 5)),), pickups == 2 and k % 3 == 2
        kinds = frozenset(np.flatnonzero(rng.integers(0, 4, n_kinds)).tolist())
        stops.append(Stop(
            f"s{k}", k + 2, () if is_backhaul else load,
            load if is_backhaul else (int(rng.integers(0, 5)),) if pickups == 1 else (), (window,),
            service=int(rng.integers(0, 6)), release=int(rng.integers(0, 40)) * is_timed,
            prize=int(rng.integers(5, 120)) if rng.random() < 0.4 else None,
            vehicles=kinds if rng.integers(2) else None,
        ))  # fmt: skip
    fleet = [_random_kind(rng, kind, n, is_timed) for kind in range(n_kinds)]
    times = values + rng.integers(0, 5, values.shape) if rng.integers(2) else values
    if is_triangular:
        values, times = _shortest(values), _shortest(times)
    way = travel(values.tolist(), times.tolist())
    return problem(stops, fleet, way, (Depot("D", 0), Depot("E", 1)), deliveries_first=pickups == 2)


def _random_kind(rng: np.random.Generator, kind: int, n: int, is_timed: bool) -> VehicleType:
    start, reloads = int(rng.integers(2)), bool(rng.integers(2))
    return VehicleType(
        f"v{kind}", int(rng.integers(1, n + 1)), (int(rng.integers(4, 12)),),
        start=start, end=start if reloads else int(rng.integers(2)), fixed_cost=int(rng.integers(0, 30)),
        cost_per_distance=int(rng.integers(1, 4)), cost_per_time=int(rng.integers(0, 2)) * is_timed,
        max_duration=int(rng.integers(80, 300)) if rng.integers(2) else FOREVER,
        max_distance=int(rng.integers(80, 300)) if rng.integers(2) else FOREVER,
        max_stops=int(rng.integers(1, 5)), reloads=(start,) if reloads else (), max_reloads=1,
    )  # fmt: skip


def _shortest(ways: NDArray[np.int64]) -> NDArray[np.int64]:
    for k in range(len(ways)):
        ways = np.minimum(ways, ways[:, k : k + 1] + ways[k])
    return ways


def without_reloads(case: Problem) -> Problem:
    return replace(case, vehicles=tuple(replace(one, reloads=()) for one in case.vehicles))


@pytest.mark.parametrize("seed", range(30))
def test_the_search_finds_the_optimum_of_small_problems(seed: int) -> None:
    case = without_reloads(random_rich_case(seed, is_triangular=True))
    best, search = optimum(case), FleetAnnealing(case, seed)
    for part in np.linspace(0, 1, 20):
        search.improve(200, search.temperature(float(part)))
    verdict = check(case, search.plan)
    if best < float("inf"):
        assert verdict.is_feasible
        assert verdict.cost.total == search.best == best
    else:
        assert not verdict.is_feasible


@pytest.mark.parametrize("seed", range(10))
def test_routes_of_several_trips_are_as_cheap_as_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stops = [
        Stop(f"s{k}", k, (2,), windows=(Window(0, int(rng.integers(60, 300))),), release=int(rng.integers(0, 50)))
        for k in range(1, 4)
    ]
    way = travel(np.where(np.eye(4, dtype=bool), 0, rng.integers(5, 40, (4, 4))).tolist())
    case = problem(stops, [VehicleType("van", 2, (4,), reloads=(0,), cost_per_time=1)], way)
    verdicts = [check(case, one) for one in _plans_of_trips(case)]
    best = min((one.cost.total for one in verdicts if one.is_feasible), default=None)
    search = FleetAnnealing(case, seed)
    for part in np.linspace(0, 1, 20):
        search.improve(200, search.temperature(float(part)))
    verdict = check(case, search.plan)
    assert verdict.is_feasible == (best is not None)
    if best is not None:
        assert verdict.cost.total == search.best == best


def _plans_of_trips(case: Problem) -> Iterator[Plan]:
    """Every way to drive three stops with up to two vehicles: an order, where it is cut, and by what."""
    for order in permutations(range(3)):
        for cuts in product(("on", "trip", "route"), repeat=2):
            routes = [[[order[0]]]]
            for stop, cut in zip(order[1:], cuts, strict=True):
                if cut == "route":
                    routes.append([[stop]])
                elif cut == "trip":
                    routes[-1].append([stop])
                else:
                    routes[-1][-1].append(stop)
            yield Plan(tuple(Route(0, tuple(Trip(0, tuple(trip)) for trip in route)) for route in routes))


@pytest.mark.parametrize("seed", range(40))
def test_each_kind_that_savings_name_can_drive_the_route_and_the_cheapest_is_first(seed: int) -> None:
    case = random_rich_case(seed, 15)
    routes = savings(facts_of(case))
    assert len({stop for stops, _ in routes for stop in stops}) == sum(len(stops) for stops, _ in routes)
    for stops, kinds in routes:
        verdicts = [check(case, plan(case, single(case, kind, tuple(stops)))) for kind in kinds]
        assert {one.rule for verdict in verdicts for one in verdict.violations} <= {"missing"}
        costs = [verdict.cost.total for verdict in verdicts]
        assert costs == sorted(costs)


def test_savings_join_what_is_cheaper_together_by_a_kind_that_holds_both() -> None:
    small, large = VehicleType("small", 3, (2,)), VehicleType("large", 1, (4,), fixed_cost=10)
    near = [Stop(f"s{k}", k, (2,)) for k in (3, 4)]
    assert savings(facts_of(problem(near, [replace(large, fixed_cost=0), small]))) == [([0, 1], [0])]
    assert savings(facts_of(problem(near, [replace(large, fixed_cost=60), small]))) == [([0], [1, 0]), ([1], [1, 0])]
    late = [replace(near[0], windows=(Window(50, 60),)), replace(near[1], windows=(Window(40, 45),))]
    assert savings(facts_of(problem(late, [large]))) == [([1, 0], [0])]


def test_parts_are_joined_with_the_least_waiting() -> None:
    assert join(5, 0, 10, 3, 2, 30, 40) == (22, 10, 10)  # even begun at 10 it waits 12 units
    assert join(5, 0, 30, 3, 2, 30, 40) == (10, 22, 30)
    _, early, late = join(5, 10, 30, 3, 2, 0, 17)
    assert early > late


def test_a_route_takes_the_cheaper_kind_that_holds_it() -> None:
    small, large = VehicleType("small", 1, (2,), fixed_cost=5), VehicleType("large", 1, (4,), fixed_cost=8)
    case = problem([Stop(f"s{k}", k, (2,)) for k in (1, 2)], [small, large])
    search = FleetAnnealing(case)
    search.improve(50, 1.0)
    assert [route.vehicle for route in search.plan.routes] == [1]
    assert search.best == 48


def test_a_given_plan_is_where_the_search_begins_without_the_routes_that_do_not_fit() -> None:
    stops = [Stop(f"s{k}", k, (2,)) for k in range(1, 4)]
    case = problem(stops, [VehicleType("van", 2, (4,), reloads=(0,)), VehicleType("car", 1, (2,))])
    good = Plan((Route(0, (Trip(0, (0,)), Trip(0, (1,)))), one_route(2, vehicle=1)))
    assert FleetAnnealing(case, start=good).plan == good
    bad = plan(case, one_route(0, 1, 2))
    mended = FleetAnnealing(case, start=bad).plan
    assert check(case, mended).is_feasible


def test_a_plan_that_uses_all_vehicles_is_where_the_search_begins() -> None:
    stops = [Stop(f"s{k}", k, (1,)) for k in range(1, 7)]
    case = problem(stops, [VehicleType("van", 1, (3,)), VehicleType("car", 1, (3,))])
    full = plan(case, one_route(0, 2, 4), one_route(1, 3, 5, vehicle=1))
    assert FleetAnnealing(case, start=full).plan == full


def test_the_same_seed_and_steps_give_the_same_plan() -> None:
    plans = []
    for seed in (1, 1, 2):
        search = FleetAnnealing(random_rich_case(4, 40), seed)
        search.improve(300, 5.0)
        plans.append(search.plan)
    assert plans[0] == plans[1] != plans[2]


def test_the_temperature_goes_by_ways_between_stops_not_by_those_to_the_depot() -> None:
    stops, tuning = [Stop(f"s{k}", k, (1,)) for k in (8, 9, 11)], Tuning(hot=2.0)
    fleet = [VehicleType("van", 1, (3,), cost_per_distance=2), VehicleType("car", 1, (1,), cost_per_distance=9)]
    search = FleetAnnealing(problem(stops, fleet), tuning=tuning)
    assert search.plan.routes[0].stops in ((0, 1, 2), (2, 1, 0))
    assert search.temperature(0.0) == 2 * 2 * (10 + 20) / 2
    alone = FleetAnnealing(problem(stops[:1], fleet), tuning=tuning)
    assert alone.temperature(0.0) == 2 * 2 * (80 + 80)


def test_a_search_with_time_enough_ends_where_it_is_set_to_and_one_in_haste_ends_hotter() -> None:
    stops = [Stop(f"s{k}", k, (1,), windows=(Window(0, 99),)) for k in range(1, 11)]
    search = FleetAnnealing(problem(stops))
    arc, by_stop = search.temperature(0.0) / TIMED.hot, TIMED.haste / TIMED.cold
    assert search.temperature(1.0) == pytest.approx(TIMED.cold * arc)
    for steps, cold in ((4 * by_stop, TIMED.cold), (by_stop / 2, 2 * TIMED.cold), (1, TIMED.hot)):
        search._expect(steps * len(stops))
        assert search.temperature(1.0) == pytest.approx(cold * arc)
        assert search.temperature(0.0) == pytest.approx(TIMED.hot * arc)


def test_stops_that_are_near_are_numbered_one_behind_another() -> None:
    rng = np.random.default_rng(1)
    xy = rng.permutation(np.stack(np.meshgrid(np.arange(20), np.arange(20)), axis=-1).reshape(-1, 2))
    way = travel(np.rint(100 * np.hypot(*(xy[:, None] - xy[None, :]).T)).astype(int).tolist())
    case = problem([Stop(f"s{k}", k, (1,)) for k in range(1, 400)], way=way)
    order = laid_out(case)
    assert sorted(order.tolist()) == list(range(399))
    steps = np.abs(np.diff(xy[1:][order], axis=0)).max(axis=1)
    assert np.median(steps) <= 2
    assert laid_out(replace(case, stops=case.stops[:3])).tolist() == [0, 1, 2]


def two_depots(n: int, count: int) -> Problem:
    """Stops of one load at random places, and so many vehicles of four loads at each of two depots."""
    xy = np.random.default_rng(n).integers(0, 1000, (n + 2, 2))
    way = travel(np.rint(10 * np.hypot(*(xy[:, None] - xy[None, :]).T)).astype(int).tolist())
    fleet = [VehicleType(f"v{depot}", count, (4,), start=depot, end=depot) for depot in (0, 1)]
    return problem([Stop(f"s{k}", k + 2, (1,)) for k in range(n)], fleet, way, (Depot("D", 0), Depot("E", 1)))


def test_it_is_known_whether_a_detour_is_never_shorter() -> None:
    case = two_depots(100, count=30)
    assert facts_of(case).is_metric
    way = case.travel.distance.row(0)
    for there, back in ((way[1] - 3, way[1]), (20 * way.max(), 20 * way.max())):
        values = np.array([case.travel.distance.row(node) for node in range(102)])
        values[0, 1], values[1, 0] = there, back
        assert not facts_of(replace(case, travel=travel(values.tolist()))).is_metric


def test_places_that_are_not_looked_at_are_too_dear() -> None:
    plans = []
    for is_metric in (True, False):
        search = FleetAnnealing(two_depots(100, count=30), 5, tuning=Tuning(blink=0.0))
        search._facts = search._facts._replace(is_metric=is_metric)
        search.improve(3000, 50.0)
        plans.append(search.plan)
    assert plans[0] == plans[1]


def test_what_the_arrays_cannot_hold_is_told() -> None:
    stop, depots = Stop("s", 2), (Depot("D", 0), Depot("E", 1))
    elsewhere = problem([stop], [VehicleType("v", 1, reloads=(1,))], line(3), depots)
    assert why_not(elsewhere) == "reloads but where a route begins and ends"
    assert why_not(problem([stop], [VehicleType("v", 1, rest=Break(0, 9, 1))])) == "breaks"
    twice = replace(stop, windows=(Window(0, 1), Window(3, 4)))
    assert why_not(problem([twice])) == "several windows of a stop"
    assert why_not(problem([stop], [VehicleType(f"v{k}", 1) for k in range(63)])) == "more than 62 vehicle types"
