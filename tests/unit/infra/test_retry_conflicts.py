from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import errors

from entrepot.infra.database import retry_conflicts
from entrepot.kernel.errors import Conflict, Declined

CONFLICTS = [
    errors.SerializationFailure(),
    errors.DeadlockDetected(),
    errors.UniqueViolation(),
    Conflict("x.moved", "It moved."),
]


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [error] * times

    def work() -> str:
        if left:
            raise left.pop()
        return "done"

    return work


@pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda error: type(error).__name__)
def test_a_conflict_is_tried_again_after_growing_pauses(conflict: Exception) -> None:
    pauses: list[float] = []
    assert retry_conflicts(failing(3, conflict), pause=pauses.append) == "done"
    assert [0.005 * 2**n <= pause <= 0.01 * 2**n for n, pause in enumerate(pauses)] == [True] * 3


def test_the_last_conflict_is_raised() -> None:
    with pytest.raises(Conflict, match="It moved"):
        retry_conflicts(failing(2, CONFLICTS[3]), attempts=2, pause=lambda seconds: None)


def test_any_other_error_passes_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        retry_conflicts(failing(1, ZeroDivisionError()), pause=lambda seconds: None)


def test_what_would_be_declined_again_is_not_tried_again() -> None:
    pauses: list[float] = []
    with pytest.raises(Declined):
        retry_conflicts(failing(1, Declined("x.short", "Nothing is left.")), pause=pauses.append)
    assert pauses == []
