"""Gap and time of network designs, beside HiGHS on the strong formulation, in one run; plans judged by our checker.

``python -m benchmarks.network [--case NAME] [--seconds S] [--beside highs] [--data DIR] [--record FILE]``

A case is a file of the instances (``fl-orlib-cap/capb:8000`` with a capacity, ``fl-orlib-cap/cap41:u`` without any) or
``CENTRESxFRONTSxZONES``, made; ``PLANTSxCENTRESxFRONTSxZONES`` with plants before them.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from entrepot.network.checker import check
from entrepot.network.formats import read_problem
from entrepot.network.generate import generate
from entrepot.network.problem import Problem
from entrepot.network.solver.solve import solve

DATA = Path("../shared/data/or")
CASES = (
    "fl-orlib-cap/cap41", "fl-orlib-cap/cap41:u", "fl-orlib-cap/cap92", "fl-orlib-cap/cap134", "fl-orlib-cap/capb:u",
    "fl-orlib-cap/capb:5000", "fl-orlib-cap/capb:8000", "fl-sscflp-holmberg/p25", "fl-sscflp-holmberg/p57",
    "fl-sscflp-yang/p1", "fl-sscflp-delmaire/p57", "fl-sscflp-tbed1-300/p1", "fl-tscflp-sp/PSC1-C1-50",
    "fl-tscflp-sp/PSC1-C3-50", "fl-tscflp-mp/PSC1-C1-50-5", "pmedian-orlib/pmed25", "pmedian-orlib/pmed39",
    "10x60x500", "30x200x2000",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=1, help="with two HiGHS works beside our search; not in `highs`")
    parser.add_argument("--beside", choices=["none", "highs"], default="none")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/network.json"))
    arguments = parser.parse_args()
    engines = ["auto", "highs"] if arguments.beside == "highs" else ["auto"]
    solve(generate(2, 4, 6, 1), seconds=2.0)  # compile, or load what was compiled
    runs = [
        _measure(case, engine, arguments.seconds, arguments.seed, arguments.cores, arguments.data)
        for case in arguments.case or CASES
        for engine in engines
    ]
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds": arguments.seconds,
        "versions": {"highspy": version("highspy")},
        "runs": runs,
    }
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {arguments.record}")


def _problem(case: str, seed: int, data: Path) -> Problem:
    if re.fullmatch(r"\d+(x\d+){2,3}", case):
        *plants, centres, fronts, zones = (int(one) for one in case.split("x"))
        return generate(centres, fronts, zones, seed, *plants)
    name, _, kind = case.partition(":")
    capacity = int(kind) if kind.isdigit() else None
    return read_problem(data / f"{name}.txt.gz", capacity=capacity, is_uncapacitated=kind == "u")


def _measure(case: str, engine: str, seconds: float, seed: int, cores: int, data: Path) -> dict[str, Any]:
    problem = _problem(case, seed, data)
    found = solve(problem, seconds=seconds, seed=seed, engine=engine, cores=cores)
    cost = None
    if found.plan is not None:
        verdict = check(problem, found.plan)
        if not verdict.is_feasible:
            raise SystemExit(f"{case}: {verdict.violations[0].message}")
        cost = float(verdict.cost.total) / problem.cost_scale
    gap = None if cost is None else 100 * max(0.0, cost - found.bound) / cost
    first = "none" if found.first_at is None else f"{found.first_at:.1f} s"
    told = "no plan" if gap is None else f"gap {gap:7.4f} %"
    print(f"{case:<28} {engine:<6} {told}  cost {cost}  first {first}  {found.seconds:6.1f} s", flush=True)
    return {
        "case": case,
        "engine": engine,
        "cost": cost,
        "bound": found.bound,
        "bound_by": found.how,
        "gap": gap,
        "first_at": found.first_at,
        "seconds": found.seconds,
    }


if __name__ == "__main__":
    main()
