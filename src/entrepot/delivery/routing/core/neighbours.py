"""Which stops are near each other, and which suit directly before or after another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import FORBIDDEN, Floats, Ground, Ints, Small, Whole, away, lasts

NEAREST: Final = 100
"""So many neighbours of a stop are listed."""

CANDIDATES: Final = 400
"""Among so many of the nearest those are looked for that suit before or after a stop."""

NOBODY: Final = -1
"""Ends a list of neighbours that is shorter than others."""

WAIT: Final = 0.2
"""What waiting weighs beside driving."""


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


def suiting_of(
    ground: Ground, times: Ints, near: Small, is_apart: NDArray[np.bool_] | None = None
) -> tuple[Small, Small]:
    """Return by stop those that suit best directly before it, and directly after it; NOBODY ends a short list.

    A pair is worth its way and the wait that cannot be avoided; who is late in any case is in no list.

    Parameters
    ----------
    ground : Ground
        The ways.
    times : int array, shape (at least n, at least 3)
        When service may begin, must begin, and how long it lasts.
    near : int32 array, shape (n, n_near)
        Who is looked at.
    is_apart : bool array, shape (n, n_near), optional
        Who is not to be listed.

    References
    ----------
    Vidal, T., Crainic, T. G., Gendreau, M. and Prins, C. (2013). A hybrid genetic algorithm with adaptive diversity
    management for a large class of vehicle routing problems with time windows. Computers & Operations Research 40(1).
    (section 4.5; there a late pair costs its lateness)
    """
    before, after = np.empty(near.shape), np.empty(near.shape)
    _judge(ground, times, near, _pace(ground), before, after)
    found = []
    for worth in (before, after):
        if is_apart is not None:
            worth[is_apart] = np.inf
        order = np.argsort(worth, axis=1, kind="stable")[:, :NEAREST]
        listed = np.take_along_axis(near, order, axis=1)
        listed[np.isinf(np.take_along_axis(worth, order, axis=1))] = NOBODY
        found.append(np.ascontiguousarray(listed))
    return found[0], found[1]


def _pace(ground: Ground) -> float:
    """Return what a unit of time is worth in distance."""
    if not ground.minutes.shape[0]:
        return float(ground.unit)
    return ground.unit * max(float(np.median(ground.matrix)), 1.0) / max(float(np.median(ground.minutes)), 1.0)


@compiled
def _judge(ground: Ground, times: Ints, near: Small, pace: float, before: Floats, after: Floats) -> None:
    for v in range(near.shape[0]):
        for k in range(near.shape[1]):
            u = np.int64(near[v, k])
            before[v, k] = _worth(ground, times, u, v, pace)
            after[v, k] = _worth(ground, times, v, u, pace)


@compiled
def _worth(ground: Ground, times: Ints, i: Whole, j: Whole, pace: float) -> float:
    way = away(ground, i, j)
    until = times[i, 2] + lasts(ground, i, j)
    if way >= FORBIDDEN * ground.unit or times[i, 0] + until > times[j, 1]:
        return np.inf
    return float(way + WAIT * pace * max(times[j, 0] - times[i, 1] - until, 0))
