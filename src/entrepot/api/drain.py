"""Folding of single messages into batches: whatever waits when a commit returns is the next transaction.

A webhook brings one message; a commit costs the same for one as for five hundred. Under load the batches grow by
themselves, and an idle server answers at the speed of one commit.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Final, NamedTuple, Protocol

from entrepot.flows.intake import Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.kernel.errors import UpstreamError

_logger = logging.getLogger(__name__)

LARGEST_BATCH: Final = 500
LARGEST_BATCH_BYTES: Final = 32 * 2**20
LONGEST_QUEUE: Final = 5_000
LARGEST_QUEUE_BYTES: Final = 256 * 2**20


class TakesBatches(Protocol):
    """What the queue drains into."""

    def accept(self, messages: Sequence[RawMessage]) -> list[Receipt]:
        """Take a batch in one transaction."""
        ...


class _Waiting(NamedTuple):
    message: RawMessage
    receipt: Future[Receipt]


class IntakeQueue:
    """Messages that wait for the next commit, and the thread that takes them.

    Parameters
    ----------
    intake : TakesBatches
        Takes the batches.
    longest, most_bytes : int
        Messages, and their bytes, that may wait; more are turned away.
    """

    def __init__(
        self, intake: TakesBatches, longest: int = LONGEST_QUEUE, most_bytes: int = LARGEST_QUEUE_BYTES
    ) -> None:
        self._intake = intake
        self._longest = longest
        self._most_bytes = most_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._changed = Condition()
        self._is_open = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Open the queue and start its thread; twice is as good as once."""
        with self._changed:
            self._is_open = True
            if self._thread is None:
                self._thread = Thread(target=self._run, name="intake", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Turn newcomers away, take what waits, and end the thread."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._waiting)

    def submit(self, message: RawMessage) -> Future[Receipt]:
        """Put a message into the queue.

        Parameters
        ----------
        message : RawMessage
            To be taken.

        Returns
        -------
        Future of Receipt
            Done when the transaction that took the message is committed, or has failed.

        Raises
        ------
        UpstreamError
            ``intake.busy`` when too much waits; ``intake.closed`` while the server stops.
        """
        receipt: Future[Receipt] = Future()
        with self._changed:
            if not self._is_open:
                raise _not_now("intake.closed", "The server is stopping.")
            if len(self._waiting) >= self._longest or self._bytes + len(message.body) > self._most_bytes:
                raise _not_now("intake.busy", f"{len(self._waiting)} messages wait already.")
            self._waiting.append(_Waiting(message, receipt))
            self._bytes += len(message.body)
            self._changed.notify()
        return receipt

    def _run(self) -> None:
        while batch := self._next_batch():
            self._take(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for messages; nothing means that the queue is closed and empty."""
        with self._changed:
            while not self._waiting and self._is_open:
                self._changed.wait()
            batch: list[_Waiting] = []
            size = 0
            while self._waiting and len(batch) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].message.body)
            self._bytes -= size
            return batch

    def _take(self, batch: list[_Waiting]) -> None:
        try:
            receipts = self._intake.accept([one.message for one in batch])
        except Exception as error:
            # Whoever waits for a receipt gets the error and sends again; nothing was stored.
            _logger.exception("a batch of %d messages was not taken", len(batch))
            for one in batch:
                if one.receipt.set_running_or_notify_cancel():
                    one.receipt.set_exception(error)
            return
        for one, receipt in zip(batch, receipts, strict=True):
            if one.receipt.set_running_or_notify_cancel():
                one.receipt.set_result(receipt)


def _not_now(code: str, why: str) -> UpstreamError:
    return UpstreamError(code, why, "Send the message again in a few seconds.", retry_after_seconds=5)
