"""The flows that follow the log, each at its own position, in one thread that wakes when something is committed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import psycopg

from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.kernel.errors import EntrepotError

_logger = logging.getLogger(__name__)
_SECONDS_WITHOUT_NEWS = 2.0
_SECONDS_AFTER_A_FAULT = 5.0
_REST_FOR_WORK = 4
_LONGEST_REST_SECONDS = 0.1


class Follower(Protocol):
    """A flow that reads the log."""

    def step(self, limit: int = 2000) -> int:
        """Do the next piece of work; returns the events read."""
        ...


def catch_up(followers: Sequence[Follower], is_over: Callable[[], bool] = lambda: False) -> int:
    """Let every flow work until none finds anything new, or it is over; returns the events read."""
    total = 0
    while done := _once(followers, is_over):
        total += done
    return total


class Followers:
    """Runs the flows until it is stopped.

    Parameters
    ----------
    db : Database
        Where the log is.
    followers : sequence of Follower
        The flows.
    """

    def __init__(self, db: Database, followers: Sequence[Follower]) -> None:
        self._db = db
        self._followers = followers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="followers", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (psycopg.Error, EntrepotError):
                _logger.exception("a flow could not go on; trying again")
                self._stop.wait(_SECONDS_AFTER_A_FAULT)

    def _follow(self) -> None:
        with psycopg.connect(self._db.url, autocommit=True, application_name="entrepot followers") as conn:
            conn.execute(f"LISTEN {log.CHANNEL}")
            while not self._stop.is_set():
                begun = time.monotonic()
                done = _once(self._followers, self._stop.is_set)
                # Callers wait for this process while the flows work: a short rest lets the news of many commits
                # gather, and is nothing beside a step through a long log.
                worked = time.monotonic() - begun
                self._stop.wait(min(_REST_FOR_WORK * worked, _LONGEST_REST_SECONDS))
                if done:
                    continue
                # One more look every two seconds: an event is readable only when all older transactions have ended.
                for _ in conn.notifies(timeout=_SECONDS_WITHOUT_NEWS, stop_after=1):
                    pass


def _once(followers: Sequence[Follower], is_over: Callable[[], bool]) -> int:
    return sum(follower.step() for follower in followers if not is_over())
