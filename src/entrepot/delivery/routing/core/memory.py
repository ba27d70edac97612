"""What the search keeps beside the routes: which are free, touched and changed, what waits, and what was best."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.chance import State, seeded
from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import FORBIDDEN, Floats, Ints, Whole
from entrepot.delivery.routing.core.routes import BROKEN, FIRST, ROUTE, SIZE, SUCC, Routes, put_in, take_out
from entrepot.delivery.routing.core.tables import AWAY, REQUIRED, Stops

FREE, TOUCHED, CHANGED, WAITING, TAKEN, QUEUED, STEP, SHORT, BEST_SHORT, CURRENT, BEST, NOTED, EXTRA = range(13)
"""Places of `Memory.counts`: lengths of the lists; the step; required stops that wait; costs; stops in `past`; and what
a stop that waits costs now beside its prize."""

STOP, BEFORE, OF = range(3)
"""Columns of `Memory.taken`."""

RUINED, TOUCHED_AT, IS_CHANGED = range(3)
"""Columns of `Memory.marks`."""

NODE, WAS_EARLY, WAS_LATE, NOTED_AT = range(4)
"""Columns of `Memory.past`."""

DEAREST: Final = FORBIDDEN // 2
"""Prices end below the cost of an arc that must not be driven."""


class Memory(NamedTuple):
    """What the search keeps beside the routes.

    Parameters
    ----------
    counts : int array, shape (13,)
        By the names above.
    lists : int array, shape (n_routes, 3)
        Routes that are FREE, TOUCHED in this step, CHANGED since the best.
    marks : int array, shape (n_routes, 3)
        The step a route was RUINED in, the one it was TOUCHED_AT, whether it IS_CHANGED since the best.
    waiting : int array, shape (n + 1, 2)
        Stops no route visits; and by node its place among them, or -1, as of the depot.
    price : int array, shape (n,)
        What leaving a stop out costs now, beside its prize too.
    taken : int array, shape (n, 3)
        STOP, the node BEFORE it and the route it was taken out OF, in the order of this step.
    past : int array, shape (n, 4)
        NODEs whose times changed in this step, with their times before it; and by stop the step it was NOTED_AT.
    queue : int array, shape (n,)
        Stops to put in.
    key : float array, shape (n,)
        What the queue is sorted by.
    chance : uint64 array, shape (2,)
        State of the random numbers.
    """

    counts: Ints
    lists: Ints
    marks: Ints
    waiting: Ints
    price: Ints
    taken: Ints
    past: Ints
    queue: Ints
    key: Floats
    chance: State


def memory_of(stops: Stops, n_routes: int, seed: int) -> Memory:
    """Return the memory of a search before its first step: all routes are free, all stops wait."""
    n = len(stops.price)
    dear = 4 * int(stops.ranks[:, AWAY].max(initial=1.0)) + stops.fixed + 1
    memory = Memory(
        counts=np.zeros(13, np.int64),
        lists=np.zeros((n_routes, 3), np.int64),
        marks=np.zeros((n_routes, 3), np.int64),
        waiting=np.stack([np.append(np.arange(n), -1)] * 2, axis=1),
        price=np.where(stops.price == REQUIRED, dear, stops.price),
        taken=np.zeros((n, 3), np.int64),
        past=np.zeros((n, 4), np.int64),
        queue=np.zeros(n, np.int64),
        key=np.zeros(n),
        chance=seeded(seed),
    )
    memory.lists[:, FREE] = np.arange(n_routes)[::-1]
    memory.counts[FREE], memory.counts[WAITING] = n_routes, n
    memory.counts[SHORT] = memory.counts[BEST_SHORT] = int((stops.price == REQUIRED).sum())
    memory.counts[CURRENT] = memory.counts[BEST] = int(memory.price.sum())
    return memory


@compiled
def insert(stops: Stops, s: Routes, m: Memory, v: Whole, r: Whole, before: Whole) -> None:
    """Put a stop into a route; a free one must be the top of the list of the free."""
    if s.ends[r, SIZE] == 0:
        m.counts[FREE] -= 1
    put_in(stops, s, v, r, before)
    _touch(m, r)


@compiled
def remove(stops: Stops, s: Routes, m: Memory, v: Whole) -> None:
    """Take a stop out of its route, which is free when it was the last."""
    r = s.links[v, ROUTE]
    take_out(stops, s, v)
    if s.ends[r, SIZE] == 0:
        m.lists[m.counts[FREE], FREE] = r
        m.counts[FREE] += 1
        s.ends[r, BROKEN] = 0
    _touch(m, r)


@compiled
def _touch(m: Memory, r: Whole) -> None:
    if m.marks[r, TOUCHED_AT] != m.counts[STEP]:
        m.marks[r, TOUCHED_AT] = m.counts[STEP]
        m.lists[m.counts[TOUCHED], TOUCHED] = r
        m.counts[TOUCHED] += 1


@compiled
def settle(stops: Stops, s: Routes, m: Memory) -> None:
    """Write down what changed in a step that was taken."""
    for k in range(m.counts[TOUCHED]):
        r = m.lists[k, TOUCHED]
        if not m.marks[r, IS_CHANGED]:
            m.marks[r, IS_CHANGED] = 1
            m.lists[m.counts[CHANGED], CHANGED] = r
            m.counts[CHANGED] += 1
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        place, waits = m.waiting[v, 1], s.links[v, ROUTE] < 0
        if waits == (place >= 0):
            continue
        if waits:
            m.waiting[m.counts[WAITING], 0], m.waiting[v, 1] = v, m.counts[WAITING]
            m.counts[WAITING] += 1
        else:
            m.counts[WAITING] -= 1
            moved = m.waiting[m.counts[WAITING], 0]
            m.waiting[place, 0], m.waiting[moved, 1] = moved, place
            m.waiting[v, 1] = -1
        if stops.price[v] == REQUIRED:
            m.counts[SHORT] += 1 if waits else -1


@compiled
def raise_prices(stops: Stops, m: Memory) -> None:
    """Make required stops dearer that still wait, so that the search gives up more and more for them."""
    for k in range(m.counts[WAITING]):
        v = m.waiting[k, 0]
        if stops.price[v] == REQUIRED and m.price[v] < DEAREST:
            more = m.price[v] // 100 + 1
            m.price[v] += more
            m.counts[CURRENT] += more


@compiled
def charge(stops: Stops, m: Memory, extra: Whole) -> None:
    """Let each stop that may be left out cost so much beside its prize while it waits."""
    more = extra - m.counts[EXTRA]
    if not more:
        return
    for v in range(stops.price.shape[0]):
        if stops.price[v] != REQUIRED:
            m.price[v] += more
    m.counts[CURRENT] += more * (m.counts[WAITING] - m.counts[SHORT])
    m.counts[EXTRA] = extra


@compiled
def real_cost(m: Memory) -> Whole:
    """Return what the routes now cost, without what stops that wait cost beside their prizes."""
    total: Whole = m.counts[CURRENT] - m.counts[EXTRA] * (m.counts[WAITING] - m.counts[SHORT])
    return total


@compiled
def keep(s: Routes, b: Routes, m: Memory) -> None:
    """Copy the routes that differ from the best, and call them the best."""
    n, counts = s.links.shape[0] - 1, m.counts
    for k in range(counts[CHANGED]):
        r = m.lists[k, CHANGED]
        m.marks[r, IS_CHANGED] = 0
        b.ends[r, FIRST], b.ends[r, SIZE] = s.ends[r, FIRST], s.ends[r, SIZE]
        v = s.ends[r, FIRST]
        while v != n:
            b.links[v, SUCC] = s.links[v, SUCC]
            v = s.links[v, SUCC]
    counts[CHANGED] = 0
    counts[BEST], counts[BEST_SHORT] = real_cost(m), counts[SHORT]
