"""What is to be driven: plans of routes of trips, and their JSON form."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from entrepot.delivery.routing.problem import Problem
from entrepot.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Trip:
    """The part of a route between two depots.

    Parameters
    ----------
    depot : int
        Index of the depot where it begins: the vehicle loads there.
    stops : tuple of int
        Indices of stops in the order of their visits.
    """

    depot: int
    stops: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """All one vehicle does in its shift: one trip, or several with reloads between; it ends at its type's end depot.

    Parameters
    ----------
    vehicle : int
        Index of the vehicle type.
    trips : tuple of Trip
        At least one; the first begins at the type's start depot.
    departure : float or None
        When it leaves; None leaves that to whoever times the route.
    """

    vehicle: int
    trips: tuple[Trip, ...]
    departure: float | None = None

    @property
    def stops(self) -> tuple[int, ...]:
        """All its stops in order."""
        return tuple(stop for trip in self.trips for stop in trip.stops)


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes, and the stops that are left out."""

    routes: tuple[Route, ...]
    unserved: tuple[int, ...] = ()


class TripForm(msgspec.Struct, forbid_unknown_fields=True):
    """A trip as JSON: ids instead of indices."""

    stops: list[str]
    depot: str | None = None


class RouteForm(msgspec.Struct):
    """A route as JSON."""

    trips: list[TripForm]
    vehicle: str | None = None
    departure: float | None = None


class PlanForm(msgspec.Struct):
    """A plan as JSON; what else is beside, such as cost and times, is told to readers and not read back."""

    routes: list[RouteForm]
    unserved: list[str] = []


def single(problem: Problem, vehicle: int, stops: tuple[int, ...], departure: float | None = None) -> Route:
    """Return a route of one trip."""
    return Route(vehicle, (Trip(problem.vehicles[vehicle].start, stops),), departure)


def plan_as_form(plan: Plan, problem: Problem) -> PlanForm:
    """Return the JSON form of a plan."""
    routes = [
        RouteForm(
            [
                TripForm([problem.stops[s].id for s in trip.stops], problem.depots[trip.depot].id)
                for trip in route.trips
            ],
            problem.vehicles[route.vehicle].id,
            route.departure,
        )
        for route in plan.routes
    ]
    return PlanForm(routes, [problem.stops[s].id for s in plan.unserved])


def plan_of_form(form: PlanForm, problem: Problem) -> Plan:
    """Return the plan of a JSON form; routes without stops are dropped, stops that are nowhere count as unserved.

    Raises
    ------
    InputError
        ``routes.plan`` if it names stops, depots or vehicles that the problem has not.
    """
    stops = {stop.id: k for k, stop in enumerate(problem.stops)}
    depots = {depot.id: k for k, depot in enumerate(problem.depots)}
    vehicles = {vehicle.id: k for k, vehicle in enumerate(problem.vehicles)}
    faults = _unknown(form, stops, depots, vehicles)
    if faults:
        shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
        raise InputError(
            "routes.plan", f"The plan does not belong to the problem: {shown}.", "Give it its own problem."
        )
    routes = []
    for route in form.routes:
        vehicle = 0 if route.vehicle is None else vehicles[route.vehicle]
        start = problem.vehicles[vehicle].start
        trips = tuple(
            Trip(start if trip.depot is None else depots[trip.depot], tuple(stops[s] for s in trip.stops))
            for trip in route.trips
        )
        if any(trip.stops for trip in trips):
            routes.append(Route(vehicle, trips, route.departure))
    return with_unserved(routes, len(problem.stops))


def with_unserved(routes: list[Route], n_stops: int) -> Plan:
    """Return a plan of routes in which every stop they do not visit is unserved."""
    visited = {stop for route in routes for stop in route.stops}
    return Plan(tuple(routes), tuple(stop for stop in range(n_stops) if stop not in visited))


def _unknown(form: PlanForm, stops: dict[str, int], depots: dict[str, int], vehicles: dict[str, int]) -> list[str]:
    faults = [f"there is no stop {stop}" for stop in form.unserved if stop not in stops]
    for number, route in enumerate(form.routes, start=1):
        if route.vehicle is not None and route.vehicle not in vehicles:
            faults.append(f"route {number} has a vehicle {route.vehicle} that is not there")
        for trip in route.trips:
            if trip.depot is not None and trip.depot not in depots:
                faults.append(f"route {number} loads at a depot {trip.depot} that is not there")
            faults += [
                f"route {number} visits a stop {stop} that is not there" for stop in trip.stops if stop not in stops
            ]
    return faults
