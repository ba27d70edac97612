"""Sets of sites worth dividing wants among: by what they cost at the prices of the relaxation, and by what came of it.

Sets are told in order of what they cost at least, one by one: a dynamic program over room tells what each choice of
some sites comes to at best (A*). By turns the next set is tried, and one that did well is tried for longer.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.cover import tables
from entrepot.network.solver.model import Bools, Floats

CELLS: Final = 400_000
"""Sites x units of room at most in which sets are told in order."""
PATIENCE: Final = 5_000
"""Choices looked at in vain, before no more sets are told."""
ROUNDS: Final = 2_000
"""Rounds of the first try of a set; twice as many in each more,"""
MOST: Final = 32_000
"""and so many at most."""


@dataclass
class Chance:
    """A set of sites, what plans with it cost at least, and what the best found costs; and how often it was tried."""

    stands: Bools
    bound: float
    least: float = np.inf
    tries: int = 0

    @property
    def rounds(self) -> int:
        """Rounds of the next try."""
        return min(ROUNDS << self.tries, MOST)


@dataclass
class Chances:
    """All sets known so far.

    Parameters
    ----------
    constant : float
        What all plans cost at least at the prices, before sites.
    reduced : ndarray, shape (n_sites,)
        Each site's fixed cost less what it is worth at the prices.
    ordered : iterator
        Sets in order of what they cost.
    """

    constant: float
    reduced: Floats
    ordered: Iterator[Bools]
    random: np.random.Generator
    waiting: list[tuple[float, int, Bools]] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)
    tried: list[Chance] = field(default_factory=list)
    turn: int = 0

    def add(self, stands: Bools) -> None:
        """Take a set that may be worth it, if it is new."""
        key = np.packbits(stands).tobytes()
        if key not in self.known:
            self.known.add(key)
            bound = self.constant + float(self.reduced[stands].sum())
            heapq.heappush(self.waiting, (bound, len(self.known), stands.copy()))

    def next(self, cost: float) -> Chance | None:
        """Return the set to try next, by turns a new one and one tried before; None when no plan costs less there."""
        self.turn += 1
        ways = (self._fresh, self._again) if self.turn % 2 else (self._again, self._fresh)
        for way in ways:
            found = way(cost)
            if found is not None:
                return found
        return None

    def _fresh(self, cost: float) -> Chance | None:
        """Return the set not tried yet that costs least, among those told and those in order."""
        many = len(self.known)
        while len(self.known) == many:
            stands = next(self.ordered, None)
            if stands is None:
                break
            self.add(stands)
        if not self.waiting or self.waiting[0][0] >= cost:
            return None
        bound, _, stands = heapq.heappop(self.waiting)
        self.tried.append(Chance(stands, bound))
        return self.tried[-1]

    def _again(self, cost: float) -> Chance | None:
        """Return a set tried before: the best rather, the r-th best some 1 / r times as often."""
        self.tried = sorted((one for one in self.tried if one.bound < cost), key=lambda one: one.least)
        if not self.tried:
            return None
        return self.tried[int((len(self.tried) + 1) ** self.random.random()) - 1]


def in_order(
    reduced: Floats, room: Integers, needed: int, may_stand: Bools, must_stand: Bools, least: int, most: int
) -> Iterator[Bools]:
    """Tell sets of sites with room for what is needed, those first that cost least together.

    Parameters
    ----------
    reduced : ndarray, shape (n_sites,)
        What each costs.
    room : ndarray of int, shape (n_sites,)
    needed : int
        Room the set must have.
    may_stand, must_stand : ndarray of bool, shape (n_sites,)
    least, most : int
        How many may stand.
    """
    grain = -(-needed * len(room) // CELLS) if needed else 1
    size, wanted = room // grain, -(-needed // grain)
    sites = np.nonzero(may_stand & ~must_stand)[0]
    left = max(wanted - int(size[must_stand].sum()), 0)
    rest = tables(reduced[sites], size[sites], left)
    heap = [(float(rest[len(sites), left]), 0, len(sites), left, 0.0, 0)]
    made = vain = 0
    while heap and vain < PATIENCE and np.isfinite(heap[0][0]):
        _, _, k, left, spent, mask = heapq.heappop(heap)
        vain += 1
        if k == 0:
            stands = must_stand.copy()
            stands[sites[[one for one in range(len(sites)) if mask >> one & 1]]] = True
            if max(least, 1) <= stands.sum() <= most:
                vain = 0
                yield stands
            continue
        k -= 1
        used = max(left - int(size[sites[k]]), 0)
        cost = spent + float(reduced[sites[k]])
        for now, total, bits in ((left, spent, mask), (used, cost, mask | 1 << k)):
            made += 1
            heapq.heappush(heap, (total + float(rest[k, now]), made, k, now, total, bits))
