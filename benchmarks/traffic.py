"""Routes under traffic: gap to the best known, and what it costs to plan without traffic; our checker judges all.

``python -m benchmarks.traffic [--set lera|rifki] [--instances N] [--only NAME] [--customers N] [--seconds S]
[--ignoring] [--data DIR] [--record FILE]``

With ``--ignoring`` the same stops are planned in the same time with travel times that stand still, once at their mean
over the day and once at their slowest, and then driven under traffic.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances import chosen, keep
from benchmarks.machine import machine
from entrepot.delivery.routing.checker import Verdict, check
from entrepot.delivery.routing.clock.roads import roads_of, times_at
from entrepot.delivery.routing.clock.tables import moments_of
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.travel import Table, Travel

DATA = Path("../shared/data/or")
SETS = {"lera": "tdvrptw-lera2026", "rifki": "tdvrptw-rifki2020"}
MOMENTS = 97
"""Departures at which travel times are looked at, a quarter of an hour apart on a day."""


def main() -> None:
    arguments = _arguments()
    folder = arguments.data / SETS[arguments.set]
    rows = chosen(folder, arguments.instances, arguments.only, arguments.customers)
    runs = [_measure(folder, row, arguments.seconds, arguments.ignoring) for row in rows]
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "set": arguments.set,
        "seconds": arguments.seconds,
        "runs": runs,
    }
    path = arguments.record or Path(f"benchmarks/records/traffic-{arguments.set}-{arguments.seconds:g}s.json")
    gaps = [run["gap"] for run in runs if run["gap"] is not None]
    if gaps:
        print(f"mean gap: {np.mean(gaps):.2f} % over {len(gaps)} of {len(runs)} instances with a feasible plan")
    keep(record, path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=sorted(SETS), default="lera")
    parser.add_argument("--instances", type=int, default=0, help="so many, spread over the set; 0 is all")
    parser.add_argument("--only", action="append", default=[], help="these instances; may be given again")
    parser.add_argument("--customers", type=int, help="only instances of this size")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--ignoring", action="store_true", help="also plan without traffic")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the instances")
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


def _measure(folder: Path, row: dict[str, str], seconds: float, ignoring: bool) -> dict[str, Any]:
    problem = read_problem(folder / f"n={row['n']}" / f"{row['instance']}.vrp.json")
    known, said = float(row["bks"]) * problem.scale, list[tuple[float, float, int]]()
    plan = Traffic().solve(problem, seconds, 1, None, Watch(lambda *word: said.append(word)))
    found: dict[str, Any] = {"instance": row["instance"], "stops": len(problem.stops), "best_known": known}
    found |= {"first_seconds": said[0][0], "first_cost": said[0][1], "seconds": said[-1][0], "steps": said[-1][2]}
    found |= {**_told(check(problem, plan), known), "routes": len(plan.routes), "best_known_routes": row["routes"]}
    _print("under traffic", found)
    if ignoring:
        for name, standing in (
            ("mean times", still(problem, np.add, MOMENTS)),
            ("slowest times", still(problem, np.maximum, 1)),
        ):
            blind = Traffic().solve(standing, seconds, 1, None, Watch())
            found[name] = _told(check(problem, blind), known) | {"routes": len(blind.routes)}
            _print(name, {**found, **found[name]})
    return found


def still(problem: Problem, gather: np.ufunc, parts: int) -> Problem:
    """Return the problem with travel times that do not change: what is gathered over a day, in so many parts."""
    roads = roads_of(problem, np.arange(problem.travel.size))
    all_day = reduce(gather, (times_at(roads, problem.travel.size, at) for at in moments_of(problem, MOMENTS)))
    times = Table(np.ceil(all_day / parts).astype(np.int64))
    return replace(problem, travel=Travel(problem.travel.distance, times))


def _told(verdict: Verdict, known: float) -> dict[str, Any]:
    late = [one for one in verdict.violations if one.rule in ("window", "depot")]
    return {
        "cost": verdict.cost.total,
        "gap": 100 * (verdict.cost.total / known - 1) if verdict.is_feasible else None,
        "left_out": sum(one.rule == "missing" for one in verdict.violations),
        "late_stops": len(late),
        "late_by": sum(one.excess for one in late),
        "violations": [one.message for one in verdict.violations[:5]],
    }


def _print(name: str, run: dict[str, Any]) -> None:
    above = 100 * (run["cost"] / run["best_known"] - 1)
    faults = "" if run["gap"] is not None else f"; {run['late_stops']} stops late, {run['left_out']} left out"
    told = f"{above:6.2f} %{faults}"
    print(f"{run['instance']:<20} {run['stops']:>5} {name:<14} {run['routes']:>4} routes {told}", flush=True)


if __name__ == "__main__":
    main()
