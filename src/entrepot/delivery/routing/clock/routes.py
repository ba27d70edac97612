"""Routes that change in place: linked lists of stops, each driven by a kind of vehicle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.kinds import END, START, TYPE, Kinds
from entrepot.delivery.routing.clock.roads import Floats, Ints
from entrepot.delivery.routing.clock.tables import BRINGS, TAKES, Stops
from entrepot.delivery.routing.core.compiled import compiled, inner

SUCC, PRED, ROUTE = range(3)
"""Columns of `Routes.links`."""

FIRST, LAST, SIZE, KIND = range(4)
"""Columns of `Routes.ends`."""


class Routes(NamedTuple):
    """Routes of `n` stops, each between the terminals of its kind, which are nodes from `n` on.

    Parameters
    ----------
    links : int array, shape (n, 3)
        By stop: SUCC, PRED, and ROUTE or -1 where no route visits it.
    ends : int array, shape (n_routes, 4)
        FIRST and LAST stop, SIZE, KIND; an empty route is free for any kind.
    load : int array, shape (n_routes, n_loads)
        Sums of demand.
    board : int array, shape (n, 2 * n_dimensions) or (0, 0)
        By load: the most on board until leaving a stop, and from leaving it on. Empty where only sums matter.
    peak : int array, shape (n_routes, n_dimensions) or (0, 0)
        The most on board anywhere.
    release : float array, shape (n_routes,)
        Before which it does not leave, >= 0.
    duration : float array, shape (n_routes,)
        The least; infinite where no departure keeps all windows.
    used : int array, shape (n_types + 1,)
        How many vehicles of each type are under way; of all in the last place.
    """

    links: Ints
    ends: Ints
    load: Ints
    board: Ints
    peak: Ints
    release: Floats
    duration: Floats
    used: Ints


def empty_routes(stops: Stops) -> Routes:
    """Return routes that visit nothing: for each vehicle one, as far as there are stops."""
    n, kinds = len(stops.price), stops.kinds
    ends = np.zeros((max(min(int(kinds.vehicles.sum()), n), 1), 4), np.int64)
    ends[:, FIRST], ends[:, LAST] = kinds.of[0, END], kinds.of[0, START]
    dimensions = kinds.capacity.shape[1] // 2 if stops.is_mixed else 0  # a limit of stops is one load more, rounded off
    return Routes(
        links=np.full((n, 3), -1, np.int64),
        ends=ends,
        load=np.zeros((len(ends), kinds.capacity.shape[1]), np.int64),
        board=np.zeros((n if dimensions else 0, 2 * dimensions), np.int64),
        peak=np.zeros((len(ends) if dimensions else 0, dimensions), np.int64),
        release=np.zeros(len(ends)),
        duration=np.zeros(len(ends)),
        used=np.zeros(len(kinds.vehicles) + 1, np.int64),
    )


@compiled
def set_kind(kinds: Kinds, s: Routes, r: int, k: int) -> None:
    """Let a kind of vehicle drive a route; its times are not told anew."""
    if s.ends[r, SIZE]:
        s.used[kinds.of[s.ends[r, KIND], TYPE]] -= 1
        s.used[kinds.of[k, TYPE]] += 1
        s.links[s.ends[r, FIRST], PRED] = kinds.of[k, START]
        s.links[s.ends[r, LAST], SUCC] = kinds.of[k, END]
    else:
        s.ends[r, FIRST], s.ends[r, LAST] = kinds.of[k, END], kinds.of[k, START]
    s.ends[r, KIND] = k


@compiled
def is_free(kinds: Kinds, s: Routes, k: int) -> bool:
    """Tell whether a vehicle of a kind is left."""
    return bool(s.used[kinds.of[k, TYPE]] < kinds.vehicles[kinds.of[k, TYPE]])


@compiled
def take_out(stops: Stops, s: Routes, v: int) -> None:
    """Take a stop out of its route; its times are not told anew."""
    n = s.links.shape[0]
    before, after, r = s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE]
    if before >= n:
        s.ends[r, FIRST] = after
    else:
        s.links[before, SUCC] = after
    if after >= n:
        s.ends[r, LAST] = before
    else:
        s.links[after, PRED] = before
    s.ends[r, SIZE] -= 1
    s.links[v, ROUTE] = -1
    if s.ends[r, SIZE] == 0:
        s.used[stops.kinds.of[s.ends[r, KIND], TYPE]] -= 1
        s.used[s.used.shape[0] - 1] -= 1
    for d in range(stops.demand.shape[1]):
        s.load[r, d] -= stops.demand[v, d]
    if stops.release[v] > 0.0 and stops.release[v] == s.release[r]:
        s.release[r] = 0.0
        v = s.ends[r, FIRST]
        while v < n:
            s.release[r] = max(s.release[r], stops.release[v])
            v = s.links[v, SUCC]


@compiled
def put_in(stops: Stops, s: Routes, v: int, r: int, before: int) -> None:
    """Put a stop into a route behind another, or behind the start; its times are not told anew."""
    n = s.links.shape[0]
    after = s.ends[r, FIRST] if before >= n else s.links[before, SUCC]
    if before >= n:
        s.ends[r, FIRST] = v
    else:
        s.links[before, SUCC] = v
    if after >= n:
        s.ends[r, LAST] = v
    else:
        s.links[after, PRED] = v
    s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE] = before, after, r
    if s.ends[r, SIZE] == 0:
        s.used[stops.kinds.of[s.ends[r, KIND], TYPE]] += 1
        s.used[s.used.shape[0] - 1] += 1
    s.ends[r, SIZE] += 1
    for d in range(stops.demand.shape[1]):
        s.load[r, d] += stops.demand[v, d]
    s.release[r] = max(s.release[r], stops.release[v])


@compiled
def weigh(stops: Stops, s: Routes, r: int) -> None:
    """Follow the load from stop to stop: all deliveries on board at the start, pickups kept to the end."""
    n, dimensions = s.links.shape[0], s.peak.shape[1]
    for d in range(dimensions):
        load = most = s.load[r, d]
        v = s.ends[r, FIRST]
        while v < n:
            load += stops.demand[v, dimensions + d] - stops.demand[v, d]
            most = max(most, load)
            s.board[v, d] = most
            v = s.links[v, SUCC]
        s.peak[r, d] = most
        load = most = s.load[r, dimensions + d]
        v = s.ends[r, LAST]
        while v < n:
            s.board[v, dimensions + d] = most
            load += stops.demand[v, d] - stops.demand[v, dimensions + d]
            most = max(most, load)
            v = s.links[v, PRED]


@compiled
def clear(kinds: Kinds, s: Routes, r: int, k: int) -> None:
    """Take all stops out of a route at once, and let a kind of vehicle drive it."""
    v = s.ends[r, FIRST]
    while v < s.links.shape[0]:
        s.links[v, ROUTE] = -1
        v = s.links[v, SUCC]
    if s.ends[r, SIZE]:
        s.used[kinds.of[s.ends[r, KIND], TYPE]] -= 1
        s.used[s.used.shape[0] - 1] -= 1
    s.ends[r, SIZE], s.release[r] = 0, 0.0
    for d in range(s.load.shape[1]):
        s.load[r, d] = 0
    set_kind(kinds, s, r, k)


@compiled
def fits(stops: Stops, s: Routes, v: int, r: int, i: int, k: int) -> bool:
    """Tell whether a vehicle of a kind may visit a stop behind node i and has room for it beside a route's load."""
    fit, dimensions = bool(stops.kinds.may[v, k]), s.peak.shape[1]
    for d in range(stops.demand.shape[1]):
        fit &= s.load[r, d] + stops.demand[v, d] <= stops.kinds.capacity[k, d]
    for d in range(dimensions):
        is_first = i >= s.links.shape[0]
        until = s.load[r, d] if is_first else s.board[i, d]
        since = s.peak[r, d] if is_first else s.board[i, dimensions + d]
        capacity = stops.kinds.capacity[k, d]
        fit &= until + stops.demand[v, d] <= capacity and since + stops.demand[v, dimensions + d] <= capacity
    return fit


