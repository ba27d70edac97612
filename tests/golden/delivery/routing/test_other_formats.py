from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.formats import entrepot_json, read_plan, read_problem, write_plan
from entrepot.delivery.routing.formats.entrepot_json import read_entrepot
from entrepot.delivery.routing.formats.solomon import read_solomon
from entrepot.delivery.routing.formats.solutions import read_sol, sol_text
from entrepot.delivery.routing.infeasible import explain_infeasible
from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import FOREVER, Break, Depot, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Arrivals, Plane, Speeds
from entrepot.kernel.errors import InputError
from tests.unit.delivery.routing.cases import problem

SOLOMON = """R1

VEHICLE
NUMBER     CAPACITY
  25         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0        230          0
    1      3          4         10         41         51         10
    2      1          1          7         15         27         10
"""

MAMUT: dict[str, Any] = {
    "instance_name": "tiny", "num_vehicles": None, "vehicle_capacity": 9, "coordinates": [[0, 0], [3, 4]],
    "demands": [0, 2], "service_times": [0, 5], "time_windows": [[0, 100], [10, 20.5]], "depot": 0, "horizon": [0, 100],
}  # fmt: skip

OURS: dict[str, Any] = {
    "name": "morning", "day": "2026-11-24T00:00:00+01:00", "loads": ["weight_g", "boxes"],
    "travel": {"circuity": 1.5, "speed_kmh": 36},
    "depots": [
        {"id": "DC", "lat": 50.0, "lon": 4.0, "window": ["06:00", "22:30:10"]},
        {"id": "FW", "lat": 50.1, "lon": 4.0},
    ],
    "vehicles": [
        {
            "id": "van", "count": 2, "capacity": {"weight_g": 500}, "start": "FW", "fixed_cost": 12.5,
            "cost_per_km": 0.9, "cost_per_hour": 36, "shift": ["07:00", "15:00"], "max_duration": 28800,
            "reloads": ["DC"], "max_reloads": 1,
            "rest": {"earliest": "11:00", "latest": "13:00", "duration": 1800},
        },
        {"id": "bike"},
    ],
    "stops": [
        {
            "id": "A", "lat": 50.0, "lon": 4.1, "delivery": [100, 2], "pickup": {"boxes": 1}, "service": 300,
            "windows": [["09:00", "10:00"], ["2026-11-24T12:00:00+00:00", 50000]], "release": 60, "vehicles": ["bike"],
        },
        {"id": "B", "lat": 50.1, "lon": 4.1, "prize": 7.25},
    ],
}  # fmt: skip


