"""Published best-known solutions cost, by our checker and in the rounding of their set, what was published."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from entrepot.delivery.routing.bound import lower_bound
from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.formats import read_plan, read_problem

SETS = {
    "cvrp-x": 3, "cvrp-belgium": 1, "vrptw-solomon": 4, "vrptw-gh": 2, "vrptw-ortec": 2, "mdvrptw": 2, "hfvrp": 3,
    "sdvrptw": 2, "mtvrptwr": 3, "pcvrptw": 1, "vrpb": 1, "tdvrptw-lera2026": 2, "tdvrptw-rifki2020": 2,
}  # fmt: skip
"""How many of each set are looked at, spread over the list."""


def published(folder: Path) -> list[dict[str, str]]:
    with (folder / "bks.csv").open() as file:
        return list(csv.DictReader(file))


def instance_of(folder: Path, row: dict[str, str]) -> Path:
    name = row["instance"]
    beside = (f"{name}.vrp.gz", f"{name}.txt.gz", f"n={row['n']}/{name}.vrp.json")
    return next(folder / one for one in beside if (folder / one).exists())


def solution_of(instance: Path) -> Path:
    stem = instance.name.split(".vrp")[0].removesuffix(".txt.gz")
    text, numbers = instance.with_name(f"{stem}.sol.gz"), instance.with_name(f"{stem}.bks.Duration.json")
    return text if text.exists() else numbers


@pytest.mark.parametrize("name", SETS)
def test_best_known_solutions_cost_what_is_published(name: str, shared_data: Path) -> None:
    folder = shared_data / "or" / name
    if not (folder / "bks.csv").exists():
        pytest.skip(f"{folder} is not there")
    most = {"tdvrptw-lera2026": 200, "cvrp-belgium": 6_000}.get(name, 1_000)
    rows = [row for row in published(folder) if int(row["n"]) <= most]
    for row in rows[:: max(len(rows) // SETS[name], 1)][: SETS[name]]:
        problem = read_problem(instance_of(folder, row))
        plan = read_plan(solution_of(instance_of(folder, row)), problem)
        verdict = check(problem, plan)
        broken = [one for one in verdict.violations if not (name == "vrptw-ortec" and one.rule == "fleet")]
        assert not broken, (row, broken[:3])  # the competition did not limit ORTEC's vehicles, its files do
        cost, bks = verdict.cost.total, float(row["bks"])
        if name == "hfvrp" and "." in row["bks"]:  # in hundredths, and of distances that were not rounded
            assert cost / 100_000 == pytest.approx(bks, abs=0.05), row
        elif name.startswith("tdvrptw"):
            assert cost / problem.scale == pytest.approx(bks, rel=1e-9), row
        else:
            assert cost in (bks, round(bks * problem.scale)), row
        assert lower_bound(problem).value <= cost, row
