"""Walk forward through history: refit, promise, go on; each promise from what was known when its day began. Pure.

Refits do not depend on each other, so they may run side by side; the calibration, which learns from how promises so
far fare, is applied after them, day by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.orders.promise import hazard
from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.calibration import Residuals, Window, correct, measure, no_residuals
from entrepot.orders.promise.cold_start import ColdStart, is_enough
from entrepot.orders.promise.features import observe
from entrepot.orders.promise.history import NEVER, Days, Floats, History, date_of
from entrepot.orders.promise.life_table import delivered_after_all

WARM_UP_DAYS: Final = Window().days
"""Promises are made this long before the first that counts, so that the calibration has its window to learn from."""

WARM_UP_REFIT_DAYS: Final = 28
"""Days between refits in the warm-up: what is learned from it is a year's mean."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to walk through.

    Parameters
    ----------
    start, end : int
        Days of purchase, half open.
    refit_days : int
        Days between refits; in the warm-up `WARM_UP_REFIT_DAYS`.
    recipe : Recipe
        Of the model.
    window : Window
        Of the calibration.
    """

    start: int
    end: int
    refit_days: int = 14
    recipe: hazard.Recipe = field(default_factory=hazard.Recipe)
    window: Window = field(default_factory=Window)


class Stretch(NamedTuple):
    """Days of purchase promised by one fit, made when the first of them began."""

    start: int
    end: int


class Basis(NamedTuple):
    """What every refit works from."""

    history: History
    calendar: DeliveryCalendar
    recipe: hazard.Recipe


class Forecast(NamedTuple):
    """What one fit says of the orders of its stretch.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        The orders.
    cumulative : ndarray of float, shape (n, horizon)
        Their cumulative hazards, before calibration.
    chance_of_delivery : ndarray of float, shape (horizon + 1,)
        Of an order open at an age, as far as was known.
    version : str
        Which model: the fitted one, or the cold start's.
    """

    rows: Days
    cumulative: Floats
    chance_of_delivery: Floats
    version: str


def check_window(start: date, end: date) -> None:
    """Refuse days of purchase, half open, that are none.

    Raises
    ------
    InputError
        ``promise.window``.
    """
    if end <= start:
        raise InputError(
            "promise.window",
            f"The window from {start} up to {end} holds no day.",
            "Give a --to after --from; the day of --to is left out.",
        )


def stretches_of(plan: Plan, history: History) -> list[Stretch]:
    """List the refits, those of the warm-up first.

    Raises
    ------
    InputError
        ``promise.window`` when no order was placed in the window, or none was delivered before it.
    """
    if not len(history.placed_between(plan.start, plan.end)):
        raise InputError(
            "promise.window",
            f"No order was placed from {date_of(plan.start)} up to {date_of(plan.end)}, the end left out.",
            f"Orders were placed {_span(history)}; choose --from and --to within.",
        )
    first = int(history.delivered.min())
    if first >= plan.start:
        raise InputError(
            "promise.window",
            f"Nothing was delivered before {date_of(plan.start)}, so there is nothing to learn from.",
            f"The first delivery is of {date_of(first)}." if first < NEVER else "Give a file with deliveries.",
        )
    warm = list(range(plan.start, max(plan.start - WARM_UP_DAYS, first + 1) - 1, -WARM_UP_REFIT_DAYS))[::-1]
    starts = [*warm[:-1], *range(plan.start, plan.end, plan.refit_days)]
    return [Stretch(start, end) for start, end in zip(starts, [*starts[1:], plan.end], strict=True)]


def forecast(stretch: Stretch, basis: Basis) -> Forecast:
    """Fit on what was known when a stretch began, and forecast its orders."""
    history, calendar, recipe = basis
    rows = history.placed_between(stretch.start, stretch.end)
    known = history.as_of(stretch.start)
    chances = delivered_after_all(known.placed, known.delivered, stretch.start, recipe.horizon)
    if recipe.is_boosted and is_enough(known):
        around = observe(history.as_of(stretch.end), calendar, stretch.start, stretch.end, recipe.horizon)
        model = hazard.fit(known, around, stretch.start, recipe)
        return Forecast(rows, hazard.predict(model, around, history.take(rows)), chances, hazard.VERSION)
    cold = ColdStart.fit(known, calendar, stretch.start, recipe.horizon)
    return Forecast(rows, cold.predict(history, rows, calendar), chances, cold.VERSION)


class Promises(NamedTuple):
    """Calibrated distributions of the orders promised.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        The orders, in the sequence in which they were placed.
    cumulative : ndarray of float, shape (n, horizon)
        Their cumulative hazards.
    versions : tuple of str
        Models used.
    """

    rows: Days
    cumulative: Floats
    versions: tuple[str, ...]


def calibrated(history: History, plan: Plan, forecasts: Sequence[Forecast], end: int) -> Promises:
    """Correct forecasts day by day by how those before fared, and leave out the warm-up's.

    Parameters
    ----------
    history : History
        The orders.
    plan : Plan
        Window and calibration.
    forecasts : sequence of Forecast
        From the first stretch on, without a gap.
    end : int
        End of the last stretch forecast.
    """
    rows = np.concatenate([one.rows for one in forecasts])
    cumulative = np.vstack([one.cumulative for one in forecasts])
    counts = np.flatnonzero(history.placed[rows] >= plan.start)
    residuals = residuals_of(history, forecasts, end)
    rates = residuals.correction(history.placed[rows[counts]], plan.window)
    versions = tuple(sorted({one.version for one in forecasts}))
    return Promises(rows[counts], correct(cumulative[counts], rates), versions)


def residuals_of(history: History, forecasts: Sequence[Forecast], end: int) -> Residuals:
    """Measure how forecasts fared up to a day."""
    if not forecasts:
        return no_residuals(end)
    rows = np.concatenate([one.rows for one in forecasts])
    cumulative = np.vstack([one.cumulative for one in forecasts])
    ages = cumulative.shape[1] + 1
    chances = np.vstack([np.broadcast_to(one.chance_of_delivery, (len(one.rows), ages)) for one in forecasts])
    return measure(cumulative, history.placed[rows], history.delivered[rows], history.closed[rows], end, chances)


def _span(history: History) -> str:
    if not len(history):
        return "at no time"
    return f"from {date_of(int(history.placed.min()))} to {date_of(int(history.placed.max()))}"
