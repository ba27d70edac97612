"""``entrepot network`` on files written here in each format."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrepot.cli import main

OWN: dict[str, Any] = {
    "sites": [
        {"id": "plant", "fixed_cost": 0, "level": "plant"},
        {"id": "north", "fixed_cost": 50, "capacity": 60, "weight_capacity": 900, "level": "front"},
        {"id": "south", "fixed_cost": 40, "capacity": 60, "level": "front", "status": "existing", "closing_cost": 5},
    ],
    "zones": ["a", "b"],
    "classes": [{"id": "parcel", "volume": 1, "max_hours": 24}, {"id": "bulky", "volume": 4}],
    "demand": [
        {"zone": "a", "class": "parcel", "quantity": 10},
        {"zone": "b", "class": "parcel", "quantity": 8},
        {"zone": "b", "class": "bulky", "quantity": 3},
    ],
    "lanes": [
        {"from": "plant", "to": "north", "cost": 1},
        {"from": "plant", "to": "south", "cost": 1},
        {"from": "north", "to": "a", "cost": 2, "hours": 5},
        {"from": "north", "to": "b", "cost": 6, "hours": 12},
        {"from": "south", "to": "a", "cost": 5, "hours": 12},
        {"from": "south", "to": "b", "cost": 2, "hours": 5},
    ],
}
FILES = {
    "orlib-cap": ("2 2\n10 5\n10 9\n3\n2 8\n4\n9 1\n", 16.0),
    "sscflp": ("2 2\n10 5\n10 9\n3 4\n2 9\n8 1\n", 16.0),
    "pmedian": ("3 3 1\n1 2 4\n2 3 5\n1 2 1\n", 6.0),
    "tscfl": ("1 2 2\n3\n4\n9 10\n1 2\n9 5\n9 6\n1 5\n5 1\n", 39.0),
}


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["entrepot", "network", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def own(tmp_path: Path, **changes: object) -> str:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(OWN | changes))
    return str(path)


def test_a_network_is_solved_and_its_plan_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file, plan = own(tmp_path), str(tmp_path / "plan.json")
    assert run(monkeypatch, "solve", file, "--seconds", "10", "--json", "--out", plan) == 0
    told = msgspec.json.decode(capfd.readouterr().out)
    assert told["feasible"]
    assert told["standing"] == ["plant", "south"]
    assert told["cost"] == 40 + 21 + 10 * 5 + 11 * 2
    assert told["bound"] <= told["cost"]
    assert told["gap"] < 1e-5
    assert run(monkeypatch, "check", file, plan, "--json") == 0
    assert msgspec.json.decode(capfd.readouterr().out)["exact_cost"] == "133"


def test_a_service_limit_closes_lanes_that_take_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own(tmp_path, classes=[{"id": "parcel", "max_hours": 5}, {"id": "bulky", "volume": 4}])
    assert run(monkeypatch, "solve", file, "--seconds", "10", "--json") == 0
    assert msgspec.json.decode(capsys.readouterr().out)["standing"] == ["plant", "north", "south"]


def test_a_zone_out_of_reach_is_named_with_the_hours_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own(tmp_path, classes=[{"id": "parcel", "max_hours": 4}, {"id": "bulky", "volume": 4}])
    assert run(monkeypatch, "solve", file, "--json") == 1
    proofs = msgspec.json.decode(capsys.readouterr().out)["proofs"]
    assert proofs[0]["message"] == "a, parcel: hours allowed: its nearest lane takes 5 needed, 4 there (short by 1)"


def test_a_field_that_is_not_known_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "solve", own(tmp_path, poolings=1)) == 2
    assert "pooling" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"zones": ["a", "b", "a"]}, "Two zones are called a."),
        ({"classes": [{"id": "parcel"}] * 2}, "Two classes are called parcel."),
        ({"scenarios": [{"id": "s"}, {"id": "s"}]}, "Two scenarios are called s."),
        ({"cost_scale": 0}, "Expected `int` >= 1 - at `$.cost_scale`"),
        ({"quantity_scale": -1}, "Expected `int` >= 1 - at `$.quantity_scale`"),
        ({"demand": [{"zone": "a", "class": "bulky", "quantity": 10**30}]}, "- at `$.demand[0].quantity`"),
        ({"classes": [{"id": "parcel", "volume": -1}, {"id": "bulky"}]}, "- at `$.classes[0].volume`"),
        ({"lanes": [{"from": "plant", "to": "a", "cost": 0, "per": 2**40, "cost_per_volume": 2**40}]}, "greater unit"),
    ],
)
def test_a_network_that_cannot_be_counted_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    changes: dict[str, object],
    part: str,
) -> None:
    assert run(monkeypatch, "solve", own(tmp_path, **changes)) == 2
    assert part in capfd.readouterr().err


def test_a_graph_with_too_few_edges_is_refused_before_it_is_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sparse.txt").write_text("1000000000 2 1\n1 2 4\n2 3 5\n")
    assert run(monkeypatch, "solve", str(tmp_path / "sparse.txt")) == 2
    assert "2 edges cannot connect the 1000000000 vertices" in capfd.readouterr().err


def test_costs_may_be_written_with_a_power_of_ten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.txt").write_text("2 2\n10 5e-1\n10 9E-1\n3\n2e-1 8\n4\n9 1e-1\n")
    assert run(monkeypatch, "solve", str(tmp_path / "small.txt"), "--seconds", "5", "--json") == 0
    assert json.loads(capfd.readouterr().out)["cost"] == 1.7, "0.5 and 0.9 to stand, 0.2 and 0.1 to ship"


@pytest.mark.parametrize("form", sorted(FILES))
def test_every_public_format_is_found_and_solved(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, best = FILES[form]
    path = tmp_path / "case.txt"
    path.write_text(text)
    assert run(monkeypatch, "solve", str(path), "--seconds", "10", "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["feasible"]
    assert told["gap"] < 1e-5
    assert told["cost"] == pytest.approx(best)


def test_what_is_no_number_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cap.txt").write_text("2 2\n10 5\n10 nan\n3\n2 8\n4\n9 1\n")
    assert run(monkeypatch, "solve", str(tmp_path / "cap.txt")) == 2
    assert "Line 3 has nan where a number belongs" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2 2\n10 5\n10 9\n3\n2 -8\n4\n9 1\n", "Line 5 has -8 where a number from 0 belongs"),
        ("2 2\n10 5\n10 9\n3\n2 8\n4\n9 1e30\n", "Line 7 has 1e30, too great to be held exactly"),
        ("2 2\n10 5\n10 inf\n3\n2 8\n4\n9 1\n", "Line 3 has inf, too great"),
        ("2 \u00b2\n10 5\n10 9\n3\n2 8\n4\n9 1\n", "Line 1 has \u00b2 where a whole number of at least 1 belongs"),
        (f"2 {'9' * 5000}\n1\n", "where a whole number of at least 1 belongs"),
        ("2 2\n10 5\n10 9\n3\n2 8\n", "9 numbers, 2 in its first line; that fits no known layout: 12 belong in"),
        ("3 3 1\n1 2 4\n2 3 5\n1 2\n", "in pmedian 12"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line_or_what_lacks(
    text: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.txt").write_text(text)
    assert run(monkeypatch, "solve", str(tmp_path / "case.txt")) == 2
    assert part in capfd.readouterr().err


def test_lines_may_be_wrapped_where_only_one_reading_has_room_for_all_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = "2 3\n10 90\n10 50\n3 4 5\n2 9 4\n8 1 5\n"
    words = plain.split()
    wrapped = "2 3\n" + "\n".join(" ".join(words[k : k + 3]) for k in range(2, len(words), 3))
    costs = []
    for text in (plain, wrapped):
        (tmp_path / "case.txt").write_text(text)
        assert run(monkeypatch, "solve", str(tmp_path / "case.txt"), "--seconds", "5", "--json") == 0
        costs.append(json.loads(capfd.readouterr().out)["cost"])
    assert costs[0] == costs[1]


def test_a_capacity_that_is_a_word_must_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cap.txt"
    path.write_text("2 2\ncapacity 5\nCapacity 9\n3\n2 8\n4\n9 1\n")
    assert run(monkeypatch, "solve", str(path)) == 2
    assert "--capacity" in capsys.readouterr().err
    assert run(monkeypatch, "solve", str(path), "--capacity", "7", "--json") == 0
    assert msgspec.json.decode(capsys.readouterr().out)["cost"] == 16.0


def test_each_site_of_a_plan_says_why_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, plan = own(tmp_path), str(tmp_path / "plan.json")
    assert run(monkeypatch, "solve", file, "--seconds", "10", "--json", "--out", plan) == 0
    capsys.readouterr()
    assert run(monkeypatch, "why", file, plan, "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    plant, north, south = told["sites"]
    assert (plant["stands"], plant["is_needed"]) == (True, True)
    assert (north["stands"], north["difference"]) == (False, pytest.approx(50 - 10 * 3))
    assert (south["zones"], south["is_needed"]) == (2, True)
    assert told["service"]["longest_hours"] == 12


def test_a_curve_tells_hours_also_where_its_first_count_has_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    rooms = [OWN["sites"][0], *(site | {"capacity": 20} for site in OWN["sites"][1:])]
    assert run(monkeypatch, "curve", own(tmp_path, sites=rooms), "--count", "2", "--count", "3") == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["sites", "cost", "bound", "gap", "infeasible", "mean_hours", "hours_95", "longest_hours"]
    assert len(first.split()) == 3
    assert len(second.split()) == 8


def test_a_curve_prints_a_line_for_each_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("curve", own(tmp_path), "--count", "1", "--count", "2", "--level", "front", "--json")
    assert run(monkeypatch, *words) == 0
    one, two = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert (one["cost"], one["sites"]) == (133, 1)
    assert two["cost"] == 133 + 50 - 5 - 30 + 5


def test_stock_of_a_class_costs_its_square_root_and_carrying_it_costs_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stock = [{"class": "parcel", "level": "front", "cost": 100}]
    sites = [OWN["sites"][0], OWN["sites"][1] | {"carrying_cost": {"bulky": 70}, "opening_cost": 1}, OWN["sites"][2]]
    limits = [{"level": "front", "least": 2, "most": 2}]
    file = own(tmp_path, pooling=stock, sites=sites, site_limits=limits)
    assert run(monkeypatch, "solve", file, "--seconds", "10", "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["parts"] == {"fixed": 90, "opening": 1, "closing": 0, "carrying": 0, "pooling": 100, "transport": 93}
    assert told["gap"] < 1e-5


def test_lanes_cost_by_volume_and_weight_of_each_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes = [lane | {"per": 2, "cost_per_volume": 1, "cost_per_weight": 3} for lane in OWN["lanes"]]
    classes = [{"id": "parcel", "volume": 1}, {"id": "bulky", "volume": 4, "weight": 2}]
    assert run(monkeypatch, "solve", own(tmp_path, lanes=lanes, classes=classes), "--seconds", "10", "--json") == 0
    parts = msgspec.json.decode(capsys.readouterr().out)["parts"]
    assert parts["transport"] == (21 + 10 * 5 + 11 * 2) / 2 + 2 * (18 * 1 + 3 * (4 + 2 * 3))


def test_one_pool_of_a_level_and_class_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = [{"class": "parcel", "cost": 100}, {"class": "parcel", "cost": 1}]
    assert run(monkeypatch, "solve", own(tmp_path, pooling=twice)) == 2
    assert "two costs of pooling" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["net.xlsx", "net"])
def test_a_template_is_a_network_that_can_be_solved(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / name)
    assert run(monkeypatch, "template", file) == 0
    capsys.readouterr()
    assert run(monkeypatch, "solve", file, "--seconds", "10", "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["feasible"]
    assert told["gap"] < 1e-5
    assert told["parts"]["fixed"] in {4100, 5200.5, 9300.5}
    assert run(monkeypatch, "template", file) == 2


def test_faults_of_tables_are_told_with_table_row_and_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "net"
    assert run(monkeypatch, "template", str(folder)) == 0
    lanes = (folder / "lanes.csv").read_text(encoding="utf-8-sig")
    lanes = lanes.replace("north,town online,6.2,", "nord,town online,six,").replace(
        "\nsouth,town shop,22", "\n\nsouth,town shop,"
    )
    (folder / "lanes.csv").write_text(lanes)
    (folder / "zones.csv").unlink()
    capsys.readouterr()
    assert run(monkeypatch, "solve", str(folder)) == 2
    told = capsys.readouterr().err.replace("\n", " ")
    assert "there is no table zones.csv" in told
    assert "lanes.csv, row 5, column from: 'nord' does not stand in sites" in told
    assert "lanes.csv, row 5, column cost: 'six' is no number" in told
    assert "lanes.csv, row 10, column cost: it is empty" in told


def test_a_file_of_suppliers_that_is_wrong_is_told_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "suppliers.csv"
    file.write_text("id,share,city\nmill,many,成都市\n")
    assert run(monkeypatch, "draw", str(tmp_path / "out.json"), "--suppliers", str(file)) == 2
    assert "row 2, column share: 'many' is no number above 0" in capfd.readouterr().err
    assert not (tmp_path / "out.json").exists()
