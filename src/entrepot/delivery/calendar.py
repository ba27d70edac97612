"""Days on which a carrier works: weekdays, public holidays, its own exceptions; cut-offs and expected days. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

EVERY_DAY: Final = frozenset(range(1, 8))
FARTHEST_DAYS: Final = 60
"""How far ahead a working day is looked for: longer than any closure there is."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a carrier works.

    Parameters
    ----------
    weekdays : frozenset of int
        ISO weekdays it works on; 1 is Monday.
    zone : str
        IANA time zone its days and cut-offs are in.
    holidays : str
        Whose public holidays it keeps: a country (``CN``) or a part of one (``US/CA``); empty keeps none.
    exceptions : mapping of date to bool
        Its own days: True it works, False it does not; they go before everything else.
    """

    weekdays: frozenset[int] = EVERY_DAY
    zone: str = "Asia/Shanghai"
    holidays: str = ""
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Return whether the carrier works on a day.

        Notes
        -----
        First its exceptions, then public holidays (off), then days that are worked in exchange for a holiday (on),
        then weekdays.
        """
        known = self.exceptions.get(day)
        if known is not None:
            return known
        if self.holidays:
            off, worked = public_days(self.holidays, day.year)
            if day in off or day in worked:
                return day in worked
        return day.isoweekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class PickUp:
    """A day a carrier collects at a node, and the last moment to join; None: until the day's end."""

    day: date
    cut_off: datetime | None


def pick_ups(calendar: Calendar, cut_offs: Mapping[int, time] | None, ready_at: datetime) -> Iterator[PickUp]:
    """Go through the pick-ups that goods can still join, the first one first.

    Parameters
    ----------
    calendar : Calendar
        The carrier's.
    cut_offs : mapping of ISO weekday to time, or None
        At the node; None: it comes at the end of every working day.
    ready_at : datetime
        When the goods are packed; at the very cut-off they still join.
    """
    zone = ZoneInfo(calendar.zone)
    first = ready_at.astimezone(zone).date()
    for ahead in range(FARTHEST_DAYS):
        day = first + timedelta(days=ahead)
        if not calendar.is_working(day):
            continue
        if cut_offs is None:
            yield PickUp(day, None)
        elif (at := cut_offs.get(day.isoweekday())) is not None:
            cut_off = datetime.combine(day, at, zone).astimezone(UTC)
            if ready_at <= cut_off:
                yield PickUp(day, cut_off)


def delivery_day(calendar: Calendar, despatch: date, transit_days: int) -> date | None:
    """Count working days of the carrier on from a despatch; 0 is the same day.

    Returns
    -------
    date or None
        None when the carrier does not work so many days within `FARTHEST_DAYS` beyond them.
    """
    day, left = despatch, transit_days
    for _ in range(transit_days + FARTHEST_DAYS):
        if left == 0:
            return day
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return None


def end_of(day: date, zone: str) -> datetime:
    """Return the first instant after a day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=256)
def public_days(where: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Read public holidays, and the weekend days that are worked in exchange for one.

    Parameters
    ----------
    where : str
        ``CN`` or ``US/CA``.
    year : int
        Calendar year.

    Returns
    -------
    tuple of frozenset of date
        Days off, days worked; both empty where the library knows no such place.
    """
    import holidays  # late: loading it takes longer than most commands, and few carriers keep holidays

    country, _, subdivision = where.partition("/")
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError:
        return frozenset(), frozenset()
    return frozenset(known), frozenset(day for day in known.weekend_workdays if day.year == year)


def knows_holidays(where: str) -> bool:
    """Return whether the library knows the holidays of a place (``CN``, ``US/CA``)."""
    import holidays

    country, slash, subdivision = where.partition("/")
    places = holidays.list_supported_countries()
    return country in places and (not slash or subdivision in places[country])
