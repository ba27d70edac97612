from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.infeasible import explain_infeasible
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType, Window
from tests.unit.delivery.routing.cases import optimum, problem, travel


def van(**others: object) -> VehicleType:
    return VehicleType("van", **{"count": 1, "capacity": (10,), **others})  # type: ignore[arg-type]


def stop(name: str, location: int, **others: object) -> Stop:
    return Stop(name, location, **{"delivery": (1,), **others})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "rule", "name", "excess", "message"),
    [
        (
            problem([stop("a", 1, vehicles=frozenset())], [van()]),
            "no_vehicle", "a", 1, "No vehicle type may visit stop a.",
        ),
        (
            problem([stop("a", 1, delivery=(13,))], [van(), van(capacity=(11,))]),
            "capacity", "a", 2,
            "Stop a: its delivery of 13 (load 1) is 2 more than any vehicle that may visit it holds (11).",
        ),
        (
            problem([stop("a", 1, windows=(Window(0, 7),))], [van(), van(shift=Window(5, 900))]),
            "window", "a", 3,
            "Stop a: a vehicle of type van is there at 10 at the earliest; it closes at 7, 3 before.",
        ),
        (
            problem([stop("a", 1, service=9)], [van()], depots=[Depot("D", 0, Window(0, 25))]),
            "return", "a", 4,
            "Stop a: a vehicle of type van is back from it at 29 at the earliest; 25 is the latest, 4 before.",
        ),
        (
            problem([stop("a", 1, service=9)], [van(max_duration=20)]),
            "duration", "a", 9,
            "Stop a: going there and back takes a duration of 29 by a vehicle of type van; 20 is its most, 9 less.",
        ),
        (
            problem([stop("a", 2)], [van(max_distance=39)]),
            "distance", "a", 1,
            "Stop a: going there and back takes a distance of 40 by a vehicle of type van; 39 is its most, 1 less.",
        ),
        (
            problem([stop("a", 1, delivery=(9,)), stop("b", 2, delivery=(3,))], [van()]),
            "fleet_capacity", None, 2,
            "All deliveries that must be made are 12 (load 1); the fleet holds 10, 2 less.",
        ),
        (
            problem([stop("a", 1), stop("b", 2)], [van(max_stops=1)]),
            "fleet_stops", None, 1, "2 stops must be visited; all vehicles together may visit 1.",
        ),
        (
            problem([stop(name, 1, delivery=(6,)) for name in "abc"], [van(count=2)]),
            "fleet_size", None, 1,
            "3 stops have deliveries (load 1) above half of the largest vehicle's 10, so no two fit together; there "
            "are 2 vehicles.",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) and " " not in one else "",
)  # fmt: skip
def test_each_proof_says_which_stop_which_limit_by_how_much(
    case: Problem, rule: str, name: str | None, excess: int, message: str
) -> None:
    assert (rule, name, excess, message) in [
        (one.rule, one.stop, one.excess, one.message) for one in explain_infeasible(case)
    ]
    assert optimum(case) == float("inf")


def test_optional_stops_and_a_vehicle_that_can_are_no_fault() -> None:
    small, large = van(), replace(van(), id="large", capacity=(50,))
    stops = [stop("a", 1, delivery=(40,)), stop("b", 2, delivery=(99,), prize=7)]
    assert explain_infeasible(problem(stops, [small, large])) == []


def test_a_way_over_another_stop_counts_when_it_is_shorter() -> None:
    way = travel([[0, 10, 50], [10, 0, 10], [50, 10, 0]])
    stops = [stop("a", 1), stop("b", 2, windows=(Window(0, 20),))]
    assert explain_infeasible(problem(stops, [van()], way)) == []
    slow = [replace(stops[0], service=1), stops[1]]
    (proof,) = explain_infeasible(problem(slow, [van()], way))
    assert (proof.rule, proof.stop, proof.excess) == ("window", "b", 1)


def test_a_direct_way_that_is_just_in_time_hides_no_shorter_one() -> None:
    way = travel([[0, 1, 20], [1, 0, 1], [1, 1, 0]])
    stops = [stop("a", 1), stop("b", 2)]
    assert explain_infeasible(problem(stops, [van(max_duration=20)], way)) == []
    assert explain_infeasible(problem(stops, [van(shift=Window(0, 20))], way)) == []


def test_goods_released_late_may_be_fetched_at_a_nearer_depot() -> None:
    case = problem(
        [stop("a", 2, release=100, windows=(Window(0, 112),))], [van(reloads=(1,))],
        depots=[Depot("D", 0), Depot("E", 1)],
    )  # fmt: skip
    assert explain_infeasible(case) == []
    assert [one.rule for one in explain_infeasible(replace(case, vehicles=(van(),)))] == ["window"]


numbers = st.integers(0, 30)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers, numbers, st.integers(0, 7)), min_size=3, max_size=3),
    st.integers(5, 15),
    st.integers(20, 90),
    st.lists(st.integers(1, 30), min_size=12, max_size=12),
)
def test_what_is_proved_infeasible_has_no_plan(rows: list[tuple[int, int, int, int]], capacity: int, day: int,
                                               ways: list[int]) -> None:  # fmt: skip
    stops = [
        stop(f"s{k}", k + 1, delivery=(load,), service=service, windows=(Window(opens, opens + width),))
        for k, (opens, width, service, load) in enumerate(rows)
    ]
    cells = iter(ways)
    way = travel([[0 if i == j else next(cells) for j in range(4)] for i in range(4)])
    case = problem(stops, [van(count=2, capacity=(capacity,), max_duration=day)], way)
    if explain_infeasible(case):
        assert optimum(case) == float("inf")
