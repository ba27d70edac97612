"""``entrepot routes`` on files, with a search that only goes to the nearest next stop."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from entrepot.cli import main
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import Problem

INSTANCE = """NAME : four
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 0 10
5 0 20
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 {last}
DEPOT_SECTION
1
-1
EOF
"""


DEAR = (
    INSTANCE.format(last=1)
    .replace("NAME", "VEHICLES_UNIT_DISTANCE_COST : 1e15\nVEHICLES : 4\nNAME")
    .replace("20", "20000")
)


STOPPED_BY = {13: signal.SIGINT, 14: signal.SIGTERM}
"""Seeds at which the search is interrupted."""


def nearest_next(
    problem: Problem,
    *,
    seconds: float,
    seed: int,
    start: Plan | None = None,
    progress: Callable[[float, float, int], None],
    cancelled: Callable[[], bool],
    cores: int | None,
) -> Plan:
    if start is not None:
        return start
    left, routes, capacity = set(range(len(problem.stops))), [], problem.vehicles[0].capacity[0]
    while left:
        here, room, stops = 0, capacity, list[int]()
        while near := [k for k in left if problem.stops[k].delivery[0] <= room]:
            there = problem.stops
            best = min(near, key=lambda k: (problem.travel.distance.between(here, there[k].location), k))
            here, room = there[best].location, room - there[best].delivery[0]
            stops.append(best)
            left.remove(best)
        routes.append(Route(0, (Trip(0, tuple(stops)),)))
    progress(0.5, 80.0, 7)
    if seed in STOPPED_BY:
        signal.raise_signal(STOPPED_BY[seed])
        assert cancelled()
    return with_unserved(routes, len(problem.stops))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    module = ModuleType("entrepot.delivery.routing.search")
    module.solve = nearest_next  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    path = tmp_path / "four.vrp"
    path.write_text(INSTANCE.format(last=1))
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["entrepot", "routes", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


Run = Callable[..., tuple[int, str, str]]


def test_solve_prints_cost_bound_and_the_checkers_word(run: Run, file: Path) -> None:
    code, out, _ = run("solve", file, "--seconds", "1")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "four: 4 stops, 2 routes, 0 unserved"
    assert lines[1] == "cost 80 (distance 80)"
    assert lines[2].startswith("no plan costs less than ")
    assert lines[3] == "feasible"
    assert lines[4].endswith("7 iterations, seed 1")


def test_json_tells_all_and_the_plan_can_be_written_read_and_checked(run: Run, file: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    code, out, _ = run("solve", file, "--json", "--out", plan, "--seed", "3")
    told = json.loads(out)
    assert code == 0
    assert (told["cost"], told["scale"], told["feasible"], told["iterations"], told["seed"]) == (80, 1, True, 7, 3)
    assert told["bound"] <= 80
    assert told["gap"] == round((80 - told["bound"]) / 80, 6)
    assert json.loads(plan.read_text()) == {"cost": 80, **told["plan"]}
    code, out, _ = run("check", file, plan, "--json")
    assert (code, json.loads(out)["cost"]) == (0, 80)
    code, out, _ = run("solve", file, "--start", plan, "--json")
    assert json.loads(out)["plan"]["routes"] == told["plan"]["routes"]


def test_check_tells_each_broken_limit_and_exits_1(run: Run, file: Path, tmp_path: Path) -> None:
    solution = tmp_path / "bad.sol"
    solution.write_text("Route #1: 1 2 3\nCost 1\n")
    code, out, err = run("check", file, solution)
    assert code == 1
    assert "not feasible: 2 limits are broken" in out
    assert "- Stop 4 must be visited and is not." in err
    assert "- Route 1: 3 on board leaving 0 (load 1); vehicles of type 1-4 hold 2, 1 too much." in err
    code, out, _ = run("check", file, solution, "--json")
    assert [one["rule"] for one in json.loads(out)["violations"]] == ["missing", "capacity"]


def test_what_cannot_be_served_is_explained_at_once(run: Run, file: Path) -> None:
    file.write_text(INSTANCE.format(last=5))
    code, _, err = run("solve", file)
    assert code == 1
    assert "Stop 4: its delivery of 5 (load 1) is 3 more than any vehicle that may visit it holds (2)." in err
    code, out, _ = run("solve", file, "--json")
    assert [(one["rule"], one["stop"], one["excess"]) for one in json.loads(out)["proofs"]] == [("capacity", "4", 3)]


@pytest.mark.parametrize("seed", STOPPED_BY)
def test_ctrl_c_and_sigterm_keep_the_best_so_far(run: Run, file: Path, tmp_path: Path, seed: int) -> None:
    before = signal.getsignal(signal.SIGINT)
    code, out, _ = run("solve", file, "--seed", seed, "--json", "--out", tmp_path / "plan.sol")
    assert code == 130
    assert json.loads(out)["interrupted"] is True
    assert (tmp_path / "plan.sol").read_text() == "Route #1: 1 2\nRoute #2: 3 4\nCost 80\n"
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.default_int_handler)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (" \n", "the file is empty. Choose another"),
        ("[]", "Expected `object`, got `array`"),
        ("hello world", "the file is of no known format."),
        (
            INSTANCE.format(last=1)
            .replace("2 10 0", "2 4e12 0")
            .replace("NAME", "VEHICLES_FIXED_COST : 1e15\nVEHICLES_UNIT_DISTANCE_COST : 1e9\nNAME"),
            "its costs may come to",
        ),
    ],
)
def test_a_file_of_another_kind_is_told_so(run: Run, file: Path, text: str, part: str) -> None:
    file.write_text(text)
    code, _, err = run("solve", file)
    assert code == 2
    assert part in err


def test_a_command_that_is_ended_cleans_up_first(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = []

    def ended(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleaned.append(True)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("entrepot.cli.routes.read_problem", ended)
    try:
        code, _, _ = run("solve", file)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (code, cleaned) == (143, [True])


def test_what_the_disk_refuses_has_no_traceback(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "plan.json")

    monkeypatch.setattr("entrepot.cli.routes.write_plan", full)
    code, _, err = run("solve", file, "--seconds", "0", "--out", file.parent / "plan.json")
    assert code == 1
    assert err.strip().endswith("No space left on device: 'plan.json' [os.28]")


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["solve", "none.vrp"], 3, "There is no file none.vrp. Check the name. [routes.no_file]"),
        (["solve", "FILE", "--round", "up"], 2, "There is no rounding up."),
        (["solve", "FILE", "--format", "xml"], 2, "there is no format xml. Formats are auto, vrplib,"),
        (["solve", "FILE", "--out", "no/such/plan.json"], 2, "Create it, or choose another. [routes.out]"),
        (["solve", "FILE", "--out", "/"], 2, "/ is a folder. Name a file in it. [routes.out]"),
        (["check", "FILE", "FILE"], 2, "there is no line `Route #1: ...`"),
    ],
)
def test_errors_say_what_and_how_to_mend(run: Run, file: Path, arguments: list[str], code: int, part: str) -> None:
    found, _, err = run(*(str(file) if one == "FILE" else one for one in arguments))
    assert found == code
    assert part in err
