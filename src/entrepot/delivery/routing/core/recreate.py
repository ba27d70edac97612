"""Where a stop costs least."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.delivery.routing.core.chance import State, uniform
from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.ground import Ground, Whole, away, away_to
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.routes import FIRST, PRED, ROUTE, SIZE, SUCC, Routes, fits, is_in_time
from entrepot.delivery.routing.core.tables import REQUIRED, Stops

NOWHERE: Final = -1
NO_PRICE: Final = 2**60


@compiled
def best_place(
    ground: Ground, stops: Stops, s: Routes, v: Whole, width: int, blink: float, chance: State, limit: Whole
) -> tuple[Whole, Whole, Whole]:
    """Find the cheapest place below a limit for a stop before or behind its nearest neighbours, some overlooked.

    Returns
    -------
    tuple of int
        Cost, route (NOWHERE if it fits into none) and the node before. For a required stop all places are looked at
        where it fits nowhere near.
    """
    if stops.is_directed:
        best, route, place = _beside_suiting(ground, stops, s, v, width, blink, chance, limit)
    else:
        best, route, place = _beside_near(ground, stops, s, v, width, blink, chance, limit)
    if route == NOWHERE and stops.price[v] == REQUIRED:
        return _anywhere(ground, stops, s, v)
    return best, route, place


@inlined
def _cost_below(ground: Ground, stops: Stops, s: Routes, v: Whole, i: Whole, j: Whole, best: Whole) -> Whole:
    """Return what a stop costs between two nodes where that is below the best so far and in time, else NO_PRICE."""
    cost = away_to(ground, v, i) + away(ground, v, j) - away(ground, i, j)
    if cost < best and (not stops.is_timed or is_in_time(ground, stops, s, v, i, j)):
        return cost
    return NO_PRICE


@inlined
def _beside_near(
    ground: Ground, stops: Stops, s: Routes, v: Whole, width: int, blink: float, chance: State, limit: Whole
) -> tuple[Whole, Whole, Whole]:
    best = limit
    route: Whole = NOWHERE
    place: Whole = NOWHERE
    for k in range(min(width, stops.near.shape[1])):
        u = np.int64(stops.near[v, k])
        r = s.links[u, ROUTE]
        if r < 0 or not fits(stops, s, v, r):
            continue
        if uniform(chance) >= blink:
            cost = _cost_below(ground, stops, s, v, u, s.links[u, SUCC], best)
            if cost < best:
                best, route, place = cost, r, u
        if uniform(chance) >= blink:
            cost = _cost_below(ground, stops, s, v, s.links[u, PRED], u, best)
            if cost < best:
                best, route, place = cost, r, s.links[u, PRED]
    return best, route, place


@inlined
def _beside_suiting(
    ground: Ground, stops: Stops, s: Routes, v: Whole, width: int, blink: float, chance: State, limit: Whole
) -> tuple[Whole, Whole, Whole]:
    best = limit
    route: Whole = NOWHERE
    place: Whole = NOWHERE
    for k in range(min(width, stops.before.shape[1])):
        u = np.int64(stops.before[v, k])
        if u == NOBODY:
            break
        r = s.links[u, ROUTE]
        if r < 0 or not fits(stops, s, v, r) or uniform(chance) < blink:
            continue
        cost = _cost_below(ground, stops, s, v, u, s.links[u, SUCC], best)
        if cost < best:
            best, route, place = cost, r, u
    for k in range(min(width, stops.after.shape[1])):
        u = np.int64(stops.after[v, k])
        if u == NOBODY:
            break
        r = s.links[u, ROUTE]
        if r < 0 or not fits(stops, s, v, r) or uniform(chance) < blink:
            continue
        cost = _cost_below(ground, stops, s, v, s.links[u, PRED], u, best)
        if cost < best:
            best, route, place = cost, r, s.links[u, PRED]
    return best, route, place


@compiled
def _anywhere(ground: Ground, stops: Stops, s: Routes, v: Whole) -> tuple[Whole, Whole, Whole]:
    n = s.links.shape[0] - 1
    best: Whole = NO_PRICE
    route: Whole = NOWHERE
    place: Whole = NOWHERE
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0 or not fits(stops, s, v, r):
            continue
        i, j = n, s.ends[r, FIRST]
        while True:
            cost = _cost_below(ground, stops, s, v, i, j, best)
            if cost < best:
                best, route, place = cost, r, i
            if j == n:
                break
            i, j = j, s.links[j, SUCC]
    return best, route, place
