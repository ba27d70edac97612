"""A delivery day as a routing problem, and plans there and back. Pure.

Every vehicle is a type of its own, so that a stop can be tied to one. A vehicle on the road starts where it last was,
and takes nothing on any more. Leaving a stop out costs more than any detour, so that is done only where nothing else
can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from entrepot.delivery.dispatch.day import DAY_SECONDS, Day, DayPlan, DayRoute, DayStop, Progress, Spot, Vehicle
from entrepot.delivery.routing.plan import Plan, Route, single, with_unserved
from entrepot.delivery.routing.problem import FOREVER, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Travel

SCALE: Final = 1000
"""Cost units of a problem in one minor unit."""

MM3: Final = 1000
"""Cubic millimetres in a unit of volume of a problem: whole van loads stay numbers that an engine can weigh."""

LATEST: Final = 2 * DAY_SECONDS
"""When the last depot closes; nobody is out longer."""

NEVER: Final = 100 * DAY_SECONDS
"""After any moment a plan can come to."""


@dataclass(frozen=True)
class Model:
    """A day's problem.

    Parameters
    ----------
    day : Day
        Whose.
    progress : Progress
        How far it was.
    problem : Problem
        Stops still to visit; vehicles in the sequence of the day's.
    patient : Problem
        The same with nothing ever closing: where plans that are late are timed.
    index : mapping of int to int
        Where a stop stands in the problem, by its number.
    """

    day: Day
    progress: Progress
    problem: Problem
    patient: Problem
    index: Mapping[int, int]

    @cached_property
    def numbers(self) -> list[int]:
        """Numbers of the problem's stops, in its sequence."""
        return list(self.index)

    @cached_property
    def stops(self) -> Mapping[int, DayStop]:
        """The day's stops by number."""
        return {one.no: one for one in self.day.stops}


def spots_of(day: Day) -> list[Spot]:
    """List the places a day's travel is about: the depot, then every stop that has one."""
    return [day.depot, *(stop.spot for stop in day.stops if stop.spot is not None)]


def model_of(day: Day, plan: DayPlan, progress: Progress, travel: Travel) -> Model:
    """Return what is left of a day as a problem.

    Parameters
    ----------
    day : Day
        What is to be done.
    plan : DayPlan
        Its locks, and what is on board of vehicles that left.
    progress : Progress
        What was done.
    travel : Travel
        Between `spots_of(day)`, times in seconds after midnight.
    """
    places = {stop.no: k for k, stop in enumerate((one for one in day.stops if one.spot is not None), start=1)}
    depots = [Depot("depot", 0, Window(0, LATEST))]
    vehicles = [_vehicle(one, progress, places, depots) for one in day.vehicles]
    open_stops = [stop for stop in day.stops if stop.no in places and stop.no not in progress.ended]
    prize = _prize(day, travel)
    stops = tuple(
        _stop(stop, places[stop.no], _allowed(day, plan, progress, stop.no), prize, progress.now) for stop in open_stops
    )
    spots = spots_of(day)
    problem = Problem(
        stops=stops,
        depots=tuple(depots),
        vehicles=tuple(vehicles),
        travel=travel,
        coordinates=np.array([(one.longitude, one.latitude) for one in spots], dtype=np.float64),
        name=f"{day.node} {day.day.isoformat()}",
        scale=SCALE,
        epoch=datetime.combine(day.day, datetime.min.time(), ZoneInfo(day.zone)),
    )
    index = {stop.no: k for k, stop in enumerate(open_stops)}
    return Model(day, progress, problem, _patient(problem), index)


def tied(plan: DayPlan, progress: Progress, no: int) -> str | None:
    """Return the vehicle a stop must stay on: it is locked there, or on board of a vehicle that left."""
    vehicle = plan.vehicle_of(no)
    is_tied = vehicle is not None and (no in plan.locks or vehicle in progress.on_road)
    return vehicle if is_tied else None


def routed(model: Model, plan: DayPlan) -> Plan:
    """Return a day's plan as one of its problem; stops it no longer has are passed over."""
    kinds = {vehicle.id: k for k, vehicle in enumerate(model.day.vehicles)}
    routes: list[Route] = []
    for route in plan.routes:
        stops = tuple(model.index[no] for no in route.stops if no in model.index)
        if stops and route.vehicle in kinds:
            routes.append(single(model.problem, kinds[route.vehicle], stops))
    return with_unserved(routes, len(model.problem.stops))


