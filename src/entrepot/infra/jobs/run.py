"""One run of a job: from taking it up to writing down how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import psycopg

from entrepot.infra.jobs import store
from entrepot.infra.jobs.context import JobCancelled, JobContext, JobInterrupted
from entrepot.kernel.errors import EntrepotError, UpstreamError

if TYPE_CHECKING:
    from entrepot.infra.database import Database

_logger = logging.getLogger("entrepot.jobs")

# A job that takes its process down each time must not do so for ever.
MOST_ATTEMPTS = 5


class Runner:
    """Runs jobs in the engine's threads and knows which are running.

    Parameters
    ----------
    database : Database
        Where jobs are kept.
    executor_id : str
        This process's name.
    functions : mapping of str to callable
        What each kind of job does; may still grow.
    """

    def __init__(self, database: Database, executor_id: str, functions: Mapping[str, Callable[..., object]]) -> None:
        self._database = database
        self._executor_id = executor_id
        self._functions = functions
        self._running: set[str] = set()
        self._changed = threading.Condition()
        self._closing = False

    def is_running(self, job_id: str) -> bool:
        """Return whether the job runs in this process."""
        return job_id in self._running

    def close(self, timeout_seconds: float) -> None:
        """Interrupt all runs and wait for them, up to a limit."""
        self._closing = True
        with self._changed:
            if not self._changed.wait_for(lambda: not self._running, timeout_seconds):
                _logger.warning("jobs still busy after %s s: %s", timeout_seconds, ", ".join(sorted(self._running)))

    def run(self, job_id: str) -> None:
        """Run a job to its end.

        Raises
        ------
        JobInterrupted
            When it did not come to its end; the engine then keeps it pending.
        """
        if self._closing:
            raise JobInterrupted(job_id)
        self._running.add(job_id)
        try:
            self._run(job_id)
        finally:
            with self._changed:
                self._running.discard(job_id)
                self._changed.notify_all()

    def _run(self, job_id: str) -> None:
        try:
            with self._database.transaction() as conn:
                start = store.begin(conn, job_id, self._executor_id)
        except Exception as error:
            raise self._interrupted(job_id, error) from error
        if start is None:
            return
        ctx = JobContext(self._database, job_id, start.by, start.attempt, lambda: self._closing)
        try:
            self._do(ctx, start)
        except JobInterrupted:
            self._release(ctx)
            raise
        except Exception as error:
            if not _is_outage(error):
                raise
            self._release(ctx)
            raise self._interrupted(job_id, error) from error

    def _do(self, ctx: JobContext, start: store.Start) -> None:
        if start.cancel_requested:
            self._finish(ctx, "cancelled")
            return
        if start.attempt > MOST_ATTEMPTS:
            self._finish(ctx, "failed", error=_worn_out(start.attempt - 1))
            return
        fn = self._functions.get(start.name)
        try:
            if fn is None:
                raise LookupError(f"this program knows no job '{start.name}'")
            result = fn(ctx, **start.args)
            self._finish(ctx, "done", result=result)
        except JobCancelled:
            self._finish(ctx, "cancelled")
        except Exception as error:
            if _is_outage(error):
                raise
            _logger.warning("job %s %s failed", start.name, ctx.job_id, exc_info=not isinstance(error, EntrepotError))
            self._finish(ctx, "failed", error=described(error))

    def _finish(
        self,
        ctx: JobContext,
        status: store.Status,
        *,
        result: object = None,
        error: Mapping[str, object] | None = None,
    ) -> None:
        with self._database.transaction() as conn:
            store.finish(conn, ctx.job_id, ctx.attempt, status, result=result, error=error)

    def _release(self, ctx: JobContext) -> None:
        try:
            with self._database.transaction() as conn:
                store.release(conn, ctx.job_id, ctx.attempt)
        except Exception:
            _logger.debug("job %s could not be released; it is found later", ctx.job_id, exc_info=True)

    def _interrupted(self, job_id: str, error: Exception) -> JobInterrupted:
        _logger.warning("job %s was interrupted and will be tried again: %s", job_id, error)
        return JobInterrupted(job_id)


def described(error: Exception) -> dict[str, object]:
    """Return an error as it is stored and shown.

    Examples
    --------
    >>> described(ValueError("no such sheet"))["message"]
    'no such sheet'
    """
    if isinstance(error, EntrepotError):
        numbers = (int, float)
        fields = {
            name: value if isinstance(value, numbers) else store.storable(str(value))
            for name, value in error.fields.items()
        }
        return {
            "type": type(error).__name__,
            "code": error.code,
            "message": store.storable(error.message),
            "mend": store.storable(error.mend),
            "fields": fields,
        }
    return {
        "type": type(error).__name__,
        "code": "jobs.failed",
        "message": store.storable(str(error)) or type(error).__name__,
        "mend": "See the program's log.",
        "fields": {},
    }


def _worn_out(attempts: int) -> dict[str, object]:
    return {
        "type": "UpstreamError",
        "code": "jobs.worn_out",
        "message": f"The job was interrupted {attempts} times and is not tried again.",
        "mend": "Look in the log for what stopped it, then submit it anew.",
        "fields": {"attempts": attempts},
    }


def _is_outage(error: Exception) -> bool:
    """Whether the database was away, in which case the job is not to blame and goes on later."""
    if isinstance(error, UpstreamError):
        return error.code.startswith("database.")
    from sqlalchemy.exc import DBAPIError, OperationalError  # late: only the engine uses it

    if isinstance(error, DBAPIError):
        return bool(error.connection_invalidated) or isinstance(error, OperationalError)
    # Without a state the connection itself failed; 57P.. is the server shutting down, 08.. the line.
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08")[:3] in ("08", "57P", "080")
