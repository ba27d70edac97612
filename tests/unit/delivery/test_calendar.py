"""Working days, cut-offs and expected days, with public holidays and a carrier's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from entrepot.delivery.calendar import Calendar, delivery_day, end_of, knows_holidays, pick_ups, public_days

WEEKDAYS = frozenset({1, 2, 3, 4, 5})
SHANGHAI = Calendar()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def days(calendar: Calendar, cut_offs: dict[int, time] | None, ready: datetime, count: int = 2) -> list[date]:
    return [one.day for one in islice(pick_ups(calendar, cut_offs, ready), count)]


def test_goods_join_up_to_the_very_cut_off_and_not_after_it() -> None:
    cut_offs = dict.fromkeys(range(1, 8), time(18, 30))
    assert days(SHANGHAI, cut_offs, at(24, 18, 30)) == [date(2026, 11, 24), date(2026, 11, 25)]
    assert days(SHANGHAI, cut_offs, at(24, 18, 31)) == [date(2026, 11, 25), date(2026, 11, 26)]
    (first,) = islice(pick_ups(SHANGHAI, cut_offs, at(24, 9)), 1)
    assert first.cut_off == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def test_a_weekday_without_a_cut_off_has_no_pick_up() -> None:
    # Friday 27 November after hours; nobody comes at the weekend.
    assert days(SHANGHAI, dict.fromkeys(WEEKDAYS, time(17)), at(27, 17, 1)) == [date(2026, 11, 30), date(2026, 12, 1)]


def test_without_cut_offs_it_comes_at_the_end_of_each_working_day() -> None:
    calendar = Calendar(WEEKDAYS)
    assert days(calendar, None, at(27, 23, 59)) == [date(2026, 11, 27), date(2026, 11, 30)]


def test_days_are_the_carriers_own_not_those_of_utc() -> None:
    late = datetime(2026, 11, 24, 17, tzinfo=UTC)  # one in the morning of the 25th in Shanghai
    assert days(SHANGHAI, None, late, 1) == [date(2026, 11, 25)]
    assert days(Calendar(zone="America/New_York"), None, late, 1) == [date(2026, 11, 24)]


def test_public_holidays_are_off_and_the_days_worked_for_them_are_on() -> None:
    china = Calendar(WEEKDAYS, holidays="CN")
    assert not china.is_working(date(2026, 10, 1))
    assert china.is_working(date(2026, 10, 10))  # a Saturday, worked for 7 October
    assert not Calendar(WEEKDAYS).is_working(date(2026, 10, 10))
    assert Calendar(holidays="").is_working(date(2026, 10, 1))


def test_a_part_of_a_country_has_its_own_holidays() -> None:
    assert date(2026, 3, 31) in public_days("US/CA", 2026)[0]  # César Chávez Day
    assert date(2026, 3, 31) not in public_days("US", 2026)[0]
    assert (knows_holidays("US/CA"), knows_holidays("US/XX"), knows_holidays("ZQ")) == (True, False, False)
    assert public_days("ZQ", 2026) == (frozenset(), frozenset())


@pytest.mark.parametrize(("day", "works"), [(date(2026, 10, 1), True), (date(2026, 11, 25), False)])
def test_its_own_days_go_before_everything(day: date, works: bool) -> None:
    assert Calendar(WEEKDAYS, holidays="CN", exceptions={day: works}).is_working(day) is works


def test_transit_is_counted_in_working_days() -> None:
    five = Calendar(WEEKDAYS)
    friday = date(2026, 11, 27)
    assert [delivery_day(five, friday, count) for count in (0, 1, 2)] == [
        friday, date(2026, 11, 30), date(2026, 12, 1),
    ]  # fmt: skip
    assert delivery_day(Calendar(WEEKDAYS, holidays="CN"), date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_who_never_works_never_delivers_and_never_comes() -> None:
    never = Calendar(frozenset())
    assert delivery_day(never, date(2026, 11, 27), 1) is None
    assert days(never, None, at(27, 9)) == []


def test_a_day_ends_in_its_own_zone() -> None:
    assert end_of(date(2026, 11, 27), "Asia/Shanghai") == datetime(2026, 11, 27, 16, tzinfo=UTC)
    # The day clocks go back has 25 hours.
    assert end_of(date(2026, 11, 1), "America/New_York") == datetime(2026, 11, 2, 5, tzinfo=UTC)
