"""A real extract by OSRM: built once, by time of day, with faults explained. Skips where OSRM is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.delivery.roads import OsrmRoads, Place
from entrepot.delivery.roads.build import build
from entrepot.delivery.roads.executables import Executables, find_executables
from entrepot.delivery.roads.speeds import read_speeds
from entrepot.delivery.routing.timing import driving, value
from entrepot.infra.settings import load_settings
from entrepot.kernel.errors import InputError

SPEEDS = "from,road_class,speed_kmh\n00:00,*,90\n07:00,*,12\n09:00,*,90\n"
VADUZ, TRIESEN, SHANGHAI = Place(47.14, 9.52), Place(47.11, 9.52), Place(31.2, 121.5, "pier")


@pytest.fixture
def osrm() -> Executables:
    found = find_executables(load_settings().data_dir)
    if found is None:
        pytest.skip("OSRM is not installed")
    return found


def test_rush_takes_longer_a_second_build_is_none_and_far_places_are_told(
    osrm: Executables, shared_data: Path, tmp_path: Path
) -> None:
    extract = shared_data / "or/osm/liechtenstein.osm.pbf"
    if not extract.is_file():
        pytest.skip("the extract is not there")
    said = list[str]()
    slices = read_speeds(SPEEDS)
    folder, was_there = build(extract, slices, tmp_path / "out", osrm, said.append)
    assert not was_there
    assert said[-1] == "Speeds from 09:00 (3 of 3)"
    assert build(extract, slices, tmp_path / "out", osrm, said.append) == (folder, True)
    roads = OsrmRoads(folder, osrm)
    travel = roads.travel([VADUZ, TRIESEN])
    night, rush = (value(driving(travel, 0, 1), at) - at for at in (3 * 3600.0, 8 * 3600.0))
    assert 2 < rush / night < 4
    assert (roads.travel([VADUZ, TRIESEN]).distance.row(0) == travel.distance.row(0)).all()
    with pytest.raises(InputError, match=r"pier is .* m from the nearest road"):
        roads.travel([VADUZ, SHANGHAI])


def test_a_damaged_extract_leaves_nothing_behind(osrm: Executables, tmp_path: Path) -> None:
    extract = tmp_path / "cut.osm.pbf"
    extract.write_bytes(b"no extract")
    with pytest.raises(InputError, match="osrm-extract failed: PBF error"):
        build(extract, read_speeds(SPEEDS), tmp_path / "out", osrm, print)
    assert list((tmp_path / "out").iterdir()) == []
