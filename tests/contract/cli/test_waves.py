"""``entrepot waves``: a day played, a dispatcher advised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrepot.cli import app
from entrepot.kernel.errors import InputError, NotFound

RUN = CliRunner()
DAY = {
    "waves": {"first": "08:00", "every": 3600, "margin": 600, "many": 3},
    "travel": {"circuity": 1.0, "speed_kmh": 36},
    "depots": [{"id": "DC", "x": 0, "y": 0}],
    "vehicles": [{"id": "van", "capacity": [10]}],
    "stops": [
        {"id": "A", "x": 1000, "y": 0, "delivery": [2], "windows": [["08:15", "09:00"]]},
        {"id": "B", "x": 2000, "y": 0, "delivery": [2], "windows": [["09:00", "12:00"]]},
        {"id": "C", "x": 0, "y": 900, "delivery": [2], "release": "08:30", "windows": [["10:00", "12:00"]]},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text(json.dumps(DAY))
    return path


@pytest.mark.parametrize("policy", ["conditional", "futures", "prizes", "greedy", "lazy", "random"])
def test_a_day_is_played_by_every_policy(file: Path, policy: str) -> None:
    asked = ["waves", "simulate", str(file), "--policy", policy, "--steps-per-epoch", "200", "--json"]
    first, again = (RUN.invoke(app, asked) for _ in range(2))
    told = json.loads(first.stdout)
    assert first.stdout == again.stdout
    assert (told["policy"], told["orders"], told["impossible"]) == (policy, 3, [])
    assert sum(wave["sent"] for wave in told["waves"]) == 3
    assert told["cost"] == sum(wave["cost"] for wave in told["waves"])


def test_a_dispatcher_is_advised(file: Path) -> None:
    asked = ["waves", "advise", str(file), "--now", "08:05", "--steps-per-epoch", "200", "--policy", "lazy"]
    told = json.loads(RUN.invoke(app, [*asked, "--json"]).stdout)
    assert {one["order"]: one["verdict"] for one in told["orders"]} == {"A": "must_go", "B": "may_wait"}
    assert told["orders"][1]["until"] == 10 * 3600
    assert "must_go" in RUN.invoke(app, asked).stdout


def test_orders_of_earlier_days_in_the_file_are_what_the_advice_looks_ahead_with(tmp_path: Path) -> None:
    came = [{"x": 2000, "y": 9, "delivery": [1], "release": "08:40", "windows": [["09:00", "12:00"]]}]
    file = tmp_path / "day.json"
    file.write_text(json.dumps({**DAY, "history": [came * 5, came * 5]}))
    asked = ["waves", "advise", str(file), "--now", "08:05", "--steps-per-epoch", "200", "--json"]
    told = json.loads(RUN.invoke(app, asked).stdout)
    votes = {one["order"]: one["vote"] for one in told["orders"]}
    assert (votes["A"], votes["B"]["futures"]) == (None, 8)
    assert votes["B"]["later"] > 4
    assert f"In {votes['B']['later']} of 8 drawn futures it goes with a later wave." in told["orders"][1]["reason"]


def test_what_cannot_be_asked_is_told(file: Path, tmp_path: Path) -> None:
    before = RUN.invoke(app, ["waves", "advise", str(file), "--now", "07:00"])
    assert isinstance(before.exception, InputError)
    assert before.exception.code == "waves.now"
    assert isinstance(RUN.invoke(app, ["waves", "simulate", str(tmp_path / "none.json")]).exception, NotFound)
    unknown = RUN.invoke(app, ["waves", "simulate", str(file), "--policy", "best"])
    assert isinstance(unknown.exception, InputError)


def test_a_day_of_couriers_is_measured(tmp_path: Path) -> None:
    for table, text in {
        "orders": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t500\t0\t10\tr1\t12\n",
        "restaurants": "restaurant\tx\ty\nr1\t0\t0\n",
        "couriers": "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t180\n",
        "instance_parameters": "speed\n320\t4\t4\t40\t90\t10\t15\n",
    }.items():
        (tmp_path / f"{table}.txt").write_text(text)
    told = json.loads(RUN.invoke(app, ["waves", "couriers", str(tmp_path), "--policy", "nearest", "--json"]).stdout)
    assert (told["delivered"], told["undelivered"], told["click_to_door"]) == (1, 0, 8.0)
    assert "click_to_door" in RUN.invoke(app, ["waves", "couriers", str(tmp_path)]).stdout
    unknown = RUN.invoke(app, ["waves", "couriers", str(tmp_path), "--policy", "best"])
    assert isinstance(unknown.exception, InputError)
