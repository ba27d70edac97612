"""Dives: whatever the prices say, all sites are settled and those that stand have room for all goods."""

from __future__ import annotations

import numpy as np
import pytest

from entrepot.network.generate import generate
from entrepot.network.solver.dive import dive
from entrepot.network.solver.model import model_of
from entrepot.network.solver.search import Search
from entrepot.network.solver.two_tier import first_prices, tiers_of


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cost", [np.inf, 1.0])
def test_what_stands_has_room_for_all(seed: int, cost: float) -> None:
    problem = generate(3, 6, 12, seed=seed)
    model = model_of(problem)
    tiers = tiers_of(model)
    search = Search(problem, 1e6, 1, lambda: False, lambda *_: None, cost=cost)
    prices = first_prices(tiers, model, model.may_stand)
    stands = dive(tiers, model, prices, search, 0.0, steps=10, least=0.3)
    assert stands is not None
    for sites in (tiers.sources, tiers.fronts):
        assert (model.capacity[sites[stands[sites]]].sum() >= tiers.needed).all()
    assert not stands.all()


def test_a_dive_ends_when_its_time_is_up() -> None:
    problem = generate(3, 6, 12, seed=1)
    model = model_of(problem)
    tiers = tiers_of(model)
    search = Search(problem, 1.0, 1, lambda: False, lambda *_: None)
    prices = first_prices(tiers, model, model.may_stand)
    assert dive(tiers, model, prices, search, 2.0, steps=10, least=0.3) is None
