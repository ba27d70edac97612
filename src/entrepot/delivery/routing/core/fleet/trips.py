"""Routes of trips that change in place: lists of stops, with what is on board and when each part may begin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.fleet.spans import EARLY, LASTS, LATE, join
from entrepot.delivery.routing.core.fleet.tables import (
    BY_TIME,
    CLOSE,
    END,
    FIXED,
    LEAVE_CLOSE,
    LEAVE_OPEN,
    MOST_DISTANCE,
    MOST_TIME,
    OPEN,
    RELEASE,
    RETURN_CLOSE,
    RETURN_OPEN,
    SERVICE,
    START,
    UNIT,
    Facts,
)
from entrepot.delivery.routing.core.ground import FORBIDDEN, Ints, Whole, away

SUCC, PRED, TRIP = range(3)
"""Columns of `Work.links`."""

FIRST, LAST, SIZE, ROUTE, NEXT, BEFORE, DRIVEN, RELEASED, MAY, IS_LATE = range(10)
"""Columns of `Work.trips`."""

WAY = 3
"""The column of `Work.ahead` and `Work.behind` beside those of a part."""

OWN, EARLIER, LATER = 0, 3, 6
"""Where parts begin in the columns of `Work.spans`."""

KIND, HEAD, TAIL, TRIPS, STOPS, DISTANCE, DURATION, COST, IS_BROKEN = range(9)
"""Columns of `Work.routes`."""

NONE = -1


class Work(NamedTuple):
    """Routes of `n` stops; a trip holds at least one stop, a route at least one trip.

    Parameters
    ----------
    links : int array, shape (n + 1, 3)
        By stop: SUCC and PRED in its trip (`n` is the depot), and TRIP or NONE. The last row means nothing.
    ahead, behind : int array, shape (n + 1, 4)
        LASTS, EARLY, LATE of the part of a trip up to a stop, and of that from it on; its service is in both. And the
        WAY from the node before it, and to the node behind it.
    board : int array, shape (n + 1, n_loads) or (0, 0)
        By load: the most on board until leaving a stop, and from leaving it on. Empty where only sums matter.
    trips : int array, shape (n_trips, 10)
        FIRST, LAST, SIZE; ROUTE, NEXT and BEFORE of the route; DRIVEN distance; when all in it is RELEASED; kinds that
        MAY drive it, as bits; whether it IS_LATE by itself.
    spans : int array, shape (n_trips, 9)
        LASTS, EARLY, LATE of the trip's OWN part, of the EARLIER trips and of the LATER ones.
    load : int array, shape (n_trips, n_loads)
        Sums of demand.
    routes : int array, shape (n_routes, 9)
        KIND of vehicle; HEAD, TAIL and number of TRIPS; STOPS, DISTANCE, DURATION, COST; whether it IS_BROKEN, that is,
        misses a window or a limit.
    """

    links: Ints
    ahead: Ints
    behind: Ints
    board: Ints
    trips: Ints
    spans: Ints
    load: Ints
    routes: Ints


def empty_work(facts: Facts, n_routes: int, n_trips: int) -> Work:
    """Return routes that visit nothing."""
    n, n_loads = facts.demand.shape
    links = np.full((n + 1, 3), n, np.int64)
    links[:, TRIP] = NONE
    return Work(
        links=links,
        ahead=np.zeros((n + 1, 4), np.int64),
        behind=np.zeros((n + 1, 4), np.int64),
        board=np.zeros((n + 1, n_loads) if facts.is_mixed else (0, 0), np.int64),
        trips=np.full((n_trips, 10), NONE, np.int64),
        spans=np.zeros((n_trips, 9), np.int64),
        load=np.zeros((n_trips, n_loads), np.int64),
        routes=np.zeros((n_routes, 9), np.int64),
    )


@inlined
def link(facts: Facts, w: Work, v: Whole, t: Whole, before: Whole) -> None:
    """Put a stop into a trip behind another, or behind the depot; nothing is told anew."""
    n = w.links.shape[0] - 1
    after = w.trips[t, FIRST] if before == n else w.links[before, SUCC]
    w.links[before, SUCC], w.links[after, PRED] = v, v
    w.links[v, PRED], w.links[v, SUCC], w.links[v, TRIP] = before, after, t
    if before == n:
        w.trips[t, FIRST] = v
    if after == n:
        w.trips[t, LAST] = v
    w.trips[t, SIZE] += 1
    for d in range(facts.demand.shape[1]):
        w.load[t, d] += facts.demand[v, d]


@inlined
def unlink(facts: Facts, w: Work, v: Whole) -> None:
    """Take a stop out of its trip; nothing is told anew."""
    n = w.links.shape[0] - 1
    before, after, t = w.links[v, PRED], w.links[v, SUCC], w.links[v, TRIP]
    w.links[before, SUCC], w.links[after, PRED] = after, before
    if before == n:
        w.trips[t, FIRST] = after
    if after == n:
        w.trips[t, LAST] = before
    w.trips[t, SIZE] -= 1
    w.links[v, TRIP] = NONE
    for d in range(facts.demand.shape[1]):
        w.load[t, d] -= facts.demand[v, d]


@inlined
def lasts_so(facts: Facts, i: Whole, j: Whole, way: Whole) -> Whole:
    """Return the time between two nodes whose distance is known already, and often is the same."""
    return np.int64(facts.ground.minutes[i, j]) if facts.ground.minutes.shape[0] else way


@compiled
def tell_trip(facts: Facts, w: Work, t: Whole) -> None:
    """Tell anew what is known of a trip and of its stops."""
    n, k = w.links.shape[0] - 1, w.routes[w.trips[t, ROUTE], KIND]
    driven: Whole = 0
    released: Whole = 0
    may: Whole = -1
    i, v = n, w.trips[t, FIRST]
    while v != n:
        way = away(facts.ground, facts.kinds[k, START] if i == n else i, v)
        w.ahead[v, WAY] = w.behind[i, WAY] = way
        driven += way
        may &= facts.allowed[v]
        released = max(released, facts.times[v, RELEASE])
        i, v = v, w.links[v, SUCC]
    w.behind[i, WAY] = away(facts.ground, i, facts.kinds[k, END])
    w.trips[t, DRIVEN] = driven + w.behind[i, WAY]
    w.trips[t, MAY], w.trips[t, RELEASED] = may, released
    _follow(facts, w, t, w.trips[t, FIRST], w.trips[t, LAST])


@inlined
def tell_stop(facts: Facts, w: Work, v: Whole) -> None:
    """Tell anew what is known of a trip that was known until a stop was put in: each part only if it holds the stop."""
    n, t = w.links.shape[0] - 1, w.links[v, TRIP]
    i, j, k = w.links[v, PRED], w.links[v, SUCC], w.routes[w.trips[t, ROUTE], KIND]
    if w.trips[t, SIZE] == 1 or w.trips[t, IS_LATE]:  # where a stop was late before, all parts may differ
        tell_trip(facts, w, t)
        return
    to = away(facts.ground, facts.kinds[k, START] if i == n else i, v)
    on = away(facts.ground, v, facts.kinds[k, END] if j == n else j)
    w.trips[t, DRIVEN] += to + on - (w.ahead[j, WAY] if i == n else w.behind[i, WAY])
    w.ahead[v, WAY] = w.behind[i, WAY] = to
    w.behind[v, WAY] = w.ahead[j, WAY] = on
    w.trips[t, MAY] &= facts.allowed[v]
    w.trips[t, RELEASED] = max(w.trips[t, RELEASED], facts.times[v, RELEASE])
    _follow(facts, w, t, v, v)


@inlined
def _follow(facts: Facts, w: Work, t: Whole, first: Whole, last: Whole) -> None:
    """Follow times from one stop on to the end and from another back to the begin, and all loads."""
    w.trips[t, IS_LATE] = 0
    if facts.is_timed:
        _time_on(facts, w, t, first)
        _time_back(facts, w, t, last)
    if facts.is_mixed:
        _weigh(facts, w, t)


@compiled
def _time_on(facts: Facts, w: Work, t: Whole, v: Whole) -> None:
    n, times, kind = w.links.shape[0] - 1, facts.times, facts.kinds[w.routes[w.trips[t, ROUTE], KIND]]
    i, is_late = w.links[v, PRED], False
    duration: Whole = 0
    early, late = kind[LEAVE_OPEN], kind[LEAVE_CLOSE]
    if i == n:
        i = kind[START]
    else:
        duration, early, late = w.ahead[i, LASTS], w.ahead[i, EARLY], w.ahead[i, LATE]
    while v != n:
        way = lasts_so(facts, i, v, w.ahead[v, WAY])
        duration, early, late = join(duration, early, late, way, times[v, SERVICE], times[v, OPEN], times[v, CLOSE])
        is_late = bool(is_late or early > late)
        w.ahead[v, LASTS], w.ahead[v, EARLY], w.ahead[v, LATE] = duration, early, late
        i, v = v, w.links[v, SUCC]
    way = lasts_so(facts, i, kind[END], w.behind[i, WAY])
    duration, early, late = join(duration, early, late, way, 0, kind[RETURN_OPEN], kind[RETURN_CLOSE])
    early = max(early, w.trips[t, RELEASED])
    w.spans[t, LASTS], w.spans[t, EARLY], w.spans[t, LATE] = duration, early, late
    w.trips[t, IS_LATE] = 1 if is_late or early > late else 0


@compiled
def _time_back(facts: Facts, w: Work, t: Whole, v: Whole) -> None:
    n, times, kind = w.links.shape[0] - 1, facts.times, facts.kinds[w.routes[w.trips[t, ROUTE], KIND]]
    j = w.links[v, SUCC]
    duration: Whole = 0
    early, late = kind[RETURN_OPEN], kind[RETURN_CLOSE]
    if j == n:
        j = kind[END]
    else:
        duration, early, late = w.behind[j, LASTS], w.behind[j, EARLY], w.behind[j, LATE]
    while v != n:
        way = lasts_so(facts, v, j, w.behind[v, WAY])
        duration, early, late = join(times[v, SERVICE], times[v, OPEN], times[v, CLOSE], way, duration, early, late)
        w.behind[v, LASTS], w.behind[v, EARLY], w.behind[v, LATE] = duration, early, late
        j, v = v, w.links[v, PRED]


@compiled
def _weigh(facts: Facts, w: Work, t: Whole) -> None:
    """Follow the load from stop to stop: all deliveries on board at the start, pickups kept to the end."""
    n, half = w.links.shape[0] - 1, facts.demand.shape[1] // 2
    for d in range(half):
        load = most = w.load[t, d]
        v = w.trips[t, FIRST]
        while v != n:
            load += facts.demand[v, half + d] - facts.demand[v, d]
            most = max(most, load)
            w.board[v, d] = most
            v = w.links[v, SUCC]
        load = most = w.load[t, half + d]
        v = w.trips[t, LAST]
        while v != n:
            w.board[v, half + d] = most
            load += facts.demand[v, d] - facts.demand[v, half + d]
            most = max(most, load)
            v = w.links[v, PRED]


@compiled
def tell_route(facts: Facts, w: Work, r: Whole) -> None:
    """Tell a route anew when its trips are told: times of the trips beside each, its cost, whether it is broken."""
    k, t, is_broken = w.routes[r, KIND], w.routes[r, HEAD], False
    driven: Whole = 0
    stops: Whole = 0
    lasts_all: Whole = 0
    early: Whole = 0
    late: Whole = 0
    while t != NONE:
        driven += w.trips[t, DRIVEN]
        stops += w.trips[t, SIZE]
        own = w.spans[t]
        if t == w.routes[r, HEAD]:
            lasts_all, early, late = own[LASTS], own[EARLY], own[LATE]
        else:
            own[EARLIER + LASTS], own[EARLIER + EARLY], own[EARLIER + LATE] = lasts_all, early, late
            lasts_all, early, late = join(lasts_all, early, late, 0, own[LASTS], own[EARLY], own[LATE])
        is_broken = bool(is_broken or early > late or w.trips[t, IS_LATE] > 0)
        t = w.trips[t, NEXT]
    w.routes[r, STOPS], w.routes[r, DISTANCE], w.routes[r, DURATION] = stops, driven, lasts_all
    is_broken = bool(is_broken or driven >= FORBIDDEN or driven > facts.kinds[k, MOST_DISTANCE])
    w.routes[r, IS_BROKEN] = 1 if is_broken or lasts_all > facts.kinds[k, MOST_TIME] else 0
    w.routes[r, COST] = facts.kinds[k, FIXED] + facts.kinds[k, UNIT] * driven + facts.kinds[k, BY_TIME] * lasts_all
    if w.routes[r, TRIPS] > 1:
        _tell_later(w, r)


@compiled
def _tell_later(w: Work, r: Whole) -> None:
    t = w.routes[r, TAIL]
    duration, early, late = w.spans[t, LASTS], w.spans[t, EARLY], w.spans[t, LATE]
    t = w.trips[t, BEFORE]
    while t != NONE:
        own = w.spans[t]
        own[LATER + LASTS], own[LATER + EARLY], own[LATER + LATE] = duration, early, late
        duration, early, late = join(own[LASTS], own[EARLY], own[LATE], 0, duration, early, late)
        t = w.trips[t, BEFORE]
