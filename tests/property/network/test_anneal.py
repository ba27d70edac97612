"""Annealed assignments on small cases: what they say they cost, every capacity, and the best of all assignments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.network.problem import Problem, SiteLimit, Status
from entrepot.network.solver.anneal import Assignment
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.model import model_of
from entrepot.network.solver.one_tier import tier_of
from entrepot.network.solver.search import Search
from tests.property.network.test_solve import small
from tests.unit.network.cases import best_by_trying


def annealed(problem: Problem) -> float | None:
    """Return what the best costs, added up once more."""
    tier = tier_of(model_of(problem))
    assignment = Assignment.of(tier)
    search = Search(problem, 20.0, 1, lambda: False, lambda *_: None)
    stands = assignment.cycle(tier, Offers.of(tier.cost), search, 0.1)
    if not assignment.is_feasible:
        return None
    wants = np.arange(len(assignment.best))
    assert stands[assignment.best].all()
    assert (np.bincount(assignment.best, weights=tier.volume, minlength=len(stands)) <= tier.capacity).all()
    paid = stands & ~tier.must_stand
    each = float(tier.cost[assignment.best, wants].sum())
    assert assignment.numbers[3] == pytest.approx(each + float(tier.fixed[paid].sum()))
    return each + float(tier.fixed[stands].sum()) + tier.constant


@pytest.mark.parametrize("seed", range(12))
def test_the_best_assignment_of_a_small_network_is_found(seed: int) -> None:
    problem = small(seed, is_single=True)
    best = best_by_trying(problem)
    found = annealed(problem)
    assert (found is None) == np.isinf(best)
    assert found is None or found == pytest.approx(best)


def test_settled_sites_and_their_number_are_kept() -> None:
    problem = small(5, is_single=True)
    first, second, *rest = problem.sites
    roomy = [replace(site, capacity=100) for site in rest]
    sites = (replace(first, status=Status.OPEN), replace(second, status=Status.CLOSED), *roomy)
    settled = replace(problem, sites=sites, limits=(SiteLimit(None, 0, 2),))
    assert annealed(settled) == pytest.approx(best_by_trying(settled))


def test_an_assignment_from_elsewhere_is_taken_when_it_costs_less() -> None:
    tier = tier_of(model_of(small(1)))
    assignment = Assignment.of(tier)
    assignment.adopt(tier, np.zeros(5, np.int64))
    cost = assignment.numbers[3]
    assert cost == pytest.approx(float(tier.cost[0].sum() + tier.fixed[0]))
    worse = np.argmax(tier.cost, axis=0)
    assignment.adopt(tier, worse)
    assert assignment.numbers[3] == cost
