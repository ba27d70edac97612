"""A night's fit: the model of the day, its calibration from how the weeks before fared, how good both were. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.orders.promise import hazard
from entrepot.orders.promise.backtest import (
    WARM_UP_DAYS,
    WARM_UP_REFIT_DAYS,
    Basis,
    Forecast,
    Plan,
    Stretch,
    calibrated,
    forecast,
    residuals_of,
)
from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.calibration import Window
from entrepot.orders.promise.cold_start import is_enough
from entrepot.orders.promise.features import observe
from entrepot.orders.promise.hazard import Recipe
from entrepot.orders.promise.history import NEVER, Floats, History
from entrepot.orders.promise.model import PromiseModel
from entrepot.orders.promise.quality import Quality, judge

HISTORY_DAYS: Final = 840
"""Orders placed this long before are read: a year of promises to calibrate by, and what its first model learns from."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with what is known of it.

    Parameters
    ----------
    model : PromiseModel
        To promise with.
    orders, deliveries : int
        What it was learned from.
    quality : Quality or None
        Of the weeks before, walked through as a backtest does; None where nothing of them was delivered.
    """

    model: PromiseModel
    orders: int
    deliveries: int
    quality: Quality | None


def fit_model(
    history: History,
    calendar: DeliveryCalendar,
    as_of: int,
    recipe: Recipe,
    target_late: float,
    progress: Callable[[int, int], None],
) -> Fitted:
    """Fit the model that promises on a day.

    Parameters
    ----------
    history : History
        Orders up to the day.
    calendar : DeliveryCalendar
        Reaching a horizon beyond the day.
    as_of : int
        The day.
    recipe : Recipe
        How.
    target_late : float
        What the quality is measured at.
    progress : callable
        ``progress(done, total)``; what it raises ends the fit.
    """
    known = history.as_of(as_of)
    first = int(known.delivered.min(initial=NEVER))
    starts = [day for day in range(as_of - WARM_UP_DAYS, as_of, WARM_UP_REFIT_DAYS) if day > first]
    stretches = [Stretch(start, min(start + WARM_UP_REFIT_DAYS, as_of)) for start in starts]
    basis = Basis(known, calendar, recipe)
    walked: list[Forecast] = []
    for done, stretch in enumerate(stretches):
        progress(done, len(stretches) + 1)
        walked.append(forecast(stretch, basis))
    progress(len(stretches), len(stretches) + 1)
    is_boosted = recipe.is_boosted and is_enough(known)
    around = observe(known, calendar, as_of, as_of, recipe.horizon)
    trees = hazard.fit(known, around, as_of, recipe) if is_boosted else None
    progress(len(stretches) + 1, len(stretches) + 1)
    return Fitted(
        model=PromiseModel(as_of, recipe, trees, _rates(known, walked, as_of)),
        orders=len(known),
        deliveries=int((known.delivered < NEVER).sum()),
        quality=_quality(known, walked, as_of, recipe, target_late),
    )


def _rates(known: History, walked: Sequence[Forecast], as_of: int) -> Floats:
    """Return the calibration of the day; where nothing was promised before, the model is taken at its word."""
    rates: Floats = residuals_of(known, walked, as_of).correction(np.array([as_of]), Window())[0]
    return rates


def _quality(
    known: History, walked: Sequence[Forecast], as_of: int, recipe: Recipe, target_late: float
) -> Quality | None:
    if not walked:
        return None
    # The first half taught the calibration; the second is judged, as far as its fate is known.
    plan = Plan(as_of - WARM_UP_DAYS // 2, as_of, WARM_UP_REFIT_DAYS, recipe)
    promises = calibrated(known, plan, walked, as_of)
    if not np.any(known.delivered[promises.rows] < NEVER):
        return None
    return judge(known, promises.rows, promises.cumulative, target_late)
