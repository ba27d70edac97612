"""Sources and fronts by turns: plans of whole sites with room for each class, the cheapest sets that have it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from entrepot.network.checker import check
from entrepot.network.solver.model import model_of
from entrepot.network.solver.search import Search
from entrepot.network.solver.solve import solve
from entrepot.network.solver.surrogate import whole_sites
from entrepot.network.solver.through import Through
from entrepot.network.solver.turns import by_turns
from entrepot.network.solver.two_tier import first_prices, tiers_of
from tests.property.network.test_room import two_products


@pytest.mark.parametrize("seed", range(12))
def test_whole_sites_cost_what_the_best_of_all_sets_with_room_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    room, cost = random.integers(1, 9, (8, 3)).astype(float), random.integers(-3, 90, 8).astype(float)
    needed, must, may = 0.4 * room.sum(axis=0), np.arange(8) == seed % 8, np.arange(8) != (seed + 3) % 8
    found = whole_sites(needed, room, cost, must, may, seconds=60.0, seed=1)
    assert found is not None
    sets = np.array(list(product((False, True), repeat=8)))
    keeps = (sets @ room >= needed).all(axis=1) & (sets | ~must).all(axis=1) & (~sets | may).all(axis=1)
    assert keeps[(sets == found).all(axis=1)].all()
    least = (sets[keeps] @ cost).min()
    assert cost[found].sum() <= least + 2e-3 * abs(least)


def test_no_whole_sites_are_found_where_none_have_room() -> None:
    one = np.ones(2)
    assert whole_sites(3 * one, np.eye(2), one, one < 0, one > 0, seconds=60.0, seed=1) is None


@pytest.mark.parametrize("seed", range(6))
def test_turns_make_plans_near_the_best(seed: int) -> None:
    problem = two_products(seed)
    model = model_of(problem)
    tiers = tiers_of(model)
    search = Search(problem, 60.0, 1, lambda: False, lambda *_: None)
    by_turns(Through(model, tiers, search), first_prices(tiers, model, model.may_stand), 0.0)
    assert search.plan is not None
    assert check(problem, search.plan).is_feasible
    best = solve(problem, seconds=60.0)
    assert best.bound * (1 - 1e-9) <= search.cost <= 1.1 * best.bound


def test_turns_end_when_their_time_is_up() -> None:
    problem = two_products(1)
    model = model_of(problem)
    tiers = tiers_of(model)
    search = Search(problem, 1.0, 1, lambda: False, lambda *_: None)
    by_turns(Through(model, tiers, search), first_prices(tiers, model, model.may_stand), 2.0)
    assert search.plan is None
