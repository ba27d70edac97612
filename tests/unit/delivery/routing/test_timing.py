from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.delivery.routing import timing
from entrepot.delivery.routing.problem import Window
from entrepot.delivery.routing.timing import Knot
from entrepot.delivery.routing.travel import Arrivals, Speeds
from tests.unit.delivery.routing.cases import travel

RUSH = Speeds(
    bounds=np.array([0.0, 10.0, 20.0, 40.0]),
    speeds=np.array([[2.0, 1.0, 2.0], [1.0, 0.5, 4.0]]),
    category=np.array([[0, 1], [1, 0]], dtype=np.uint8),
    length=np.array([[0.0, 12.0], [12.0, 0.0]]),
)


def drive(speeds: list[float], bounds: list[float], length: float, at: float) -> float:
    """Drive period by period, the slow way."""
    for k, speed in enumerate(speeds):
        ends = bounds[k + 1] if k + 1 < len(speeds) else float("inf")
        if at >= ends:
            continue
        if length <= speed * (ends - at):
            return at + length / speed
        length -= speed * (ends - at)
        at = ends
    raise AssertionError("the last period never ends")


@given(st.floats(-20, 80))
def test_an_arc_of_changing_speed_is_driven_period_by_period(at: float) -> None:
    way = travel([[0, 12], [12, 0]], traffic=RUSH)
    expected = drive([1.0, 0.5, 4.0], [0.0, 10.0, 20.0, 40.0], 12.0, at)
    assert timing.value(timing.driving(way, 0, 1), at) == pytest.approx(expected, abs=1e-9)


def test_tabulated_arrivals_are_interpolated_and_go_on_with_slope_one() -> None:
    first, at, arrival = np.array([0, 1, 4, 5, 6]), [0, 10, 20, 20, 0, 0], [0, 15, 30, 40, 3, 0]
    table = Arrivals(first, np.array(at, dtype=np.float64), np.array(arrival, dtype=np.float64))
    function = timing.driving(travel([[0, 5], [5, 0]], traffic=table), 0, 1)
    assert [timing.value(function, x) for x in (0, 10, 15, 20, 20.5, 30)] == [5, 15, 22.5, 30, 40.5, 50]


def test_constant_arcs_keep_whole_numbers() -> None:
    function = timing.through(timing.identity(0, 100), timing.driving(travel([[0, 7], [7, 0]]), 0, 1))
    assert function == [Knot(0, 7), Knot(100, 107)]
    assert all(isinstance(one, int) for knot in function for one in knot)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((Window(5, 8),), [Knot(0, 5), Knot(5, 5), Knot(8, 8)]),
        (
            (Window(2, 4), Window(6, 9)),
            [Knot(0, 2), Knot(2, 2), Knot(4, 4), Knot(4, 6), Knot(6, 6), Knot(9, 9)],
        ),
    ],
)
def test_windows_wait_and_end(windows: tuple[Window, ...], expected: list[Knot]) -> None:
    assert timing.in_windows(timing.identity(0, 20), windows) == expected


def test_nothing_is_left_of_a_function_above_its_ceiling() -> None:
    assert timing.at_most([Knot(0, 5), Knot(10, 15)], 4) == []


knots = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6)


@given(knots, knots, st.integers(0, 40))
def test_a_composition_is_the_one_after_the_other(first: list[tuple[int, int]], second: list[tuple[int, int]],
                                                  part: int) -> None:  # fmt: skip
    inner, outer = _function(first), _function(second)
    x = inner[-1].x * Fraction(part, 40)
    composed = timing.through(inner, outer)
    assert timing.value(composed, x) == timing.value(outer, timing.value(inner, x))
    assert all(a.x <= b.x and a.y <= b.y for a, b in pairwise(composed))


def _function(steps: list[tuple[int, int]]) -> list[Knot]:
    """Build one of exact fractions, with jumps where a step has no width."""
    x = y = Fraction(0)
    found = [Knot(x, y)]
    for run, rise in steps:
        x, y = x + run, y + rise
        found.append(Knot(x, y))
    return timing._without_repeats(found)
