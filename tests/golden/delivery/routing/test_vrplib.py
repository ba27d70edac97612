from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.routing.formats.vrplib import _explicit, read_vrplib
from entrepot.delivery.routing.formats.vrplib_text import parse
from entrepot.delivery.routing.problem import ALWAYS, FOREVER, Depot, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Plane
from entrepot.kernel.errors import InputError, NotFound

COORDINATES = """NODE_COORD_SECTION
1 0 0
2 1 1
3 3 4
"""
DEMAND = "DEMAND_SECTION\n1 0\n2 4\n3 5\n"


def text(kind: str, *parts: str) -> str:
    head = f"NAME : tiny\nCOMMENT : by hand: for tests\nTYPE : {kind}\nDIMENSION : 3\n"
    return head + "".join(parts) + "EOF\nwhat comes after is not read\n"


def matrix(found: str, **others: str) -> list[list[int]]:
    distance = read_vrplib(found, **others).travel.distance
    return [distance.row(k).tolist() for k in range(3)]


def test_cvrp_rounds_to_the_nearest() -> None:
    found = text("CVRP", "EDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 7\n", COORDINATES, DEMAND, "DEPOT_SECTION\n 1\n -1\n")
    case = read_vrplib(found)
    assert case.stops == (Stop("1", 1, (4,)), Stop("2", 2, (5,)))
    assert case.depots == (Depot("0", 0, ALWAYS),)
    assert case.vehicles == (VehicleType("1-2", 2, (7,)),)
    assert (case.name, case.scale, case.deliveries_first) == ("tiny", 1, False)
    assert matrix(found) == [[0, 1, 5], [1, 0, 4], [5, 4, 0]]


@pytest.mark.parametrize(
    ("rounding", "scale", "first"),
    [("trunc", 1, [0, 1, 5]), ("dimacs", 10, [0, 14, 50]), ("exact", 1000, [0, 1414, 5000])],
)
def test_other_roundings_scale_all_of_distance_and_time(rounding: str, scale: int, first: list[int]) -> None:
    service = "SERVICE_TIME : 2.25\n"
    found = text("CVRP", "EDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 7\n", service, COORDINATES, DEMAND)
    case = read_vrplib(found, rounding)
    assert (case.scale, matrix(found, rounding=rounding)[0]) == (scale, first)
    assert [stop.service for stop in case.stops] == [int(2.25 * scale)] * 2


@pytest.mark.parametrize(
    ("kind", "first"),
    [("FLOOR_2D", [0, 1, 5]), ("CEIL_2D", [0, 2, 5]), ("EXACT_2D", [0, 1414, 5000])],
)
def test_weight_types(kind: str, first: list[int]) -> None:
    assert matrix(text("CVRP", f"EDGE_WEIGHT_TYPE : {kind}\n", COORDINATES, DEMAND))[0] == first


@pytest.mark.parametrize(("far", "unit"), [(1, ""), (999_999, ""), (999_999, ".5")])
def test_distances_just_above_a_whole_number_are_rounded_up(far: int, unit: str) -> None:
    """Two places as far apart as 1 and ``far``, and one whose distance is whole; fractions go the long way round."""
    places = f"NODE_COORD_SECTION\n1 0{unit} 0\n2 {far}{unit} 1\n3 {far}{unit} 0\n"
    assert matrix(text("CVRP", "EDGE_WEIGHT_TYPE : CEIL_2D\n", places, DEMAND))[0] == [0, far + 1, far]


def test_many_places_rounded_up_make_no_matrix() -> None:
    places = "".join(f"{k} {k % 200} {k // 200}\n" for k in range(1, 3001))
    head = "TYPE : CVRP\nDIMENSION : 3000\nEDGE_WEIGHT_TYPE : CEIL_2D\nCAPACITY : 9\nNODE_COORD_SECTION\n"
    demand = "DEMAND_SECTION\n" + "".join(f"{k} {int(k > 1)}\n" for k in range(1, 3001))
    distance = read_vrplib(head + places + demand).travel.distance
    assert isinstance(distance, Plane)
    assert (distance.between(0, 1), distance.between(0, 200), distance.between(0, 201)) == (1, 1, 2)


