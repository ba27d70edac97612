"""``entrepot roads`` where the input is wrong: nothing is fetched, and all is explained."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from entrepot.cli import main


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: object) -> int:
    monkeypatch.setenv("ENTREPOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["entrepot", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_speeds_with_a_fault_are_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speeds = tmp_path / "speeds.csv"
    speeds.write_text("from,road_class,speed_kmh\n00:00,primary,quick\n")
    assert run(monkeypatch, tmp_path, "roads", "build", tmp_path / "city.osm.pbf", "--speeds", speeds) == 2
    said = capsys.readouterr().err
    assert "line 2, column speed_kmh: 'quick' is no speed" in said
    assert "[roads.speeds]" in said


def test_a_folder_without_roads_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = tmp_path / "places.csv"
    places.write_text("id,latitude,longitude\nhall,47.1,9.5\n")
    assert run(monkeypatch, tmp_path, "roads", "matrix", places, "--roads", tmp_path) == 2
    assert "holds no built roads" in capsys.readouterr().err


def test_places_with_a_fault_are_told_by_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = tmp_path / "places.csv"
    places.write_text("id,latitude,longitude\nhall,north,9.5\n")
    assert run(monkeypatch, tmp_path, "roads", "matrix", places, "--roads", tmp_path) == 2
    assert "line 2: could not convert string to float: 'north'" in capsys.readouterr().err


def test_roads_need_latitudes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / "plane.json"
    problem.write_text(
        '{"depots": [{"id": "DC", "x": 0, "y": 0}], "stops": [{"id": "A", "x": 9, "y": 0}], "vehicles": [{"id": "v"}]}'
    )
    assert run(monkeypatch, tmp_path, "routes", "solve", problem, "--roads", "http://127.0.0.1:1") == 2
    assert "Give lat and lon to each" in capsys.readouterr().err
