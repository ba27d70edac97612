"""A first plan of a rich problem: Clarke and Wright's savings, with whatever kind of vehicle holds what is joined.

Clarke, G. and Wright, J. W. (1964). Scheduling of Vehicles from a Central Depot to a Number of Delivery Points.
Operations Research 12(4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled, inlined
from entrepot.delivery.routing.core.fleet.spans import join
from entrepot.delivery.routing.core.fleet.tables import (
    BY_TIME,
    CLOSE,
    END,
    FIXED,
    LEAVE_CLOSE,
    LEAVE_OPEN,
    MOST_DISTANCE,
    MOST_STOPS,
    MOST_TIME,
    NEVER,
    OPEN,
    RELEASE,
    RETURN_CLOSE,
    RETURN_OPEN,
    SERVICE,
    START,
    UNIT,
    Facts,
)
from entrepot.delivery.routing.core.ground import FORBIDDEN, Floats, Ints, Whole, away, lasts
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.tables import BULK

FIRST, LAST, SIZE, DRIVEN, LASTS, EARLY, LATE, RELEASED, MAY, COST = range(10)
"""Columns of `Chains.facts`."""


class Chains(NamedTuple):
    """Stops one behind another, between depots that are not chosen yet; a chain is named after some stop of it.

    Parameters
    ----------
    facts : int array, shape (n + 1, 10)
        FIRST and LAST stop, SIZE; DRIVEN distance and the part in time from first to last; when all is RELEASED; kinds
        that MAY visit all, as bits; COST of the route with the cheapest. The last row is one that is looked at.
    load, board : int array, shape (n + 1, n_loads)
        Sums of demand; by load the most on board.
    links : int array, shape (n, 2)
        By stop the next one, or `n`; and its chain.
    """

    facts: Ints
    load: Ints
    board: Ints
    links: Ints


def savings(facts: Facts) -> list[tuple[list[int], list[int]]]:
    """Join routes of one stop end to end where that is cheaper, the greatest saving first.

    Returns
    -------
    list of tuple
        By route its stops and the kinds that can drive it, the cheapest first; those with the most load first. How many
        vehicles there are is not looked at. A stop nobody can visit alone is in none.
    """
    n, near = facts.after.shape
    origin, target = np.repeat(np.arange(n), near), facts.after.ravel().astype(np.int64)
    is_pair = target != NOBODY
    origin, target = origin[is_pair], target[is_pair]
    saved = np.empty(len(origin))
    _save(facts, facts.alone.min(axis=1, initial=NEVER), origin, target, saved)
    order = np.argsort(-saved, kind="stable")
    chains = _single(facts)
    _join(facts, chains, origin[order], target[order])
    costs, found = np.empty(len(facts.kinds), np.int64), list[tuple[list[int], list[int]]]()
    for p in np.flatnonzero((chains.facts[:n, SIZE] > 0) & (chains.facts[:n, COST] < NEVER)).tolist():
        _price(facts, chains, p, costs)
        by_cost = np.argsort(costs, kind="stable")
        found.append((_stops(chains, p), by_cost[costs[by_cost] < NEVER].tolist()))
    found.sort(key=lambda one: (-facts.ranks[one[0], BULK].sum(), one[0][0]))
    return found


def _stops(chains: Chains, p: int) -> list[int]:
    found, v = list[int](), int(chains.facts[p, FIRST])
    while v != len(chains.links):
        found.append(v)
        v = int(chains.links[v, 0])
    return found


def _single(facts: Facts) -> Chains:
    """Return each stop as a chain."""
    n, every = len(facts.times), np.arange(len(facts.times))
    own = np.zeros((n + 1, 10), np.int64)
    own[:n, FIRST] = own[:n, LAST] = every
    own[:n, SIZE] = 1
    own[:n, LASTS], own[:n, EARLY], own[:n, LATE] = facts.times[:, SERVICE], facts.times[:, OPEN], facts.times[:, CLOSE]
    own[:n, RELEASED], own[:n, MAY] = facts.times[:, RELEASE], facts.allowed
    own[:n, COST] = facts.alone.min(axis=1, initial=NEVER)
    load = np.concatenate([facts.demand, np.zeros((1, facts.demand.shape[1]), np.int64)])
    board = load.copy()
    if facts.is_mixed:  # a stop's delivery is on board before, its pickup behind
        half = load.shape[1] // 2
        board[:, :half] = np.maximum(load[:, :half], load[:, half:])
    return Chains(own, load, board, np.column_stack([np.full(n, n), every]))


@compiled
def _save(facts: Facts, alone: Ints, origin: Ints, target: Ints, saved: Floats) -> None:
    """Tell what a pair costs less on one route than on two, each with the cheapest kind; waiting is not looked at."""
    for e in range(origin.shape[0]):
        i, j = origin[e], target[e]
        least: Whole = NEVER
        for k in range(facts.kinds.shape[0]):
            kind = facts.kinds[k]
            if facts.alone[i, k] >= NEVER or facts.alone[j, k] >= NEVER:
                continue
            driven = away(facts.ground, kind[START], i) + away(facts.ground, i, j) + away(facts.ground, j, kind[END])
            cost = kind[FIXED] + kind[UNIT] * driven
            if kind[BY_TIME]:
                during = lasts(facts.ground, kind[START], i) + lasts(facts.ground, i, j)
                during += lasts(facts.ground, j, kind[END]) + facts.times[i, SERVICE] + facts.times[j, SERVICE]
                cost += kind[BY_TIME] * during
            least = min(least, cost)
        saved[e] = alone[i] + alone[j] - least if least < NEVER else -np.inf


@compiled
def _join(facts: Facts, c: Chains, origin: Ints, target: Ints) -> None:
    n = c.links.shape[0]
    for e in range(origin.shape[0]):
        i, j = origin[e], target[e]
        p, q = c.links[i, 1], c.links[j, 1]
        if p == q or c.facts[p, LAST] != i or c.facts[q, FIRST] != j or not _look(facts, c, p, q):
            continue
        for table in (c.facts, c.load, c.board):
            for d in range(table.shape[1]):
                table[p, d] = table[n, d]
        c.facts[q, SIZE] = 0
        c.links[i, 0] = j
        while j != n:
            c.links[j, 1] = p
            j = c.links[j, 0]


@compiled
def _look(facts: Facts, c: Chains, p: Whole, q: Whole) -> bool:
    """Look at two chains as one; tell whether some kind can drive it, and that costs less."""
    n, one, other, both = c.links.shape[0], c.facts[p], c.facts[q], c.facts[c.links.shape[0]]
    both[MAY] = one[MAY] & other[MAY]
    if both[MAY] == 0 or one[COST] >= NEVER or other[COST] >= NEVER:
        return False
    way, time = away(facts.ground, one[LAST], other[FIRST]), lasts(facts.ground, one[LAST], other[FIRST])
    both[LASTS], both[EARLY], both[LATE] = join(
        one[LASTS], one[EARLY], one[LATE], time, other[LASTS], other[EARLY], other[LATE]
    )
    if both[EARLY] > both[LATE]:
        return False
    both[FIRST], both[LAST], both[SIZE] = one[FIRST], other[LAST], one[SIZE] + other[SIZE]
    both[DRIVEN] = one[DRIVEN] + way + other[DRIVEN]
    both[RELEASED] = max(one[RELEASED], other[RELEASED])
    width = c.load.shape[1]
    for d in range(width):
        c.board[n, d] = c.load[n, d] = c.load[p, d] + c.load[q, d]
    if facts.is_mixed:
        half = width // 2
        for d in range(half):
            c.board[n, d] = max(c.board[p, d] + c.load[q, d], c.load[p, half + d] + c.board[q, d])
    both[COST] = NEVER
    for k in range(facts.kinds.shape[0]):
        both[COST] = min(both[COST], _cost(facts, c, n, k))
    return bool(both[COST] < one[COST] + other[COST])


@compiled
def _price(facts: Facts, c: Chains, p: Whole, costs: Ints) -> None:
    for k in range(costs.shape[0]):
        costs[k] = _cost(facts, c, p, k)


@inlined
def _cost(facts: Facts, c: Chains, p: Whole, k: Whole) -> Whole:
    """Return what a chain costs as a route of a kind; NEVER where it cannot be driven so."""
    one, kind = c.facts[p], facts.kinds[k]
    if not (one[MAY] >> k) & 1 or one[SIZE] > kind[MOST_STOPS]:
        return NEVER
    for d in range(c.board.shape[1]):
        if c.board[p, d] > facts.capacity[k, d]:
            return NEVER
    driven = away(facts.ground, kind[START], one[FIRST]) + one[DRIVEN] + away(facts.ground, one[LAST], kind[END])
    if driven >= FORBIDDEN or driven > kind[MOST_DISTANCE]:
        return NEVER
    duration, early, late = join(
        0, kind[LEAVE_OPEN], kind[LEAVE_CLOSE], lasts(facts.ground, kind[START], one[FIRST]),
        one[LASTS], one[EARLY], one[LATE],
    )  # fmt: skip
    if early > late:
        return NEVER
    way = lasts(facts.ground, one[LAST], kind[END])
    duration, early, late = join(duration, early, late, way, 0, kind[RETURN_OPEN], kind[RETURN_CLOSE])
    if max(early, one[RELEASED]) > late or duration > kind[MOST_TIME]:
        return NEVER
    cost: Whole = kind[FIXED] + kind[UNIT] * driven + kind[BY_TIME] * duration
    return cost
