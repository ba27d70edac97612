"""Branch and bound of single sourcing over sites and lanes: a site stands or not, a want comes from a site or not.

Sites come first, that which the relaxation is most in doubt about, then the lanes of large wants that it uses now and
then. Each half leaves out more by reduced costs, so that what is left is soon settled; branches in which all sites are
settled are few and small, and what does not close soon is closed in these.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
SURE: Final = 0.02
"""Least part of a site or lane that is thought to be turned."""
CLOSING: Final = 0.03
"""Share of all the time gone in which branches close most of what they ever close, where sites and wants are few."""
AGAIN: Final = 0.5
"""Part of the lanes left, of those there were when a branch could not be settled, with which that is tried again."""
HOW: Final = "branches over sites and lanes, bounded by the Lagrangian relaxation"


@dataclass(frozen=True, order=True)
class Part:
    """Some of all plans: a bound on them, lanes they may use (packed), sites, prices, and what to branch on.

    `split` is a site and a want, or a site and -1; `many` lanes were left when settling failed, or none were tried.
    """

    bound: float
    number: int
    lanes: np.ndarray[Any, np.dtype[np.uint8]] = field(compare=False)
    state: Integers = field(compare=False)
    price: Floats = field(compare=False)
    split: tuple[int, int] = field(compare=False)
    many: float = field(default=np.inf, compare=False)

    @property
    def is_settled(self) -> bool:
        """Whether all sites are."""
        return not (self.state == FREE).any()


def branch_whole(
    tier: Tier,
    table: Table,
    search: Search,
    price: Floats,
    *,
    attempt: Callable[[Bools, Floats], None],
    offer: Callable[[Bools, Integers], None],
    settle: Callable[[Bools, Bools], tuple[float, bool] | None],
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
    settle : callable
        Searches a branch for a while, given what stands and the lanes, shape (n_sites, n_wants); returns a bound of it
        and whether that is the last word, or None when there are too many lanes.
    close : callable
        Asked once, after a while, to search all plans in another way; tells whether it came to an end.
    """
    parts: list[Part] = []
    number, last = 0, np.inf

    def bounded(lanes: Bools, state: Integers, price: Floats, least: float, many: float) -> Part | None:
        nonlocal number
        climbed = climb_whole(table, lanes, state, price, search.rival - tier.constant, STEPS, PACE, PATIENCE)
        bound = max(climbed.bound + tier.constant, least)
        if climbed.kind == SOLVED:
            offer(climbed.chosen, climbed.home)
        if climbed.kind != ALIVE or search.lifted(bound) >= search.cost:
            return None
        attempt(climbed.chosen, climbed.reduced)
        number += 1
        return Part(bound, number, np.packbits(lanes), state, price, split(table, lanes, state, climbed), many)

    def settled(part: Part) -> Part | None:
        """Try to settle a part, of what the best plan by now leaves of it; None when that is done."""
        nonlocal last
        lanes = _unpacked(part, tier.cost.shape)
        if lanes.sum() > AGAIN * part.many:
            return part
        fresh = bounded(lanes, part.state.copy(), part.price.copy(), part.bound, part.many)
        found = settle(fresh.state == STANDS, lanes) if fresh is not None else None
        if fresh is None or found is None:
            return fresh
        bound, is_last = max(found[0], fresh.bound), found[1]
        if is_last:
            last = min(last, bound)
        return None if is_last else replace(fresh, bound=bound, many=float(lanes.sum()))

    state = np.where(tier.must_stand, STANDS, np.where(tier.may_stand, FREE, SHUT))
    root = bounded(np.isfinite(tier.cost), state, price.copy(), search.bound, np.inf)
    parts = [root] if root is not None else []
    is_asked = False
    while parts and search.lifted(parts[0].bound) < min(last, search.cost) and not search.is_over:
        if not is_asked and search.gone > CLOSING * search.seconds:
            is_asked = True
            if close():
                return
        part = heapq.heappop(parts)
        search.raise_bound(min(last, part.bound), HOW)
        search.tell()
        if part.is_settled and search.gone > CLOSING * search.seconds:
            rest = settled(part)
            if rest is None:
                continue
            if rest.many < part.many and rest.bound > part.bound:
                heapq.heappush(parts, rest)
                continue
            part = rest
        for one in _halves(part, tier.cost.shape):
            found = bounded(*one, part.price.copy(), part.bound, part.many)
            if found is not None:
                heapq.heappush(parts, found)
    search.raise_bound(min([last, *(one.bound for one in parts[:1])]), HOW)


def split(table: Table, lanes: Bools, state: Integers, climbed: Climb) -> tuple[int, int]:
    """Return the site, or the lane, to branch on: what the relaxation is in doubt about."""
    weight, used = np.clip(climbed.weight, SURE, 1 - SURE), np.clip(climbed.used, SURE, 1 - SURE)
    doubt = np.where(state == FREE, np.minimum(weight, 1 - weight), -1.0)
    site, is_open = int(np.argmax(doubt)), climbed.home < 0
    if doubt[site] > 0 or not is_open.any():
        return site, -1
    score = np.where(lanes & is_open, np.minimum(used, 1 - used) * table.units, -1.0)
    return int(np.argmax(score)) // lanes.shape[1], int(np.argmax(score)) % lanes.shape[1]


def _unpacked(part: Part, shape: tuple[int, ...]) -> Bools:
    return np.unpackbits(part.lanes, count=shape[0] * shape[1]).reshape(shape).astype(bool)


def _halves(part: Part, shape: tuple[int, ...]) -> list[tuple[Bools, Integers]]:
    """Split a part: without the site or lane, and with it."""
    site, want = part.split
    halves = []
    for is_used in (False, True):
        lanes, state = _unpacked(part, shape), part.state.copy()
        if want < 0:
            state[site] = STANDS if is_used else SHUT
        elif is_used:
            lanes[:, want] = False
            lanes[site, want] = True
        else:
            lanes[site, want] = False
        halves.append((lanes, state))
    return halves
