"""HiGHS in a process of its own: a program in; bounds, ever better solutions and the end out.

A process and not a thread, because at each node HiGHS asks Python whether to go on, and would wait there while a loop
of ours holds the interpreter. It ends when its input is closed, which also the death of whoever began it does.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from entrepot.network.solver.highs import BOUND_TOLERANCE, Program, Solved, minimise
from entrepot.network.solver.model import Floats


class Task(NamedTuple):
    """What `minimise` is asked."""

    program: Program
    seconds: float
    seed: int
    start: Floats | None


class HighsProcess:
    """HiGHS at work on a task; what it has found so far may be read at any time.

    Parameters
    ----------
    task : Task
        What to solve.

    Attributes
    ----------
    bound : float
        The best so far.
    values : ndarray, shape (n_columns,), or None
        The best solution so far.
    last : Solved or None
        The end, once it has come.
    """

    def __init__(self, task: Task) -> None:
        self.bound = -np.inf
        self.values: Floats | None = None
        self.last: Solved | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever began it, and ends it by `close`
        )
        self._listener = threading.Thread(target=self._listen, args=(task,), daemon=True)
        self._listener.start()

    def close(self) -> None:
        """End it, whatever it is at; what it told before stays."""
        self._process.kill()
        self._process.wait()
        self._listener.join()

    def _listen(self, task: Task) -> None:
        ask, answer = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answer is not None
        with suppress(EOFError, OSError, pickle.UnpicklingError), ask, answer:
            pickle.dump(task, ask, protocol=pickle.HIGHEST_PROTOCOL)
            ask.flush()
            while True:
                self._hear(pickle.load(answer))

    def _hear(self, told: float | Floats | Solved) -> None:
        if isinstance(told, Solved):
            self.values = self.values if told.values is None else told.values
            self.bound, self.last = max(self.bound, told.bound), told
        elif isinstance(told, float):
            self.bound = told
        else:
            self.values = told


def serve(ask: BinaryIO, answer: BinaryIO) -> None:
    """Do one task, and tell what comes of it."""
    task: Task = pickle.load(ask)
    threading.Thread(target=_end_with, args=(ask,), daemon=True).start()
    best = -np.inf

    def tell(told: Any) -> None:
        pickle.dump(told, answer, protocol=pickle.HIGHEST_PROTOCOL)
        answer.flush()

    def hear(bound: float) -> None:
        nonlocal best
        if bound > best:
            best = bound
            tell(bound - BOUND_TOLERANCE * abs(bound))

    solved = minimise(task.program, seconds=task.seconds, seed=task.seed, start=task.start, progress=hear, found=tell)
    tell(solved)


def _end_with(ask: BinaryIO) -> None:
    ask.read()
    os._exit(0)


if __name__ == "__main__":
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    serve(sys.stdin.buffer, told)
