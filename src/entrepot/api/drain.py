"""The intake's fold: a webhook brings one message, and those that wait for a commit share the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from entrepot.flows.intake import Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.infra.folding import Fold, Limits

LARGEST_BATCH: Final = 500
LARGEST_BATCH_BYTES: Final = 32 * 2**20
LONGEST_QUEUE: Final = 5_000
LARGEST_QUEUE_BYTES: Final = 256 * 2**20


class TakesBatches(Protocol):
    """What the queue drains into."""

    def accept(self, messages: Sequence[RawMessage]) -> list[Receipt]:
        """Take a batch in one transaction."""
        ...


class IntakeQueue(Fold[RawMessage, Receipt]):
    """Messages that wait for the next commit; a receipt comes when it is done.

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
        limits = Limits(LARGEST_BATCH, longest, LARGEST_BATCH_BYTES, most_bytes)
        super().__init__(lambda batch: intake.accept(batch), "intake", limits=limits, weigh=lambda one: len(one.body))
