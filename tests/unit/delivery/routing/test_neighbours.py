"""Who suits directly before and after a stop."""

from __future__ import annotations

import numpy as np

from entrepot.delivery.routing.core.ground import FORBIDDEN, Ground, by_columns
from entrepot.delivery.routing.core.neighbours import NOBODY, near_of, suiting_of

ALL_DAY = (0, 100, 1)


def test_an_early_stop_suits_before_a_late_one_and_not_after_it() -> None:
    before, after = _suiting([0, 1], [(0, 10, 1), (50, 60, 1)])
    assert before == [[NOBODY], [0]]
    assert after == [[1], [NOBODY]]


def test_without_windows_the_nearest_suit_best_both_ways() -> None:
    before, after = _suiting([0, 2, 5], [ALL_DAY] * 3)
    assert before == after == [[1, 2], [0, 2], [1, 0]]


def test_a_wait_that_cannot_be_avoided_makes_a_stop_suit_less() -> None:
    before, _ = _suiting([0, 3, -1], [(50, 60, 1), ALL_DAY, (0, 10, 1)])
    assert before[0] == [1, 2]  # farther away, but the nearer one waits 38 and that weighs 7.6


def test_a_wait_that_can_be_avoided_by_serving_later_does_not_count() -> None:
    before, _ = _suiting([0, 3, -1], [(50, 60, 1), ALL_DAY, ALL_DAY])
    assert before[0] == [2, 1]


def test_a_forbidden_way_is_in_no_list_though_its_way_back_is() -> None:
    ground = _line([0, 1])
    ground.matrix[0, 1] = FORBIDDEN
    times = np.array([ALL_DAY] * 2, dtype=np.int64)
    before, after = suiting_of(ground, times, near_of(ground, 2, 1))
    assert before.tolist() == [[1], [NOBODY]]
    assert after.tolist() == [[NOBODY], [0]]


def test_who_is_apart_is_in_no_list() -> None:
    ground, times = _line([0, 1, 2]), np.array([ALL_DAY] * 3, dtype=np.int64)
    near = near_of(ground, 3, 2)
    before, after = suiting_of(ground, times, near, near == 2)
    assert before.tolist() == after.tolist() == [[1, NOBODY], [0, NOBODY], [1, 0]]


def test_time_is_worth_the_distance_driven_in_it() -> None:
    slow = _line([0, 3, -1])._replace(minutes=_line([0, 3, -1]).matrix * 10)
    times = np.array([(50, 60, 1), (0, 100, 1), (0, 10, 1)], dtype=np.int64)
    before, _ = suiting_of(slow, times, near_of(slow, 3, 2))
    assert before[0].tolist() == [2, 1]  # a wait of 29, worth 2.9 of distance, weighs 0.58


def _suiting(places: list[int], times: list[tuple[int, int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    ground = _line(places)
    before, after = suiting_of(ground, np.array(times, dtype=np.int64), near_of(ground, len(places), len(places) - 1))
    return before.tolist(), after.tolist()


def _line(places: list[int]) -> Ground:
    """Return stops on a line, and a depot at 0."""
    at = np.array([*places, 0])
    matrix = np.abs(np.subtract.outer(at, at)).astype(np.int32)
    return Ground(matrix, np.zeros((0, 0), np.int32), np.zeros((0, 2)), 1.0, 0.0, 1, by_columns(matrix))
