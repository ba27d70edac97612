"""From a distribution to a date: the quantile promised, what is left of it as an order ages. Pure.

A distribution is kept as the cumulative hazard by the end of each day after the order was placed: an order is delivered
by the end of day ``a`` with probability ``1 - exp(-cumulative[a])``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.orders.promise.history import Days, Floats

STANDARD: Final = "standard"
LEVELS: Final = {STANDARD: 0.92, "certain": 0.97}
"""Share of orders delivered by their date, by service level; the same in every channel."""

SUMMARY: Final = (0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Quantiles a stored promise is summarised by."""


def promised_ages(cumulative: Floats, quantile: float) -> Days:
    """Return the age by whose end each order is delivered with a probability, to the nearest day.

    Parameters
    ----------
    cumulative : ndarray of float, shape (n, horizon)
        Ascending along each row.
    quantile : float
        In (0, 1).

    Returns
    -------
    ndarray of int, shape (n,)
        Days since the order was placed; the last day watched where the probability is never reached.

    Notes
    -----
    Dates are whole days, and the chance of delivery leaps from one to the next. Always taking the day that reaches the
    quantile would keep more promises than asked, the more so the faster the lane; of that day and the one before it,
    the one whose probability is nearer is taken, the later of equals.

    Raises
    ------
    InputError
        ``promise.quantile`` when it is no probability.

    Examples
    --------
    >>> promised_ages(np.array([[0.1, 0.8, 3.0]]), 0.5).tolist()  # 0.10, 0.55 and 0.95 by the end of each day
    [1]
    >>> promised_ages(np.array([[0.1, 0.8, 3.0]]), 0.7).tolist()
    [1]
    """
    if not 0.0 < quantile < 1.0:
        raise InputError(
            "promise.quantile",
            f"{quantile!r} is not a share of orders to deliver in time.",
            "Give one above 0 and below 1, such as 0.92.",
            quantile=quantile,
        )
    reached = np.minimum((cumulative < -np.log1p(-quantile)).sum(axis=1), cumulative.shape[1] - 1)
    before = np.maximum(reached - 1, 0)
    orders = np.arange(len(cumulative))
    above = 1.0 - np.exp(-cumulative[orders, reached]) - quantile
    below = quantile - 1.0 + np.exp(-cumulative[orders, before])
    ages: Days = np.where((below < above) & (reached > before), before, reached)
    return ages


def late_chances(cumulative: Floats, promised: Days) -> Floats:
    """Return the probability that each order comes after its promised age.

    Examples
    --------
    >>> late_chances(np.array([[0.1, 0.8, 3.0]]), np.array([1])).round(3).tolist()
    [0.449]
    """
    chances: Floats = np.exp(-np.take_along_axis(cumulative, promised[:, None], axis=1)[:, 0])
    return chances


def given_age(cumulative: Floats, age: Days) -> Floats:
    """Return the distributions of orders that are still open when the day of an age begins.

    Notes
    -----
    By conditioning on survival: the hazard up to the age is spent. At age 0 nothing changes.

    Examples
    --------
    >>> given_age(np.array([[0.1, 0.8, 3.0]]), np.array([1])).round(3).tolist()
    [[0.0, 0.7, 2.9]]
    """
    spent = np.where(age > 0, np.take_along_axis(cumulative, np.maximum(age - 1, 0)[:, None], axis=1)[:, 0], 0.0)
    left: Floats = np.clip(cumulative - spent[:, None], 0.0, None)
    return left
