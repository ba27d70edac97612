"""Pace: events observed over events expected among the orders that share a node, a lane, an area. Pure.

The ratio of a group over a window of days is above 1 where it is faster than the life table says, below 1 where it is
slower. Orders that are still open weigh in with every day they have waited, so a group that slows down shows before
its first late delivery. All sums are over days *before* the day asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.orders.promise.history import Days, Floats

# Codes and days share one sorted key; a day number stays far below this.
_SPAN = 1 << 21


@dataclass(frozen=True, slots=True)
class Pace:
    """Sums by group and day, laid out so that any window is two look-ups.

    Parameters
    ----------
    key : ndarray of int, shape (n_rows,)
        Group and day in one number, ascending.
    observed, expected : ndarray of float, shape (n_rows + 1,)
        Running sums.
    """

    key: Days
    observed: Floats
    expected: Floats

    def log_ratio(self, codes: Days, days: Days, window: int, prior: float) -> Floats:
        """Return ``log((observed + prior) / (expected + prior))`` over ``[day - window, day)``.

        Parameters
        ----------
        codes, days : ndarray of int, shape (n,)
            Whose pace is asked for, and when.
        window : int
            Days looked back.
        prior : float
            Events, as many observed as expected, that stand for no evidence.
        """
        end = np.searchsorted(self.key, codes * _SPAN + days)
        start = np.searchsorted(self.key, codes * _SPAN + np.maximum(days - window, 0))
        ratios: Floats = np.log(
            (self.observed[end] - self.observed[start] + prior) / (self.expected[end] - self.expected[start] + prior)
        )
        return ratios


def pace_by(codes: Days, days: Days, event: Floats, expected: Floats) -> Pace:
    """Sum days at risk by group.

    Parameters
    ----------
    codes, days, event, expected : ndarray, shape (n_rows,)
        Of each day at risk: its group, when, whether the event came, and how likely it was.
    """
    key = codes * _SPAN + days
    by_key = np.argsort(key, kind="stable")
    return Pace(key[by_key], _running(event[by_key]), _running(expected[by_key]))


@dataclass(frozen=True, slots=True)
class Backlog:
    """Orders by group that have begun and not ended."""

    started: Days
    ended: Days

    def count(self, codes: Days, days: Days) -> Days:
        """Count the orders open when each day began."""
        key = codes * _SPAN + days
        first = codes * _SPAN
        began = np.searchsorted(self.started, key) - np.searchsorted(self.started, first)
        over = np.searchsorted(self.ended, key) - np.searchsorted(self.ended, first)
        return began - over


def backlog_by(codes: Days, start: Days, end: Days) -> Backlog:
    """Sort starts and ends by group."""
    return Backlog(np.sort(codes * _SPAN + start), np.sort(codes * _SPAN + end))


def _running(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
