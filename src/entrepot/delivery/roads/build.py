"""From an OpenStreetMap extract and speeds to graphs, one for each slice of the day; nothing is built twice."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from entrepot.delivery.roads.executables import Executables
from entrepot.delivery.roads.graph import GRAPH, Graph
from entrepot.delivery.roads.speeds import ANY, RoadSlice
from entrepot.kernel.errors import InputError

PROFILE: Final = Path(__file__).parent / "car_with_roads.lua"
SEGMENTS: Final = "segments.parquet"
WRITTEN_IN_PLACE: Final = ".geometry"
"""The only file of a base that osrm-customize changes without making it anew; measured with OSRM 26.10."""

Progress = Callable[[str], None]


def build(
    extract: Path, slices: Sequence[RoadSlice], out: Path, executables: Executables, progress: Progress
) -> tuple[Path, bool]:
    """Build the graphs of an extract; what the same extract, speeds and OSRM gave before is taken as it is.

    Returns
    -------
    Path, bool
        Folder of the graph, and whether it was there already.

    Raises
    ------
    InputError
        ``roads.extract`` if there is no such file, ``roads.osrm`` with what OSRM said of it.
    """
    if not extract.is_file():
        raise InputError("roads.extract", f"There is no extract {extract}.", "Give an .osm.pbf file.")
    version = executables.version
    base_id = _digest(_file_digest(extract), version, PROFILE.read_text())
    base, folder = out / f"base-{base_id}", out / _digest(base_id, repr(tuple(slices)))
    if (folder / GRAPH).exists():
        return folder, True
    out.mkdir(parents=True, exist_ok=True)
    if not (base / SEGMENTS).exists():
        with _unfinished(out) as work:
            _extract(extract, work, executables, progress)
            _finish(work, base)
    with _unfinished(out) as work:
        segments = pl.read_parquet(base / SEGMENTS)
        for k, one in enumerate(slices):
            progress(f"Speeds from {one.begins // 3600:02d}:{one.begins // 60 % 60:02d} ({k + 1} of {len(slices)})")
            _customise(base, work / str(k), segments, one, executables)
        begins = tuple(one.begins for one in slices)
        graph = Graph(folder.name, extract.name, begins, version, segments.height)
        (work / GRAPH).write_bytes(msgspec.json.encode(graph))
        _finish(work, folder)
    return folder, False


def _extract(extract: Path, work: Path, executables: Executables, progress: Progress) -> None:
    environment = {"ENTREPOT_OSRM_PROFILES": str(executables.profiles), "ENTREPOT_ROADS": str(work)}
    progress(f"Reading {extract.name}")
    arguments = ["--profile", str(PROFILE), "--output", str(work / "roads.osrm"), str(extract.absolute())]
    executables.run("osrm-extract", arguments, work, environment)
    progress("Partitioning")
    executables.run("osrm-partition", ["roads.osrm"], work)
    told = sorted(work.glob("segments-*.csv"))
    columns = {"class": pl.String, "from": pl.Int64, "to": pl.Int64, "speed": pl.Float64, "rate": pl.Float64}
    tables = [pl.read_csv(one, has_header=False, new_columns=list(columns), schema_overrides=columns) for one in told]
    if not tables:
        raise InputError("roads.extract", f"{extract.name} has no road for cars.", "Give an extract with roads.")
    pl.concat(tables).unique(["from", "to"], keep="first", maintain_order=True).write_parquet(work / SEGMENTS)
    for one in told:
        one.unlink()


def _customise(base: Path, folder: Path, segments: pl.DataFrame, one: RoadSlice, executables: Executables) -> None:
    folder.mkdir()
    for file in base.glob("roads.osrm.*"):
        if file.suffix == WRITTEN_IN_PLACE:
            shutil.copy2(file, folder)
        else:
            (folder / file.name).hardlink_to(file)
    speeds = dict(one.speeds)
    most = pl.col("class").replace_strict(speeds, default=speeds.get(ANY, float("inf")), return_dtype=pl.Float64)
    slowed = segments.with_columns(driven=pl.min_horizontal("speed", most))
    told = slowed.select("from", "to", "driven", rate=pl.col("rate") * pl.col("driven") / pl.col("speed"))
    told.write_csv(folder / "speeds.csv", include_header=False)
    executables.run("osrm-customize", ["roads.osrm", "--segment-speed-file", "speeds.csv"], folder)
    (folder / "speeds.csv").unlink()


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """Make a folder to build in, which goes away however that ends, unless it was finished."""
    with tempfile.TemporaryDirectory(prefix=".building-", dir=out, ignore_cleanup_errors=True) as name:
        work = Path(name) / "work"
        work.mkdir()
        yield work.absolute()


def _finish(work: Path, folder: Path) -> None:
    with suppress(OSError):  # another build of the same was quicker: its folder is as good
        work.rename(folder)
    if not folder.is_dir():
        raise InputError("roads.out", f"{folder} cannot be written.", "Choose another --out.")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