def test_solomon_rounds_as_dimacs_did() -> None:
    case = read_solomon(SOLOMON)
    assert (case.name, case.scale) == ("R1", 10)
    assert case.stops == (
        Stop("1", 1, (10,), windows=(Window(410, 510),), service=100),
        Stop("2", 2, (7,), windows=(Window(150, 270),), service=100),
    )
    assert case.depots == (Depot("0", 0, Window(0, 2300)),)
    assert case.vehicles == (VehicleType("1-25", 25, (200,)),)
    assert case.travel.distance.row(0).tolist() == [0, 50, 14]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  25         200", "  25", "Line 5: the vehicles' number and capacity are missing."),
        ("  25         200", "  2.5        200", "Line 5: there are 2.5 vehicles."),
        ("    2      1 ", "    B      1 ", "Line 12: 'B' is no number."),
        ("    1      3 ", "    7      3 ", "Line 11: customer 7 stands where 1 should."),
        ("15         27 ", "15 ", "Line 12: a customer has 6 values."),
        ("41  ", "x  ", "Line 11: 'x' is no number."),
        ("41  ", "nan  ", "Line 11: 'nan' is no number from -4503599627370496 to 4503599627370496."),
        ("41  ", "1e99", "Line 11: '1e99' is no number from -4503599627370496 to 4503599627370496."),
    ],
)
def test_faults_of_solomon_files_have_their_line(old: str, new: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_solomon(SOLOMON.replace(old, new))
    assert caught.value.message == message


def test_solomon_files_may_have_another_title_decimals_and_an_end() -> None:
    case = read_solomon(SOLOMON)
    odd = SOLOMON.replace("R1", "101").replace("    2      1 ", "    2.0    1 ").replace("  25  ", "  25.0 ") + "EOF\n"
    assert (read_solomon(odd).stops, read_solomon(odd).name) == (case.stops, "101")
    assert read_solomon(SOLOMON.replace("R1\n", ""), name="file").name == "file"


def test_solomon_keeps_fractions_of_demands_and_cuts_the_capacity_off() -> None:
    whole = read_solomon(SOLOMON.replace("25         200", "25         20.9"))
    assert whole.vehicles[0].capacity == (20,), "a load of whole units above 20 does not fit into 20.9"
    parts = read_solomon(
        SOLOMON.replace("   10         41", "   10.25      41").replace("25         200", "25    20.5")
    )
    assert [stop.delivery for stop in parts.stops] == [(10_250,), (7_000,)]
    assert parts.vehicles[0].capacity == (20_500,)


def test_the_checker_tells_times_and_loads_as_the_file_does() -> None:
    case = read_solomon(
        SOLOMON.replace("  25         200", "  25         16.75")
        .replace("   10         41", "   9.5        41")
        .replace("15         27 ", "15         16.2 ")
    )
    verdict = check(case, Plan((Route(0, (Trip(0, (0, 1)),)),)))
    assert [one.message for one in verdict.violations] == [
        "Route 1: is at stop 2 at 54.6; it closes at 16.2, 38.4 too late."
    ]
    heavy = read_solomon(SOLOMON.replace("  25         200", "  25         16.75").replace("10         41", "9.8 41"))
    (full,) = check(heavy, Plan((Route(0, (Trip(0, (1, 0)),)),))).violations
    assert full.message == "Route 1: 16.8 on board leaving 0 (load 1); vehicles of type 1-25 hold 16.75, 0.05 too much."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "10         41",
            "200.5 41",
            "its delivery of 200.5 (load 1) is 0.5 more than any vehicle that may visit it holds",
        ),
        ("0        230 ", "0 50.5 ", "is back from it at 56 at the earliest; 50.5 is the latest, 5.5 before."),
        ("15         27 ", "0 1.2 ", "is there at 1.4 at the earliest; it closes at 1.2, 0.2 before."),
    ],
)
def test_proofs_tell_times_and_loads_as_the_file_does(old: str, new: str, message: str) -> None:
    (proof,) = explain_infeasible(read_solomon(SOLOMON.replace(old, new)))
    assert message in proof.message


def test_an_unsound_window_is_told_as_it_stands_in_the_file() -> None:
    with pytest.raises(InputError, match=r"stop 1 closes at 51, before it opens at 52\.5"):
        read_solomon(SOLOMON.replace("41         51", "52.5       51"))


def test_speeds_by_category_stand_beside(tmp_path: Path) -> None:
    timing = {
        "model": "igp-profile", "time_periods": [[0, 10], [10, 100]], "speeds": [[1, 2], [2, 4]],
        "categories_path": "tiny.igp.json",
    }  # fmt: skip
    (tmp_path / "tiny.vrp.json").write_text(json.dumps({**MAMUT, "td": timing}))
    (tmp_path / "tiny.igp.json").write_text(json.dumps({"categories": ["01", "10"]}))
    case = read_problem(tmp_path / "tiny.vrp.json")
    assert case.stops == (Stop("1", 1, (2,), windows=(Window(10_000, 20_500),), service=5000),)
    assert case.vehicles == (VehicleType("1-1", 1, (9,), cost_per_distance=0, cost_per_time=1),)
    assert case.scale == 1000
    traffic = case.travel.traffic
    assert isinstance(traffic, Speeds)
    assert traffic.bounds.tolist() == [0, 10_000, 100_000]
    assert traffic.category.tolist() == [[0, 1], [1, 0]]
    verdict = check(case, Plan((Route(0, (Trip(0, (0,)),)),)))
    assert verdict.cost.total == pytest.approx(5000 + 2 * 1250), "it leaves late enough to drive at 4 both ways"
    assert verdict.is_feasible


