"""What a job's function works with: progress, cancellation, and steps that are not repeated."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from entrepot.infra.jobs import store
from entrepot.kernel.errors import InvariantBroken

if TYPE_CHECKING:
    from entrepot.infra.database import Database

P = ParamSpec("P")
R = TypeVar("R")

_WRITE_EVERY_SECONDS = 0.25


class JobStopped(BaseException):
    """The run ends here.

    Not an `Exception`: a job that answers for each file's errors must not swallow it.
    """


class JobCancelled(JobStopped):
    """Somebody cancelled the job."""


class JobInterrupted(JobStopped):
    """The process is closing, or another run has taken the job over; the job itself goes on."""


class JobContext:
    """A run of a job, handed to its function as the first argument.

    Attributes
    ----------
    job_id : str
        The job.
    by : str
        Who submitted it.
    attempt : int
        1 for the first run; more after an interruption.
    """

    def __init__(self, database: Database, job_id: str, by: str, attempt: int, is_closing: Callable[[], bool]) -> None:
        self.job_id = job_id
        self.by = by
        self.attempt = attempt
        self._database = database
        self._is_closing = is_closing
        self._next_write = 0.0
        self._latest: tuple[int, int | None, str, str] = (0, None, "", "")
        self._is_written = True

    def progress(self, done: int, total: int | None = None, unit: str | None = None, note: str | None = None) -> None:
        """Say how far the job is, and stop here if it was cancelled.

        Parameters
        ----------
        done : int
            Units finished.
        total : int, optional
            Units in all, when known.
        unit, note : str, optional
            What is counted, and what is being done; each stays until it is given anew.

        Raises
        ------
        JobCancelled, JobInterrupted
            Let them pass.

        Notes
        -----
        Cheap enough for every row: the database is written at most four times a second, before a step, and when
        `done` reaches `total` or the words change.
        """
        self._stop_if_closing()
        _, _, last_unit, last_note = self._latest
        latest = (done, total, last_unit if unit is None else unit, last_note if note is None else note)
        says_the_same = latest[2:] == (last_unit, last_note)
        self._latest, self._is_written = latest, False
        if time.monotonic() >= self._next_write or done == total or not says_the_same:
            self.check_cancelled()

    def check_cancelled(self) -> None:
        """Stop here if the job was cancelled; asks the database each time."""
        self._stop_if_closing()
        with self._database.read() as conn:
            if self._is_written:
                answer = store.look_up(conn, self.job_id, self.attempt)
            else:
                answer = store.report(conn, self.job_id, self.attempt, *self._latest)
        self._is_written = True
        self._next_write = time.monotonic() + _WRITE_EVERY_SECONDS
        self._obey(answer)

    def step(self, fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do a piece of work whose result outlives a crash.

        Parameters
        ----------
        fn : callable
            Called with the remaining arguments. Must return a JSON value: what a resumed run gets back is what it
            would read from JSON.

        Returns
        -------
        object
            What `fn` returned, now or in the run that was interrupted.

        Notes
        -----
        A finished step is not repeated. One that was cut off runs again, so make it idempotent: write in one
        transaction, with keys that make the second time change nothing. Steps are told apart by their order, which
        must not depend on the clock or on chance.
        """
        from entrepot.infra.jobs import engine  # late: see there

        self.check_cancelled()
        if engine.current_job() != self.job_id:
            raise InvariantBroken(
                "jobs.step_elsewhere",
                "ctx.step was called from a thread that is not the job's, where it could not be recorded.",
                "Call it from the job's function itself.",
            )

        def recorded() -> R:
            return _as_json(fn(*args, **kwargs))

        try:
            return engine.run_step(getattr(fn, "__qualname__", type(fn).__qualname__), recorded)
        except engine.Superseded:
            raise JobInterrupted(f"job {self.job_id} was taken over by another run") from None

    def _stop_if_closing(self) -> None:
        if self._is_closing():
            raise JobInterrupted(f"job {self.job_id} is interrupted: the process closes")

    def _obey(self, cancel_requested: bool | None) -> None:
        if cancel_requested is None:
            raise JobInterrupted(f"job {self.job_id} was taken over by another run")
        if cancel_requested:
            raise JobCancelled(self.job_id)


def _as_json(value: R) -> R:
    # Both the first and a resumed run must see the same value: a tuple would come back as a list.
    read_back: R = json.loads(json.dumps(value))
    return read_back
