"""The model: boosted trees over a piecewise exponential hazard, learned from open orders as well as delivered ones.

A life table says how likely a delivery is on a day, by the order's age and the kind of day; the level says how much
faster or slower the house is just now; trees learn by how much each order differs from that, in stretches of a few days
of age. An order that is still open adds its days without an event, so nothing waits for the slow ones to arrive.
Pure: the same history and seed give the same model.

References
----------
Friedman, M. (1982). Piecewise exponential models for survival data with covariates. Annals of Statistics 10(1).
Berkson, J. and Gage, R. P. (1952). Survival curve for cancer patients following treatment. JASA 47. (those never cured)
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Final

import numpy as np

from entrepot.kernel.errors import UpstreamError
from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.features import Matrix, Surroundings
from entrepot.orders.promise.history import NEVER, Days, Floats, History
from entrepot.orders.promise.level import band_of
from entrepot.orders.promise.life_table import delivered_after_all

VERSION: Final = "hazard-1"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the fit depends on beside the history.

    Parameters
    ----------
    horizon : int
        Days watched.
    learn_days : int
        Orders placed this long before are learned from.
    half_life_days : float
        A day at risk this long ago counts half.
    rounds, learning_rate, leaves : int, float, int
        Of the boosting.
    seed : int
        Of the columns drawn for each tree.
    is_boosted : bool
        False leaves the trees out: the life table of the cold start promises.
    """

    horizon: int = 75
    learn_days: int = 450
    half_life_days: float = 300.0
    rounds: int = 150
    learning_rate: float = 0.06
    leaves: int = 31
    seed: int = 1
    is_boosted: bool = True


@dataclass(frozen=True, slots=True)
class HazardModel:
    """A fitted model.

    Parameters
    ----------
    as_of : int
        The day it was fitted on; it knows nothing of that day or later.
    recipe : Recipe
        How.
    trees : str
        The boosted trees in LightGBM's own text form.
    """

    as_of: int
    recipe: Recipe
    trees: str


def fit(known: History, around: Surroundings, as_of: int, recipe: Recipe) -> HazardModel:
    """Fit the model on what was known when a day began.

    Parameters
    ----------
    known : History
        As of that day.
    around : Surroundings
        With life tables as of that day. It may have been observed further: of each order only the days before its own
        are looked at, and of the level only those before `as_of`.
    as_of : int
        The day.
    recipe : Recipe
        How.

    Raises
    ------
    UpstreamError
        ``promise.no_library`` where LightGBM cannot be loaded.
    """
    learned = known.take(known.placed_between(as_of - recipe.learn_days, as_of))
    risk = _at_risk(learned, around, as_of, recipe.horizon)
    edges = stretches(recipe.horizon)
    expected = np.add.reduceat(risk.expected, edges[:-1], axis=1)
    observed = np.add.reduceat(risk.observed, edges[:-1], axis=1)
    since = as_of - learned.placed[:, None] - edges[:-1]
    weight = _chance_of_delivery(learned, known, as_of, recipe)[:, None] * 0.5 ** (since / recipe.half_life_days)
    order, stretch = np.nonzero((expected > 0.0) & (weight > 0.0))
    trees = _boost(
        _with_stretch(around.describe(learned), learned.placed, around.calendar, edges, order, stretch),
        observed[order, stretch],
        expected[order, stretch],
        weight[order, stretch],
        recipe,
    )
    return HazardModel(as_of, recipe, trees)


def predict(model: HazardModel, around: Surroundings, orders: History) -> Floats:
    """Tell the cumulative hazard of delivery by the end of each day after orders are placed.

    Parameters
    ----------
    model : HazardModel
        Fitted before any of the orders was placed.
    around : Surroundings
        Observed at least up to the last order's day, with life tables as of the model's.
    orders : History
        Whom to promise; what happened to them is not looked at.

    Returns
    -------
    ndarray of float, shape (n, horizon)
        Ascending along each row; delivered by the end of day ``a`` with probability ``1 - exp(-value[a])``.
    """
    ages = np.arange(model.recipe.horizon)
    edges = stretches(model.recipe.horizon)
    order, stretch = (axis.ravel() for axis in np.indices((len(orders), len(edges) - 1)))
    inputs = _with_stretch(around.describe(orders), orders.placed, around.calendar, edges, order, stretch)
    ratio = np.exp(_library().Booster(model_str=model.trees).predict(inputs, raw_score=True, num_threads=1))
    by_day = np.repeat(ratio.reshape(len(orders), -1), np.diff(edges), axis=1)
    now = around.level.before(orders.placed)[:, band_of(ages)]
    cumulative: Floats = np.cumsum(by_day * now * _expected(around, orders.placed, ages), axis=1)
    return cumulative


