"""Times of a route that changes: told anew only as far as they differ, and taken back with a step that is not taken."""

from __future__ import annotations

from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.ground import Ground, Whole, lasts
from entrepot.delivery.routing.core.memory import NODE, NOTED, NOTED_AT, STEP, TOUCHED, WAS_EARLY, WAS_LATE, Memory
from entrepot.delivery.routing.core.routes import BROKEN, EARLY, FIRST, LATE, PRED, ROUTE, SUCC, Routes
from entrepot.delivery.routing.core.tables import CLOSE, OPEN, SERVICE, Stops


@compiled
def time_stop(ground: Ground, stops: Stops, s: Routes, m: Memory, v: Whole) -> None:
    """Tell times anew where a stop was put in."""
    i, j = s.links[v, PRED], s.links[v, SUCC]
    _note(s, m, v)
    s.bounds[v, EARLY] = _begins(ground, stops, s, i, v)
    s.bounds[v, LATE] = _must_begin(ground, stops, s, v, j)
    _time_on(ground, stops, s, m, v, j)
    _time_back(ground, stops, s, m, i, v)
    _judge(s, s.links[v, ROUTE])


@compiled
def time_gap(ground: Ground, stops: Stops, s: Routes, m: Memory, r: Whole, i: Whole, j: Whole) -> None:
    """Tell times anew where all between two nodes of a route was taken out."""
    _time_on(ground, stops, s, m, i, j)
    _time_back(ground, stops, s, m, i, j)
    _judge(s, r)


@compiled
def recall(s: Routes, m: Memory) -> None:
    """Take back all times that were changed in this step; before it no route was broken."""
    for k in range(m.counts[NOTED]):
        v = m.past[k, NODE]
        s.bounds[v, EARLY], s.bounds[v, LATE] = m.past[k, WAS_EARLY], m.past[k, WAS_LATE]
    for k in range(m.counts[TOUCHED]):
        s.ends[m.lists[k, TOUCHED], BROKEN] = 0


@inlined
def _begins(ground: Ground, stops: Stops, s: Routes, i: Whole, v: Whole) -> Whole:
    begins: Whole = max(s.bounds[i, EARLY] + stops.times[i, SERVICE] + lasts(ground, i, v), stops.times[v, OPEN])
    return begins


@inlined
def _must_begin(ground: Ground, stops: Stops, s: Routes, v: Whole, j: Whole) -> Whole:
    begins: Whole = min(s.bounds[j, LATE] - lasts(ground, v, j) - stops.times[v, SERVICE], stops.times[v, CLOSE])
    return begins


@inlined
def _time_on(ground: Ground, stops: Stops, s: Routes, m: Memory, i: Whole, v: Whole) -> None:
    """Go on from node `i` as long as stops begin at another time than before."""
    n = s.links.shape[0] - 1
    while v != n:
        begins = _begins(ground, stops, s, i, v)
        if begins == s.bounds[v, EARLY]:
            return
        _note(s, m, v)
        s.bounds[v, EARLY] = begins
        i, v = v, s.links[v, SUCC]


@inlined
def _time_back(ground: Ground, stops: Stops, s: Routes, m: Memory, v: Whole, j: Whole) -> None:
    """Go back from node `j` as long as stops must begin at another time than before."""
    n = s.links.shape[0] - 1
    while v != n:
        begins = _must_begin(ground, stops, s, v, j)
        if begins == s.bounds[v, LATE]:
            return
        _note(s, m, v)
        s.bounds[v, LATE] = begins
        j, v = v, s.links[v, PRED]


@inlined
def _note(s: Routes, m: Memory, v: Whole) -> None:
    """Keep a stop's times as they were before this step."""
    if m.past[v, NOTED_AT] != m.counts[STEP]:
        m.past[v, NOTED_AT] = m.counts[STEP]
        k = m.counts[NOTED]
        m.past[k, NODE], m.past[k, WAS_EARLY], m.past[k, WAS_LATE] = v, s.bounds[v, EARLY], s.bounds[v, LATE]
        m.counts[NOTED] += 1


@inlined
def _judge(s: Routes, r: Whole) -> None:
    """Tell whether a route is broken: its first stop begins later than it must for all to be in time."""
    first = s.ends[r, FIRST]
    s.ends[r, BROKEN] = 1 if s.bounds[first, EARLY] > s.bounds[first, LATE] else 0
