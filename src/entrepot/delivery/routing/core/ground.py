"""How far and how long it is from node to node, as arrays: stops are nodes ``0 .. n - 1``, depots the nodes behind."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.core.compiled import inlined
from entrepot.delivery.routing.problem import Problem, out_of_order
from entrepot.delivery.routing.travel import Plane, Table

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Whole = int | np.int64
"""A whole number in compiled code, where both are the same."""

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
    back : int32 array, shape (n + 1, n + 1) or (0, 0)
        `matrix` by its columns, so that all ways to one node lie beside each other in memory; the same if symmetric.
    """

    matrix: Small
    minutes: Small
    xy: Floats
    scale: float
    offset: float
    unit: int
    back: Small


@inlined
def away(ground: Ground, i: Whole, j: Whole) -> Whole:
    """Return what driving from node to node costs."""
    return ground.unit * _distance(ground, i, j)


@inlined
def away_to(ground: Ground, j: Whole, i: Whole) -> Whole:
    """Return what driving to node `j` from node `i` costs: faster than `away` where `i` varies while `j` stays."""
    if ground.back.shape[0]:
        return ground.unit * np.int64(ground.back[j, i])
    return ground.unit * _distance(ground, i, j)


@inlined
def lasts(ground: Ground, i: Whole, j: Whole) -> Whole:
    """Return the time from node to node."""
    if ground.minutes.shape[0]:
        return np.int64(ground.minutes[i, j])
    return _distance(ground, i, j)


@inlined
def _distance(ground: Ground, i: Whole, j: Whole) -> Whole:
    if ground.matrix.shape[0]:
        return np.int64(ground.matrix[i, j])
    dx, dy = ground.xy[i, 0] - ground.xy[j, 0], ground.xy[i, 1] - ground.xy[j, 1]
    return np.int64(math.floor(ground.scale * math.sqrt(dx * dx + dy * dy) + ground.offset))


def ground_of(problem: Problem) -> Ground:
    """Return distances and times by node: stops, then depots; a plain problem has one."""
    travel, location, unit = problem.travel, _locations(problem), problem.vehicles[0].cost_per_distance
    no_matrix, no_xy = np.zeros((0, 0), np.int32), np.zeros((0, 2))
    is_same = travel.time is travel.distance or _same(travel.distance, travel.time)
    if is_same and isinstance(travel.distance, Plane) and not problem.deliveries_first:
        plane = travel.distance
        xy = np.ascontiguousarray(plane.xy[location])
        return Ground(no_matrix, no_matrix, xy, plane.scale, plane.offset, unit, no_matrix)
    matrix = _matrix(travel.distance, location)
    minutes = no_matrix if is_same else _matrix(travel.time, location)
    if problem.deliveries_first:
        minutes = matrix.copy() if is_same else minutes
        _forbid(problem, matrix)
    return Ground(matrix, minutes, no_xy, 1.0, 0.0, unit, by_columns(matrix))


def by_columns(matrix: Small) -> Small:
    """Return a matrix turned over, row by row in memory; itself where that is the same."""
    return matrix if np.array_equal(matrix, matrix.T) else np.ascontiguousarray(matrix.T)


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
    givers, not_after, not_first = out_of_order(problem)
    matrix[np.ix_(givers, not_after)] = FORBIDDEN
    matrix[len(problem.stops) :, not_first] = FORBIDDEN
