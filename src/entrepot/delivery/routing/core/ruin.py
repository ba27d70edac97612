"""Slack induction by string removals: take strings of near stops out of routes, put them back greedily, anneal.

Christiaens, J. and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle Routing Problems.
Transportation Science 54(2). Beside it: stops go back beside their nearest neighbours only, what does not fit waits at
a price, and a step that is not taken is undone move by move.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from entrepot.delivery.routing.core.chance import below, uniform
from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import FORBIDDEN, Ground, Ints, Whole, away
from entrepot.delivery.routing.core.memory import (
    BEFORE,
    BEST,
    BEST_SHORT,
    CURRENT,
    FREE,
    NOTED,
    OF,
    QUEUED,
    RUINED,
    SHORT,
    STEP,
    STOP,
    TAKEN,
    TOUCHED,
    WAITING,
    Memory,
    charge,
    insert,
    keep,
    raise_prices,
    real_cost,
    remove,
    settle,
)
from entrepot.delivery.routing.core.recreate import NO_PRICE, NOWHERE, best_place
from entrepot.delivery.routing.core.routes import (
    BROKEN,
    FIRST,
    LAST,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    cost,
    is_in_time,
    time,
)
from entrepot.delivery.routing.core.sorting import sort_by_key
from entrepot.delivery.routing.core.tables import AWAY, BULK, CLOSES, OPENS, REQUIRED, WIDTH, Stops
from entrepot.delivery.routing.core.timing import recall, time_gap, time_stop

SPLIT: Final = 0.5
"""Chance that a string is split round a part that stays; and that this part grows by one more stop."""

WAITING_TRIED: Final = 10

OPENED: Final = 0.2
"""Chance that the first stop that goes in opens a route at any price, while some wait at a prize: those that give a
route up one by one would not come back one by one."""


@compiled
def improve(
    ground: Ground, stops: Stops, s: Routes, b: Routes, m: Memory, iterations: int, temperature: float,
    mean_removed: float, longest: float, width: int, blink: float, extra: Whole,
) -> None:  # fmt: skip
    """Take so many steps of ruin and recreate from `s` at a temperature; the best is kept in `b`.

    A stop that waits costs `extra` beside its prize, which does not count where plans are compared with the best.
    """
    n, counts = s.links.shape[0] - 1, m.counts
    charge(stops, m, extra)
    for _ in range(iterations):
        counts[STEP] += 1
        counts[TOUCHED] = counts[NOTED] = 0
        seed = below(m.chance, n)
        if counts[SHORT] and uniform(m.chance) < SPLIT:
            seed = m.waiting[below(m.chance, counts[WAITING]), 0]
        change = _ruin(ground, stops, s, m, seed, mean_removed, longest)
        change -= _queue(stops, m, seed)
        slack = -temperature * math.log(uniform(m.chance) + 1e-300) - change
        is_opened = m.counts[WAITING] > m.counts[SHORT] and uniform(m.chance) < OPENED
        more = _recreate(ground, stops, s, m, width, blink, slack, is_opened)
        if more < slack and not _is_broken(stops, s, m):
            counts[CURRENT] += change + more
            settle(stops, s, m)
            if counts[SHORT] < counts[BEST_SHORT] or (
                counts[SHORT] == counts[BEST_SHORT] and real_cost(m) < counts[BEST]
            ):
                keep(s, b, m)
            if counts[SHORT]:
                raise_prices(stops, m)
        else:
            _undo(stops, s, m)


@compiled
def fill(ground: Ground, stops: Stops, s: Routes, b: Routes, m: Memory, order: Ints, width: int) -> None:
    """Put in all stops of an order that wait, and keep the outcome as the best."""
    m.counts[STEP] += 1
    m.counts[TOUCHED] = m.counts[QUEUED] = m.counts[NOTED] = 0
    for k in range(order.shape[0]):
        if s.links[order[k], ROUTE] < 0:
            m.queue[m.counts[QUEUED]] = order[k]
            m.counts[QUEUED] += 1
            m.counts[CURRENT] -= m.price[order[k]]
    m.counts[CURRENT] += _recreate(ground, stops, s, m, width, 0.0, np.inf, False)
    settle(stops, s, m)
    keep(s, b, m)


@compiled
def load_routes(ground: Ground, stops: Stops, s: Routes, b: Routes, m: Memory, row: Ints, ends: Ints) -> None:
    """Open routes of stops that wait, given end to end, and keep the outcome as the best."""
    begin: Whole = 0
    for k in range(ends.shape[0]):
        load_route(ground, stops, s, m, row, begin, ends[k])
        begin = ends[k]
    keep(s, b, m)


@compiled
def load_route(ground: Ground, stops: Stops, s: Routes, m: Memory, row: Ints, begin: Whole, end: Whole) -> bool:
    """Open a route of a piece of a row of stops that wait; nothing happens where it breaks a limit."""
    n = s.links.shape[0] - 1
    if not m.counts[FREE]:
        return False
    m.counts[STEP] += 1
    m.counts[TOUCHED] = 0
    r, before, fits_all = m.lists[m.counts[FREE] - 1, FREE], n, True
    for k in range(begin, end):
        insert(stops, s, m, row[k], r, before)
        before = row[k]
    for d in range(stops.capacity.shape[0]):
        fits_all = fits_all and s.load[r, d] <= stops.capacity[d]
    driving = cost(ground, s, r)
    if not fits_all or driving >= FORBIDDEN * ground.unit or (stops.is_timed and not time(ground, stops, s, r)):
        for k in range(begin, end):
            remove(stops, s, m, row[k])
        return False
    m.counts[CURRENT] += driving + stops.fixed
    for k in range(begin, end):
        m.queue[k - begin] = row[k]
        m.counts[CURRENT] -= m.price[row[k]]
    m.counts[QUEUED] = end - begin
    settle(stops, s, m)
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
    head = s.links[v, PRED]
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
            remove(stops, s, m, v)
        v = after
    if stops.is_timed:
        time_gap(ground, stops, s, m, r, head, s.ends[r, FIRST] if head == n else s.links[head, SUCC])
        if stay:
            time_gap(ground, stops, s, m, r, s.ends[r, LAST] if v == n else s.links[v, PRED], v)
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
    draw = below(m.chance, 17 if stops.is_timed else 11)
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
        elif draw < 13:
            m.key[k] = stops.ranks[v, WIDTH]
        elif draw < 15:
            m.key[k] = stops.ranks[v, OPENS]
        else:
            m.key[k] = -stops.ranks[v, CLOSES]
    sort_by_key(m.queue, m.key, m.counts[QUEUED])


@compiled
def _recreate(
    ground: Ground, stops: Stops, s: Routes, m: Memory, width: int, blink: float, slack: float, is_opened: bool
) -> Whole:
    """Put the queue in, each where it costs least, or leave it waiting at its price; return the change of cost.

    If `is_opened`, the first opens a route where it can, whatever that costs.

    As stops hardly ever make a route cheaper, it ends as soon as the slack is spent: the step will not be taken. Where
    taking strings out made the plan dearer, as backhauls may that are left alone, there is none to begin with.
    """
    n = s.links.shape[0] - 1
    change: Whole = 0
    for k in range(m.counts[QUEUED]):
        if change >= slack > 0.0:
            return change
        v = m.queue[k]
        limit = NO_PRICE if stops.price[v] == REQUIRED else m.price[v] + 1  # dearer ones are not even judged in time
        more, r, before = best_place(ground, stops, s, v, width, blink, m.chance, limit)
        must_open = is_opened and k == 0 and m.counts[FREE] > 0 and _may_go_alone(ground, stops, s, v)
        if m.counts[FREE]:
            alone = away(ground, n, v) + away(ground, v, n) + stops.fixed
            if must_open or (alone < more and _may_go_alone(ground, stops, s, v)):
                more, r, before = alone, m.lists[m.counts[FREE] - 1, FREE], n
        if r == NOWHERE or (more > m.price[v] and not must_open):
            change += m.price[v]
            continue
        insert(stops, s, m, v, r, before)
        change += more
        if stops.is_timed:
            time_stop(ground, stops, s, m, v)
    return change


@compiled
def _may_go_alone(ground: Ground, stops: Stops, s: Routes, v: Whole) -> bool:
    n = s.links.shape[0] - 1
    for d in range(stops.capacity.shape[0]):
        if stops.demand[v, d] > stops.capacity[d]:
            return False
    return not stops.is_timed or is_in_time(ground, stops, s, v, n, n)


@compiled
def _is_broken(stops: Stops, s: Routes, m: Memory) -> bool:
    """Tell whether a window is missed: taking a stop out can make a route later where the direct way is longer."""
    if stops.is_timed:
        for k in range(m.counts[TOUCHED]):
            if s.ends[m.lists[k, TOUCHED], BROKEN]:
                return True
    return False


@compiled
def _undo(stops: Stops, s: Routes, m: Memory) -> None:
    """Go back move by move, the last first, so that free routes come back in their order too."""
    for k in range(m.counts[QUEUED] - 1, -1, -1):
        if s.links[m.queue[k], ROUTE] >= 0:
            remove(stops, s, m, m.queue[k])
    for k in range(m.counts[TAKEN] - 1, -1, -1):
        insert(stops, s, m, m.taken[k, STOP], m.taken[k, OF], m.taken[k, BEFORE])
    if stops.is_timed:
        recall(s, m)
