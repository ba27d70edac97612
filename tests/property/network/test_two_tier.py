"""The relaxation of two tiers: below every plan, and what it does not look at would not pay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from entrepot.network.generate import generate
from entrepot.network.solver.fronts import fill
from entrepot.network.solver.model import Floats, Model, model_of
from entrepot.network.solver.solve import solve
from entrepot.network.solver.two_tier import (
    Prices,
    Tiers,
    cheapest_of,
    first_prices,
    links_of,
    relax,
    sharpened,
    tiers_of,
)  # fmt: skip
from tests.property.network.test_room import two_products
from tests.property.network.test_solve import two_tier, with_direct


def _priced(tiers: Tiers, model: Model, seed: int, part: float = 0.5) -> Prices:
    """Price all at random, only a part of rents and straits above nothing."""
    random = np.random.default_rng(seed)
    prices = first_prices(tiers, model, model.may_stand)
    flat = prices.ascent().price * random.uniform(0.5, 1.2, len(prices.ascent().price))
    first = len(prices.price) + prices.toll.size
    by_volume = len(flat) - first
    flat[first:] = random.uniform(0.0, 30.0, by_volume) * (random.random(by_volume) < part)
    found = prices.of(flat)
    found.strait[:, -1] = 0.0  # direct lanes pass no front
    return found


@pytest.mark.parametrize("seed", range(4))
def test_fronts_take_what_pays_best_and_overlook_no_lane_that_pays(seed: int) -> None:
    model = model_of(generate(2, 5, 8, seed))
    tiers = tiers_of(model)
    for again in range(3):  # the order of sources that was right last is where the next begins
        _compare(tiers, model, _priced(tiers, model, seed + 100 * again))


def _compare(tiers: Tiers, model: Model, prices: Prices) -> None:
    """Compare what fronts take with all lanes, tried in order of what they pay by volume."""
    may = np.ones(len(tiers.fronts) + 1, dtype=bool)
    filled = fill(tiers.ways, links_of(tiers, prices, model.may_stand), prices.toll, prices.price, may)
    each = _each(tiers, prices)
    assert np.allclose(cheapest_of(tiers, prices, model.may_stand), each)
    assert (tiers.least <= each * (1 + 1e-12)).all()
    gains = prices.price[tiers.want[filled.lane]] - each[filled.lane]
    worth = np.bincount(tiers.front[filled.lane], filled.share * gains, len(filled.worth))
    assert np.allclose(worth, filled.worth)
    for front in range(len(tiers.fronts)):
        mine = np.nonzero(tiers.front == front)[0]
        gain, volume = prices.price[tiers.want[mine]] - each[mine], tiers.volume[tiers.want[mine]]
        left, most = tiers.room[front], 0.0
        for k in np.argsort(-gain / volume):
            part = min(1.0, left / volume[k]) if gain[k] > 0 else 0.0
            most, left = most + part * gain[k], left - part * volume[k]
        assert np.isclose(filled.worth[front], most)


def test_prices_are_the_same_after_a_row_of_them() -> None:
    model = model_of(generate(2, 5, 8, 1))
    tiers = tiers_of(model)
    prices = _priced(tiers, model, 1)
    again = prices.of(prices.ascent().price)
    for one, other in ((prices.price, again.price), (prices.toll, again.toll), (prices.strait, again.strait)):
        assert np.allclose(one, other)
    assert np.ptp(prices.scale) > 0


def _each(tiers: Tiers, prices: Prices) -> Floats:
    """Return what each lane costs with its cheapest source, all sources tried."""
    found = []
    for lane, want in enumerate(tiers.want.tolist()):
        bin, front, size = tiers.bin[want], tiers.front[lane], tiers.volume[want]
        link = tiers.amount[want] * tiers.link[tiers.course[want], front]
        by_volume = size * (prices.rent[:, bin] + prices.strait[bin, front])
        found.append(tiers.cost[lane] + float((link + prices.toll[want] + by_volume).min()))
    return np.array(found)


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_at_other_prices_is_not_above_what_the_gradient_tells(seed: int) -> None:
    model = model_of(generate(2, 4, 6, seed))
    tiers = tiers_of(model)
    here, there = _priced(tiers, model, seed, 1.0), _priced(tiers, model, seed + 1000)
    at, other = relax(tiers, model, here), relax(tiers, model, there)
    step = there.ascent().price - here.ascent().price
    assert other.bound <= at.bound + at.gradient @ step + 1e-9 * abs(at.bound)


def test_no_plan_costs_less_than_the_relaxation_at_any_prices() -> None:
    raised = 0
    makes = (lambda k: generate(2, 4, 6, k), two_products, lambda k: with_direct(two_tier(k), k))
    for seed, problem in [(k, make(k)) for k in range(6) for make in makes]:
        model = model_of(problem)
        best = solve(problem, seconds=20.0, engine="highs")
        assert best.plan is not None
        tiers = tiers_of(model)
        for k in range(6):
            prices = _priced(tiers, model, 10 * seed + k)
            sharp = sharpened(tiers, model, prices, seconds=1.0, seed=1)
            for each in (tiers, sharp):
                assert relax(each, model, prices).bound <= best.bound * (1 + 1e-5) + 1e-6
            assert relax(sharp, model, prices).bound >= relax(tiers, model, prices).bound - 1e-9 * best.bound
            raised += relax(sharp, model, prices).bound > relax(tiers, model, prices).bound * (1 + 1e-6)
    assert raised > 0


@pytest.mark.parametrize("seed", range(6))
def test_what_is_proven_of_sites_holds_for_all_sets_with_room(seed: int) -> None:
    model = model_of(two_products(seed))
    tiers = tiers_of(model)
    sharp = sharpened(tiers, model, _priced(tiers, model, seed), seconds=5.0, seed=1)
    for need, joined, (sites, room) in zip(sharp.needs, tiers.needs, tiers.kinds, strict=True):
        every = (np.arange(2 ** len(sites))[:, None] >> np.arange(len(sites))) & 1 > 0
        with_room = every[(every.astype(float) @ room >= tiers.needed).all(axis=1)]
        assert (with_room @ need.room).min() >= need.needed * (1 - 1e-6)
        assert (with_room @ joined.room).min() >= joined.needed * (1 - 1e-6)


def test_a_branch_has_a_bound_of_its_own() -> None:
    model = model_of(two_products(1))
    tiers = tiers_of(model)
    prices = _priced(tiers, model, 1)
    whole = relax(tiers, model, prices).bound
    for k in range(len(model.fixed)):
        must, may = model.must_stand.copy(), model.may_stand.copy()
        must[k], may[k] = True, False
        shut = relax(tiers, replace(model, may_stand=may), prices).bound
        stands = relax(tiers, replace(model, must_stand=must), prices).bound
        assert min(shut, stands) >= whole - 1e-6 * abs(whole)
