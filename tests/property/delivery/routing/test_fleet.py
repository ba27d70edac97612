"""The core on any rich problem: it breaks no limit, and it knows what its plan costs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.fleet.annealing import FleetAnnealing
from tests.unit.delivery.routing.test_fleet import random_rich_case


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 20), st.sampled_from([0.0, 3.0, 100.0]))
def test_a_plan_breaks_no_limit_and_costs_what_the_search_says(seed: int, n_stops: int, temperature: float) -> None:
    case = random_rich_case(seed, n_stops)
    search = FleetAnnealing(case, seed)
    for _ in range(3):
        search.improve(50, temperature)
        verdict = check(case, search.plan)
        assert {one.rule for one in verdict.violations} <= {"missing"}  # there may be too few vehicles for all
        if verdict.is_feasible:
            assert verdict.cost.total == search.best
