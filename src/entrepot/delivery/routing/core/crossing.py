"""Crossing of two plans: near routes of one take the place of those of the other that they overlap most.

After Nagata, Y. and Kobayashi, S. (2010). A Memetic Algorithm for the Pickup and Delivery Problem with Time Windows
Using Selective Route Exchange Crossover. PPSN XI. (There the routes to give up are improved by local search.)
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from entrepot.delivery.routing.core.ground import Small

Lines: TypeAlias = tuple[tuple[int, ...], ...]
"""Stops by route, in the order of their visits."""


def cross(first: Lines, second: Lines, near: Small, rng: np.random.Generator) -> Lines:
    """Put some near routes of the second plan into the first, instead of as many of its own.

    Parameters
    ----------
    first, second : tuple of tuple of int
        Routes with stops; no stop is in two of a plan.
    near : int array, shape (n, n_near)
        The nearest other stops of each, the nearest first.
    rng : Generator
        Draws how many routes, up to half of the second plan's, and near which stop.

    Returns
    -------
    tuple of tuple of int
        The routes put in, then those of the first plan that stay, without the stops of those put in. Stops of the
        routes that left may be in none.
    """
    if not second:
        return first
    put_in = _near_routes(second, near, rng)
    taken = {stop for route in put_in for stop in route}
    stay = sorted(first, key=lambda route: sum(stop in taken for stop in route) / len(route))
    parts = (tuple(stop for stop in route if stop not in taken) for route in stay[: max(len(first) - len(put_in), 0)])
    return (*put_in, *(part for part in parts if part))


def _near_routes(plan: Lines, near: Small, rng: np.random.Generator) -> Lines:
    """Return up to half of a plan's routes: those that are met first on the way outwards from some stop."""
    of = {stop: number for number, route in enumerate(plan) for stop in route}
    many = int(rng.integers(1, max(len(plan) // 2, 1) + 1))
    seed = plan[int(rng.integers(len(plan)))]
    stop = seed[int(rng.integers(len(seed)))]
    met = dict.fromkeys(of[one] for one in (stop, *near[stop].tolist()) if one in of)
    return tuple(plan[number] for number in list(met)[:many])
