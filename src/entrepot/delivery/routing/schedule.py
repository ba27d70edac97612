"""When a route does what: its departure of least duration, and what makes its times impossible.

Part of the checker; it shares nothing with the engines. Rules of time: a vehicle leaves within its depot's window and
its shift, not before what it carries is released; it waits where it is early; a rest is taken where it stands, before
or after a service, once, on a route that leaves before the rest's latest start and ends after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from entrepot.delivery.routing import timing
from entrepot.delivery.routing.plan import Route, Trip
from entrepot.delivery.routing.problem import Break, Problem, VehicleType, Window
from entrepot.delivery.routing.timing import Function, Knot

TOLERANCE: Final = 1e-6
"""By how much a time may miss its limit where traffic makes times fractions; without traffic it is exact."""


class Visit(NamedTuple):
    """One halt of a route: at a stop or at a depot (indices); a rest is told with the halt it comes before."""

    stop: int | None
    depot: int | None
    arrival: float
    start: float
    leave: float
    rest: float | None


class Late(NamedTuple):
    """A moment that comes after its limit: at a stop, at a depot, or, with neither, the rest that was not taken."""

    stop: int | None
    depot: int | None
    moment: float
    limit: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of a route; where something is late, they go on as if its limit had just been kept.

    Parameters
    ----------
    departure, arrival : float
        At the first depot and at the last.
    visits : tuple of Visit
        Halts after the first depot.
    late : tuple of Late
        Limits that no departure keeps.
    may_leave : tuple of float
        The earliest and the latest departure the first depot, the shift and releases allow.
    """

    departure: float
    arrival: float
    visits: tuple[Visit, ...]
    late: tuple[Late, ...]
    may_leave: tuple[float, float]

    @property
    def duration(self) -> float:
        """Time units from leaving the first depot to arriving at the last."""
        return self.arrival - self.departure


class _Kind(Enum):
    DRIVE = auto()
    OPEN = auto()
    WAIT = auto()
    SERVE = auto()
    REST = auto()


class _Step(NamedTuple):
    kind: _Kind
    stop: int | None = None
    depot: int | None = None
    amount: int = 0
    windows: tuple[Window, ...] = ()
    drive: tuple[Knot, ...] = ()


def time_route(problem: Problem, route: Route) -> Schedule:
    """Return the schedule of least duration, of these the earliest departure; at the route's own where it has one.

    About O(stops) without traffic; with it, the knots of all arcs on the way add up. A rest is tried at every halt.
    """
    vehicle = problem.vehicles[route.vehicle]
    steps = _steps(problem, route, vehicle)
    may_leave = _may_leave(problem, route, vehicle)
    low, high = _departures(problem, route, steps, may_leave)
    tolerance = 0.0 if problem.travel.traffic is None else TOLERANCE
    arrivals, late = _run(steps, low, high, tolerance)
    if vehicle.rest is None or late:
        return _told(steps, _best(arrivals), late, may_leave)
    best, chosen = _best(_without_rest(arrivals, vehicle.rest)), steps
    for k in _halts(steps):
        rest = _Step(_Kind.REST, amount=vehicle.rest.duration, windows=(_window(vehicle.rest),))
        rested = [*steps[:k], rest, *steps[k:]]
        candidate, late = _run(rested, low, high, tolerance)
        found = None if late else _best(candidate)
        if found is not None and (best is None or found.y - found.x < best.y - best.x):
            best, chosen = found, rested
    if best is None:
        missed = Late(None, None, arrivals[0].y, vehicle.rest.latest)
        return _told(steps, _best(arrivals), [missed], may_leave)
    return _told(chosen, best, [], may_leave)


def _steps(problem: Problem, route: Route, vehicle: VehicleType) -> list[_Step]:
    """List what happens from the first departure to the last arrival."""
    steps: list[_Step] = []
    place = problem.depots[vehicle.start].location
    for number, trip in enumerate(route.trips):
        if number:
            depot = problem.depots[trip.depot]
            steps.append(_drive(problem, place, depot.location))
            steps.append(_Step(_Kind.WAIT, amount=_release(problem, trip)))
            steps.append(_Step(_Kind.OPEN, depot=trip.depot, windows=(depot.window,)))
            place = depot.location
        for index in trip.stops:
            stop = problem.stops[index]
            steps.append(_drive(problem, place, stop.location))
            steps.append(_Step(_Kind.OPEN, stop=index, windows=stop.windows))
            steps.append(_Step(_Kind.SERVE, stop=index, amount=stop.service))
            place = stop.location
    end = problem.depots[vehicle.end]
    steps.append(_drive(problem, place, end.location))
    closing = min(end.window.close, vehicle.shift.close)
    steps.append(_Step(_Kind.OPEN, depot=vehicle.end, windows=(Window(min(end.window.open, closing), closing),)))
    return steps


