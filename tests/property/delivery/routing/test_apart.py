"""The search in parts on any plain problem: no limit broken, no stop lost, and the cost it tells."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.core.apart import Apart, Sizes
from tests.unit.delivery.routing.test_core import random_case

SIZES = Sizes(stops_by_matrix=20, fewest_stops=10, fewest_routes=3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 80), st.floats(0.2, 1.0), st.sampled_from([1, 2, 3]))
def test_joined_plans_break_no_limit_and_cost_what_the_search_says(
    seed: int, n_stops: int, share: float, cores: int
) -> None:
    case = random_case(seed, n_stops)
    count = round(share * n_stops)
    case = replace(case, vehicles=(replace(case.vehicles[0], count=count),))
    search = Apart(case, seed, cores=cores, sizes=SIZES)
    for temperature in (100.0, 10.0, 1.0):  # two or three turns at each
        search.improve(25 * n_stops, temperature)
        plan = search.plan
        assert len(plan.routes) <= count
        assert sorted([*plan.unserved, *(stop for route in plan.routes for stop in route.stops)]) == [*range(n_stops)]
        verdict = check(case, plan)
        assert {one.rule for one in verdict.violations} <= {"missing"}  # there may be too few vehicles for all
        if verdict.is_feasible:
            assert verdict.cost.total == search.best
