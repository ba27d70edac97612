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


def test_branches_find_the_best_assignment(bounded: list[int]) -> None:
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
