"""What is to be routed: stops, depots, vehicles, and how far and how long everything is from everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError

FOREVER: Final = 2**52
"""The end of a window that has none: exact as a float, and far from overflow when times are added."""


class Window(NamedTuple):
    """When service may start: ``open <= start <= close``, in time units of the problem."""

    open: int
    close: int


ALWAYS: Final = Window(0, FOREVER)


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit to make.

    Parameters
    ----------
    id : str
        Its name in plans and messages.
    location : int
        Row of the travel matrices.
    delivery, pickup : tuple of int
        What is brought there from the depot, and what is taken back to it, by load dimension; >= 0.
    windows : tuple of Window
        When service may start; in order, apart from each other. Waiting is allowed.
    service : int
        Time units a visit takes.
    release : int
        The vehicle may not leave the depot with it earlier.
    prize : int or None
        What leaving it out costs; None means it must be visited.
    vehicles : frozenset of int or None
        Indices of the vehicle types that may visit it; None is all.
    """

    id: str
    location: int
    delivery: tuple[int, ...] = ()
    pickup: tuple[int, ...] = ()
    windows: tuple[Window, ...] = (ALWAYS,)
    service: int = 0
    release: int = 0
    prize: int | None = None
    vehicles: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Depot:
    """A place where vehicles start, reload or end; a route leaves and returns within its window."""

    id: str
    location: int
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Break:
    """A rest a driver takes once on a route that is under way at ``latest``: it starts within the window."""

    earliest: int
    latest: int
    duration: int


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Vehicles of one kind.

    Parameters
    ----------
    id : str
        Its name.
    count : int
        How many there are.
    capacity : tuple of int
        By load dimension.
    start, end : int
        Indices of depots.
    fixed_cost : int
        Of each vehicle used.
    cost_per_distance, cost_per_time : int
        Of each unit of distance, and of each time unit between leaving the first depot and arriving at the last.
    shift : Window
        Within which it works.
    max_duration, max_distance, max_stops : int
        Of one route.
    reloads : tuple of int
        Depots at which it may unload and load again on its way.
    max_reloads : int
        How often on one route.
    rest : Break or None
        Its driver's break.
    """

    id: str
    count: int
    capacity: tuple[int, ...] = ()
    start: int = 0
    end: int = 0
    fixed_cost: int = 0
    cost_per_distance: int = 1
    cost_per_time: int = 0
    shift: Window = ALWAYS
    max_duration: int = FOREVER
    max_distance: int = FOREVER
    max_stops: int = FOREVER
    reloads: tuple[int, ...] = ()
    max_reloads: int = FOREVER
    rest: Break | None = None


class Units(NamedTuple):
    """How many of the problem's own units one of the file's is: of times and distances, and of loads.

    Messages tell numbers as the file does.
    """

    way: int = 1
    load: int = 1


AS_READ: Final = Units()


def told(number: float, factor: int = 1) -> str:
    """Tell a number in the file's unit, to six decimals.

    Examples
    --------
    >>> told(1234, 10), told(1200, 10), told(17)
    ('123.4', '120', '17')
    """
    if factor == 1 and isinstance(number, int):
        return str(number)
    return f"{number / factor:.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Problem:
    """A routing problem; all costs, distances, times and loads are integers in the problem's own units.

    Parameters
    ----------
    stops, depots, vehicles : tuple
        What is to be visited, from where, by what.
    travel : Travel
        Distances, and times that may depend on the time of day.
    coordinates : float array, shape (n_locations, 2), or None
        For maps and neighbourhoods.
    deliveries_first : bool
        On each trip all deliveries come before the first pickup, and no trip is of pickups alone (backhauls).
    name : str
        For reports.
    scale : int
        What its costs were multiplied by when it was read.
    units : Units
        What its times, distances and loads were.
    epoch : datetime or None
        What moment time 0 is, where times are seconds of a real day.

    Raises
    ------
    InputError
        ``routes.invalid``; all faults are named at once.
    """

    stops: tuple[Stop, ...]
    depots: tuple[Depot, ...]
    vehicles: tuple[VehicleType, ...]
    travel: Travel
    coordinates: NDArray[np.float64] | None = None
    deliveries_first: bool = False
    name: str = ""
    scale: int = 1
    units: Units = AS_READ
    epoch: datetime | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
            raise InputError("routes.invalid", f"The problem is not sound: {shown}.", "Correct the input.")

    @cached_property
    def dimensions(self) -> int:
        """How many load dimensions there are."""
        return max((len(one.capacity) for one in self.vehicles), default=0)


def loads(quantities: Sequence[int], dimensions: int) -> tuple[int, ...]:
    """Return quantities by load dimension, filled up with zeros."""
    return (*quantities, *(0,) * (dimensions - len(quantities)))


def out_of_order(problem: Problem) -> tuple[list[int], list[int], list[int]]:
    """Return where deliveries come first: who gives back, who must not come behind those, who must not begin a trip.

    Who gets and gives nothing is among those that must not follow, so that no delivery can come behind it.
    """
    givers = [v for v, stop in enumerate(problem.stops) if any(stop.pickup)]
    only = [v for v in givers if not any(problem.stops[v].delivery)]
    return givers, sorted(set(range(len(problem.stops))).difference(only)), only


def _faults(problem: Problem) -> Iterator[str]:
    n_locations, n_depots, dimensions = problem.travel.size, len(problem.depots), problem.dimensions
    if not problem.depots:
        yield "there is no depot"
    if not problem.vehicles:
        yield "there is no vehicle"
    for depot in problem.depots:
        if not 0 <= depot.location < n_locations:
            yield f"depot {depot.id} is at location {depot.location}, of which there are {n_locations}"
        yield from _window_faults(f"depot {depot.id}", (depot.window,), problem.units)
    for vehicle in problem.vehicles:
        yield from _vehicle_faults(vehicle, n_depots, problem.units)
    seen: set[str] = set()
    for stop in problem.stops:
        if stop.id in seen:
            yield f"two stops are called {stop.id}"
        seen.add(stop.id)
        yield from _stop_faults(stop, n_locations, dimensions, len(problem.vehicles), problem.units)


def _vehicle_faults(vehicle: VehicleType, n_depots: int, units: Units) -> Iterator[str]:
    if vehicle.count < 1:
        yield f"vehicle type {vehicle.id} has {vehicle.count} vehicles"
    if any(not 0 <= depot < n_depots for depot in (vehicle.start, vehicle.end, *vehicle.reloads)):
        yield f"vehicle type {vehicle.id} names a depot that is not there"
    who = f"vehicle type {vehicle.id}"
    yield from _number_faults(who, "capacity", *vehicle.capacity, factor=units.load)
    for what, cost in (
        ("fixed cost", vehicle.fixed_cost),
        ("cost per distance", vehicle.cost_per_distance),
        ("cost per time", vehicle.cost_per_time),
    ):
        yield from _number_faults(who, what, cost)
    for what, limit, factor in (
        ("greatest duration", vehicle.max_duration, units.way),
        ("greatest distance", vehicle.max_distance, units.way),
        ("greatest number of stops", vehicle.max_stops, 1),
        ("greatest number of reloads", vehicle.max_reloads, 1),
    ):
        yield from _number_faults(who, what, limit, factor=factor)
    yield from _window_faults(who, (vehicle.shift,), units)
    if vehicle.rest is not None:
        yield from _window_faults(f"the rest of {who}", (Window(vehicle.rest.earliest, vehicle.rest.latest),), units)
        yield from _number_faults(f"the rest of {who}", "duration", vehicle.rest.duration, factor=units.way)


def _stop_faults(stop: Stop, n_locations: int, dimensions: int, n_types: int, units: Units) -> Iterator[str]:
    if not 0 <= stop.location < n_locations:
        yield f"stop {stop.id} is at location {stop.location}, of which there are {n_locations}"
    if max(len(stop.delivery), len(stop.pickup)) > dimensions:
        yield f"stop {stop.id} has more load dimensions than any vehicle"
    for what, numbers, factor in (
        ("delivery", stop.delivery, units.load),
        ("pickup", stop.pickup, units.load),
        ("service", (stop.service,), units.way),
        ("release", (stop.release,), units.way),
        ("prize", (stop.prize or 0,), 1),
    ):
        yield from _number_faults(f"stop {stop.id}", what, *numbers, factor=factor)
    if stop.vehicles is not None and not all(0 <= one < n_types for one in stop.vehicles):
        yield f"stop {stop.id} names a vehicle type that is not there"
    if not stop.windows:
        yield f"stop {stop.id} has no window"
    yield from _window_faults(f"stop {stop.id}", stop.windows, units)


def _number_faults(whose: str, what: str, *numbers: int, factor: int = 1) -> Iterator[str]:
    least, most = min(numbers, default=0), max(numbers, default=0)
    if least < 0:
        yield f"{whose} has a {what} of {told(least, factor)}, below zero"
    if most > FOREVER:
        yield f"{whose} has a {what} of {told(most, factor)}, above {FOREVER}, which stands for no limit"


def _window_faults(what: str, windows: Sequence[Window], units: Units) -> Iterator[str]:
    for window in windows:
        if max(-window.open, window.close) > FOREVER:
            yield f"{what} has a time more than {FOREVER} from zero"
        if window.close < window.open:
            closes, opens = told(window.close, units.way), told(window.open, units.way)
            yield f"{what} closes at {closes}, before it opens at {opens}"
    for earlier, later in pairwise(windows):
        if later.open <= earlier.close:
            yield f"{what} has windows that overlap or are out of order"
