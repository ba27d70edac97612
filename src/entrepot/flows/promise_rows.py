"""Promises as rows: what is stored of a first promise, and of the one that replaces it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np

from entrepot.infra import log
from entrepot.orders.promise.fitting import Fitted
from entrepot.orders.promise.history import Days, Floats, History, date_of, day_number
from entrepot.orders.promise.promise import SUMMARY, promised_ages
from entrepot.orders.promise.store import PromiseRow, RiskRow, Watched

SUMMARY_NAMES: Final = {f"p{round(100 * share)}": share for share in SUMMARY}


class Seen(NamedTuple):
    """An open order as the watch sees it, with the promise that would replace its own."""

    risk: RiskRow
    later: PromiseRow
    curve: list[float]


def seen(one: Watched, model: int, today: int, is_shipped: bool, left: Floats, now: datetime) -> Seen:
    """Turn what is left, by days from today, into the order's own days since it was placed.

    Parameters
    ----------
    one : Watched
        The order's newest promise.
    model, today : int
        The fit in force, the day looked at.
    is_shipped : bool
        Whether it was handed over.
    left : ndarray of float, shape (horizon,)
        Cumulative hazard by the end of today and the days after.
    now : datetime
        When it was looked at.
    """
    placed = day_number(one.placed_on)
    age = today - placed
    curve = np.concatenate([np.zeros(age), left])[: max(len(left), age + 1)]
    promised = day_number(one.promised) - placed
    late = 1.0 if promised < age else float(np.exp(-curve[min(promised, len(curve) - 1)]))
    likely = date_of(placed + int(promised_ages(curve[None], 0.5)[0]))
    risk = RiskRow(one.order_id, one.promised, late, likely, is_shipped, one.lane, one.channel, now)
    ages = {name: int(promised_ages(curve[None], share)[0]) for name, share in SUMMARY_NAMES.items()}
    later = PromiseRow(
        order_id=one.order_id,
        no=one.no + 1,
        promised=date_of(placed + int(promised_ages(curve[None], one.quantile)[0])),
        quantile=one.quantile,
        **{name: date_of(placed + days) for name, days in ages.items()},
        channel=one.channel,
        lane=one.lane,
        placed_on=one.placed_on,
        model=model,
        as_of=now,
        source="watch",
        late_chance=late,
    )
    return Seen(risk, later, curve.round(6).tolist())


def first_promises(orders: History, curves: Floats, quantile: float, model: int, now: datetime) -> list[PromiseRow]:
    """Promise orders for the first time, at a quantile of what is left of their distributions."""
    ages = promised_ages(curves, quantile)
    late = np.exp(-curves[np.arange(len(orders)), ages])
    summary = {name: dates(orders, promised_ages(curves, share)) for name, share in SUMMARY_NAMES.items()}
    lanes = [*orders.names["lane"], ""]
    return [
        PromiseRow(
            order_id=str(orders.ids[at]),
            no=1,
            promised=date_of(int(orders.placed[at] + ages[at])),
            quantile=quantile,
            **{name: days[at] for name, days in summary.items()},
            channel=str(orders.ids[at]).split(":", 1)[0],
            lane=lanes[orders.groups["lane"][at]],
            placed_on=date_of(int(orders.placed[at])),
            model=model,
            as_of=now,
            source="placed",
            late_chance=float(late[at]),
        )
        for at in range(len(orders))
    ]


def dates(orders: History, ages: Days) -> list[date]:
    """Return the dates of ages."""
    return [date_of(int(day)) for day in orders.placed + ages]


def moved_again(one: Seen) -> log.Event:
    """Tell that an order was promised again."""
    facts: dict[str, object] = {
        "from": str(one.risk.promised),
        "to": str(one.later.promised),
        "late_chance": round(one.risk.late_chance, 3),
    }
    return log.Event("promise.moved", one.later.order_id, facts)


def metrics(fitted: Fitted) -> dict[str, object]:
    """Return what is kept of a fit's quality."""
    quality = fitted.quality
    if quality is None:
        return {}
    return {
        "judged": quality.ours.orders,
        "late_share": round(quality.ours.late_share, 4),
        "mean_days": round(quality.ours.mean_days, 2),
        "median_error_days": round(quality.accuracy.median_error_days, 2),
        "crps_days": round(quality.accuracy.crps_days, 3),
    }
