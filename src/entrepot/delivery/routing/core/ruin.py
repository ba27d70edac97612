"""Slack induction by string removals: take strings of near stops out of routes, put them back greedily, anneal.

Christiaens, J. and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle Routing Problems.
Transportation Science 54(2). Beside it: stops go back beside their nearest neighbours only, what does not fit waits at
a price, and a step that is not taken is undone move by move.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.core.chance import State, below, seeded, uniform
from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.recreate import NOWHERE, best_place
from entrepot.delivery.routing.core.routes import (
    BROKEN,
    FIRST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    cost,
    is_in_time,
    put_in,
    take_out,
    time,
)
from entrepot.delivery.routing.core.tables import (
    AWAY,
    BULK,
    FORBIDDEN,
    REQUIRED,
    WIDTH,
    Floats,
    Ground,
    Ints,
    Stops,
    Whole,
    away,
)

FREE, TOUCHED, CHANGED, WAITING, TAKEN, QUEUED, STEP, SHORT, BEST_SHORT, CURRENT, BEST = range(11)
"""Places of `Memory.counts`: lengths of the lists; the step; required stops that wait; costs."""

STOP, BEFORE, OF = range(3)
"""Columns of `Memory.taken`."""

RUINED, TOUCHED_AT, IS_CHANGED = range(3)
"""Columns of `Memory.marks`."""

SPLIT: Final = 0.5
"""Chance that a string is split round a part that stays; and that this part grows by one more stop."""

WAITING_TRIED: Final = 10
DEAREST: Final = 2**50


class Memory(NamedTuple):
    """What the search keeps beside the routes.

    Parameters
    ----------
    counts : int array, shape (11,)
        By the names above.
    lists : int array, shape (n_routes, 3)
        Routes that are FREE, TOUCHED in this step, CHANGED since the best.
    marks : int array, shape (n_routes, 3)
        The step a route was RUINED in, the one it was TOUCHED_AT, whether it IS_CHANGED since the best.
    waiting : int array, shape (n, 2)
        Stops no route visits; and by stop its place among them, or -1.
    price : int array, shape (n,)
        What leaving a stop out costs now.
    taken : int array, shape (n, 3)
        STOP, the node BEFORE it and the route it was taken out OF, in the order of this step.
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
    queue: Ints
    key: Floats
    chance: State


