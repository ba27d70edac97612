"""Compiled curves of time tell what the exact arithmetic of the checker tells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from entrepot.delivery.routing import timing
from entrepot.delivery.routing.clock.clocks import clocks_of, tell_time
from entrepot.delivery.routing.clock.curves import lower
from entrepot.delivery.routing.clock.kinds import END, START
from entrepot.delivery.routing.clock.roads import arrive, bends, leave_by, most_knots, roads_of
from entrepot.delivery.routing.clock.routes import empty_routes, put_in, set_kind, take_out
from entrepot.delivery.routing.clock.tables import tables_of
from entrepot.delivery.routing.clock.trial import lasts_with
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.schedule import time_route
from entrepot.delivery.routing.travel import Travel
from tests.unit.delivery.routing.cases import one_route
from tests.unit.delivery.routing.traffic_cases import (
    DAY,
    arrivals,
    case,
    speeds,
    still,
    with_releases,
    with_rest,
    with_windows,
)

WAYS = [speeds(1, 4), arrivals(2, 4), still(3, 4)]


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
    _compare_to_checker(case(seed, make(seed, 6)), seed)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
def test_rests_are_taken_where_the_checker_takes_them(make: Callable[[int, int], Travel], seed: int) -> None:
    """The least duration over the kinds of a type is that of the type."""
    _compare_to_checker(with_rest(case(seed, make(seed, 6), tight=seed % 3 > 0), seed), seed)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
@pytest.mark.parametrize("is_rested", [False, True])
def test_service_starts_in_the_first_window_that_is_not_over(
    make: Callable[[int, int], Travel], seed: int, is_rested: bool
) -> None:
    small = with_windows(case(seed, make(seed, 6)), seed)
    if is_rested:
        small = with_rest(small, seed)
    _compare_to_checker(small, seed)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", [speeds, arrivals, still])
@pytest.mark.parametrize("is_rested", [False, True])
def test_a_route_leaves_no_earlier_than_its_stops_are_released(
    make: Callable[[int, int], Travel], seed: int, is_rested: bool
) -> None:
    small = with_releases(case(seed, make(seed, 6)), seed)
    if is_rested:
        small = with_rest(small, seed)
    _compare_to_checker(small, seed)


def _compare_to_checker(problem: Problem, seed: int) -> None:
    """Put stops in and take them out by chance: a route of each kind lasts as long as the checker says."""
    roads, stops = tables_of(problem)
    n, kinds = len(problem.stops), range(len(stops.kinds.of))
    works = [(empty_routes(stops), clocks_of(roads, stops)) for _ in kinds]
    for k, (routes, _) in enumerate(works):
        set_kind(stops.kinds, routes, 0, k)
    order, chance = list[int](), np.random.default_rng(seed)
    for _ in range(12):
        absent = [v for v in range(n) if v not in order]
        is_more = bool(absent) and (not order or chance.random() < 0.6)
        place = int(chance.integers(0, len(order) + is_more))
        added = int(chance.choice(absent)) if is_more else None
        for k, (routes, clocks) in enumerate(works):
            around = [int(stops.kinds.of[k, START]), *order, int(stops.kinds.of[k, END])]
            if added is not None:
                leaves = max(float(routes.release[0]), problem.stops[added].release)
                guess = lasts_with(roads, stops, clocks, k, around[place], added, around[place + 1], leaves, -np.inf)
                put_in(stops, routes, added, 0, around[place])
                tell_time(roads, stops, routes, clocks, 0, added, added, 1)
                assert np.isinf(guess) == np.isinf(routes.duration[0])
            else:
                take_out(stops, routes, order[place])
                tell_time(roads, stops, routes, clocks, 0, around[place + 2], around[place], 1)
        order = order[:place] + ([added, *order[place:]] if added is not None else order[place + 1 :])
        schedule = time_route(problem, one_route(*order))
        exact = 0.0 if not order else float("inf") if schedule.late else schedule.duration
        assert min(routes.duration[0] for routes, _ in works) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_the_lower_of_two_curves_is_the_lower_everywhere(seed: int) -> None:
    """Also where they jump, wait, and end at different times."""
    chance = np.random.default_rng(seed)
    first, other = (
        np.sort(chance.integers(0, 12, (2, int(chance.integers(1, 9)))).astype(np.float64), axis=1) for _ in range(2)
    )
    out = np.zeros((2, 60))
    found = out[:, : lower(first, first.shape[1], other, other.shape[1], out)]
    for x in [*np.linspace(-1, 13, 57), *first[0], *other[0]]:
        assert _level(found, x) == pytest.approx(min(_level(first, x), _level(other, x)))
    assert (np.diff(found) >= 0).all()


def _level(curve: NDArray[np.float64], x: float) -> float:
    """Read a curve: level before its first point, infinite behind its last, the lower end of a jump."""
    k = int(np.searchsorted(curve[0], x))
    if k == len(curve[0]):
        return float("inf")
    if k == 0 or curve[0, k] == x:
        return float(curve[1, k])
    return float(np.interp(x, curve[0, k - 1 : k + 1], curve[1, k - 1 : k + 1]))
