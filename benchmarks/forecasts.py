"""Waves with a forecast of earlier days: what it is worth, by how many days there were.

``python -m benchmarks.forecasts [--town] [--days N] [--from K] [--steps S] [--history N]... [--record FILE]``

Days of EURO Meets NeurIPS 2022 (spread over the published set; earlier days are drawn like the day, with other seeds),
or with ``--town`` generated days of a store's vans, busier at weekends. Policies are played by steps, so that load
does not matter; ``exact`` is the forecast that draws as the days were drawn. Costs are printed to ``greedy``.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np

from benchmarks.instances import keep
from benchmarks.machine import machine
from benchmarks.waves import DATA
from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.routing.problem import Depot, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.delivery.waves.competition import competition_day
from entrepot.delivery.waves.day import Day, Rhythm
from entrepot.delivery.waves.forecast import Came, Forecast, Mixed
from entrepot.delivery.waves.policies import POLICIES
from entrepot.delivery.waves.search import BySteps
from entrepot.delivery.waves.simulate import play

HOUR = 3600
HOURS = (2, 4, 6, 6, 5, 4, 4, 5, 7, 6, 3, 0)
"""Of a town's orders, by hour from eight."""
WEEK = (0.9, 0.9, 0.9, 1.0, 1.1, 1.6, 1.4)
TOWN_ORDERS, HOMES = 80, 500


class Case(NamedTuple):
    """A day, the days before it (the newest last), and the forecast that draws as the day was drawn, if any."""

    day: Day
    weekday: int
    earlier: tuple[tuple[int, tuple[Stop, ...]], ...]
    exact: Forecast | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--town", action="store_true", help="generated days of a store's vans")
    parser.add_argument("--days", type=int, default=5, help="so many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="without the first so many of them")
    parser.add_argument("--steps", type=int, default=300_000, help="of all searches of a wave")
    parser.add_argument("--history", type=int, action="append", help="earlier days; may be given again")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the instances")
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/forecasts.json"))
    arguments = parser.parse_args()
    history = arguments.history or [0, 2, 5, 10, 30]
    cases = towns(arguments.days) if arguments.town else competition(arguments.data, arguments.days, max(history))
    runs: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        if number >= arguments.first:
            runs.append(measured(case, number + 1, history, BySteps(arguments.steps)))
    for name in runs[0]["cost"]:
        ratios = [run["cost"][name] / run["cost"]["greedy"] for run in runs]
        beside = [run["cost"][name] / run["cost"]["prizes"] for run in runs]
        error = statistics.stdev(beside) / len(beside) ** 0.5 if len(beside) > 1 else 0.0
        spent = sum(run["seconds"][name] for run in runs)
        print(
            f"{name:<16} {statistics.mean(ratios):.4f} of greedy, {statistics.mean(beside):.4f} of prizes "
            f"(standard error {error:.4f}), {spent:.0f} CPU s"
        )
    record = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "runs": runs}
    keep(record, arguments.record)


def measured(case: Case, seed: int, history: list[int], search: BySteps) -> dict[str, Any]:
    """Play a day by every policy and forecast."""
    forecasts: dict[str, tuple[str, Forecast | None]] = {"greedy": ("greedy", None), "prizes": ("prizes", None)}
    forecasts |= {f"{many} days": ("conditional", forecast_of(case, many)) for many in history}
    if case.exact is not None:
        forecasts["exact"] = ("conditional", case.exact)
    found: dict[str, Any] = {"day": case.day.name, "orders": len(case.day.orders), "cost": {}, "seconds": {}}
    for name, (policy, forecast) in forecasts.items():
        begun = process_time()
        found["cost"][name] = play(case.day, POLICIES[policy], search, seed, forecast).cost
        found["seconds"][name] = round(process_time() - begun, 1)
    shown = ", ".join(f"{name} {cost / found['cost']['greedy']:.4f}" for name, cost in found["cost"].items())
    print(f"{case.day.name} {len(case.day.orders)} orders: {shown}", flush=True)
    return found


def forecast_of(case: Case, many: int) -> Mixed:
    """Return the forecast of the newest earlier days."""
    days = case.earlier[len(case.earlier) - many :]
    came = tuple(Came(weekday, tuple(one.release for one in orders)) for weekday, orders in days)
    orders = tuple(one for _, orders in days for one in orders)
    return Mixed(came, orders, case.weekday, case.day.depot, case.day.travel, case.day.rhythm)


def competition(data: Path, many: int, history: int) -> Iterator[Case]:
    """Give days spread over the published set, and earlier ones of other seeds."""
    with (data / "vrptw-ortec-dynamic" / "bks.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] == "dynamic"]
    for k in range(many):
        row = rows[round(k * (len(rows) - 1) / max(many - 1, 1))]
        static = read_problem(data / "vrptw-ortec" / f"{row['instance']}.txt.gz")
        day, forecast = competition_day(static, int(row["instance_seed"]))
        earlier = [(0, competition_day(static, 1000 + k)[0].orders) for k in range(history)]
        yield Case(day, 0, tuple(earlier), forecast)


def towns(many: int) -> Iterator[Case]:
    """Give days of towns: each has eight weeks before it, and is the next weekday of the week."""
    for seed in range(many):
        chance = np.random.default_rng(seed)
        hearts = chance.normal(0, 6000, size=(6, 2))
        homes = hearts[chance.integers(len(hearts), size=HOMES)] + chance.normal(0, 1500, size=(HOMES, 2))
        at = np.vstack([np.zeros((1, 2)), homes])
        metres = 1.3 * np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
        seconds = np.rint(metres / (30 / 3.6)).astype(np.int64)
        cost = np.rint(metres * 0.2 + seconds * (3000 / 3600)).astype(np.int64)
        weekdays = [(seed + number) % 7 for number in range(57)]
        *earlier, (weekday, orders) = [(weekday, _town_orders(chance, weekday)) for weekday in weekdays]
        depot, vehicle = (
            Depot("store", 0, Window(8 * HOUR, 22 * HOUR)),
            VehicleType("van", len(orders), (100,), 0, 0, 2000),
        )
        travel, rhythm = Travel(Table(cost), Table(seconds)), Rhythm(8 * HOUR + 1800, HOUR, 900, 12)
        yield Case(Day(orders, depot, vehicle, travel, rhythm, len(at), f"town {seed}"), weekday, tuple(earlier), None)


def _town_orders(chance: np.random.Generator, weekday: int) -> tuple[Stop, ...]:
    rates = TOWN_ORDERS * WEEK[weekday] * chance.gamma(40, 1 / 40) * np.array(HOURS) / sum(HOURS)
    orders = list[Stop]()
    for hour, rate in enumerate(rates):
        for moment in sorted(int(one) for one in chance.integers(HOUR, size=chance.poisson(rate))):
            known, home = (8 + hour) * HOUR + moment, 1 + int(chance.integers(HOMES))
            closes = min(known + int(chance.choice([2, 3, 4, 8])) * HOUR, 21 * HOUR)
            load = (int(chance.integers(2, 15)),)
            order = Stop(str(len(orders)), home, load, windows=(Window(0, closes),), service=300, release=known)
            orders.append(order)
    return tuple(orders)


if __name__ == "__main__":
    main()
