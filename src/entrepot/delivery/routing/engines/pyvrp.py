"""The engine of rich static problems: PyVRP (Wouda, Lan and Kool 2024), an iterated local search.

It is given a location for each stop and depot, a client for each window of a stop, and a matrix for each set of stops
that a vehicle type may visit. Arcs that must not be driven are longer than any route may be; much longer ones,
times its penalties, are more than its integers hold, and its search goes round in circles.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.engines.engine import Watch
from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import FOREVER, Problem, Stop, VehicleType, Window, loads, out_of_order
from entrepot.delivery.routing.schedule import time_route
from entrepot.delivery.routing.travel import Plane, Table

if TYPE_CHECKING:
    import pyvrp

LARGEST: Final = 2**60
"""Capacity that stands for none."""

MOST_LOCATIONS: Final = 11_000
"""Its matrices of 64 bits hold as much memory as a usual machine has beyond."""

TOLD_EVERY: Final = 0.05
"""Seconds between two words to the watch."""


@dataclass(frozen=True, slots=True)
class PyVrp:
    """PyVRP with its default parameters."""

    name: str = "pyvrp"

    def refusal(self, problem: Problem) -> str | None:
        """Tell what it does not know."""
        if problem.travel.traffic is not None:
            return "travel times that change over the day"
        if any(vehicle.rest is not None for vehicle in problem.vehicles):
            return "breaks"
        if any(v.max_stops < FOREVER and v.reloads and v.max_reloads for v in problem.vehicles):
            return "a limit of stops on routes with reloads"
        if len(problem.stops) + len(problem.depots) > MOST_LOCATIONS:
            return f"more than {MOST_LOCATIONS} stops and depots"
        return None

    def solve(
        self, problem: Problem, seconds: float, seed: int, start: Plan | None, watch: Watch, cores: int | None = None
    ) -> Plan:
        """Return the best plan found; its first solution counts in the seconds, and is made however few they are."""
        import pyvrp  # late: it takes a second to load, and plain problems never need it

        stop = _Stop(seconds, watch)
        data, stop_of = as_data(problem)
        first = None if start is None else _as_solution(problem, start, data)
        result = pyvrp.solve(data, stop, seed=seed, collect_stats=False, display=False, initial_solution=first)
        routes = [_as_route(problem, route, stop_of) for route in result.best.routes()]
        return with_unserved(routes, len(problem.stops))


@dataclass(slots=True)
class _Stop:
    """Ends its search when the time is up or nobody wants to wait; tells the watch how it goes."""

    seconds: float
    watch: Watch
    begun: float = field(default_factory=time.perf_counter)
    told: float = 0.0
    calls: int = 0

    def __call__(self, best_cost: int) -> bool:
        gone = time.perf_counter() - self.begun
        if gone - self.told >= TOLD_EVERY:
            self.told = gone
            self.watch.progress(gone, float(best_cost), self.calls)
            if self.watch.cancelled():
                return True
        self.calls += 1
        return gone >= self.seconds


def as_data(problem: Problem) -> tuple[pyvrp.ProblemData, list[int]]:
    """Return the problem as PyVRP's, and which stop each of its clients is."""
    import pyvrp

    clients, groups, stop_of = _clients(problem)
    refused = [_refused(problem, kind) for kind in range(len(problem.vehicles))]
    profiles = list(dict.fromkeys(refused))
    distance, duration = (_matrix(problem, given) for given in (problem.travel.distance, problem.travel.time))
    longest = int(distance.max(initial=0)) * (len(problem.stops) + 2) + 1
    has_forbidden = problem.deliveries_first or any(profiles)
    places = _places(problem)
    xy = np.zeros((len(places), 2)) if problem.coordinates is None else problem.coordinates[places]
    n = len(problem.stops)
    # Its stubs ask for arrays of int, which no array of NumPy is typed as.
    distances: list[Any] = [_without(problem, distance, one, longest) for one in profiles]
    durations: list[Any] = [duration] * len(profiles)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(float(x), float(y)) for x, y in xy],
        clients=clients,
        depots=[
            pyvrp.Depot(n + k, tw_early=max(depot.window.open, 0), tw_late=max(depot.window.close, 0))
            for k, depot in enumerate(problem.depots)
        ],
        vehicle_types=[
            _vehicle(problem, vehicle, profiles.index(refused[kind]), longest - 1 if has_forbidden else FOREVER)
            for kind, vehicle in enumerate(problem.vehicles)
        ],
        distance_matrices=distances,
        duration_matrices=durations,
        groups=groups,
    )
    return data, stop_of


