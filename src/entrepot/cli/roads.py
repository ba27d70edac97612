"""``entrepot roads``: road graphs from OpenStreetMap by time of day, and travel between places. No database."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from entrepot.cli.screen import errors, print_json, print_rows
from entrepot.delivery.roads import Place, open_roads
from entrepot.delivery.roads.build import build
from entrepot.delivery.roads.executables import fetch_executables, find_executables
from entrepot.delivery.roads.graph import read_graph
from entrepot.delivery.roads.speeds import AS_MAPPED, read_speeds
from entrepot.delivery.routing.formats.geography import clock
from entrepot.delivery.routing.timing import driving, value
from entrepot.infra.settings import load_settings
from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@app.command("build")
def build_roads(
    extract: Annotated[Path, typer.Argument(help="OpenStreetMap extract: .osm.pbf, .osm.bz2, .osm.gz or .osm.")],
    speeds: Annotated[Path | None, typer.Option(help="CSV: from,road_class,speed_kmh; else the map's speeds.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to keep graphs; by default in the data directory.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build one road graph for each slice of the day; the same extract and speeds are not built twice.

    Interrupted, it leaves nothing half built. OSRM is fetched from the package index where it is not installed.
    """
    data_dir, begun = load_settings().data_dir, time.perf_counter()
    slices = AS_MAPPED if speeds is None else read_speeds(read_text(speeds, "roads"), str(speeds))
    with errors.status("Looking for OSRM") as status:
        executables = find_executables(data_dir)
        if executables is None:
            status.update("Fetching OSRM")
            executables = fetch_executables(data_dir)
        folder, was_there = build(extract, slices, (out or data_dir / "roads").absolute(), executables, status.update)
    told = {"roads": str(folder), **msgspec.to_builtins(read_graph(folder)), "was_there": was_there}
    told["seconds"] = round(time.perf_counter() - begun, 2)
    if as_json:
        print_json(told)
        return
    state = "was there already" if was_there else f"built in {told['seconds']} s"
    typer.echo(f"{folder}: {told['segments']:,} road segments, {len(slices)} slices of the day, {state}")


@app.command("matrix")
def show_matrix(
    places: Annotated[Path, typer.Argument(help="CSV: id,latitude,longitude.")],
    roads: Annotated[str, typer.Option("--roads", help="Folder of `entrepot roads build`, or an OSRM server.")],
    at: Annotated[str, typer.Option(help="Departure, HH:MM.")] = "00:00",
    as_json: AsJson = False,
) -> None:
    """Tell metres and seconds from each place to each, for one who leaves at a time of day."""
    given, leaves = _read_places(places), clock(at, None)
    travel = open_roads(roads, load_settings().data_dir).travel(given)
    rows: list[dict[str, object]] = [
        {
            "from": origin.name,
            "to": target.name,
            "metres": travel.distance.between(i, j),
            "seconds": round(value(driving(travel, i, j), leaves) - leaves),
        }
        for i, origin in enumerate(given)
        for j, target in enumerate(given)
        if i != j
    ]
    print_rows(rows, as_json, ("from", "to", "metres", "seconds"))


def _read_places(path: Path) -> list[Place]:
    rows = list(csv.DictReader(read_text(path, "roads").splitlines()))
    found, faults = list[Place](), list[str]()
    for number, row in enumerate(rows, start=2):
        try:
            found.append(Place(float(row["latitude"]), float(row["longitude"]), row["id"]))
        except (KeyError, TypeError, ValueError) as error:
            faults.append(f"line {number}: {error}")
    if faults or not found:
        shown = "; ".join(faults[:5]) or "it holds no place"
        raise InputError("roads.places", f"{path} cannot be read: {shown}.", "Give the columns id,latitude,longitude.")
    return found
