"""Laps and crosses on any plain problem: no limit is broken, and the search knows what its plan costs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.crossing import cross
from entrepot.delivery.routing.core.generations import Generations
from tests.unit.delivery.routing.test_generations import required_case


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(2, 25))
def test_a_plan_breaks_no_limit_is_no_dearer_than_the_first_and_costs_what_the_search_says(seed: int, n: int) -> None:
    case = required_case(seed, n)
    search = Generations(case, seed)
    first = check(case, search.plan)
    search.run(0.2)
    verdict = check(case, search.plan)
    assert {one.rule for one in verdict.violations} <= {"missing"}
    assert verdict.is_feasible or not first.is_feasible
    if verdict.is_feasible:
        assert verdict.cost.total == search.best
    if first.is_feasible:
        assert verdict.cost.total <= first.cost.total


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12))
def test_a_cross_visits_no_stop_twice_and_keeps_the_routes_it_puts_in(seed: int, first: int, second: int) -> None:
    rng = np.random.default_rng(seed)
    near = np.array([rng.permutation(np.delete(np.arange(12), v)) for v in range(12)])
    one, other = (
        tuple(tuple(part.tolist()) for part in np.array_split(rng.permutation(12), many)) for many in (first, second)
    )
    child = cross(one, other, near, rng)
    visited = [stop for route in child for stop in route]
    assert len(visited) == len(set(visited))
    assert child[0] in other
    assert all(child)
    assert len(child) <= max(len(one), 1 + len(other) // 2)
