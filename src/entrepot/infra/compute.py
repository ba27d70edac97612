"""Work spread over processes: `map_chunks` keeps order, reports progress, and stops when asked."""

from __future__ import annotations

import os
import pickle
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TypeVar

from entrepot.kernel.errors import InputError

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
Backend = Literal["loky", "serial"]
Progress = Callable[[int, int | None], None]

_LOOK_UP_EVERY_SECONDS = 0.5


def map_chunks(
    fn: Callable[..., Result],
    chunks: Iterable[Chunk],
    *,
    backend: Backend = "loky",
    workers: int | None = None,
    shared: object = None,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Apply a function to each chunk, in other processes when that can pay.

    Parameters
    ----------
    fn : callable
        ``fn(chunk)``, or ``fn(chunk, shared)`` when something is shared. Chunks and results must pickle.
    chunks : iterable
        Pieces of work, best of a second or more each: one costs about a millisecond to hand over.
    backend : {'loky', 'serial'}
        Processes, or this one. A single chunk or a single worker is always done in this one.
    workers : int, optional
        Processes at most; by default the cores this process may use.
    shared : object, optional
        Handed to every call; pickled once, and read once by each process. Pass big tables as paths of Parquet files.
    progress : callable, optional
        Called as ``progress(done, total)`` after each result, and again while a long one is awaited; ``total`` is None
        when `chunks` has no length. What it raises ends the work and passes through. `JobContext.progress` fits.

    Yields
    ------
    Result
        In the order of the chunks.

    Notes
    -----
    At most twice as many chunks as workers are handed out ahead. After an error or an early close, chunks already
    running finish unheard. Processes are reused by later calls, and end within a second of this process's death.

    Examples
    --------
    >>> list(map_chunks(sum, [[1, 2], [3]], backend="serial"))
    [3, 3]
    """
    if backend not in ("loky", "serial"):
        raise InputError(
            "compute.unknown_backend", f"There is no compute backend '{backend}'.", "Use 'loky' or 'serial'."
        )
    total = len(chunks) if isinstance(chunks, Sized) else None
    report = (lambda done: None) if progress is None else (lambda done: progress(done, total))
    workers = usable_cores() if workers is None else workers
    rest = iter(chunks)
    first_two = list(islice(rest, 2))
    todo = chain(first_two, rest)
    if backend == "serial" or workers < 2 or len(first_two) < 2:
        return _in_this_process(fn, todo, shared, report)
    return _in_processes(fn, todo, shared, report, workers)


@cache
def usable_cores() -> int:
    """Tell how many cores this process may use, as far as affinity and limits of a container say."""
    from joblib import cpu_count  # late: it takes half a second to load

    return int(cpu_count())


def release() -> None:
    """End the idle processes now, instead of when they have been idle for minutes."""
    from joblib.externals.loky import get_reusable_executor  # late: as above

    get_reusable_executor().shutdown(wait=True)


def _in_this_process(
    fn: Callable[..., Result], chunks: Iterable[Chunk], shared: object, report: Callable[[int], None]
) -> Iterator[Result]:
    arguments = () if shared is None else (shared,)
    for done, chunk in enumerate(chunks, start=1):
        result = fn(chunk, *arguments)
        report(done)
        yield result


def _in_processes(
    fn: Callable[..., Result], chunks: Iterator[Chunk], shared: object, report: Callable[[int], None], workers: int
) -> Iterator[Result]:
    from joblib.externals.loky import get_reusable_executor  # late: as above

    executor = get_reusable_executor(max_workers=workers)
    parent = os.getpid()
    waiting: deque[Future[Result]] = deque()
    with tempfile.TemporaryDirectory(prefix="entrepot-") as folder:
        file = _written(shared, Path(folder))
        try:
            for chunk in islice(chunks, 2 * workers):
                waiting.append(executor.submit(_call, parent, fn, chunk, file))
            done = 0
            while waiting:
                result = _awaited(waiting[0], done, report)
                waiting.popleft()
                done += 1
                for chunk in islice(chunks, 1):
                    waiting.append(executor.submit(_call, parent, fn, chunk, file))
                report(done)
                yield result
        finally:
            for future in waiting:
                future.cancel()


def _awaited(future: Future[Result], done: int, report: Callable[[int], None]) -> Result:
    while True:
        try:
            return future.result(timeout=_LOOK_UP_EVERY_SECONDS)
        except TimeoutError:
            if future.done():  # the chunk itself raised it
                raise
            report(done)


def _written(shared: object, folder: Path) -> str | None:
    if shared is None:
        return None
    file = folder / "shared.pickle"
    with file.open("wb") as out:
        pickle.dump(shared, out, protocol=pickle.HIGHEST_PROTOCOL)
    return str(file)


# What follows runs in the worker process.

_parent_followed: int | None = None
_shared_last: tuple[str, object] | None = None


def _call(parent: int, fn: Callable[..., Result], chunk: object, shared_file: str | None) -> Result:
    _follow(parent)
    if shared_file is None:
        return fn(chunk)
    return fn(chunk, _read(shared_file))


def _read(file: str) -> object:
    global _shared_last
    if _shared_last is None or _shared_last[0] != file:
        with Path(file).open("rb") as source:
            _shared_last = (file, pickle.load(source))
    return _shared_last[1]


def _follow(parent: int) -> None:
    # Without this a worker would finish its chunk after a kill -9 of its parent, however long that takes.
    global _parent_followed
    if _parent_followed != parent:
        _parent_followed = parent
        threading.Thread(target=_exit_with, args=(parent,), daemon=True, name="follow-parent").start()


def _exit_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_UP_EVERY_SECONDS)
    os._exit(1)
