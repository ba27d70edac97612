"""Branches over sites: with prices that hardly move before, against all sets of sites."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from entrepot.network.problem import SiteLimit
from entrepot.network.solver import single_tier_search, tree
from entrepot.network.solver.solve import solve
from tests.property.network.test_solve import agrees, small
from tests.unit.network.cases import best_by_trying


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let prices take two steps at the root, leave nothing to HiGHS before, and note how many branches are bounded."""
    noted: list[int] = []
    of_branch = tree._bounded
    monkeypatch.setattr("entrepot.network.solver.solve.SMALL", 0)
    monkeypatch.setattr(single_tier_search, "STEPS", 2)
    monkeypatch.setattr(single_tier_search, "LANES", 0)

    def of_noted(*given: Any) -> tree.Branch:
        noted.append(1)
        return of_branch(*given)

    monkeypatch.setattr(tree, "_bounded", of_noted)
    return noted


def test_branches_find_what_trying_all_finds(bounded: list[int]) -> None:
    for seed in range(4):
        agrees(small(seed))
    assert bounded


def test_branches_find_the_best_assignment(bounded: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_tier_search, "table_of", lambda tier: None)
    possible = [seed for seed in range(12) if np.isfinite(best_by_trying(small(seed, is_single=True)))]
    for seed in possible[:5]:
        agrees(small(seed, is_single=True))
    assert bounded


def test_branches_keep_the_number_of_sites_or_say_that_it_is_too_few(bounded: list[int]) -> None:
    problems = [replace(small(seed), limits=(SiteLimit(None, many, many),)) for seed in range(4) for many in (2, 3)]
    possible = [np.isfinite(best_by_trying(problem)) for problem in problems]
    assert set(possible) == {True, False}
    for problem, is_possible in zip(problems, possible, strict=True):
        if is_possible:
            agrees(problem)
        else:
            assert solve(problem, seconds=20.0).is_infeasible
    assert bounded


def test_what_highs_does_not_close_is_branched_on(bounded: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    settle, failed = single_tier_search._settle, []

    def failing(state: Any, branch: tree.Branch) -> tuple[float, bool]:
        if branch.open_sites.any():
            failed.append(branch.efforts)
            return branch.bound, False
        return settle(state, branch)

    monkeypatch.setattr(single_tier_search, "LANES", 30)  # more than there are, and less than a quarter of it
    monkeypatch.setattr(single_tier_search, "_settle", failing)
    monkeypatch.setattr(single_tier_search, "_try_free", lambda state, stands: _offer_all(state))
    for seed in range(3):
        agrees(small(seed, is_limited=False))
    assert 0 in failed
    assert bounded


def _offer_all(state: Any) -> None:
    """Offer the plan of all sites, so that branches have something to better."""
    model = state.model
    stands = np.ones(len(model.fixed), dtype=bool)
    single_tier_search._offer_assignment(state, stands, np.argmin(state.tier.cost, axis=0))


def test_the_site_whose_worse_half_rose_most_is_branched_on() -> None:
    rises = tree.Rises.of(np.array([0, 0, 1]))
    must, may = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
    root = tree.Branch(10.0, 0, must, may, np.zeros(1), np.array([0.5, 0.4, 0.2]))
    assert rises.best(root) == 0  # nothing is known: doubt decides
    for site, shut, stands in ((0, 11.0, 30.0), (1, 14.0, 13.0)):
        rises.learn(site, root, replace(root, bound=shut, may_stand=np.arange(3) != site))
        rises.learn(site, root, replace(root, bound=stands, must_stand=np.arange(3) == site))
    assert rises.best(root) == 2  # a kind that was never tried
    rises.learn(2, root, replace(root, may_stand=np.arange(3) != 2))
    rises.learn(2, root, replace(root, must_stand=np.arange(3) == 2))
    assert rises.best(root) == 1
    assert rises.best(replace(root, may_stand=np.arange(3) != 1)) == 0
