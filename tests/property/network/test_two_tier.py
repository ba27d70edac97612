"""The relaxation of two tiers: what it does not look at would not pay."""

from __future__ import annotations

import numpy as np

from entrepot.network.generate import generate
from entrepot.network.solver import two_tier
from entrepot.network.solver.model import model_of


def test_lanes_that_are_not_looked_at_would_not_pay() -> None:
    left_out = 0
    for seed in range(4):
        model = model_of(generate(2, 5, 8, seed))
        tiers = two_tier.tiers_of(model)
        prices = two_tier.first_prices(tiers, model, model.may_stand)
        random = np.random.default_rng(seed)
        prices = prices.of(prices.ascent().price * random.uniform(0.5, 1.2, len(prices.ascent().price)))
        every, _ = two_tier._cheapest(tiers, prices, model.may_stand)
        some, _ = two_tier._cheapest(tiers, prices, model.may_stand, prices.price)
        price = prices.price[tiers.want]
        assert (np.maximum(price - every, 0.0) == np.maximum(price - some, 0.0)).all()
        assert (tiers.least <= every * (1 + 1e-12)).all()
        left_out += int(np.isinf(some).sum())
    assert left_out > 0
