"""Routes that change in place: linked lists of stops, and beside each stop what time does before and after it.

Visser, T. R. and Spliet, R. (2020). Efficient move evaluations for time-dependent vehicle routing problems.
Transportation Science 54(4). (forward and backward functions)
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.curves import cut_above, cut_below, join, thin
from entrepot.delivery.routing.clock.roads import Floats, Ints, Roads, arrive, bends, leave_by, most_knots
from entrepot.delivery.routing.clock.tables import CLOSE, OPEN, SERVICE, Stops
from entrepot.delivery.routing.core.compiled import compiled

SUCC, PRED, ROUTE = range(3)
"""Columns of `Routes.links`."""

FIRST, LAST, SIZE = range(3)
"""Columns of `Routes.ends`."""

READY, END = range(2)
"""First axis of `Clocks.curves`: departure here by departure at the start; the route's end by arrival here."""

FEWEST: Final = 48
MOST: Final = 512
"""Between which the points of a curve are limited; more are kept where arcs bend often."""


LOOKS: Final = 12
"""How many departures an insertion is tried with, about, where the way to it bends more often."""


class Routes(NamedTuple):
    """Routes of `n` stops between node `n`, the start, and node ``n + 1``, the end.

    Parameters
    ----------
    links : int array, shape (n + 2, 3)
        By stop: SUCC, PRED, and ROUTE or -1 where no route visits it.
    ends : int array, shape (n_routes, 3)
        FIRST and LAST stop, SIZE.
    load : int array, shape (n_routes, n_loads)
        Sums of demand.
    duration : float array, shape (n_routes,)
        The least; infinite where no departure keeps all windows.
    """

    links: Ints
    ends: Ints
    load: Ints
    duration: Floats


class Clocks(NamedTuple):
    """Curves of time beside each node, in two copies, so that what a step changed is undone by turning them over.

    Parameters
    ----------
    curves : float array, shape (2, 2, n + 2, 2, n_points)
        By copy, READY or END, node, x or y.
    many : int array, shape (2, 2, n + 2)
        How many points there are; 0 where no departure keeps all windows.
    side : int array, shape (2, n + 2)
        Which copy holds, by READY or END and node.
    turned : int array, shape (2, n + 2)
        The step in which the copy was turned over.
    log : int array, shape (2 * (n + 2) + 1, 2)
        What was turned over in this step, READY or END and node; how many in the last row.
    scratch : float array, shape (4, 2, width)
        Room to compute in.
    """

    curves: Floats
    many: Ints
    side: Ints
    turned: Ints
    log: Ints
    scratch: Floats


def empty_routes(stops: Stops, n_routes: int) -> Routes:
    """Return routes that visit nothing."""
    n = len(stops.price)
    links = np.full((n + 2, 3), -1, np.int64)
    links[:, SUCC], links[:, PRED] = n + 1, n
    ends = np.zeros((n_routes, 3), np.int64)
    ends[:, FIRST], ends[:, LAST] = n + 1, n
    return Routes(links, ends, np.zeros((n_routes, len(stops.capacity)), np.int64), np.zeros(n_routes))


def clocks_of(roads: Roads, stops: Stops) -> Clocks:
    """Return clocks that know the start and the end only."""
    n, bent = len(stops.price), most_knots(roads)
    points = min(max(4 * bent, FEWEST), MOST)
    clocks = Clocks(
        curves=np.zeros((2, 2, n + 2, 2, points)),
        many=np.zeros((2, 2, n + 2), np.int64),
        side=np.zeros((2, n + 2), np.int64),
        turned=np.full((2, n + 2), -1, np.int64),
        log=np.zeros((2 * (n + 2) + 1, 2), np.int64),
        scratch=np.zeros((4, 2, points + bent + 8)),
    )
    for kind, node in ((READY, n), (END, n + 1)):
        opens, closes = stops.times[node, OPEN], stops.times[node, CLOSE]
        clocks.curves[0, kind, node, :, :2] = opens, closes
        clocks.many[0, kind, node] = 2 if opens < closes else int(opens == closes)
    return clocks


