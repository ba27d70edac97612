"""Arrival times as functions of departure: the exact piecewise-linear arithmetic behind the checker.

A function is a list of knots ``(x, y)`` with x and y non-decreasing. Two knots with the same x are a jump; at the jump
itself the lower value holds. Whole numbers stay whole as long as all slopes are 0 or 1, which is so without traffic.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from entrepot.delivery.routing.problem import Window
from entrepot.delivery.routing.travel import Arrivals, Speeds, Travel


class Knot(NamedTuple):
    """A point of a function."""

    x: float
    y: float


Function = list[Knot]


def identity(low: float, high: float) -> Function:
    """Return the function that is its argument."""
    return [Knot(low, low)] if low == high else [Knot(low, low), Knot(high, high)]


def later(function: Function, delay: float) -> Function:
    """Return the function with a delay added."""
    return [Knot(x, y + delay) for x, y in function] if delay else function


def at_least(function: Function, floor: float) -> Function:
    """Return the greater of the function and a constant: whoever is early waits."""
    if function[0].y >= floor:
        return function
    if function[-1].y <= floor:
        return [Knot(function[0].x, floor), Knot(function[-1].x, floor)]
    k = next(k for k, knot in enumerate(function) if knot.y > floor)
    before, after = function[k - 1], function[k]
    crossing = Knot(_x_of(before, after, floor), floor)
    return _without_repeats([Knot(function[0].x, floor), crossing, *function[k:]])


def at_most(function: Function, ceiling: float) -> Function:
    """Return the part of the function up to a value; empty when it is above from the start."""
    if function[-1].y <= ceiling:
        return function
    if function[0].y > ceiling:
        return []
    k = next(k for k, knot in enumerate(function) if knot.y > ceiling)
    before, after = function[k - 1], function[k]
    if before.x == after.x:
        return function[:k]
    return _without_repeats([*function[:k], Knot(_x_of(before, after, ceiling), ceiling)])


def through(function: Function, outer: Sequence[Knot]) -> Function:
    """Return ``outer(function(x))``; beyond its ends `outer` goes on with slope 1."""
    found = [Knot(function[0].x, value(outer, function[0].y))]
    for before, after in pairwise(function):
        if after.y > before.y and after.x > before.x:
            found.append(Knot(before.x, _value_after(outer, before.y)))
            low = bisect_right(outer, before.y, key=lambda knot: knot.x)
            high = bisect_left(outer, after.y, key=lambda knot: knot.x)
            found += [Knot(_x_of(before, after, u), v) for u, v in outer[low:high]]
        elif after.x > before.x and after.y == before.y:
            found.append(Knot(before.x, value(outer, before.y)))
        found.append(Knot(after.x, value(outer, after.y)))
    return _without_repeats(found)


def in_windows(function: Function, windows: Sequence[Window]) -> Function:
    """Return when service starts: in the first window that is not over; empty when even the last is."""
    waited = at_most(at_least(function, windows[0].open), windows[-1].close)
    if len(windows) == 1 or not waited:
        return waited
    steps = [Knot(windows[0].open, windows[0].open)]
    for earlier, following in pairwise(windows):
        steps += [Knot(earlier.close, earlier.close), Knot(earlier.close, following.open)]
        steps.append(Knot(following.open, following.open))
    return through(waited, [*steps, Knot(windows[-1].close, windows[-1].close)])


def value(function: Sequence[Knot], x: float) -> float:
    """Return the function at x, with slope 1 beyond its ends."""
    if x <= function[0].x:
        return function[0].y + (x - function[0].x)
    if x > function[-1].x:
        return function[-1].y + (x - function[-1].x)
    k = bisect_left(function, x, key=lambda knot: knot.x)
    return function[k].y if function[k].x == x else _y_of(function[k - 1], function[k], x)


def driving(travel: Travel, origin: int, target: int) -> Function:
    """Return when one arrives at the target who leaves the origin at x."""
    if isinstance(travel.traffic, Speeds):
        return _at_speeds(travel.traffic, origin, target)
    if isinstance(travel.traffic, Arrivals):
        knots = travel.traffic
        arc = origin * travel.size + target
        span = slice(int(knots.first[arc]), int(knots.first[arc + 1]))
        return [Knot(float(x), float(y)) for x, y in zip(knots.departure[span], knots.arrival[span], strict=True)] or [
            Knot(0.0, 0.0)
        ]
    return [Knot(0, travel.time.between(origin, target))]


def _at_speeds(traffic: Speeds, origin: int, target: int) -> Function:
    """Knots are departures at a change of speed, and those that arrive at one."""
    bounds = [float(bound) for bound in traffic.bounds]
    speeds = [float(speed) for speed in traffic.speeds[int(traffic.category[origin, target])]]
    length = float(traffic.length[origin, target])
    travelled = [0.0]  # how far one who started at the first bound is at each bound
    for begin, end, speed in zip(bounds[:-1], bounds[1:], speeds, strict=True):
        travelled.append(travelled[-1] + speed * (end - begin))
    places = sorted({*travelled, *(place - length for place in travelled)})
    return [
        Knot(_when(bounds, speeds, travelled, place), _when(bounds, speeds, travelled, place + length))
        for place in places
    ]


def _when(bounds: list[float], speeds: list[float], travelled: list[float], place: float) -> float:
    """Return when one who keeps driving is at a place: the inverse of distance over time, which is increasing."""
    k = min(max(bisect_left(travelled, place) - 1, 0), len(speeds) - 1)
    return bounds[k] + (place - travelled[k]) / speeds[k]


def _x_of(before: Knot, after: Knot, y: float) -> float:
    if after.x == before.x:
        return before.x
    if after.y - before.y == after.x - before.x:
        return before.x + (y - before.y)
    return min(before.x + (y - before.y) * (after.x - before.x) / (after.y - before.y), after.x)


def _y_of(before: Knot, after: Knot, x: float) -> float:
    if after.y == before.y:
        return before.y
    if after.y - before.y == after.x - before.x:
        return before.y + (x - before.x)
    return min(before.y + (x - before.x) * (after.y - before.y) / (after.x - before.x), after.y)


def _value_after(function: Sequence[Knot], x: float) -> float:
    """Return the limit from the right at x: the upper value of a jump."""
    k = bisect_right(function, x, key=lambda knot: knot.x)
    return function[k - 1].y if k and function[k - 1].x == x else value(function, x)


def _without_repeats(function: Function) -> Function:
    """Leave out knots told twice, and those in the middle of a jump."""
    kept: Function = []
    for knot in function:
        if kept and knot == kept[-1]:
            continue
        if len(kept) > 1 and kept[-2].x == kept[-1].x == knot.x:
            kept[-1] = knot
        else:
            kept.append(knot)
    return kept
