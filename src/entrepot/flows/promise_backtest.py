"""How promises would have been kept on the house's own past orders: a walk forward, as a job or by command.

The node that sent an order counts as known when it was placed, as sourcing names it then; its carrier does not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
from psycopg import Connection

from entrepot.flows.catching_up import await_reader
from entrepot.flows.goods_issue import READER as GOODS_ISSUE
from entrepot.infra.database import Database
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import Conflict
from entrepot.orders.promise import store
from entrepot.orders.promise.backtest import check_window
from entrepot.orders.promise.fitting import HISTORY_DAYS
from entrepot.orders.promise.hazard import is_available
from entrepot.orders.promise.history import NEVER, History, date_of, day_number
from entrepot.orders.promise.promise import LEVELS, STANDARD

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs
    from entrepot.orders.promise.walk import Answer

BACKTEST: Final = "promise backtest"
LEAST_DAYS: Final = 28
"""Days of deliveries to learn from before the first order that is promised."""

_MOST_DAYS: Final = 182
_SETTLED: Final = 0.99


class PromiseBacktests:
    """Asks for walks, makes them, and keeps what they found.

    Parameters
    ----------
    db : Database
        Where orders are.
    jobs : Jobs
        Makes them.
    clock : Clock
        The time.
    zone : str
        The retailer's.
    country : str or None
        Whose holidays are kept.
    """

    def __init__(
        self, db: Database, jobs: Jobs, clock: Clock, zone: str = "Asia/Shanghai", country: str | None = "CN"
    ) -> None:
        self._db = db
        self._jobs = jobs
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._country = country

    def register(self) -> None:
        """Register the job."""
        self._jobs.register(BACKTEST, self._run)

    def ask(self, conn: Connection, start: date | None, end: date | None, target_late: float | None, by: str) -> str:
        """Ask for a walk; what is left out is chosen as `walk` chooses it. Returns the job.

        Raises
        ------
        InputError
            ``promise.window`` when the end is not after the start.
        """
        if start is not None and end is not None:
            check_window(start, end)
        return self._jobs.submit(BACKTEST, _args(start, end, target_late), by=by, conn=conn)

    def begin_demo(self) -> None:
        """Begin a walk where there was none yet."""
        with self._db.transaction() as conn:
            if store.newest_backtest(conn) is None:
                self._jobs.submit(BACKTEST, _args(None, None, None), key="demo", by="demo", conn=conn)

    def walk(
        self,
        start: date | None,
        end: date | None,
        target_late: float | None,
        progress: Callable[[int, int], None],
        *,
        country: str | None = None,
        refit_days: int = 14,
        seed: int = 1,
    ) -> Answer:
        """Walk through the book's orders.

        Parameters
        ----------
        start, end : date or None
            Days of purchase, half open; left out, half a year up to where 99 of 100 deliveries have come, beginning
            four weeks after the first delivery at the earliest.
        target_late : float or None
            Share of orders that may be late; left out, that of the standard service level.
        progress : callable
            ``progress(done, total)`` in refits; what it raises ends the walk.
        country : str or None
            Whose holidays are kept; left out, the retailer's.
        refit_days, seed : int
            Days between refits; the model's chance.

        Raises
        ------
        Conflict
            ``promise.too_little`` when no window is named and there is too little history for one.
        InputError
            ``promise.window``.
        """
        from entrepot.flows.promise_history import orders_between  # late: Polars and the models take seconds to load
        from entrepot.orders.promise.reading import PastOrders
        from entrepot.orders.promise.walk import Question, lay_out, run_backtest

        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        first = (start or today - timedelta(days=_MOST_DAYS)) - timedelta(days=HISTORY_DAYS)
        with self._db.read() as conn:
            history = orders_between(conn, datetime.combine(first, time(), self._zone), now, self._zone.key)
        known = history.as_of(day_number(today))
        if start is None or end is None:
            begin, until = settled_window(known, day_number(today))
            start, end = start or begin, end or until
        share = 1.0 - LEVELS[STANDARD] if target_late is None else target_late
        question = Question(None, start, end, share, country, refit_days, seed)
        walk = lay_out(question, PastOrders(known, self._country), is_boosted=is_available())
        return run_backtest(walk, lambda done: progress(done, len(walk.stretches)))

    def keep(self, answer: Answer, by: str) -> int:
        """Keep what a walk found; returns its number."""
        from entrepot.orders.promise.report import report  # late: as above

        with self._db.transaction() as conn:
            return store.add_backtest(conn, self._clock.now(), by, report(answer))

    def _run(self, ctx: JobContext, start: str | None, end: str | None, target_late: float | None) -> dict[str, object]:
        await_reader(self._db, ctx, GOODS_ISSUE)  # until who sent what is booked
        answer = self.walk(
            date.fromisoformat(start) if start else None,
            date.fromisoformat(end) if end else None,
            target_late,
            lambda done, total: ctx.progress(done, total, unit="fits"),
        )
        found: dict[str, object] = {"backtest": self.keep(answer, ctx.by), "orders": answer.promised}
        if answer.quality is None:
            return found
        ours = answer.quality.ours
        return {**found, "late_share": round(ours.late_share, 4), "mean_days": round(ours.mean_days, 2)}


def _args(start: date | None, end: date | None, target_late: float | None) -> dict[str, object]:
    return {"start": start and start.isoformat(), "end": end and end.isoformat(), "target_late": target_late}


def settled_window(known: History, today: int) -> tuple[date, date]:
    """Choose days of purchase, half open, whose orders have had time to arrive, after enough to learn from.

    Parameters
    ----------
    known : History
        All that is known.
    today : int
        The day.

    Raises
    ------
    Conflict
        ``promise.too_little``.
    """
    is_delivered = known.delivered < NEVER
    if is_delivered.any():
        waits = (known.delivered - known.placed)[is_delivered]
        end = today - int(np.ceil(np.quantile(waits, _SETTLED)))
        start = max(end - _MOST_DAYS, int(known.delivered.min()) + LEAST_DAYS)
        if len(known.placed_between(start, end)):
            return date_of(start), date_of(end)
    raise Conflict(
        "promise.too_little",
        "There is too little history: orders placed after four weeks of deliveries must have had time to arrive.",
        "Name --from and --to, or wait.",
    )
