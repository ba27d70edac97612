"""Ruin and recreate on rich problems: strings of near stops out of trips, back greedily, kinds of vehicles chosen anew.

Christiaens, J. and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle Routing Problems.
Transportation Science 54(2).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from entrepot.delivery.routing.core.chance import below, uniform
from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.fleet.memory import (
    BEGINS,
    BEST,
    BEST_SHORT,
    CURRENT,
    FREE,
    FREE_ROUTES,
    FREE_TRIPS,
    OF,
    PLACE,
    QUEUED,
    RUINED,
    SHORT,
    STEP,
    TOUCHED,
    WAITING,
    Memory,
    begin_step,
    build,
    change_of_routes,
    empty,
    insert,
    keep,
    open_route,
    open_trip,
    raise_prices,
    remove,
    set_kind,
    settle,
    undo,
)
from entrepot.delivery.routing.core.fleet.places import NEW, best_place
from entrepot.delivery.routing.core.fleet.tables import (
    BY_TIME,
    COUNT,
    END,
    FIXED,
    MOST_STOPS,
    NEVER,
    SIBLINGS,
    START,
    UNIT,
    Facts,
)
from entrepot.delivery.routing.core.fleet.trips import (
    COST,
    DISTANCE,
    DURATION,
    FIRST,
    HEAD,
    IS_BROKEN,
    KIND,
    LAST,
    MAY,
    NEXT,
    NONE,
    PRED,
    ROUTE,
    SIZE,
    STOPS,
    SUCC,
    TRIP,
    TRIPS,
    Work,
    tell_route,
    tell_trip,
)
from entrepot.delivery.routing.core.ground import Ints, Whole, away
from entrepot.delivery.routing.core.sorting import sort_by_key
from entrepot.delivery.routing.core.tables import AWAY, BULK, CLOSES, OPENS, WIDTH

SPLIT: Final = 0.5
"""Chance that a string is split round a part that stays; and that this part grows by one more stop."""

CHOOSY: Final = 0.5
"""Chance that strings are taken only out of routes whose kind of vehicle may visit the stop they are near."""

WAITING_TRIED: Final = 10

GAMBLE: Final = 0.03
"""Chance that a stop goes in although that costs more than its price: the next ones may go with it. And that a route
keeps a kind of vehicle that is not its cheapest."""


@compiled
def improve(
    facts: Facts, w: Work, m: Memory, iterations: int, temperature: float,
    mean_removed: float, longest: float, width: int, blink: float,
) -> None:  # fmt: skip
    """Take so many steps of ruin and recreate at a temperature; the best is kept."""
    n, counts = w.links.shape[0] - 1, m.counts
    for _ in range(iterations):
        begin_step(m)
        seed = below(m.chance, n)
        if counts[SHORT] and uniform(m.chance) < SPLIT:
            seed = m.waiting[below(m.chance, counts[WAITING]), 0]
        _ruin(facts, w, m, seed, mean_removed, longest)
        tried = _queue(facts, m, seed)
        slack = -temperature * math.log(uniform(m.chance) + 1e-300) - tried
        waits = _recreate(facts, w, m, width, blink, slack - change_of_routes(w, m))
        change = waits + change_of_routes(w, m)
        if change < slack and not _is_broken(w, m):
            counts[CURRENT] += change + tried
            settle(facts, w, m)
            if counts[SHORT] < counts[BEST_SHORT] or (
                counts[SHORT] == counts[BEST_SHORT] and counts[CURRENT] < counts[BEST]
            ):
                keep(w, m)
            if counts[SHORT]:
                raise_prices(facts, m)
        else:
            undo(facts, w, m)


@compiled
def fill(facts: Facts, w: Work, m: Memory, order: Ints, width: int) -> None:
    """Put in all stops of an order that wait, each a step of its own, and keep the outcome as the best."""
    for p in range(order.shape[0]):
        v = order[p]
        if w.links[v, TRIP] == NONE:
            begin_step(m)
            m.queue[0], m.counts[QUEUED] = v, 1
            change = _recreate(facts, w, m, width, 0.0, np.inf) - m.price[v]
            change += change_of_routes(w, m)
            if _is_broken(w, m):
                undo(facts, w, m)
            else:
                m.counts[CURRENT] += change
                settle(facts, w, m)
    keep(w, m)


@compiled
def load_route(facts: Facts, w: Work, m: Memory, k: Whole, sequence: Ints) -> bool:
    """Open a route of given stops that wait (rows are STOP, BEGINS); nothing happens where it breaks a limit."""
    n_trips: Whole = 0
    for p in range(sequence.shape[0]):
        n_trips += sequence[p, BEGINS]
    if not m.counts[FREE_ROUTES] or m.used[k] >= facts.kinds[k, COUNT] or m.counts[FREE_TRIPS] < n_trips:
        return False
    begin_step(m)
    r = m.slots[m.counts[FREE_ROUTES] - 1, FREE]
    build(facts, w, m, r, k, sequence)
    is_kept = not w.routes[r, IS_BROKEN] and w.routes[r, STOPS] <= facts.kinds[k, MOST_STOPS]
    if not is_kept or not _carries(facts, w, r, k):
        empty(w, m, r)
        return False
    m.counts[CURRENT] += w.routes[r, COST]
    for p in range(sequence.shape[0]):
        m.queue[p] = sequence[p, 0]
        m.counts[CURRENT] -= m.price[sequence[p, 0]]
    m.counts[QUEUED] = sequence.shape[0]
    settle(facts, w, m)
    return True


@compiled
def _carries(facts: Facts, w: Work, r: Whole, k: Whole) -> bool:
    """Tell whether a kind may visit all stops of a route and carry the load of its trips."""
    half, n, t = facts.demand.shape[1] // 2, w.links.shape[0] - 1, w.routes[r, HEAD]
    while t != NONE:
        if not (w.trips[t, MAY] >> k) & 1:
            return False
        for d in range(facts.capacity.shape[1]):
            if w.load[t, d] > facts.capacity[k, d]:
                return False
            last = w.trips[t, LAST]
            if facts.is_mixed and d < half and last != n and w.board[last, d] > facts.capacity[k, d]:
                return False
        t = w.trips[t, NEXT]
    return True


@compiled
def _ruin(facts: Facts, w: Work, m: Memory, seed: Whole, mean_removed: float, longest: float) -> None:
    """Take strings out of trips near a stop, and line them up in the queue.

    Half of the time only out of routes whose kind may visit it: the others have nothing to exchange with its own.
    """
    n_used = w.trips.shape[0] - m.counts[FREE_TRIPS]
    if n_used == 0:
        return
    most = min(longest, (w.links.shape[0] - 1 - m.counts[WAITING]) / n_used)
    n_strings = int(uniform(m.chance) * (4.0 * mean_removed / (1.0 + most) - 1.0) + 1.0)
    is_choosy, done = uniform(m.chance) < CHOOSY, 0
    for p in range(-1, facts.near.shape[1]):
        if done == n_strings:
            return
        c = seed if p < 0 else facts.near[seed, p] * 1
        t = w.links[c, TRIP]
        if t == NONE or m.trips[t, RUINED] == m.counts[STEP]:
            continue
        r = w.trips[t, ROUTE]
        if is_choosy and not (facts.allowed[seed] >> w.routes[r, KIND]) & 1:
            continue
        m.trips[t, RUINED] = m.counts[STEP]
        _take_string(facts, w, m, c, most)
        done += 1
        if w.trips[t, SIZE] > 0:
            tell_trip(facts, w, t)
        if m.slots[r, PLACE] == NONE:
            tell_route(facts, w, r)


@compiled
def _take_string(facts: Facts, w: Work, m: Memory, c: Whole, most: float) -> None:
    """Take out a string round stop `c`, half of the time split round a part that stays."""
    size, stay = w.trips[w.links[c, TRIP], SIZE], 0
    many = min(int(uniform(m.chance) * min(float(size), most) + 1.0), size)
    if 1 < many < size and uniform(m.chance) < SPLIT:
        while many + stay < size and uniform(m.chance) > SPLIT:
            stay += 1
    v = _string_start(w, m, c, many + stay)
    stays_from = 1 + below(m.chance, many - 1) if stay else many
    for p in range(many + stay):
        after = w.links[v, SUCC]
        if p < stays_from or p >= stays_from + stay:
            m.queue[m.counts[QUEUED]] = v
            m.counts[QUEUED] += 1
            remove(facts, w, m, v)
        v = after


@compiled
def _string_start(w: Work, m: Memory, c: Whole, total: Whole) -> Whole:
    """Draw where a string of `total` stops begins that includes stop `c`."""
    n, back, v = w.links.shape[0] - 1, 0, c
    while back < total - 1 and w.links[v, PRED] != n:
        v = w.links[v, PRED]
        back += 1
    on, v = 0, c
    while on < total - 1 and w.links[v, SUCC] != n:
        v = w.links[v, SUCC]
        on += 1
    least = max(0, total - 1 - on)
    v = c
    for _ in range(least + below(m.chance, back - least + 1)):
        v = w.links[v, PRED]
    return v


@compiled
def _queue(facts: Facts, m: Memory, seed: Whole) -> Whole:
    """Line up some stops that wait near by too, sort all in a random kind of order; return minus the price of those."""
    taken = queued = m.counts[QUEUED]
    if m.counts[WAITING] <= WAITING_TRIED:
        for p in range(m.counts[WAITING]):
            m.queue[queued] = m.waiting[p, 0]
            queued += 1
    else:
        for p in range(-1, facts.near.shape[1]):
            v = seed if p < 0 else facts.near[seed, p] * 1
            if m.waiting[v, 1] != NONE and queued < taken + WAITING_TRIED:
                m.queue[queued] = v
                queued += 1
    change: Whole = 0
    for p in range(taken, queued):
        change -= m.price[m.queue[p]]
    m.counts[QUEUED] = queued
    _sort(facts, m)
    return change


@compiled
def _sort(facts: Facts, m: Memory) -> None:
    draw = below(m.chance, 17 if facts.is_timed else 11)
    for p in range(m.counts[QUEUED]):
        v = m.queue[p]
        if draw < 4:
            m.key[p] = uniform(m.chance)
        elif draw < 8:
            m.key[p] = -facts.ranks[v, BULK]
        elif draw < 10:
            m.key[p] = -facts.ranks[v, AWAY]
        elif draw < 11:
            m.key[p] = facts.ranks[v, AWAY]
        elif draw < 13:
            m.key[p] = facts.ranks[v, WIDTH]
        elif draw < 15:
            m.key[p] = facts.ranks[v, OPENS]
        else:
            m.key[p] = -facts.ranks[v, CLOSES]
    sort_by_key(m.queue, m.key, m.counts[QUEUED])


@compiled
def _recreate(facts: Facts, w: Work, m: Memory, width: int, blink: float, slack: float) -> Whole:
    """Put the queue in, each where it costs least, or leave it waiting; return the price of what waits.

    It returns NEVER as soon as that and what the places cost spend the slack: the step will not be taken, as stops
    hardly ever make a route cheaper. Another kind of vehicle may, so where kinds differ in cost it goes on to the end;
    and where taking strings out made the plan dearer, as forbidden ways may, there is no slack to begin with.
    """
    price: Whole = 0
    bar = NEVER if slack >= NEVER or slack <= 0.0 or not facts.is_even else np.int64(slack) + 1
    for p in range(m.counts[QUEUED]):
        v = m.queue[p]
        place = best_place(facts, w, m, v, width, blink, bar)
        is_nowhere = place.kind == NONE
        if is_nowhere or (place.cost > m.price[v] and uniform(m.chance) >= GAMBLE):
            price += m.price[v]
            if bar < NEVER:
                bar -= m.price[v]
                if bar <= 0:
                    return NEVER
            continue
        if bar < NEVER:
            bar -= place.cost
        n, t, before = w.links.shape[0] - 1, place.trip, place.before
        if place.route == NEW:
            t = open_route(w, m, m.slots[m.counts[FREE_ROUTES] - 1, FREE], place.kind)
        elif place.trip == NEW:
            t, before = open_trip(w, m, place.route, place.before), n
        elif place.kind != w.routes[place.route, KIND]:
            set_kind(facts, w, m, place.route, place.kind)
        insert(facts, w, m, v, t, before)
    if facts.kinds.shape[0] > 1:
        for p in range(m.counts[TOUCHED]):
            if m.slots[m.touched[p, OF], PLACE] == NONE and uniform(m.chance) >= GAMBLE:
                _choose_kind(facts, w, m, m.touched[p, OF])
    return price


@compiled
def _choose_kind(facts: Facts, w: Work, m: Memory, r: Whole) -> None:
    """Let another kind drive a route where that is cheaper and breaks nothing."""
    kinds = facts.kinds
    for q in range(kinds.shape[0]):
        k, cost = w.routes[r, KIND], w.routes[r, COST]
        if q == k or m.used[q] >= kinds[q, COUNT] or w.routes[r, STOPS] > kinds[q, MOST_STOPS]:
            continue
        if w.routes[r, TRIPS] > 1 and not (kinds[k, SIBLINGS] >> q) & 1:
            continue
        driven = w.routes[r, DISTANCE] + _ends(facts, w, r, q) - _ends(facts, w, r, k)
        hoped = kinds[q, FIXED] + kinds[q, UNIT] * driven + kinds[q, BY_TIME] * w.routes[r, DURATION]
        if hoped < cost and _carries(facts, w, r, q):
            set_kind(facts, w, m, r, q)
            if w.routes[r, IS_BROKEN] or w.routes[r, COST] >= cost:
                set_kind(facts, w, m, r, k)


@compiled
def _ends(facts: Facts, w: Work, r: Whole, k: Whole) -> Whole:
    """Return how far a route of one trip drives from and to the depots of a kind."""
    t = w.routes[r, HEAD]
    start, end = facts.kinds[k, START], facts.kinds[k, END]
    return away(facts.ground, start, w.trips[t, FIRST]) + away(facts.ground, w.trips[t, LAST], end)


@compiled
def _is_broken(w: Work, m: Memory) -> bool:
    """Tell whether a touched route misses a limit: without a stop it can be longer where the direct way is."""
    for p in range(m.counts[TOUCHED]):
        r = m.touched[p, OF]
        if m.slots[r, PLACE] == NONE and w.routes[r, IS_BROKEN]:
            return True
    return False