@pytest.mark.parametrize(
    ("form", "weights", "expected"),
    [
        ("FULL_MATRIX", "0 1 2\n3 0 4\n5 6 0\n", [[0, 1, 2], [3, 0, 4], [5, 6, 0]]),
        ("LOWER_ROW", "1\n2 3\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("LOWER_DIAG_ROW", "0 1 0\n2 3 0\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("UPPER_ROW", "1 2\n3\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("UPPER_DIAG_ROW", "0 1 2\n0 3\n0\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("LOWER_COL", "1 2\n3\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("LOWER_DIAG_COL", "0 1 2\n0 3\n0\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("UPPER_COL", "1\n2 3\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
        ("UPPER_DIAG_COL", "0 1 0\n2 3 0\n", [[0, 1, 2], [1, 0, 3], [2, 3, 0]]),
    ],
)
def test_explicit_weights_are_kept_whole(form: str, weights: str, expected: list[list[int]]) -> None:
    head = f"EDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : {form}\nEDGE_WEIGHT_SECTION\n"
    assert matrix(text("VRPTW", head, weights, DEMAND)) == expected
    assert read_vrplib(text("VRPTW", head, weights, DEMAND)).scale == 1


def test_vrptw_has_windows_services_and_the_depots_day() -> None:
    times = "SERVICE_TIME_SECTION\n1 0\n2 9\n3 8\nTIME_WINDOW_SECTION\n1 0 99.55\n2 10 20\n3 30 40\n"
    case = read_vrplib(text("VRPTW", "EDGE_WEIGHT_TYPE : EUC_2D\nVEHICLES : 3\n", COORDINATES, DEMAND, times))
    assert case.scale == 10
    assert [(stop.windows, stop.service) for stop in case.stops] == [
        ((Window(100, 200),), 90), ((Window(300, 400),), 80),
    ]  # fmt: skip
    assert case.depots[0].window == Window(0, 995)
    assert case.vehicles[0].count == 3


def test_vrpb_has_pickups_after_deliveries() -> None:
    backhaul = "BACKHAUL_SECTION\n1 0\n2 0\n3 6\n"
    case = read_vrplib(text("VRPB", "EDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 7\n", COORDINATES, DEMAND, backhaul))
    assert case.deliveries_first
    assert [(stop.delivery, stop.pickup) for stop in case.stops] == [((4,), (0,)), ((5,), (6,))]


def test_pcvrptw_stops_with_a_prize_may_be_left_out() -> None:
    case = read_vrplib(text("PCVRPTW", COORDINATES, DEMAND, "PRIZE_SECTION\n1 0\n2 21\n3 0\n"))
    assert [stop.prize for stop in case.stops] == [210, None]


def test_mdvrptw_vehicles_belong_to_depots() -> None:
    fleet = "VEHICLES : 3\nVEHICLES_MAX_DURATION : 45\nCAPACITY : 9\n"
    rows = "VEHICLES_DEPOT_SECTION\n1 1\n2 1\n3 2\nDEPOT_SECTION\n1\n2\n-1\n"
    case = read_vrplib(text("MDVRPTW", fleet, COORDINATES, DEMAND, rows))
    assert [depot.id for depot in case.depots] == ["0", "1"]
    assert [stop.id for stop in case.stops] == ["2"]
    assert case.vehicles == (
        VehicleType("1-2", 2, (9,), 0, 0, max_duration=45_000),
        VehicleType("3", 1, (9,), 1, 1, max_duration=45_000),
    )


def test_hfvrp_vehicles_have_their_own_capacity_and_costs() -> None:
    rows = "CAPACITY_SECTION\n1 5\n2 9\nVEHICLES_FIXED_COST_SECTION\n1 10\n2 20\n"
    unit = "VEHICLES_UNIT_DISTANCE_COST_SECTION\n1 1\n2 {}\n"
    whole = read_vrplib(text("HFVRP", "VEHICLES : 2\n", COORDINATES, DEMAND, rows, unit.format(3)))
    assert whole.vehicles == (
        VehicleType("1", 1, (5,), fixed_cost=10_000, cost_per_distance=1),
        VehicleType("2", 1, (9,), fixed_cost=20_000, cost_per_distance=3),
    )
    part = read_vrplib(text("HFVRP", "VEHICLES : 2\n", COORDINATES, DEMAND, rows, unit.format(1.25)))
    assert (part.scale, part.vehicles[1].cost_per_distance, part.vehicles[1].fixed_cost) == (10**6, 1250, 20 * 10**6)


def test_sdvrptw_vehicles_may_visit_some() -> None:
    rows = "CAPACITY_SECTION\n1 5\n2 9\nVEHICLES_ALLOWED_CLIENTS_SECTION\n1 2\n2 2 3\n"
    case = read_vrplib(text("SDVRPTW", "VEHICLES : 2\n", COORDINATES, DEMAND, rows))
    assert [stop.vehicles for stop in case.stops] == [{0, 1}, {1}]


def test_mtvrptwr_vehicles_reload_and_goods_are_released() -> None:
    rows = "RELEASE_TIME_SECTION\n1 0\n2 7\n3 0\nVEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 1\nDEPOT_SECTION\n1\n"
    case = read_vrplib(text("MTVRPTWR", "VEHICLES : 2\n", COORDINATES, DEMAND, rows))
    assert [stop.release for stop in case.stops] == [70, 0]
    (vehicle,) = case.vehicles
    assert (vehicle.reloads, vehicle.max_reloads, vehicle.count) == ((0,), FOREVER, 2)


def test_several_loads_and_fractions_of_them() -> None:
    demand = "DEMAND_SECTION\n1 0 0\n2 4 0.5\n3 5 2\n"
    case = read_vrplib(text("CVRP", "VEHICLES : 2\n", COORDINATES, demand, "CAPACITY_SECTION\n1 9 3\n2 9 3\n"))
    assert [stop.delivery for stop in case.stops] == [(4000, 500), (5000, 2000)]
    assert case.vehicles == (VehicleType("1-2", 2, (9000, 3000)),)


def test_what_is_finer_than_loads_of_a_capacity_is_cut_off() -> None:
    whole = read_vrplib(text("CVRP", "CAPACITY : 9.7\n", COORDINATES, DEMAND))
    assert whole.vehicles[0].capacity == (9,), "4 and 5 fit, no whole units above"
    parts = read_vrplib(text("CVRP", "CAPACITY : 9.0007\n", COORDINATES, DEMAND.replace("2 4", "2 4.5")))
    assert parts.vehicles[0].capacity == (9000,)


@pytest.mark.parametrize(
    ("parts", "line", "message"),
    [
        (("CAPACITY : seven\n", COORDINATES, DEMAND), 5, "Line 5: 'seven' is no number."),
        (("HEIGHT : 3\n", COORDINATES, DEMAND), 5, "Line 5: HEIGHT is not understood."),
        ((COORDINATES, DEMAND, "PAINT_SECTION\n1 2\n"), None, "The file: PAINT_SECTION is not understood."),
        ((COORDINATES.replace("3 3 4", "4 3 4"), DEMAND), 8, "Line 8: NODE_COORD has a row for 4."),
        ((COORDINATES.replace("3 3 4", "2 3 4"), DEMAND), 8,
         "Line 8: NODE_COORD has two rows for 2, the first in line 7."),
        ((COORDINATES.replace("3 3 4\n", ""), DEMAND), None, "The file: NODE_COORD has no row for 3."),
        ((COORDINATES.replace("3 3 4", "3 3"), DEMAND), 8,
         "Line 8: NODE_COORD has 1 values here and 2 in its first row."),
        ((COORDINATES, DEMAND, "DEPOT_SECTION\n9\n"), 14, "Line 14: DEPOT_SECTION names 9."),
        (("EDGE_WEIGHT_TYPE : GEO\n", COORDINATES, DEMAND), 5, "Line 5: the EDGE_WEIGHT_TYPE GEO is not understood."),
        (("EDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : LOWER_ROW\nEDGE_WEIGHT_SECTION\n1 2\n", DEMAND), 8,
         "Line 8: EDGE_WEIGHT_SECTION holds 2 values; LOWER_ROW of 3 has 3."),
        ((COORDINATES, DEMAND, "CAPACITY : 4\n"), 13, "Line 13: the specification CAPACITY comes after a section."),
        ((COORDINATES, DEMAND, "DEPOT_SECTION\n1.5\n"), 14, "Line 14: DEPOT_SECTION names 1.5."),
        ((COORDINATES, DEMAND, "DEPOT_SECTION\n1\n1\n"), 14, "Line 14: DEPOT_SECTION names 1."),
        ((COORDINATES.replace("3 3 4", "3 1e99 4"), DEMAND), 8,
         "Line 8: '1e99' is no number from -4503599627370496 to 4503599627370496."),
        (("VEHICLES : 1000000000\n", COORDINATES, DEMAND), 5, "Line 5: VEHICLES is 1000000000."),
        (("VEHICLES_UNIT_DISTANCE_COST : 1e-5\n", COORDINATES, DEMAND), None,
         "The file: VEHICLES_UNIT_DISTANCE_COST is 1e-05, too little to count."),
        (("CAPACITY : 4\nCAPACITY : 5\n", COORDINATES, DEMAND), 6, "Line 6: CAPACITY is 5, and 4 in line 5."),
        (("nonsense\n", COORDINATES, DEMAND), 5, "Line 5: 'nonsense' is neither `NAME: value` nor a section."),
    ],
)  # fmt: skip
def test_faults_have_their_line(parts: tuple[str, ...], line: int | None, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_vrplib(text("CVRP", *parts))
    assert (caught.value.message, caught.value.fields["line"]) == (message, line)


def test_a_matrix_that_cannot_be_is_counted_before_it_is_made() -> None:
    head = "TYPE : CVRP\nDIMENSION : 90000000\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\n"
    with pytest.raises(InputError, match="holds 2 values; FULL_MATRIX of 90000000 has 8100000000000000"):
        _explicit(parse(head + "EDGE_WEIGHT_SECTION\n0 1\n"), 90_000_000)


def test_files_may_be_packed_and_faults_name_them(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.vrp.gz", tmp_path / "bad.vrp"
    good.write_bytes(gzip.compress(text("CVRP", COORDINATES, DEMAND).encode()))
    assert read_problem(good).name == "tiny"
    bad.write_text(text("CVRP", "CAPACITY : x\n", COORDINATES))
    with pytest.raises(InputError, match=r"bad\.vrp: Line 5: 'x' is no number"):
        read_problem(bad)
    bad.write_bytes(b"\x1f\x8bno gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_problem(bad)
    with pytest.raises(NotFound):
        read_problem(tmp_path / "none.vrp")


def test_large_instances_keep_coordinates_instead_of_a_matrix() -> None:
    size = 2_500
    rows = "".join(f"{k} {k} 0\n" for k in range(1, size + 1))
    demand = "".join(f"{k} {int(k > 1)}\n" for k in range(1, size + 1))
    found = f"DIMENSION : {size}\nTYPE : CVRP\nCAPACITY : 9\nNODE_COORD_SECTION\n{rows}DEMAND_SECTION\n{demand}"
    case = read_vrplib(found)
    assert not hasattr(case.travel.distance, "values")
    assert case.travel.distance.between(0, size - 1) == size - 1
