"""PyVRP on the very problem our search gets; its answer comes back as a plan, for our checker to judge."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.delivery.routing.plan import Plan, Route, Trip, with_unserved
from entrepot.delivery.routing.problem import FOREVER, Problem, Stop, VehicleType, loads

LARGEST = 1 << 60
LONGEST = 1 << 44
"""PyVRP's own limit of a distance; stands for arcs that must not be used."""


def why_not(problem: Problem) -> str:
    """Tell what PyVRP cannot be given; empty where it can be given all."""
    if problem.travel.traffic is not None:
        return "it knows no travel times that change over the day"
    if any(vehicle.rest is not None or vehicle.max_stops < FOREVER for vehicle in problem.vehicles):
        return "it knows no rests and no limit of stops"
    if any(len(stop.windows) > 1 for stop in problem.stops):
        return "its stops have one window"
    return ""


def solve_by_pyvrp(problem: Problem, seconds: float, seed: int) -> tuple[Plan, int]:
    """Return PyVRP's best plan and its iterations; by its own rule its first solution does not count in the seconds."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    data = as_data(problem)
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    routes = [_route(problem, route) for route in result.best.routes()]
    return with_unserved(routes, len(problem.stops)), result.num_iterations


def as_data(problem: Problem) -> Any:
    """Return the problem as PyVRP's; a matrix for each set of stops that a vehicle type may visit.

    Loads are multiplied by the scale of its costs, as its own reader does: its penalties are by unit of load.
    """
    import pyvrp

    size, dimensions = problem.travel.size, max(problem.dimensions, 1)
    profiles: dict[frozenset[int], int] = {}
    for kind in range(len(problem.vehicles)):
        profiles.setdefault(_refused(problem, kind), len(profiles))
    distance, duration = (_matrix(problem, given) for given in (problem.travel.distance, problem.travel.time))
    xy = problem.coordinates if problem.coordinates is not None else np.zeros((size, 2))
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(float(x), float(y)) for x, y in xy],
        clients=[_client(pyvrp, stop, dimensions, problem.scale) for stop in problem.stops],
        depots=[
            pyvrp.Depot(depot.location, tw_early=depot.window.open, tw_late=depot.window.close)
            for depot in problem.depots
        ],
        vehicle_types=[
            _vehicle(pyvrp, vehicle, profiles[_refused(problem, kind)], problem.scale)
            for kind, vehicle in enumerate(problem.vehicles)
        ],
        distance_matrices=[_without(distance, problem, refused) for refused in profiles],
        duration_matrices=[_without(duration, problem, refused) for refused in profiles],
    )


def _client(pyvrp: Any, stop: Stop, dimensions: int, scale: int) -> Any:
    (window,) = stop.windows
    return pyvrp.Client(
        stop.location,
        delivery=[scale * one for one in loads(stop.delivery, dimensions)],
        pickup=[scale * one for one in loads(stop.pickup, dimensions)],
        service_duration=stop.service,
        tw_early=window.open,
        tw_late=window.close,
        release_time=stop.release,
        prize=stop.prize or 0,
        required=stop.prize is None,
    )


def _vehicle(pyvrp: Any, vehicle: VehicleType, profile: int, scale: int) -> Any:
    limits = {"shift_duration": vehicle.max_duration, "max_distance": vehicle.max_distance}
    return pyvrp.VehicleType(
        num_available=vehicle.count,
        capacity=[min(scale * one, LARGEST) for one in vehicle.capacity] or [LARGEST],
        start_depot=vehicle.start,
        end_depot=vehicle.end,
        fixed_cost=vehicle.fixed_cost,
        tw_early=vehicle.shift.open,
        tw_late=vehicle.shift.close,
        unit_distance_cost=vehicle.cost_per_distance,
        unit_duration_cost=vehicle.cost_per_time,
        profile=profile,
        reload_depots=list(vehicle.reloads),
        **({"max_reloads": vehicle.max_reloads} if vehicle.max_reloads < FOREVER else {}),
        **{name: value for name, value in limits.items() if value < FOREVER},
    )


def _refused(problem: Problem, kind: int) -> frozenset[int]:
    return frozenset(stop.location for stop in problem.stops if stop.vehicles is not None and kind not in stop.vehicles)


def _matrix(problem: Problem, given: Any) -> Any:
    found = np.stack([given.row(origin) for origin in range(problem.travel.size)]).astype(np.int64)
    if problem.deliveries_first:  # as its own reader does
        pickups = [stop.location for stop in problem.stops if any(stop.pickup)]
        deliveries = [stop.location for stop in problem.stops if any(stop.delivery)]
        depots = [depot.location for depot in problem.depots]
        found[np.ix_(pickups, deliveries)] = LONGEST
        found[np.ix_(depots, pickups)] = LONGEST
    return found


def _without(matrix: Any, problem: Problem, refused: frozenset[int]) -> Any:
    if not refused:
        return matrix
    found, places = matrix.copy(), sorted(refused)
    found[places, :] = found[:, places] = LONGEST
    np.fill_diagonal(found, 0)
    return found


def _route(problem: Problem, route: Any) -> Route:
    kind = route.vehicle_type()
    trips, stops, depot = [], list[int](), problem.vehicles[kind].start
    for scheduled in list(route)[1:-1]:
        activity = scheduled.activity if hasattr(scheduled, "activity") else scheduled
        if activity.is_depot():
            trips.append(Trip(depot, tuple(stops)))
            depot, stops = activity.idx, []
        else:
            stops.append(activity.idx)
    return Route(kind, (*trips, Trip(depot, tuple(stops))))
