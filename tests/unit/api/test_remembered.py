from __future__ import annotations

from entrepot.api.remembered import Remembered


def test_an_answer_holds_for_its_time_and_is_then_looked_up_again() -> None:
    now = 0.0
    asked: list[float] = []

    def ask() -> int:
        asked.append(now)
        return len(asked)

    answers = Remembered(ask, 2.0, lambda: now)
    assert [answers.get(), answers.get()] == [1, 1]
    now = 1.9
    assert answers.get() == 1
    now = 2.0
    assert answers.get() == 2
    assert asked == [0.0, 2.0]
