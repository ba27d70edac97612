"""What may still come today: orders of the days before, at the time of day they became known. Pure.

Only days that the desk had count, and only what was known before the day that is planned began: what carriers took
never stood on the desk, and is not expected there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from entrepot.delivery.dispatch.day import DAY_SECONDS, Day, DayStop
from entrepot.delivery.routing.travel import Travel
from entrepot.delivery.waves.forecast import Came

SPAN_DAYS: Final = 56
"""How far back days are looked at: eight of every weekday."""

LEAST_DAYS: Final = 5
LEAST_ORDERS: Final = 30
"""With fewer days, or fewer orders on them, nothing is forecast."""

MOST_PLACES: Final = 100
"""Of earlier orders a forecast draws from: their ways to each other must be known."""


class Past(NamedTuple):
    """An order of an earlier day.

    Parameters
    ----------
    day : date
        On which it became known.
    moment : int
        When, seconds after midnight of that day.
    stop : DayStop
        Its visit, at times of that day.
    """

    day: date
    moment: int
    stop: DayStop


@dataclass(frozen=True, slots=True)
class History:
    """What earlier days of a node's desk brought.

    Parameters
    ----------
    days : tuple of date
        Those the desk had, also where nothing came.
    orders : tuple of Past
        With a place, in the sequence they became known.
    """

    days: tuple[date, ...]
    orders: tuple[Past, ...]

    @property
    def is_enough(self) -> bool:
        """Whether a forecast can be made of it."""
        return len(self.days) >= LEAST_DAYS and len(self.orders) >= LEAST_ORDERS

    @property
    def came(self) -> tuple[Came, ...]:
        """When orders became known, by day."""
        moments: dict[date, list[int]] = {day: [] for day in self.days}
        for one in self.orders:
            moments[one.day].append(one.moment)
        return tuple(Came(day.weekday(), tuple(its)) for day, its in moments.items())

    def between(self, since: int, until: int) -> tuple[Past, ...]:
        """Return the newest orders that became known between two moments of their day, `MOST_PLACES` at most."""
        return tuple(one for one in self.orders if since < one.moment <= until)[-MOST_PLACES:]


class Outlook(NamedTuple):
    """What may come, and the ways there.

    Parameters
    ----------
    came : tuple of Came
        When orders became known on earlier days.
    orders : tuple of Past
        Those a forecast draws from.
    travel : Travel
        Between the depot, the places of `orders`, and those of the day's stops.
    """

    came: tuple[Came, ...]
    orders: tuple[Past, ...]
    travel: Travel


def history_of(kept: Sequence[Day], known: Mapping[str, datetime], day: Day, now: datetime) -> History:
    """Return what the days before a day brought.

    Parameters
    ----------
    kept : sequence of Day
        Days of the node by date; the one that is planned may be among them.
    known : mapping of work to datetime
        When work orders reached the node.
    day : Day
        The one that is planned.
    now : datetime
        Nothing that became known later is looked at.
    """
    zone, since = ZoneInfo(day.zone), day.day - timedelta(days=SPAN_DAYS)
    before = [one for one in kept if since <= one.day <= day.day]
    over = min(day.day, now.astimezone(zone).date())
    days = tuple(one.day for one in before if one.day < over)
    there, seen, found = set(days), set[str](), list[Past]()
    for one in before:
        for stop in one.stops:
            moment = known.get(stop.work)
            if moment is None or moment > now or stop.work in seen:
                continue
            seen.add(stop.work)
            at = moment.astimezone(zone)
            if stop.spot is not None and at.date() in there:
                seconds = at.hour * 3600 + at.minute * 60 + at.second
                found.append(Past(at.date(), seconds, _seen_from(stop, (one.day - at.date()).days * DAY_SECONDS)))
    return History(days, tuple(sorted(found, key=lambda past: (past.day, past.moment, past.stop.work))))


def _seen_from(stop: DayStop, later: int) -> DayStop:
    """Return a stop at times of the day it became known, where it stood on the desk of a later one.

    What was agreed stays on its day; otherwise it might have been brought as soon as it was known.
    """
    if stop.windows:
        times = tuple((opens + later, closes + later) for opens, closes in stop.windows)
        return msgspec.structs.replace(stop, opens=times[0][0], closes=times[-1][1], windows=times)
    return msgspec.structs.replace(stop, closes=stop.closes + later)
