"""What sites take at given prices, against all sets of wants."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from entrepot.network.solver.knapsacks import Offers, fill, unmet


def filled(seed: int, *, is_whole: bool) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    cost, volume = random.integers(1, 30, (3, 7)).astype(float), random.integers(1, 9, 7)
    cost[random.random(cost.shape) < 0.2] = np.inf
    capacity, price = random.integers(3, 20, 3).astype(float), random.uniform(0, 40, 7)
    offers, may_stand = Offers.of(cost), np.array([True, True, seed % 2 == 0])
    worth, rent, many = fill(
        offers.site, offers.cost, offers.profit, offers.want, offers.share, capacity, volume.astype(float), volume,
        np.array([0, 4, 7]), price, is_whole, may_stand,
    )  # fmt: skip
    left = unmet(offers.want, offers.share, many, np.ones(3), 7)
    return cost, volume, capacity, price, may_stand, worth, rent, left


@pytest.mark.parametrize("seed", range(8))
def test_whole_knapsacks_pay_what_the_best_set_pays(seed: int) -> None:
    cost, volume, capacity, price, may_stand, worth, _, _ = filled(seed, is_whole=True)
    for i in range(3):
        best = 0.0
        for scenario in (range(4), range(4, 7)):
            sets = itertools.chain.from_iterable(itertools.combinations(scenario, k) for k in range(5))
            fit = [list(one) for one in sets if volume[list(one)].sum() <= capacity[i]]
            best += max(float((price[one] - cost[i, one]).sum()) for one in fit)
        assert worth[i] == pytest.approx(best if may_stand[i] else 0.0)


@pytest.mark.parametrize("seed", range(8))
def test_continuous_knapsacks_pay_what_their_rent_explains(seed: int) -> None:
    cost, volume, capacity, price, may_stand, worth, rent, left = filled(seed, is_whole=False)
    whole = filled(seed, is_whole=True)[5]
    for i in np.nonzero(may_stand)[0]:
        dual = capacity[i] * rent[i].sum()
        for s, scenario in enumerate((range(4), range(4, 7))):
            dual += sum(max(0.0, price[j] - cost[i, j] - rent[i, s] * volume[j]) for j in scenario)
        assert worth[i] == pytest.approx(dual)
        assert worth[i] >= whole[i] - 1e-9
    assert (left <= 1.0).all()
    assert (left >= 1.0 - may_stand.sum()).all()


@pytest.mark.parametrize("is_whole", [False, True])
def test_what_takes_no_room_is_taken_where_there_is_none(is_whole: bool) -> None:
    offers, volume = Offers.of(np.array([[1.0, 2.0, 3.0]])), np.array([0, 0, 2])
    worth, _, many = fill(
        offers.site, offers.cost, offers.profit, offers.want, offers.share, np.zeros(1), volume.astype(float), volume,
        np.array([0, 3]), np.full(3, 10.0), is_whole, np.ones(1, dtype=bool),
    )  # fmt: skip
    assert worth[0] == 9 + 8
    assert unmet(offers.want, offers.share, many, np.ones(1), 3).tolist() == [0, 0, 1]
