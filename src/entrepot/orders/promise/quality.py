"""How well promises were kept: late share, coverage, length, accuracy; over all, by month, by lane. Pure.

*Late* is an order that was delivered after the promised day had ended. Promises that are timestamps can also be held to
the very time; beside the day, ``late_by_timestamp`` tells that: for our dates the promised day's first moment. Shares
are of delivered orders; those never delivered are counted apart, since nobody's promise is kept by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from entrepot.orders.promise.history import NEVER, Bools, Days, Floats, History, date_of
from entrepot.orders.promise.promise import promised_ages

QUANTILES: Final = tuple(float(one) for one in np.round(np.arange(0.50, 0.996, 0.005), 3))
"""Quantiles of the frontier: how long promises are at which late share."""

PINBALL_QUANTILES: Final = (0.5, 0.8, 0.9, 0.95)


class Kept(NamedTuple):
    """Promises to delivered orders.

    Parameters
    ----------
    orders : int
        Delivered orders.
    mean_days : float
        From the time of purchase to the promised date's first moment.
    late_share : float
        Delivered after the promised day.
    late_by_timestamp : float
        Delivered after the promise's very time.
    """

    orders: int
    mean_days: float
    late_share: float
    late_by_timestamp: float


class Group(NamedTuple):
    """Promises of a month or lane beside the incumbent's."""

    name: str
    kept: Kept
    coverage: float
    points_off_target: float
    undelivered: int
    incumbent: Kept | None


class Match(NamedTuple):
    """Ours at the quantile where we are late as often as the incumbent, or most nearly where no quantile is.

    Parameters
    ----------
    quantile : float
        That quantile.
    late_share, mean_days : float
        Ours there.
    days_shorter : float
        The incumbent's mean less ours.
    """

    quantile: float
    late_share: float
    mean_days: float
    days_shorter: float


class Accuracy(NamedTuple):
    """How good the distributions are, whatever is promised from them.

    Parameters
    ----------
    median_error_days : float
        Mean absolute error of the median.
    pinball : dict
        Mean pinball loss in days, by quantile.
    crps_days : float
        Mean continuous ranked probability score.
    """

    median_error_days: float
    pinball: dict[str, float]
    crps_days: float


@dataclass(frozen=True, slots=True)
class Quality:
    """The report.

    Parameters
    ----------
    target_late : float
        The late share aimed at.
    ours, incumbent : Kept
        Over all; the incumbent's None where the file does not tell.
    undelivered : int
        Orders promised and not delivered within the file.
    matched, matched_by_timestamp : Match or None
        Ours at the incumbent's late share, by either meaning of late.
    months, lanes : tuple of Group
        By month of purchase; by lane, largest first.
    accuracy : Accuracy
        Of the distributions.
    frontier : tuple of (quantile, mean days, late share)
        What every quantile would have cost.
    """

    target_late: float
    ours: Kept
    incumbent: Kept | None
    undelivered: int
    matched: Match | None
    matched_by_timestamp: Match | None
    months: tuple[Group, ...]
    lanes: tuple[Group, ...]
    accuracy: Accuracy
    frontier: tuple[tuple[float, float, float], ...]

    @property
    def is_matched(self) -> bool:
        """Return whether ours are late as often as the incumbent's at a quantile, not only most nearly."""
        return bool(self.matched and self.incumbent and self.matched.late_share == self.incumbent.late_share)


