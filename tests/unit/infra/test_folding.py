"""Folding: the next batch is what waits; many workers, weights, limits, and one failure that is everybody's."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from entrepot.infra.folding import Fold, Limits, awaited
from entrepot.kernel.errors import UpstreamError


class Taking:
    """Takes batches of numbers; the first waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()

    def __call__(self, batch: list[int]) -> list[int]:
        self.batches.append(batch)
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        return [number * 2 for number in batch]


def test_an_idle_fold_takes_one_and_a_busy_one_takes_all_that_waits() -> None:
    taking = Taking()
    fold: Fold[int, int] = Fold(taking, "test", limits=Limits(batch=4))
    fold.start()
    first = fold.submit(1)
    assert taking.has_begun.wait(10)
    others = [fold.submit(number) for number in range(2, 8)]
    assert len(fold) == 6
    taking.may_go_on.set()
    assert [one.result(10) for one in (first, *others)] == [2, 4, 6, 8, 10, 12, 14]
    assert taking.batches == [[1], [2, 3, 4, 5], [6, 7]]
    fold.stop()


def test_weights_end_a_batch_and_a_heavy_item_goes_alone() -> None:
    taking = Taking()
    fold: Fold[int, int] = Fold(taking, "test", limits=Limits(batch_weight=10), weigh=lambda number: number)
    fold.start()
    answers = [fold.submit(1)]
    assert taking.has_begun.wait(10)
    answers += [fold.submit(number) for number in (4, 6, 1, 30, 2)]
    taking.may_go_on.set()
    assert [answer.result(10) for answer in answers] == [2, 8, 12, 2, 60, 4]
    assert taking.batches == [[1], [4, 6], [1], [30], [2]]
    fold.stop()


def test_too_much_that_waits_is_turned_away() -> None:
    fold: Fold[int, int] = Fold(Taking(), "test", limits=Limits(queue=2, queue_weight=5), weigh=lambda number: number)
    with pytest.raises(UpstreamError) as closed:
        fold.submit(1)
    assert closed.value.code == "test.closed"
    heavy: Fold[int, int] = Fold(taking := Taking(), "test", limits=Limits(queue_weight=5), weigh=lambda number: number)
    heavy.start()
    heavy.submit(5)
    assert taking.has_begun.wait(10)
    heavy.submit(5)
    with pytest.raises(UpstreamError) as busy:
        heavy.submit(1)
    assert (busy.value.code, busy.value.fields["retry_after_seconds"]) == ("test.busy", 5)
    taking.may_go_on.set()
    heavy.stop()


def test_every_worker_takes_batches() -> None:
    meet = threading.Barrier(3, timeout=10)

    def take(batch: list[int]) -> list[int]:
        meet.wait()  # passes only when three batches are under way at once
        return batch

    fold: Fold[int, int] = Fold(take, "test", limits=Limits(batch=1), workers=3)
    fold.start()
    fold.start()
    assert sorted(one.result(10) for one in [fold.submit(number) for number in range(3)]) == [0, 1, 2]
    fold.stop()


def test_a_failure_is_everybodys_and_the_next_batch_goes_through() -> None:
    def take(batch: list[int]) -> list[int]:
        return [10 // number for number in batch]

    fold: Fold[int, int] = Fold(take, "test")
    fold.start()
    with pytest.raises(ZeroDivisionError):
        fold.submit(0).result(10)
    assert fold.submit(5).result(10) == 2
    fold.stop()


def test_a_promise_calls_back_once_and_at_once_when_it_is_done(caplog: pytest.LogCaptureFixture) -> None:
    taking = Taking()
    fold: Fold[int, int] = Fold(taking, "test")
    fold.start()
    told: list[int] = []
    promise = fold.submit(4)
    assert taking.has_begun.wait(10)
    promise.add_done_callback(lambda _: 1 // 0)
    promise.add_done_callback(lambda one: told.append(one.result()))
    assert not promise.done()
    with pytest.raises(TimeoutError):
        promise.result(0.01)
    taking.may_go_on.set()
    assert promise.result(10) == 8
    fold.stop()
    promise.add_done_callback(lambda one: told.append(one.result() + 1))
    assert promise.done()
    assert told == [8, 9]
    assert "a callback failed" in caplog.text


def test_many_threads_wait_for_answers_of_their_own() -> None:
    fold: Fold[int, int] = Fold(lambda batch: [number * 2 for number in batch], "test", workers=2)
    fold.start()

    def ask(start: int) -> bool:
        return all(fold.submit(number).result(10) == number * 2 for number in range(start, start + 200))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(0, 1600, 200)))
    fold.stop()


def test_an_answer_is_awaited_without_a_thread() -> None:
    def take(batch: list[int]) -> list[int]:
        return [10 // number for number in batch]

    fold: Fold[int, int] = Fold(take, "test")
    fold.start()

    async def ask() -> list[int]:
        return await asyncio.gather(*(awaited(fold.submit(number)) for number in (1, 2, 5)))

    async def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            await awaited(fold.submit(0))

    assert asyncio.run(ask()) == [10, 5, 2]
    asyncio.run(fail())
    fold.stop()


def test_who_gives_up_waiting_does_not_disturb_the_fold() -> None:
    taking = Taking()
    fold: Fold[int, int] = Fold(taking, "test")
    fold.start()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaited(fold.submit(1)), 0.01)

    asyncio.run(give_up())  # its loop is closed when the answer comes
    taking.may_go_on.set()
    assert fold.submit(2).result(10) == 4
    fold.stop()
