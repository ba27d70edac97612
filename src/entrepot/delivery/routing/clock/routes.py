"""Routes that change in place: linked lists of stops and reloads, each driven by a kind of vehicle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.kinds import END, RELOADS, START, STOPS, TYPE, Kinds
from entrepot.delivery.routing.clock.roads import Floats, Ints
from entrepot.delivery.routing.clock.tables import BRINGS, TAKES, Stops
from entrepot.delivery.routing.core.compiled import compiled, inlined_inner, inner

SUCC, PRED, ROUTE, TRIP = range(4)
"""Columns of `Routes.links`."""

FIRST, LAST, SIZE, KIND, AGAIN = range(5)
"""Columns of `Routes.ends`."""


class Routes(NamedTuple):
    """Routes of stops and reloads, each between the terminals of its kind.

    Nodes below `n` are stops, those below ``n + n_reloads`` reloads, and the terminals follow. The first trip of a
    route has the number of the route; the one that a reload begins has its place among reloads behind all routes.

    Parameters
    ----------
    links : int array, shape (n + n_reloads, 4)
        By node: SUCC, PRED, ROUTE or -1 where no route visits it, and its TRIP, of which a reload is the head.
    ends : int array, shape (n_routes, 5)
        FIRST and LAST node, SIZE in nodes, KIND, and how often it loads AGAIN; an empty route is free for any kind.
    load : int array, shape (n_routes + n_reloads, n_loads)
        Sums of demand by trip.
    board : int array, shape (n, 2 * n_dimensions) or (0, 0)
        By load: the most on board of its trip until leaving a stop, and from leaving it on. Empty where only sums
        matter.
    peak : int array, shape (n_routes + n_reloads, n_dimensions) or (0, 0)
        The most on board anywhere on a trip.
    release : float array, shape (n_routes + n_reloads,)
        Before which a trip does not leave, >= 0.
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
    ends = np.zeros((max(min(int(kinds.vehicles.sum()), n), 1), 5), np.int64)
    ends[:, FIRST], ends[:, LAST] = kinds.of[0, END], kinds.of[0, START]
    dimensions, n_trips = kinds.capacity.shape[1] // 2 if stops.is_mixed else 0, len(ends) + len(kinds.may) - n
    return Routes(
        links=np.full((len(kinds.may), 4), -1, np.int64),
        ends=ends,
        load=np.zeros((n_trips, kinds.capacity.shape[1]), np.int64),
        board=np.zeros((n if dimensions else 0, 2 * dimensions), np.int64),
        peak=np.zeros((n_trips if dimensions else 0, dimensions), np.int64),
        release=np.zeros(n_trips),
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
    """Take a stop or a reload out of its route; its times are not told anew."""
    before, after, r = s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE]
    if before >= s.links.shape[0]:
        s.ends[r, FIRST] = after
    else:
        s.links[before, SUCC] = after
    if after >= s.links.shape[0]:
        s.ends[r, LAST] = before
    else:
        s.links[after, PRED] = before
    s.ends[r, SIZE] -= 1
    s.links[v, ROUTE] = -1
    if s.ends[r, SIZE] == 0:
        s.used[stops.kinds.of[s.ends[r, KIND], TYPE]] -= 1
        s.used[s.used.shape[0] - 1] -= 1
    if v < stops.demand.shape[0]:
        _unload(stops, s, v, s.links[v, TRIP])
        return
    s.ends[r, AGAIN] -= 1
    trip, u = trip_of(s, r, before), after
    while u < stops.demand.shape[0]:
        _load(stops, s, u, trip)
        u = s.links[u, SUCC]


