"""Branch and bound of single sourcing over sites and lanes: a site stands or not, a want comes from a site or not.

Sites that the relaxation is in doubt about come first, then the lanes of large wants that it uses now and then. Each
half leaves out more by reduced costs, so that what is left is soon settled.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Tier
from entrepot.network.solver.search import Search
from entrepot.network.solver.whole import ALIVE, FREE, SHUT, SOLVED, STANDS, Climb, Table, climb_whole

STEPS: Final = 40
"""Steps of prices in a branch,"""
PACE: Final = 0.15
PATIENCE: Final = 6
DOUBT: Final = 0.1
"""Part of a site at least, and that it is away from a whole, to branch on it before lanes."""
SURE: Final = 0.02
"""Least part of a site or lane that is thought to be turned."""
DIVES: Final = 0.25
"""Branches split at once in the half that uses the site or lane, until none is left, of all: they end in plans."""
CLOSING: Final = 0.03
"""Share of all the time gone in which branches close most of what they ever close, where sites and wants are few."""
HOW: Final = "branches over sites and lanes, bounded by the Lagrangian relaxation"


@dataclass(frozen=True, order=True)
class Part:
    """Some of all plans: a bound on them, lanes they may use (packed), sites, prices, and what to branch on.

    `split` is a site and a want, or a site and -1.
    """

    bound: float
    number: int
    lanes: np.ndarray[Any, np.dtype[np.uint8]] = field(compare=False)
    state: Integers = field(compare=False)
    price: Floats = field(compare=False)
    split: tuple[int, int] = field(compare=False)


def branch_whole(
    tier: Tier,
    table: Table,
    search: Search,
    price: Floats,
    *,
    attempt: Callable[[Bools, Floats], None],
    offer: Callable[[Bools, Integers], None],
    close: Callable[[], bool],
) -> None:
    """Search all plans, lowest bound first, until none is left or the time is over.

    Parameters
    ----------
    tier : Tier
        The network.
    table : Table
        The same in whole units.
    search : Search
        Its best plan is to be passed.
    price : ndarray, shape (n_wants,)
        Where prices begin.
    attempt : callable
        Makes a plan of what stands in a relaxation, told reduced costs of sites too.
    offer : callable
        Takes a plan: what stands, and the site of each want.
    close : callable
        Asked once, after a while, to search all plans in another way; tells whether it came to an end.
    """
    parts: list[Part] = []
    number = dived = 0

    def bounded(lanes: Bools, state: Integers, price: Floats, least: float) -> Part | None:
        nonlocal number
        climbed = climb_whole(table, lanes, state, price, search.rival - tier.constant, STEPS, PACE, PATIENCE)
        bound = max(climbed.bound + tier.constant, least)
        if climbed.kind == SOLVED:
            offer(climbed.chosen, climbed.home)
        if climbed.kind != ALIVE or search.lifted(bound) >= search.cost:
            return None
        attempt(climbed.chosen, climbed.reduced)
        number += 1
        return Part(bound, number, np.packbits(lanes), state, price, split(table, lanes, state, climbed))

    def halved(part: Part) -> list[Part]:
        halves = (bounded(*one, part.price.copy(), part.bound) for one in _halves(part, tier.cost.shape))
        return [one for one in halves if one is not None]

    state = np.where(tier.must_stand, STANDS, np.where(tier.may_stand, FREE, SHUT))
    root = bounded(np.isfinite(tier.cost), state, price.copy(), search.bound)
    parts = [root] if root is not None else []
    is_asked = False
    while parts and search.lifted(parts[0].bound) < search.cost and not search.is_over:
        if not is_asked and search.gone > CLOSING * search.seconds:
            is_asked = True
            if close():
                return
        part = heapq.heappop(parts)
        search.raise_bound(part.bound, HOW)
        search.tell()
        found, is_dive = halved(part), dived < DIVES * number
        while found and is_dive and not search.is_over:
            dived += 1
            *others, first = found
            for one in others:
                heapq.heappush(parts, one)
            found = halved(first)
        for one in found:
            heapq.heappush(parts, one)
    search.raise_bound(min([np.inf, *(one.bound for one in parts[:1])]), HOW)


def split(table: Table, lanes: Bools, state: Integers, climbed: Climb) -> tuple[int, int]:
    """Return the site, or the lane, to branch on: what the relaxation is in doubt about."""
    weight, used = np.clip(climbed.weight, SURE, 1 - SURE), np.clip(climbed.used, SURE, 1 - SURE)
    doubt = np.where(state == FREE, np.minimum(weight, 1 - weight), -1.0)
    site, is_open = int(np.argmax(doubt)), climbed.home < 0
    if doubt[site] >= DOUBT or not is_open.any():
        return site, -1
    score = np.where(lanes & is_open, np.minimum(used, 1 - used) * table.units, -1.0)
    return int(np.argmax(score)) // lanes.shape[1], int(np.argmax(score)) % lanes.shape[1]


def _halves(part: Part, shape: tuple[int, ...]) -> list[tuple[Bools, Integers]]:
    """Split a part: without the site or lane, and with it."""
    site, want = part.split
    halves = []
    for is_used in (False, True):
        lanes = np.unpackbits(part.lanes, count=shape[0] * shape[1]).reshape(shape).astype(bool)
        state = part.state.copy()
        if want < 0:
            state[site] = STANDS if is_used else SHUT
        elif is_used:
            lanes[:, want] = False
            lanes[site, want] = True
        else:
            lanes[site, want] = False
        halves.append((lanes, state))
    return halves
