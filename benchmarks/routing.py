"""Gap to the best known after equal time on equal cores, beside PyVRP, in one run; every plan judged by our checker.

``python -m benchmarks.routing --set X [--instances N] [--only NAME] [--customers N] [--seconds S]
[--rounds N] [--cores 1] [--beside pyvrp] [--data DIR] [--record FILE]``
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.instances import chosen, keep
from benchmarks.machine import machine
from entrepot.delivery.routing.bound import lower_bound
from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.routing.search import solve
from entrepot.kernel.errors import InputError

DATA = Path("../shared/data/or")
SETS = {
    "X": "cvrp-x",
    "belgium": "cvrp-belgium",
    "xl": "cvrp-xl",
    "solomon": "vrptw-solomon",
    "gh": "vrptw-gh",
    "ortec": "vrptw-ortec",
    "mdvrptw": "mdvrptw",
    "hfvrp": "hfvrp",
    "sdvrptw": "sdvrptw",
    "mtvrptwr": "mtvrptwr",
    "pcvrptw": "pcvrptw",
    "vrpb": "vrpb",
    "lera": "tdvrptw-lera2026",
    "rifki": "tdvrptw-rifki2020",
}


def main() -> None:
    arguments = _arguments()
    if arguments.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    solvers: dict[str, str | None] = {"ours": None}
    if arguments.beside == "pyvrp":
        solvers["pyvrp"] = "pyvrp"
    folder = arguments.data / SETS[arguments.set]
    rows = chosen(folder, arguments.instances, arguments.only, arguments.customers)
    _solve(_problem(folder, rows[0]), 0.1, 1, None)  # compile, or load what was compiled
    runs = [run for row in rows for run in _measure(folder, row, solvers, arguments.seconds, arguments.rounds)]
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "set": arguments.set,
        "seconds": arguments.seconds,
        "cores": arguments.cores,
        "versions": {name: version(name) for name in solvers if name != "ours"},
        "runs": runs,
        "mean_gap": _mean_gaps(runs, list(solvers)),
    }
    path = arguments.record or Path(f"benchmarks/records/routing-{arguments.set}-{arguments.seconds:g}s.json")
    for name, gap in record["mean_gap"].items():
        print(f"mean gap of {name}: {'-' if gap is None else f'{gap:.2f} %'}")
    keep(record, path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=sorted(SETS), default="X")
    parser.add_argument("--instances", type=int, default=12, help="so many, spread over the set by size; 0 is all")
    parser.add_argument("--only", action="append", default=[], help="these instances; may be given again")
    parser.add_argument("--customers", type=int, help="only instances of this size")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=1, help="seeds 1, 2, ...; each solver in turn")
    parser.add_argument("--cores", type=int, default=1, help="to which all is pinned; 0 does not pin")
    parser.add_argument("--beside", choices=["none", "pyvrp"], default="none")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the instances")
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


def _problem(folder: Path, row: dict[str, str]) -> Problem:
    name = row["instance"]
    beside = (f"{name}.vrp.gz", f"{name}.txt.gz", f"n={row['n']}/{name}.vrp.json")
    problem = read_problem(next(folder / one for one in beside if (folder / one).exists()))
    if folder.name == "vrptw-ortec":  # the competition did not limit vehicles, and some best knowns use more
        problem = replace(problem, vehicles=tuple(replace(one, count=len(problem.stops)) for one in problem.vehicles))
    return problem


def _best_known(folder: Path, row: dict[str, str], problem: Problem) -> float:
    """Return the published value in the problem's own units."""
    value = float(row["bks"])
    if folder.name == "hfvrp":
        return value * 100_000 if "." in row["bks"] else value
    return value * problem.scale if folder.name.startswith(("vrptw", "tdvrptw")) else value


def _solve(problem: Problem, seconds: float, seed: int, engine: str | None) -> tuple[Plan, int]:
    """Return the plan of an engine, None being the one our search chooses, and its iterations."""
    iterations = 0

    def progress(gone: float, cost: float, done: int) -> None:
        nonlocal iterations
        iterations = done

    plan = solve(problem, seconds=seconds, seed=seed, progress=progress, engine=engine)
    return plan, iterations


def _measure(
    folder: Path, row: dict[str, str], solvers: dict[str, str | None], seconds: float, rounds: int
) -> list[dict[str, Any]]:
    """Let each solver in turn have its time on one instance; print and return what the checker says."""
    problem = _problem(folder, row)
    known, bound = _best_known(folder, row, problem), lower_bound(problem)
    found = []
    for seed in range(1, rounds + 1):
        for name, engine in solvers.items():
            begun = time.perf_counter()
            try:
                plan, iterations = _solve(problem, seconds, seed, engine)
            except InputError as refused:
                print(f"{row['instance']}: {name} is left out: {refused.message}")
                continue
            took = time.perf_counter() - begun
            verdict = check(problem, plan)
            gap = 100 * (verdict.cost.total / known - 1) if verdict.is_feasible else None
            found.append(
                {
                    "instance": row["instance"],
                    "stops": len(problem.stops),
                    "solver": name,
                    "seed": seed,
                    "cost": verdict.cost.total,
                    "best_known": known,
                    "gap": gap,
                    "violations": [one.message for one in verdict.violations[:5]],
                    "routes": len(plan.routes),
                    "seconds": round(took, 2),
                    "iterations": iterations,
                    "bound": bound.value,
                }
            )
            told = "not feasible" if gap is None else f"{gap:6.2f} %"
            print(f"{row['instance']:<40} {name:<6} {told}  {took:6.1f} s {iterations:>12,} iterations", flush=True)
    return found


def _mean_gaps(runs: list[dict[str, Any]], solvers: list[str]) -> dict[str, float | None]:
    """Return each solver's mean over instances of its mean over seeds; None where a plan was not feasible."""
    means: dict[str, float | None] = {}
    for name in solvers:
        gaps: dict[str, list[float | None]] = {}
        for run in runs:
            if run["solver"] == name:
                gaps.setdefault(run["instance"], []).append(run["gap"])
        whole = [gap for several in gaps.values() for gap in several]
        if not whole or None in whole:
            means[name] = None
            continue
        means[name] = statistics.mean(
            statistics.mean(gap for gap in several if gap is not None) for several in gaps.values()
        )
    return means


if __name__ == "__main__":
    main()
