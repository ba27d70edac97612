from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.infra.compute import map_chunks
from entrepot.kernel.errors import InputError


def double(chunk: int) -> int:
    return chunk * 2


def weigh(chunk: int, weights: dict[int, int]) -> int:
    return weights[chunk]


def process_id(chunk: int) -> int:
    return os.getpid()


def fail_on_three(chunk: int) -> int:
    if chunk == 3:
        raise ValueError("three")
    return chunk


@pytest.mark.parametrize("backend", ["serial", "loky"])
def test_results_come_in_the_order_of_the_chunks(backend: str) -> None:
    assert list(map_chunks(double, range(20), backend=backend, workers=2)) == [2 * n for n in range(20)]


@pytest.mark.parametrize("backend", ["serial", "loky"])
def test_something_shared_reaches_every_call(backend: str) -> None:
    assert list(map_chunks(weigh, [1, 2], backend=backend, workers=2, shared={1: 10, 2: 20})) == [10, 20]


@pytest.mark.parametrize("backend", ["serial", "loky"])
def test_an_error_in_a_chunk_reaches_the_caller(backend: str) -> None:
    with pytest.raises(ValueError, match="three"):
        list(map_chunks(fail_on_three, [1, 2, 3], backend=backend, workers=2))


def test_one_chunk_needs_no_other_process() -> None:
    assert list(map_chunks(process_id, [1])) == [os.getpid()]


def test_one_worker_needs_no_other_process() -> None:
    assert set(map_chunks(process_id, [1, 2, 3], workers=1)) == {os.getpid()}


def test_several_chunks_run_in_other_processes() -> None:
    assert os.getpid() not in set(map_chunks(process_id, range(4), workers=2))


def test_progress_counts_results() -> None:
    seen: list[tuple[int, int | None]] = []
    list(map_chunks(double, [1, 2, 3], backend="serial", progress=lambda done, total: seen.append((done, total))))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_progress_has_no_total_for_an_endless_source() -> None:
    seen: list[int | None] = []
    chunks: Iterator[int] = iter([1, 2])
    list(map_chunks(double, chunks, backend="serial", progress=lambda _, total: seen.append(total)))
    assert seen == [None, None]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("backend", ["serial", "loky"])
def test_progress_that_raises_stops_the_work(backend: str) -> None:
    taken: list[int] = []

    def chunks() -> Iterator[int]:
        for n in range(1000):
            taken.append(n)
            yield n

    def stop_at_three(done: int, total: int | None) -> None:
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        list(map_chunks(double, chunks(), backend=backend, workers=2, progress=stop_at_three))
    assert len(taken) < 100


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(InputError, match="'ray'") as caught:
        map_chunks(double, [1], backend="ray")  # type: ignore[arg-type]
    assert caught.value.code == "compute.unknown_backend"


ORPHAN = """
import os, sys
from entrepot.infra.compute import map_chunks
def wait_for_ever(chunk):
    import os, threading
    os.write(1, f"{os.getpid()}\\n".encode())
    threading.Event().wait()
list(map_chunks(wait_for_ever, [1, 2], workers=2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and orphans are a matter of POSIX")
def test_processes_end_when_their_parent_is_killed() -> None:
    source = Path(__file__).parents[3] / "src"
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert parent.stdout is not None
    with parent.stdout:
        children = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        # The workers hold the other end of the pipe, so reading ends exactly when the last of them is gone.
        assert parent.stdout.read() == b""
    assert all(child > 0 for child in children)