@compiled
def take_out(stops: Stops, s: Routes, v: int) -> None:
    """Take a stop out of its route; its times are not told anew."""
    n = s.links.shape[0] - 2
    before, after, r = s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE]
    if before == n:
        s.ends[r, FIRST] = after
    else:
        s.links[before, SUCC] = after
    if after == n + 1:
        s.ends[r, LAST] = before
    else:
        s.links[after, PRED] = before
    s.ends[r, SIZE] -= 1
    s.links[v, ROUTE] = -1
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] -= stops.demand[v, d]


@compiled
def put_in(stops: Stops, s: Routes, v: int, r: int, before: int) -> None:
    """Put a stop into a route behind another, or behind the start; its times are not told anew."""
    n = s.links.shape[0] - 2
    after = s.ends[r, FIRST] if before == n else s.links[before, SUCC]
    if before == n:
        s.ends[r, FIRST] = v
    else:
        s.links[before, SUCC] = v
    if after == n + 1:
        s.ends[r, LAST] = v
    else:
        s.links[after, PRED] = v
    s.links[v, PRED], s.links[v, SUCC], s.links[v, ROUTE] = before, after, r
    s.ends[r, SIZE] += 1
    for d in range(stops.capacity.shape[0]):
        s.load[r, d] += stops.demand[v, d]


@compiled
def fits(stops: Stops, s: Routes, v: int, r: int) -> bool:
    """Tell whether a route has room for a stop's load."""
    fit = True
    for d in range(stops.capacity.shape[0]):
        fit &= s.load[r, d] + stops.demand[v, d] <= stops.capacity[d]
    return bool(fit)


@compiled
def tell_time(roads: Roads, stops: Stops, s: Routes, c: Clocks, r: int, ahead: int, back: int, step: int) -> None:
    """Tell a route's curves anew: READY from one stop on, END from another back, and its duration.

    Parameters
    ----------
    roads, stops, s, c
        Changed are `c` and the duration.
    r : int
        The route.
    ahead, back : int
        The first stop whose way here has changed, and the last whose way on has; nodes of the depot where none has.
        Beyond them, curves that come out as they were end the work.
    step : int
        Number of the search's step; what it changes first is kept in the other copy.
    """
    n = s.links.shape[0] - 2
    v, is_new = ahead, True
    while v != n + 1:
        is_changed = _tell_ready(roads, stops, s, c, v, step)
        if not (is_changed or is_new):
            break
        is_new = False
        v = s.links[v, SUCC]
    v, is_new = back, True
    while v != n:
        is_changed = _tell_end(roads, stops, s, c, v, step)
        if not (is_changed or is_new):
            return
        is_new = False
        v = s.links[v, PRED]
    s.duration[r] = _least(roads, stops, s, c, r) if s.ends[r, SIZE] else 0.0


@compiled
def _tell_ready(roads: Roads, stops: Stops, s: Routes, c: Clocks, v: int, step: int) -> bool:
    u = s.links[v, PRED]
    a, n = c.side[READY, u], 0
    before, many = c.curves[a, READY, u], c.many[a, READY, u]
    if many:
        high = min(before[1, many - 1], leave_by(roads, u, v, stops.times[v, CLOSE]))
        if before[1, 0] <= high:
            bent = bends(roads, u, v, before[1, 0], high, c.scratch[0])
            n = join(before, many, c.scratch[0], bent, c.scratch[1])
            n = cut_above(c.scratch[1], n, stops.times[v, CLOSE])
            n = cut_below(c.scratch[1], n, stops.times[v, OPEN])
            for k in range(n):
                c.scratch[1, 1, k] += stops.times[v, SERVICE]
    return _keep(c, READY, v, n, step)


@compiled
def _tell_end(roads: Roads, stops: Stops, s: Routes, c: Clocks, v: int, step: int) -> bool:
    n = _before(roads, stops, c, v, s.links[v, SUCC], stops.times[v, SERVICE])
    return _keep(c, END, v, n, step)


