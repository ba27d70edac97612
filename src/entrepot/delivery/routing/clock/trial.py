"""What a route would last with one more stop, asked before anything is changed."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.delivery.routing.clock.clocks import (
    DUE,
    END_BY,
    END_DUE,
    KEPT,
    LOOKED,
    PLAIN,
    READY,
    READY_DUE,
    Clocks,
    limits,
    ways,
    windows_of,
)
from entrepot.delivery.routing.clock.curves import cut_before
from entrepot.delivery.routing.clock.roads import Floats, Roads, arrive
from entrepot.delivery.routing.clock.tables import Stops
from entrepot.delivery.routing.core.compiled import compiled, inner

LOOKS: Final = 12
"""How many departures an insertion is tried with, about, where the way to it bends more often."""


@compiled
def lasts_with(
    roads: Roads, stops: Stops, c: Clocks, k: int, i: int, v: int, j: int, leaves: float, since: float
) -> float:
    """Return the duration of a route of a kind that visits v between i and j; infinite where it cannot.

    Whoever comes to v earlier than `since` waits. Of several windows each is tried as if it were the only one. Looked
    at are the departures at which the way to i bends, and the arrivals at j at which the way on does; in between the
    arcs are taken as straight. Whether there is a departure in time is exact, the duration is not.
    """
    best = np.inf
    for way in range(ways(stops, k)):
        ready, end = (READY if way == PLAIN else READY_DUE), (END_DUE if way == DUE else END_BY)
        before, after = c.curves[c.side[ready, i], ready, i], c.curves[c.side[end, j], end, j]
        many, last = c.many[c.side[ready, i], ready, i], c.many[c.side[end, j], end, j] - 1
        if many == 0 or last < 0:
            continue
        if before[0, 0] < leaves:
            many = cut_before(before, many, leaves, c.scratch[KEPT])
            before = c.scratch[KEPT]
            if many == 0:
                continue
        first = max(arrive(roads, i, v, before[1, 0]), since)
        for window in range(windows_of(stops, v)):
            opens, closes, stays = limits(stops, k, v, way, window)
            opens = max(opens, since)
            if first > closes or arrive(roads, v, j, max(first, opens) + stays) > after[0, last]:
                continue
            n = _arrivals(roads, before, many, i, v, min(opens, closes), closes, c.scratch[LOOKED])
            best = min(best, _least(roads, v, j, opens, stays, c.scratch[LOOKED], n, after, last))
    return best


@inner
def _least(
    roads: Roads, v: int, j: int, opens: float, stays: float, looks: Floats, n: int, after: Floats, last: int
) -> float:
    """Return the least duration over departures and arrivals at v, where one stays and goes on to j."""
    best, k = np.inf, 0
    x, w = looks[0], looks[1]
    for m in range(n):
        w[m] = arrive(roads, v, j, max(w[m], opens) + stays)
        while k <= last and after[0, k] <= w[m]:
            if m and after[0, k] > w[m - 1]:
                slope = (x[m] - x[m - 1]) / (w[m] - w[m - 1])
                best = min(best, after[1, k] - (x[m - 1] + (after[0, k] - w[m - 1]) * slope))
            k += 1
        if k > last:
            if w[m] == after[0, last]:
                best = min(best, after[1, last] - x[m])
            break
        end = after[1, 0]
        if k:
            slope = (after[1, k] - after[1, k - 1]) / (after[0, k] - after[0, k - 1])
            end = after[1, k - 1] + (w[m] - after[0, k - 1]) * slope
        best = min(best, end - x[m])
    return best


@inner
def _arrivals(roads: Roads, before: Floats, many: int, i: int, v: int, opens: float, closes: float, out: Floats) -> int:
    """Write departures and starts of service at v, from the latest departure that waits there; return how many."""
    n, x, y = 0, 0.0, -np.inf
    stride = 1 + (many - 1) // LOOKS
    k = 0
    while k < many:
        leaves, arrives = before[0, k], arrive(roads, i, v, before[1, k])
        if arrives >= opens:
            if n == 0 and y < opens and y > -np.inf:
                out[0, 0], out[1, 0] = x + (opens - y) * (leaves - x) / (arrives - y), opens
                n = 1
            if arrives > closes:
                if y < closes and n:
                    start = max(y, opens)
                    at = x if y >= opens else out[0, 0]
                    out[0, n], out[1, n] = at + (closes - start) * (leaves - at) / (arrives - start), closes
                    n += 1
                return n
            out[0, n], out[1, n] = leaves, arrives
            n += 1
        x, y = leaves, arrives
        k = k + stride if k == many - 1 or k + stride < many else many - 1
    if n == 0:
        out[0, 0], out[1, 0] = x, opens
        n = 1
    return n
