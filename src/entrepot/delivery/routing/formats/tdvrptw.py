"""Time-dependent VRPTW instances of ANR-MAMUT: ``.vrp.json`` with speeds by category, or arrival functions, beside.

The objective is the sum of route durations. Times are kept in thousandths of the file's unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.problem import Depot, Problem, Stop, Units, VehicleType, Window
from entrepot.delivery.routing.travel import Arrivals, Speeds, Table, Travel
from entrepot.kernel.errors import InputError

SCALE: Final = 1000

_Form = TypeVar("_Form")


class _Timing(msgspec.Struct):
    model: str
    time_periods: list[tuple[float, float]] = []
    speeds: list[list[float]] = []
    categories_path: str = ""
    atf_path: str = ""


class _Instance(msgspec.Struct):
    instance_name: str
    vehicle_capacity: int
    coordinates: list[tuple[float, float]]
    demands: list[int]
    service_times: list[float]
    time_windows: list[tuple[float, float]]
    td: _Timing
    num_vehicles: int | None = None
    depot: int = 0


class _Categories(msgspec.Struct):
    categories: list[str]


class _Functions(msgspec.Struct):
    arcs: list[tuple[int, int, list[float], list[float]]]


def read_tdvrptw(text: str, beside: Callable[[str], str]) -> Problem:
    """Return the problem of a time-dependent instance.

    Parameters
    ----------
    text : str
        What the ``.vrp.json`` holds.
    beside : callable
        Returns the text of a file that stands beside it, by name.

    Raises
    ------
    InputError
        ``routes.format`` where the JSON has another form, or a travel model that is not known.
    """
    instance = _decoded(text, _Instance)
    size = len(instance.coordinates)
    if not 0 <= instance.depot < size:
        message = f"The depot is {instance.depot}, and there are {size} coordinates."
        raise InputError("routes.format", message, "Locations are counted from 0.")
    for name in ("demands", "service_times", "time_windows"):
        if len(getattr(instance, name)) != size:
            message = f"There are {size} coordinates and {len(getattr(instance, name))} {name}."
            raise InputError("routes.format", message, "Give as many.")
    xy = np.array(instance.coordinates, dtype=np.float64).reshape(size, 2)
    readers = {"igp-profile": _speeds, "atf-ndcpwlf": _arrivals}
    if instance.td.model not in readers:
        message = f"The travel model {instance.td.model} is not understood."
        raise InputError("routes.format", message, f"Understood are {', '.join(readers)}.")
    windows = [_window(*window) for window in instance.time_windows]
    customers = [k for k in range(size) if k != instance.depot]
    count = len(customers) if instance.num_vehicles is None else instance.num_vehicles
    return Problem(
        stops=tuple(
            Stop(
                id=str(k),
                location=k,
                delivery=(instance.demands[k],),
                windows=(windows[k],),
                service=round(instance.service_times[k] * SCALE),
            )
            for k in customers
        ),
        depots=(Depot(str(instance.depot), instance.depot, windows[instance.depot]),),
        vehicles=(
            VehicleType(f"1-{count}", count, (instance.vehicle_capacity,), cost_per_distance=0, cost_per_time=1),
        ),
        travel=readers[instance.td.model](instance, xy, beside),
        coordinates=xy,
        name=instance.instance_name,
        scale=SCALE,
        units=Units(SCALE),
    )


def _window(opens: float, closes: float) -> Window:
    return Window(round(opens * SCALE), round(closes * SCALE))


def _speeds(instance: _Instance, xy: NDArray[np.float64], beside: Callable[[str], str]) -> Travel:
    rows = _decoded(beside(instance.td.categories_path), _Categories).categories
    if len(rows) != len(xy) or any(len(row) != len(xy) for row in rows):
        message = f"{instance.td.categories_path} is not square in {len(xy)} locations."
        raise InputError("routes.format", message, "Give a row and a column for each.")
    _refuse_unsound(instance.td)
    category = np.array([list(row.encode()) for row in rows], dtype=np.uint8) - ord("0")
    if category.max() >= len(instance.td.speeds):
        message = f"{instance.td.categories_path} has a category without speeds."
        raise InputError("routes.format", message, f"There are speeds of 0 to {len(instance.td.speeds) - 1}.")
    length = np.sqrt(((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2))
    periods = instance.td.time_periods
    speeds = np.array(instance.td.speeds, dtype=np.float64) / SCALE
    bounds = np.array([periods[0][0], *(end for _, end in periods)]) * SCALE
    free = np.floor(length / speeds.max(axis=1)[category]).astype(np.int64)
    return Travel(
        Table(np.rint(length * SCALE).astype(np.int64)), Table(free), Speeds(bounds, speeds, category, length)
    )


def _refuse_unsound(timing: _Timing) -> None:
    periods = len(timing.time_periods)
    if not timing.speeds or not periods or any(len(row) != periods or min(row) <= 0 for row in timing.speeds):
        message = f"td.speeds do not fit {periods} td.time_periods, or one is not above 0."
        raise InputError("routes.format", message, "Give each category a speed above 0 in every period.")


def _arrivals(instance: _Instance, xy: NDArray[np.float64], beside: Callable[[str], str]) -> Travel:
    size = len(xy)
    knots: list[tuple[list[float], list[float]]] = [([0.0], [0.0])] * (size * size)
    arcs = _decoded(beside(instance.td.atf_path), _Functions).arcs
    given = {(origin, target) for origin, target, _, _ in arcs}
    if len(given | {(k, k) for k in range(size)}) != size * size or not all(
        0 <= k < size for one in given for k in one
    ):
        message = f"{instance.td.atf_path} has not just an arc from each of {size} locations to each other."
        raise InputError("routes.format", message, "Give every arc, by numbers from 0.")
    if any(len(departures) != len(arrivals) or not departures for _, _, departures, arrivals in arcs):
        message = f"{instance.td.atf_path} has an arc without as many arrivals as departures."
        raise InputError("routes.format", message, "Give each knot both.")
    for origin, target, departures, arrivals in arcs:
        knots[origin * size + target] = departures, arrivals
    first = np.cumsum([0, *(len(x) for x, _ in knots)])
    departure = np.array([x for xs, _ in knots for x in xs]) * SCALE
    arrival = np.array([y for _, ys in knots for y in ys]) * SCALE
    shortest = np.minimum.reduceat(arrival - departure, first[:-1])
    free = Table(np.floor(shortest).astype(np.int64).reshape(size, size))
    return Travel(free, free, Arrivals(first, departure, arrival))


def _decoded(text: str, form: type[_Form]) -> _Form:
    try:
        return msgspec.json.decode(text, type=form)
    except msgspec.DecodeError as error:
        raise InputError("routes.format", f"The JSON is not as expected: {error}.", "Correct the file.") from error