@compiled
def put_in(stops: Stops, s: Routes, v: int, r: int, before: int) -> None:
    """Put a stop or a reload into a route behind another node, or the start; its times are not told anew.

    What follows on the trip is loaded at the reload then.
    """
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
    trip = trip_of(s, r, before)
    if v < stops.demand.shape[0]:
        _load(stops, s, v, trip)
        return
    s.ends[r, AGAIN] += 1
    begun, u = s.ends.shape[0] + v - stops.demand.shape[0], after
    s.links[v, TRIP], s.release[begun] = begun, 0.0
    for d in range(stops.demand.shape[1]):
        s.load[begun, d] = 0
    while u < stops.demand.shape[0]:
        _unload(stops, s, u, trip)
        _load(stops, s, u, begun)
        u = s.links[u, SUCC]


@inlined_inner
def trip_of(s: Routes, r: int, i: int) -> int:
    """Return the trip of a route that node i is on; of a start the first one."""
    return int(r if i >= s.links.shape[0] else s.links[i, TRIP])


@inlined_inner
def head_of(stops: Stops, s: Routes, trip: int) -> int:
    """Return the reload that begins a trip which is not the first of its route."""
    return int(trip - s.ends.shape[0] + stops.demand.shape[0])


@inlined_inner
def _load(stops: Stops, s: Routes, v: int, trip: int) -> None:
    s.links[v, TRIP] = trip
    for d in range(stops.demand.shape[1]):
        s.load[trip, d] += stops.demand[v, d]
    s.release[trip] = max(s.release[trip], stops.release[v])


@inlined_inner
def _unload(stops: Stops, s: Routes, v: int, trip: int) -> None:
    """Take a stop off a trip that it does not stand in any more."""
    for d in range(stops.demand.shape[1]):
        s.load[trip, d] -= stops.demand[v, d]
    if stops.release[v] > 0.0 and stops.release[v] == s.release[trip]:
        s.release[trip] = 0.0
        u = s.ends[trip, FIRST] if trip < s.ends.shape[0] else s.links[head_of(stops, s, trip), SUCC]
        while u < stops.demand.shape[0]:
            s.release[trip] = max(s.release[trip], stops.release[u])
            u = s.links[u, SUCC]


@compiled
def weigh(stops: Stops, s: Routes, r: int) -> None:
    """Follow the load of each trip of a route from stop to stop, where more than sums matter."""
    if s.peak.shape[1]:
        _weigh_trip(stops, s, r, s.ends[r, FIRST])
        v = s.ends[r, FIRST]
        while s.ends[r, AGAIN] and v < s.links.shape[0]:
            if v >= stops.demand.shape[0]:
                _weigh_trip(stops, s, s.links[v, TRIP], s.links[v, SUCC])
            v = s.links[v, SUCC]


@inner
def _weigh_trip(stops: Stops, s: Routes, trip: int, first: int) -> None:
    """Follow the load: all deliveries are on board at the start, pickups are kept to the end."""
    n, dimensions = stops.demand.shape[0], s.peak.shape[1]
    for d in range(dimensions):
        load = most = s.load[trip, d]
        v = last = first
        while v < n:
            load += stops.demand[v, dimensions + d] - stops.demand[v, d]
            most = max(most, load)
            s.board[v, d] = most
            v, last = s.links[v, SUCC], v
        s.peak[trip, d] = most
        load = most = s.load[trip, dimensions + d]
        v = last
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
    s.ends[r, SIZE], s.ends[r, AGAIN], s.release[r] = 0, 0, 0.0
    for d in range(s.load.shape[1]):
        s.load[r, d] = 0
    set_kind(kinds, s, r, k)


@compiled
def fits(stops: Stops, s: Routes, v: int, r: int, i: int, k: int) -> bool:
    """Tell whether a vehicle of a kind may visit a stop behind node i and has room for it beside the trip's load."""
    trip, dimensions = trip_of(s, r, i), s.peak.shape[1]
    fit = bool(stops.kinds.may[v, k]) and s.ends[r, SIZE] - s.ends[r, AGAIN] < stops.kinds.of[k, STOPS]
    for d in range(stops.demand.shape[1]):
        fit &= s.load[trip, d] + stops.demand[v, d] <= stops.kinds.capacity[k, d]
    for d in range(dimensions):
        is_first = i >= stops.demand.shape[0]
        until = s.load[trip, d] if is_first else s.board[i, d]
        since = s.peak[trip, d] if is_first else s.board[i, dimensions + d]
        capacity = stops.kinds.capacity[k, d]
        fit &= until + stops.demand[v, d] <= capacity and since + stops.demand[v, dimensions + d] <= capacity
    return fit


