"""Solutions as text: ``Route #k: numbers`` and ``Cost c``, as the public benchmark sets write them.

In the numbering ``location``, the depot is 0 and a stop is its location, also with several depots; in ``node`` all is
one higher, as nodes are in VRPLIB instances. A depot's number inside a route is a reload. Where there is more than one
vehicle type, ``Route #k`` belongs to the k-th vehicle of the problem.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final, NamedTuple

from entrepot.delivery.routing.formats.vrplib_text import fault
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import Problem

_ROUTE: Final = re.compile(r"^\s*route\s*#?\s*(\d+)\s*:?(.*)$", re.IGNORECASE)
NUMBERINGS: Final = ("location", "node")


def read_sol(text: str, problem: Problem, numbering: str = "auto") -> Plan:
    """Return the plan of a solution file; stops that are nowhere in it are unserved.

    Parameters
    ----------
    text : str
        What the file holds.
    problem : Problem
        Whose stops and vehicles the numbers mean.
    numbering : str
        ``location``, ``node``, or ``auto``: ``node`` when a number is above every location or 1 means no stop.

    Raises
    ------
    InputError
        ``routes.format`` with the line of a number that means nothing.
    """
    found = [
        (line, int(match[1]), _numbers(match[2], line))
        for line, raw in enumerate(text.splitlines(), start=1)
        if (match := _ROUTE.match(raw))
    ]
    if not found:
        raise fault(None, "there is no line `Route #1: ...`", "Give one for each route.")
    shift = _shift(problem, [number for _, _, numbers in found for number in numbers], numbering)
    moved = [(line, number, [one - shift for one in numbers]) for line, number, numbers in found]
    places = _Places.of(problem)
    routes = [_route(problem, places, line, number, numbers) for line, number, numbers in moved if numbers]
    return with_unserved(routes, len(problem.stops))


def routes_of_numbers(problem: Problem, routes: list[list[int]], departures: list[float] | None) -> Plan:
    """Return the plan of routes as lists of locations, of the first vehicle type."""
    places = _Places.of(problem)
    found = [_route(problem, places, None, 1, numbers) for numbers in routes]
    if departures is not None and len(departures) == len(found):
        found = [
            Route(route.vehicle, route.trips, departure) for route, departure in zip(found, departures, strict=True)
        ]
    return with_unserved(found, len(problem.stops))


def sol_text(plan: Plan, problem: Problem, cost: float, numbering: str = "location") -> str:
    """Return the solution file of a plan; with several vehicle types there is a line for each vehicle."""
    shift = 1 if numbering == "node" else 0
    if len(problem.vehicles) == 1:
        lines = [_line(k, route, problem, shift) for k, route in enumerate(plan.routes, start=1)]
    else:
        lines = [_line(k, route, problem, shift) for k, route in enumerate(_by_vehicle(plan, problem), start=1)]
    return "\n".join([*lines, f"Cost {cost:.10g}" if cost != int(cost) else f"Cost {int(cost)}"]) + "\n"


def _numbers(text: str, line: int) -> list[int]:
    try:
        return [int(token) for token in text.split()]
    except ValueError:
        raise fault(line, f"{text.strip()[:40]!r} holds what is no number", "Correct it.") from None


def _shift(problem: Problem, numbers: list[int], numbering: str) -> int:
    if numbering != "auto":
        return NUMBERINGS.index(numbering)
    known = {stop.location for stop in problem.stops} | {depot.location for depot in problem.depots}
    stops = {stop.location for stop in problem.stops}
    depots = {depot.location for depot in problem.depots}
    is_beyond = any(number not in known for number in numbers)
    is_one_off = not any(number - 1 in depots and number in stops for number in numbers) and 0 not in numbers
    return 1 if is_beyond and is_one_off else 0


class _Places(NamedTuple):
    """Which stop or depot a location is."""

    stops: dict[int, int]
    depots: dict[int, int]

    @classmethod
    def of(cls, problem: Problem) -> _Places:
        """Return those of a problem."""
        stops = {stop.location: k for k, stop in enumerate(problem.stops)}
        return cls(stops, {depot.location: k for k, depot in enumerate(problem.depots)})


def _route(problem: Problem, places: _Places, line: int | None, number: int, numbers: list[int]) -> Route:
    vehicle = _vehicle(problem, line, number)
    trips, begun = [], list[int]()
    depot = problem.vehicles[vehicle].start
    for one in numbers:
        if one in places.stops:
            begun.append(places.stops[one])
        elif one in places.depots:
            trips.append(Trip(depot, tuple(begun)))
            depot, begun = places.depots[one], []
        else:
            raise fault(line, f"there is no location {one}", "Is it the solution of another problem?")
    return Route(vehicle, (*trips, Trip(depot, tuple(begun))))


def _vehicle(problem: Problem, line: int | None, number: int) -> int:
    if len(problem.vehicles) == 1:
        return 0
    ends = list(accumulate(vehicle.count for vehicle in problem.vehicles))
    if not 1 <= number <= ends[-1]:
        raise fault(line, f"there is no vehicle {number}", f"Vehicles go from 1 to {ends[-1]}.")
    return next(k for k, end in enumerate(ends) if number <= end)


def _by_vehicle(plan: Plan, problem: Problem) -> list[Route | None]:
    found: list[Route | None] = []
    for k, vehicle in enumerate(problem.vehicles):
        routes = [route for route in plan.routes if route.vehicle == k]
        found += [*routes, *[None] * (vehicle.count - len(routes))]
    return found


def _line(number: int, route: Route | None, problem: Problem, shift: int) -> str:
    numbers: list[int] = []
    for k, trip in enumerate(() if route is None else route.trips):
        numbers += [problem.depots[trip.depot].location] if k else []
        numbers += [problem.stops[stop].location for stop in trip.stops]
    return f"Route #{number}: {' '.join(str(one + shift) for one in numbers)}".rstrip()
