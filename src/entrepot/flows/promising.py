"""Promises in the running house: fitted at night, made for every new order, watched until it arrives.

The follower promises an order as soon as the book knows it; the watch looks at open orders by where they stand, tells
which are likely to miss their date, and promises those again while there is still time to say so. Both use the model
of the night before; the night's job fits a new one and measures how dates were kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from psycopg import Connection

from entrepot.flows.promise_rows import SUMMARY_NAMES, Seen, dates, first_promises, metrics, moved_again, seen
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import Conflict
from entrepot.orders.promise import store
from entrepot.orders.promise.calendar import DeliveryCalendar, make_calendar
from entrepot.orders.promise.features import Surroundings, observe
from entrepot.orders.promise.fitting import HISTORY_DAYS, fit_model
from entrepot.orders.promise.hazard import Recipe, is_available
from entrepot.orders.promise.history import NEVER, Floats, History, date_of, day_number, horizon_of
from entrepot.orders.promise.model import PromiseModel, pack, unpack
from entrepot.orders.promise.promise import LEVELS, STANDARD, given_age, promised_ages
from entrepot.orders.promise.remaining import observe_stages
from entrepot.orders.promise.store import ModelRow, Watched

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

READER: Final = "promises"
FIT: Final = "promise fit"
WATCH: Final = "promise watch"
AT_RISK: Final = 0.5
"""Chance of missing the date from which an order is at risk, and promised again."""

_QUALITY_MONTHS: Final = 12


class Quote(NamedTuple):
    """What would be promised to an order placed now.

    Parameters
    ----------
    dates : dict
        Promised date by service level.
    quantiles : dict
        Dates of the distribution by quantile.
    model : int
        The fit.
    as_of : datetime
        When it was asked.
    """

    dates: dict[str, date]
    quantiles: dict[str, date]
    model: int
    as_of: datetime


class WatchReport(NamedTuple):
    """What a watch saw: open promises, those at risk, those promised again."""

    open: int
    at_risk: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Ready:
    """A model with the state of the house on a day."""

    id: int
    model: PromiseModel
    day: int
    history: History
    calendar: DeliveryCalendar
    around: Surroundings

    def curves(self, orders: History) -> Floats:
        return self.model.predict(self.around, self.history, orders.coded_as(self.history))


class Promising:
    """Fits, promises and watches.

    Parameters
    ----------
    db : Database
        Where orders, promises and the log are.
    clock : Clock
        The time.
    zone : str
        The retailer's: its days are what is promised.
    country : str or None
        Whose holidays are kept.
    """

    def __init__(self, db: Database, clock: Clock, zone: str = "Asia/Shanghai", country: str | None = "CN") -> None:
        self._db = db
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._country = country
        self._reader = log.Reader(db, READER, ("order.changed",))
        self._ready: _Ready | None = None
        self._lock = threading.Lock()

    # Fit ------------------------------------------------------------------------------------------------------------

    def fit(self, actor: str, progress: Callable[[int, int], None]) -> ModelRow:
        """Fit the model of today and keep it.

        Raises
        ------
        Conflict
            ``promise.nothing_delivered`` while there is nothing to learn from.
        """
        now = self._clock.now()
        today = self._today(now)
        with self._db.read() as conn:
            history = self._history(conn, today)
        if not np.any(history.delivered < today):
            raise Conflict(
                "promise.nothing_delivered",
                "No order was delivered yet, so there is nothing to learn from.",
                "Fit once deliveries are known to the book.",
            )
        recipe = Recipe(horizon=horizon_of(history.as_of(today)), is_boosted=is_available())
        calendar = make_calendar(self._country, today + 2 * recipe.horizon + 1)
        fitted = fit_model(history, calendar, today, recipe, 1.0 - LEVELS[STANDARD], progress)
        row = ModelRow(
            0, fitted.model.version, date_of(today), now, fitted.orders, fitted.deliveries, metrics(fitted), actor
        )
        with self._db.transaction() as conn:
            return row._replace(id=store.add_model(conn, row, pack(fitted.model)))

    # Promise --------------------------------------------------------------------------------------------------------

    def step(self, limit: int = 2000) -> int:
        """Promise the orders the next events tell of, in one transaction; returns the events read.

        Notes
        -----
        Before the first fit nothing is read: the orders wait, and are promised once there is a model.
        """
        return retry_conflicts(lambda: self._step(limit))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            if store.newest_model(conn) is None:
                return 0
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            store.lock_promises(conn)
            ids = {logged.event.key for logged in events}
            self.promise(conn, sorted(ids - store.promised_already(conn, sorted(ids))))
            self._reader.advance(conn, events[-1].position)
            return len(events)

    def promise(self, conn: Connection, ids: Sequence[str]) -> int:
        """Promise those of some orders that are open and not too old; the caller holds the lock of promises.

        Returns
        -------
        int
            Orders promised.
        """
        now = self._clock.now()
        ready = self._prepared(conn, self._today(now))
        if ready is None or not ids:
            return 0
        orders = self._orders(conn, ids, now)
        is_open = (orders.delivered == NEVER) & (orders.closed == NEVER) & (orders.placed <= ready.day)
        orders = orders.take(np.flatnonzero(is_open & (orders.placed > ready.day - ready.model.recipe.horizon)))
        if not len(orders):
            return 0
        curves = given_age(ready.curves(orders), ready.day - orders.placed)
        rows = first_promises(orders, curves, LEVELS[STANDARD], ready.id, now)
        store.add_promises(conn, rows, curves.round(6).tolist())
        log.append(conn, [log.Event("promise.made", row.order_id, {"promised": str(row.promised)}) for row in rows])
        return len(rows)

    def quote(self, conn: Connection, orders: History) -> list[Quote]:
        """Tell what orders would be promised if they were placed now.

        Parameters
        ----------
        conn : Connection
            Any connection.
        orders : History
            What is known of them, placed today.

        Raises
        ------
        Conflict
            ``promise.no_model`` before the first fit.
        """
        now = self._clock.now()
        ready = self._prepared(conn, self._today(now))
        if ready is None:
            raise Conflict(
                "promise.no_model", "No model was fitted yet.", "Run the job 'promise fit', or entrepot promise fit."
            )
        curves = ready.curves(orders)
        by_level = {level: dates(orders, promised_ages(curves, share)) for level, share in LEVELS.items()}
        quantiles = {name: dates(orders, promised_ages(curves, share)) for name, share in SUMMARY_NAMES.items()}
        return [
            Quote(
                {level: days[at] for level, days in by_level.items()},
                {name: days[at] for name, days in quantiles.items()},
                ready.id,
                now,
            )
            for at in range(len(orders))
        ]

    def today(self) -> date:
        """Return the retailer's day."""
        return date_of(self._today(self._clock.now()))

    # Watch ----------------------------------------------------------------------------------------------------------

    def watch(self) -> WatchReport:
        """Look at all open promises, tell which are at risk, and promise those again that are likely to be missed."""
        now = self._clock.now()
        today = self._today(now)
        with self._db.transaction() as conn:
            ready = self._prepared(conn, today)
            if ready is None:
                return WatchReport(0, 0, 0)
            store.lock_promises(conn)
            watched = store.open_promises(conn, date_of(today - ready.model.recipe.horizon))
            looked_at = self._look(conn, ready, watched, now)
            at_risk = [one for one in looked_at if one.risk.late_chance >= AT_RISK]
            moved = [one for one in at_risk if one.later.promised > one.risk.promised]
            store.replace_risks(conn, [one.risk for one in at_risk])
            store.add_promises(conn, [one.later for one in moved], [one.curve for one in moved])
            log.append(conn, [moved_again(one) for one in moved])
            return WatchReport(len(watched), len(at_risk), len(moved))

    def measure(self) -> int:
        """Measure how the promises of the last year were kept; returns the rows written."""
        now = self._clock.now()
        today = date_of(self._today(now))
        since = (today - timedelta(days=31 * _QUALITY_MONTHS)).replace(day=1)
        with self._db.transaction() as conn:
            return store.measure_quality(conn, since, today, self._zone.key, now)

    def _look(self, conn: Connection, ready: _Ready, watched: Sequence[Watched], now: datetime) -> list[Seen]:
        orders = self._orders(conn, [one.order_id for one in watched], now)
        if not len(orders):
            return []
        horizon = ready.model.recipe.horizon
        stages = observe_stages(ready.history.as_of(ready.day), ready.calendar, ready.day, horizon)
        left = -np.log(np.clip(stages.still_open(orders.coded_as(ready.history)), 1e-12, 1.0))
        by_id = {one.order_id: one for one in watched}
        return [
            seen(by_id[str(id)], ready.id, ready.day, bool(shipped < NEVER), curve, now)
            for id, shipped, curve in zip(orders.ids, orders.shipped, left, strict=True)
        ]

    # The day's state ------------------------------------------------------------------------------------------------

    def _prepared(self, conn: Connection, today: int) -> _Ready | None:
        newest = store.newest_model(conn)
        if newest is None:
            return None
        with self._lock:
            if self._ready is None or (self._ready.id, self._ready.day) != (newest.id, today):
                body = store.model_body(conn, newest.id)
                self._ready = None if body is None else self._load(conn, newest.id, unpack(body), today)
            return self._ready

    def _load(self, conn: Connection, id: int, model: PromiseModel, today: int) -> _Ready:
        history = self._history(conn, today).as_of(today)
        calendar = make_calendar(self._country, today + 2 * model.recipe.horizon + 1)
        around = observe(history, calendar, model.as_of, today, model.recipe.horizon)
        return _Ready(id, model, today, history, calendar, around)

    def _orders(self, conn: Connection, ids: Sequence[str], now: datetime) -> History:
        from entrepot.flows.promise_history import orders_named  # late: as below

        return orders_named(conn, ids, now, self._zone.key)

    def _history(self, conn: Connection, today: int) -> History:
        from entrepot.flows.promise_history import orders_between  # late: Polars takes half a second to load

        start, end = (datetime.combine(date_of(day), time(), self._zone) for day in (today - HISTORY_DAYS, today))
        return orders_between(conn, start, end, self._zone.key)

    def _today(self, now: datetime) -> int:
        return day_number(now.astimezone(self._zone).date())


def register_promise_jobs(jobs: Jobs, promising: Promising) -> None:
    """Register the night's fit and the hourly watch, and their times."""

    def fit(ctx: JobContext) -> dict[str, object]:
        row = promising.fit(FIT, lambda done, total: ctx.progress(done, total, unit="fits"))
        return {"model": row.id, "version": row.version, "deliveries": row.deliveries, **row.metrics}

    def watch(ctx: JobContext) -> dict[str, object]:
        report = promising.watch()
        return {**report._asdict(), "quality": promising.measure()}

    jobs.register(FIT, fit)
    jobs.register(WATCH, watch)
    jobs.schedule(FIT, "40 2 * * *")
    jobs.schedule(WATCH, "50 * * * *")


def fit_if_needed(db: Database, jobs: Jobs) -> None:
    """Ask for the first fit at once, where deliveries are known and no model is; the night's would come hours later."""
    with db.transaction() as conn:
        found = conn.execute("SELECT 1 FROM orders.arrival WHERE delivered_at IS NOT NULL LIMIT 1").fetchone()
        if found is not None and store.newest_model(conn) is None:
            jobs.submit(FIT, conn=conn)
