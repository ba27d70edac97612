"""Places on the globe, moments of a day: distances and travel times where there is no road map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.travel import Plane, Speeds, Table, Travel
from entrepot.kernel.errors import InputError

EARTH_METRES: Final = 6_371_008.8
"""Mean radius (IUGG)."""

DENSE: Final = 11_000
"""Up to how many places matrices are computed; above, distances are taken on a plane around their middle."""

_MOST_CIRCUITY: Final = 100
_SLOWEST: Final = 0.001
"""Kilometres an hour."""

_CLOCK: Final = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")


class Places:
    """Depots and stops, each with degrees or metres: ``(id, lat, lon, x, y)``."""

    def __init__(self, given: Sequence[tuple[str, float | None, float | None, float | None, float | None]]) -> None:
        self._given = given
        self.on_globe = all(lat is not None and lon is not None for _, lat, lon, _, _ in given)
        self.on_plane = not self.on_globe and all(x is not None and y is not None for _, _, _, x, y in given)
        for id_, lat, lon, _, _ in given:
            if lat is not None and lon is not None and not (-90 <= lat <= 90 and -180 <= lon <= 180):
                message = f"{id_} is at latitude {lat}, longitude {lon}."
                raise InputError("routes.format", message, "Latitudes go from -90 to 90, longitudes from -180 to 180.")

    def __len__(self) -> int:
        return len(self._given)

    def coordinates(self) -> NDArray[np.float64] | None:
        """Return longitude and latitude, or x and y; None where a place has neither."""
        if self.on_globe:
            return np.array([(lon, lat) for _, lat, lon, _, _ in self._given], dtype=np.float64)
        if self.on_plane:
            return np.array([(x, y) for _, _, _, x, y in self._given], dtype=np.float64)
        return None

    def metres(self) -> NDArray[np.float64]:
        """Return coordinates in metres on a plane, which near its middle is as the globe."""
        found = self.coordinates()
        assert found is not None, "asked only where every place has coordinates"
        if self.on_plane:
            return found
        middle = np.radians(found.mean(axis=0))
        return np.asarray(EARTH_METRES * (np.radians(found) - middle) * np.array([np.cos(middle[1]), 1.0]))

    def distances(self) -> NDArray[np.float64]:
        """Return the metres between all: great circles, or straight lines on a plane."""
        if self.on_plane:
            xy = self.metres()
            return np.stack([np.sqrt(((xy - one) ** 2).sum(axis=1)) for one in xy])
        found = self.coordinates()
        assert found is not None, "asked only where every place has coordinates"
        return np.stack([great_circles(found, one) for one in found])


def great_circles(places: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres from (longitude, latitude) to many, by the haversine formula."""
    lon, lat = np.radians(places).T
    lon0, lat0 = np.radians(origin)
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat0) * np.cos(lat) * np.sin((lon - lon0) / 2) ** 2
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def by_matrix(distance: list[list[int]], time: list[list[int]], size: int) -> Travel:
    """Return travel by matrices."""
    for name, rows in (("distance", distance), ("time", time)):
        if len(rows) != size or any(len(row) != size for row in rows):
            message = f"travel.{name} is not square in {size} places."
            raise InputError("routes.format", message, "Give a row and a column for each depot, then each stop.")
    first, second = (np.array(rows, dtype=np.int64).reshape(size, size) for rows in (distance, time))
    return Travel(Table(first), Table(second))


def by_places(places: Places, circuity: float, speed_kmh: float, slices: Sequence[tuple[int, float]]) -> Travel:
    """Return travel by distance and speed, which may change over the day (first in, first out)."""
    slowest = min([speed_kmh, *(speed for _, speed in slices)])
    if not (1 <= circuity <= _MOST_CIRCUITY and slowest >= _SLOWEST):
        message = f"The circuity is {circuity}, the slowest speed {slowest} km/h."
        raise InputError(
            "routes.format", message, f"Circuity is from 1 to {_MOST_CIRCUITY}, speeds are above {_SLOWEST}."
        )
    if len({begin for begin, _ in slices}) < len(slices):
        raise InputError("routes.format", "Two slices of the day begin at once.", "Give one speed from each moment.")
    speed = speed_kmh / 3.6
    if len(places) > DENSE:
        if slices:
            message = f"Speeds by slice of the day are for up to {DENSE} places; here are {len(places)}."
            raise InputError("routes.format", message, "Split the problem, or give one speed.")
        metres = places.metres()
        return Travel(Plane(metres, circuity), Plane(metres, circuity / speed))
    length = circuity * places.distances()
    distance = Table(_whole(length))
    if not slices:
        return Travel(distance, Table(_whole(length / speed)))
    bounds, speeds = _profile(speed, sorted(slices))
    free = Table(_whole(np.floor(length / speeds.max())))
    category = np.zeros(length.shape, dtype=np.uint8)
    return Travel(distance, free, Speeds(bounds, speeds.reshape(1, -1), category, length))


def clock(moment: int | str, day: datetime | None) -> int:
    """Return a moment in seconds since the day began."""
    if isinstance(moment, int):
        return moment
    if match := _CLOCK.match(moment):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        if minutes < 60 and seconds < 60:
            return hours * 3600 + minutes * 60 + seconds
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        mend = "Give seconds, HH:MM, or an ISO moment with its offset."
        raise InputError("routes.format", f"{moment!r} is no moment.", mend) from None
    if day is None or day.tzinfo is None or at.tzinfo is None:
        message = f"{moment!r} cannot be placed: it or `day` is missing its offset from UTC."
        raise InputError("routes.format", message, "Give both, as in 2026-11-24T09:00:00+01:00.")
    return round((at - day).total_seconds())


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(values).astype(np.int64)


def _profile(speed: float, slices: list[tuple[int, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    begins = [begin for begin, _ in slices]
    speeds = [kmh / 3.6 for _, kmh in slices]
    if begins[0] > 0:
        begins, speeds = [0, *begins], [speed, *speeds]
    return np.array([*begins, max(86_400, begins[-1] + 1)], dtype=np.float64), np.array(speeds)
