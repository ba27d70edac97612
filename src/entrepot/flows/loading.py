"""Loading: a long stream of messages through the intake, batch by batch, with progress and a way to stop.

A load that was cut off is started again with the same command: what was taken is recognised by its bytes.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from typing import Final, TypeAlias

from entrepot.flows.intake import Intake, Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.hub.adapters import Adapters
from entrepot.infra.compute import map_chunks, release
from entrepot.infra.database import Database
from entrepot.stock import StockBook

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of messages taken so far; may raise to stop the load."""
_MANY: Final = 10_000


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
        Batches under way at once, each in a process of its own. With 1, or a single batch, they are taken here and in
        their sequence.

    Returns
    -------
    Counter
        Messages by status of their receipt, and ``records``.
    """
    counts: Counter[str] = Counter()
    taken = 0
    for receipts in _taken(intake, _batches(messages, batch_size), workers):
        counts.update(receipt.status for receipt in receipts)
        counts["records"] += sum(receipt.records for receipt in receipts if receipt.status != "duplicate")
        taken += len(receipts)
        progress(taken)
    if taken >= _MANY:
        # Until the server's own turn comes, in a minute, it would plan for the tables' old sizes.
        with intake.db.read() as conn:
            conn.execute("ANALYZE")
    return counts


def _batches(messages: Iterable[RawMessage], size: int) -> Iterator[list[RawMessage]]:
    stream = iter(messages)
    while batch := list(islice(stream, size)):
        yield batch


def _taken(intake: Intake, batches: Iterator[list[RawMessage]], workers: int) -> Iterator[list[Receipt]]:
    first_two = list(islice(batches, 2))
    batches = chain(first_two, batches)
    if workers < 2 or len(first_two) < 2:
        yield from map(intake.accept, batches)
        return
    try:
        yield from map_chunks(_take, batches, workers=workers, shared=intake.db.url)
    finally:
        release()  # they hold connections


def _take(batch: list[RawMessage], url: str) -> list[Receipt]:
    """Take a batch in a process of its own."""
    with rare_collections():
        return _intake_at(url).accept(batch)


@lru_cache(maxsize=1)
def _intake_at(url: str) -> Intake:
    db = Database(url, max_size=2, name="entrepot load")
    db.open()
    return Intake(db, StockBook(db), Adapters(db))


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often: a batch makes a million objects and no cycles; a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
