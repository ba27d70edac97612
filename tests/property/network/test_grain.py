"""What all plans cost multiples of: against all assignments of small cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.network.problem import Scenario
from entrepot.network.solver.grain import grain_of
from entrepot.network.solver.model import model_of
from entrepot.network.solver.search import Search
from tests.property.network.test_solve import small, two_tier
from tests.unit.network.cases import best_by_trying


@pytest.mark.parametrize("seed", range(12))
def test_best_plans_cost_a_multiple_of_the_grain(seed: int) -> None:
    problem = small(seed, is_limited=seed % 2 == 0, is_single=seed % 2 == 0)
    times = replace(problem, lanes=replace(problem.lanes, cost=6 * problem.lanes.cost))
    best, grain = best_by_trying(times), grain_of(model_of(times))
    assert grain >= 1
    if np.isfinite(best):
        assert np.isclose(best / grain, np.rint(best / grain), atol=1e-4)


def test_all_costs_share_their_greatest_divisor() -> None:
    problem = small(1, is_limited=False)
    sites = tuple(replace(site, fixed_cost=12 * (k + 1)) for k, site in enumerate(problem.sites))
    lanes = replace(problem.lanes, cost=np.full_like(problem.lanes.cost, 18))
    assert grain_of(model_of(replace(problem, sites=sites, lanes=lanes))) == 6.0
    assert grain_of(model_of(replace(problem, sites=sites, lanes=lanes, cost_scale=100))) == 0.06


def test_costs_of_parts_of_a_want_have_none() -> None:
    assert grain_of(model_of(small(1))) == 0
    assert grain_of(model_of(two_tier(1))) == 0
    assert grain_of(model_of(two_tier(1, classes=1))) == 1
    free = small(1, is_limited=False)
    twice = np.repeat(free.demand, 2, axis=0)
    assert grain_of(model_of(replace(free, scenarios=(Scenario("a", 1), Scenario("b", 2)), demand=twice))) == 0


def test_bounds_are_rounded_up_to_the_grain_but_not_beyond_a_cost() -> None:
    search = Search(small(1), 1.0, 1, lambda: False, lambda *_: None, grain=0.5)
    assert [search.lifted(bound) for bound in (3.1, 3.5, 3.5001, 3.51)] == [3.5, 3.5, 3.5001, 4.0]
    search.raise_bound(7.2, "by hand")
    assert search.bound == 7.5
    search.cost = 9.0
    assert 8.5 < search.rival < 8.51
    search.raise_bound(9.2, "by hand")
    assert search.bound == 9.0
    assert Search(small(1), 1.0, 1, lambda: False, lambda *_: None).lifted(3.1) == 3.1
