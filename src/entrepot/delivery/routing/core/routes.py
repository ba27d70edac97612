"""Routes that change in place: linked lists of stops, with loads and the times between which each stop may be begun."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Ground, Ints, Whole, away, lasts
from entrepot.delivery.routing.core.tables import CLOSE, OPEN, SERVICE, Stops

SUCC, PRED, ROUTE = range(3)
"""Columns of `Routes.links`."""

FIRST, LAST, SIZE, BROKEN = range(4)
"""Columns of `Routes.ends`."""

EARLY, LATE = range(2)
"""Columns of `Routes.bounds`."""


class Routes(NamedTuple):
    """Routes of `n` stops; the depot, node `n`, is before the first and after the last of each.

    Parameters
    ----------
    links : int array, shape (n + 1, 3)
        By node: SUCC, PRED, and ROUTE or -1 where no route visits it. Of the depot only the ROUTE means something: -1.
    ends : int array, shape (n_routes, 4)
        FIRST and LAST stop, SIZE, and 1 where the route is BROKEN: late whatever it does.
    load : int array, shape (n_routes, n_loads)
        Sums of demand.
    bounds : int array, shape (n + 1, 2)
        EARLY, when service begins if nothing waits, and LATE, when it must begin for all after it to be in time.
    """

    links: Ints
    ends: Ints
    load: Ints
    bounds: Ints


def empty_routes(stops: Stops, n_routes: int) -> Routes:
    """Return routes that visit nothing."""
    n = len(stops.price)
    routes = Routes(
        links=np.full((n + 1, 3), n, np.int64),
        ends=np.full((n_routes, 4), n, np.int64),
        load=np.zeros((n_routes, len(stops.capacity)), np.int64),
        bounds=np.zeros((n + 1, 2), np.int64),
    )
    routes.links[:, ROUTE] = -1
    routes.ends[:, SIZE:] = 0
    routes.bounds[n] = stops.times[n, OPEN], stops.times[n, CLOSE]
    return routes


@compiled
def take_out(stops: Stops, s: Routes, v: Whole) -> None:
    """Take a stop out of its route; its times are not told anew."""
    n = s.links.shape[0] - 1
    before, after, r = s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE]
    s.links[before, SUCC], s.links[after, PRED] = after, before
    if before == n:
        s.ends[r, FIRST] = after
    if after == n:
        s.ends[r, LAST] = before
    s.ends[r, SIZE] -= 1
    s.links[v, ROUTE] = -1
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] -= stops.demand[v, d]


@compiled
def put_in(stops: Stops, s: Routes, v: Whole, r: Whole, before: Whole) -> None:
    """Put a stop into a route behind another, or behind the depot; its times are not told anew."""
    n = s.links.shape[0] - 1
    after = s.ends[r, FIRST] if before == n else s.links[before, SUCC]
    s.links[before, SUCC], s.links[after, PRED] = v, v
    s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE] = before, after, r
    if before == n:
        s.ends[r, FIRST] = v
    if after == n:
        s.ends[r, LAST] = v
    s.ends[r, SIZE] += 1
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] += stops.demand[v, d]


@compiled
def time(ground: Ground, stops: Stops, s: Routes, r: Whole) -> bool:
    """Tell a route's times anew, and whether it keeps every window."""
    n = s.links.shape[0] - 1
    i, v, is_kept = n, s.ends[r, FIRST], True
    begins = s.bounds[n, EARLY]
    while v != n:
        begins = max(begins + stops.times[i, SERVICE] + lasts(ground, i, v), stops.times[v, OPEN])
        is_kept = is_kept and begins <= stops.times[v, CLOSE]
        s.bounds[v, EARLY] = begins
        i, v = v, s.links[v, SUCC]
    is_kept = is_kept and begins + stops.times[i, SERVICE] + lasts(ground, i, n) <= stops.times[n, CLOSE]
    j, v = n, s.ends[r, LAST]
    begins = s.bounds[n, LATE]
    while v != n:
        begins = min(begins - lasts(ground, v, j) - stops.times[v, SERVICE], stops.times[v, CLOSE])
        s.bounds[v, LATE] = begins
        j, v = v, s.links[v, PRED]
    s.ends[r, BROKEN] = 0 if is_kept or s.ends[r, SIZE] == 0 else 1
    return bool(s.ends[r, BROKEN] == 0)


@compiled
def cost(ground: Ground, s: Routes, r: Whole) -> Whole:
    """Return what driving a route costs."""
    n = s.links.shape[0] - 1
    i, v = n, s.ends[r, FIRST]
    total: Whole = 0
    while v != n:
        total += away(ground, i, v)
        i, v = v, s.links[v, SUCC]
    return total + away(ground, i, n) if i != n else 0


@compiled
def fits(stops: Stops, s: Routes, v: Whole, r: Whole) -> bool:
    """Tell whether a route has room for a stop's load."""
    for d in range(stops.capacity.shape[0]):  # noqa: SIM110  # a generator would make an object
        if s.load[r, d] + stops.demand[v, d] > stops.capacity[d]:
            return False
    return True


@compiled
def is_in_time(ground: Ground, stops: Stops, s: Routes, v: Whole, i: Whole, j: Whole) -> bool:
    """Tell whether a stop between two nodes of a route, or of an empty one, leaves all windows kept."""
    begins = max(s.bounds[i, EARLY] + stops.times[i, SERVICE] + lasts(ground, i, v), stops.times[v, OPEN])
    if begins > stops.times[v, CLOSE]:
        return False
    return bool(begins + stops.times[v, SERVICE] + lasts(ground, v, j) <= s.bounds[j, LATE])
