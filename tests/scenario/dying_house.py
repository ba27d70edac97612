"""A process that runs the jobs of a house, and kills itself with signal 9 at every step of an order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from psycopg import Connection

from entrepot.app import wire
from entrepot.flows.followers import catch_up
from entrepot.flows.order_news import SWEEP, OrderNews, OrdersDue, submit_jobs
from entrepot.flows.order_to_delivery import OrderToDelivery, WhereHeld
from entrepot.infra.database import Database
from entrepot.infra.jobs import Jobs
from entrepot.infra.jobs import run as runs
from entrepot.infra.settings import Settings
from entrepot.kernel.clock import FixedClock
from entrepot.orders.lifecycle import Standing

Work = Callable[[Connection, Standing], None]


class Dying(OrderToDelivery):
    """Dies twice at each step: just before its commit, and just after it, when nobody knows of it yet."""

    marks: Path

    def step(self, order: str) -> str:
        for name, work in list(self._steps.items()):
            self._steps[name] = self._deadly(name, work)
        name = super().step(order)
        if name:
            _die()
        return name

    def _deadly(self, name: str, work: Work) -> Work:
        def once(conn: Connection, standing: Standing) -> None:
            work(conn, standing)
            mark = self.marks / f"{name}-{standing.order.version}"
            if not mark.exists():
                mark.touch()
                _die()

        return once


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def run(url: str, marks: Path, at: datetime) -> None:
    """Let orders go on until nothing is left to do."""
    runs.MOST_ATTEMPTS = 20  # a job that takes its process down so often is given up otherwise
    with Database(url) as db:
        clock = FixedClock(at)
        platform = wire(Settings(data_dir=marks, demo_rate=0), db, clock)
        saga = Dying(db, platform.lifecycle, WhereHeld(), clock)
        saga.marks = marks
        jobs = Jobs(db, "house", beat_seconds=0.1, dead_after_seconds=1.0, poll_seconds=0.02)
        saga.register(jobs)
        jobs.register(SWEEP, OrdersDue(db, platform.lifecycle, saga, clock).run)
        news = OrderNews(db, platform.lifecycle, clock, submit_jobs(jobs))
        with jobs:
            jobs.submit(SWEEP, key=f"sweep at {at}")
            while catch_up([news]) or _is_busy(db):
                time.sleep(0.02)


def _is_busy(db: Database) -> bool:
    with db.read() as conn:
        row = conn.execute("SELECT EXISTS (SELECT FROM jobs.job WHERE ended_at IS NULL)").fetchone()
    return row is not None and bool(row[0])
