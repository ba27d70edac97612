"""Life tables and paces, by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from entrepot.kernel.errors import InputError
from entrepot.orders.promise.calendar import HOLIDAY, make_calendar
from entrepot.orders.promise.history import NEVER, day_number, encode
from entrepot.orders.promise.level import band_of
from entrepot.orders.promise.life_table import delivered_after_all, fit_life_table, order_days
from entrepot.orders.promise.pace import backlog_by, pace_by


def test_an_order_is_at_risk_from_its_start_to_its_event() -> None:
    rows = order_days(np.array([10]), np.array([12]), np.array([NEVER]), end=20, horizon=30)
    assert rows.day.tolist() == [10, 11, 12]
    assert rows.event.tolist() == [0.0, 0.0, 1.0]


def test_an_open_order_is_at_risk_up_to_what_is_known() -> None:
    rows = order_days(np.array([10]), np.array([NEVER]), np.array([NEVER]), end=13, horizon=30)
    assert rows.day.tolist() == [10, 11, 12]
    assert rows.event.sum() == 0.0


def test_a_closed_order_is_not_at_risk_from_the_day_it_is_closed() -> None:
    rows = order_days(np.array([10]), np.array([NEVER]), np.array([12]), end=20, horizon=30)
    assert rows.day.tolist() == [10, 11]


def test_an_order_is_watched_no_longer_than_the_horizon() -> None:
    rows = order_days(np.array([10]), np.array([NEVER]), np.array([NEVER]), end=99, horizon=4)
    assert rows.age.tolist() == [0, 1, 2, 3]


def test_expected_and_observed_events_agree_by_age_and_kind_of_day() -> None:
    chance = np.random.default_rng(1)
    start = chance.integers(0, 200, 4000)
    calendar = make_calendar(None, 300)
    event = start + chance.geometric(0.2, 4000)
    event += np.where(calendar.kind[event] == 6, 1, 0)  # nothing arrives on a Sunday
    rows = order_days(start, event, np.full(4000, NEVER), end=260, horizon=30)
    table = fit_life_table(rows, calendar, 30)
    expected = table.expected(rows.age, calendar.kind[rows.day]) * rows.lived
    assert expected.sum() == pytest.approx(rows.event.sum(), rel=0.01)
    sundays = calendar.kind[rows.day] == 6
    assert expected[sundays].sum() < 2.0
    young = rows.age == 3
    assert expected[young].sum() == pytest.approx(rows.event[young].sum(), rel=0.02)


def test_an_old_open_order_is_less_likely_to_be_delivered_at_all() -> None:
    placed = np.zeros(100, dtype=np.int64)
    delivered = np.where(np.arange(100) < 90, 3, NEVER)
    chances = delivered_after_all(placed, delivered, as_of=500, horizon=60)
    assert chances[0] == pytest.approx(91 / 101)
    assert chances[4] == pytest.approx(1 / 11)


def test_with_no_old_orders_every_open_one_is_likely_to_arrive() -> None:
    chances = delivered_after_all(np.array([490]), np.array([NEVER]), as_of=500, horizon=60)
    assert chances.tolist() == [1.0] * 61


def test_a_pace_looks_at_days_before_the_day_asked_about() -> None:
    codes, days = np.array([0, 0, 0, 1]), np.array([5, 6, 7, 6])
    pace = pace_by(codes, days, np.array([1.0, 1.0, 1.0, 0.0]), np.full(4, 0.5))
    (ratio,) = pace.log_ratio(np.array([0]), np.array([7]), window=2, prior=1.0)
    assert ratio == pytest.approx(np.log((2 + 1) / (1 + 1)))
    (other,) = pace.log_ratio(np.array([1]), np.array([7]), window=2, prior=1.0)
    assert other == pytest.approx(np.log((0 + 1) / (0.5 + 1)))
    assert pace.log_ratio(np.array([2]), np.array([7]), window=2, prior=1.0).tolist() == [0.0]


def test_a_backlog_counts_what_began_and_has_not_ended() -> None:
    backlog = backlog_by(np.array([1, 1, 1, 2]), np.array([3, 5, 8, 4]), np.array([6, NEVER, NEVER, NEVER]))
    assert backlog.count(np.array([1, 1, 1, 2]), np.array([5, 6, 7, 7])).tolist() == [1, 2, 1, 1]


def test_holidays_are_a_kind_of_day_and_no_working_day() -> None:
    carnival, new_year = day_number_of(2018, 2, 13), day_number_of(2018, 1, 1)
    calendar = make_calendar("BR", day_number_of(2019, 1, 1))
    assert calendar.kind[[carnival, new_year]].tolist() == [HOLIDAY, HOLIDAY]
    monday = day_number_of(2018, 1, 8)
    assert calendar.working_days(np.array([monday]), np.array([monday + 7])).tolist() == [5]
    assert calendar.working_days(np.array([new_year]), np.array([new_year + 7])).tolist() == [4]


def test_an_unknown_country_says_how_to_mend_it() -> None:
    with pytest.raises(InputError, match="No public holidays are known for 'XX'") as raised:
        make_calendar("XX", 100)
    assert "ISO code" in raised.value.mend


def test_the_empty_name_has_no_code() -> None:
    codes, names = encode(np.array(["", "b", "a", ""]))
    assert codes.tolist() == [-1, 1, 0, -1]
    assert names == ("a", "b")


def test_bands_of_age_are_half_open() -> None:
    assert band_of(np.array([0, 5, 6, 31, 32])).tolist() == [0, 0, 1, 4, 5]


def day_number_of(year: int, month: int, day: int) -> int:
    return day_number(date(year, month, day))
