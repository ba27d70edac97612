"""What time does before and after each stop of a route, as curves; and with a rest taken or still due.

A rest at a stop is taken on arrival or after its service: the stop with other limits and a longer service. So the least
over all places of a rest is the lower of a few curves beside each stop, as exact as the curves. Several windows are one
more curve that the way leads through: it jumps where a window closes.

Visser, T. R. and Spliet, R. (2020). Efficient move evaluations for time-dependent vehicle routing problems.
Transportation Science 54(4). (forward and backward functions)
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.delivery.routing.clock.curves import cut_above, cut_before, cut_below, join, lower, thin
from entrepot.delivery.routing.clock.kinds import EARLIEST, END, LATEST, REST, START
from entrepot.delivery.routing.clock.roads import Floats, Ints, Roads, bends, leave_by, most_knots
from entrepot.delivery.routing.clock.routes import AGAIN, FIRST, KIND, LAST, PRED, SIZE, SUCC, TRIP, Routes
from entrepot.delivery.routing.clock.tables import CLOSE, OPEN, SERVICE, Stops
from entrepot.delivery.routing.core.compiled import compiled, inlined_inner, inner

READY, END_BY, READY_DUE, END_DUE = range(4)
"""First axis of `Clocks.curves`: departure here by departure at the start; the route's end by arrival here. The same
while a rest is due; without `DUE` it is taken, or none is needed."""

PLAIN, DUE, ON_ARRIVAL, AFTER_SERVICE = range(4)
"""How a stop is passed: with no rest due, with one that stays due, with a rest on arrival, with one after service."""

FEWEST: Final = 48
MOST: Final = 512
"""Between which the points of a curve are limited; more are kept where arcs bend often."""

ROAD, CURVE, KEPT, LOOKED, LEAST, LOWER, STAY = range(7)
"""First axis of `Clocks.scratch`."""


class Clocks(NamedTuple):
    """Curves of time beside each node, in two copies, so that what a step changed is undone by turning them over.

    Parameters
    ----------
    curves : float array, shape (2, 2 or 4, n_nodes, 2, n_points)
        By copy, READY and so on, node, x or y; those of a rest that is due only where there are rests.
    many : int array, shape (2, 2 or 4, n_nodes)
        How many points there are; 0 where no departure keeps all windows.
    side : int array, shape (2 or 4, n_nodes)
        Which copy holds, by READY and so on and node.
    turned : int array, shape (2 or 4, n_nodes)
        The step in which the copy was turned over.
    log : int array, shape (4 * n_nodes + 1, 2)
        What was turned over in this step, READY and so on and node; how many in the last row.
    scratch : float array, shape (7, 2, width)
        Room to compute in.
    """

    curves: Floats
    many: Ints
    side: Ints
    turned: Ints
    log: Ints
    scratch: Floats


def clocks_of(roads: Roads, stops: Stops) -> Clocks:
    """Return clocks that know the terminals only."""
    nodes, bent, kinds = len(stops.times), most_knots(roads), stops.kinds
    sorts = 4 if np.isfinite(kinds.rules[:, LATEST]).any() else 2
    points = min(max(4 * bent, FEWEST), MOST)
    width = points + bent + 8 + 3 * stops.windows.shape[1]
    clocks = Clocks(
        curves=np.zeros((2, sorts, nodes, 2, points)),
        many=np.zeros((2, sorts, nodes), np.int64),
        side=np.zeros((sorts, nodes), np.int64),
        turned=np.full((sorts, nodes), -1, np.int64),
        log=np.zeros((4 * nodes + 1, 2), np.int64),
        scratch=np.zeros((7, 2, width if sorts == 2 else 21 * width)),
    )
    for k, rules in enumerate(kinds.rules.tolist()):
        start, end = (int(kinds.of[k, place]) for place in (START, END))
        opens, closes = stops.times[start, OPEN], stops.times[start, CLOSE]
        over, back = stops.times[end, OPEN], stops.times[end, CLOSE]
        _begin(clocks, END_BY, end, (over, over), (back, back))
        if np.isinf(rules[LATEST]):
            _begin(clocks, READY, start, (opens, opens), (closes, closes))
            continue
        first = max(opens, min(rules[EARLIEST], closes))
        rested = max(first, rules[EARLIEST]) + rules[REST]
        _begin(clocks, READY_DUE, start, (opens, opens), (closes, closes))
        _begin(clocks, READY, start, (first, rested), (closes, rested + closes - first))
        _begin(clocks, END_DUE, end, (over, over), (min(back, rules[LATEST]),) * 2)
    return clocks


def _begin(c: Clocks, sort: int, node: int, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Set a terminal's curve: straight from one point to another, or nothing where they are the wrong way round."""
    c.curves[0, sort, node, :, 0], c.curves[0, sort, node, :, 1] = low, high
    c.many[0, sort, node] = 2 if low[0] < high[0] else int(low[0] == high[0])