def _drive(problem: Problem, origin: int, target: int) -> _Step:
    return _Step(_Kind.DRIVE, drive=tuple(timing.driving(problem.travel, origin, target)))


def _release(problem: Problem, trip: Trip) -> int:
    return max((problem.stops[stop].release for stop in trip.stops), default=0)


def _window(rest: Break) -> Window:
    return Window(rest.earliest, rest.latest)


def _may_leave(problem: Problem, route: Route, vehicle: VehicleType) -> tuple[float, float]:
    start = problem.depots[vehicle.start].window
    earliest = max(start.open, vehicle.shift.open, _release(problem, route.trips[0]))
    return earliest, min(start.close, vehicle.shift.close)


def _departures(
    problem: Problem, route: Route, steps: list[_Step], may_leave: tuple[float, float]
) -> tuple[float, float]:
    """Return the earliest and the latest departure worth a look.

    After everything has opened and speeds no longer change, leaving later changes no duration.
    """
    if route.departure is not None:
        return route.departure, route.departure
    low, high = may_leave
    openings = [window.open for step in steps for window in step.windows]
    waits = [step.amount for step in steps if step.kind is _Kind.WAIT]
    rest = problem.vehicles[route.vehicle].rest
    rests = [] if rest is None else [rest.latest]
    return low, max(low, min(high, max([low, *openings, *waits, *rests, *problem.travel.last_changes])))


def _run(steps: list[_Step], low: float, high: float, tolerance: float) -> tuple[Function, list[Late]]:
    """Return the arrival at the end by departure, over the departures that keep every limit, and what was late."""
    function, late = timing.identity(low, high), list[Late]()
    for step in steps:
        if step.kind is _Kind.DRIVE:
            function = timing.through(function, step.drive)
        elif step.kind is _Kind.WAIT:
            function = timing.at_least(function, step.amount)
        elif step.kind is _Kind.SERVE:
            function = timing.later(function, step.amount)
        else:
            close, first = step.windows[-1].close, function[0]
            if first.y > close + tolerance:
                late.append(Late(step.stop, step.depot, first.y, close))
            in_time = [Knot(first.x, close)] if first.y > close else function
            function = timing.later(timing.in_windows(in_time, step.windows), step.amount)
    return function, late


def _best(arrivals: Function) -> Knot | None:
    """Return departure and arrival of the least duration; of equals the earliest."""
    return min(arrivals, key=lambda knot: knot.y - knot.x, default=None)


def _without_rest(arrivals: Function, rest: Break) -> Function:
    """Return departures that need no rest: the route is over by its latest start, or begins no earlier than it."""
    over = timing.at_most(arrivals, rest.latest)
    begins = [knot for knot in arrivals if knot.x >= rest.latest]
    if arrivals[0].x < rest.latest < arrivals[-1].x:
        begins.insert(0, Knot(rest.latest, timing.value(arrivals, rest.latest)))
    return [*over, *begins]


def _halts(steps: list[_Step]) -> list[int]:
    """Return before which steps a rest can be: on arrival at each halt but the last, and before each drive."""
    return [k for k, step in enumerate(steps[:-1]) if step.kind in (_Kind.OPEN, _Kind.DRIVE)]


def _told(steps: list[_Step], best: Knot | None, late: list[Late], may_leave: tuple[float, float]) -> Schedule:
    """Drive once more from the chosen departure, and note every moment."""
    assert best is not None, "arrivals always keep a knot: a late one is cut to its limit"
    moment = arrived = best.x
    rest: float | None = None
    visits: list[Visit] = []
    for step in steps:
        if step.kind is _Kind.DRIVE:
            moment = arrived = timing.value(step.drive, moment)
        elif step.kind is _Kind.WAIT:
            moment = max(moment, step.amount)
        elif step.kind is _Kind.SERVE:
            moment += step.amount
            visits[-1] = visits[-1]._replace(leave=moment)
        elif step.kind is _Kind.REST:
            rest = max(moment, step.windows[0].open)
            moment = rest + step.amount
        else:
            moment = _start(moment, step.windows)
            visits.append(Visit(step.stop, step.depot, arrived, moment, moment, rest))
            rest = None
    return Schedule(best.x, best.y, tuple(visits), tuple(late), may_leave)


def _start(moment: float, windows: tuple[Window, ...]) -> float:
    window = next((window for window in windows if moment <= window.close + TOLERANCE), windows[-1])
    return min(max(moment, window.open), window.close)
