"""Neighbourhoods of a plan: what is held stays as it was, and all sites at once give what trying all gives."""

from __future__ import annotations

import numpy as np
import pytest

from entrepot.network.checker import check
from entrepot.network.formats.facility import one_tier
from entrepot.network.problem import Problem
from entrepot.network.solver import near as module
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import model_of
from entrepot.network.solver.near import Near
from entrepot.network.solver.search import Search
from entrepot.network.solver.through import Through
from entrepot.network.solver.tree import Climbed
from entrepot.network.solver.two_tier import excess, first_prices, relax, tiers_of
from tests.property.network.test_solve import two_tier
from tests.unit.network.cases import best_by_trying


def dearest_plan(problem: Problem) -> tuple[Search, Near]:
    """Let all sites stand, and search around that."""
    model = model_of(problem)
    search = Search(problem, 1e6, 1, lambda: False, lambda *_: None)
    tiers = tiers_of(model)
    plans = Through(model, tiers, search)
    plans.attempt(model.may_stand)
    prices = first_prices(tiers, model, model.may_stand)
    relaxed = relax(tiers, model, prices)
    climbed = Climbed(relaxed.bound, prices.ascent().price, relaxed, relaxed.chosen)
    near = Near(
        model,
        search,
        climbed,
        excess(tiers, model, prices),
        lambda layout, values: plans.attempt(values[: layout.sites] > 0.5),
    )
    return search, near


@pytest.mark.parametrize("seed", range(4))
def test_widened_to_all_sites_it_finds_what_trying_all_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAP", 0.0)
    problem = two_tier(seed)
    search, near = dearest_plan(problem)
    before = search.cost
    for _ in range(20):
        near.once(5.0)
    assert near.is_exhausted
    assert search.plan is not None
    assert check(problem, search.plan).is_feasible
    assert search.cost <= min(best_by_trying(problem) * 1.05 + 12, before)


def test_wants_without_a_lane_from_what_may_be_turned_over_are_held() -> None:
    ones, cost = np.ones(2, np.int64), np.array([[1, 9], [9, 1]])
    model = model_of(one_tier("held", capacities=None, fixed=ones, demand=ones, cost=cost, per=ones))
    last = (model.origin != 1) | (model.want == 1)  # the second site serves the second want alone
    program, layout = program_of(model, last=last)
    held = module._held(program, layout, model, (model.origin == 0).astype(float), np.array([False, True]))
    shares = slice(layout.sites, layout.first_link)
    assert held.lower[shares].tolist() == [1, 0, 0]
    assert held.upper[shares].tolist() == [1, 1, 1]
