"""Whatever the speeds: nobody overtakes, and no plan breaks a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.clock.roads import arrive, roads_of
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.travel import Travel
from tests.unit.delivery.routing.cases import one_route, plan
from tests.unit.delivery.routing.traffic_cases import (
    DAY,
    arrivals,
    case,
    speeds,
    with_pickups,
    with_releases,
    with_reloads,
    with_rest,
    with_windows,
)

Make = Callable[[int, int], Travel]
SEEDS = st.integers(0, 10_000)
WAYS = st.sampled_from([speeds, arrivals])


def with_spare_reloads(one: Problem, seed: int) -> Problem:
    """The same with reloads, and with as many vehicles and as much room as without."""
    van, other = one.vehicles[0], with_reloads(one, seed)
    again = replace(other.vehicles[0], count=van.count, capacity=van.capacity, max_stops=van.max_stops)
    return replace(other, vehicles=(again,))


RICH = [with_windows, with_pickups, with_releases, with_rest, with_spare_reloads]


@settings(max_examples=60, deadline=None)
@given(SEEDS, WAYS, st.lists(st.floats(-100, DAY + 300), min_size=2, max_size=9))
def test_who_leaves_later_does_not_arrive_earlier(seed: int, make: Make, moments: list[float]) -> None:
    roads = roads_of(case(seed, make(seed, 3)), np.arange(3))
    found = [arrive(roads, 0, 2, moment) for moment in sorted(moments)]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found))


@settings(max_examples=35, deadline=None)
@given(SEEDS, WAYS, st.booleans(), st.booleans(), st.integers(2, 12), st.sets(st.sampled_from(RICH)))
def test_plans_keep_every_limit(
    seed: int, make: Make, prizes: bool, tight: bool, places: int, rich: set[Callable[[Problem, int], Problem]]
) -> None:
    """A stop may be missing only where not even a route of its own is in time."""
    problem = case(seed, make(seed, places), prizes, tight)
    for more in RICH:
        problem = more(problem, seed) if more in rich else problem
    found = Traffic().solve(problem, 0.02, seed, None, Watch())
    for violation in check(problem, found).violations:
        assert violation.rule == "missing"
        (alone,) = [k for k, stop in enumerate(problem.stops) if stop.id == violation.stop]
        assert any(
            one.rule in ("window", "depot", "rest")
            for one in check(problem, plan(problem, one_route(alone))).violations
        )
