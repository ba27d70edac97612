"""A problem as arrays: vehicles of one kind, loads, one window a stop, prizes, costs of time and distance.

Stops are nodes ``0 .. n - 1``; node `n` is the depot where routes start, node ``n + 1`` the one where they end.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.clock.roads import Floats, Ints, Roads, mean_times, roads_of
from entrepot.delivery.routing.problem import FOREVER, Problem, VehicleType, loads

OPEN, CLOSE, SERVICE = range(3)
"""Columns of `Stops.times`."""

PER_TIME, PER_DISTANCE, FIXED, LONGEST = range(4)
"""Places of `Stops.vehicle`: costs, and the greatest duration."""

EITHER, COME, GO = range(3)
"""First axis of `Stops.near`."""

BULK, WIDTH, AWAY = range(3)
"""Columns of `Stops.ranks`."""

NEAREST: Final = 100
MOMENTS: Final = 12
"""Departures over which travel times are averaged, to tell which stops are near."""

WAITING: Final = 0.2
LATENESS: Final = 1.0
"""What a time unit of waiting or lateness counts in nearness (Vidal et al. 2013, section 4.2)."""


class Stops(NamedTuple):
    """What is to be visited, and within which limits.

    Parameters
    ----------
    demand : int array, shape (n, n_loads)
        What a stop takes of the capacity.
    capacity : int array, shape (n_loads,)
        Of a vehicle.
    times : float array, shape (n + 2, 3)
        OPEN, CLOSE, SERVICE.
    distance : int array, shape (n + 2, n + 2) or (0, 0)
        Empty where distance costs nothing.
    vehicle : float array, shape (4,)
        PER_TIME, PER_DISTANCE, FIXED, LONGEST.
    near : int array, shape (3, n, up to 100)
        By stop the nearest others, the nearest first: in EITHER direction, to COME from, to GO to.
    price : float array, shape (n,)
        What leaving a stop out costs; more than any route where it must be visited.
    is_required : bool array, shape (n,)
        Whether it must be visited.
    ranks : float array, shape (n, 3)
        What stops are sorted by: BULK (largest share of a capacity), WIDTH of the window, how far AWAY the depot is.
    """

    demand: Ints
    capacity: Ints
    times: Floats
    distance: Ints
    vehicle: Floats
    near: Ints
    price: Floats
    is_required: NDArray[np.bool_]
    ranks: Floats


def why_not(problem: Problem) -> str | None:
    """Tell what these arrays cannot hold; None where they hold all."""
    vehicle = problem.vehicles[0]
    for holds, reason in (
        (len(problem.vehicles) > 1, "several vehicle types"),
        (bool(vehicle.reloads) and vehicle.max_reloads > 0, "reloads"),
        (vehicle.rest is not None, "breaks"),
        (vehicle.max_distance < FOREVER, "a limit of distance"),
        (problem.deliveries_first, "deliveries before pickups"),
        (any(any(stop.pickup) for stop in problem.stops), "pickups"),
        (any(stop.release > 0 for stop in problem.stops), "releases"),
        (any(len(stop.windows) > 1 for stop in problem.stops), "several windows of a stop"),
        (any(stop.vehicles is not None and 0 not in stop.vehicles for stop in problem.stops), "stops nobody may visit"),
    ):
        if holds:
            return reason
    return None


def tables_of(problem: Problem) -> tuple[Roads, Stops]:
    """Return roads and stops by node."""
    vehicle, n = problem.vehicles[0], len(problem.stops)
    ends = [problem.depots[vehicle.start].location, problem.depots[vehicle.end].location]
    location = np.array([*(stop.location for stop in problem.stops), *ends], dtype=np.int64)
    roads, times = roads_of(problem, location), _times(problem, vehicle)
    minutes = mean_times(roads, n + 2, moments_of(problem))
    demand, capacity = _demand(problem, vehicle)
    share = (demand / np.maximum(capacity, 1)).max(axis=1) if n and len(capacity) else np.zeros(n)
    distance = np.zeros((0, 0), np.int64)
    if vehicle.cost_per_distance:
        distance = np.array([problem.travel.distance.row(origin)[location] for origin in location.tolist()])
    costs = vehicle.cost_per_time, vehicle.cost_per_distance, vehicle.fixed_cost, vehicle.max_duration
    stops = Stops(
        demand=demand,
        capacity=capacity,
        times=times,
        distance=distance,
        vehicle=np.array(costs, dtype=np.float64),
        near=_near(minutes, times, n),
        price=np.zeros(n),
        is_required=np.array([stop.prize is None for stop in problem.stops], dtype=np.bool_),
        ranks=np.column_stack([share, times[:n, CLOSE] - times[:n, OPEN], minutes[n, :n]]).astype(np.float64),
    )
    return roads, stops._replace(price=_prices(problem, stops, minutes))


def _demand(problem: Problem, vehicle: VehicleType) -> tuple[Ints, Ints]:
    """Return loads and capacity; a limit of stops is one more load."""
    capacity = list(loads(vehicle.capacity, problem.dimensions))
    rows = [list(loads(stop.delivery, problem.dimensions)) for stop in problem.stops]
    if vehicle.max_stops < FOREVER:
        capacity.append(vehicle.max_stops)
        rows = [[*row, 1] for row in rows]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(capacity)), np.array(capacity, dtype=np.int64)


def _times(problem: Problem, vehicle: VehicleType) -> Floats:
    """Return windows and services; nobody leaves later than when all has opened and speeds change no more."""
    start, end = problem.depots[vehicle.start].window, problem.depots[vehicle.end].window
    leaves, closes = max(start.open, vehicle.shift.open), min(end.close, vehicle.shift.close)
    settled = max([leaves, end.open, *(stop.windows[0].open for stop in problem.stops), *problem.travel.last_changes])
    rows: list[tuple[float, float, float]] = [(*stop.windows[0], stop.service) for stop in problem.stops]
    rows.append((leaves, min(start.close, vehicle.shift.close, settled), 0))
    rows.append((min(end.open, closes), closes, 0))
    return np.array(rows, dtype=np.float64)


def moments_of(problem: Problem, many: int = MOMENTS) -> list[float]:
    """Return departures spread over the part of the day in which routes are under way and speeds change."""
    if problem.travel.traffic is None:
        return [0.0]
    vehicle = problem.vehicles[0]
    opens = max(problem.depots[vehicle.start].window.open, vehicle.shift.open)
    closes = min(
        problem.depots[vehicle.end].window.close, vehicle.shift.close, max(problem.travel.last_changes, default=opens)
    )
    return [float(moment) for moment in np.linspace(opens, max(opens, closes), many)]


def _prices(problem: Problem, stops: Stops, minutes: Floats) -> Floats:
    """Return prizes; required stops cost more than a route of their own can."""
    n, (per_time, per_distance, fixed, _) = len(problem.stops), stops.vehicle
    longest = minutes.max(initial=0.0) + stops.times[:n, SERVICE].max(initial=0.0)
    wait = max(stops.times[:n, OPEN].max(initial=0.0) - stops.times[n, OPEN], 0.0)
    farthest = float(stops.distance.max(initial=0))
    dear = 1.0 + fixed + 10.0 * (per_time * (longest + wait) + per_distance * farthest)
    dear += max((stop.prize or 0 for stop in problem.stops), default=0)
    return np.array([dear if stop.prize is None else stop.prize for stop in problem.stops], dtype=np.float64)


def _near(minutes: Floats, times: Floats, n: int) -> Ints:
    """Return the nearest stops: by travel, and by what their windows make one wait or miss; of equals the earlier."""
    many = min(NEAREST, max(n - 1, 0))
    onward = minutes[:n, :n] + 0.0
    arrives = times[:n, OPEN, None] + times[:n, SERVICE, None] + onward
    latest = times[:n, CLOSE, None] + times[:n, SERVICE, None] + onward
    onward += WAITING * np.maximum(times[None, :n, OPEN] - latest, 0.0)
    onward += LATENESS * np.maximum(arrives - times[None, :n, CLOSE], 0.0)
    np.fill_diagonal(onward, np.inf)
    ways = np.minimum(onward, onward.T), onward.T, onward
    return np.stack([np.argsort(way, axis=1, kind="stable")[:, :many] for way in ways]).astype(np.int64)
