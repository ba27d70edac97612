"""Bounds and branches of single sourcing over lanes, against all assignments of small tables."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.network.problem import Problem, SiteLimit
from entrepot.network.solver import single_tier_search, whole_tree
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.model import model_of
from entrepot.network.solver.one_tier import Tier, tier_of
from entrepot.network.solver.search import Search
from entrepot.network.solver.whole import ALIVE, DEAD, FREE, SHUT, SOLVED, STANDS, Table, climb_whole, losses, table_of
from entrepot.network.solver.whole_tree import branch_whole
from tests.property.network.test_solve import agrees, small
from tests.unit.network.cases import best_by_trying

SITES, WANTS = 3, 5


def _table(seed: int) -> Table:
    random = np.random.default_rng(seed)
    units = random.integers(1, 9, WANTS)
    room = random.integers(4, 20, SITES)
    return Table(
        random.integers(0, 30, (SITES, WANTS)).astype(float),
        random.integers(-5, 40, SITES).astype(float),
        np.minimum(room, units.sum()),
        units,
        int(units.sum()),
    )


def _plans(table: Table, lanes: np.ndarray, state: np.ndarray) -> list[tuple[float, tuple[int, ...]]]:
    """Return the least cost of each assignment that lanes, sites and room allow."""
    found = []
    for sites in itertools.product(range(SITES), repeat=WANTS):
        chosen = np.array(sites)
        load = np.bincount(chosen, weights=table.units, minlength=SITES)
        if lanes[chosen, np.arange(WANTS)].all() and (load <= table.room).all() and (state[chosen] != SHUT).all():
            stands = (load > 0) | (state == STANDS) | ((state == FREE) & (table.fixed < 0))
            found.append((float(table.cost[chosen, np.arange(WANTS)].sum() + table.fixed[stands].sum()), sites))
    return sorted(found)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(1, 30), above=st.integers(-5, 30), is_open=st.booleans())
def test_no_plan_below_the_goal_is_left_out(seed: int, steps: int, above: int, is_open: bool) -> None:
    table, random = _table(seed), np.random.default_rng(seed + 1)
    lanes = random.random((SITES, WANTS)) < 0.85
    state = random.choice([SHUT, FREE, FREE, FREE, STANDS], SITES)
    plans = _plans(table, lanes, state)
    goal = np.inf if is_open else (plans[0][0] if plans else 100.0) + above
    kept, sites, price = lanes.copy(), state.copy(), random.uniform(0, 40, WANTS)
    climbed = climb_whole(table, kept, sites, price, goal, steps, 1.0, 5)
    assert climbed.bound <= min(
        [plans[0][0] if plans else np.inf, *([goal] if climbed.kind == DEAD else [])]
    ) + 1e-6 or (climbed.kind == DEAD and (not plans or plans[0][0] >= goal - 1e-6))
    better = [chosen for cost, chosen in plans if cost < goal - 1e-6]
    if climbed.kind == DEAD:
        assert not better
    elif climbed.kind == SOLVED:
        assert plans[0][0] == pytest.approx(climbed.bound)
        assert tuple(climbed.home) in {chosen for cost, chosen in plans if cost <= plans[0][0] + 1e-6}
    else:
        assert climbed.kind == ALIVE
        of_better = {chosen for _, chosen in _plans(table, kept, sites)}
        assert set(better) <= of_better
        settled = climbed.home >= 0
        assert all((np.array(chosen)[settled] == climbed.home[settled]).all() for chosen in better)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), room=st.integers(0, 25))
def test_a_knapsack_loses_what_the_best_set_with_an_item_says(seed: int, room: int) -> None:
    random = np.random.default_rng(seed)
    units, gain = random.integers(1, 9, 6), random.uniform(-10, 30, 6)
    gain[random.random(6) < 0.2] = -np.inf
    sets = [list(one) for k in range(7) for one in itertools.combinations(range(6), k)]
    worth = {tuple(one): float(gain[one].sum()) for one in sets if units[one].sum() <= room}
    best = max(worth.values())
    for j, lost in enumerate(losses(gain, units, room)):
        with_it = max((value for one, value in worth.items() if j in one), default=-np.inf)
        assert lost == pytest.approx(best - with_it) if np.isfinite(with_it) else np.isinf(lost)


def _single(seed: int) -> Tier:
    return tier_of(model_of(small(seed, is_single=True)))


def test_room_is_counted_in_the_grain_of_wants() -> None:
    tier = _single(1)
    table = table_of(tier)
    coarse = table_of(replace(tier, units=tier.units * 6, volume=tier.volume * 6, capacity=tier.capacity * 6 + 5))
    assert table is not None
    assert coarse is not None
    assert (coarse.units == table.units).all()
    assert (coarse.room == table.room).all()
    assert coarse.needed == table.needed == tier.needed


def test_limits_of_number_scenarios_and_much_room_have_no_table() -> None:
    tier = _single(1)
    assert table_of(replace(tier, most=2)) is None
    assert table_of(replace(tier, least=2)) is None
    assert table_of(replace(tier, begin=np.array([0, 2, len(tier.units)]))) is None
    fine = tier.units * 1_000_000 + np.arange(len(tier.units))
    assert table_of(replace(tier, units=fine, volume=fine.astype(float), capacity=tier.capacity * 1_000_000)) is None


@pytest.mark.parametrize("seed", range(12))
def test_branches_alone_find_the_best_assignment_or_that_there_is_none(seed: int) -> None:
    problem = small(seed, is_single=True)
    model = model_of(problem)
    tier, best = tier_of(model), best_by_trying(problem)
    table = table_of(tier)
    assert table is not None
    search = Search(problem, 20.0, 1, lambda: False, lambda *_: None, dearest=model.dearest)
    state = single_tier_search._State(model, tier, Offers.of(tier.cost), search)
    found: list[float] = []

    def offer(stands: np.ndarray, chosen: np.ndarray) -> None:
        single_tier_search._offer_assignment(state, stands, chosen)
        found.append(search.cost)

    branch_whole(
        tier,
        table,
        search,
        np.zeros(len(tier.units)),
        attempt=lambda *_: None,
        offer=offer,
        settle=lambda *_: None,
        close=lambda: False,
    )
    if np.isfinite(best):
        assert search.cost == pytest.approx(best)
        assert search.is_closed
        assert found
    else:
        assert search.is_infeasible


@pytest.mark.parametrize("seed", range(4))
def test_lanes_are_branched_on_where_prices_hardly_move(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_tier_search, "STEPS", 2)
    monkeypatch.setattr(whole_tree, "STEPS", 1)
    problem: Problem = small(seed, is_single=True)
    if np.isfinite(best_by_trying(problem)):
        agrees(problem)
    limited = replace(problem, limits=(SiteLimit(None, 0, 2),))
    if np.isfinite(best_by_trying(limited)):
        agrees(limited)


@pytest.mark.parametrize("is_able", [True, False])
@pytest.mark.parametrize("seed", [1, 10, 33])
def test_what_branches_do_not_close_soon_is_settled_by_highs_or_on(
    seed: int, is_able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_tier_search, "STEPS", 2)
    monkeypatch.setattr(whole_tree, "STEPS", 1)
    monkeypatch.setattr(whole_tree, "CLOSING", -1.0)
    asked: list[bool] = []

    def settle(state: object, stands: np.ndarray, lanes: np.ndarray) -> tuple[float, bool] | None:
        found = settled(state, stands, lanes)
        asked.append(found is not None and found[1])
        return found if is_able else (0.0, False)

    for name in ("_anneal", "_explore", "_try_single", "_close"):
        monkeypatch.setattr(single_tier_search, name, lambda *_: None)
    settled = single_tier_search._settle_lanes
    monkeypatch.setattr(single_tier_search, "_settle_lanes", settle)
    agrees(small(seed, is_single=True))
    assert asked
    assert all(asked)


@pytest.mark.parametrize("seed", [0, 1, 2, 5])
def test_few_lanes_that_branches_do_not_close_soon_are_closed_by_highs(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_tier_search, "STEPS", 2)
    monkeypatch.setattr(whole_tree, "STEPS", 1)
    monkeypatch.setattr(whole_tree, "CLOSING", -1.0)
    asked: list[bool] = []

    def close(state: object, root: object) -> bool:
        asked.append(closed(state, root))
        return asked[-1]

    closed = single_tier_search._close
    monkeypatch.setattr(single_tier_search, "_close", close)
    agrees(small(seed, is_single=True))
    assert asked == [True]
