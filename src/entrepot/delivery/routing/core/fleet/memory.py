"""What the search keeps beside the routes: what is free, touched, changed, waits, and was best; and how to go back."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.chance import State, seeded
from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.fleet.tables import NEVER, Facts
from entrepot.delivery.routing.core.fleet.trips import (
    BEFORE,
    COST,
    FIRST,
    HEAD,
    KIND,
    LAST,
    NEXT,
    NONE,
    ROUTE,
    SIZE,
    SUCC,
    TAIL,
    TRIP,
    TRIPS,
    Work,
    link,
    tell_route,
    tell_stop,
    tell_trip,
    unlink,
)
from entrepot.delivery.routing.core.ground import Floats, Ints, Whole
from entrepot.delivery.routing.core.tables import REQUIRED

(
    FREE_ROUTES, FREE_TRIPS, TOUCHED, SAVED, CHANGED, WAITING, QUEUED, STEP, SHORT, BEST_SHORT, CURRENT, BEST,
) = range(12)  # fmt: skip
"""Places of `Memory.counts`: lengths of the lists; the step; required stops that wait; costs."""

FREE, PLACE, TOUCHED_AT, IS_CHANGED, CHANGED_LIST = range(5)
"""Columns of `Memory.slots`."""

POOL, RUINED = range(2)
"""Columns of `Memory.trips`."""

OF, WAS, FROM, COST_WAS = range(4)
"""Columns of `Memory.touched`."""

STOP, BEGINS = range(2)
"""Columns of `Memory.saved`."""

BEST_FIRST, BEST_KIND = range(2)
"""Columns of `Memory.best_routes`."""

DEAREST: Final = 2**50
"""Prices rise to this: dear beside any cost, and their sums fit."""


class Memory(NamedTuple):
    """What the search keeps beside the routes.

    Parameters
    ----------
    counts : int array, shape (12,)
        By the names above.
    used : int array, shape (n_kinds,)
        How many vehicles of each kind are used.
    slots : int array, shape (n_routes, 5)
        Routes that are FREE, and by route its PLACE among them or NONE, the step it was TOUCHED_AT, whether it
        IS_CHANGED since the best; those that are, as a list.
    trips : int array, shape (n_trips, 2)
        Trips that are free; by trip the step it was RUINED in.
    touched : int array, shape (n_routes, 4)
        Routes touched in this step: their KIND before, FROM where their stops are saved, their cost before.
    saved : int array, shape (n + 1, 2)
        Stops of touched routes as they were, and whether each BEGINS a trip.
    waiting : int array, shape (n, 2)
        Stops no route visits; and by stop its place among them, or NONE.
    price : int array, shape (n,)
        What leaving a stop out costs now.
    queue : int array, shape (n,)
        Stops to put in.
    key : float array, shape (n,)
        What the queue is sorted by.
    best : int array, shape (n + 1, 2)
        By stop the next one of its route in the best plan, or `n`; whether it BEGINS a trip.
    best_routes : int array, shape (n_routes, 2)
        Their first stop, or `n`, and kind.
    chance : uint64 array, shape (2,)
        State of the random numbers.
    """

    counts: Ints
    used: Ints
    slots: Ints
    trips: Ints
    touched: Ints
    saved: Ints
    waiting: Ints
    price: Ints
    queue: Ints
    key: Floats
    best: Ints
    best_routes: Ints
    chance: State


def memory_of(facts: Facts, n_routes: int, n_trips: int, seed: int) -> Memory:
    """Return the memory of a search before its first step: all is free, all stops wait."""
    n, n_kinds = facts.alone.shape
    cheapest = facts.alone.min(axis=1)
    cheapest[cheapest >= NEVER] = cheapest[cheapest < NEVER].max(initial=1)
    slots = np.zeros((n_routes, 5), np.int64)
    slots[:, FREE] = slots[:, PLACE] = np.arange(n_routes)[::-1]  # the last is taken first
    trips = np.zeros((n_trips, 2), np.int64)
    trips[:, POOL] = np.arange(n_trips)
    memory = Memory(
        counts=np.zeros(12, np.int64),
        used=np.zeros(n_kinds, np.int64),
        slots=slots,
        trips=trips,
        touched=np.zeros((n_routes, 4), np.int64),
        saved=np.zeros((n + 1, 2), np.int64),
        waiting=np.stack([np.arange(n), np.arange(n)], axis=1),
        price=np.where(facts.price == REQUIRED, 4 * cheapest + 1, facts.price),
        queue=np.zeros(n, np.int64),
        key=np.zeros(n),
        best=np.full((n + 1, 2), n, np.int64),
        best_routes=np.full((n_routes, 2), n, np.int64),
        chance=seeded(seed),
    )
    memory.counts[FREE_ROUTES], memory.counts[FREE_TRIPS], memory.counts[WAITING] = n_routes, n_trips, n
    memory.counts[SHORT] = memory.counts[BEST_SHORT] = int((facts.price == REQUIRED).sum())
    memory.counts[CURRENT] = memory.counts[BEST] = int(memory.price.sum())
    return memory


@compiled
def begin_step(m: Memory) -> None:
    """Forget what the last step touched."""
    m.counts[STEP] += 1
    m.counts[TOUCHED] = m.counts[SAVED] = m.counts[QUEUED] = 0


@compiled
def touch(w: Work, m: Memory, r: Whole) -> None:
    """Save a route as it is before its first change in a step."""
    if m.slots[r, TOUCHED_AT] == m.counts[STEP]:
        return
    m.slots[r, TOUCHED_AT] = m.counts[STEP]
    one = m.touched[m.counts[TOUCHED]]
    m.counts[TOUCHED] += 1
    one[OF], one[WAS], one[FROM], one[COST_WAS] = r, w.routes[r, KIND], m.counts[SAVED], 0
    if m.slots[r, PLACE] != NONE:
        return
    one[COST_WAS] = w.routes[r, COST]
    n, t = w.links.shape[0] - 1, w.routes[r, HEAD]
    while t != NONE:
        v = w.trips[t, FIRST]
        while v != n:
            m.saved[m.counts[SAVED], STOP] = v
            m.saved[m.counts[SAVED], BEGINS] = 1 if v == w.trips[t, FIRST] else 0
            m.counts[SAVED] += 1
            v = w.links[v, SUCC]
        t = w.trips[t, NEXT]


@compiled
def open_route(w: Work, m: Memory, r: Whole, k: Whole) -> Whole:
    """Take a free slot for a vehicle of a kind, with one trip that is still empty; return the trip."""
    touch(w, m, r)
    m.counts[FREE_ROUTES] -= 1
    place, moved = m.slots[r, PLACE], m.slots[m.counts[FREE_ROUTES], FREE]
    m.slots[place, FREE], m.slots[moved, PLACE] = moved, place
    m.slots[r, PLACE] = NONE
    m.used[k] += 1
    w.routes[r, KIND], w.routes[r, HEAD], w.routes[r, TAIL], w.routes[r, TRIPS] = k, NONE, NONE, 0
    return open_trip(w, m, r, NONE)


@compiled
def open_trip(w: Work, m: Memory, r: Whole, after: Whole) -> Whole:
    """Put a trip that is still empty into a route, before another or, for NONE, at its end; return it."""
    touch(w, m, r)
    n = w.links.shape[0] - 1
    m.counts[FREE_TRIPS] -= 1
    t: Whole = m.trips[m.counts[FREE_TRIPS], POOL]
    before = w.routes[r, TAIL] if after == NONE else w.trips[after, BEFORE]
    w.trips[t, FIRST], w.trips[t, LAST], w.trips[t, SIZE], w.trips[t, ROUTE] = n, n, 0, r
    w.trips[t, BEFORE], w.trips[t, NEXT] = before, after
    _chain(w, r, before, t)
    _chain(w, r, t, after)
    w.routes[r, TRIPS] += 1
    return t


@compiled
def _chain(w: Work, r: Whole, t: Whole, after: Whole) -> None:
    if t == NONE:
        w.routes[r, HEAD] = after
    else:
        w.trips[t, NEXT] = after
    if after == NONE:
        w.routes[r, TAIL] = t
    else:
        w.trips[after, BEFORE] = t


@inlined
def insert(facts: Facts, w: Work, m: Memory, v: Whole, t: Whole, before: Whole) -> None:
    """Put a stop into a trip, and tell its route anew."""
    r = w.trips[t, ROUTE]
    touch(w, m, r)
    link(facts, w, v, t, before)
    tell_stop(facts, w, v)
    tell_route(facts, w, r)


@compiled
def remove(facts: Facts, w: Work, m: Memory, v: Whole) -> None:
    """Take a stop out of its trip; what is empty then is free. What stays is not told anew."""
    t = w.links[v, TRIP]
    r = w.trips[t, ROUTE]
    touch(w, m, r)
    unlink(facts, w, v)
    if w.trips[t, SIZE] == 0:
        _chain(w, r, w.trips[t, BEFORE], w.trips[t, NEXT])
        w.routes[r, TRIPS] -= 1
        _free_trip(m, t)
    if w.routes[r, TRIPS] == 0:
        _free_route(w, m, r)


@compiled
def set_kind(facts: Facts, w: Work, m: Memory, r: Whole, k: Whole) -> None:
    """Let another kind of vehicle drive a route, and tell it anew."""
    touch(w, m, r)
    m.used[w.routes[r, KIND]] -= 1
    m.used[k] += 1
    w.routes[r, KIND] = k
    t = w.routes[r, HEAD]
    while t != NONE:
        tell_trip(facts, w, t)
        t = w.trips[t, NEXT]
    tell_route(facts, w, r)


@compiled
def build(facts: Facts, w: Work, m: Memory, r: Whole, k: Whole, sequence: Ints) -> None:
    """Open a route of given stops, which wait; rows are STOP and BEGINS."""
    n = w.links.shape[0] - 1
    t = open_route(w, m, r, k)
    before = n
    for p in range(sequence.shape[0]):
        if p > 0 and sequence[p, BEGINS]:
            tell_trip(facts, w, t)
            t, before = open_trip(w, m, r, NONE), n
        link(facts, w, sequence[p, STOP], t, before)
        before = sequence[p, STOP]
    tell_trip(facts, w, t)
    tell_route(facts, w, r)


@compiled
def empty(w: Work, m: Memory, r: Whole) -> None:
    """Take all stops out of a route at once, and free it; nothing happens where it is free."""
    if m.slots[r, PLACE] != NONE:
        return
    touch(w, m, r)
    n, t = w.links.shape[0] - 1, w.routes[r, HEAD]
    while t != NONE:
        v = w.trips[t, FIRST]
        while v != n:
            w.links[v, TRIP] = NONE
            v = w.links[v, SUCC]
        for d in range(w.load.shape[1]):
            w.load[t, d] = 0
        _free_trip(m, t)
        t = w.trips[t, NEXT]
    w.routes[r, TRIPS] = 0
    _free_route(w, m, r)


@inlined
def _free_trip(m: Memory, t: Whole) -> None:
    m.trips[m.counts[FREE_TRIPS], POOL] = t
    m.counts[FREE_TRIPS] += 1


@inlined
def _free_route(w: Work, m: Memory, r: Whole) -> None:
    m.used[w.routes[r, KIND]] -= 1
    m.slots[m.counts[FREE_ROUTES], FREE], m.slots[r, PLACE] = r, m.counts[FREE_ROUTES]
    m.counts[FREE_ROUTES] += 1


@compiled
def undo(facts: Facts, w: Work, m: Memory) -> None:
    """Make all routes again what they were when the step began."""
    touched = m.counts[TOUCHED]
    for p in range(touched):
        empty(w, m, m.touched[p, OF])
    for p in range(touched):
        one = m.touched[p]
        until = m.touched[p + 1, FROM] if p + 1 < touched else m.counts[SAVED]
        if until > one[FROM]:
            build(facts, w, m, one[OF], one[WAS], m.saved[one[FROM] : until])


@compiled
def change_of_routes(w: Work, m: Memory) -> Whole:
    """Return by how much the routes touched in this step cost more."""
    change: Whole = 0
    for p in range(m.counts[TOUCHED]):
        r = m.touched[p, OF]
        change -= m.touched[p, COST_WAS]
        if m.slots[r, PLACE] == NONE:
            change += w.routes[r, COST]
    return change


@compiled
def settle(facts: Facts, w: Work, m: Memory) -> None:
    """Write down what changed in a step that was taken."""
    for p in range(m.counts[TOUCHED]):
        r = m.touched[p, OF]
        if not m.slots[r, IS_CHANGED]:
            m.slots[r, IS_CHANGED] = 1
            m.slots[m.counts[CHANGED], CHANGED_LIST] = r
            m.counts[CHANGED] += 1
    for p in range(m.counts[QUEUED]):
        v = m.queue[p]
        place, waits = m.waiting[v, 1], w.links[v, TRIP] == NONE
        if waits == (place != NONE):
            continue
        if waits:
            m.waiting[m.counts[WAITING], 0], m.waiting[v, 1] = v, m.counts[WAITING]
            m.counts[WAITING] += 1
        else:
            m.counts[WAITING] -= 1
            moved = m.waiting[m.counts[WAITING], 0]
            m.waiting[place, 0], m.waiting[moved, 1] = moved, place
            m.waiting[v, 1] = NONE
        if facts.price[v] == REQUIRED:
            m.counts[SHORT] += 1 if waits else -1


@compiled
def raise_prices(facts: Facts, m: Memory) -> None:
    """Make required stops dearer that still wait, so that the search gives up more and more for them."""
    for p in range(m.counts[WAITING]):
        v = m.waiting[p, 0]
        if facts.price[v] == REQUIRED and m.price[v] < DEAREST:
            more = m.price[v] // 100 + 1
            m.price[v] += more
            m.counts[CURRENT] += more


@compiled
def keep(w: Work, m: Memory) -> None:
    """Copy the routes that differ from the best, and call them the best."""
    n, counts = w.links.shape[0] - 1, m.counts
    for p in range(counts[CHANGED]):
        r = m.slots[p, CHANGED_LIST]
        m.slots[r, IS_CHANGED] = 0
        m.best_routes[r, BEST_FIRST], m.best_routes[r, BEST_KIND] = n, w.routes[r, KIND]
        t = NONE if m.slots[r, PLACE] != NONE else w.routes[r, HEAD]
        last = n
        while t != NONE:
            v = w.trips[t, FIRST]
            while v != n:
                if last == n:
                    m.best_routes[r, BEST_FIRST] = v
                m.best[last, STOP] = v
                m.best[v, BEGINS] = 1 if v == w.trips[t, FIRST] else 0
                last, v = v, w.links[v, SUCC]
            t = w.trips[t, NEXT]
        m.best[last, STOP] = n
    counts[CHANGED] = 0
    counts[BEST], counts[BEST_SHORT] = counts[CURRENT], counts[SHORT]
