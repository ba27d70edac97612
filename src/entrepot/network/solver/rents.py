"""Rents of capacities: what flows of two tiers through given sites cost at least, in one pass over the lanes.

Where capacities have rents, each want takes its cheapest lane and each gate its cheapest source.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.two_tier import Tiers

DEAR: Final = 10.0
"""What is unmet, or beyond a capacity, costs so many times what the dearest way could."""
STALE: Final = 4
"""Steps in vain after which rents go back to the best ones, and move on by shorter steps."""


class Ways(NamedTuple):
    """Last lanes by want, through gates: fronts, and after these, where goods are shipped past them, sources.

    Parameters
    ----------
    begin : ndarray, shape (n_wants + 1,)
    want, gate, cost : ndarray, shape (n_lanes,)
    amount, course, unmet : ndarray, shape (n_wants,)
        Quantity, table of link costs, and what it costs that a want is not met.
    link : ndarray, shape (n_courses, n_gates, n_sources)
        What a unit costs from each source; infinite where there is no lane.
    unit, bin : ndarray, shape (n_courses,)
        What a unit takes of a capacity, and of which.
    gate_room, source_room : ndarray, shape (n_gates, n_bins), (n_sources, n_bins)
    dear : float
        What a unit of volume beyond a capacity costs.
    """

    begin: Integers
    want: Integers
    gate: Integers
    cost: Floats
    amount: Floats
    course: Integers
    unmet: Floats
    link: Floats
    unit: Floats
    bin: Integers
    gate_room: Floats
    source_room: Floats
    dear: float


class Rents(NamedTuple):
    """What a unit of volume is worth at each gate and at each source, for each of its capacities."""

    gate: Floats
    source: Floats


class Around(NamedTuple):
    """Where rents move: at some gates, and at sources or not, for the wants that these concern.

    `elsewhere` is what all other wants cost, at the rents that stay.
    """

    wants: Integers
    gates: Bools
    sources: bool
    elsewhere: float


def ways_of(model: Model, tiers: Tiers, order: Integers, many_gates: int) -> Ways:
    """Lay the last lanes out by want, in an order, through so many gates."""
    fronts, sources, bins = len(tiers.fronts), len(tiers.sources), tiers.source_room.shape[1]
    link = np.full((len(tiers.unit), many_gates, sources), np.inf)
    link[:, :fronts] = tiers.link[:, :fronts]
    room = np.full((many_gates, bins), np.inf)
    room[:fronts] = tiers.room.reshape(-1, bins)[:fronts]
    if many_gates > fronts:
        link[:, np.arange(fronts, many_gates), np.arange(sources)] = 0.0
    dearest, unmet = _dear(model, tiers, link)
    want = np.ascontiguousarray(tiers.want[order])
    return Ways(
        np.searchsorted(want, np.arange(len(tiers.amount) + 1)).astype(np.int64),
        want,
        np.where(tiers.source < 0, tiers.front, fronts + tiers.source)[order],
        tiers.cost[order],
        tiers.amount,
        np.ascontiguousarray(tiers.course),
        DEAR * unmet,
        link,
        tiers.unit,
        np.ascontiguousarray(tiers.course_bin),
        room,
        tiers.source_room,
        DEAR * dearest,
    )


def _dear(model: Model, tiers: Tiers, link: Floats) -> tuple[float, Floats]:
    """Return what a unit of volume costs on no way, and what no want costs on any: also one that takes no room."""
    takes, by_unit = tiers.volume > 0, np.where(np.isfinite(link), link, 0.0).max(axis=(1, 2), initial=0.0)
    on = takes[model.want]
    dearest = float((model.cost[on] / tiers.volume[model.want[on]]).max(initial=1.0))
    dearest += float((by_unit / np.where(tiers.unit > 0, tiers.unit, np.inf)).max(initial=0.0))
    own = np.ones(len(takes))
    np.maximum.at(own, model.want, model.cost)
    return dearest, np.where(takes, dearest * tiers.volume, own + tiers.amount * by_unit[tiers.course])


@numba.njit(cache=True, nogil=True)
def through_gates(ways: Ways, gates: Integers, sources: Integers, rents: Rents) -> tuple[Floats, Integers]:
    """Return what a unit costs through each gate, infinite through closed ones, and from which source."""
    each, chosen = np.full(ways.link.shape[:2], np.inf), np.zeros(ways.link.shape[:2], np.int64)
    for k in range(len(ways.unit)):
        unit, b = ways.unit[k], ways.bin[k]
        for g in gates:
            best, at = np.inf, 0
            for c in sources:
                value = ways.link[k, g, c] + unit * rents.source[c, b]
                if value < best:
                    best, at = value, c
            each[k, g], chosen[k, g] = best + unit * rents.gate[g, b], at
    return each, chosen


@numba.njit(cache=True, nogil=True)
def assign(ways: Ways, each: Floats, base: Integers, wants: Integers) -> float:
    """Put wants on their cheapest lanes, -1 for none; returns what they cost."""
    total = 0.0
    for w in wants:
        least, at = ways.unmet[w], -1
        row, amount = each[ways.course[w]], ways.amount[w]
        for lane in range(ways.begin[w], ways.begin[w + 1]):
            value = ways.cost[lane] + amount * row[ways.gate[lane]]
            if value < least:
                least, at = value, lane
        base[w] = at
        total += least
    return total


@numba.njit(cache=True, nogil=True)
def ascend(
    ways: Ways, gates: Integers, sources: Integers, rents: Rents, goal: float, steps: int, around: Around
) -> float:
    """Move rents to a higher bound, in place, and return it."""
    best, stale, pace, base = -np.inf, 0, 1.0, np.empty(len(ways.amount), np.int64)
    moves_source = np.full(len(rents.source), around.sources)
    best_gate, best_source = rents.gate.copy(), rents.source.copy()
    along_gate, along_source = np.zeros(rents.gate.shape), np.zeros(rents.source.shape)
    for _ in range(steps):
        each, chosen = through_gates(ways, gates, sources, rents)
        value = assign(ways, each, base, around.wants)
        over_gate, over_source = _loads(ways, base, chosen, around.wants)
        value -= _over(over_gate, ways.gate_room, rents.gate, gates, around.gates, ways.dear)
        value -= _over(over_source, ways.source_room, rents.source, sources, moves_source, ways.dear)
        if value > best:
            best, stale = value, 0
            best_gate[:], best_source[:] = rents.gate, rents.source
        else:
            stale += 1
        if best >= goal:
            break
        if stale == STALE:
            pace, stale = 0.6 * pace, 0
            rents.gate[:], rents.source[:] = best_gate, best_source
            along_gate[:], along_source[:] = 0.0, 0.0
            continue
        turn = (over_gate * along_gate).sum() + (over_source * along_source).sum()
        if turn < 0:
            turn *= 1.5 / ((along_gate * along_gate).sum() + (along_source * along_source).sum())
            over_gate -= turn * along_gate
            over_source -= turn * along_source
        length = (over_gate * over_gate).sum() + (over_source * over_source).sum()
        if length <= 0:
            break
        size = pace * (goal - value) / length
        along_gate, along_source = over_gate, over_source
        rents.gate[:] = np.minimum(np.maximum(rents.gate + size * along_gate, 0.0), ways.dear)
        rents.source[:] = np.minimum(np.maximum(rents.source + size * along_source, 0.0), ways.dear)
    rents.gate[:], rents.source[:] = best_gate, best_source
    return best


@numba.njit(cache=True, nogil=True)
def _loads(ways: Ways, base: Integers, chosen: Integers, wants: Integers) -> tuple[Floats, Floats]:
    """Return the volume at each gate and each source."""
    through = np.zeros(ways.link.shape[:2])
    for w in wants:
        if base[w] >= 0:
            through[ways.course[w], ways.gate[base[w]]] += ways.amount[w]
    at_gate, at_source = np.zeros(ways.gate_room.shape), np.zeros(ways.source_room.shape)
    for k in range(len(ways.unit)):
        for g in range(len(ways.gate_room)):
            at_gate[g, ways.bin[k]] += ways.unit[k] * through[k, g]
            at_source[chosen[k, g], ways.bin[k]] += ways.unit[k] * through[k, g]
    return at_gate, at_source


@numba.njit(cache=True, nogil=True)
def _over(load: Floats, room: Floats, rent: Floats, which: Integers, moves: Bools, dear: float) -> float:
    """Turn loads into what rents rise by, in place; returns what the capacities of these sites are worth."""
    worth = 0.0
    is_open = np.zeros(len(load), np.bool_)
    is_open[which] = True
    for k in range(len(load)):
        for b in range(load.shape[1]):
            if not is_open[k] or room[k, b] == np.inf:
                load[k, b] = 0.0
                continue
            worth += rent[k, b] * room[k, b]
            load[k, b] -= room[k, b]
            if not moves[k] or (rent[k, b] <= 0 and load[k, b] < 0) or (rent[k, b] >= dear and load[k, b] > 0):
                load[k, b] = 0.0
    return worth