@inner
def ways(stops: Stops, k: int) -> int:
    """Return in how many ways a route of a kind can pass a stop."""
    return 1 if stops.kinds.rules[k, LATEST] == np.inf else 4


@inner
def windows_of(stops: Stops, v: int) -> int:
    """Return how many windows a node has."""
    many = 1
    while many < stops.windows.shape[1] and stops.windows[v, many, OPEN] < np.inf:
        many += 1
    return many


@inner
def limits(stops: Stops, k: int, v: int, way: int, window: int) -> tuple[float, float, float]:
    """Return from when on a stop is served, by when one arrives, and for how long one stays; infinite for never."""
    opens, closes, service = stops.times[v, OPEN], stops.times[v, CLOSE], stops.times[v, SERVICE]
    if stops.windows.shape[1]:
        opens, closes = stops.windows[v, window, OPEN], stops.windows[v, window, CLOSE]
    if way <= DUE:
        return opens, closes, service
    earliest, latest, rest = stops.kinds.rules[k, EARLIEST], stops.kinds.rules[k, LATEST], stops.kinds.rules[k, REST]
    if way == ON_ARRIVAL:
        closes = min(closes - rest, latest) if earliest + rest <= closes else -np.inf
        return max(opens - rest, earliest), closes, service + rest
    closes = min(closes, latest - service) if opens + service <= latest else -np.inf
    return max(opens, earliest - service), closes, service + rest


@inlined_inner
def loaded(stops: Stops, s: Routes, v: int) -> float:
    """Return before when nobody is done at a node: at a reload what is loaded must be released."""
    is_reload = stops.price.shape[0] <= v < s.links.shape[0]
    return float(s.release[s.links[v, TRIP]]) if is_reload else -np.inf