def judge(history: History, rows: Days, cumulative: Floats, target_late: float, most_lanes: int = 30) -> Quality:
    """Compare promises with what happened.

    Parameters
    ----------
    history : History
        What happened.
    rows : ndarray of int, shape (n,)
        The orders promised; at least one was delivered.
    cumulative : ndarray of float, shape (n, horizon)
        Their distributions when promised.
    target_late : float
        Share of orders that may be late.
    most_lanes : int
        Lanes told apart, the largest.
    """
    promised = promised_ages(cumulative, 1.0 - target_late)
    orders = history.take(rows)
    judged = _Judged(orders, promised, orders.delivered < NEVER)
    frontier = [_frontier_point(judged, cumulative, quantile) for quantile in QUANTILES]
    incumbent = judged.incumbent()
    months = np.array([f"{date_of(int(day)):%Y-%m}" for day in orders.placed])
    lanes = np.array([*orders.names["lane"], "?"])[orders.groups["lane"]]
    return Quality(
        target_late=target_late,
        ours=judged.ours(),
        incumbent=incumbent,
        undelivered=int((~judged.is_delivered).sum()),
        matched=_match(frontier, incumbent, "late_share"),
        matched_by_timestamp=_match(frontier, incumbent, "late_by_timestamp"),
        months=tuple(_groups(judged, months, target_late, sorted(set(months)))),
        lanes=tuple(_groups(judged, lanes, target_late, _largest(lanes, most_lanes))),
        accuracy=_accuracy(judged, cumulative),
        frontier=tuple((quantile, kept.mean_days, kept.late_share) for quantile, kept in frontier),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    orders: History
    promised: Days
    is_delivered: Bools

    def where(self, mask: Bools) -> _Judged:
        rows = np.flatnonzero(mask)
        return _Judged(self.orders.take(rows), self.promised[rows], self.is_delivered[rows])

    def ours(self) -> Kept:
        return _kept(self, self.orders.placed + self.promised, None)

    def incumbent(self) -> Kept | None:
        if np.any(self.orders.incumbent[self.is_delivered] == NEVER) or not self.is_delivered.any():
            return None
        return _kept(self, self.orders.incumbent, self.orders.incumbent_late)


def _kept(judged: _Judged, promised_day: Days, late_by_timestamp: Bools | None) -> Kept:
    done = judged.is_delivered
    if not done.any():
        return Kept(0, float("nan"), float("nan"), float("nan"))
    wait = (promised_day - judged.orders.placed - judged.orders.numbers["hour"] / 24.0)[done]
    late = (judged.orders.delivered > promised_day)[done]
    by_time = (judged.orders.delivered >= promised_day if late_by_timestamp is None else late_by_timestamp)[done]
    return Kept(int(done.sum()), float(wait.mean()), float(late.mean()), float(by_time.mean()))


def _frontier_point(judged: _Judged, cumulative: Floats, quantile: float) -> tuple[float, Kept]:
    at = _Judged(judged.orders, promised_ages(cumulative, quantile), judged.is_delivered)
    return quantile, at.ours()


def _match(frontier: Sequence[tuple[float, Kept]], incumbent: Kept | None, late: str) -> Match | None:
    if incumbent is None:
        return None
    aimed = getattr(incumbent, late)
    shares = -np.array([getattr(kept, late) for _, kept in frontier])
    # Between two quantiles of the frontier the line between them stands for a mix of both.
    quantile = float(np.interp(-aimed, shares, [quantile for quantile, _ in frontier]))
    days = float(np.interp(-aimed, shares, [kept.mean_days for _, kept in frontier]))
    reached = float(np.clip(aimed, -shares.max(), -shares.min()))
    return Match(quantile, reached, days, incumbent.mean_days - days)


def _groups(judged: _Judged, names: np.ndarray, target_late: float, wanted: Sequence[str]) -> list[Group]:
    groups = []
    for name in wanted:
        some = judged.where(names == name)
        kept = some.ours()
        coverage = 1.0 - kept.late_share
        off = 100.0 * (coverage - (1.0 - target_late))
        groups.append(Group(str(name), kept, coverage, off, int((~some.is_delivered).sum()), some.incumbent()))
    return groups


def _largest(names: np.ndarray, most: int) -> list[str]:
    found, counts = np.unique(names, return_counts=True)
    return [str(found[at]) for at in np.lexsort((found, -counts))[:most]]


def _accuracy(judged: _Judged, cumulative: Floats) -> Accuracy:
    done = judged.is_delivered
    waited = (judged.orders.delivered - judged.orders.placed)[done]
    own = cumulative[done]
    pinball = {}
    for quantile in PINBALL_QUANTILES:
        error = waited - promised_ages(own, quantile)
        pinball[str(quantile)] = float(np.maximum(quantile * error, (quantile - 1.0) * error).mean())
    arrived = waited[:, None] <= np.arange(own.shape[1])
    crps = float(((1.0 - np.exp(-own) - arrived) ** 2).sum(axis=1).mean())
    return Accuracy(float(np.abs(waited - promised_ages(own, 0.5)).mean()), pinball, crps)
