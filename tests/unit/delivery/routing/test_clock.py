"""Compiled curves of time tell what the exact arithmetic of the checker tells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from entrepot.delivery.routing import timing
from entrepot.delivery.routing.clock.roads import arrive, bends, leave_by, most_knots, roads_of
from entrepot.delivery.routing.clock.routes import clocks_of, empty_routes, lasts_with, put_in, take_out, tell_time
from entrepot.delivery.routing.clock.tables import tables_of
from entrepot.delivery.routing.schedule import time_route
from entrepot.delivery.routing.travel import Travel
from tests.unit.delivery.routing.cases import one_route
from tests.unit.delivery.routing.traffic_cases import DAY, arrivals, case, speeds

WAYS = [speeds(1, 4), arrivals(2, 4), Travel(speeds(3, 4).distance, speeds(3, 4).time)]


@pytest.mark.parametrize("way", WAYS)
def test_arrivals_are_those_of_the_exact_arithmetic(way: Travel) -> None:
    roads = roads_of(case(1, way), np.arange(4))
    for moment in np.linspace(-50, DAY + 200, 101):
        exact = timing.value(timing.driving(way, 1, 2), float(moment))
        assert arrive(roads, 1, 2, float(moment)) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_who_leaves_at_the_latest_is_in_time_and_who_leaves_later_is_not(way: Travel) -> None:
    roads = roads_of(case(1, way), np.arange(4))
    for limit in np.linspace(100, DAY, 61):
        leaves = leave_by(roads, 2, 3, float(limit))
        assert arrive(roads, 2, 3, leaves) <= limit + 1e-9
        assert arrive(roads, 2, 3, leaves + 1e-3) > limit


@pytest.mark.parametrize("way", WAYS)
def test_between_two_bends_an_arc_is_straight(way: Travel) -> None:
    roads = roads_of(case(1, way), np.arange(4))
    out = np.zeros((2, most_knots(roads) + 2))
    n = bends(roads, 1, 3, 20.0, DAY - 20.0, out)
    assert (out[0, 0], out[0, n - 1]) == (20.0, DAY - 20.0)
    for k in range(1, n):
        if out[0, k] > out[0, k - 1]:
            middle = (out[0, k] + out[0, k - 1]) / 2
            assert arrive(roads, 1, 3, middle) == pytest.approx((out[1, k] + out[1, k - 1]) / 2, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [speeds, arrivals])
def test_durations_are_those_of_the_checker_after_every_change(make: Callable[[int, int], Travel], seed: int) -> None:
    problem = case(seed, make(seed, 6))
    roads, stops = tables_of(problem)
    routes, clocks, chance = empty_routes(stops, 1), clocks_of(roads, stops), np.random.default_rng(seed)
    order: list[int] = []
    for _ in range(12):
        absent = [v for v in range(5) if v not in order]
        if absent and (not order or chance.random() < 0.6):
            v, k = int(chance.choice(absent)), int(chance.integers(0, len(order) + 1))
            around = [5, *order, 6]
            guess = lasts_with(roads, stops, clocks, around[k], v, around[k + 1])
            put_in(stops, routes, v, 0, around[k])
            tell_time(roads, stops, routes, clocks, 0, v, v, 1)
            order.insert(k, v)
            assert np.isinf(guess) == np.isinf(routes.duration[0])
        else:
            k = int(chance.integers(0, len(order)))
            around = [5, *order, 6]
            take_out(stops, routes, order.pop(k))
            tell_time(roads, stops, routes, clocks, 0, around[k + 2], around[k], 1)
        schedule = time_route(problem, one_route(*order))
        exact = 0.0 if not order else float("inf") if schedule.late else schedule.duration
        assert routes.duration[0] == pytest.approx(exact, abs=1e-5)
