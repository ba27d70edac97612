"""Calibration in operational time, by orders that are still open too. Pure.

A right model's cumulative hazard turns every order's life into a clock on which deliveries tick at rate one (the time
change of point processes; its values at delivery are Cox and Snell's residuals). So what recent days say against the
model is read off directly: deliveries observed over deliveries expected, by stretch of that clock. An order adds what
it lived through *within the window*, delivered or not: an order late today speaks today, whenever it was placed and
whenever it will arrive. The promise is then made with the corrected clock.

References
----------
Cox, D. R. and Snell, E. J. (1968). A general definition of residuals. JRSS B 30(2).
Candes, E., Lei, L. and Ren, Z. (2023). Conformalized survival analysis. JRSS B 85(1). (the censored conformal problem)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from entrepot.orders.promise.history import Days, Floats

EDGES: Final = (0.0, 0.05, 0.2, 0.5, 1.0, 1.5, 2.0, 2.6, 3.3, 4.2, np.inf)
"""Stretches of the clock; 2.6 is where a promise of 92.6 % falls."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far back the correction looks.

    Parameters
    ----------
    days : int
        Whole weeks of a year: the level follows the weeks, and a short window here would follow them a second time. A
        year has its waves in it, so what remains right or wrong is the shape, and how far the level may yet turn.
    prior : float
        Deliveries in a stretch of the clock that weigh as much as the model's own word.
    """

    days: int = 364
    prior: float = 50.0


@dataclass(frozen=True, slots=True)
class Residuals:
    """Running sums of observed and expected deliveries by day and stretch of the clock.

    Parameters
    ----------
    first_day : int
        The day of the second row; the first is zero.
    observed, expected : ndarray of float, shape (n_days + 1, n_stretches)
        Deliveries.
    """

    first_day: int
    observed: Floats
    expected: Floats

    def correction(self, days: Days, window: Window) -> Floats:
        """Return the rate at which deliveries ticked before each day; shape (n_days, n_stretches)."""
        end = np.clip(days - self.first_day, 0, len(self.observed) - 1)
        start = np.maximum(end - window.days, 0)
        observed = self.observed[end] - self.observed[start]
        expected = self.expected[end] - self.expected[start]
        rates: Floats = (observed + window.prior) / (expected + window.prior)
        return rates


def measure(
    cumulative: Floats, placed: Days, delivered: Days, closed: Days, end: int, chance_of_delivery: Floats
) -> Residuals:
    """Sum the residuals of promises made, up to a day.

    Parameters
    ----------
    cumulative : ndarray of float, shape (n, horizon)
        Each order's cumulative hazard as it was promised with.
    placed, delivered, closed : ndarray of int, shape (n,)
        Days.
    end : int
        First day of which nothing is known.
    chance_of_delivery : ndarray of float, shape (n, horizon + 1)
        Of each order, were it open at an age; see `life_table.delivered_after_all`.
    """
    horizon = cumulative.shape[1]
    first = int(placed.min(initial=end))
    last = np.minimum(np.minimum(delivered, np.minimum(closed, end) - 1), placed + horizon - 1) - placed
    order, age = np.nonzero(np.arange(horizon) <= last[:, None])
    day = placed[order] + age - first
    ends = cumulative[order, age]
    begins = np.where(age > 0, cumulative[order, np.maximum(age - 1, 0)], 0.0)
    is_delivered = delivered[order] - placed[order] == age
    # A day is the finest that is known: the delivery is taken to fall in the middle of it.
    middle = (begins + ends) / 2
    ends = np.where(is_delivered, middle, ends)
    weight = chance_of_delivery[order, age]
    shape = (max(end - first, 0), len(EDGES) - 1)
    observed, expected = np.zeros(shape), np.zeros(shape)
    for stretch, (low, high) in enumerate(pairwise(EDGES)):
        lived = np.clip(np.minimum(ends, high) - np.maximum(begins, low), 0.0, None)
        expected[:, stretch] = np.bincount(day, lived * weight, shape[0])
        observed[:, stretch] = np.bincount(day, is_delivered & (middle >= low) & (middle < high), shape[0])
    return Residuals(first, _running(observed), _running(expected))


def no_residuals(day: int) -> Residuals:
    """Return the residuals of nothing promised: they correct nothing."""
    nothing = np.zeros((1, len(EDGES) - 1))
    return Residuals(day, nothing, nothing)


def correct(cumulative: Floats, rates: Floats) -> Floats:
    """Let each order's clock tick at the rates measured.

    Parameters
    ----------
    cumulative : ndarray of float, shape (n, horizon)
        As the model says.
    rates : ndarray of float, shape (n, n_stretches)
        From `Residuals.correction`.
    """
    corrected = np.zeros_like(cumulative)
    for stretch, (low, high) in enumerate(pairwise(EDGES)):
        corrected += rates[:, stretch : stretch + 1] * np.clip(np.minimum(cumulative, high) - low, 0.0, None)
    return corrected


def _running(sums: Floats) -> Floats:
    return np.vstack([np.zeros((1, sums.shape[1])), sums.cumsum(axis=0)])
