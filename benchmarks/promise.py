"""Delivery promises on real orders: how long each method's promise is at the incumbent's own late share.

``python -m benchmarks.promise [FILE] [--from DATE] [--to DATE] [--target-late PERCENT] [--record FILE]``

FILE is Olist's orders, or any file ``entrepot promise backtest`` reads; without one, or where it is not there, nothing
is measured. Beside ours: the incumbent; a plain quantile model (boosted trees on the delivered orders of the last 300
days, pinball loss, refitted every four weeks); the same with split conformal on the newest fifth of them; ours without
its trees. All walk forward over the same days.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import lightgbm
import numpy as np
import numpy.typing as npt

from benchmarks.machine import machine
from entrepot.orders.promise.backtest import Plan
from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.features import observe
from entrepot.orders.promise.history import NEVER, Days, History
from entrepot.orders.promise.walk import Question, Walk, prepare, run_backtest

DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "olist" / "olist_orders_dataset.parquet"
REFIT_DAYS = 28
LEARN_DAYS = 300


class Point(NamedTuple):
    """A promise of some length, late so often."""

    mean_days: float
    late_share: float


def main() -> None:
    arguments = _arguments()
    if not arguments.file.exists():
        print(f"skipped: {arguments.file.name} is not there; name a file of orders")
        return
    question = Question(arguments.file, arguments.start, arguments.end, arguments.target_late / 100)
    walk = prepare(question)
    record: dict[str, object] = {"machine": machine(), "from": str(question.start), "to": str(question.end)}
    rows = _measure(walk, question.target_late)
    record["methods"] = rows
    print(f"{'method':34} {'mean days':>9} {'late':>7} {'days at the incumbent late share':>33} {'seconds':>8}")
    for name, row in rows.items():
        at = row["days_at_incumbent_late"]
        told = "" if at is None else f"{at:.2f} ({row['days_shorter']:+.2f} shorter)"
        print(f"{name:34} {row['mean_days']:9.2f} {row['late_share']:7.2%} {told:>33} {row['seconds']:8.1f}")
    if arguments.record:
        arguments.record.write_text(json.dumps(record, indent=1))


def _measure(walk: Walk, target_late: float) -> dict[str, dict[str, float | None]]:
    ours = run_backtest(walk, _tell("ours"))
    recipe = replace(walk.plan.recipe, is_boosted=False)
    tables = run_backtest(replace(walk, plan=replace(walk.plan, recipe=recipe)), _tell("life table"))
    assert ours.quality is not None
    assert tables.quality is not None
    incumbent = ours.quality.incumbent
    late = None if incumbent is None else incumbent.late_share
    days = None if incumbent is None else incumbent.mean_days
    rows: dict[str, dict[str, float | None]] = {}

    def add(name: str, point: Point, frontier: Sequence[Point], seconds: float) -> None:
        at = _days_at(frontier, late) if frontier and late is not None else None
        rows[name] = {
            **point._asdict(),
            "days_at_incumbent_late": at,
            "days_shorter": None if at is None or days is None else days - at,
            "seconds": seconds,
        }

    if incumbent is not None:
        add("incumbent", Point(incumbent.mean_days, incumbent.late_share), [], 0.0)
    for name, method in (("quantile model", _plain), ("quantile model, split conformal", _split_conformal)):
        started = time.perf_counter()
        shares = sorted({target_late, 0.01, 0.02, 0.04, 0.07, 0.10})
        points = {share: _walked(walk, method, share) for share in shares}
        add(name, points[target_late], list(points.values()), time.perf_counter() - started)
    for name, answer in (("ours without trees (life table)", tables), ("ours", ours)):
        assert answer.quality is not None
        kept = answer.quality.ours
        frontier = [Point(mean, share) for _, mean, share in answer.quality.frontier]
        add(name, Point(kept.mean_days, kept.late_share), frontier, answer.seconds)
    return rows


# Quantile models ----------------------------------------------------------------------------------------------------

Predict = Callable[[npt.NDArray[np.float32]], Days]


def _walked(walk: Walk, method: Callable[[npt.NDArray[np.float32], Days, float], Predict], late: float) -> Point:
    history, plan = walk.orders.history, walk.plan
    wait, is_late = [], []
    for start in range(plan.start, plan.end, REFIT_DAYS):
        end = min(start + REFIT_DAYS, plan.end)
        predict = _fitted(history, walk.calendar, plan, start, late, method)
        orders = history.take(history.placed_between(start, end))
        days = predict(_described(history, walk.calendar, plan, start, end, orders))
        done = orders.delivered < NEVER
        wait.append((days - orders.numbers["hour"] / 24)[done])
        is_late.append((orders.delivered > orders.placed + days)[done])
    return Point(float(np.concatenate(wait).mean()), float(np.concatenate(is_late).mean()))


def _fitted(
    history: History,
    calendar: DeliveryCalendar,
    plan: Plan,
    start: int,
    late: float,
    method: Callable[[npt.NDArray[np.float32], Days, float], Predict],
) -> Predict:
    known = history.as_of(start)
    orders = known.take(known.placed_between(start - LEARN_DAYS, start))
    orders = orders.take(np.flatnonzero(orders.delivered < NEVER))
    return method(_described(known, calendar, plan, start, start, orders), orders.delivered - orders.placed, late)


def _described(
    history: History, calendar: DeliveryCalendar, plan: Plan, start: int, end: int, orders: History
) -> npt.NDArray[np.float32]:
    return observe(history.as_of(end), calendar, start, end, plan.recipe.horizon).describe(orders)


def _boosted(inputs: npt.NDArray[np.float32], waited: Days, quantile: float) -> Predict:
    settings = {
        "objective": "quantile", "alpha": quantile, "learning_rate": 0.06, "num_leaves": 31, "min_data_in_leaf": 100,
        "feature_fraction": 0.5, "num_threads": 1, "seed": 1, "deterministic": True, "verbose": -1,
    }  # fmt: skip
    booster = lightgbm.train(settings, lightgbm.Dataset(inputs, waited.astype(float), params={"verbose": -1}), 200)
    return lambda asked: np.ceil(booster.predict(asked, num_threads=1) - 0.5).astype(np.int64)


def _plain(inputs: npt.NDArray[np.float32], waited: Days, late: float) -> Predict:
    return _boosted(inputs, waited, 1.0 - late)


def _split_conformal(inputs: npt.NDArray[np.float32], waited: Days, late: float) -> Predict:
    cut = len(waited) * 4 // 5
    predict = _boosted(inputs[:cut], waited[:cut], 1.0 - late)
    margin = int(np.ceil(np.quantile(waited[cut:] - predict(inputs[cut:]), 1.0 - late)))
    return lambda asked: predict(asked) + margin


def _days_at(frontier: Sequence[Point], late: float) -> float | None:
    """Return the mean days where so many are late; None where all points are late more or less often than that."""
    points = sorted(frontier, key=lambda point: point.late_share)
    if not points[0].late_share <= late <= points[-1].late_share:
        return None
    return float(np.interp(late, [one.late_share for one in points], [one.mean_days for one in points]))


def _tell(what: str) -> Callable[[int], None]:
    """Tell the refits that are done, each number once."""
    told = -1

    def tell(done: int) -> None:
        nonlocal told
        if done != told:
            told = done
            print(f"\r{what}: {done} refits", end="", file=sys.stderr, flush=True)

    return tell


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--from", dest="start", type=date.fromisoformat, default=date(2018, 1, 1))
    parser.add_argument("--to", dest="end", type=date.fromisoformat, default=date(2018, 6, 1))
    parser.add_argument("--target-late", type=float, default=8.0)
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
