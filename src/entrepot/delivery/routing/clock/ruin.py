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
from entrepot.delivery.routing.clock.recreate import recreate
from entrepot.delivery.routing.clock.roads import Roads
from entrepot.delivery.routing.clock.routes import FIRST, PRED, ROUTE, SIZE, SUCC, Routes, may_begin, take_out, weigh
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
        recreate(roads, stops, s, c, m, 0.0 if is_first else BLINK)
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
    longest = min(float(LONGEST_STRING), max((n - m.counts[WAITING]) / n_routes, 1.0))
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
        _take_headless(roads, stops, s, c, m, r)
        strings -= 1
        if strings == 0:
            return


@inner
def _take_string(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, v: int, r: int, string: int) -> None:
    """Take a string of stops that holds v out of its route, or one longer round a part that stays."""
    n, size = stops.price.shape[0], s.ends[r, SIZE]
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
            take_out(stops, s, u)
            queue(m, u)
            if k + 1 == skip or k + 1 == total:
                weigh(stops, s, r)
                tell_time(roads, stops, s, c, r, following, before, m.counts[STEP])
        u = following


@inner
def _take_headless(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, r: int) -> None:
    """Take those out as well that are now at the head of a route and may not be."""
    n, first = stops.price.shape[0], s.ends[r, FIRST]
    if first >= n or may_begin(stops, first):
        return
    start, v = s.links[first, PRED], first
    while v < n and not may_begin(stops, v):
        take_out(stops, s, v)
        queue(m, v)
        v = s.ends[r, FIRST]
    weigh(stops, s, r)
    tell_time(roads, stops, s, c, r, v, start, m.counts[STEP])


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
