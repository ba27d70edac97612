"""Days as deliverers see them: which weekday, whether a holiday, how many working days lie between. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.orders.promise.history import EPOCH, Bools, Days, date_of

HOLIDAY: Final = 7
KINDS: Final = 8
"""Weekdays 0 to 6, Monday first, and the holiday."""


@dataclass(frozen=True, slots=True)
class DeliveryCalendar:
    """Kinds of day from the epoch to some end.

    Parameters
    ----------
    kind : ndarray of int, shape (n_days,)
        Weekday, or `HOLIDAY`.
    worked : ndarray of int, shape (n_days + 1,)
        Working days before each day.
    """

    kind: Days
    worked: Days

    def working_days(self, start: Days, end: Days) -> Days:
        """Count working days in ``[start, end)``."""
        return self.worked[end] - self.worked[start]


def make_calendar(country: str | None, end: int) -> DeliveryCalendar:
    """Lay out the days up to a day number.

    Parameters
    ----------
    country : str or None
        ISO code whose public holidays are kept, such as ``BR`` or ``US/CA``; None keeps none.
    end : int
        Days since the epoch.

    Raises
    ------
    InputError
        ``promise.unknown_country`` when no holidays are known for the code.
    """
    days = np.arange(end, dtype=np.int64)
    kind = (days + EPOCH.weekday()) % 7
    kind[_holidays(country, end)] = HOLIDAY
    return DeliveryCalendar(kind, np.concatenate([[0], np.cumsum(kind < 5)]))


def _holidays(country: str | None, end: int) -> Bools:
    found = np.zeros(end, dtype=np.bool_)
    if country:
        import holidays  # late: it takes a while to load

        code, _, region = country.partition("/")
        years = range(EPOCH.year, date_of(end).year + 1)
        try:
            found_at = holidays.country_holidays(code)
            kinds = {"public", "optional"} & set(found_at.supported_categories)
            known = holidays.country_holidays(code, subdiv=region or None, years=years, categories=kinds)
        except NotImplementedError:
            raise InputError(
                "promise.unknown_country",
                f"No public holidays are known for {country!r}.",
                "Give an ISO code such as BR, CN or US/CA, or leave it out.",
                country=country,
            ) from None
        numbers = np.array([(day - EPOCH).days for day in known], dtype=np.int64)
        found[numbers[(numbers >= 0) & (numbers < end)]] = True
    return found
