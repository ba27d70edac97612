"""Whether a plan keeps every limit, and what it costs: written apart from the engines, so that it can judge them.

Without traffic all arithmetic is on whole numbers and exact; with traffic, times are floats and may miss a limit by
`schedule.TOLERANCE`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from entrepot.delivery.routing.plan import Plan, Route, Trip
from entrepot.delivery.routing.problem import Problem, VehicleType, loads, told
from entrepot.delivery.routing.schedule import TOLERANCE, Schedule, time_route


class Violation(NamedTuple):
    """A limit that a plan breaks.

    Parameters
    ----------
    rule : str
        ``capacity``, ``window``, ``depot``, ``departure``, ``rest``, ``duration``, ``distance``, ``stops``,
        ``reloads``, ``reload_depot``, ``start_depot``, ``vehicle_allowed``, ``fleet``, ``missing``, ``repeated``,
        ``unserved_visited`` or ``deliveries_first``.
    route : int or None
        Its place in the plan, from 1.
    stop : str or None
        Id of the stop.
    value, limit : float
        What is, and what may be at most (of ``departure`` too early: at least).
    message : str
        All of it as a sentence.
    """

    rule: str
    route: int | None
    stop: str | None
    value: float
    limit: float
    message: str

    @property
    def excess(self) -> float:
        """By how much the limit is broken."""
        return abs(self.value - self.limit)


class Cost(NamedTuple):
    """What a plan costs, in the problem's own units, and the distance and time behind it."""

    distance_cost: float
    time_cost: float
    fixed_cost: float
    prizes: float
    distance: int
    duration: float

    @property
    def total(self) -> float:
        """The objective."""
        return self.distance_cost + self.time_cost + self.fixed_cost + self.prizes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of a plan; schedules are in the order of its routes."""

    cost: Cost
    violations: tuple[Violation, ...]
    schedules: tuple[Schedule, ...]

    @property
    def is_feasible(self) -> bool:
        """Whether no limit is broken."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> Verdict:
    """Drive every route of a plan, add up its cost and list every limit it breaks.

    Parameters
    ----------
    problem : Problem
        What is to be served.
    plan : Plan
        Its routes name stops, depots and vehicle types by their index in the problem.

    Returns
    -------
    Verdict
        Cost parts, violations (first those of the whole plan, then route by route), and a schedule for each route.
    """
    schedules = tuple(time_route(problem, route) for route in plan.routes)
    violations = [*_visits(problem, plan), *_fleet(problem, plan)]
    for number, (route, schedule) in enumerate(zip(plan.routes, schedules, strict=True), start=1):
        violations += _route(problem, number, route, schedule)
    return Verdict(_cost(problem, plan, schedules), tuple(violations), schedules)


def _cost(problem: Problem, plan: Plan, schedules: tuple[Schedule, ...]) -> Cost:
    by_distance = by_time = fixed = distance = duration = 0.0 if problem.travel.traffic is not None else 0
    for route, schedule in zip(plan.routes, schedules, strict=True):
        vehicle, driven = problem.vehicles[route.vehicle], distance_of(problem, route)
        distance += driven
        duration += schedule.duration
        by_distance += vehicle.cost_per_distance * driven
        by_time += vehicle.cost_per_time * schedule.duration
        fixed += vehicle.fixed_cost
    visited = {stop for route in plan.routes for stop in route.stops}
    prizes = sum(stop.prize or 0 for k, stop in enumerate(problem.stops) if k not in visited)
    return Cost(by_distance, by_time, fixed, prizes, int(distance), duration)


def distance_of(problem: Problem, route: Route) -> int:
    """Return the distance of a route, reload depots and the way back included."""
    vehicle = problem.vehicles[route.vehicle]
    places: list[int] = []
    for number, trip in enumerate(route.trips):
        depot = vehicle.start if number == 0 else trip.depot
        places.append(problem.depots[depot].location)
        places += [problem.stops[stop].location for stop in trip.stops]
    places.append(problem.depots[vehicle.end].location)
    return sum(problem.travel.distance.between(a, b) for a, b in pairwise(places))


def _visits(problem: Problem, plan: Plan) -> Iterator[Violation]:
    times = Counter(stop for route in plan.routes for stop in route.stops)
    left_out = set(plan.unserved)
    for k, stop in enumerate(problem.stops):
        if times[k] > 1:
            text = f"Stop {stop.id} is visited {times[k]} times; once is enough."
            yield Violation("repeated", None, stop.id, times[k], 1, text)
        if times[k] == 0 and stop.prize is None:
            text = f"Stop {stop.id} must be visited and is not."
            yield Violation("missing", None, stop.id, 0, 1, text)
        if times[k] and k in left_out:
            text = f"Stop {stop.id} is told as unserved, and visited."
            yield Violation("unserved_visited", None, stop.id, times[k], 0, text)


def _fleet(problem: Problem, plan: Plan) -> Iterator[Violation]:
    used = Counter(route.vehicle for route in plan.routes)
    for k, vehicle in enumerate(problem.vehicles):
        if used[k] > vehicle.count:
            text = f"{used[k]} vehicles of type {vehicle.id} are used; there are {vehicle.count}."
            yield Violation("fleet", None, None, used[k], vehicle.count, text)


def _route(problem: Problem, number: int, route: Route, schedule: Schedule) -> Iterator[Violation]:
    vehicle = problem.vehicles[route.vehicle]
    yield from _allowed(problem, number, route, vehicle)
    yield from _reloads(problem, number, route, vehicle)
    for trip in route.trips:
        yield from _capacity(problem, number, trip, vehicle)
        if problem.deliveries_first:
            yield from _deliveries_first(problem, number, trip)
    yield from _moments(problem, number, route, schedule)
    yield from _limits(problem, number, route, schedule, vehicle)


