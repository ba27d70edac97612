"""An answer kept for a moment: a hundred screens that ask the same cost one look."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """Answers from memory for some seconds.

    Parameters
    ----------
    ask : callable
        Finds the answer.
    seconds : float
        How long it holds.
    ticks : callable
        Monotonic seconds.
    """

    def __init__(self, ask: Callable[[], Answer], seconds: float, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._seconds = seconds
        self._ticks = ticks
        self._lock = Lock()
        self._known: tuple[float, Answer] | None = None

    def get(self) -> Answer:
        """Return the answer; callers who come while it is looked up wait for that one."""
        with self._lock:
            now = self._ticks()
            if self._known is None or now - self._known[0] >= self._seconds:
                self._known = (now, self._ask())
            return self._known[1]