def _clients(problem: Problem) -> tuple[list[pyvrp.Client], list[pyvrp.ClientGroup], list[int]]:
    """Return a client for each window of a stop in reach; those of one stop are a group, of which one is visited.

    A stop without one is no client, and so is left out.
    """
    import pyvrp

    clients, groups, stop_of = list[pyvrp.Client](), list[pyvrp.ClientGroup](), list[int]()
    for k, stop in enumerate(problem.stops):
        windows = _in_reach(stop)
        is_group = len(windows) > 1
        if is_group:
            members = list(range(len(clients), len(clients) + len(windows)))
            groups.append(pyvrp.ClientGroup(members, required=stop.prize is None))
        for window in windows:
            stop_of.append(k)
            clients.append(
                pyvrp.Client(
                    k,
                    delivery=_scaled(problem, stop.delivery, 1),
                    pickup=_scaled(problem, stop.pickup, 0),
                    service_duration=stop.service,
                    tw_early=window.open,
                    tw_late=window.close,
                    release_time=stop.release,
                    prize=stop.prize or 0,
                    required=stop.prize is None and not is_group,
                    group=len(groups) - 1 if is_group else None,
                )
            )
    return clients, groups, stop_of


def _in_reach(stop: Stop) -> list[Window]:
    """Return the windows that are not over when its goods are released, which is never before 0."""
    return [Window(max(one.open, 0), one.close) for one in stop.windows if one.close >= stop.release]


def _scaled(problem: Problem, quantities: tuple[int, ...], stops: int) -> list[int]:
    """Return loads by dimension, the last of which counts stops.

    They are multiplied by the scale of costs, as its own reader does: its penalties are by unit of load.
    """
    return [problem.scale * one for one in (*loads(quantities, problem.dimensions), stops)]


def _vehicle(problem: Problem, vehicle: VehicleType, profile: int, longest: int) -> pyvrp.VehicleType:
    import pyvrp

    open_ended = (FOREVER,) * (problem.dimensions - len(vehicle.capacity))
    limits = (*vehicle.capacity, *open_ended, vehicle.max_stops)
    return pyvrp.VehicleType(
        num_available=vehicle.count,
        capacity=[LARGEST if one >= FOREVER else problem.scale * one for one in limits],
        start_depot=vehicle.start,
        end_depot=vehicle.end,
        fixed_cost=vehicle.fixed_cost,
        tw_early=max(vehicle.shift.open, 0),
        tw_late=max(vehicle.shift.close, 0),
        unit_distance_cost=vehicle.cost_per_distance,
        unit_duration_cost=vehicle.cost_per_time,
        profile=profile,
        reload_depots=list(vehicle.reloads),
        shift_duration=_unlimited(vehicle.max_duration),
        max_distance=_unlimited(min(vehicle.max_distance, longest)),
        max_reloads=_unlimited(vehicle.max_reloads),
    )


def _unlimited(limit: int) -> int:
    return limit if limit < FOREVER else int(np.iinfo(np.int64).max)


def _refused(problem: Problem, kind: int) -> tuple[int, ...]:
    return tuple(k for k, stop in enumerate(problem.stops) if stop.vehicles is not None and kind not in stop.vehicles)


def _places(problem: Problem) -> NDArray[np.int64]:
    stops, depots = (stop.location for stop in problem.stops), (depot.location for depot in problem.depots)
    return np.array([*stops, *depots], dtype=np.int64)


def _matrix(problem: Problem, given: Plane | Table) -> NDArray[np.int64]:
    places = _places(problem)
    return np.stack([given.row(origin)[places] for origin in places.tolist()])


def _without(
    problem: Problem, distance: NDArray[np.int64], refused: tuple[int, ...], longest: int
) -> NDArray[np.int64]:
    """Return distances in which arcs that must not be driven are longest."""
    if not problem.deliveries_first and not refused:
        return distance
    found, refused_places = distance.copy(), list(refused)
    if problem.deliveries_first:
        givers, not_after, not_first = out_of_order(problem)
        found[np.ix_(givers, not_after)] = longest
        found[len(problem.stops) :, not_first] = longest
    found[refused_places, :] = found[:, refused_places] = longest
    np.fill_diagonal(found, 0)
    return found


def _as_solution(problem: Problem, plan: Plan, data: pyvrp.ProblemData) -> pyvrp.Solution:
    import pyvrp

    windows = [_in_reach(stop) for stop in problem.stops]
    firsts = np.cumsum([0, *(len(several) for several in windows)]).tolist()
    routes = []
    for route in plan.routes:
        schedule, activities = time_route(problem, route), list[pyvrp.Activity]()
        for visit in schedule.visits[:-1]:
            if visit.stop is None:
                activities.append(pyvrp.Activity(pyvrp.ActivityType.DEPOT, int(visit.depot or 0)))
                continue
            several = windows[visit.stop]
            if several:
                window = next((k for k, one in enumerate(several) if visit.start <= one.close), len(several) - 1)
                activities.append(pyvrp.Activity(pyvrp.ActivityType.CLIENT, firsts[visit.stop] + window))
        routes.append(pyvrp.Route(data, activities, route.vehicle))
    return pyvrp.Solution(data, routes)


def _as_route(problem: Problem, route: pyvrp.Route, stop_of: list[int]) -> Route:
    kind = route.vehicle_type()
    depot, trips = problem.vehicles[kind].start, list[Trip]()
    for is_depot, several in groupby(list(route)[1:-1], key=lambda one: one.is_depot()):
        visits = list(several)
        if is_depot:
            depot = visits[-1].idx
        else:
            trips.append(Trip(depot, tuple(stop_of[one.idx] for one in visits)))
    return Route(kind, tuple(trips))
