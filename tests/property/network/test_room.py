"""Room of several classes: what stands has room for each, not just for all together; one row asks for nothing more."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from entrepot.network.checker import check
from entrepot.network.formats.numbers import numbers_of
from entrepot.network.formats.two_stage import read_two_stage
from entrepot.network.problem import Problem
from entrepot.network.solver.model import model_of
from entrepot.network.solver.room import enough, has_room
from entrepot.network.solver.search import Search
from entrepot.network.solver.surrogate import surrogate
from entrepot.network.solver.through import Through
from entrepot.network.solver.two_tier import tiers_of

PLANTS, SATELLITES, CUSTOMERS = 6, 8, 6


def two_products(seed: int) -> Problem:
    """Make sites that have much room for one of two products and little for the other."""
    random = np.random.default_rng(seed)
    words = [PLANTS, SATELLITES, CUSTOMERS, 2, *random.integers(5, 10, 2 * CUSTOMERS).tolist()]
    for sites, targets in ((PLANTS, SATELLITES), (SATELLITES, CUSTOMERS)):
        much = np.tile([[60, 10], [10, 60]], (sites // 2, 1))
        words += np.column_stack([much, random.integers(100, 200, sites)]).ravel().tolist()
        words += random.integers(1, 9, 2 * sites * targets).tolist()
    head, rest = words[:4], words[4:]
    return read_two_stage("made", numbers_of(" ".join(map(str, head)) + "\n" + " ".join(map(str, rest))))


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_is_found_from_any_one_site_of_a_kind(seed: int) -> None:
    problem = two_products(seed)
    model = model_of(problem)
    tiers = tiers_of(model)
    alone = np.zeros(PLANTS + SATELLITES, dtype=bool)
    alone[[0, PLANTS]] = True
    assert not has_room(tiers, alone)
    stands = enough(model, tiers, alone)
    assert has_room(tiers, stands)
    assert (stands & alone == alone).all()
    search = Search(problem, 60.0, 1, lambda: False, lambda *_: None)
    Through(model, tiers, search).attempt(alone)
    assert search.plan is not None
    assert check(problem, search.plan).is_feasible


def test_what_stands_may_have_room_for_all_and_not_for_a_class() -> None:
    problem = two_products(1)
    model = model_of(problem)
    tiers = tiers_of(model)
    lopsided = np.append(np.arange(PLANTS) % 2 == 0, np.ones(SATELLITES, dtype=bool))
    (plants, room), _ = tiers.kinds
    assert room[lopsided[plants]].sum() > tiers.needed.sum()
    assert not has_room(tiers, lopsided)


@pytest.mark.parametrize("seed", range(20))
def test_one_row_is_kept_by_all_that_has_room_and_is_worth_what_all_are(seed: int) -> None:
    random = np.random.default_rng(seed)
    room, cost = random.integers(1, 9, (8, 3)).astype(float), random.integers(1, 9, 8).astype(float)
    needed = 0.4 * room.sum(axis=0)
    one = surrogate(needed, room, cost)
    sets = np.array(list(product((0.0, 1.0), repeat=8)))
    keeps = (sets @ room >= needed).all(axis=1)
    assert (sets[keeps] @ one.room >= one.needed - 1e-9).all()
    in_parts = linprog(cost, A_ub=-room.T, b_ub=-needed, bounds=(0, 1)).fun
    assert (sets @ cost)[sets @ one.room >= one.needed - 1e-9].min() >= in_parts - 1e-6


def test_a_single_row_stays_as_it_is() -> None:
    one = surrogate(np.array([5.0]), np.array([[3.0], [9.0]]), np.ones(2))
    assert (one.needed, one.room.tolist()) == (5.0, [3.0, 5.0])
