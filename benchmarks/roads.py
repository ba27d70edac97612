"""Roads of an extract: seconds to build, seconds for a matrix, and what it costs to plan without traffic.

``python -m benchmarks.roads EXTRACT --around LATITUDE LONGITUDE [--km KM] [--stops N] [--seconds S] [--record FILE]``

Places are drawn at random in a square and kept where a road is near. Speeds are `rush_hours.csv`: an assumption of ours
with a morning and an evening peak, measured nowhere. Half of the stops have a window of an hour. The same stops are
planned under traffic, and at times that stand still (their mean over the day); our checker drives both under traffic.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances import keep
from benchmarks.machine import machine
from benchmarks.traffic import MOMENTS, still
from entrepot.delivery.roads import OsrmRoads, Place
from entrepot.delivery.roads.build import build
from entrepot.delivery.roads.executables import Executables, fetch_executables, find_executables
from entrepot.delivery.roads.osrm import cut_off
from entrepot.delivery.roads.server import OURS, ask_matrix, serving
from entrepot.delivery.roads.speeds import read_speeds
from entrepot.delivery.routing.checker import check
from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Travel
from entrepot.infra.settings import load_settings

SPEEDS = Path(__file__).parent / "rush_hours.csv"
MATRIX = 500
NEAR_METRES = 300.0
HOUR = 3600


def main() -> None:
    arguments = _arguments()
    data_dir = load_settings().data_dir
    osrm = find_executables(data_dir) or fetch_executables(data_dir)
    rng = np.random.default_rng(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        begun = time.perf_counter()
        folder, _ = build(arguments.extract, read_speeds(SPEEDS.read_text()), Path(name), osrm, lambda step: None)
        found: dict[str, Any] = {"build_seconds": time.perf_counter() - begun}
        places = _places(osrm, folder, arguments, rng)
        with serving(osrm, folder / "0") as url:
            begun = time.perf_counter()
            ask_matrix(url, places, OURS)
            found["matrix_seconds"] = time.perf_counter() - begun
        begun = time.perf_counter()
        travel = OsrmRoads(folder, osrm).travel(places[: arguments.stops + 1])
        found["travel_seconds"] = time.perf_counter() - begun
    print(f"build {found['build_seconds']:.1f} s; {len(places)} x {len(places)} in {found['matrix_seconds']:.2f} s")
    problem = _problem(travel, arguments.stops, rng)
    found["under traffic"] = _driven(problem, problem, arguments.seconds, "under traffic")
    found["mean times"] = _driven(problem, still(problem, np.add, MOMENTS), arguments.seconds, "at mean times")
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "places": len(places)}
    said |= {name: str(value) for name, value in vars(arguments).items()}
    keep({**said, **found}, arguments.record or Path(f"benchmarks/records/roads-{arguments.extract.name}.json"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", type=Path)
    parser.add_argument("--around", type=float, nargs=2, required=True, metavar=("LATITUDE", "LONGITUDE"))
    parser.add_argument("--km", type=float, default=10.0, help="from the middle to the sides of the square")
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


def _places(osrm: Executables, folder: Path, arguments: argparse.Namespace, rng: np.random.Generator) -> list[Place]:
    latitude, longitude = arguments.around
    offset = rng.uniform(-arguments.km / 111.2, arguments.km / 111.2, (10 * MATRIX, 2))
    offset[:, 1] /= np.cos(np.radians(latitude))
    drawn = [Place(latitude + north, longitude + east) for north, east in offset.tolist()]
    with serving(osrm, folder / "0") as url:
        parts = [drawn[k : k + 100] for k in range(0, len(drawn), 100)]
        asked = [(part, ask_matrix(url, part, OURS).away) for part in parts]
        near = [place for part, away in asked for place, far in zip(part, away, strict=True) if far <= NEAR_METRES]
        missing = np.isnan(ask_matrix(url, near[:MATRIX], OURS).seconds)
    out = set(cut_off(missing))
    return [place for k, place in enumerate(near[:MATRIX]) if k not in out]


def _problem(travel: Travel, n_stops: int, rng: np.random.Generator) -> Problem:
    opens = rng.integers(7 * HOUR, 17 * HOUR, n_stops)
    day = Window(6 * HOUR, 20 * HOUR)
    windows = [Window(int(at), int(at) + HOUR) if k % 2 else day for k, at in enumerate(opens)]
    return Problem(
        stops=tuple(Stop(f"{k}", k + 1, (1,), windows=(one,), service=300) for k, one in enumerate(windows)),
        depots=(Depot("DC", 0, day),),
        vehicles=(VehicleType("van", n_stops, (25,), fixed_cost=HOUR, cost_per_distance=0, cost_per_time=1),),
        travel=travel,
        name="roads",
    )


def _driven(problem: Problem, planned: Problem, seconds: float, name: str) -> dict[str, Any]:
    plan = Traffic().solve(planned, seconds, 1, None, Watch())
    verdict = check(problem, plan)
    late = [one for one in verdict.violations if one.rule in ("window", "depot")]
    cost = verdict.cost.total
    told = {"cost": cost, "routes": len(plan.routes), "late": len(late), "late_by": sum(one.excess for one in late)}
    print(f"{name:<14} cost {cost:,.0f} in {len(plan.routes)} routes, {len(late)} stops late")
    return told


if __name__ == "__main__":
    main()
