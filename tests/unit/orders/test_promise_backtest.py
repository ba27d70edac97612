"""The walk forward: nothing of the future is read, a regime shift is followed, cold starts promise too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from entrepot.kernel.errors import InputError
from entrepot.orders.promise import backtest, hazard
from entrepot.orders.promise.backtest import Basis, Plan, Promises
from entrepot.orders.promise.calendar import DeliveryCalendar, make_calendar
from entrepot.orders.promise.cold_start import ColdStart
from entrepot.orders.promise.history import NEVER, History, day_number
from entrepot.orders.promise.quality import judge
from entrepot.orders.promise.reading import history_of
from tests.unit.orders.promise_orders import FIRST, made_up

ZERO = day_number(FIRST.date())
RECIPE = hazard.Recipe(horizon=45, rounds=40)


@pytest.fixture(scope="module")
def calendar() -> DeliveryCalendar:
    return make_calendar(None, ZERO + 400)


@pytest.fixture(scope="module")
def history() -> History:
    made, findings = history_of(made_up())
    assert findings == ()
    return made


def walked(history: History, calendar: DeliveryCalendar, plan: Plan) -> Promises:
    stretches = backtest.stretches_of(plan, history)
    basis = Basis(history, calendar, plan.recipe)
    return backtest.calibrated(history, plan, [backtest.forecast(one, basis) for one in stretches], plan.end)


def with_another_future(history: History, day: int) -> History:
    """Change all that happens on a day and later: what was to arrive never does, what was lost arrives, and so on."""
    chance = np.random.default_rng(3)
    later = day + chance.integers(0, 40, len(history))
    is_new = history.placed > day
    return replace(
        history,
        shipped=np.where(history.shipped >= day, later, history.shipped),
        delivered=np.where(history.delivered >= day, np.where(later % 3, NEVER, later), history.delivered),
        closed=np.where((history.closed >= day) & (later % 5 == 0), later, history.closed),
        incumbent=np.where(is_new, history.incumbent + 9, history.incumbent),
        groups={name: np.where(is_new, chance.permutation(codes), codes) for name, codes in history.groups.items()},
        numbers={name: np.where(is_new, values * 2.0, values) for name, values in history.numbers.items()},
    )


PLAN = Plan(ZERO + 110, ZERO + 125, 14, RECIPE)


@pytest.fixture(scope="module")
def promised(history: History, calendar: DeliveryCalendar) -> Promises:
    return walked(history, calendar, PLAN)


@pytest.mark.parametrize("offset", [0, 3, 9])
def test_a_promise_does_not_change_when_the_future_does(
    history: History, calendar: DeliveryCalendar, promised: Promises, offset: int
) -> None:
    plan, before = PLAN, promised
    day = plan.start + offset
    changed = with_another_future(history, day)
    assert not np.array_equal(changed.delivered, history.delivered)
    after = walked(changed, calendar, plan)
    is_made = history.placed[before.rows] <= day
    assert is_made.sum() > 10
    np.testing.assert_array_equal(before.cumulative[is_made], after.cumulative[is_made])
    assert not np.array_equal(before.cumulative, after.cumulative)


def test_the_same_seed_promises_the_same(history: History, calendar: DeliveryCalendar, promised: Promises) -> None:
    np.testing.assert_array_equal(walked(history, calendar, PLAN).cumulative, promised.cumulative)


def test_distributions_ascend_and_stay_positive(promised: Promises) -> None:
    assert np.all(np.diff(promised.cumulative, axis=1) >= 0.0)
    assert np.all(promised.cumulative >= 0.0)
    assert np.all(np.isfinite(promised.cumulative))


def test_coverage_is_kept_and_comes_back_after_a_regime_shift(calendar: DeliveryCalendar) -> None:
    shifted, _ = history_of(made_up(slow_from=150))
    plan = Plan(ZERO + 110, ZERO + 220, 14, RECIPE)
    promises = walked(shifted, calendar, plan)
    assert hazard.VERSION in promises.versions
    placed = shifted.placed[promises.rows] - ZERO

    def late(start: int, end: int) -> float:
        some = (placed >= start) & (placed < end)
        return judge(shifted, promises.rows[some], promises.cumulative[some], 0.10).ours.late_share

    assert late(110, 138) == pytest.approx(0.10, abs=0.04)
    assert late(180, 220) == pytest.approx(0.10, abs=0.05)


def test_far_lanes_and_slow_nodes_get_later_dates(history: History, promised: Promises) -> None:
    days = (promised.cumulative < -np.log(0.1)).sum(axis=1)
    orders = history.take(promised.rows)
    west = orders.groups["destination"] == orders.names["destination"].index("West")
    slow = orders.groups["node"] == orders.names["node"].index("N2")
    assert days[west].mean() > days[~west].mean() + 3.0
    assert days[slow].mean() > days[~slow].mean() + 1.0


def test_a_young_history_promises_by_lane_from_the_life_table(calendar: DeliveryCalendar) -> None:
    young, _ = history_of(made_up(days=60, orders_a_day=12))
    plan = Plan(ZERO + 40, ZERO + 54, 7, RECIPE)
    promises = walked(young, calendar, plan)
    assert promises.versions == (ColdStart.VERSION,)
    quality = judge(young, promises.rows, promises.cumulative, 0.10)
    assert quality.ours.late_share == pytest.approx(0.10, abs=0.07)
    lanes = {group.name: group.kept.mean_days for group in quality.lanes}
    assert lanes["East > West"] > lanes["East > East"] + 2.0


def test_a_window_without_orders_says_when_there_are_some(history: History) -> None:
    with pytest.raises(InputError, match="No order was placed from 2030-01-01") as raised:
        backtest.stretches_of(Plan(day_number(date(2030, 1, 1)), day_number(date(2030, 2, 1))), history)
    assert "Orders were placed from 2024-01-01" in raised.value.mend


def test_a_window_before_any_delivery_has_nothing_to_learn_from(history: History) -> None:
    with pytest.raises(InputError, match="Nothing was delivered before 2024-01-01"):
        backtest.stretches_of(Plan(ZERO, ZERO + 30), history)


def test_stretches_follow_each_other_without_a_gap(history: History) -> None:
    plan = Plan(ZERO + 150, ZERO + 171, 7)
    stretches = backtest.stretches_of(plan, history)
    assert [one.end for one in stretches[:-1]] == [one.start for one in stretches[1:]]
    assert stretches[-1].end == plan.end
    assert plan.start in {one.start for one in stretches}


def test_the_warm_up_is_a_year_in_steps_of_four_weeks() -> None:
    long, _ = history_of(made_up(days=420, orders_a_day=2))
    plan = Plan(ZERO + 400, ZERO + 414, 7)
    lengths = [one.end - one.start for one in backtest.stretches_of(plan, long)]
    assert lengths == [28] * 13 + [7, 7]
