"""Jobs as the rest of the program uses them: register, launch, submit, watch, cancel, schedule."""

from __future__ import annotations

import inspect
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from entrepot.infra.jobs import queue, store
from entrepot.infra.jobs.heartbeat import Heartbeat
from entrepot.infra.jobs.run import Runner
from entrepot.infra.jobs.store import Job, JobPage, Status
from entrepot.kernel.errors import Conflict, InputError

if TYPE_CHECKING:
    from psycopg import Connection

    from entrepot.infra.database import Database

_logger = logging.getLogger("entrepot.jobs")

SCHEDULE = "schedule"
# A run just handed out has not begun yet; only an older one can have been lost.
_HANDING_OVER_SECONDS = 10.0

_launch_lock = threading.Lock()
_launched: Jobs | None = None


class Jobs:
    """Durable jobs on the database; one of it may be launched in a process.

    Parameters
    ----------
    database : Database
        Open; its schema ``jobs`` migrated.
    executor_id : str
        This process's name among those that run jobs. Keep it over restarts: its interrupted jobs then go on at once.
    app_version : str
        Jobs of another version are not taken up. Raise it only when jobs in flight must not outlive an upgrade.
    workers : int
        Jobs run at a time.
    beat_seconds, dead_after_seconds, poll_seconds : float
        Sign of life, silence that means death, and look into the queue (five a second cost 6 % of a core when idle).

    Notes
    -----
    Submitting, watching and cancelling need no launch, so any process may do it.
    """

    def __init__(
        self,
        database: Database,
        executor_id: str = "main",
        app_version: str = "1",
        *,
        workers: int = 4,
        beat_seconds: float = 2.0,
        dead_after_seconds: float = 10.0,
        poll_seconds: float = 0.5,
    ) -> None:
        self._database = database
        self._executor_id = executor_id
        self._app_version = app_version
        self._workers = workers
        self._poll_seconds = poll_seconds
        self._functions: dict[str, Callable[..., object]] = {}
        self._schedules: dict[str, queue.Schedule] = {}
        self._runner = Runner(database, executor_id, self._functions)
        self._heartbeat = Heartbeat(
            database.url,
            executor_id,
            app_version,
            beat_seconds=beat_seconds,
            dead_after_seconds=dead_after_seconds,
            reap=self._reap,
        )

    def register(self, name: str, fn: Callable[..., object]) -> None:
        """Name the function that does a kind of job.

        Parameters
        ----------
        name : str
            Stable; it is stored.
        fn : callable
            ``fn(ctx, **args)``; what it returns, a JSON value, is the job's result.
        """
        if self._functions.setdefault(name, fn) is not fn:
            raise Conflict("jobs.name_taken", f"Two functions are registered as job '{name}'.", "Rename one.")

    def schedule(
        self, name: str, cron: str, args: Mapping[str, object] | None = None, *, time_zone: str = "UTC"
    ) -> None:
        """Submit a registered job at the times of a cron expression; call before `launch`.

        Parameters
        ----------
        name : str
            The job.
        cron : str
            Five fields, or six with seconds in front.
        args : mapping, optional
            Its arguments.
        time_zone : str
            In which the expression is read, such as ``Asia/Shanghai``.

        Notes
        -----
        A time that comes while the job's last scheduled run goes on is skipped. Several executors submit one job.
        """
        self._check(name, args or {})
        self._schedules[name] = queue.Schedule(name, cron, dict(args or {}), time_zone)

    def launch(self) -> None:
        """Begin to run jobs in this process, first those it left when it last stopped."""
        global _launched
        with _launch_lock:
            if _launched is not None:
                raise Conflict("jobs.launched", "Jobs are already launched in this process.", "Close the other first.")
            versions = self._heartbeat.claim()
            try:
                with self._database.transaction() as conn:
                    store.fail_other_versions(conn, [self._app_version, *versions])
                # In a thread of its own: the engine refuses to start where an event loop runs, as in a web server.
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(self._start_engine).result()
            except BaseException:
                self._heartbeat.stop()
                raise
            self._heartbeat.start()
            _launched = self

    def close(self, timeout_seconds: float = 10.0) -> None:
        """Stop running jobs: each stops at its next report and goes on after the next launch."""
        global _launched
        with _launch_lock:
            if _launched is not self:
                return
            from entrepot.infra.jobs import engine  # late: see there

            self._runner.close(timeout_seconds)
            engine.stop()
            self._heartbeat.stop()
            _launched = None

    def submit(
        self,
        name: str,
        args: Mapping[str, object] | None = None,
        key: str | None = None,
        by: str = "system",
        *,
        conn: Connection | None = None,
    ) -> str:
        """Ask for a job.

        Parameters
        ----------
        name : str
            A registered job.
        args : mapping, optional
            Its arguments, JSON values.
        key : str, optional
            Names the piece of work: the same name and key is the same job, whatever became of it.
        by : str
            Who asks.
        conn : psycopg.Connection, optional
            A transaction to ask in; the job exists if it commits.

        Returns
        -------
        str
            The job's id.
        """
        args = args or {}
        self._check(name, args, key)
        with self._database.transaction() if conn is None else nullcontext(conn) as transaction:
            job_id, is_new = store.insert(transaction, name, args, key, by, self._app_version)
            if is_new:
                queue.enqueue(transaction, job_id, self._app_version)
        return job_id

    def cancel(self, job_id: str) -> Job:
        """Take a queued job out, or ask a running one to stop at its next report or step.

        Raises
        ------
        NotFound
            ``jobs.unknown``.
        Conflict
            ``jobs.already_ended``, when it is done or failed.
        """
        with self._database.transaction() as conn:
            return store.request_cancel(conn, job_id)

    def status(self, job_id: str) -> Job:
        """Return a job with its progress, or raise NotFound."""
        with self._database.read() as conn:
            return store.get(conn, job_id)

    def history(
        self, limit: int = 50, cursor: str | None = None, *, status: Status | None = None, name: str | None = None
    ) -> JobPage:
        """Return jobs, newest first; pass a page's ``next`` as the cursor of the next."""
        with self._database.read() as conn:
            return store.page(conn, limit, cursor, status, name)

    def wait(self, job_id: str, timeout_seconds: float = 60.0, *, watch: Callable[[Job], None] | None = None) -> Job:
        """Wait until a job has ended or the time is up, showing each look to `watch`; return its last state."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            job = self.status(job_id)
            if watch is not None:
                watch(job)
            if job.has_ended or time.monotonic() > deadline:
                return job
            time.sleep(0.05)

    def delete_older_than(self, days: int) -> int:
        """Forget jobs that ended more than so many days ago; return how many. Needs `launch`."""
        from entrepot.infra.jobs import engine  # late: see there

        deleted = 0
        while True:
            with self._database.read() as conn:
                ids = store.ended_before(conn, days, limit=500)
            # The engine's rows first: a crash in between leaves rows that the next call finds again.
            engine.forget(ids, datetime.now(UTC) - timedelta(days=days))
            if not ids:
                return deleted
            with self._database.transaction() as conn:
                store.delete(conn, ids)
            deleted += len(ids)

    def _start_engine(self) -> None:
        from entrepot.infra.jobs import engine  # late: see there

        engine.start(
            self._database.url,
            queue.Handlers(self._runner.run, self._tick),
            executor_id=self._executor_id,
            app_version=self._app_version,
            workers=self._workers,
            poll_seconds=self._poll_seconds,
            schedules=list(self._schedules.values()),
        )

    def _check(self, name: str, args: Mapping[str, object], key: str | None = None) -> None:
        fn = self._functions.get(name)
        if fn is None:
            raise InputError(
                "jobs.unknown_name",
                f"There is no job '{name}'.",
                f"The jobs are {', '.join(sorted(self._functions)) or 'none yet'}.",
                name=name,
            )
        try:
            text = json.dumps([args, key], allow_nan=False, ensure_ascii=False)
            text.encode()
            if "\\u0000" in text:
                raise ValueError("a text holds the character NUL")
            inspect.signature(fn).bind(None, **args)
        except (TypeError, ValueError) as error:
            raise InputError(
                "jobs.bad_arguments",
                f"The job '{name}' cannot take these arguments: {error}.",
                "Pass what its function names, as JSON values.",
                name=name,
            ) from error

    def _tick(self, scheduled_at: datetime, name: str, args: dict[str, object]) -> None:
        with self._database.transaction() as conn:
            if not store.is_active(conn, name, SCHEDULE):
                self.submit(name, args, f"{SCHEDULE} {scheduled_at.isoformat()}", SCHEDULE, conn=conn)

    def _reap(self, living: set[str]) -> None:
        from entrepot.infra.jobs import engine  # late: see there

        pending = engine.pending()
        orphans = [one.id for one in pending if one.executor not in living]
        lost = self._lost(pending)
        if orphans or lost:
            _logger.info("taking over %d jobs of dead executors, resuming %d of our own", len(orphans), len(lost))
        engine.resume([*orphans, *lost])

    def _lost(self, pending: Iterable[queue.Pending]) -> list[str]:
        # Runs of ours that ended without an outcome: the database was away when they should have written it.
        ids = [
            one.id
            for one in pending
            if one.executor == self._executor_id
            and one.name == queue.JOB
            and one.age_seconds > _HANDING_OVER_SECONDS
            and not self._runner.is_running(one.id)
        ]
        if not ids:
            return []
        with self._database.read() as conn:
            return store.ready_to_retry(conn, ids)

    def __enter__(self) -> Self:
        self.launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