def _allowed(problem: Problem, number: int, route: Route, vehicle: VehicleType) -> Iterator[Violation]:
    for index in route.stops:
        stop = problem.stops[index]
        if stop.vehicles is not None and route.vehicle not in stop.vehicles:
            text = f"Route {number}: stop {stop.id} may not be visited by a vehicle of type {vehicle.id}."
            yield Violation("vehicle_allowed", number, stop.id, 1, 0, text)


def _reloads(problem: Problem, number: int, route: Route, vehicle: VehicleType) -> Iterator[Violation]:
    first, *others = route.trips
    if first.depot != vehicle.start:
        begins, owns = problem.depots[first.depot].id, problem.depots[vehicle.start].id
        text = f"Route {number}: begins at depot {begins}; vehicles of type {vehicle.id} begin at {owns}."
        yield Violation("start_depot", number, None, 1, 0, text)
    for trip in others:
        if trip.depot not in vehicle.reloads:
            text = f"Route {number}: a vehicle of type {vehicle.id} may not reload at {problem.depots[trip.depot].id}."
            yield Violation("reload_depot", number, None, 1, 0, text)
    if len(others) > vehicle.max_reloads:
        text = f"Route {number}: reloads {len(others)} times; {vehicle.max_reloads} are allowed."
        yield Violation("reloads", number, None, len(others), vehicle.max_reloads, text)


def _capacity(problem: Problem, number: int, trip: Trip, vehicle: VehicleType) -> Iterator[Violation]:
    """Follow the load from halt to halt: all deliveries on board at the start, pickups kept to the end."""
    dimensions = problem.dimensions
    deliveries = [loads(problem.stops[stop].delivery, dimensions) for stop in trip.stops]
    pickups = [loads(problem.stops[stop].pickup, dimensions) for stop in trip.stops]
    for d, capacity in enumerate(vehicle.capacity):
        load = most = sum(one[d] for one in deliveries)
        where = None
        for stop, delivery, pickup in zip(trip.stops, deliveries, pickups, strict=True):
            load += pickup[d] - delivery[d]
            if load > most:
                most, where = load, problem.stops[stop].id
        if most > capacity:
            place = f"leaving {problem.depots[trip.depot].id}" if where is None else f"leaving stop {where}"
            on_board, holds, excess = (told(one, problem.units.load) for one in (most, capacity, most - capacity))
            text = (
                f"Route {number}: {on_board} on board {place} (load {d + 1}); vehicles of type {vehicle.id} hold "
                f"{holds}, {excess} too much."
            )
            yield Violation("capacity", number, where, most, capacity, text)


def _deliveries_first(problem: Problem, number: int, trip: Trip) -> Iterator[Violation]:
    first_pickup = None
    for k, index in enumerate(trip.stops):
        stop = problem.stops[index]
        if any(stop.delivery) and first_pickup is not None:
            text = f"Route {number}: stop {stop.id} is delivered to after the pickup at {first_pickup}."
            yield Violation("deliveries_first", number, stop.id, 1, 0, text)
        if any(stop.pickup):
            if k == 0 and not any(stop.delivery):
                text = f"Route {number}: a trip begins with the pickup at {stop.id}; deliveries come first."
                yield Violation("deliveries_first", number, stop.id, 1, 0, text)
            first_pickup = first_pickup or stop.id


def _moments(problem: Problem, number: int, route: Route, schedule: Schedule) -> Iterator[Violation]:
    tolerance = 0.0 if problem.travel.traffic is None else TOLERANCE
    earliest, latest = schedule.may_leave
    unit = problem.units.way
    if schedule.departure < earliest - tolerance:
        text = f"Route {number}: leaves at {told(schedule.departure, unit)}; {told(earliest, unit)} is the earliest."
        yield Violation("departure", number, None, schedule.departure, earliest, text)
    if schedule.departure > latest + tolerance:
        text = f"Route {number}: leaves at {told(schedule.departure, unit)}; {told(latest, unit)} is the latest."
        yield Violation("departure", number, None, schedule.departure, latest, text)
    for stop, depot, moment, limit in schedule.late:
        at, closes, late = told(moment, unit), told(limit, unit), f"{told(moment - limit, unit)} too late"
        if stop is not None:
            id_ = problem.stops[stop].id
            text = f"Route {number}: is at stop {id_} at {at}; it closes at {closes}, {late}."
            yield Violation("window", number, id_, moment, limit, text)
        elif depot is not None:
            id_ = problem.depots[depot].id
            text = f"Route {number}: is at depot {id_} at {at}; {closes} is the latest, {late}."
            yield Violation("depot", number, None, moment, limit, text)
        else:
            text = f"Route {number}: its driver has no rest that starts by {closes}; it ends at {at}."
            yield Violation("rest", number, None, moment, limit, text)


def _limits(
    problem: Problem, number: int, route: Route, schedule: Schedule, vehicle: VehicleType
) -> Iterator[Violation]:
    tolerance = 0.0 if problem.travel.traffic is None else TOLERANCE
    unit = problem.units.way
    for rule, value, limit, slack, factor in (
        ("duration", schedule.duration, vehicle.max_duration, tolerance, unit),
        ("distance", distance_of(problem, route), vehicle.max_distance, 0, unit),
        ("stops", len(route.stops), vehicle.max_stops, 0, 1),
    ):
        if value > limit + slack:
            most, excess = told(limit, factor), told(value - limit, factor)
            text = f"Route {number}: its {rule} is {told(value, factor)}, {excess} above {most}."
            yield Violation(rule, number, None, value, limit, text)
