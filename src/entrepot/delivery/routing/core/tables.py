"""A plain problem as arrays: one depot, vehicles of one kind, loads, one window a stop, prizes, backhauls.

Stops are nodes ``0 .. n - 1``; the depot is node `n`, and ends every list of stops.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.problem import ALWAYS, FOREVER, Problem, VehicleType, loads
from entrepot.delivery.routing.travel import Plane, Table

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Whole = int | np.int64
"""A whole number in compiled code, where both are the same."""

OPEN, CLOSE, SERVICE = range(3)
"""Columns of `Stops.times`."""

BULK, WIDTH, AWAY = range(3)
"""Columns of `Stops.ranks`."""

NEAREST: Final = 100
REQUIRED: Final = -1
FORBIDDEN: Final = 2**30
"""Length of arcs that must not be driven; others are cut to it, so that they fit 32 bits and their sums 64."""


class Ground(NamedTuple):
    """How far and how long it is from node to node.

    Parameters
    ----------
    matrix : int32 array, shape (n + 1, n + 1) or (0, 0)
        Distances; empty where they are computed from `xy`.
    minutes : int32 array, shape (n + 1, n + 1) or (0, 0)
        Times; empty where they equal distances.
    xy : float array, shape (n + 1, 2)
        Coordinates; used without a matrix.
    scale, offset : float
        Distances are ``floor(scale * euclid + offset)``.
    unit : int
        What a unit of distance costs.
    """

    matrix: Small
    minutes: Small
    xy: Floats
    scale: float
    offset: float
    unit: int


class Stops(NamedTuple):
    """What is to be visited, and within which limits.

    Parameters
    ----------
    demand : int array, shape (n + 1, n_loads)
        What a stop takes of the capacity; the depot nothing.
    capacity : int array, shape (n_loads,)
        Of a vehicle.
    times : int array, shape (n + 1, 3)
        OPEN, CLOSE, SERVICE.
    is_timed : bool
        Whether any window can be missed.
    near : int32 array, shape (n, up to 100)
        The nearest other stops, the nearest first.
    price : int array, shape (n,)
        What leaving a stop out costs; REQUIRED where it must be visited.
    ranks : float array, shape (n, 3)
        What stops are sorted by: BULK (largest share of a capacity), WIDTH of the window, how far AWAY the depot is.
    fixed : int
        What each route costs beside driving.
    """

    demand: Ints
    capacity: Ints
    times: Ints
    is_timed: bool
    near: Small
    price: Ints
    ranks: Floats
    fixed: int


@compiled
def away(ground: Ground, i: Whole, j: Whole) -> Whole:
    """Return what driving from node to node costs."""
    return ground.unit * _distance(ground, i, j)


@compiled
def lasts(ground: Ground, i: Whole, j: Whole) -> Whole:
    """Return the time from node to node."""
    if ground.minutes.shape[0]:
        return np.int64(ground.minutes[i, j])
    return _distance(ground, i, j)


@compiled
def _distance(ground: Ground, i: Whole, j: Whole) -> Whole:
    if ground.matrix.shape[0]:
        return np.int64(ground.matrix[i, j])
    dx, dy = ground.xy[i, 0] - ground.xy[j, 0], ground.xy[i, 1] - ground.xy[j, 1]
    return np.int64(math.floor(ground.scale * math.sqrt(dx * dx + dy * dy) + ground.offset))


@compiled
def _measure(ground: Ground, far: Floats) -> None:
    """Measure what the cheaper of the ways from and to the depot costs."""
    n = far.shape[0]
    for v in range(n):
        far[v] = min(away(ground, n, v), away(ground, v, n))


def why_not_plain(problem: Problem) -> str | None:
    """Tell what these arrays cannot hold; None where they hold all."""
    vehicle = problem.vehicles[0]
    for holds, reason in (
        (len(problem.vehicles) > 1, "several vehicle types"),
        (len(problem.depots) > 1, "several depots"),
        (problem.travel.traffic is not None, "travel times that change over the day"),
        (vehicle.start != vehicle.end, "routes that end elsewhere than they start"),
        (vehicle.cost_per_time > 0, "costs of time"),
        (vehicle.cost_per_distance == 0, "distance that costs nothing"),
        (bool(vehicle.reloads) and vehicle.max_reloads > 0, "reloads"),
        (vehicle.rest is not None, "breaks"),
        (vehicle.max_duration < FOREVER, "a limit of duration"),
        (vehicle.max_distance < FOREVER, "a limit of distance"),
        (not problem.deliveries_first and any(any(stop.pickup) for stop in problem.stops), "pickups among deliveries"),
        (any(stop.release > 0 for stop in problem.stops), "releases"),
        (any(len(stop.windows) > 1 for stop in problem.stops), "several windows of a stop"),
        (any(stop.vehicles is not None and 0 not in stop.vehicles for stop in problem.stops), "stops nobody may visit"),
    ):
        if holds:
            return reason
    return None


def ground_of(problem: Problem) -> Ground:
    """Return distances and times by node: stops, then depots; a plain problem has one."""
    travel, location, unit = problem.travel, _locations(problem), problem.vehicles[0].cost_per_distance
    no_matrix, no_xy = np.zeros((0, 0), np.int32), np.zeros((0, 2))
    is_same = travel.time is travel.distance or _same(travel.distance, travel.time)
    if is_same and isinstance(travel.distance, Plane) and not problem.deliveries_first:
        plane = travel.distance
        xy = np.ascontiguousarray(plane.xy[location])
        return Ground(no_matrix, no_matrix, xy, plane.scale, plane.offset, unit)
    matrix = _matrix(travel.distance, location)
    minutes = no_matrix if is_same else _matrix(travel.time, location)
    if problem.deliveries_first:
        minutes = matrix.copy() if is_same else minutes
        _forbid(problem, matrix)
    return Ground(matrix, minutes, no_xy, 1.0, 0.0, unit)


def stops_of(problem: Problem, ground: Ground) -> Stops:
    """Return what is to be visited by node."""
    vehicle, n = problem.vehicles[0], len(problem.stops)
    demand, capacity = _demand(problem, vehicle)
    times = _times(problem, vehicle)
    far = np.empty(n)
    _measure(ground, far)
    share = (demand[:n] / np.maximum(capacity, 1)).max(axis=1) if demand.shape[1] else np.zeros(n)
    return Stops(
        demand=demand,
        capacity=capacity,
        times=times,
        is_timed=bool((times[:, OPEN] > 0).any() or (times[:, CLOSE] < FOREVER).any()),
        near=near_of(ground, n, min(NEAREST, max(n - 1, 0))),
        price=np.array([REQUIRED if s.prize is None else s.prize for s in problem.stops], dtype=np.int64),
        ranks=np.column_stack([share, times[:n, CLOSE] - times[:n, OPEN], far]).astype(np.float64),
        fixed=vehicle.fixed_cost,
    )


def _locations(problem: Problem) -> Ints:
    stops, depots = (stop.location for stop in problem.stops), (depot.location for depot in problem.depots)
    return np.array([*stops, *depots], dtype=np.int64)


def _same(distance: Plane | Table, time: Plane | Table) -> bool:
    return isinstance(distance, Table) and isinstance(time, Table) and np.array_equal(distance.values, time.values)


def _matrix(given: Plane | Table, location: Ints) -> Small:
    """Return a matrix by node, row by row: the whole matrix in 64 bits may not fit beside it."""
    found = np.empty((len(location), len(location)), np.int32)
    for node, origin in enumerate(location.tolist()):
        found[node] = np.minimum(given.row(origin)[location], FORBIDDEN)
    return found


def _forbid(problem: Problem, matrix: Small) -> None:
    """Forbid to deliver after a pickup, and to begin with one."""
    pickups = [v for v, stop in enumerate(problem.stops) if any(stop.pickup)]
    deliveries = [v for v, stop in enumerate(problem.stops) if any(stop.delivery)]
    matrix[np.ix_(pickups, deliveries)] = FORBIDDEN
    only_pickups = [v for v in pickups if not any(problem.stops[v].delivery)]
    matrix[len(problem.stops) :, only_pickups] = FORBIDDEN


def _demand(problem: Problem, vehicle: VehicleType) -> tuple[Ints, Ints]:
    """Return loads and capacity; what comes back and the limit of stops are further loads."""
    dimensions = problem.dimensions
    open_ended = (FOREVER,) * (dimensions - len(vehicle.capacity))
    capacity = [*vehicle.capacity, *open_ended]
    rows = [list(loads(stop.delivery, dimensions)) for stop in problem.stops]
    if problem.deliveries_first:
        capacity *= 2
        rows = [[*row, *loads(s.pickup, dimensions)] for row, s in zip(rows, problem.stops, strict=True)]
    if vehicle.max_stops < FOREVER:
        capacity.append(vehicle.max_stops)
        rows = [[*row, 1] for row in rows]
    rows.append([0] * len(capacity))
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(capacity)), np.array(capacity, dtype=np.int64)


def _times(problem: Problem, vehicle: VehicleType) -> Ints:
    depot = problem.depots[vehicle.start].window
    opens, closes = max(depot.open, vehicle.shift.open), min(depot.close, vehicle.shift.close)
    rows = [(*stop.windows[0], stop.service) for stop in problem.stops]
    if all(stop.windows[0] == ALWAYS for stop in problem.stops) and closes >= FOREVER:
        rows = [(0, FOREVER, 0) for _ in rows]  # nothing can be late, so time need not be followed
    return np.array([*rows, (opens, closes, 0)], dtype=np.int64)


def near_of(ground: Ground, n: int, many: int) -> Small:
    """Return the nearest other stops, by the shorter of both ways; of equals the earlier."""
    if many == 0:
        return np.zeros((n, 0), np.int32)
    if not ground.matrix.shape[0]:
        xy = ground.xy[:n]
        _, found = cKDTree(xy).query(xy, k=many + 1)
        is_other = found != np.arange(n)[:, None]
        is_other[is_other.all(axis=1), -1] = False  # of many at one place, a stop may not be among its own nearest
        return np.asarray(found[is_other].reshape(n, many), dtype=np.int32)
    nearest = np.empty((n, many), np.int32)
    for v in range(n):
        both = np.minimum(ground.matrix[v, :n], ground.matrix[:n, v])  # a forbidden way has an allowed way back
        both[v] = np.iinfo(np.int32).max
        some = np.sort(np.argpartition(both, many - 1)[:many])
        nearest[v] = some[np.argsort(both[some], kind="stable")]
    return nearest
