"""Roads by OSRM: a matrix for each slice of the day, kept by content, joined to travel that is first in, first out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.roads.arrivals import arrivals_of
from entrepot.delivery.roads.executables import Executables, find_executables
from entrepot.delivery.roads.graph import read_graph
from entrepot.delivery.roads.roads import Place, Roads, check_places
from entrepot.delivery.roads.server import OTHERS, OURS, Matrix, ask_matrix, serving
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.kernel.errors import InputError

REACH_METRES: Final = 2_000.0
"""How far from a road a place may be."""


@dataclass(frozen=True)
class OsrmRoads:
    """Roads that ``entrepot roads build`` built; OSRM runs only while it is asked.

    Parameters
    ----------
    folder : Path
        Of the graph.
    executables : Executables
        OSRM.
    reach : float
        Metres a place may be away from a road.
    """

    folder: Path
    executables: Executables
    reach: float = REACH_METRES

    def travel(self, places: Sequence[Place]) -> Travel:
        """Return metres and seconds between places; distances are of the first slice's ways."""
        check_places(places)
        graph = read_graph(self.folder)
        matrices = [self._matrix(k, places) for k in range(len(graph.begins))]
        _check_reached(places, matrices, self.reach)
        return join(graph.begins, matrices)

    def _matrix(self, k: int, places: Sequence[Place]) -> Matrix:
        where = np.array([(place.latitude, place.longitude) for place in places], dtype=np.float64)
        name = hashlib.sha256(np.round(where, 6).tobytes()).hexdigest()[:24]
        file = self.folder / "matrices" / f"{name}-{k}.npz"
        if file.exists():
            with np.load(file) as kept:
                return Matrix(kept["seconds"], kept["metres"], kept["away"])
        with serving(self.executables, self.folder / str(k)) as url:
            matrix = ask_matrix(url, places, OURS)
        file.parent.mkdir(exist_ok=True)
        part = file.with_suffix(f".{id(matrix)}.part.npz")
        np.savez(part, **matrix._asdict())
        part.rename(file)
        return matrix


@dataclass(frozen=True, slots=True)
class OsrmServer:
    """Roads of an OSRM server somewhere, by its address; its times stand still."""

    url: str
    reach: float = REACH_METRES

    def travel(self, places: Sequence[Place]) -> Travel:
        """Return metres and seconds between places."""
        check_places(places)
        matrix = ask_matrix(self.url, places, OTHERS)
        _check_reached(places, [matrix], self.reach)
        return join((0,), [matrix])


def join(begins: Sequence[int], matrices: Sequence[Matrix]) -> Travel:
    """Return travel by the matrices of slices of the day; one slice, or equal ones, give times that stand still."""
    seconds = np.stack([matrix.seconds for matrix in matrices])
    distance = Table(np.rint(matrices[0].metres).astype(np.int64))
    if (seconds == seconds[0]).all():
        return Travel(distance, Table(np.rint(seconds[0]).astype(np.int64)))
    free = Table(np.floor(seconds.min(axis=0)).astype(np.int64))
    return Travel(distance, free, arrivals_of(begins, seconds.reshape(len(matrices), -1)))


def open_roads(where: str, data_dir: Path) -> Roads:
    """Return the roads at the address of an OSRM server, or in a folder of ``entrepot roads build``.

    Raises
    ------
    InputError
        ``roads.graph`` if the folder holds none, ``roads.no_osrm`` if OSRM's executables are not found.
    """
    if where.startswith(("http://", "https://")):
        return OsrmServer(where)
    read_graph(Path(where))
    executables = find_executables(data_dir)
    if executables is None:
        mend = "Run `entrepot roads build`, which fetches them, or install OSRM on the path."
        raise InputError("roads.no_osrm", "OSRM's executables are not found on this machine.", mend)
    return OsrmRoads(Path(where), executables)


def _check_reached(places: Sequence[Place], matrices: Sequence[Matrix], reach: float) -> None:
    """Refuse places far from roads, and those on roads that most others cannot reach or be reached from."""
    away = np.max([matrix.away for matrix in matrices], axis=0)
    faults = [
        f"{_named(places, k)} is {away[k]:,.0f} m from the nearest road" for k in np.flatnonzero(away > reach).tolist()
    ]
    missing = np.any([np.isnan(matrix.seconds) for matrix in matrices], axis=0)
    if not faults and missing.any():
        faults = [f"{_named(places, k)} has no way to or from others" for k in cut_off(missing)]
    if faults:
        shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
        mend = "Correct their latitude and longitude, leave them out, or build roads of a larger extract."
        raise InputError("roads.unreachable", f"Not reached by road: {shown}.", mend, places=faults)


def cut_off(missing: NDArray[np.bool_]) -> list[int]:
    """Return places to leave out so that all others reach each other: those with most ways missing first."""
    left, out = missing.copy(), list[int]()
    while left.any():
        worst = int((left.sum(axis=0) + left.sum(axis=1)).argmax())
        out.append(worst)
        left[worst, :] = left[:, worst] = False
    return sorted(out)


def _named(places: Sequence[Place], k: int) -> str:
    return places[k].name or f"place {k}"