@compiled
def is_in_order(stops: Stops, s: Routes, v: int, r: int, i: int) -> bool:
    """Tell whether a stop behind node i keeps deliveries before pickups, and a delivery at the head of a trip."""
    if stops.duty.shape[0] == 0:
        return True
    if i >= stops.demand.shape[0] and not may_begin(stops, v):
        return False
    after = s.ends[r, FIRST] if i >= s.links.shape[0] else s.links[i, SUCC]
    is_late = stops.duty[v] & BRINGS and _last_duty(stops, s, i) & TAKES
    is_early = stops.duty[v] & TAKES and _next_duty(stops, s, after) & BRINGS
    return not (is_late or is_early)


@inner
def _last_duty(stops: Stops, s: Routes, v: int) -> int:
    """Return the duty of a stop of a trip or, where it has none, of the last one before it that has any."""
    while v < stops.demand.shape[0] and stops.duty[v] == 0:
        v = s.links[v, PRED]
    return int(stops.duty[v]) if v < stops.demand.shape[0] else 0


@inner
def _next_duty(stops: Stops, s: Routes, v: int) -> int:
    while v < stops.demand.shape[0] and stops.duty[v] == 0:
        v = s.links[v, SUCC]
    return int(stops.duty[v]) if v < stops.demand.shape[0] else 0


@compiled
def may_begin(stops: Stops, v: int) -> bool:
    """Tell whether a trip may begin with a stop: not with one that only gives back, where deliveries come first."""
    return bool(stops.duty.shape[0] == 0 or stops.duty[v] != TAKES)


@inner
def carries(stops: Stops, s: Routes, r: int, k: int) -> bool:
    """Tell whether a vehicle of a kind may visit all nodes of a route and has room for the load of each trip."""
    again, v = s.ends[r, AGAIN], s.ends[r, FIRST]
    fit = _has_room(stops, s, r, k) and again <= stops.kinds.of[k, RELOADS]
    fit = fit and s.ends[r, SIZE] - again <= stops.kinds.of[k, STOPS]
    while fit and v < s.links.shape[0]:
        fit = bool(stops.kinds.may[v, k]) and (v < stops.demand.shape[0] or _has_room(stops, s, s.links[v, TRIP], k))
        v = s.links[v, SUCC]
    return bool(fit)


@inner
def _has_room(stops: Stops, s: Routes, trip: int, k: int) -> bool:
    fit = True
    for d in range(stops.demand.shape[1]):
        fit &= s.load[trip, d] <= stops.kinds.capacity[k, d]
    for d in range(s.peak.shape[1]):
        fit &= s.peak[trip, d] <= stops.kinds.capacity[k, d]
    return fit


@inner
def is_one_load(stops: Stops, s: Routes, v: int, k: int) -> bool:
    """Tell whether a vehicle of a kind may go on past a reload: one trip carries what two do, and in order."""
    before, trip = trip_of(s, s.links[v, ROUTE], s.links[v, PRED]), s.links[v, TRIP]
    fit, dimensions = True, s.peak.shape[1]
    for d in range(stops.demand.shape[1]):
        fit &= s.load[before, d] + s.load[trip, d] <= stops.kinds.capacity[k, d]
    for d in range(dimensions):
        first = s.peak[before, d] + s.load[trip, d]
        then = s.peak[trip, d] + s.load[before, dimensions + d]
        fit &= max(first, then) <= stops.kinds.capacity[k, d]
    if fit and stops.duty.shape[0]:
        is_mixed_up = _last_duty(stops, s, s.links[v, PRED]) & TAKES and _next_duty(stops, s, s.links[v, SUCC]) & BRINGS
        fit = not is_mixed_up
    return fit
