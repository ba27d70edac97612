"""Days of EURO Meets NeurIPS 2022: policies side by side in one run, beside the finalists' published costs.

``python -m benchmarks.waves [--instances N] [--only NAME] [--policy NAME] [--seconds S] [--hindsight S] [--data DIR]
[--record FILE]``, or ``--grubhub ZIP [--instances N]`` for days of meal delivery.

The days are the published ones, request by request; finalists had 120 s a wave on another machine, and seeds of chance
of their own. With ``--hindsight`` each day is also planned at once, with all orders known and released at their waves.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.couriers import grubhub_days
from benchmarks.instances import keep
from benchmarks.machine import machine
from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.search import solve
from entrepot.delivery.waves.competition import competition_day
from entrepot.delivery.waves.day import Day
from entrepot.delivery.waves.policies import POLICIES
from entrepot.delivery.waves.search import BySeconds
from entrepot.delivery.waves.simulate import play

DATA = Path("../shared/data/or")
NOT_COSTS = {"instance", "mode", "instance_seed", "epoch_tlim_s"}


def main() -> None:
    arguments = _arguments()
    if arguments.grubhub:
        runs = grubhub_days(arguments.grubhub, arguments.instances)
        record = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "runs": runs}
        keep(record, arguments.record or Path("benchmarks/records/waves-grubhub.json"))
        return
    rows = _chosen(arguments.data / "vrptw-ortec-dynamic" / "bks.csv", arguments.instances, arguments.only)
    policies = arguments.policy or list(POLICIES)
    runs = [_measure(arguments.data, row, policies, arguments.seconds, arguments.hindsight) for row in rows]
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds_per_epoch": arguments.seconds,
        "runs": runs,
        "standing": _standing(runs, policies),
    }
    for place, (name, cost, to_greedy) in enumerate(record["standing"], start=1):
        print(f"{place:>2} {name:<22} mean {cost:>10,.0f}  {to_greedy:.4f} of published greedy")
    keep(record, arguments.record or Path(f"benchmarks/records/waves-{arguments.seconds:g}s.json"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=5, help="so many, spread over the set; 0 is all")
    parser.add_argument("--only", action="append", default=[], help="these instances; may be given again")
    parser.add_argument("--policy", action="append", choices=list(POLICIES), help="these; may be given again")
    parser.add_argument("--seconds", type=float, default=1.0, help="a wave")
    parser.add_argument("--hindsight", type=float, default=0.0, help="seconds for the plan with all orders known")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the instances")
    parser.add_argument("--grubhub", type=Path, help="the archive of the meal delivery instances")
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


def _chosen(table: Path, many: int, only: list[str]) -> list[dict[str, str]]:
    with table.open() as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] == "dynamic"]
    rows = [row for row in rows if not only or row["instance"] in only]
    if only or not many or many >= len(rows):
        return rows
    return [rows[round(k * (len(rows) - 1) / max(many - 1, 1))] for k in range(many)]


def _measure(data: Path, row: dict[str, str], policies: list[str], seconds: float, hindsight: float) -> dict[str, Any]:
    static = read_problem(data / "vrptw-ortec" / f"{row['instance']}.txt.gz")
    day, forecast = competition_day(static, int(row["instance_seed"]))
    published = {name: float(cost) for name, cost in row.items() if name not in NOT_COSTS and cost}
    found: dict[str, Any] = {"instance": row["instance"], "orders": len(day.orders), "waves": day.rhythm.many}
    found |= {"published": published, "ours": {}, "seconds": {}}
    for name in policies:
        begun = perf_counter()
        cost = play(day, POLICIES[name], BySeconds(seconds), 1, forecast).cost
        found["ours"][name], found["seconds"][name] = cost, round(perf_counter() - begun, 2)
        beside = f"{cost / published['baseline_greedy']:.4f} of published greedy, best {min(published.values()):,.0f}"
        print(f"{row['instance']} {name:<8} {cost:>10,.0f}  {beside}", flush=True)
    if hindsight:
        problem = _in_hindsight(day)
        verdict = check(problem, solve(problem, seconds=hindsight, seed=1))
        found["hindsight"] = verdict.cost.total if verdict.is_feasible else None
        print(f"{row['instance']} in hindsight {found['hindsight']}", flush=True)
    return found


def _in_hindsight(day: Day) -> Problem:
    """Return the problem of all orders, each released when the first wave leaves that knows it."""
    rhythm = day.rhythm
    waves = [rhythm.at(order.release + rhythm.every - 1) for order in day.orders]
    stops = tuple(replace(one, release=rhythm.leaves(wave)) for one, wave in zip(day.orders, waves, strict=True))
    return Problem(stops, (day.depot,), (replace(day.vehicle, count=len(stops)),), day.travel, name=day.name)


def _standing(runs: list[dict[str, Any]], policies: list[str]) -> list[tuple[str, float, float]]:
    """Return everyone who has a cost for every instance of the run, the cheapest first, with the ratio to greedy."""
    costs = [run["published"] | {f"ours: {name}": run["ours"][name] for name in policies} for run in runs]
    names = [name for name in costs[0] if all(name in one for one in costs)]
    means = {name: statistics.mean(one[name] for one in costs) for name in names}
    ratios = {name: statistics.mean(one[name] / one["baseline_greedy"] for one in costs) for name in names}
    return sorted(((name, means[name], ratios[name]) for name in names), key=lambda one: one[1])


if __name__ == "__main__":
    main()
