"""Executors show that they live, and the first to notice a dead one takes its jobs over."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg

from entrepot.kernel.errors import Conflict

if TYPE_CHECKING:
    from psycopg import Connection

_logger = logging.getLogger("entrepot.jobs")

# Advisory lock spaces: one lock per executor id, and one for whoever looks for the dead.
_EXECUTOR_LOCKS = 0x656E74
_REAPER_LOCK = 0x656E7472

_WAIT_FOR_PREDECESSOR_SECONDS = 5.0


class Heartbeat:
    """A thread with a connection of its own that beats, and calls `reap` with the ids of living executors.

    Parameters
    ----------
    url : str
        The database. Its session must be ours alone: no pooler in transaction mode.
    executor_id, app_version : str
        Who beats.
    beat_seconds, dead_after_seconds : float
        How often, and after how long a silence an executor counts as dead.
    reap : callable
        ``reap(living)``; called on one executor at a time.
    """

    def __init__(
        self,
        url: str,
        executor_id: str,
        app_version: str,
        *,
        beat_seconds: float,
        dead_after_seconds: float,
        reap: Callable[[set[str]], None],
    ) -> None:
        self._url = url
        self._executor_id = executor_id
        self._app_version = app_version
        self._beat_seconds = beat_seconds
        self._dead_after_seconds = dead_after_seconds
        self._reap = reap
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="jobs-heartbeat", daemon=True)
        self._conn: Connection | None = None

    def claim(self) -> list[str]:
        """Take the executor id, show the first sign of life, and return the versions of all living executors.

        Raises
        ------
        Conflict
            ``jobs.executor_in_use`` when a living process has the id.
        """
        self._conn = self._connect()
        deadline = time.monotonic() + _WAIT_FOR_PREDECESSOR_SECONDS
        # A predecessor killed a moment ago holds the lock until the server notices.
        while not self._lock(self._conn):
            if time.monotonic() > deadline:
                self._conn.close()
                raise Conflict(
                    "jobs.executor_in_use",
                    f"Another living process runs jobs as executor '{self._executor_id}'.",
                    "Stop it, or give this one a name of its own.",
                    executor=self._executor_id,
                )
            self._stopped.wait(0.1)
        self._beat(self._conn)
        rows = self._conn.execute(
            "SELECT DISTINCT app_version FROM jobs.executor WHERE beat_at > now() - make_interval(secs => %s)",
            (self._dead_after_seconds,),
        ).fetchall()
        return [row[0] for row in rows]

    def start(self) -> None:
        """Beat from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and leave at once, so that others need not wait for the silence."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._conn is not None and not self._conn.closed:
            try:
                self._conn.execute("DELETE FROM jobs.executor WHERE id = %s", (self._executor_id,))
            except psycopg.Error:
                _logger.debug("the database went away before the executor could sign off", exc_info=True)
            self._conn.close()

    def _beat_on(self) -> None:
        while not self._stopped.wait(self._beat_seconds):
            try:
                if self._conn is None or self._conn.closed:
                    self._conn = self._connect()
                    self._lock(self._conn)
                self._beat(self._conn)
                self._look_for_the_dead(self._conn)
            except Exception:
                if not self._stopped.is_set():
                    _logger.warning("executor %s missed a heartbeat", self._executor_id, exc_info=True)

    def _connect(self) -> Connection:
        return psycopg.connect(self._url, autocommit=True, application_name="entrepot jobs heartbeat")

    def _lock(self, conn: Connection) -> bool:
        row = conn.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_EXECUTOR_LOCKS, self._executor_id)
        ).fetchone()
        return bool(row and row[0])

    def _beat(self, conn: Connection) -> None:
        conn.execute(
            "INSERT INTO jobs.executor (id, app_version, host, pid) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET beat_at = now(), app_version = excluded.app_version, "
            "host = excluded.host, pid = excluded.pid",
            (self._executor_id, self._app_version, socket.gethostname(), os.getpid()),
        )

    def _look_for_the_dead(self, conn: Connection) -> None:
        with conn.transaction():
            row = conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (_REAPER_LOCK,)).fetchone()
            if row is None or not row[0]:
                return
            living = conn.execute(
                "SELECT id FROM jobs.executor WHERE beat_at > now() - make_interval(secs => %s)",
                (self._dead_after_seconds,),
            ).fetchall()
            conn.execute("DELETE FROM jobs.executor WHERE beat_at < now() - interval '1 day'")
            self._reap({row[0] for row in living} | {self._executor_id})
