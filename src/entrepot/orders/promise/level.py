"""The level of the whole house: how fast orders of each age are delivered now, against the life table. Pure.

A wave, a strike, a holiday season slows everybody at once. Learned as a feature it would be the date in disguise; as a
factor beside the model it is taken out of the days the model learns from, and put back as it stands when a promise is
made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.orders.promise.history import Days, Floats
from entrepot.orders.promise.life_table import OrderDays

BAND_STARTS: Final = (0, 6, 10, 15, 22, 32)
"""First age of each band: hand-over, near lanes, far lanes, the late and the very late."""

LONG_DAYS: Final = 112
"""Window of the level by band: a season, so that one wave does not set it alone."""

LEAD_DAYS: Final = 7
"""Window of the young orders' pace, which turns weeks before the old ones' does."""

CENTRED_DAYS: Final = 14
"""Window about a day that is learned from."""

# How much of the young orders' change the other ages are taken to follow.
_LEAD_SHARE: Final = 0.5
# Events, as many observed as expected, that stand for no evidence.
_PRIOR: Final = 60.0


@dataclass(frozen=True, slots=True)
class Level:
    """Running sums by band and day.

    Parameters
    ----------
    observed, expected : ndarray of float, shape (n_bands, n_days + 1)
        Events before each day.
    young_observed, young_expected : ndarray of float, shape (1, n_days + 1)
        The same of orders young for their region, all ages in one.
    """

    observed: Floats
    expected: Floats
    young_observed: Floats
    young_expected: Floats

    def before(self, days: Days) -> Floats:
        """Return the factor of each band as it is foreseen when each day begins; shape (n_days, n_bands)."""
        young = self.young_observed, self.young_expected
        turn = _factor(*young, days - LEAD_DAYS, days) / _factor(*young, days - LONG_DAYS, days)
        factors: Floats = _factor(self.observed, self.expected, days - LONG_DAYS, days) * turn**_LEAD_SHARE
        return factors

    def around(self, days: Days, as_of: int) -> Floats:
        """Return the factor of each band over the window with each day in its midst, as far as it is known by a day."""
        end = np.clip(days + CENTRED_DAYS // 2 + 1, CENTRED_DAYS, as_of)
        return _factor(self.observed, self.expected, np.minimum(days - CENTRED_DAYS // 2, end - CENTRED_DAYS), end)


def measure_level(rows: OrderDays, expected: Floats, young: OrderDays, of_young: Floats, end: int) -> Level:
    """Sum what was observed and expected by band of age and day.

    Parameters
    ----------
    rows : OrderDays
        Days at risk, before `end`.
    expected : ndarray of float, shape (n_rows,)
        From the life table.
    young, of_young : OrderDays, ndarray of float
        The same of orders young for their region, from its own table.
    end : int
        First day of which nothing is known.
    """
    cell, bands = band_of(rows.age) * end + rows.day, len(BAND_STARTS)
    return Level(
        _running(cell, rows.event, bands, end),
        _running(cell, expected, bands, end),
        _running(young.day, young.event, 1, end),
        _running(young.day, of_young, 1, end),
    )


def band_of(age: Days) -> Days:
    """Return the band of each age.

    Examples
    --------
    >>> band_of(np.array([0, 5, 6, 40])).tolist()
    [0, 0, 1, 5]
    """
    return np.searchsorted(BAND_STARTS, age, side="right") - 1


def _factor(observed: Floats, expected: Floats, start: Days, end: Days) -> Floats:
    start = np.maximum(start, 0)
    factors: Floats = (
        (observed[:, end] - observed[:, start] + _PRIOR) / (expected[:, end] - expected[:, start] + _PRIOR)
    ).T
    return factors


def _running(cell: Days, values: Floats, bands: int, end: int) -> Floats:
    by_day = np.bincount(cell, values, bands * end).reshape(bands, end)
    return np.hstack([np.zeros((bands, 1)), by_day.cumsum(axis=1)])
