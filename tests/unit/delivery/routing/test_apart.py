"""Searching a plan in parts: what a part knows, how plans are cut, and that nothing is lost when parts are joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.annealing import Annealing
from entrepot.delivery.routing.core.apart import SIZES, Apart, Sizes
from entrepot.delivery.routing.core.cut import cut
from entrepot.delivery.routing.core.ground import away, ground_of, lasts
from entrepot.delivery.routing.core.memory import BEST, CURRENT
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.part import Row, join, part_of, pick, routes_of, row_of
from entrepot.delivery.routing.core.tables import stops_of
from entrepot.delivery.routing.problem import Problem, Stop, VehicleType
from entrepot.delivery.routing.search import solve
from entrepot.delivery.routing.travel import Plane, Travel
from tests.unit.delivery.routing.cases import problem
from tests.unit.delivery.routing.test_core import random_case

SMALL = Sizes(stops=100, stops_by_matrix=100, fewest_stops=20, fewest_routes=10)
"""Several parts of a small plan."""


def town(n: int, count: int = 1000) -> Problem:
    """Stops of one load at random places, four to a vehicle; ways by coordinates."""
    xy = np.random.default_rng(n).integers(0, 1000, (n + 1, 2)).astype(float)
    stops = [Stop(f"s{k}", k, (1,)) for k in range(1, n + 1)]
    return problem(stops, [VehicleType("van", count, (4,))], Travel(Plane(xy), Plane(xy)))


def row(*routes: tuple[int, ...]) -> Row:
    return Row(np.array([stop for route in routes for stop in route]), np.cumsum([len(route) for route in routes]))


@pytest.mark.parametrize("case", [random_case(1, 12), random_case(2, 12), random_case(5, 12), town(12)])
def test_a_part_is_the_problem_of_its_own_stops(case: Problem) -> None:
    ground, price = ground_of(case), np.arange(12) * 7
    stops = stops_of(case, ground)
    part = part_of(ground, stops, price, Row(np.array([], np.int64), np.array([], np.int64)), np.array([7, 2, 9]), 2, 1)
    assert part.nodes.tolist() == [7, 2, 9, 12]
    for i, a in enumerate(part.nodes.tolist()):
        for j, b in enumerate(part.nodes.tolist()):
            assert away(part.ground, i, j) == away(ground, a, b)
            assert lasts(part.ground, i, j) == lasts(ground, a, b)
    np.testing.assert_array_equal(part.stops.demand, stops.demand[part.nodes])
    np.testing.assert_array_equal(part.stops.times, stops.times[part.nodes])
    assert part.memory.price.tolist() == [49, 14, 63]
    for name, end in (("near", 3), ("before", NOBODY), ("after", NOBODY)):
        listed = getattr(part.stops, name)
        for own, v in enumerate((7, 2, 9)):
            known = [u for u in getattr(stops, name)[v].tolist() if u in (7, 2, 9)]
            assert [int(part.nodes[u]) for u in listed[own, : len(known)]] == known
            assert name != "near" or set(listed[own, len(known) :].tolist()) == {end}


def test_routes_of_parts_are_joined_as_they_were_cut() -> None:
    case = town(40)
    search = Annealing(case)
    _, ground, stops, current, _, memory = search._whole
    whole = row_of(current, search._whole.nodes)
    pieces = cut(ground, whole, 3, np.random.default_rng(1))
    parts = [
        part_of(ground, stops, memory.price, pick(whole, piece), np.array([], np.int64), len(piece), 1)
        for piece in pieces
    ]
    joined = join([row_of(part.best, part.nodes) for part in parts])
    assert sorted(routes_of(joined)) == sorted(routes_of(whole))
    for worth in (CURRENT, BEST):
        assert sum(part.memory.counts[worth] for part in parts) == memory.counts[worth]


def test_parts_lie_beside_each_other_and_differ_from_cut_to_cut() -> None:
    stops = [Stop(f"s{k}", k) for k in range(1, 101)]
    xy = np.column_stack([np.arange(101.0), np.zeros(101)])
    ground = ground_of(replace(problem(stops), travel=Travel(Plane(xy), Plane(xy))))
    line, rng = row(*((k, k + 1) for k in range(0, 100, 2))), np.random.default_rng(3)
    for n_parts in (2, 3, 4):
        parts = cut(ground, line, n_parts, rng)
        assert sorted(np.concatenate(parts).tolist()) == list(range(50))
        assert {len(part) for part in parts} <= {50 // n_parts, 50 // n_parts + 1, 50 // n_parts - 1}
    for part in cut(ground, line, 2, rng):
        assert np.ptp(part) == len(part) - 1
    tall = ground._replace(xy=np.random.default_rng(4).uniform(0, 100, (101, 2)))
    assert len({frozenset(cut(tall, line, 2, rng)[0].tolist()) for _ in range(5)}) > 1


@pytest.mark.parametrize(
    ("n_stops", "n_routes", "cores", "has_matrix", "n_parts"),
    [
        (400, 99, 1, True, 1),
        (400, 99, 8, True, 1),
        (600, 99, 1, True, 2),
        (600, 99, 8, True, 2),
        (600, 99, 1, False, 1),
        (1000, 99, 2, True, 2),
        (1000, 79, 2, True, 1),
        (1000, 120, 3, False, 3),
        (4000, 120, 8, False, 3),
        (4000, 99, 1, False, 2),
        (20000, 700, 3, False, 9),
    ],
)
def test_parts_are_a_multiple_of_the_cores_and_hold_stops_and_routes_enough(
    n_stops: int, n_routes: int, cores: int, has_matrix: bool, n_parts: int
) -> None:
    assert SIZES.parts(n_stops, n_routes, cores, has_matrix=has_matrix) == n_parts


def test_small_problems_are_searched_as_ever() -> None:
    case = town(200)
    plain, apart = Annealing(case, 3), Apart(case, 3, cores=2)
    for search in (plain, apart):
        search.improve(SIZES.turn * 300, 50.0)
    assert apart.plan == plain.plan
    assert (apart.best, apart.iterations) == (plain.best, plain.iterations)


def test_a_plan_with_prizes_is_numbered_anew_even_as_one_part() -> None:
    case = town(60)
    case = replace(case, stops=tuple(replace(stop, prize=900) for stop in case.stops))
    search, steps = Apart(case, cores=2), SIZES.turn * 60
    search.improve(steps, 100.0)
    search.improve(1, 100.0)
    (part,) = search._parts
    assert not np.array_equal(part.nodes, search._whole.nodes)
    assert sorted(part.nodes.tolist()) == list(range(61))
    np.testing.assert_array_equal(part.stops.times, search._whole.stops.times[part.nodes])
    search.improve(steps, 1.0)
    assert check(case, search.plan).cost.total == search.best


def test_the_same_seed_steps_and_cores_give_the_same_plan() -> None:
    case, plans = town(200), []
    for seed, cores in ((1, 2), (1, 2), (2, 2), (1, 3)):
        search = Apart(case, seed, cores=cores, sizes=SMALL)
        for _ in range(4):
            search.improve(SMALL.turn * 60, 20.0)
        assert len(search._parts) == {2: 2, 3: 3}[cores]
        assert search.iterations == 4 * SMALL.turn * 60
        plans.append(search.plan)
    assert plans[0] == plans[1]
    assert plans[0] not in plans[2:]


@pytest.mark.parametrize("cores", [1, 3])
def test_parts_share_the_vehicles_that_are_free(cores: int) -> None:
    case = town(200, count=50)  # as many as the load takes
    search = Apart(case, cores=cores, sizes=SMALL)
    for temperature in (300.0, 30.0, 3.0):
        search.improve(3 * SMALL.turn * 200, temperature)
        assert len(search._parts) == max(cores, 2)
        assert sum(len(part.current.ends) for part in search._parts) <= 50
    verdict = check(case, search.plan)
    assert verdict.is_feasible
    assert verdict.cost.total == search.best


def test_a_search_in_parts_goes_on_from_a_plan_tells_how_it_goes_and_can_be_cancelled() -> None:
    case, seen = town(600), list[float]()
    start = Annealing(case).plan
    found = solve(
        case,
        seconds=60.0,
        start=start,
        cores=2,
        progress=lambda seconds, cost, iterations: seen.append(cost),
        cancelled=lambda: len(seen) > 9,
    )
    assert len(seen) == 10
    assert seen == sorted(seen, reverse=True)
    assert seen[0] <= check(case, start).cost.total
    assert check(case, found).is_feasible
    assert check(case, found).cost.total == seen[-1]