@inner
def _stay(stops: Stops, k: int, v: int, way: int, since: float, out: Floats) -> int:
    """Write when one leaves a node who arrives, and return the number of points: the first window not over holds."""
    n, before = 0 * k, -np.inf
    for window in range(windows_of(stops, v)):
        opens, closes, stays = limits(stops, k, v, way, window)
        if closes <= before or closes < since:
            continue
        opens = max(opens, since)
        first = min(opens, closes)
        if n:
            out[0, n], out[1, n] = before, opens + stays
            n += 1
        out[0, n], out[1, n] = first, opens + stays
        n += 1
        if closes > opens:
            out[0, n], out[1, n] = closes, closes + stays
            n += 1
        before = closes
    return n


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
        The first stop whose way here has changed, and the last whose way on has; terminals where none has.
        Beyond them, curves that come out as they were end the work, unless a reload may wait for other goods now.
    step : int
        Number of the search's step; what it changes first is kept in the other copy.
    """
    n, k = s.links.shape[0], s.ends[r, KIND]
    waits = stops.is_released and s.ends[r, AGAIN] > 0
    v, is_new = s.ends[r, FIRST] if waits else ahead, True
    while v < n:
        is_changed = tell_ready(roads, stops, c, k, s.links[v, PRED], v, loaded(stops, s, v), step)
        if not (is_changed or is_new or waits):
            break
        is_new = False
        v = s.links[v, SUCC]
    v, is_new = s.ends[r, LAST] if waits else back, True
    while v < n:
        is_changed = tell_end(roads, stops, c, k, v, s.links[v, SUCC], loaded(stops, s, v), step)
        if not (is_changed or is_new or waits):
            return
        is_new = False
        v = s.links[v, PRED]
    s.duration[r] = lasts_as(roads, stops, s, c, r, k) if s.ends[r, SIZE] else 0.0


@inner
def tell_ready(roads: Roads, stops: Stops, c: Clocks, k: int, u: int, v: int, since: float, step: int) -> bool:
    """Tell when one is ready at v who comes from u; return whether that is new."""
    several, is_changed = ways(stops, k), False
    many = 0 * several  # not the literal 0, for which Numba would compile all that it is handed to once more
    for way in range(several):
        n = _after(roads, stops, c, k, READY if way == PLAIN else READY_DUE, u, v, since, way)
        is_apart = way == DUE or several == 1
        if not is_apart:
            n = many = _lower(c, many, n)
        if is_apart or way == AFTER_SERVICE:
            curve = c.scratch[CURVE if is_apart else LEAST]
            is_changed |= _keep(c, READY_DUE if way == DUE else READY, v, curve, n, step)
    return is_changed


@inner
def tell_end(roads: Roads, stops: Stops, c: Clocks, k: int, v: int, w: int, since: float, step: int) -> bool:
    """Tell when a route ends of one who arrives at v and goes on to w; return whether that is new."""
    several, is_changed = ways(stops, k), False
    many = 0 * several
    for way in range(several):
        n = _before(roads, stops, c, k, END_DUE if way == DUE else END_BY, v, w, since, way)
        if way != PLAIN:
            n = many = _lower(c, many, n)
        if way in (PLAIN, AFTER_SERVICE):
            curve = c.scratch[CURVE if way == PLAIN else LEAST]
            is_changed |= _keep(c, END_BY if way == PLAIN else END_DUE, v, curve, n, step)
    return is_changed


@inner
def _after(roads: Roads, stops: Stops, c: Clocks, k: int, sort: int, u: int, v: int, since: float, way: int) -> int:
    """Write departures at v, to which one comes from u, to the scratch; return the number of points."""
    a, n = c.side[sort, u], 0
    before, many = c.curves[a, sort, u], c.many[a, sort, u]
    stay = _stay(stops, k, v, way, since, c.scratch[STAY])
    if many == 0 or stay == 0:
        return 0
    closes = c.scratch[STAY, 0, stay - 1]
    high = min(before[1, many - 1], leave_by(roads, u, v, closes))
    if before[1, 0] > high:
        return 0
    bent = bends(roads, u, v, before[1, 0], high, c.scratch[ROAD])
    n = join(before, many, c.scratch[ROAD], bent, c.scratch[CURVE])
    n = cut_above(c.scratch[CURVE], n, closes)
    n = cut_below(c.scratch[CURVE], n, c.scratch[STAY, 0, 0])
    if stay > 2:
        n = join(c.scratch[CURVE], n, c.scratch[STAY], stay, c.scratch[LOWER])
        _copy(c.scratch[LOWER], n, c.scratch[CURVE])
        return n
    stays = c.scratch[STAY, 1, 0] - c.scratch[STAY, 0, 0]
    for m in range(n):
        c.scratch[CURVE, 1, m] += stays
    return n


@inner
def _before(roads: Roads, stops: Stops, c: Clocks, k: int, sort: int, v: int, w: int, since: float, way: int) -> int:
    """Write the end of a route by arrival at v, who goes on to w, to the scratch; return the number of points."""
    a = c.side[sort, w]
    after, many = c.curves[a, sort, w], c.many[a, sort, w]
    stay = _stay(stops, k, v, way, since, c.scratch[STAY])
    if many == 0 or stay == 0:
        return 0
    first, stays = c.scratch[STAY, 1, 0], c.scratch[STAY, 1, 0] - c.scratch[STAY, 0, 0]
    high = min(leave_by(roads, v, w, after[0, many - 1]), c.scratch[STAY, 1, stay - 1])
    if high < first:
        return 0
    earliest = leave_by(roads, v, w, after[0, 0])
    low = min(max(earliest, first), high)
    bent = bends(roads, v, w, low, high, c.scratch[ROAD])
    if low == earliest:
        c.scratch[ROAD, 1, 0] = after[0, 0]  # or rounding may carry the arrival past a jump there
    n = join(c.scratch[ROAD], bent, after, many, c.scratch[CURVE])
    if n == 0:
        c.scratch[CURVE, 0, 0], c.scratch[CURVE, 1, 0] = high, after[1, 0]
        n = 1
    if stay > 2:
        n = join(c.scratch[STAY], stay, c.scratch[CURVE], n, c.scratch[LOWER])
        _copy(c.scratch[LOWER], n, c.scratch[CURVE])
        return n
    for m in range(n):
        c.scratch[CURVE, 0, m] = min(c.scratch[CURVE, 0, m] - stays, c.scratch[STAY, 0, stay - 1])
    return n


@inner
def _copy(curve: Floats, n: int, out: Floats) -> None:
    for m in range(n):
        out[0, m], out[1, m] = curve[0, m], curve[1, m]


@inner
def lasts_as(roads: Roads, stops: Stops, s: Routes, c: Clocks, r: int, k: int) -> float:
    """Return the duration of a route, driven by a kind with the same end and, if it has any, the same rest."""
    best, is_rested = np.inf, ways(stops, k) > 1
    for turn in range(2 if is_rested else 1):
        way = AFTER_SERVICE if turn else DUE if is_rested else PLAIN
        sort = END_DUE if way == DUE else END_BY
        n = _before(roads, stops, c, k, sort, stops.kinds.of[k, START], s.ends[r, FIRST], -np.inf, way)
        n = cut_before(c.scratch[CURVE], n, s.release[r], c.scratch[KEPT])
        for m in range(n):
            best = min(best, c.scratch[KEPT, 1, m] - c.scratch[KEPT, 0, m])
    return best


@inner
def _lower(c: Clocks, many: int, n: int) -> int:
    """Let the least curve of the scratch be the lower of itself and the curve written last."""
    if n == 0:
        return many
    written, least = c.scratch[CURVE], c.scratch[LEAST]
    if many:
        n = lower(least, many, c.scratch[CURVE], n, c.scratch[LOWER])
        written = c.scratch[LOWER]
    _copy(written, n, least)
    return n


@inner
def _keep(c: Clocks, sort: int, v: int, curve: Floats, n: int, step: int) -> bool:
    """Store a curve as a node's; tell whether it differs from what was."""
    points = c.curves.shape[4]
    old = c.side[sort, v]
    if n:
        n = thin(curve, n, points, c.scratch[KEPT])
    if n == c.many[old, sort, v] and _is_same(c.curves[old, sort, v], c.scratch[KEPT], n):
        return False
    if c.turned[sort, v] != step:
        c.turned[sort, v] = step
        c.side[sort, v] = old = 1 - old
        last = c.log.shape[0] - 1
        c.log[c.log[last, 0], 0], c.log[c.log[last, 0], 1] = sort, v
        c.log[last, 0] += 1
    c.many[old, sort, v] = n
    for m in range(n):
        c.curves[old, sort, v, 0, m], c.curves[old, sort, v, 1, m] = c.scratch[KEPT, 0, m], c.scratch[KEPT, 1, m]
    return True


@inner
def _is_same(p: Floats, q: Floats, n: int) -> bool:
    m = 0
    while m < n and p[0, m] == q[0, m] and p[1, m] == q[1, m]:
        m += 1
    return m == n


@inner
def turn_back(c: Clocks) -> None:
    """Undo what was told since the last `settle`."""
    last = c.log.shape[0] - 1
    for m in range(c.log[last, 0]):
        sort, v = c.log[m, 0], c.log[m, 1]
        c.side[sort, v] = 1 - c.side[sort, v]
    c.log[last, 0] = 0


@compiled
def settle(c: Clocks) -> None:
    """Keep what was told."""
    c.log[c.log.shape[0] - 1, 0] = 0
