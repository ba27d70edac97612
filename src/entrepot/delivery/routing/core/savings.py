"""A first solution within a second: Clarke and Wright's savings, between near stops only.

Clarke, G. and Wright, J. W. (1964). Scheduling of Vehicles from a Central Depot to a Number of Delivery Points.
Operations Research 12(4).
"""

from __future__ import annotations

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Floats, Ground, Ints, Whole, away, lasts
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.routes import (
    EARLY,
    FIRST,
    LAST,
    LATE,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    empty_routes,
    put_in,
    time,
)
from entrepot.delivery.routing.core.tables import SERVICE, Stops


def savings(ground: Ground, stops: Stops, most: int) -> list[list[int]]:
    """Join routes of one stop end to end, the greatest saving first.

    Where time does not matter and distances are the same both ways, routes are turned round to fit.

    Parameters
    ----------
    ground, stops
        The problem.
    most : int
        How many routes there may be; of more, those with the least load are left out.

    Returns
    -------
    list of list of int
        Stops by route; a stop too late by itself is in none.
    """
    n, near = stops.after.shape
    if n == 0:
        return []
    origin = np.repeat(np.arange(n), near)
    target = stops.after.ravel().astype(np.int64)
    origin, target = origin[target != NOBODY], target[target != NOBODY]
    saved = np.empty(len(origin))
    _save(ground, n, origin, target, saved)
    order = np.argsort(-saved, kind="stable")
    s = empty_routes(stops, n)
    _join(ground, stops, s, origin[order], target[order], not stops.is_directed)
    found = [_route(s, r) for r in np.flatnonzero(s.ends[:, SIZE]).tolist()]
    found.sort(key=lambda route: (-stops.ranks[route, 0].sum(), route[0]))
    return found[:most]


def _route(s: Routes, r: int) -> list[int]:
    n, found, v = len(s.links) - 1, list[int](), s.ends[r, FIRST]
    while v != n:
        found.append(v)
        v = s.links[v, SUCC]
    return found


@compiled
def _save(ground: Ground, n: Whole, origin: Ints, target: Ints, saved: Floats) -> None:
    for k in range(origin.shape[0]):
        i, j = origin[k], target[k]
        saved[k] = away(ground, i, n) + away(ground, n, j) - away(ground, i, j)


@compiled
def _join(ground: Ground, stops: Stops, s: Routes, origin: Ints, target: Ints, may_turn: bool) -> None:
    n = s.links.shape[0] - 1
    for v in range(n):
        put_in(stops, s, v, v, n)
        if stops.is_timed and not time(ground, stops, s, v):
            s.ends[v, SIZE] = 0
    for k in range(origin.shape[0]):
        i, j = origin[k], target[k]
        p, q = s.links[i, ROUTE], s.links[j, ROUTE]
        if p == q or not _fit(stops, s, p, q):
            continue
        if may_turn:
            if s.ends[p, LAST] != i and s.ends[p, FIRST] == i:
                _turn(s, p)
            if s.ends[q, FIRST] != j and s.ends[q, LAST] == j:
                _turn(s, q)
        if s.ends[p, LAST] != i or s.ends[q, FIRST] != j:
            continue
        if stops.is_timed:
            begins = s.bounds[i, EARLY] + stops.times[i, SERVICE] + lasts(ground, i, j)
            if begins > s.bounds[j, LATE]:
                continue
        _append(s, p, q)
        for d in range(stops.capacity.shape[0]):
            s.load[p, d] += s.load[q, d]
        if stops.is_timed:
            time(ground, stops, s, p)


@compiled
def _fit(stops: Stops, s: Routes, p: Whole, q: Whole) -> bool:
    if s.ends[p, SIZE] == 0 or s.ends[q, SIZE] == 0:
        return False
    for d in range(stops.capacity.shape[0]):  # noqa: SIM110  # a generator would make an object
        if s.load[p, d] + s.load[q, d] > stops.capacity[d]:
            return False
    return True


@compiled
def _turn(s: Routes, r: Whole) -> None:
    n, v = s.links.shape[0] - 1, s.ends[r, FIRST]
    while v != n:
        following = s.links[v, SUCC]
        s.links[v, SUCC], s.links[v, PRED] = s.links[v, PRED], following
        v = following
    s.ends[r, FIRST], s.ends[r, LAST] = s.ends[r, LAST], s.ends[r, FIRST]


@compiled
def _append(s: Routes, p: Whole, q: Whole) -> None:
    n, i, j = s.links.shape[0] - 1, s.ends[p, LAST], s.ends[q, FIRST]
    s.links[i, SUCC], s.links[j, PRED] = j, i
    s.ends[p, LAST] = s.ends[q, LAST]
    s.ends[p, SIZE] += s.ends[q, SIZE]
    s.ends[q, SIZE] = 0
    v = j
    while v != n:
        s.links[v, ROUTE] = p
        v = s.links[v, SUCC]