def test_arrival_functions_stand_beside_and_jump(tmp_path: Path) -> None:
    arcs = [[0, 1, [0, 10, 10, 100], [5, 15, 30, 120]], [1, 0, [0, 100], [5, 105]]]
    timing = {"model": "atf-ndcpwlf", "atf_path": "tiny.atf.json"}
    (tmp_path / "tiny.vrp.json").write_text(json.dumps({**MAMUT, "td": timing}))
    (tmp_path / "tiny.atf.json").write_text(json.dumps({"arcs": arcs}))
    case = read_problem(tmp_path / "tiny.vrp.json")
    assert isinstance(case.travel.traffic, Arrivals)
    assert case.travel.time.row(0).tolist() == [0, 5000]
    verdict = check(case, Plan((Route(0, (Trip(0, (0,)),)),)))
    assert verdict.cost.total == 15_000
    assert verdict.schedules[0].departure == 5_000, "any start from 5 to 10 takes 15; the earliest is told"
    late = check(case, Plan((Route(0, (Trip(0, (0,)),), departure=10_001),)))
    assert [(one.rule, round(one.excess)) for one in late.violations] == [("window", 9_501)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depot": 2}, "The depot is 2, and there are 2 coordinates."),
        ({"speeds": [[1], [2]]}, "td.speeds do not fit 2 td.time_periods, or one is not above 0."),
        ({"speeds": [[1, 0], [2, 4]]}, "td.speeds do not fit 2 td.time_periods, or one is not above 0."),
        ({"time_periods": []}, "td.speeds do not fit 0 td.time_periods, or one is not above 0."),
        ({"speeds": [[1, 2]]}, "tiny.igp.json has a category without speeds."),
    ],
)
def test_unsound_speeds_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    timing = {"model": "igp-profile", "time_periods": [[0, 9], [9, 99]], "speeds": [[1, 2], [2, 4]]}
    (tmp_path / "tiny.igp.json").write_text(json.dumps({"categories": ["01", "10"]}))
    td = {"td": {**timing, "categories_path": "tiny.igp.json", **change}}
    (tmp_path / "tiny.vrp.json").write_text(json.dumps({**MAMUT, **td, **change}))
    with pytest.raises(InputError) as caught:
        read_problem(tmp_path / "tiny.vrp.json")
    assert caught.value.message.endswith(message)


@pytest.mark.parametrize(
    ("arcs", "part"),
    [
        ([[0, 1, [0], [5]]], "has not just an arc from each of 2 locations to each other"),
        ([[0, 1, [0], [5]], [1, 0, [0], [5]], [1, 2, [0], [5]]], "has not just an arc from each of 2 locations"),
        ([[0, 1, [0], [5]], [1, 0, [0, 1], [5]]], "has an arc without as many arrivals as departures"),
    ],
)
def test_missing_arcs_are_refused_and_not_taken_for_free(tmp_path: Path, arcs: list[Any], part: str) -> None:
    timing = {"model": "atf-ndcpwlf", "atf_path": "tiny.atf.json"}
    (tmp_path / "tiny.vrp.json").write_text(json.dumps({**MAMUT, "td": timing}))
    (tmp_path / "tiny.atf.json").write_text(json.dumps({"arcs": arcs}))
    with pytest.raises(InputError, match=part):
        read_problem(tmp_path / "tiny.vrp.json")


@pytest.mark.parametrize("change", [{"td": {"model": "road"}}, {"demands": [0]}, {"vehicle_capacity": "nine"}])
def test_other_travel_models_and_forms_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    timing = {"td": {"model": "atf-ndcpwlf", "atf_path": "none"}}
    (tmp_path / "tiny.vrp.json").write_text(json.dumps({**MAMUT, **timing, **change}))
    with pytest.raises(InputError) as caught:
        read_problem(tmp_path / "tiny.vrp.json", "tdvrptw")
    assert caught.value.code == "routes.format"


