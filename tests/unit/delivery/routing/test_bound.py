from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing import bound
from entrepot.delivery.routing.bound import fewest_trips, lower_bound
from entrepot.delivery.routing.problem import Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Plane, Travel
from tests.unit.delivery.routing.cases import line, optimum, problem, travel

cells = st.integers(0, 40)


@st.composite
def problems(draw: Any) -> Problem:
    n = draw(st.integers(1, 3))
    matrix = [[0 if i == j else draw(cells) for j in range(n + 1)] for i in range(n + 1)]
    if draw(st.booleans()):
        matrix = (np.array(matrix) + np.array(matrix).T).tolist()
    windows = st.one_of(st.just((Window(0, 10**6),)), st.tuples(st.builds(lambda a, b: Window(a, a + b), cells, cells)))
    stops = [
        Stop(
            f"s{k}",
            k + 1,
            (draw(st.integers(0, 9)),),
            (draw(st.integers(0, 3)),),
            windows=draw(windows),
            service=draw(st.integers(0, 5)),
            prize=draw(st.one_of(st.none(), st.none(), cells)),
        )
        for k in range(n)
    ]
    vehicle = st.builds(
        VehicleType,
        st.just("v"),
        st.integers(1, 4),
        st.tuples(st.integers(9, 20)),
        fixed_cost=st.integers(0, 20),
        cost_per_distance=st.integers(0, 3),
        cost_per_time=st.integers(0, 2),
        max_stops=st.integers(1, 4),
    )
    return problem(stops, draw(st.lists(vehicle, min_size=1, max_size=2)), travel(matrix))


@settings(max_examples=120, deadline=None)
@given(problems())
def test_no_plan_costs_less(case: Problem) -> None:
    assert lower_bound(case).value <= optimum(case)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=3, max_size=5), st.integers(1, 3), st.sampled_from([0.0, 0.5]))
def test_no_plan_costs_less_where_coordinates_stand_for_a_matrix(
    places: list[tuple[int, int]], capacity: int, offset: float
) -> None:
    plane = Plane(np.array(places, dtype=np.float64), 2.0, offset)
    stops = [Stop(f"s{k}", k, (1,)) for k in range(1, len(places))]
    case = problem(stops, [VehicleType("v", len(stops), (capacity,), fixed_cost=3)], Travel(plane, plane))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bound, "DENSE", 0)
        assert lower_bound(case).value <= optimum(case)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (problem([Stop("a", 1, (1,)), Stop("b", 2, (1,))]), (40, "assignment")),
        (problem([Stop(n, 3, (4,)) for n in "abc"], [VehicleType("v", 3, (4,))], line(4)), (180, "radial")),
        (problem([Stop("a", 1, prize=7)], [VehicleType("v", 1)]), (7, "assignment")),
    ],
    ids=["one route", "a full trip for each stop", "a prize below the way"],
)
def test_the_strongest_argument_is_told(case: Problem, expected: tuple[int, str]) -> None:
    found = lower_bound(case)
    assert found.value == optimum(case) == expected[0]
    assert found.how in (expected[1], "tree", "radial", "nearest")


def test_prices_bring_the_tree_above_the_nearest_arcs() -> None:
    rng = np.random.default_rng(1)
    plane = Plane(rng.integers(0, 1000, (40, 2)).astype(np.float64))
    stops = [Stop(f"s{k}", k, (1,)) for k in range(1, 40)]
    case = problem(stops, [VehicleType("v", 39, (39,))], Travel(plane, plane))
    costs = bound._costs(case)
    assert bound._tree(costs) > 1.05 * bound._tree_at(costs, np.zeros(39))[0] > bound._nearest(costs)


def test_trips_are_counted_by_load_and_by_stops() -> None:
    case = problem([Stop(n, 1, (4,)) for n in "abc"], [VehicleType("v", 3, (5,))])
    assert fewest_trips(case) == 3
    assert fewest_trips(replace(case, vehicles=(VehicleType("v", 3, (12,)),))) == 1
    assert fewest_trips(replace(case, vehicles=(VehicleType("v", 3, (12,), max_stops=2),))) == 2
