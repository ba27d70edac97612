"""Cutting a plan into parts of near routes: each cut lies between two stops drawn by chance, so none stays."""

from __future__ import annotations

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Floats, Ground, Ints, Whole, away
from entrepot.delivery.routing.core.part import Row


def cut(ground: Ground, row: Row, n_parts: int, rng: np.random.Generator) -> list[Ints]:
    """Divide routes into parts of about equally many stops.

    Routes nearer to one of two stops than to the other come first; each side is divided again. Ways are all that is
    needed, so it is the same for coordinates and for matrices.

    Parameters
    ----------
    ground : Ground
        The ways.
    row : Row
        The routes.
    n_parts : int
        Up to how many, at least 1.
    rng : Generator
        Draws the stops.

    Returns
    -------
    list of int array
        Routes by part; each of them is in one, and no part is without routes unless all are.
    """
    return _divided(ground, row, np.arange(len(row.ends)), n_parts, rng)


def _divided(ground: Ground, row: Row, routes: Ints, n_parts: int, rng: np.random.Generator) -> list[Ints]:
    if n_parts < 2 or len(routes) < 2:
        return [routes]
    first = n_parts // 2
    begins = np.append(0, row.ends[:-1])[routes]
    sizes = row.ends[routes] - begins
    one, other = row.stops[begins + (rng.random(len(routes)) * sizes).astype(np.int64)][
        rng.permutation(len(routes))[:2]
    ]
    nearer = np.empty(len(routes))
    _compare(ground, row, begins, sizes, one, other, nearer)
    routes, sizes = (values[np.argsort(nearer, kind="stable")] for values in (routes, sizes))
    stops = np.cumsum(sizes)
    many = int(np.searchsorted(stops, stops[-1] * first / n_parts)) + 1
    many = min(max(many, 1), len(routes) - 1)
    return [
        *_divided(ground, row, routes[:many], first, rng),
        *_divided(ground, row, routes[many:], n_parts - first, rng),
    ]


@compiled
def _compare(ground: Ground, row: Row, begins: Ints, sizes: Ints, one: Whole, other: Whole, nearer: Floats) -> None:
    """Measure how much nearer routes are to one stop than to the other, by the mean of their stops."""
    for r in range(begins.shape[0]):
        total = 0.0
        for k in range(begins[r], begins[r] + sizes[r]):
            v = row.stops[k]
            total += min(away(ground, one, v), away(ground, v, one))  # a forbidden way has an allowed way back
            total -= min(away(ground, other, v), away(ground, v, other))
        nearer[r] = total / sizes[r]