def test_our_json_speaks_the_units_of_the_trade() -> None:
    case = read_entrepot(json.dumps(OURS))
    assert (case.name, case.scale, case.dimensions) == ("morning", 1_000_000, 2)
    assert case.epoch == datetime.fromisoformat("2026-11-24T00:00:00+01:00")
    assert case.depots == (Depot("DC", 0, Window(21_600, 81_010)), Depot("FW", 1))
    assert case.vehicles == (
        VehicleType(
            "van", 2, (500, FOREVER), 1, 1, fixed_cost=12_500_000, cost_per_distance=900, cost_per_time=10_000,
            shift=Window(25_200, 54_000), max_duration=28_800, reloads=(0,), max_reloads=1,
            rest=Break(39_600, 46_800, 1_800),
        ),
        VehicleType("bike", 1, (FOREVER, FOREVER), cost_per_distance=1000),
    )  # fmt: skip
    assert case.stops == (
        Stop(
            "A", 2, (100, 2), (0, 1), (Window(32_400, 36_000), Window(46_800, 50_000)), 300, 60,
            vehicles=frozenset({1}),
        ),
        Stop("B", 3, (0, 0), (0, 0), prize=7_250_000),
    )  # fmt: skip
    metres = case.travel.distance.between(0, 1)
    assert metres == pytest.approx(1.5 * 6_371_008.8 * np.radians(0.1), abs=1)
    assert case.travel.time.between(0, 1) == pytest.approx(metres / 10, abs=1)


@pytest.mark.parametrize(
    "text", [Path(entrepot_json.__file__).with_name("README.md").read_text(), entrepot_json.__doc__]
)
def test_documented_examples_are_read(text: str) -> None:
    example = re.search(r"^ {4}\{\n.*?^ {4}\}$", text, re.MULTILINE | re.DOTALL)
    assert example is not None
    case = read_entrepot(example[0])
    assert (case.stops[0].id, case.vehicles[0].cost_per_distance) == ("A-1", 900)


def test_slices_of_the_day_make_traffic() -> None:
    slices = [{"from": "17:00", "speed_kmh": 18}, {"from": "07:00", "speed_kmh": 9}]
    case = read_entrepot(json.dumps({**OURS, "travel": {"circuity": 1.5, "speed_kmh": 36, "slices": slices}}))
    traffic = case.travel.traffic
    assert isinstance(traffic, Speeds)
    assert traffic.bounds.tolist() == [0, 25_200, 61_200, 86_400]
    assert traffic.speeds.tolist() == [[10.0, 2.5, 5.0]]


def test_matrices_may_stand_for_places() -> None:
    form = {
        "depots": [{"id": "D"}], "stops": [{"id": "A"}], "vehicles": [{"id": "v", "cost_per_hour": 3.6}],
        "travel": {"distance": [[0, 5], [6, 0]], "time": [[0, 7], [8, 0]]},
    }  # fmt: skip
    case = read_entrepot(json.dumps(form))
    assert (case.travel.distance.between(1, 0), case.travel.time.between(1, 0)) == (6, 8)
    assert case.coordinates is None
    assert check(case, Plan((Route(0, (Trip(0, (0,)),)),))).cost.total == 15 * 1000


def test_many_places_are_kept_on_a_plane_close_to_the_globe(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = read_entrepot(json.dumps(OURS))
    monkeypatch.setattr("entrepot.delivery.routing.formats.geography.DENSE", 3)
    case = read_entrepot(json.dumps(OURS))
    assert isinstance(case.travel.distance, Plane)
    for target in (1, 2, 3):
        assert case.travel.distance.between(0, target) == pytest.approx(
            exact.travel.distance.between(0, target), rel=2e-3
        )


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "servise": 3}]}, "unknown field `servise` - at `$.stops[0]`"),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "vehicles": ["car"]}]}, "stop A names a vehicle car"),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "delivery": {"kg": 3}}]}, "A has a load kg"),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "delivery": [1, 2, 3]}]}, "A has 3 loads, the file 2"),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "windows": [["9 o'clock", 5]]}]}, '"9 o\'clock" is no moment'),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "windows": [["2026-11-24T09:00", 5]]}]}, "cannot be placed"),
        ({"stops": [{"id": "A", "lat": 95, "lon": 4}]}, "A is at latitude 95"),
        ({"stops": [{"id": "A"}]}, "neither matrices nor a place"),
        ({"travel": {"distance": [[0]]}}, "travel.distance is not square in 4 places"),
        ({"travel": {"speed_kmh": 0}}, "the slowest speed 0"),
        ({"travel": {"speed_kmh": 1e-300}}, "the slowest speed 1e-300"),
        ({"travel": {"circuity": 1e300}}, "The circuity is 1e+300"),
        ({"travel": {"slices": [{"from": 0, "speed_kmh": 9}, {"from": "00:00", "speed_kmh": 8}]}}, "begin at once"),
        ({"travel": {"distance": [[10**30]]}}, "`int` <= 4503599627370496 - at `$.travel.distance[0][0]`"),
        ({"depots": [{"id": "DC", "lat": 50, "lon": 4}] * 2}, "Two depots are called DC"),
        ({"vehicles": [{"id": "van"}] * 2, "stops": []}, "Two vehicles are called van"),
        ({"loads": ["kg", "kg"]}, "Two loads are called kg"),
        (
            {"vehicles": [{"id": "van", "max_stops": -1}], "stops": []},
            "van has a greatest number of stops of -1, below",
        ),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "prize": 1e300}]}, "- at `$.stops[0].prize`"),
        ({"stops": [{"id": "A", "lat": 50, "lon": 4, "service": 2**52 + 1}]}, "- at `$.stops[0].service`"),
    ],
)
def test_faults_of_our_json_name_the_field(change: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError) as caught:
        read_entrepot(json.dumps({**OURS, **change}))
    assert part in caught.value.message