def memory_of(stops: Stops, n_routes: int, seed: int) -> Memory:
    """Return the memory of a search before its first step: all routes are free, all stops wait."""
    n = len(stops.price)
    dear = 4 * int(stops.ranks[:, AWAY].max(initial=1.0)) + stops.fixed + 1
    memory = Memory(
        counts=np.zeros(11, np.int64),
        lists=np.zeros((n_routes, 3), np.int64),
        marks=np.zeros((n_routes, 3), np.int64),
        waiting=np.stack([np.arange(n), np.arange(n)], axis=1),
        price=np.where(stops.price == REQUIRED, dear, stops.price),
        taken=np.zeros((n, 3), np.int64),
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
def improve(
    ground: Ground, stops: Stops, s: Routes, b: Routes, m: Memory, iterations: int, temperature: float,
    mean_removed: float, longest: float, width: int, blink: float,
) -> None:  # fmt: skip
    """Take so many steps of ruin and recreate from `s` at a temperature; the best is kept in `b`."""
    n, counts = s.links.shape[0] - 1, m.counts
    for _ in range(iterations):
        counts[STEP] += 1
        counts[TOUCHED] = 0
        seed = below(m.chance, n)
        if counts[SHORT] and uniform(m.chance) < SPLIT:
            seed = m.waiting[below(m.chance, counts[WAITING]), 0]
        change = _ruin(ground, stops, s, m, seed, mean_removed, longest)
        change -= _queue(stops, m, seed)
        change += _recreate(ground, stops, s, m, width, blink)
        bar = counts[CURRENT] - temperature * math.log(uniform(m.chance) + 1e-300)
        if counts[CURRENT] + change < bar and not _is_broken(stops, s, m):
            counts[CURRENT] += change
            _take(stops, s, m)
            if counts[SHORT] < counts[BEST_SHORT] or (
                counts[SHORT] == counts[BEST_SHORT] and counts[CURRENT] < counts[BEST]
            ):
                keep(s, b, m)
            if counts[SHORT]:
                _raise_prices(stops, m)
        else:
            _undo(ground, stops, s, m)


@compiled
def fill(ground: Ground, stops: Stops, s: Routes, b: Routes, m: Memory, order: Ints, width: int) -> None:
    """Put in all stops of an order that wait, and keep the outcome as the best."""
    m.counts[STEP] += 1
    m.counts[TOUCHED] = m.counts[QUEUED] = 0
    for k in range(order.shape[0]):
        if s.links[order[k], ROUTE] < 0:
            m.queue[m.counts[QUEUED]] = order[k]
            m.counts[QUEUED] += 1
            m.counts[CURRENT] -= m.price[order[k]]
    m.counts[CURRENT] += _recreate(ground, stops, s, m, width, 0.0)
    _take(stops, s, m)
    keep(s, b, m)


@compiled
def load_route(ground: Ground, stops: Stops, s: Routes, m: Memory, route: Ints) -> bool:
    """Open a route of given stops that wait; nothing happens where it breaks a limit."""
    n = s.links.shape[0] - 1
    if not m.counts[FREE]:
        return False
    m.counts[STEP] += 1
    m.counts[TOUCHED] = 0
    r, before, fits_all = m.lists[m.counts[FREE] - 1, FREE], n, True
    for k in range(route.shape[0]):
        _insert(stops, s, m, route[k], r, before)
        before = route[k]
    for d in range(stops.capacity.shape[0]):
        fits_all = fits_all and s.load[r, d] <= stops.capacity[d]
    driving = cost(ground, s, r)
    if not fits_all or driving >= FORBIDDEN * ground.unit or (stops.is_timed and not time(ground, stops, s, r)):
        for k in range(route.shape[0]):
            _remove(stops, s, m, route[k])
        return False
    m.counts[CURRENT] += driving + stops.fixed
    for k in range(route.shape[0]):
        m.queue[k] = route[k]
        m.counts[CURRENT] -= m.price[route[k]]
    m.counts[QUEUED] = route.shape[0]
    _take(stops, s, m)
    return True


@compiled
def _ruin(
    ground: Ground, stops: Stops, s: Routes, m: Memory, seed: Whole, mean_removed: float, longest: float
) -> Whole:
    """Take strings out of routes near a stop; return the change of cost."""
    m.counts[TAKEN] = 0
    n_used = s.ends.shape[0] - m.counts[FREE]
    if n_used == 0:
        return 0
    most = min(longest, (s.links.shape[0] - 1 - m.counts[WAITING]) / n_used)
    n_strings = int(uniform(m.chance) * (4.0 * mean_removed / (1.0 + most) - 1.0) + 1.0)
    change: Whole = 0
    done, k = 0, -1
    while done < n_strings and k < stops.near.shape[1]:
        c = seed if k < 0 else np.int64(stops.near[seed, k])
        r = s.links[c, ROUTE]
        if r >= 0 and m.marks[r, RUINED] != m.counts[STEP]:
            m.marks[r, RUINED] = m.counts[STEP]
            change += _take_string(ground, stops, s, m, c, most)
            done += 1
            if stops.is_timed:
                time(ground, stops, s, r)
        k += 1
    return change


@compiled
def _take_string(ground: Ground, stops: Stops, s: Routes, m: Memory, c: Whole, most: float) -> Whole:
    """Take out a string round stop `c`, half of the time split round a part that stays; return the change of cost."""
    n, r = s.links.shape[0] - 1, s.links[c, ROUTE]
    size, stay = s.ends[r, SIZE], 0
    many = min(int(uniform(m.chance) * min(float(size), most) + 1.0), size)
    if 1 < many < size and uniform(m.chance) < SPLIT:
        while many + stay < size and uniform(m.chance) > SPLIT:
            stay += 1
    v = _string_start(s, m, c, many + stay)
    stays_from = 1 + below(m.chance, many - 1) if stay else many
    change: Whole = 0
    for k in range(many + stay):
        after = s.links[v, SUCC]
        if k < stays_from or k >= stays_from + stay:
            before, place = s.links[v, PRED], m.counts[TAKEN]
            change += away(ground, before, after) if before != n or after != n else -stops.fixed
            change -= away(ground, before, v) + away(ground, v, after)
            m.taken[place, STOP], m.taken[place, BEFORE], m.taken[place, OF] = v, before, r
            m.counts[TAKEN] += 1
            _remove(stops, s, m, v)
        v = after
    return change


@compiled
def _string_start(s: Routes, m: Memory, c: Whole, total: Whole) -> Whole:
    """Draw where a string of `total` stops begins that includes stop `c`."""
    n, back, v = s.links.shape[0] - 1, 0, c
    while back < total - 1 and s.links[v, PRED] != n:
        v = s.links[v, PRED]
        back += 1
    on, v = 0, c
    while on < total - 1 and s.links[v, SUCC] != n:
        v = s.links[v, SUCC]
        on += 1
    least = max(0, total - 1 - on)
    v = c
    for _ in range(least + below(m.chance, back - least + 1)):
        v = s.links[v, PRED]
    return v


@compiled
def _queue(stops: Stops, m: Memory, seed: Whole) -> Whole:
    """Line up what was taken and some that wait near by, in a random kind of order; return the price of those."""
    for k in range(m.counts[TAKEN]):
        m.queue[k] = m.taken[k, STOP]
    queued = m.counts[TAKEN]
    if m.counts[WAITING] <= WAITING_TRIED:
        for k in range(m.counts[WAITING]):
            m.queue[queued] = m.waiting[k, 0]
            queued += 1
    else:
        for k in range(-1, stops.near.shape[1]):
            v = seed if k < 0 else np.int64(stops.near[seed, k])
            if m.waiting[v, 1] >= 0 and queued < m.counts[TAKEN] + WAITING_TRIED:
                m.queue[queued] = v
                queued += 1
    price: Whole = 0
    for k in range(m.counts[TAKEN], queued):
        price += m.price[m.queue[k]]
    m.counts[QUEUED] = queued
    _sort(stops, m)
    return price


@compiled
def _sort(stops: Stops, m: Memory) -> None:
    draw = below(m.chance, 13 if stops.is_timed else 11)
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        if draw < 4:
            m.key[k] = uniform(m.chance)
        elif draw < 8:
            m.key[k] = -stops.ranks[v, BULK]
        elif draw < 10:
            m.key[k] = -stops.ranks[v, AWAY]
        elif draw < 11:
            m.key[k] = stops.ranks[v, AWAY]
        else:
            m.key[k] = stops.ranks[v, WIDTH]
    for k in range(1, m.counts[QUEUED]):
        key, v, p = m.key[k], m.queue[k], k - 1
        while p >= 0 and m.key[p] > key:
            m.key[p + 1], m.queue[p + 1] = m.key[p], m.queue[p]
            p -= 1
        m.key[p + 1], m.queue[p + 1] = key, v


@compiled
def _recreate(ground: Ground, stops: Stops, s: Routes, m: Memory, width: int, blink: float) -> Whole:
    """Put the queue in, each where it costs least, or leave it waiting at its price; return the change of cost."""
    n = s.links.shape[0] - 1
    change: Whole = 0
    for k in range(m.counts[QUEUED]):
        v = m.queue[k]
        more, r, before = best_place(ground, stops, s, v, width, blink, m.chance)
        if m.counts[FREE]:
            alone = away(ground, n, v) + away(ground, v, n) + stops.fixed
            if alone < more and _may_go_alone(ground, stops, s, v):
                more, r, before = alone, m.lists[m.counts[FREE] - 1, FREE], n
        if r == NOWHERE or more > m.price[v]:
            change += m.price[v]
            continue
        _insert(stops, s, m, v, r, before)
        change += more
        if stops.is_timed:
            time(ground, stops, s, r)
    return change


@compiled
def _may_go_alone(ground: Ground, stops: Stops, s: Routes, v: Whole) -> bool:
    n = s.links.shape[0] - 1
    for d in range(stops.capacity.shape[0]):
        if stops.demand[v, d] > stops.capacity[d]:
            return False
    return not stops.is_timed or is_in_time(ground, stops, s, v, n, n)


@compiled
def _insert(stops: Stops, s: Routes, m: Memory, v: Whole, r: Whole, before: Whole) -> None:
    if s.ends[r, SIZE] == 0:
        m.counts[FREE] -= 1
    put_in(stops, s, v, r, before)
    _touch(m, r)


@compiled
def _remove(stops: Stops, s: Routes, m: Memory, v: Whole) -> None:
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
def _is_broken(stops: Stops, s: Routes, m: Memory) -> bool:
    """Tell whether a window is missed: taking a stop out can make a route later where the direct way is longer."""
    if stops.is_timed:
        for k in range(m.counts[TOUCHED]):
            if s.ends[m.lists[k, TOUCHED], BROKEN]:
                return True
    return False


@compiled
def _take(stops: Stops, s: Routes, m: Memory) -> None:
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
def _raise_prices(stops: Stops, m: Memory) -> None:
    """Make required stops dearer that still wait, so that the search gives up more and more for them."""
    for k in range(m.counts[WAITING]):
        v = m.waiting[k, 0]
        if stops.price[v] == REQUIRED and m.price[v] < DEAREST:
            more = m.price[v] // 100 + 1
            m.price[v] += more
            m.counts[CURRENT] += more


@compiled
def _undo(ground: Ground, stops: Stops, s: Routes, m: Memory) -> None:
    """Go back move by move, the last first, so that free routes come back in their order too."""
    for k in range(m.counts[QUEUED] - 1, -1, -1):
        if s.links[m.queue[k], ROUTE] >= 0:
            _remove(stops, s, m, m.queue[k])
    for k in range(m.counts[TAKEN] - 1, -1, -1):
        _insert(stops, s, m, m.taken[k, STOP], m.taken[k, OF], m.taken[k, BEFORE])
    if stops.is_timed:
        for k in range(m.counts[TOUCHED]):
            time(ground, stops, s, m.lists[k, TOUCHED])


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
    counts[BEST], counts[BEST_SHORT] = counts[CURRENT], counts[SHORT]
