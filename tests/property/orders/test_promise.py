"""What holds of any distribution: quantiles ascend, conditioning is consistent, corrections keep the order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from entrepot.orders.promise.calibration import EDGES, correct
from entrepot.orders.promise.history import NEVER
from entrepot.orders.promise.life_table import order_days
from entrepot.orders.promise.promise import given_age, late_chances, promised_ages

HORIZON = 12
hazards = arrays(np.float64, (3, HORIZON), elements=st.floats(0.0, 2.0))
quantiles = st.floats(0.01, 0.995)
ages = arrays(np.int64, 3, elements=st.integers(0, HORIZON - 1))


@given(hazards, quantiles, quantiles)
def test_a_surer_promise_is_never_earlier(hazard: np.ndarray, one: float, other: float) -> None:
    curves = np.cumsum(hazard, axis=1)
    assert np.all(promised_ages(curves, min(one, other)) <= promised_ages(curves, max(one, other)))


@given(hazards, quantiles)
def test_the_day_promised_is_as_near_to_the_quantile_as_its_neighbours(hazard: np.ndarray, quantile: float) -> None:
    curves = np.cumsum(hazard, axis=1)
    off = np.abs(1.0 - np.exp(-curves) - quantile)
    chosen = np.take_along_axis(off, promised_ages(curves, quantile)[:, None], axis=1)[:, 0]
    assert np.all(chosen <= off.min(axis=1) + 1e-12)


@given(hazards, ages, ages)
def test_conditioning_twice_is_conditioning_once(hazard: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    curves = np.cumsum(hazard, axis=1)
    later = np.maximum(first, second)
    np.testing.assert_allclose(given_age(given_age(curves, first), later), given_age(curves, later), atol=1e-9)
    np.testing.assert_array_equal(given_age(curves, np.zeros(3, dtype=np.int64)), curves)


@given(hazards, ages, ages)
def test_a_chance_given_an_age_is_bayes_rule(hazard: np.ndarray, age: np.ndarray, date: np.ndarray) -> None:
    curves = np.cumsum(hazard, axis=1)
    promised = np.maximum(age, date)
    reached = np.where(age > 0, np.take_along_axis(curves, np.maximum(age - 1, 0)[:, None], axis=1)[:, 0], 0.0)
    np.testing.assert_allclose(
        late_chances(given_age(curves, age), promised), late_chances(curves, promised) / np.exp(-reached), rtol=1e-9
    )


@given(hazards, arrays(np.float64, (3, len(EDGES) - 1), elements=st.floats(0.0, 3.0)))
def test_a_corrected_clock_still_runs_forward(hazard: np.ndarray, rates: np.ndarray) -> None:
    curves = np.cumsum(hazard, axis=1)
    assert np.all(np.diff(correct(curves, rates), axis=1) >= -1e-12)
    np.testing.assert_allclose(correct(curves, np.ones_like(rates)), curves, atol=1e-12)


days = st.integers(0, 30)


@given(st.lists(st.tuples(days, st.one_of(days, st.none()), st.one_of(days, st.none())), min_size=1), days)
def test_every_known_event_is_one_row_and_no_row_is_of_the_future(
    told: list[tuple[int, int | None, int | None]], end: int
) -> None:
    start = np.array([one for one, _, _ in told])
    event = np.array([NEVER if wait is None else one + wait for one, wait, _ in told])
    closed = np.array([NEVER if wait is None else one + wait for one, _, wait in told])
    rows = order_days(start, event, closed, end, horizon=99)
    known = (event < end) & (event < closed)
    assert rows.event.sum() == known.sum()
    assert np.all(rows.day < end)
    np.testing.assert_array_equal(rows.lived, 1.0 - rows.event / 2)