class TestSolutions:
    case = problem([Stop(str(k), k) for k in (1, 2, 3)], [VehicleType("v", 3, reloads=(0,))])
    given = Plan((Route(0, (Trip(0, (1, 0)),)), Route(0, (Trip(0, (2,)),))))

    def test_both_numberings_are_written_and_read(self) -> None:
        text = sol_text(self.given, self.case, 120)
        assert text == "Route #1: 2 1\nRoute #2: 3\nCost 120\n"
        assert read_sol(text, self.case) == self.given
        nodes = sol_text(self.given, self.case, 12.5, "node")
        assert nodes == "Route #1: 3 2\nRoute #2: 4\nCost 12.5\n"
        assert read_sol(nodes, self.case) == self.given
        assert read_sol(nodes.replace("Route #2: 4\n", ""), self.case, "node").unserved == (2,)

    def test_a_depot_inside_a_route_is_a_reload(self) -> None:
        (route,) = read_sol("Route 1 : 1 0 2 3\n", self.case).routes
        assert route.trips == (Trip(0, (0,)), Trip(0, (1, 2)))
        assert sol_text(Plan((route,)), self.case, 1).startswith("Route #1: 1 0 2 3\n")

    def test_routes_are_vehicles_where_there_are_types(self) -> None:
        case = problem([Stop("1", 1), Stop("2", 2)], [VehicleType("a", 2), VehicleType("b", 1)])
        plan = read_sol("Route #1:\nRoute #2: 2\nRoute #3: 1\n", case)
        assert [route.vehicle for route in plan.routes] == [0, 1]
        assert sol_text(plan, case, 3) == "Route #1: 2\nRoute #2:\nRoute #3: 1\nCost 3\n"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("Cost 5", "The file: there is no line `Route #1: ...`."),
            ("\nRoute #1: 1 x", "Line 2: '1 x' holds what is no number."),
            ("Route #1: 1 9", "Line 1: there is no location 9."),
        ],
    )
    def test_faults_have_their_line(self, text: str, message: str) -> None:
        with pytest.raises(InputError) as caught:
            read_sol(text, self.case, "location")
        assert caught.value.message == message

    @pytest.mark.parametrize("name", ["plan.sol", "plan.json"])
    def test_plans_come_back_from_files(self, tmp_path: Path, name: str) -> None:
        write_plan(tmp_path / name, self.given, self.case, 120)
        assert read_plan(tmp_path / name, self.case) == self.given

    def test_lists_of_numbers_are_read_too(self, tmp_path: Path) -> None:
        (tmp_path / "bks.json").write_text('{"routes": [[2, 1], [3]], "cost": 5.0}')
        assert read_plan(tmp_path / "bks.json", self.case) == self.given
        (tmp_path / "bks.json").write_text('{"routes": 3}')
        with pytest.raises(InputError, match=r"bks\.json is no plan"):
            read_plan(tmp_path / "bks.json", self.case)
