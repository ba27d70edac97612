"""Single sourcing on few lanes: HiGHS has time to close them whole, and the best plan is proven."""

from __future__ import annotations

import numpy as np
import pytest

from entrepot.network.checker import check
from entrepot.network.formats.facility import one_tier
from entrepot.network.problem import Problem
from entrepot.network.solver.leftover import EFFORT, FEW, effort
from entrepot.network.solver.search import Search
from entrepot.network.solver.solve import solve


def _tight(seed: int) -> Problem:
    """Make six sites, of which four are needed, and twenty wants of any size, which cost anything anywhere."""
    random = np.random.default_rng(seed)
    demand = random.integers(10, 50, 20)
    return one_tier(
        "tight",
        capacities=np.full(6, int(demand.sum() / 3.6)),
        fixed=random.integers(100, 300, 6),
        demand=demand,
        cost=random.integers(5, 100, (6, 20)),
        per=demand,
        is_single=True,
    )


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_tight_small_network_is_proven_as_by_the_whole_formulation(seed: int) -> None:
    problem = _tight(seed)
    found, whole = solve(problem, seconds=30.0), solve(problem, seconds=30.0, engine="highs")
    assert found.plan is not None
    assert whole.plan is not None
    cost = float(check(problem, found.plan).cost.total)
    assert cost == float(check(problem, whole.plan).cost.total)
    assert found.bound == pytest.approx(cost, rel=1e-9)


def test_few_lanes_have_half_of_the_time_once_and_many_ever_more() -> None:
    search = Search(_tight(1), 60.0, 1, lambda: False, lambda *_: None)
    assert 29.0 < effort(search, FEW, 0) <= 30.0
    assert [effort(search, FEW + 1, k) for k in range(3)] == [EFFORT, 2 * EFFORT, 4 * EFFORT]
    assert effort(search, FEW, 1) == 2 * EFFORT
    assert effort(search, FEW + 1, 9) <= 60.0
