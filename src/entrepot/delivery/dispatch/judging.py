"""What a day's plan comes to: cost, times of every stop, limits it breaks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from entrepot.delivery.dispatch.day import DayPlan, Vehicle
from entrepot.delivery.dispatch.model import SCALE, Model, routed
from entrepot.delivery.routing.checker import distance_of
from entrepot.delivery.routing.plan import Route
from entrepot.delivery.routing.schedule import time_route

Rule: TypeAlias = Literal["late", "shift", "weight", "volume", "stops", "vehicle", "unserved"]


class Broken(NamedTuple):
    """A limit that a plan breaks.

    Parameters
    ----------
    rule : str
        ``late`` (a stop, seconds), ``shift`` (a vehicle's, seconds), ``weight`` (g), ``volume`` (mm3), ``stops``,
        ``vehicle`` (it may not take the stop), ``unserved`` (it was on board or locked).
    vehicle : str or None
        Whose route.
    stop : int or None
        Which stop.
    value, limit : int
        What is, and what may be at most.
    """

    rule: Rule
    vehicle: str | None
    stop: int | None
    value: int
    limit: int

    @property
    def excess(self) -> int:
        """By how much."""
        return self.value - self.limit


class Timed(NamedTuple):
    """A visit as planned, in seconds of the day; `drive` is from the halt before it, `metres` as well."""

    stop: int
    arrival: int
    start: int
    leave: int
    drive: int
    metres: int
    late: int


class Driven(NamedTuple):
    """A route as planned.

    Parameters
    ----------
    vehicle : str
        Who drives it.
    departure, arrival : int
        From where it starts, and back at the depot.
    visits : tuple of Timed
        In sequence.
    metres, cost : int
        Of all of it; cost in minor units.
    weight_g, volume_mm3 : int
        On board at its start.
    back : int
        Seconds of the way home.
    """

    vehicle: str
    departure: int
    arrival: int
    visits: tuple[Timed, ...]
    metres: int
    cost: int
    weight_g: int
    volume_mm3: int
    back: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a plan comes to.

    Parameters
    ----------
    cost : int
        Of driving, minor units.
    routes : tuple of Driven
        In the sequence of vehicles.
    unserved : tuple of int
        Stops on no route, by number; those without a place too.
    broken : tuple of Broken
        Limits it breaks.
    """

    cost: int
    routes: tuple[Driven, ...]
    unserved: tuple[int, ...]
    broken: tuple[Broken, ...]

    @property
    def late(self) -> int:
        """How many stops are late."""
        return sum(visit.late > 0 for route in self.routes for visit in route.visits)


def judge(model: Model, plan: DayPlan) -> Judged:
    """Drive a plan and tell what comes of it."""
    made = routed(model, plan)
    driven = tuple(drive(model, route) for route in made.routes)
    numbers = model.numbers
    nowhere = [one.no for one in model.day.stops if one.spot is None and one.no not in model.progress.ended]
    left_out = tuple(sorted([*(numbers[k] for k in made.unserved), *nowhere]))
    broken = [fault for one in driven for fault in _broken(model, one)]
    broken += [Broken("unserved", None, no, 1, 0) for no in left_out if no in plan.locks]
    return Judged(sum(one.cost for one in driven), driven, left_out, tuple(broken))


def drive(model: Model, route: Route) -> Driven:
    """Drive one route; where it cannot be in time it leaves as early as it may, and is late by what the clock says."""
    schedule = time_route(model.problem, route)
    if schedule.late:
        schedule = time_route(model.patient, replace(route, departure=schedule.may_leave[0]))
    problem, vehicle, numbers = model.problem, model.problem.vehicles[route.vehicle], model.numbers
    place, left, visits = problem.depots[vehicle.start].location, schedule.departure, list[Timed]()
    taken = [model.stops[numbers[stop]] for stop in route.stops]
    for stop, halt in zip(taken, schedule.visits, strict=False):
        there = problem.stops[model.index[stop.no]].location
        metres = problem.travel.distance.between(place, there)
        late = 0 if stop.is_overdue else max(0, round(halt.start) - stop.closes)
        moments = (round(halt.arrival), round(halt.start), round(halt.leave), round(halt.arrival - left))
        visits.append(Timed(stop.no, *moments, metres, late))
        place, left = there, halt.leave
    metres = distance_of(problem, route)
    cost = vehicle.fixed_cost + metres * vehicle.cost_per_distance + schedule.duration * vehicle.cost_per_time
    return Driven(
        vehicle.id,
        round(schedule.departure),
        round(schedule.arrival),
        tuple(visits),
        metres,
        round(cost / SCALE),
        sum(one.weight_g for one in taken),
        sum(one.volume_mm3 for one in taken),
        round(schedule.arrival - left),
    )


def _broken(model: Model, one: Driven) -> Iterator[Broken]:
    vehicle = model.day.vehicle(one.vehicle)
    assert vehicle is not None, "routes name vehicles of the day"
    for visit in one.visits:
        if visit.late:
            yield Broken("late", one.vehicle, visit.stop, visit.start, model.stops[visit.stop].closes)
        allowed = model.problem.stops[model.index[visit.stop]].vehicles
        if allowed is not None and model.day.vehicles.index(vehicle) not in allowed:
            yield Broken("vehicle", one.vehicle, visit.stop, 1, 0)
    yield from _over(one, vehicle)


def _over(one: Driven, vehicle: Vehicle) -> Iterator[Broken]:
    limits: tuple[tuple[Rule, int, int | None], ...] = (
        ("shift", one.arrival, vehicle.closes),
        ("weight", one.weight_g, vehicle.weight_g),
        ("volume", one.volume_mm3, vehicle.volume_mm3),
        ("stops", len(one.visits), vehicle.max_stops),
    )
    for rule, value, limit in limits:
        if limit is not None and value > limit:
            yield Broken(rule, vehicle.id, None, value, limit)
