"""A delivery day of a node's own vehicles: what is to be brought where, by what, and the plan for it. Pure.

Moments are whole seconds after midnight of the day at the node; money is minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from entrepot.kernel.errors import InputError

DAY_SECONDS: Final = 86_400
EARTH_KM: Final = 6371.0088

Status: TypeAlias = Literal["waiting", "arrived", "delivered", "failed", "skipped", "gone"]
"""How far a stop is; ``gone``: its goods are no longer here to be brought."""

ENDED: Final[frozenset[Status]] = frozenset({"delivered", "failed", "gone"})
"""Nothing more is driven for them; a skipped stop may still be visited."""


class Vehicle(msgspec.Struct, frozen=True):
    """One vehicle and its shift.

    Parameters
    ----------
    id, name : str
        Its code, numbered within its type; the type's name.
    weight_g, volume_mm3 : int
        What it holds.
    opens, closes : int
        Its shift.
    fixed_cost, cost_per_km, cost_per_hour : int
        Of a day on which it is used, of a kilometre, of an hour between leaving and coming back.
    max_stops : int or None
        On one route.
    """

    id: str
    name: str
    weight_g: int
    volume_mm3: int
    opens: int
    closes: int
    fixed_cost: int = 0
    cost_per_km: int = 0
    cost_per_hour: int = 0
    max_stops: int | None = None


class Spot(msgspec.Struct, frozen=True):
    """A place in degrees."""

    latitude: float
    longitude: float


class DayStop(msgspec.Struct, frozen=True):
    """A work order to bring to its receiver.

    Parameters
    ----------
    no : int
        Its number on the day; never given to another.
    work, order : str
        The work order and its order.
    spot : Spot or None
        Where the receiver is; None where nobody knows.
    known_by : str
        ``address`` (its own coordinates), ``city`` (the middle of our nodes there) or ``""``.
    weight_g, volume_mm3, pieces : int
        Its goods.
    opens, closes : int
        When it may be handed over: ``opens <= start <= closes``.
    service : int
        Seconds a visit takes.
    is_overdue : bool
        Its promise had passed before the day began; any time of the day will do.
    windows : tuple of (int, int)
        Times agreed with the receiver, in order; `opens` and `closes` are then the first's and the last's. Empty: any
        time between those.
    """

    no: int
    work: str
    order: str
    spot: Spot | None
    known_by: Literal["address", "city", ""]
    weight_g: int
    volume_mm3: int
    pieces: int
    opens: int
    closes: int
    service: int
    is_overdue: bool = False
    windows: tuple[tuple[int, int], ...] = ()


def ordered(windows: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return times in order.

    Raises
    ------
    InputError
        ``dispatch.windows`` where one ends before it begins, lies outside the day, or overlaps another.
    """
    times = tuple(sorted(windows))
    for opens, closes in times:
        if not 0 <= opens < closes <= 2 * DAY_SECONDS:
            message = f"A time from {opens} to {closes} is none: it ends before it begins, or is on another day."
            raise InputError("dispatch.windows", message, "Give seconds after midnight, from before to.")
    if any(before[1] >= after[0] for before, after in pairwise(times)):
        raise InputError("dispatch.windows", "Two of the times overlap or touch.", "Make one of them.")
    return times


def agreed(stop: DayStop, windows: tuple[tuple[int, int], ...]) -> DayStop:
    """Return a stop with times agreed with its receiver, in place of what its promise says; none: as it is."""
    if not windows:
        return stop
    return msgspec.structs.replace(stop, opens=windows[0][0], closes=windows[-1][1], is_overdue=False, windows=windows)


class Day(msgspec.Struct, frozen=True):
    """What a day has to do and with what."""

    node: str
    day: date
    zone: str
    currency: str
    depot: Spot
    vehicles: tuple[Vehicle, ...]
    stops: tuple[DayStop, ...] = ()

    def stop(self, no: int) -> DayStop | None:
        """Find a stop by its number."""
        return next((one for one in self.stops if one.no == no), None)

    def vehicle(self, id: str) -> Vehicle | None:
        """Find a vehicle."""
        return next((one for one in self.vehicles if one.id == id), None)


class DayRoute(msgspec.Struct, frozen=True):
    """What a vehicle still has before it, in sequence."""

    vehicle: str
    stops: tuple[int, ...]


class DayPlan(msgspec.Struct, frozen=True):
    """Routes, one a vehicle at most, and the stops that must stay on theirs."""

    routes: tuple[DayRoute, ...] = ()
    locks: tuple[int, ...] = ()

    def vehicle_of(self, no: int) -> str | None:
        """Return on whose route a stop is."""
        return next((route.vehicle for route in self.routes if no in route.stops), None)

    def stops_of(self, vehicle: str) -> tuple[int, ...]:
        """Return a vehicle's stops in sequence."""
        return next((route.stops for route in self.routes if route.vehicle == vehicle), ())

    def with_route(self, vehicle: str, stops: tuple[int, ...]) -> DayPlan:
        """Return the plan with other stops on a route; a route without stops is none."""
        routes = {route.vehicle: route.stops for route in self.routes}
        routes[vehicle] = stops
        kept = tuple(DayRoute(one, its) for one, its in sorted(routes.items()) if its)
        return DayPlan(kept, self.locks)


class OnRoad(NamedTuple):
    """A vehicle that left.

    Parameters
    ----------
    since : int
        From when on it is free to drive to its next stop.
    last : int or None
        The stop it was at last; None while it comes from the depot.
    """

    since: int
    last: int | None


class Progress(NamedTuple):
    """How far the day is.

    Parameters
    ----------
    ended : frozenset of int
        Stops that need no visit any more.
    on_road : mapping of vehicle to OnRoad
        Vehicles that left and are not back; nothing can be put on them any more.
    returned : frozenset of str
        Vehicles whose day is over.
    now : int or None
        The moment, where the day is today; nothing is planned before it.
    """

    ended: frozenset[int] = frozenset()
    on_road: dict[str, OnRoad] = {}  # noqa: RUF012 - a default that nobody writes to
    returned: frozenset[str] = frozenset()
    now: int | None = None


def kilometres(one: Spot, other: Spot) -> float:
    """Return the great-circle distance.

    Examples
    --------
    >>> round(kilometres(Spot(31.2304, 121.4737), Spot(39.9042, 116.4074)))
    1067
    """
    first, second = radians(one.latitude), radians(other.latitude)
    half = sin((second - first) / 2) ** 2
    half += cos(first) * cos(second) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))
