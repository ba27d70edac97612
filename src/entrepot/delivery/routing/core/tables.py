"""A plain problem as arrays: one depot, vehicles of one kind, loads, one window a stop, prizes, backhauls.

Stops are nodes ``0 .. n - 1``; the depot is node `n`, and ends every list of stops.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Floats, Ground, Ints, Small, away, ground_of
from entrepot.delivery.routing.core.neighbours import CANDIDATES, NEAREST, near_of, suiting_of
from entrepot.delivery.routing.problem import ALWAYS, FOREVER, Problem, VehicleType, loads

OPEN, CLOSE, SERVICE = range(3)
"""Columns of `Stops.times`."""

BULK, WIDTH, AWAY, OPENS, CLOSES = range(5)
"""Columns of `Stops.ranks`."""

REQUIRED: Final = -1


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
        The nearest other stops, the nearest first, then the depot.
    is_directed : bool
        Whether it matters which of two neighbours comes first.
    before, after : int32 array, shape (n, up to 100)
        Stops that suit best directly before and directly after each, the best first, then NOBODY; `near` where it
        does not matter.
    price : int array, shape (n,)
        What leaving a stop out costs; REQUIRED where it must be visited.
    ranks : float array, shape (n, 5)
        What stops are sorted by: BULK (largest share of a capacity), WIDTH of the window, how far AWAY the depot is,
        when the window OPENS and CLOSES.
    fixed : int
        What each route costs beside driving.
    """

    demand: Ints
    capacity: Ints
    times: Ints
    is_timed: bool
    near: Small
    is_directed: bool
    before: Small
    after: Small
    price: Ints
    ranks: Floats
    fixed: int


class Tables(NamedTuple):
    """All that does not change while a plain problem is searched; how many vehicles there are is no part of it."""

    ground: Ground
    stops: Stops


def tables_of(problem: Problem) -> Tables:
    """Return the tables of a plain problem."""
    ground = ground_of(problem)
    return Tables(ground, stops_of(problem, ground))


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


def stops_of(problem: Problem, ground: Ground) -> Stops:
    """Return what is to be visited by node."""
    vehicle, n = problem.vehicles[0], len(problem.stops)
    demand, capacity = _demand(problem, vehicle)
    times = _times(problem, vehicle)
    far = np.empty(n)
    _measure(ground, far)
    share = (demand[:n] / np.maximum(capacity, 1)).max(axis=1) if demand.shape[1] else np.zeros(n)
    is_timed = bool((times[:, OPEN] > 0).any() or (times[:, CLOSE] < FOREVER).any())
    is_directed = is_timed or not np.array_equal(ground.matrix, ground.matrix.T)
    near = near_of(ground, n, min(CANDIDATES if is_directed else NEAREST, max(n - 1, 0)))
    before, after = suiting_of(ground, times, near) if is_directed else (near, near)
    return Stops(
        demand=demand,
        capacity=capacity,
        times=times,
        is_timed=is_timed,
        near=np.ascontiguousarray(near[:, :NEAREST]),
        is_directed=is_directed,
        before=before,
        after=after,
        price=np.array([REQUIRED if s.prize is None else s.prize for s in problem.stops], dtype=np.int64),
        ranks=ranks_of(share, far, times[:n]),
        fixed=vehicle.fixed_cost,
    )


def ranks_of(share: Floats, far: Floats, times: Ints) -> Floats:
    """Return by stop what it is sorted by: BULK, WIDTH, AWAY, OPENS, CLOSES."""
    opens, closes = times[:, OPEN], times[:, CLOSE]
    return np.column_stack([share, closes - opens, far, opens, closes]).astype(np.float64)


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