def stretches(horizon: int) -> Days:
    """Return the ages at which stretches begin, and the horizon: three days each, longer where little happens.

    Examples
    --------
    >>> stretches(40).tolist()
    [0, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 33, 37, 40]
    """
    starts = [0, *range(2, min(32, horizon), 3)]
    for step, upto in ((4, 60), (8, horizon)):
        starts.extend(range(starts[-1] + step, min(upto, horizon), step))
    return np.array([*starts, horizon])


@dataclass(frozen=True, slots=True)
class _Risk:
    observed: Floats
    expected: Floats


def _at_risk(learned: History, around: Surroundings, as_of: int, horizon: int) -> _Risk:
    """Lay events and expectations out by order and age; expectations end where an order is no longer watched."""
    ages = np.arange(horizon)
    days = np.minimum(learned.placed[:, None] + ages, as_of)
    factor = around.level.around(np.arange(as_of + 1), as_of)[days, band_of(ages)]
    expected = _expected(around, learned.placed, ages) * factor
    stop = np.minimum(learned.delivered, np.minimum(learned.closed, as_of) - 1) - learned.placed
    observed = (learned.delivered - learned.placed)[:, None] == ages
    expected[observed] /= 2  # on its last day an order is at risk for half of it, as far as is known
    expected[ages > stop[:, None]] = 0.0
    return _Risk(observed.astype(np.float64), expected)


def _expected(around: Surroundings, placed: Days, ages: Days) -> Floats:
    expected: Floats = around.table.by_age * around.table.by_kind[around.calendar.kind[placed[:, None] + ages]]
    return expected


def _chance_of_delivery(learned: History, known: History, as_of: int, recipe: Recipe) -> Floats:
    """Weigh orders by how likely they are to be delivered at all: 1 once they were, 0 once they are closed."""
    chances = delivered_after_all(known.placed, known.delivered, as_of, recipe.horizon)
    age = as_of - learned.placed
    still_open = np.where(age < recipe.horizon, chances[np.minimum(age, recipe.horizon)], 0.0)
    return np.where(learned.delivered < NEVER, 1.0, np.where(learned.closed < NEVER, 0.0, still_open))


def _with_stretch(
    described: Matrix, placed: Days, calendar: DeliveryCalendar, edges: Days, order: Days, stretch: Days
) -> Matrix:
    start = placed[order] + edges[stretch]
    end = placed[order] + edges[stretch + 1]
    worked = calendar.working_days(placed[order], start)
    working = calendar.working_days(start, end)
    shape = np.column_stack([edges[stretch], worked, working, edges[stretch] - worked])
    return np.hstack([described[order], shape.astype(np.float32)])


def _boost(inputs: Matrix, observed: Floats, expected: Floats, weight: Floats, recipe: Recipe) -> str:
    library = _library()
    data = library.Dataset(inputs, observed, weight=weight, init_score=np.log(expected), params={"verbose": -1})
    settings = {
        "objective": "poisson",
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves,
        "min_data_in_leaf": 100,
        "feature_fraction": 0.5,
        "lambda_l2": 5.0,
        "poisson_max_delta_step": 0.1,
        "max_bin": 127,
        "seed": recipe.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    text: str = library.train(settings, data, recipe.rounds).model_to_string()
    return text


def is_available() -> bool:
    """Tell whether the library that fits the trees can be loaded on this machine."""
    try:
        _library()
    except UpstreamError:
        return False
    return True


def _library() -> ModuleType:
    try:
        import lightgbm
    except OSError as error:
        raise UpstreamError(
            "promise.no_library",
            f"LightGBM, which fits the promise, cannot be loaded: {error}.",
            "Install the system's OpenMP library: apt-get install libgomp1 (Debian, Ubuntu), or libomp on macOS.",
        ) from error
    return lightgbm
