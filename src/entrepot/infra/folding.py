"""Folding by nature: whatever waits when the last batch is done is the next batch.

A commit costs the same for one item as for five hundred. Under load batches grow by themselves, contention turns into
batch size, and an idle fold answers at the speed of one commit; no timer is involved.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Condition, Lock, Thread
from typing import Generic, NamedTuple, TypeVar, cast

from entrepot.kernel.errors import UpstreamError

_logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a fold takes at once, and lets wait.

    Parameters
    ----------
    batch, queue : int
        Items taken together, and waiting, at most.
    batch_weight, queue_weight : int or None
        Their weight at most; None sets no limit. An item that is heavier goes alone.
    """

    batch: int = 512
    queue: int = 10_000
    batch_weight: int | None = None
    queue_weight: int | None = None


class Promise(Generic[Answer]):
    """The answer to an item, which comes when its batch is taken.

    Parameters
    ----------
    lock : Lock
        The fold's own, under which it gives all answers of a batch at once.

    Notes
    -----
    As a `concurrent.futures.Future`, which has a lock and a condition of its own and passes through them five times:
    3 us of the 16 that a hold costs its process.
    """

    __slots__ = ("_answer", "_callbacks", "_error", "_is_done", "_lock")

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._is_done = False
        self._answer: Answer | None = None
        self._error: Exception | None = None
        self._callbacks: list[Callable[[Promise[Answer]], None]] = []

    def done(self) -> bool:
        """Tell whether the answer, or an error, is there."""
        return self._is_done

    def add_done_callback(self, callback: Callable[[Promise[Answer]], None]) -> None:
        """Call back when it is done, from the fold's thread; at once if it is. What it raises is logged."""
        with self._lock:
            if not self._is_done:
                self._callbacks.append(callback)
                return
        _call(callback, self)

    def result(self, timeout: float | None = None) -> Answer:
        """Wait for the answer, or the error of the batch, which is raised.

        Raises
        ------
        TimeoutError
            After so many seconds.
        """
        if not self._is_done:
            waiter = Lock()
            waiter.acquire()
            self.add_done_callback(lambda _: waiter.release())
            if not waiter.acquire(timeout=-1 if timeout is None else timeout):
                raise TimeoutError
        if self._error is not None:
            raise self._error
        return cast("Answer", self._answer)  # None only where that is the answer

    def settle(self, answer: Answer | None, error: Exception | None = None) -> None:
        """Keep the answer; under the lock, and `tell` afterwards without it."""
        self._answer, self._error, self._is_done = answer, error, True

    def tell(self) -> None:
        """Call back whoever asked for it."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            _call(callback, self)


async def awaited(promise: Promise[Answer]) -> Answer:
    """Wait for an answer without keeping a thread."""
    loop = asyncio.get_running_loop()
    is_there = asyncio.Event()
    promise.add_done_callback(lambda _: _wake(loop, is_there))
    await is_there.wait()
    return promise.result()


class Waiting(NamedTuple, Generic[Item, Answer]):
    """An item in the queue."""

    item: Item
    weight: int
    answer: Promise[Answer]


class Fold(Generic[Item, Answer]):
    """Items that wait for the next commit, and the threads that take them in batches.

    Parameters
    ----------
    take : callable
        Takes a batch and returns an answer for each of its items, in their order. Called by one thread for each
        worker; what it does must be right with any number of them, in any number of processes.
    name : str
        Of the threads, and of the codes of errors: ``<name>.busy``, ``<name>.closed``.
    limits : Limits
        Of batches and of the queue.
    weigh : callable
        Weight of an item.
    workers : int
        Threads.
    """

    def __init__(
        self,
        take: Callable[[list[Item]], Sequence[Answer]],
        name: str,
        *,
        limits: Limits | None = None,
        weigh: Callable[[Item], int] = lambda _: 1,
        workers: int = 1,
    ) -> None:
        self._take = take
        self._name = name
        self._limits = limits or Limits()
        self._weigh = weigh
        self._workers = workers
        self._waiting: deque[Waiting[Item, Answer]] = deque()
        self._weight = 0
        self._idle = 0
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._is_open = False
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Open the fold and start its threads; twice is as good as once."""
        if self._is_open:
            return
        with self._lock:
            self._is_open = True
            while len(self._threads) < self._workers:
                thread = Thread(target=self._run, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def stop(self) -> None:
        """Turn newcomers away, take what waits, and end the threads."""
        with self._lock:
            self._is_open = False
            self._changed.notify_all()
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.join()

    def __len__(self) -> int:
        """Return how many items wait."""
        return len(self._waiting)

    def submit(self, item: Item) -> Promise[Answer]:
        """Put an item into the queue.

        Parameters
        ----------
        item : object
            To be taken.

        Returns
        -------
        Promise
            Done when the batch with the item is taken, or has failed.

        Raises
        ------
        UpstreamError
            ``<name>.busy`` when too much waits; ``<name>.closed`` while the fold is not open.
        """
        answer: Promise[Answer] = Promise(self._lock)
        weight = self._weigh(item)
        with self._lock:
            if not self._is_open:
                raise self._not_now("closed", "The server is stopping.")
            if len(self._waiting) >= self._limits.queue or _exceeds(self._weight + weight, self._limits.queue_weight):
                raise self._not_now("busy", f"{len(self._waiting)} wait already.")
            self._waiting.append(Waiting(item, weight, answer))
            self._weight += weight
            if self._idle:
                self._changed.notify()
        return answer

    def _run(self) -> None:
        while batch := self._next_batch():
            self._answer(batch, partial(self._take, [one.item for one in batch]))

    def _next_batch(self) -> list[Waiting[Item, Answer]]:
        """Wait for items; nothing means that the fold is closed and empty."""
        with self._lock:
            self._await_items()
            return self._pop()

    def _await_items(self) -> None:
        """Wait for items, or until the fold is closed; under the lock."""
        while not self._waiting and self._is_open:
            self._idle += 1
            self._changed.wait()
            self._idle -= 1

    def _pop(self, most: int | None = None) -> list[Waiting[Item, Answer]]:
        """Take a batch of what waits, of a weight at most; under the lock."""
        batch: list[Waiting[Item, Answer]] = []
        weight = 0
        while self._waiting and len(batch) < self._limits.batch:
            heavier = weight + self._waiting[0].weight
            if batch and (_exceeds(heavier, self._limits.batch_weight) or _exceeds(heavier, most)):
                break
            batch.append(self._waiting.popleft())
            weight = heavier
        self._weight -= weight
        return batch

    def _answer(self, batch: list[Waiting[Item, Answer]], take: Callable[[], Sequence[Answer]]) -> None:
        answers: Sequence[Answer | None] = [None] * len(batch)
        failure = None
        try:
            answers = take()
        except Exception as error:
            # Whoever waits gets the error and asks again; nothing was done.
            _logger.exception("%s: a batch of %d was not taken", self._name, len(batch))
            failure = error
        with self._lock:
            for one, answer in zip(batch, answers, strict=True):
                one.answer.settle(answer, failure)
        for one in batch:
            one.answer.tell()

    def _not_now(self, what: str, why: str) -> UpstreamError:
        return UpstreamError(f"{self._name}.{what}", why, "Send it again in a few seconds.", retry_after_seconds=5)


def _exceeds(weight: int, limit: int | None) -> bool:
    return limit is not None and weight > limit


def _call(callback: Callable[[Promise[Answer]], None], promise: Promise[Answer]) -> None:
    try:
        callback(promise)
    except Exception:
        _logger.exception("a callback failed")


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():  # else nobody waits any more
        loop.call_soon_threadsafe(event.set)
