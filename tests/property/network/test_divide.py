"""Division of wants among settled sites, and the order of sets of sites, against all there are."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.network.solver.chances import ROUNDS, Chances, in_order
from entrepot.network.solver.divide import UNITS, WANTS, Parcels, divide, split
from entrepot.network.solver.one_tier import Tier

SITES = 4


def _tier(seed: int, *, wants: int = 7, scenarios: int = 1, scale: int = 1) -> Tier:
    """A tier of little room, in which some lanes are missing."""
    random = np.random.default_rng(seed)
    units = random.integers(1, 9, wants) * scale
    begin = np.linspace(0, wants, scenarios + 1).astype(np.int64)
    needed = max(int(units[a:b].sum()) for a, b in itertools.pairwise(begin))
    cost = random.integers(0, 30, (SITES, wants)).astype(float)
    cost[random.random(cost.shape) < 0.1] = np.inf
    capacity = np.full(SITES, np.ceil(needed / SITES)) + random.integers(0, 4, SITES) * scale
    ones = np.ones(SITES, dtype=bool)
    return Tier(
        cost, random.integers(0, 40, SITES).astype(float), capacity, units.astype(float), units, begin, ones, ~ones, 1,
        SITES, 5.0,
    )  # fmt: skip


def _load(tier: Tier, chosen: np.ndarray) -> np.ndarray:
    return np.array(
        [np.bincount(chosen[a:b], weights=tier.volume[a:b], minlength=SITES) for a, b in itertools.pairwise(tier.begin)]
    )


def _least(tier: Tier, stands: np.ndarray) -> float:
    """The least cost of all assignments to what stands."""
    least, wants = np.inf, np.arange(len(tier.units))
    for one in itertools.product(np.nonzero(stands)[0], repeat=len(wants)):
        chosen = np.array(one)
        if (_load(tier, chosen) <= tier.capacity).all():
            least = min(least, float(tier.cost[chosen, wants].sum() + tier.fixed[stands].sum()) + tier.constant)
    return least


@pytest.mark.parametrize("seed", range(16))
def test_divided_wants_have_room_and_cost_the_least(seed: int) -> None:
    tier = _tier(seed, scenarios=1 + seed % 2)
    stands = np.array([True, True, seed % 4 < 2, seed % 3 > 0])
    chosen, cost = divide(tier, Parcels.of(tier), stands, ROUNDS, seed)
    assert cost == pytest.approx(_least(tier, stands))
    if np.isfinite(cost):
        assert (_load(tier, chosen) <= tier.capacity).all()
        assert stands[chosen].all()
    else:
        assert (chosen == -1).all()


def test_a_site_alone_has_all_or_not_enough_room() -> None:
    tier, stands = _tier(3), np.array([True, False, False, False])
    assert divide(tier, Parcels.of(tier), stands, 10, 1)[1] == np.inf
    wide = replace(tier, capacity=tier.capacity * SITES, cost=np.ones_like(tier.cost))
    chosen, cost = divide(wide, Parcels.of(wide), stands, 10, 1)
    assert (chosen == 0).all()
    assert cost == len(tier.units) + tier.fixed[0] + tier.constant


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_coarse_units_leave_no_plan_without_room(seed: int) -> None:
    tier = _tier(seed, scale=UNITS * 7 + 1)
    parcels = Parcels.of(tier)
    assert parcels.room.max() <= UNITS
    chosen, cost = divide(tier, parcels, np.ones(SITES, dtype=bool), 200, seed)
    if np.isfinite(cost):
        assert (_load(tier, chosen) <= tier.capacity).all()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(1, 9), here=st.integers(-6, 40), there=st.integers(-6, 40))
def test_two_sites_split_at_least_cost(seed: int, many: int, here: int, there: int) -> None:
    random = np.random.default_rng(seed)
    gain, units, price = random.normal(0, 5, many), random.integers(1, 9, many), 1.5
    both, most = int(units.sum()), int(units.max())
    low, high = min(here, both - there) - most, max(here, both - there) + most

    def cost(is_here: np.ndarray) -> float:
        part = int(units[is_here].sum())
        if not low <= part <= high:
            return np.inf
        return float(gain[is_here].sum() + price * (max(part - here, 0) + max(both - part - there, 0)))

    least = min(cost(np.array(one)) for one in itertools.product([False, True], repeat=many))
    table = np.full((WANTS + 1, both + 1), np.nan)
    assert cost(split(gain, units, here, there, price, table)) == pytest.approx(least)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_sets_of_sites_are_told_in_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    reduced, room = random.integers(-9, 40, 6).astype(float), random.integers(1, 20, 6)
    needed = int(random.integers(0, room.sum() + 4))
    may = random.random(6) < 0.8
    must = may & (random.random(6) < 0.2)
    least, most = sorted(random.integers(0, 7, 2).tolist())
    told = list(in_order(reduced, room, needed, may, must, least, most))
    sets = [np.array(one) for one in itertools.product([False, True], repeat=6)]
    wanted = [
        one for one in sets
        if (must <= one).all() and (one <= may).all()
        and room[one].sum() >= needed and max(least, 1) <= one.sum() <= most
    ]  # fmt: skip
    costs = [float(reduced[one].sum()) for one in told]
    assert costs == sorted(costs)
    assert {one.tobytes() for one in told} == {one.tobytes() for one in wanted}
    assert len(told) == len(wanted)


def test_sets_are_tried_by_turns_and_those_that_cost_too_much_are_not() -> None:
    reduced = np.array([3.0, 1.0, 2.0])
    ordered = in_order(reduced, np.array([5, 5, 5]), 10, np.ones(3, bool), np.zeros(3, bool), 0, 3)
    chances = Chances(10.0, reduced, ordered, np.random.default_rng(1))
    first = chances.next(15.0)
    assert first is not None
    assert first.stands.tolist() == [False, True, True]
    assert first.bound == 13.0
    first.tries += 1
    again = chances.next(15.0)
    assert again is first
    assert again.rounds == 2 * ROUNDS
    second = chances.next(15.0)
    assert second is not None
    assert second.bound == 14.0
    chances.add(second.stands)
    assert chances.next(13.5) is first
    assert chances.next(13.0) is None
