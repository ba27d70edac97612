"""Slack induction by string removals under traffic: take strings of near stops out, put them back greedily, anneal.

Christiaens, J. and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle Routing Problems.
Transportation Science 54(2). Beside it: stops go back beside near stops only, where the route's duration grows
least, and what fits nowhere waits at its price.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.clocks import Clocks, tell_time
from entrepot.delivery.routing.clock.memory import (
    BEST,
    CURRENT,
    QUEUED,
    RUINED,
    STEP,
    WAITING,
    Memory,
    accept,
    change,
    note_best,
    price_of_waiting,
    queue,
    save,
    undo,
)
from entrepot.delivery.routing.clock.recreate import FEW, recreate
from entrepot.delivery.routing.clock.roads import Roads
from entrepot.delivery.routing.clock.routes import (
    AGAIN,
    FIRST,
    KIND,
    PRED,
    ROUTE,
    SIZE,
    SUCC,
    Routes,
    is_one_load,
    may_begin,
    take_out,
    weigh,
)
from entrepot.delivery.routing.clock.tables import AWAY, BULK, CLOSE, EITHER, OPEN, WIDTH, Stops
from entrepot.delivery.routing.core.chance import below, uniform
from entrepot.delivery.routing.core.compiled import compiled, inner
from entrepot.delivery.routing.core.sorting import sort_by_key

REMOVED: Final = 10
"""How many stops are taken out of the routes in a step, about."""

LONGEST_STRING: Final = 10
SPLIT: Final = 0.5
"""Chance that a string is split round a part that stays; and that this part grows by one more stop."""

BLINK: Final = 0.01
"""Chance that a place is overlooked."""

BLINK_OF_FEW: Final = 0.2
"""The same of few stops: the cheapest place of the first may leave the last without any."""

UNITED: Final = 0.5
"""Chance that two trips which one load would do for become one: apart they may be loaded at different times."""

EITHER_GOES: Final = 0.5
"""Chance that of two reloads between which no stop is left the first goes."""

WAITING_TRIED: Final = 10
NOTHING: Final = 1e-6
"""A gain that is one of rounding only."""


@compiled
def improve(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, iterations: int, temperature: float) -> None:
    """Take so many steps at a temperature; the first one of all ruins nothing and puts in all that waits.

    Parameters
    ----------
    roads, stops, s, c, m
        The problem; routes, clocks and memory change in place.
    iterations : int
        How many steps.
    temperature : float
        Of the annealing, in units of cost.
    """
    blink = BLINK_OF_FEW if stops.price.shape[0] <= FEW else BLINK
    for _ in range(iterations):
        m.counts[STEP] += 1
        is_first = m.counts[STEP] == 1
        before = price_of_waiting(stops, m)
        m.counts[QUEUED] = 0
        if not is_first:
            _ruin(roads, stops, s, c, m)
        _call_waiting(m, m.counts[WAITING] if is_first else WAITING_TRIED)
        _order(stops, m, is_first)
        uncalled = m.counts[WAITING]
        recreate(roads, stops, s, c, m, 0.0 if is_first else blink)
        more = change(stops, s, m) + price_of_waiting(stops, m) - before
        allowed = np.inf if is_first else -temperature * math.log(1.0 - uniform(m.chance))
        if more < allowed:
            m.costs[CURRENT] += more
            accept(stops, s, c, m)
            if m.costs[CURRENT] < m.costs[BEST] - NOTHING:
                m.costs[BEST] = m.costs[CURRENT]
                note_best(s, m)
        else:
            undo(stops, s, c, m, uncalled)


@inner
def _ruin(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory) -> None:
    """Take strings out of routes near a stop drawn by chance, and queue their stops."""
    n = stops.price.shape[0]
    n_routes = max(s.used[s.used.shape[0] - 1], 1)
    longest = float(LONGEST_STRING)
    if n > FEW:  # of few stops whole routes go, so that another kind of vehicle may drive them from another depot
        longest = min(longest, max((n - m.counts[WAITING]) / n_routes, 1.0))
    most = 4.0 * REMOVED / (1.0 + longest) - 1.0
    strings = int(uniform(m.chance) * most + 1.0)
    seed = below(m.chance, n)
    for k in range(-1, stops.near.shape[2]):
        v = seed if k < 0 else stops.near[EITHER, seed, k]
        r = s.links[v, ROUTE]
        if r < 0 or m.marks[r, RUINED] == m.counts[STEP]:
            continue
        m.marks[r, RUINED] = m.counts[STEP]
        save(s, m, r)
        size = s.ends[r, SIZE]
        string = min(int(uniform(m.chance) * min(float(size), longest) + 1.0), size)
        _take_string(roads, stops, s, c, m, v, r, string)
        _tidy(roads, stops, s, c, m, r)
        strings -= 1
        if strings == 0:
            return


@inner
def _take_string(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, r: int, string: int) -> None:
    """Take a string of stops that holds v out of its route, or one longer round a part that stays."""
    n, size = s.links.shape[0], s.ends[r, SIZE]
    stay = 0
    if 1 < string < size and uniform(m.chance) < SPLIT:
        stay = 1
        while string + stay < size and uniform(m.chance) < SPLIT:
            stay += 1
    skip = 1 + below(m.chance, string - 1) if stay else string
    total, behind, u = string + stay, 0, v
    while behind < total - 1 and s.links[u, PRED] < n:
        u = s.links[u, PRED]
        behind += 1
    ahead, w = 0, v
    while ahead < total - 1 and s.links[w, SUCC] < n:
        w = s.links[w, SUCC]
        ahead += 1
    least = max(0, total - 1 - ahead)
    u = v
    for _ in range(least + below(m.chance, behind - least + 1)):
        u = s.links[u, PRED]
    for k in range(total):
        following, before = s.links[u, SUCC], s.links[u, PRED]
        if not skip <= k < skip + stay:
            if u >= stops.price.shape[0]:  # a reload stays, with other stops beside it
                tell_time(roads, stops, s, c, r, u, before, m.counts[STEP])
            else:
                take_out(stops, s, u)
                queue(m, u)
                if k + 1 == skip or k + 1 == total:
                    tell_time(roads, stops, s, c, r, following, before, m.counts[STEP])
        u = following
    weigh(stops, s, r)


@inner
def _tidy(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, r: int) -> None:
    """Take out stops that are now at the head of a trip and may not be, and reloads beside which no stop is left.

    Of those that are not needed either, some go.
    """
    n, nodes, v = stops.price.shape[0], s.links.shape[0], s.ends[r, FIRST]
    while v < nodes and (stops.duty.shape[0] or s.ends[r, AGAIN]):
        before, after = s.links[v, PRED], s.links[v, SUCC]
        goes = v < n and before >= n and not may_begin(stops, v)
        if goes:
            queue(m, v)
        elif v >= n:
            goes = before >= n or after >= nodes or (after >= n and uniform(m.chance) < EITHER_GOES)
            goes = goes or (uniform(m.chance) < UNITED and is_one_load(stops, s, v, s.ends[r, KIND]))
        if goes:
            take_out(stops, s, v)
            weigh(stops, s, r)
            tell_time(roads, stops, s, c, r, after, before, m.counts[STEP])
        v = before if goes and n <= before < nodes else after  # a reload may have lost its only stop


@inner
def _call_waiting(m: Memory, most: int) -> None:
    """Let stops that wait try again, some of them when there are many."""
    for _ in range(min(m.counts[WAITING], most)):
        last = m.counts[WAITING] - 1
        k = below(m.chance, last + 1)
        queue(m, m.waiting[k])
        m.waiting[k] = m.waiting[last]
        m.counts[WAITING] = last


@inner
def _order(stops: Stops, m: Memory, is_first: bool) -> None:
    """Sort the queue by a rule drawn by chance (weights of the paper for time windows), or what closes first first."""
    draw = 17 if is_first else below(m.chance, 17)
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
            m.key[k] = stops.times[v, OPEN]
        elif draw < 17:
            m.key[k] = -stops.times[v, CLOSE]
        else:
            m.key[k] = stops.times[v, CLOSE]
    sort_by_key(m.queue, m.key, m.counts[QUEUED])
