"""A rich problem as arrays: depots, kinds of vehicles, what each may visit and carry, when, and at what cost.

Stops are nodes ``0 .. n - 1``, depots the nodes behind; in lists of stops `n` stands for whichever depot begins it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.fleet.spans import join
from entrepot.delivery.routing.core.ground import FORBIDDEN, Floats, Ground, Ints, Small, away, ground_of, lasts
from entrepot.delivery.routing.core.neighbours import CANDIDATES, NEAREST, NOBODY, near_of, suiting_of
from entrepot.delivery.routing.core.tables import REQUIRED, ranks_of
from entrepot.delivery.routing.problem import FOREVER, Problem, Stop, VehicleType, loads

OPEN, CLOSE, SERVICE, RELEASE = range(4)
"""Columns of `Facts.times`."""

(
    START, END, FIXED, UNIT, BY_TIME, COUNT, LEAVE_OPEN, LEAVE_CLOSE, RETURN_OPEN, RETURN_CLOSE,
    MOST_TIME, MOST_DISTANCE, MOST_STOPS, MOST_TRIPS, SIBLINGS,
) = range(15)  # fmt: skip
"""Columns of `Facts.kinds`: nodes, costs, how many there are, windows of both depots, limits of a route; and the
other kinds that differ in costs, loads and stops only, as bits: they can take over a route as it is."""

MOST_KINDS: Final = 62
"""What a stop allows is a set of bits."""

DETOURS: Final = 128
"""Detours from so many nodes by so many are looked at, or from and by all."""

ROUNDED: Final = 2
"""By so much a detour may be shorter where ways are rounded."""

NEVER: Final = 2**60
"""What cannot be costs so much."""


class Facts(NamedTuple):
    """What is to be visited, by what, and within which limits.

    Parameters
    ----------
    ground : Ground
        Distances and times from node to node.
    times : int array, shape (n, 4)
        OPEN, CLOSE, SERVICE, RELEASE.
    demand : int array, shape (n, n_loads)
        What is delivered and then, if anything is, what is picked up, by load dimension.
    allowed : int array, shape (n,)
        Kinds that may visit a stop, as bits.
    price : int array, shape (n,)
        What leaving a stop out costs; REQUIRED where it must be visited.
    near : int32 array, shape (n, up to 100)
        The nearest other stops that some kind may visit too, the nearest first.
    before, after : int32 array, shape (n, up to 100)
        Of those who suit best directly before and directly after each, the best first, then NOBODY.
    way_before, way_after : int32 array, shape (n, up to 100)
        How far it is from and to those: here they lie one behind another, in a row of the matrix far apart.
    ranks : float array, shape (n, 5)
        What stops are sorted by, as in the plain core.
    kinds : int array, shape (n_kinds, 15)
        By the names above.
    capacity : int array, shape (n_kinds, n_loads)
        Of a vehicle.
    alone : int array, shape (n, n_kinds)
        What a route of one stop costs; NEVER where it breaks a limit.
    least_unit : int
        What a unit of distance costs with the cheapest kind.
    is_timed : bool
        Whether times can be missed or cost anything.
    is_metric : bool
        Whether ways are as long back, and none is shorter by a detour.
    is_even : bool
        Whether all kinds cost the same on the same way.
    is_mixed : bool
        Whether what is on board can be most in the middle of a trip: pickups among deliveries.
    """

    ground: Ground
    times: Ints
    demand: Ints
    allowed: Ints
    price: Ints
    near: Small
    before: Small
    after: Small
    way_before: Small
    way_after: Small
    ranks: Floats
    kinds: Ints
    capacity: Ints
    alone: Ints
    least_unit: int
    is_timed: bool
    is_metric: bool
    is_even: bool
    is_mixed: bool


def why_not(problem: Problem) -> str | None:
    """Tell what these arrays cannot hold; None where they hold all."""
    for holds, reason in (
        (problem.travel.traffic is not None, "travel times that change over the day"),
        (len(problem.vehicles) > MOST_KINDS, f"more than {MOST_KINDS} vehicle types"),
        (any(vehicle.rest is not None for vehicle in problem.vehicles), "breaks"),
        (any(_reloads_elsewhere(vehicle) for vehicle in problem.vehicles), "reloads but where a route begins and ends"),
        (any(len(stop.windows) > 1 for stop in problem.stops), "several windows of a stop"),
    ):
        if holds:
            return reason
    return None


def facts_of(problem: Problem) -> Facts:
    """Return a problem as arrays."""
    ground, n = ground_of(problem)._replace(unit=1), len(problem.stops)
    demand, capacity = _demand(problem)
    kinds, times = _kinds(problem), _times(problem)
    allowed = np.array([_bits(stop, len(kinds)) for stop in problem.stops], dtype=np.int64)
    alone = np.empty((n, len(kinds)), np.int64)
    _measure_alone(ground, times, demand, allowed, kinds, capacity, alone)
    near, before, after = _neighbours(ground, times, allowed)
    way_before, way_after = np.zeros(before.shape, np.int32), np.zeros(after.shape, np.int32)
    _measure_ways(ground, before, after, way_before, way_after)
    return Facts(
        ground=ground,
        times=times,
        demand=demand,
        allowed=allowed,
        price=np.array([REQUIRED if s.prize is None else s.prize for s in problem.stops], dtype=np.int64),
        near=near,
        before=before,
        after=after,
        way_before=way_before,
        way_after=way_after,
        ranks=_ranks(ground, times, demand, capacity),
        kinds=kinds,
        capacity=capacity,
        alone=alone,
        least_unit=int(kinds[:, UNIT].min()),
        is_timed=_is_timed(kinds, times),
        is_metric=_is_metric(ground),
        is_even=bool((kinds[:, (FIXED, UNIT, BY_TIME)] == kinds[0, (FIXED, UNIT, BY_TIME)]).all()),
        is_mixed=not problem.deliveries_first and any(any(stop.pickup) for stop in problem.stops),
    )


def _reloads_elsewhere(vehicle: VehicleType) -> bool:
    return vehicle.max_reloads > 0 and any(not one == vehicle.start == vehicle.end for one in vehicle.reloads)


def _bits(stop: Stop, n_kinds: int) -> int:
    return (1 << n_kinds) - 1 if stop.vehicles is None else sum(1 << kind for kind in stop.vehicles)


def _demand(problem: Problem) -> tuple[Ints, Ints]:
    """Return loads and capacities; what comes back is further loads."""
    dimensions = problem.dimensions
    capacity = [[*v.capacity, *(FOREVER,) * (dimensions - len(v.capacity))] for v in problem.vehicles]
    rows = [list(loads(stop.delivery, dimensions)) for stop in problem.stops]
    if any(any(stop.pickup) for stop in problem.stops):
        capacity = [2 * one for one in capacity]
        rows = [[*row, *loads(s.pickup, dimensions)] for row, s in zip(rows, problem.stops, strict=True)]
    width = len(capacity[0])
    return np.array(rows, np.int64).reshape(len(rows), width), np.array(capacity, np.int64).reshape(-1, width)


def _times(problem: Problem) -> Ints:
    rows = [(*stop.windows[0], stop.service, stop.release) for stop in problem.stops]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 4)


def _kinds(problem: Problem) -> Ints:
    n, rows, families = len(problem.stops), list[list[int]](), list[tuple[int, ...]]()
    for vehicle in problem.vehicles:
        start, end, shift = problem.depots[vehicle.start].window, problem.depots[vehicle.end].window, vehicle.shift
        back = min(end.close, shift.close)
        trips = 1 + min(vehicle.max_reloads, n) if vehicle.reloads else 1
        costs = [vehicle.fixed_cost, vehicle.cost_per_distance, vehicle.cost_per_time, vehicle.count]
        windows = [max(start.open, shift.open), min(start.close, shift.close), min(end.open, back), back]
        limits = [vehicle.max_duration, vehicle.max_distance, vehicle.max_stops, trips]
        places = [n + vehicle.start, n + vehicle.end]
        families.append((*places, *windows, *limits))
        rows.append([*places, *costs, *windows, *limits])
    alike = [sum(1 << q for q, one in enumerate(families) if one == own) for own in families]
    return np.array([[*row, alike[k] & ~(1 << k)] for k, row in enumerate(rows)], dtype=np.int64)


def _is_timed(kinds: Ints, times: Ints) -> bool:
    """Tell whether any time can be missed or costs anything."""
    return bool(
        (times[:, CLOSE] < FOREVER).any()
        or (kinds[:, (LEAVE_CLOSE, RETURN_CLOSE, MOST_TIME)] < FOREVER).any()
        or (kinds[:, BY_TIME] > 0).any()
    )


def _is_metric(ground: Ground) -> bool:
    """Tell whether ways are as long back and none is shorter by a detour, but for rounding; detours are a sample."""
    if not len(ground.matrix):
        return True
    if ground.back is not ground.matrix:
        return False
    step = -(-len(ground.matrix) // DETOURS)
    return bool(_is_no_detour_shorter(ground.matrix, step))


def _ranks(ground: Ground, times: Ints, demand: Ints, capacity: Ints) -> Floats:
    n = len(times)
    share = (demand / np.maximum(capacity.max(axis=0), 1)).max(axis=1) if demand.shape[1] else np.zeros(n)
    far = np.empty(n)
    _measure_far(ground, far)
    return ranks_of(share, far, times)


def _neighbours(ground: Ground, times: Ints, allowed: Ints) -> tuple[Small, Small, Small]:
    """Return the nearest other stops, and those that suit before and after; who shares no kind comes last, or not."""
    n = len(allowed)
    near = near_of(ground, n, min(CANDIDATES, max(n - 1, 0)))
    is_apart = (allowed[:, None] & allowed[near]) == 0
    before, after = suiting_of(ground, times, near, is_apart)
    order = np.argsort(is_apart, axis=1, kind="stable")[:, :NEAREST]
    return np.ascontiguousarray(np.take_along_axis(near, order, axis=1)), before, after


@compiled
def _measure_ways(ground: Ground, before: Small, after: Small, way_before: Small, way_after: Small) -> None:
    for v in range(before.shape[0]):
        for p in range(before.shape[1]):
            if before[v, p] != NOBODY:
                way_before[v, p] = away(ground, before[v, p] * 1, v)
            if after[v, p] != NOBODY:
                way_after[v, p] = away(ground, v, after[v, p] * 1)


@compiled
def _is_no_detour_shorter(matrix: Small, step: int) -> bool:
    n = matrix.shape[0]
    for via in range(0, n, step):
        for i in range(0, n, step):
            for j in range(n):
                if np.int64(matrix[i, j]) > np.int64(matrix[i, via]) + matrix[via, j] + ROUNDED:
                    return False
    return True


@compiled
def _measure_far(ground: Ground, far: Floats) -> None:
    """Measure how far the nearest depot is."""
    n = far.shape[0]
    for v in range(n):
        far[v] = FORBIDDEN
        for depot in range(n, max(ground.matrix.shape[0], ground.xy.shape[0])):
            far[v] = min(far[v], away(ground, depot, v), away(ground, v, depot))


@compiled
def _measure_alone(
    ground: Ground, times: Ints, demand: Ints, allowed: Ints, kinds: Ints, capacity: Ints, alone: Ints
) -> None:
    """Tell what a route of one stop costs by kind."""
    for v in range(alone.shape[0]):
        for k in range(alone.shape[1]):
            start, end = kinds[k, START], kinds[k, END]
            duration, early, late = join(
                0, kinds[k, LEAVE_OPEN], kinds[k, LEAVE_CLOSE], lasts(ground, start, v),
                times[v, SERVICE], times[v, OPEN], times[v, CLOSE],
            )  # fmt: skip
            is_possible = early <= late and (allowed[v] >> k) & 1 and kinds[k, MOST_STOPS] > 0
            duration, early, late = join(
                duration, early, late, lasts(ground, v, end), 0, kinds[k, RETURN_OPEN], kinds[k, RETURN_CLOSE]
            )
            driven = away(ground, start, v) + away(ground, v, end)
            is_possible = is_possible and max(early, times[v, RELEASE]) <= late and driven < FORBIDDEN
            is_possible = is_possible and duration <= kinds[k, MOST_TIME] and driven <= kinds[k, MOST_DISTANCE]
            for d in range(capacity.shape[1]):
                is_possible = is_possible and demand[v, d] <= capacity[k, d]
            cost = kinds[k, FIXED] + kinds[k, UNIT] * driven + kinds[k, BY_TIME] * duration
            alone[v, k] = cost if is_possible else NEVER