def planned(model: Model, plan: Plan, locks: tuple[int, ...]) -> DayPlan:
    """Return a problem's plan as one of the day; locks of stops that ended fall away."""
    numbers = model.numbers
    routes = tuple(
        DayRoute(model.day.vehicles[route.vehicle].id, tuple(numbers[k] for k in route.stops))
        for route in sorted(plan.routes, key=lambda route: route.vehicle)
    )
    return DayPlan(routes, tuple(no for no in locks if no in model.index))


def seconds_of(day: Day, moment: datetime) -> int:
    """Return a moment in seconds after the day's midnight."""
    midnight = datetime.combine(day.day, datetime.min.time(), ZoneInfo(day.zone))
    return round((moment - midnight).total_seconds())


def moment_of(day: Day, seconds: float) -> datetime:
    """Return what moment a second of the day is."""
    midnight = datetime.combine(day.day, datetime.min.time(), ZoneInfo(day.zone))
    return (midnight.astimezone(ZoneInfo("UTC")) + timedelta(seconds=seconds)).astimezone(ZoneInfo(day.zone))


def _patient(problem: Problem) -> Problem:
    return replace(
        problem,
        stops=tuple(
            replace(one, windows=(*one.windows[:-1], Window(one.windows[-1].open, NEVER))) for one in problem.stops
        ),
        depots=tuple(replace(one, window=Window(one.window.open, NEVER)) for one in problem.depots),
        vehicles=tuple(replace(one, shift=Window(one.shift.open, NEVER)) for one in problem.vehicles),
    )


def _vehicle(one: Vehicle, progress: Progress, places: Mapping[int, int], depots: list[Depot]) -> VehicleType:
    start, opens, closes = 0, one.opens, one.closes
    on_road = progress.on_road.get(one.id)
    if on_road is not None:
        opens = on_road.since if progress.now is None else max(on_road.since, progress.now)
        if on_road.last is not None and on_road.last in places:
            start = len(depots)
            depots.append(Depot(f"{one.id}@{on_road.last}", places[on_road.last], Window(0, LATEST)))
    elif progress.now is not None:
        opens = max(opens, progress.now)
    return VehicleType(
        id=one.id,
        count=1,
        capacity=(one.weight_g, one.volume_mm3 // MM3),
        start=start,
        end=0,
        fixed_cost=0 if on_road is not None else one.fixed_cost * SCALE,
        cost_per_distance=round(one.cost_per_km * SCALE / 1000),
        cost_per_time=round(one.cost_per_hour * SCALE / 3600),
        shift=Window(min(opens, LATEST), max(closes, min(opens, LATEST))),
        max_stops=FOREVER if one.max_stops is None else one.max_stops,
    )


def _allowed(day: Day, plan: DayPlan, progress: Progress, no: int) -> frozenset[int]:
    """Return the vehicles that may visit a stop: its own where it is tied, else all that are still at the depot."""
    own = tied(plan, progress, no)
    return frozenset(
        k for k, vehicle in enumerate(day.vehicles) if (own is None and is_home(vehicle, progress)) or vehicle.id == own
    )


def is_home(vehicle: Vehicle, progress: Progress) -> bool:
    """Tell whether a vehicle can still take something on."""
    is_over = progress.now is not None and progress.now >= vehicle.closes
    return vehicle.id not in progress.on_road and vehicle.id not in progress.returned and not is_over


def _stop(stop: DayStop, location: int, vehicles: frozenset[int], prize: int, now: int | None) -> Stop:
    # What is late already is wanted as soon as can be: its window says nothing any more.
    is_past = now is not None and stop.closes <= now
    times = ((min(now or 0, LATEST), LATEST),) if is_past else stop.windows or ((stop.opens, stop.closes),)
    return Stop(
        id=str(stop.no),
        location=location,
        delivery=load_of(stop),
        windows=tuple(Window(*one) for one in times),
        service=stop.service,
        prize=prize,
        vehicles=vehicles,
    )


def load_of(stop: DayStop) -> tuple[int, int]:
    """Return the grams and units of volume of a stop's goods."""
    return stop.weight_g, -(-stop.volume_mm3 // MM3)


def _prize(day: Day, travel: Travel) -> int:
    """Return more than any one stop can cost: a vehicle of its own, there and back, the whole day."""
    farthest = int(max(travel.distance.row(0).max(initial=0), 1)) * 2
    dearest = [
        one.fixed_cost * SCALE
        + farthest * round(one.cost_per_km * SCALE / 1000)
        + LATEST * round(one.cost_per_hour * SCALE / 3600)
        for one in day.vehicles
    ]
    return 1 + max(dearest, default=1)
