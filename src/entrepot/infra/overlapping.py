"""A fold with two batches under way: while the server takes one, what waited is made ready and sent behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Final, Generic, NamedTuple, Never, Protocol, TypeVar

from entrepot.infra.folding import Answer, Fold, Item, Limits, Waiting

Given = TypeVar("Given", covariant=True)

_LEAST: Final = 16
"""Weight, waiting and under way, from which on halves are quicker than all at once: each pays what a batch costs."""

_PERIOD_SECONDS: Final = 0.02
_PERIOD_BATCHES: Final = 4
"""How long a pace is measured, at least."""

_FEWEST: Final = 3
_KEPT: Final = 5
"""Paces of each way that are measured before one is chosen, and kept; their median is compared."""

_TRIAL: Final = 16
"""In every so many periods the slower way is tried again."""


class Begun(Protocol[Given]):
    """A batch that is under way."""

    def answers(self) -> Sequence[Given]:
        """Wait for the answers, in the order of the items; called once."""
        ...


class _UnderWay(NamedTuple, Generic[Item, Answer]):
    batch: list[Waiting[Item, Answer]]
    weight: int
    begun: Begun[Answer]


class OverlappingFold(Fold[Item, Answer]):
    """A fold whose threads begin a batch before the one before it is answered.

    Parameters
    ----------
    begin : callable
        Begins a batch, and does not wait for it. One thread calls it for a second batch before it wants the answers of
        the first, and for a third when it has them.
    name, limits, weigh, workers
        As of `Fold`.

    Notes
    -----
    A batch is half of what waits and is under way, or all of it, with nothing under way beside it. Halves are quicker
    where there are processors for both ends; where other work keeps them, each batch waits for its turn, and larger
    ones are quicker. So each thread takes the way that brought more answers a second, and tries the other now and then.
    """

    def __init__(
        self,
        begin: Callable[[list[Item]], Begun[Answer]],
        name: str,
        *,
        limits: Limits | None = None,
        weigh: Callable[[Item], int] = lambda _: 1,
        workers: int = 1,
    ) -> None:
        super().__init__(lambda batch: begin(batch).answers(), name, limits=limits, weigh=weigh, workers=workers)
        self._begin = begin

    def _run(self) -> None:
        first: _UnderWay[Item, Answer] | None = None
        pace = Pace()
        since = perf_counter()
        while True:
            batch = self._next_part(first.weight if first is not None else 0, pace.is_whole)
            if first is None:
                if not batch:
                    return
                since = perf_counter()
            second = self._begun(batch)
            if first is not None:
                self._answer(first.batch, first.begun.answers)
                now = perf_counter()
                if first.weight + (second.weight if second is not None else 0) >= _LEAST:
                    pace.count(first.weight, now - since)
                since = now
            first = second

    def _next_part(self, under_way: int, is_whole: bool) -> list[Waiting[Item, Answer]]:
        """Take a half of all that waits and is under way; nothing of it while it should wait."""
        with self._lock:
            if not under_way:
                self._await_items()
            total = self._weight + under_way
            if is_whole or total < _LEAST:
                return self._pop() if not under_way else []
            if under_way and 2 * self._weight < _LEAST:
                return []
            return self._pop((total + 1) // 2)

    def _begun(self, batch: list[Waiting[Item, Answer]]) -> _UnderWay[Item, Answer] | None:
        if not batch:
            return None
        begun: Begun[Answer]
        try:
            begun = self._begin([one.item for one in batch])
        except Exception as error:
            begun = _Failed(error)
        return _UnderWay(batch, sum(one.weight for one in batch), begun)


class Pace:
    """Which of two ways to take batches answers more a second, of late; halves are tried first."""

    def __init__(self) -> None:
        self.is_whole = False
        self._paces: dict[bool, deque[float]] = {False: deque(maxlen=_KEPT), True: deque(maxlen=_KEPT)}
        self._periods = 0
        self._batches, self._weight, self._seconds = 0, 0, 0.0

    def count(self, weight: int, seconds: float) -> None:
        """Note that a batch of a weight took so long."""
        self._batches += 1
        self._weight += weight
        self._seconds += seconds
        if self._batches < _PERIOD_BATCHES or self._seconds < _PERIOD_SECONDS:
            return
        self._paces[self.is_whole].append(self._weight / self._seconds)
        self._periods += 1
        self.is_whole = self._choose()
        self._batches, self._weight, self._seconds = 0, 0, 0.0

    def _choose(self) -> bool:
        whole, halves = self._paces[True], self._paces[False]
        if len(whole) < _FEWEST:
            return len(whole) < len(halves)
        return (median(whole) > median(halves)) != (self._periods % _TRIAL == 0)


class _Failed:
    """A batch that could not be begun."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def answers(self) -> Sequence[Never]:
        raise self._error
