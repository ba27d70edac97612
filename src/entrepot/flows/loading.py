"""Loading: a long stream of messages through the intake, batch by batch, with progress and a way to stop.

A load that was cut off is started again with the same command: what was taken is recognised by its bytes.
"""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeAlias

from entrepot.flows.intake import Intake, Receipt
from entrepot.hub.adapter import RawMessage

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of messages taken so far; may raise to stop the load."""


def load(
    intake: Intake,
    messages: Iterable[RawMessage],
    progress: Progress = lambda done: None,
    batch_size: int = 1000,
    workers: int = 2,
) -> Counter[str]:
    """Take every message, in batches that each commit for themselves.

    Parameters
    ----------
    intake : Intake
        Takes the batches.
    messages : iterable of RawMessage
        Read once, a batch at a time.
    progress : callable
        Told after every batch.
    batch_size : int
        Messages a transaction.
    workers : int
        Batches under way at once: one is translated while the database works on another. With 1 the messages are
        taken in their sequence.

    Returns
    -------
    Counter
        Messages by status of their receipt, and ``records``.
    """
    counts: Counter[str] = Counter()
    stream = iter(messages)
    under_way: deque[Future[list[Receipt]]] = deque()

    def collect() -> None:
        receipts = under_way.popleft().result()
        counts.update(receipt.status for receipt in receipts)
        counts["records"] += sum(receipt.records for receipt in receipts if receipt.status != "duplicate")
        progress(counts.total() - counts["records"])

    with _rare_collections(), ThreadPoolExecutor(workers, "load") as pool:
        while batch := list(islice(stream, batch_size)):
            under_way.append(pool.submit(intake.accept, batch))
            if len(under_way) > workers:
                collect()
        while under_way:
            collect()
    return counts


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often: a batch makes a million objects and no cycles; a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
