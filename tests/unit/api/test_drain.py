"""Folding: what waits while a commit is under way is the next batch, and every sender gets its own receipt."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from entrepot.api.drain import LARGEST_BATCH, IntakeQueue
from entrepot.flows.intake import Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.infra.folding import awaited
from entrepot.kernel.errors import UpstreamError

AT = datetime(2026, 11, 2, tzinfo=UTC)


def message(number: int) -> RawMessage:
    return RawMessage("taobao", "shop", "trade", str(number).encode(), AT)


class SlowIntake:
    """Takes batches; the first waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()
        self.fault: Exception | None = None

    def accept(self, messages: Sequence[RawMessage]) -> list[Receipt]:
        self.batches.append([one.body for one in messages])
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        if self.fault is not None:
            raise self.fault
        return [Receipt(one.identity().hex(), "accepted", 1) for one in messages]


@pytest.fixture
def intake() -> SlowIntake:
    return SlowIntake()


@pytest.fixture
def queue(intake: SlowIntake) -> Iterator[IntakeQueue]:
    opened = IntakeQueue(intake, longest=700)
    opened.start()
    yield opened
    intake.may_go_on.set()
    opened.stop()


def test_what_waits_during_a_commit_is_the_next_batch(queue: IntakeQueue, intake: SlowIntake) -> None:
    first = queue.submit(message(0))
    assert intake.has_begun.wait(10)
    others = [queue.submit(message(number)) for number in range(1, 601)]
    intake.may_go_on.set()
    receipts = [one.result(10) for one in (first, *others)]
    assert [len(bodies) for bodies in intake.batches] == [1, LARGEST_BATCH, 100]
    assert [one.message_id for one in receipts] == [message(number).identity().hex() for number in range(601)]


def test_too_many_that_wait_are_turned_away_and_told_when_to_come_again(queue: IntakeQueue, intake: SlowIntake) -> None:
    queue.submit(message(0))
    assert intake.has_begun.wait(10)
    for number in range(1, 701):
        queue.submit(message(number))
    with pytest.raises(UpstreamError) as caught:
        queue.submit(message(701))
    assert caught.value.code == "intake.busy"
    assert caught.value.fields["retry_after_seconds"] == 5


def test_too_many_bytes_that_wait_are_turned_away(intake: SlowIntake) -> None:
    queue = IntakeQueue(intake, most_bytes=10)
    queue.start()
    intake.may_go_on.set()
    with pytest.raises(UpstreamError, match="wait already"):
        queue.submit(RawMessage("taobao", "shop", "", b"x" * 11, AT))
    queue.stop()


def test_a_stopping_queue_takes_what_waits_and_nothing_new(queue: IntakeQueue, intake: SlowIntake) -> None:
    waiting = [queue.submit(message(number)) for number in range(3)]
    assert intake.has_begun.wait(10)
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    intake.may_go_on.set()
    stopping.join(10)
    assert all(one.result(10).status == "accepted" for one in waiting)
    with pytest.raises(UpstreamError, match="stopping"):
        queue.submit(message(9))


def test_a_failed_batch_tells_every_sender_and_the_next_one_goes_through(
    queue: IntakeQueue, intake: SlowIntake
) -> None:
    intake.fault = UpstreamError("database.busy", "No connection.")
    intake.may_go_on.set()
    with pytest.raises(UpstreamError, match="No connection"):
        queue.submit(message(0)).result(10)
    intake.fault = None
    assert queue.submit(message(1)).result(10).status == "accepted"


def test_a_sender_who_left_does_not_stop_the_others(queue: IntakeQueue, intake: SlowIntake) -> None:
    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaited(queue.submit(message(0))), 0.01)

    asyncio.run(leave())
    stays = queue.submit(message(1))
    intake.may_go_on.set()
    assert stays.result(10).status == "accepted"
