"""Where a stop costs least: in a trip, as a trip of its own in a route that reloads, or as a route of its own."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.chance import below, uniform
from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.fleet.memory import FREE_ROUTES, FREE_TRIPS, PLACE, Memory
from entrepot.delivery.routing.core.fleet.spans import EARLY, LASTS, LATE, join
from entrepot.delivery.routing.core.fleet.tables import (
    BY_TIME,
    CLOSE,
    COUNT,
    END,
    FIXED,
    LEAVE_CLOSE,
    LEAVE_OPEN,
    MOST_DISTANCE,
    MOST_STOPS,
    MOST_TIME,
    MOST_TRIPS,
    NEVER,
    OPEN,
    RELEASE,
    RETURN_CLOSE,
    RETURN_OPEN,
    SERVICE,
    SIBLINGS,
    START,
    UNIT,
    Facts,
)
from entrepot.delivery.routing.core.fleet.trips import (
    BEFORE,
    DISTANCE,
    DURATION,
    EARLIER,
    FIRST,
    HEAD,
    KIND,
    LATER,
    MAY,
    NEXT,
    NONE,
    PRED,
    RELEASED,
    ROUTE,
    STOPS,
    SUCC,
    TAIL,
    TRIP,
    TRIPS,
    WAY,
    Work,
    lasts_so,
)
from entrepot.delivery.routing.core.ground import FORBIDDEN, Whole, away, away_to, lasts
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.tables import REQUIRED

NEW = -1
"""Stands for a route or a trip that is to be opened."""

KIND_OVERLOOKED: Final = 0.05
"""Chance that a new route is not offered a kind of vehicle: the cheapest may not suit what comes after."""


class Place(NamedTuple):
    """Where a stop may go.

    Parameters
    ----------
    cost : int
        By how much all is dearer; NEVER where there is no place.
    route, trip : int
        NEW where they are to be opened.
    before : int
        The node before it; for a new trip in a route the trip that comes after, or NONE.
    kind : int
        Of vehicle, that drives the route then.
    """

    cost: Whole
    route: Whole
    trip: Whole
    before: Whole
    kind: Whole


@compiled
def best_place(facts: Facts, w: Work, m: Memory, v: Whole, width: int, blink: float, bar: Whole) -> Place:
    """Find the cheapest place for a stop: beside those that suit it, some overlooked by chance, or by itself.

    Its kind is NONE where nothing costs less than the bar. For a required stop that can neither go near nor alone all
    places are looked at.
    """
    n = w.links.shape[0] - 1
    best = Place(bar, NEW, NEW, n, NONE)
    seen = _till_blink(m, blink)
    for p in range(min(width, facts.before.shape[1])):
        u = facts.before[v, p] * 1
        if u == NOBODY:
            break
        if facts.is_metric and _is_far(facts, facts.way_before[v, p], w.behind[u, WAY], best):
            continue
        t, after = w.links[u, TRIP], w.links[u, SUCC]
        if t == NONE or (
            after != n and _is_too_dear(facts, w, facts.way_before[v, p], away(facts.ground, v, after), u, best)
        ):
            continue
        seen -= 1.0
        if seen < 0.0:
            seen = _till_blink(m, blink)
        else:
            best = _better(facts, w, m, v, t, u, after, best)
    for p in range(min(width, facts.after.shape[1])):
        u = facts.after[v, p] * 1
        if u == NOBODY:
            break
        if facts.is_metric and _is_far(facts, facts.way_after[v, p], w.ahead[u, WAY], best):
            continue
        t, before = w.links[u, TRIP], w.links[u, PRED]
        if t == NONE or (
            before != n
            and _is_too_dear(facts, w, away_to(facts.ground, v, before), facts.way_after[v, p], before, best)
        ):
            continue
        seen -= 1.0
        if seen < 0.0:
            seen = _till_blink(m, blink)
        else:
            best = _better(facts, w, m, v, t, before, u, best)
    best, may_open = _alone(facts, w, m, v, best)
    if best.kind == NONE and not may_open and facts.price[v] == REQUIRED:
        return _anywhere(facts, w, m, v, bar)
    return best


@inlined
def _is_far(facts: Facts, way: Whole, between: Whole, best: Place) -> bool:
    """Tell whether a place is too dear whoever is on its other side, whose way need not be fetched then."""
    return bool(2 * facts.least_unit * (way - between) >= best.cost)


@inlined
def _is_too_dear(facts: Facts, w: Work, to: Whole, on: Whole, i: Whole, best: Place) -> bool:
    """Tell whether a place behind stop `i` is too dear by its way alone, whatever drives there, as most are."""
    return bool(facts.least_unit * (to + on - w.behind[i, WAY]) >= best.cost)


@inlined
def _till_blink(m: Memory, blink: float) -> float:
    """Draw how many places are seen until one is overlooked: a draw for each place would take longer."""
    return math.floor(math.log(1.0 - uniform(m.chance)) / math.log(1.0 - blink)) if blink > 0.0 else np.inf


@compiled
def _anywhere(facts: Facts, w: Work, m: Memory, v: Whole, bar: Whole) -> Place:
    n = w.links.shape[0] - 1
    best = Place(bar, NEW, NEW, n, NONE)
    for r in range(w.routes.shape[0]):
        t = w.routes[r, HEAD] if m.slots[r, PLACE] == NONE else NONE
        while t != NONE:
            i, j = n, w.trips[t, FIRST]
            best = _better(facts, w, m, v, t, i, j, best)
            while j != n:
                i, j = j, w.links[j, SUCC]
                best = _better(facts, w, m, v, t, i, j, best)
            t = w.trips[t, NEXT]
    return best


@compiled
def _other_kind(facts: Facts, w: Work, m: Memory, v: Whole, t: Whole) -> tuple[Whole, Whole]:
    """Return which kind can drive a trip with one more stop instead of its own, and what a change to it costs.

    Only kinds of the same family take over: all times stay as they are.
    """
    r = w.trips[t, ROUTE]
    k = w.routes[r, KIND]
    best: Whole = NONE
    least: Whole = NEVER
    if w.routes[r, TRIPS] == 1:
        others = facts.kinds[k, SIBLINGS] & w.trips[t, MAY] & facts.allowed[v]
        for q in range(facts.kinds.shape[0]):
            if not (others >> q) & 1 or m.used[q] >= facts.kinds[q, COUNT]:
                continue
            more = _takes_over(facts, w, r, k, q)
            if more < least and _holds(facts, w, v, t, q):
                best, least = q, more
    return best, least


@inlined
def _takes_over(facts: Facts, w: Work, r: Whole, k: Whole, q: Whole) -> Whole:
    """Return by how much a route is dearer with another kind of its family."""
    kinds = facts.kinds
    more: Whole = kinds[q, FIXED] - kinds[k, FIXED] + (kinds[q, UNIT] - kinds[k, UNIT]) * w.routes[r, DISTANCE]
    more += (kinds[q, BY_TIME] - kinds[k, BY_TIME]) * w.routes[r, DURATION]
    return more


@inlined
def _holds(facts: Facts, w: Work, v: Whole, t: Whole, k: Whole) -> bool:
    if not (facts.allowed[v] >> k) & 1:
        return False
    for d in range(facts.capacity.shape[1]):  # noqa: SIM110  # a generator would make an object
        if w.load[t, d] + facts.demand[v, d] > facts.capacity[k, d]:
            return False
    return True


@inlined
def _better(facts: Facts, w: Work, m: Memory, v: Whole, t: Whole, i: Whole, j: Whole, best: Place) -> Place:
    """Return a place between two nodes of a trip if it is possible and cheaper than the best so far."""
    n, r = w.links.shape[0] - 1, w.trips[t, ROUTE]
    k = w.routes[r, KIND]
    a = facts.kinds[k, START] if i == n else i
    b = facts.kinds[k, END] if j == n else j
    to, on = away_to(facts.ground, v, a), away(facts.ground, v, b)
    detour = to + on - (w.ahead[j, WAY] if i == n else w.behind[i, WAY])
    cost = facts.kinds[k, UNIT] * detour
    if cost >= best.cost or detour >= FORBIDDEN // 2 or w.routes[r, STOPS] >= facts.kinds[k, MOST_STOPS]:
        return best
    if not _holds(facts, w, v, t, k):
        if not facts.kinds[k, SIBLINGS] & w.trips[t, MAY] & facts.allowed[v]:
            return best
        k, more = _other_kind(facts, w, m, v, t)
        cost = more + facts.kinds[k, UNIT] * detour
        if k == NONE or cost >= best.cost:
            return best
    if w.routes[r, DISTANCE] + detour > facts.kinds[k, MOST_DISTANCE]:
        return best
    if facts.is_mixed and not _has_room(facts, w, v, t, i, k):
        return best
    if facts.is_timed:
        duration = _duration(facts, w, v, t, i, j, k, to, on)
        if duration > facts.kinds[k, MOST_TIME]:
            return best
        cost += facts.kinds[k, BY_TIME] * (duration - w.routes[r, DURATION])
        if cost >= best.cost:
            return best
    return Place(cost, r, t, i, k)


@inlined
def _has_room(facts: Facts, w: Work, v: Whole, t: Whole, i: Whole, k: Whole) -> bool:
    """Tell whether what is on board stays within the capacity, with a stop behind node `i`."""
    n, half = w.links.shape[0] - 1, facts.demand.shape[1] // 2
    for d in range(half):
        capacity = facts.capacity[k, d]
        until = w.load[t, d] if i == n else w.board[i, d]
        first = w.trips[t, FIRST]
        start = max(w.load[t, d], w.board[first, half + d])
        since = start if i == n else w.board[i, half + d]
        if until + facts.demand[v, d] > capacity or since + facts.demand[v, half + d] > capacity:
            return False
    return True


@inlined
def _duration(facts: Facts, w: Work, v: Whole, t: Whole, i: Whole, j: Whole, k: Whole, to: Whole, on: Whole) -> Whole:
    """Return how long a route lasts with a stop between two nodes, to and on from it so far; NEVER where it is late."""
    n, kinds = w.links.shape[0] - 1, facts.kinds
    duration: Whole = 0
    if i == n:
        a, early, late = kinds[k, START], kinds[k, LEAVE_OPEN], kinds[k, LEAVE_CLOSE]
    else:
        a = i
        duration, early, late = w.ahead[i, LASTS], w.ahead[i, EARLY], w.ahead[i, LATE]
    duration, early, late = join(
        duration, early, late, lasts_so(facts, a, v, to),
        facts.times[v, SERVICE], facts.times[v, OPEN], facts.times[v, CLOSE],
    )  # fmt: skip
    if early > late:
        return NEVER
    if j == n:
        way = lasts_so(facts, v, kinds[k, END], on)
        duration, early, late = join(duration, early, late, way, 0, kinds[k, RETURN_OPEN], kinds[k, RETURN_CLOSE])
    else:
        way = lasts_so(facts, v, j, on)
        duration, early, late = join(
            duration, early, late, way, w.behind[j, LASTS], w.behind[j, EARLY], w.behind[j, LATE]
        )
    early = max(early, w.trips[t, RELEASED], facts.times[v, RELEASE])
    return _in_route(w, duration, early, late, w.trips[t, BEFORE], w.trips[t, NEXT], t, t)


@inlined
def _in_route(
    w: Work, duration: Whole, early: Whole, late: Whole, before: Whole, after: Whole, earlier: Whole, later: Whole
) -> Whole:
    """Return how long a route lasts with a trip between two others; NEVER where something is late.

    `earlier` and `later` are the trips whose spans tell what comes before `before`'s end and after `after`'s begin.
    """
    if early > late:
        return NEVER
    if before != NONE:
        duration, early, late = join(
            w.spans[earlier, EARLIER + LASTS], w.spans[earlier, EARLIER + EARLY], w.spans[earlier, EARLIER + LATE], 0,
            duration, early, late,
        )  # fmt: skip
        if early > late:
            return NEVER
    if after != NONE:
        duration, early, late = join(
            duration, early, late, 0,
            w.spans[later, LATER + LASTS], w.spans[later, LATER + EARLY], w.spans[later, LATER + LATE],
        )  # fmt: skip
    return duration if early <= late else NEVER


@inlined
def _alone(facts: Facts, w: Work, m: Memory, v: Whole, best: Place) -> tuple[Place, bool]:
    """Return a route of its own, or a trip of its own in a route, where that is cheaper than the best so far.

    And whether it may have a route of its own at all.
    """
    n, kind, overlooked = w.links.shape[0] - 1, NONE, NONE
    cost = best.cost
    is_open = may_open = False
    for k in range(facts.kinds.shape[0]):
        is_free = m.used[k] < facts.kinds[k, COUNT] and m.counts[FREE_ROUTES] > 0 and facts.alone[v, k] < NEVER
        may_open = bool(may_open or is_free)
        if is_free and facts.alone[v, k] < cost:
            if uniform(m.chance) >= KIND_OVERLOOKED:
                kind, cost = k, facts.alone[v, k]
            else:
                overlooked = k
        is_open = is_open or (facts.kinds[k, MOST_TRIPS] > 1 and facts.alone[v, k] < NEVER)
    if best.kind == NONE and kind == NONE and overlooked != NONE:
        kind, cost = overlooked, facts.alone[v, overlooked]
    if kind != NONE:
        best = Place(cost, NEW, NEW, n, kind)
    if not is_open or not m.counts[FREE_TRIPS]:
        return best, may_open
    n_routes = w.routes.shape[0]
    r = below(m.chance, n_routes)
    for _ in range(n_routes):
        if m.slots[r, PLACE] == NONE:
            best = _as_trip(facts, w, v, r, best)
        r = r + 1 if r + 1 < n_routes else 0
    return best, may_open


@compiled
def _as_trip(facts: Facts, w: Work, v: Whole, r: Whole, best: Place) -> Place:
    """Return the first possible place for a trip of its own in a route, where that is cheaper than the best so far."""
    k, kinds = w.routes[r, KIND], facts.kinds
    driven = away(facts.ground, kinds[k, START], v) + away(facts.ground, v, kinds[k, END])
    cost = kinds[k, UNIT] * driven
    if cost >= best.cost or facts.alone[v, k] >= NEVER or w.routes[r, TRIPS] >= kinds[k, MOST_TRIPS]:
        return best
    if w.routes[r, STOPS] >= kinds[k, MOST_STOPS] or w.routes[r, DISTANCE] + driven > kinds[k, MOST_DISTANCE]:
        return best
    if not facts.is_timed:
        return Place(cost, r, NEW, NONE, k)
    start, end = kinds[k, START], kinds[k, END]
    duration, early, late = join(
        0, kinds[k, LEAVE_OPEN], kinds[k, LEAVE_CLOSE], lasts(facts.ground, start, v),
        facts.times[v, SERVICE], facts.times[v, OPEN], facts.times[v, CLOSE],
    )  # fmt: skip
    way = lasts(facts.ground, v, end)
    duration, early, late = join(duration, early, late, way, 0, kinds[k, RETURN_OPEN], kinds[k, RETURN_CLOSE])
    early = max(early, facts.times[v, RELEASE])
    after = w.routes[r, HEAD]
    while True:
        all_lasts = _beside(w, r, after, duration, early, late)
        if all_lasts <= kinds[k, MOST_TIME]:
            more = cost + kinds[k, BY_TIME] * (all_lasts - w.routes[r, DURATION])
            if more < best.cost:
                best = Place(more, r, NEW, after, k)
            if kinds[k, BY_TIME] == 0:
                return best
        if after == NONE:
            return best
        after = w.trips[after, NEXT]


@compiled
def _beside(w: Work, r: Whole, after: Whole, duration: Whole, early: Whole, late: Whole) -> Whole:
    """Return how long a route lasts with a new trip before another, or for NONE at its end; NEVER where it is late."""
    before = w.routes[r, TAIL] if after == NONE else w.trips[after, BEFORE]
    if before != NONE:
        own = w.spans[before]
        duration, early, late = join(own[LASTS], own[EARLY], own[LATE], 0, duration, early, late)
        if early > late:
            return NEVER
    if after != NONE:
        own = w.spans[after]
        duration, early, late = join(duration, early, late, 0, own[LASTS], own[EARLY], own[LATE])
    earlier = NONE if before == NONE else w.trips[before, BEFORE]
    later = NONE if after == NONE else w.trips[after, NEXT]
    return _in_route(w, duration, early, late, earlier, later, before, after)
