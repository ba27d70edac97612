"""A fold with two batches under way: halves while they overlap, whole batches while they do not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Event

import pytest

from entrepot.infra.folding import Limits
from entrepot.infra.overlapping import OverlappingFold, Pace


class Begun:
    """A batch of numbers that is doubled when it may be."""

    def __init__(self, batch: list[int]) -> None:
        self.batch = batch
        self.may_end = Event()

    def answers(self) -> Sequence[int]:
        assert self.may_end.wait(10)
        return [number * 2 for number in self.batch]


class Server:
    """Where batches are begun; a test ends them one by one, or all at once as they come."""

    def __init__(self, is_quick: bool = False) -> None:
        self.begun: Queue[Begun] = Queue()
        self.is_quick = is_quick

    def begin(self, batch: list[int]) -> Begun:
        begun = Begun(batch)
        if self.is_quick:
            begun.may_end.set()
        self.begun.put(begun)
        return begun

    def next(self) -> Begun:
        return self.begun.get(timeout=10)


def full(server: Server) -> OverlappingFold[int, int]:
    """A fold in which sixteen wait behind the first."""
    fold: OverlappingFold[int, int] = OverlappingFold(server.begin, "test")
    fold.start()
    fold.submit(100)
    return fold


def by_weight(server: Server) -> OverlappingFold[list[int], int]:
    """A fold of lists, of which each weighs as much as it is long and is answered by twice that."""
    limits = Limits(batch_weight=100)
    fold: OverlappingFold[list[int], int] = OverlappingFold(
        lambda batch: server.begin([len(one) for one in batch]), "test", limits=limits, weigh=len
    )
    fold.start()
    return fold


def test_a_second_batch_is_begun_before_the_first_is_answered_and_shares_with_it() -> None:
    server = Server()
    fold = full(server)
    first = server.next()
    promises = [fold.submit(number) for number in range(31)]
    first.may_end.set()
    second, third = server.next(), server.next()
    assert (len(second.batch), len(third.batch)) == (16, 15)
    assert not any(promise.done() for promise in promises)
    second.may_end.set()
    assert promises[15].result(10) == 30
    promises += [fold.submit(number) for number in range(31, 47)]
    assert server.begun.empty()  # until something is answered
    third.may_end.set()
    assert promises[30].result(10) == 60
    for begun in (server.next(), server.next()):
        begun.may_end.set()
        assert len(begun.batch) == 8
    assert [promise.result(10) for promise in promises] == [number * 2 for number in range(47)]
    fold.stop()


def test_a_few_are_taken_together_one_batch_after_the_other() -> None:
    server = Server()
    fold = full(server)
    first = server.next()
    promises = [fold.submit(number) for number in range(15)]
    assert server.begun.empty()
    first.may_end.set()
    second = server.next()
    assert len(second.batch) == 15
    second.may_end.set()
    assert [promise.result(10) for promise in promises] == [number * 2 for number in range(15)]
    fold.stop()


def test_a_few_do_not_follow_many() -> None:
    server = Server()
    fold = by_weight(server)
    fold.submit([0] * 500)
    first = server.next()
    small = [fold.submit([0] * 3), fold.submit([0] * 4)]
    assert server.begun.empty()
    first.may_end.set()
    server.next().may_end.set()
    assert [promise.result(10) for promise in small] == [6, 8]
    fold.stop()


def test_weights_are_shared_and_limits_kept() -> None:
    server = Server()
    fold = by_weight(server)
    fold.submit([0])
    first = server.next()
    promises = [fold.submit([0] * weight) for weight in (60, 50, 30, 30, 130, 100)]
    first.may_end.set()
    batches = []
    for _ in range(5):
        begun = server.next()
        batches.append(begun.batch)
        begun.may_end.set()
    assert batches == [[60], [50, 30], [30], [130], [100]]
    assert [promise.result(10) for promise in promises] == [120, 100, 60, 60, 260, 200]
    fold.stop()


def ways(pace: Pace, whole: float, halves: float, periods: int) -> list[bool]:
    """Tell which periods took batches whole, when either way answers so many a second."""
    taken = []
    for _ in range(periods):
        taken.append(pace.is_whole)
        for _ in range(4):
            pace.count(1_000, 1_000 / (whole if taken[-1] else halves))
    return taken


def test_both_ways_are_tried_and_the_quicker_one_is_taken_but_for_a_trial_in_sixteen_periods() -> None:
    pace = Pace()
    assert ways(pace, 10_000, 15_000, 20) == [False, True] * 3 + [False] * 10 + [True] + [False] * 3
    slower = Pace()
    assert ways(slower, 15_000, 10_000, 20) == [False, True] * 3 + [True] * 10 + [False] + [True] * 3
    assert ways(pace, 15_000, 10_000, 160)[-16:].count(True) == 15  # other work has come


def test_one_period_that_is_held_up_changes_nothing() -> None:
    pace = Pace()
    ways(pace, 10_000, 15_000, 10)
    for _ in range(4):
        pace.count(1_000, 1)
    assert not any(ways(pace, 10_000, 15_000, 5))


def test_batches_are_whole_and_nothing_is_under_way_beside_them_while_that_is_quicker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Pace, "count", lambda pace, *_: setattr(pace, "is_whole", True))
    server = Server()
    fold = full(server)
    first = server.next()
    for number in range(32):
        fold.submit(number).add_done_callback(lambda _: fold.submit(1))
    first.may_end.set()
    sizes = []
    for _ in range(3):
        begun = server.next()
        assert len(sizes) < 2 or server.begun.empty()
        sizes.append(len(begun.batch))
        begun.may_end.set()
    assert sizes == [16, 16, 32]
    fold.stop()


def test_a_batch_that_fails_does_not_fail_the_one_behind_it() -> None:
    server = Server()

    def begin(batch: list[int]) -> Begun:
        if 3 in batch:
            raise ValueError("three")
        return server.begin(batch)

    fold: OverlappingFold[int, int] = OverlappingFold(begin, "test")
    fold.start()
    fold.submit(100)
    first = server.next()
    promises = [fold.submit(number) for number in range(32)]
    first.may_end.set()
    server.next().may_end.set()
    assert promises[31].result(10) == 62
    for promise in promises[:16]:
        with pytest.raises(ValueError, match="three"):
            promise.result(10)
    fold.stop()


def test_what_waits_and_is_under_way_is_taken_when_the_fold_stops() -> None:
    server = Server()
    fold = full(server)
    first = server.next()
    promises = [fold.submit(number) for number in range(32)]
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(fold.stop)
        first.may_end.set()
        for begun in (server.next(), server.next()):
            begun.may_end.set()
        stopping.result(10)
    assert [promise.result(10) for promise in promises] == [number * 2 for number in range(32)]


def test_many_threads_wait_for_answers_of_their_own() -> None:
    server = Server(is_quick=True)
    fold: OverlappingFold[int, int] = OverlappingFold(server.begin, "test", workers=2)
    fold.start()

    def ask(start: int) -> bool:
        promises = [(number, fold.submit(number)) for number in range(start, start + 200)]
        return all(promise.result(10) == number * 2 for number, promise in promises)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(0, 1600, 200)))
    fold.stop()