@compiled
def _before(roads: Roads, stops: Stops, c: Clocks, v: int, w: int, service: float) -> int:
    """Write the end of a route by arrival at v, who goes on to w, to the scratch; return its number of points."""
    a = c.side[END, w]
    after, many = c.curves[a, END, w], c.many[a, END, w]
    if not many:
        return 0
    opens, closes = stops.times[v, OPEN] + service, stops.times[v, CLOSE] + service
    high = min(leave_by(roads, v, w, after[0, many - 1]), closes)
    if high < opens:
        return 0
    low = min(max(leave_by(roads, v, w, after[0, 0]), opens), high)
    bent = bends(roads, v, w, low, high, c.scratch[0])
    n = join(c.scratch[0], bent, after, many, c.scratch[1])
    if n == 0:
        c.scratch[1, 0, 0], c.scratch[1, 1, 0] = high, after[1, 0]
        n = 1
    for k in range(n):
        c.scratch[1, 0, k] -= service
    return n


@compiled
def _least(roads: Roads, stops: Stops, s: Routes, c: Clocks, r: int) -> float:
    n, best = s.links.shape[0] - 2, np.inf
    for k in range(_before(roads, stops, c, n, s.ends[r, FIRST], 0.0)):
        best = min(best, c.scratch[1, 1, k] - c.scratch[1, 0, k])
    return best


@compiled
def _keep(c: Clocks, kind: int, v: int, n: int, step: int) -> bool:
    """Store the scratch as a node's curve; tell whether it differs from what was."""
    points = c.curves.shape[4]
    old = c.side[kind, v]
    if n:
        n = thin(c.scratch[1], n, points, c.scratch[2])
    if n == c.many[old, kind, v] and _is_same(c.curves[old, kind, v], c.scratch[2], n):
        return False
    if c.turned[kind, v] != step:
        c.turned[kind, v] = step
        c.side[kind, v] = old = 1 - old
        last = c.log.shape[0] - 1
        c.log[c.log[last, 0], 0], c.log[c.log[last, 0], 1] = kind, v
        c.log[last, 0] += 1
    c.many[old, kind, v] = n
    for k in range(n):
        c.curves[old, kind, v, 0, k], c.curves[old, kind, v, 1, k] = c.scratch[2, 0, k], c.scratch[2, 1, k]
    return True


@compiled
def _is_same(p: Floats, q: Floats, n: int) -> bool:
    k = 0
    while k < n and p[0, k] == q[0, k] and p[1, k] == q[1, k]:
        k += 1
    return k == n


@compiled
def turn_back(c: Clocks) -> None:
    """Undo what was told since the last `settle`."""
    last = c.log.shape[0] - 1
    for k in range(c.log[last, 0]):
        kind, v = c.log[k, 0], c.log[k, 1]
        c.side[kind, v] = 1 - c.side[kind, v]
    c.log[last, 0] = 0


@compiled
def settle(c: Clocks) -> None:
    """Keep what was told."""
    c.log[c.log.shape[0] - 1, 0] = 0


@compiled
def lasts_with(roads: Roads, stops: Stops, c: Clocks, i: int, v: int, j: int) -> float:
    """Return the duration of a route that visits v between i and j; infinite where it cannot.

    Looked at are the departures at which the way to i bends, and the arrivals at j at which the way on does; in
    between the arcs are taken as straight. Whether there is a departure in time is exact, the duration is not.
    """
    a, b = c.side[READY, i], c.side[END, j]
    before, many = c.curves[a, READY, i], c.many[a, READY, i]
    after, last = c.curves[b, END, j], c.many[b, END, j] - 1
    if many == 0 or last < 0:
        return np.inf
    opens, closes, service = stops.times[v, OPEN], stops.times[v, CLOSE], stops.times[v, SERVICE]
    first = max(arrive(roads, i, v, before[1, 0]), opens)
    if first > closes or arrive(roads, v, j, first + service) > after[0, last]:
        return np.inf
    x, w = c.scratch[3, 0], c.scratch[3, 1]
    n = _arrivals(roads, before, many, i, v, opens, closes, c.scratch[3])
    best, k = np.inf, 0
    for m in range(n):
        w[m] = arrive(roads, v, j, w[m] + service)
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


@compiled
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