@compiled
def is_in_order(stops: Stops, s: Routes, v: int, r: int, i: int) -> bool:
    """Tell whether a stop behind node i keeps deliveries before pickups, and a delivery at the head of a route."""
    n = s.links.shape[0]
    if stops.duty.shape[0] == 0:
        return True
    if i >= n and not may_begin(stops, v):
        return False
    before, after = i, s.ends[r, FIRST] if i >= n else s.links[i, SUCC]
    while before < n and stops.duty[before] == 0:
        before = s.links[before, PRED]
    while after < n and stops.duty[after] == 0:
        after = s.links[after, SUCC]
    is_late = stops.duty[v] & BRINGS and before < n and stops.duty[before] & TAKES
    is_early = stops.duty[v] & TAKES and after < n and stops.duty[after] & BRINGS
    return not (is_late or is_early)


@compiled
def may_begin(stops: Stops, v: int) -> bool:
    """Tell whether a route may begin with a stop: not with one that only gives back, where deliveries come first."""
    return bool(stops.duty.shape[0] == 0 or stops.duty[v] != TAKES)


@inner
def carries(stops: Stops, s: Routes, r: int, k: int) -> bool:
    """Tell whether a vehicle of a kind may visit all stops of a route and has room for its load."""
    fit = True
    for d in range(stops.demand.shape[1]):
        fit &= s.load[r, d] <= stops.kinds.capacity[k, d]
    for d in range(s.peak.shape[1]):
        fit &= s.peak[r, d] <= stops.kinds.capacity[k, d]
    v = s.ends[r, FIRST]
    while fit and v < s.links.shape[0]:
        fit = bool(stops.kinds.may[v, k])
        v = s.links[v, SUCC]
    return fit
