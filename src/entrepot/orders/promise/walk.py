"""Runs a backtest: reads the orders, spreads the refits over processes, says how far it is, stops when asked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from entrepot.infra.compute import map_chunks
from entrepot.orders.promise import backtest, hazard
from entrepot.orders.promise.backtest import Basis, Forecast, Plan, Stretch
from entrepot.orders.promise.calendar import DeliveryCalendar, make_calendar
from entrepot.orders.promise.history import NEVER, History, date_of, day_number, horizon_of
from entrepot.orders.promise.quality import Quality, judge
from entrepot.orders.promise.reading import PastOrders, read_orders_file

Progress = Callable[[int], None]

# Two processes of one thread each: the models are small, and a third would only wait for memory.
_WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What a backtest is asked.

    Parameters
    ----------
    file : Path or None
        Orders; None for the platform's own book, see `entrepot.flows.promise_backtest`.
    start, end : date
        Dates of purchase, half open.
    target_late : float
        Share of orders that may be late.
    country : str or None
        Whose holidays are kept; None takes what was read with the orders.
    refit_days : int
        Days between refits.
    seed : int
        Of the model.
    names : mapping of str to str
        What the file calls columns of ours.
    """

    file: Path | None
    start: date
    end: date
    target_late: float
    country: str | None = None
    refit_days: int = 14
    seed: int = 1
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backtest found.

    Parameters
    ----------
    question : Question
        What was asked.
    promised_to : date
        Where it ended; before the question's end when it was stopped.
    promised : int
        Orders promised.
    refits : int
        Models fitted, those of the warm-up among them.
    versions : tuple of str
        Models used.
    horizon : int
        Days watched.
    seconds : float
        Run time.
    absent, findings : tuple of str
        Columns the file lacks; what was odd about it.
    quality : Quality or None
        How promises were kept; None when it was stopped before the first.
    """

    question: Question
    promised_to: date
    promised: int
    refits: int
    versions: tuple[str, ...]
    horizon: int
    seconds: float
    absent: tuple[str, ...]
    findings: tuple[str, ...]
    quality: Quality | None

    @property
    def is_whole(self) -> bool:
        """Return whether it came to its end."""
        return self.promised_to == self.question.end


@dataclass(frozen=True, slots=True)
class Walk:
    """A backtest made ready: its orders read, its refits laid out."""

    question: Question
    orders: PastOrders
    plan: Plan
    calendar: DeliveryCalendar
    stretches: tuple[Stretch, ...]


def prepare(question: Question) -> Walk:
    """Read the file and lay out the refits.

    Raises
    ------
    InputError
        ``promise.file``, ``promise.columns``, ``promise.window``, ``promise.unknown_country``.
    """
    assert question.file is not None
    return lay_out(question, read_orders_file(question.file, question.names))


def lay_out(question: Question, orders: PastOrders, *, is_boosted: bool = True) -> Walk:
    """Lay out the refits of a walk through orders; without trees where `is_boosted` is false.

    Raises
    ------
    InputError
        ``promise.window``, ``promise.unknown_country``.
    """
    plan = plan_of(question, orders.history, is_boosted)
    last_day = max(plan.end, int(orders.history.placed.max(initial=0)))
    calendar = make_calendar(question.country or orders.country, last_day + plan.recipe.horizon + 1)
    return Walk(question, orders, plan, calendar, tuple(backtest.stretches_of(plan, orders.history)))


def run_backtest(walk: Walk, progress: Progress, *, workers: int = _WORKERS) -> Answer:
    """Walk forward through past orders.

    Parameters
    ----------
    walk : Walk
        From `prepare`.
    progress : callable
        Told how many refits are done, and again while a long one is awaited; what it raises passes through.
    workers : int
        Processes.

    Returns
    -------
    Answer
        Of what was promised when it ended, or when it was interrupted from the keyboard.
    """
    started = time.perf_counter()
    forecasts: list[Forecast] = []
    shared = (Basis(walk.orders.history, walk.calendar, walk.plan.recipe), os.getpid())

    def tell(done: int, total: int | None) -> None:
        progress(done)

    try:
        for one in map_chunks(_forecast, walk.stretches, workers=workers, shared=shared, progress=tell):
            forecasts.append(one)
    except KeyboardInterrupt:
        if not forecasts:
            raise
    return _answer(walk, forecasts, time.perf_counter() - started)


def plan_of(question: Question, history: History, is_boosted: bool = True) -> Plan:
    """Turn dates into days, and choose the horizon from the deliveries known at the start.

    Raises
    ------
    InputError
        ``promise.window`` when the end is not after the start.
    """
    backtest.check_window(question.start, question.end)
    start = day_number(question.start)
    recipe = hazard.Recipe(horizon=horizon_of(history.as_of(start)), seed=question.seed, is_boosted=is_boosted)
    return Plan(start, day_number(question.end), question.refit_days, recipe)


def _forecast(stretch: Stretch, shared: tuple[Basis, int]) -> Forecast:
    basis, parent = shared
    if os.getpid() != parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent alone answers the keyboard
    return backtest.forecast(stretch, basis)


def _answer(walk: Walk, forecasts: list[Forecast], seconds: float) -> Answer:
    history, plan = walk.orders.history, walk.plan
    end = walk.stretches[len(forecasts) - 1].end
    promises = backtest.calibrated(history, plan, forecasts, end)
    is_any = bool((history.delivered[promises.rows] < NEVER).any())
    return Answer(
        question=walk.question,
        promised_to=date_of(max(end, plan.start)),
        promised=len(promises.rows),
        refits=len(forecasts),
        versions=promises.versions,
        horizon=plan.recipe.horizon,
        seconds=seconds,
        absent=walk.orders.absent,
        findings=walk.orders.findings,
        quality=judge(history, promises.rows, promises.cumulative, walk.question.target_late) if is_any else None,
    )
