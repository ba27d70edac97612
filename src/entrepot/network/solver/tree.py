"""Branch and bound over sites: bounds are the relaxation's, prices begin where the parent's ended.

A branch is short: some tens of steps of prices. What its reduced costs do not settle is branched on, the site first by
which bounds rose most so far; when little is left open, HiGHS closes the branch on the lanes that matter.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.ascent import Ascent, Relaxed
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.search import Search

STEPS: Final = 60
"""Steps of prices in a branch."""
PACE: Final = 0.15
PATIENCE: Final = 8
MEMORY: Final = 0.05
"""How much a step counts in how often a site stood."""
SURE: Final = 0.05
"""Least part of a site that is thought to be turned,"""
LEAST: Final = 1e-9
"""and least rise of a bound, so that doubt decides where bounds never rose."""
HOW: Final = "branches over sites, bounded by the Lagrangian relaxation"


@dataclass(frozen=True, order=True)
class Branch:
    """Sites that must and may stand, a bound on all plans with these, and where its prices are; lowest bound first."""

    bound: float
    number: int
    must_stand: Bools = field(compare=False)
    may_stand: Bools = field(compare=False)
    price: Floats = field(compare=False)
    weight: Floats = field(compare=False)
    efforts: int = field(default=0, compare=False)

    @property
    def open_sites(self) -> Bools:
        """Which sites are not settled."""
        return np.asarray(self.may_stand & ~self.must_stand)


@dataclass(frozen=True)
class Ground:
    """What branches grow on.

    Parameters
    ----------
    relax : callable
        The relaxation with the sites that must and that may stand, at some prices; and whether reduced costs are to be
        sharp, which takes longer.
    is_possible : callable
        Whether plans with such sites may exist.
    kind : ndarray of int, shape (n_sites,)
        Sites of a kind are thought alike until they were branched on.
    least : ndarray or float
        Of the prices.
    """

    relax: Callable[[Bools, Bools, Floats, bool], Relaxed]
    is_possible: Callable[[Bools, Bools], bool]
    kind: Integers
    least: Floats | float = -np.inf


@dataclass
class Rises:
    """By how much bounds rose when a site was shut (row 0) or had to stand (row 1), per part of it that this turned.

    They tell which site to branch on (pseudo-costs, Benichou and others 1971).
    """

    kind: Integers
    total: Floats
    times: Floats

    @classmethod
    def of(cls, kind: Integers) -> Rises:
        """Begin without any."""
        return cls(kind, np.zeros((2, len(kind))), np.zeros((2, len(kind))))

    def learn(self, site: int, branch: Branch, half: Branch) -> None:
        """Learn from one half of a branch."""
        stands = int(half.must_stand[site])
        part = abs(stands - _clipped(branch.weight)[site])
        self.total[stands, site] += max(half.bound - branch.bound, 0.0) / part
        self.times[stands, site] += 1

    def best(self, branch: Branch) -> int:
        """Return the open site whose halves promise the highest bounds; a kind never tried promises most."""
        weight = _clipped(branch.weight)
        promised = np.empty_like(self.total)
        for one in np.unique(self.kind):
            alike = self.kind == one
            total, times = self.total[:, alike], self.times[:, alike]
            mean = total.sum(axis=1) / np.maximum(times.sum(axis=1), 1) if times.sum() else np.full(2, 1e30)
            promised[:, alike] = (total + mean[:, None]) / (times + 1)
        promised = np.maximum(promised, LEAST)
        score = np.minimum(promised[0] * weight, promised[1] * (1 - weight))
        return int(np.argmax(np.where(branch.open_sites, score, -1.0)))


def _clipped(weight: Floats) -> Floats:
    return np.clip(weight, SURE, 1 - SURE)


@dataclass(frozen=True)
class Climbed:
    """The best bound of a climb, its prices and relaxation, and how often each site stood of late."""

    bound: float
    price: Floats
    relaxed: Relaxed
    weight: Floats


def climb(
    relax: Callable[[Floats], Relaxed],
    ascent: Ascent,
    search: Search,
    *,
    steps: int = STEPS,
    until: float = 0.0,
    each: Callable[[Relaxed, int], None] = lambda relaxed, step: None,
) -> Climbed:
    """Move prices up until steps are small, as many as allowed are done, or no plan can be better.

    Parameters
    ----------
    relax : callable
        The relaxation at some prices.
    ascent : Ascent
        Where prices begin, and how far they step.
    search : Search
        Its best plan is the goal.
    steps : int
        At most so many.
    until : float
        Seconds of the search that are to be left.
    each : callable
        Told each relaxation and its number, before the step.
    """
    best, weight = None, np.zeros(0)
    for step in range(steps):
        relaxed = relax(ascent.price)
        share = max(MEMORY, 1.0 / (step + 1))
        weight = relaxed.chosen if best is None else weight + share * (relaxed.chosen - weight)
        if best is None or relaxed.bound > best.bound:
            best = relaxed
        each(relaxed, step)
        goal = search.cost if np.isfinite(search.cost) else max(1.1 * relaxed.bound, relaxed.bound + 1.0)
        ascent.step(relaxed.bound, relaxed.gradient, goal)
        if search.lifted(best.bound) >= search.cost or ascent.is_done or search.is_over or search.left <= until:
            break
    assert best is not None
    return Climbed(best.bound, ascent.best_price, best, weight)


def branch_out(
    ground: Ground,
    search: Search,
    root: Branch,
    *,
    is_small: Callable[[Branch], bool],
    attempt: Callable[[Branch, Relaxed], None],
    settle: Callable[[Branch], tuple[float, bool]],
) -> None:
    """Search all branches, lowest bound first, until none is left or the time is over.

    Parameters
    ----------
    ground : Ground
        The network.
    search : Search
        Its best plan is to be passed.
    root : Branch
        All plans that may be better than the best.
    is_small : callable
        Whether a branch with open sites is left to `settle`; one without is in any case.
    attempt : callable
        Makes a plan of what stands in a branch.
    settle : callable
        Searches a branch for a while; returns a bound of it, and whether that is the last word. Else it comes again.
    """
    branches, number, last = [root], 0, np.inf
    rises = Rises.of(ground.kind)
    while branches and search.lifted(branches[0].bound) < min(last, search.cost) and not search.is_over:
        branch = heapq.heappop(branches)
        search.raise_bound(branch.bound, HOW)
        search.tell()
        found: list[Branch] = []
        if not branch.open_sites.any() or is_small(branch):
            bound, is_last = settle(branch)
            if is_last:
                last = min(last, max(bound, branch.bound))
            else:
                found = [replace(branch, bound=max(bound, branch.bound), efforts=branch.efforts + 1)]
        else:
            site = rises.best(branch)
            for one in _halves(branch, ground, site):
                found.append(_bounded(ground, search, one, attempt))
                rises.learn(site, branch, found[-1])
        for one in found:
            number += 1
            heapq.heappush(branches, replace(one, number=number))
    search.raise_bound(min([last, *(one.bound for one in branches[:1])]), HOW)


def _halves(branch: Branch, ground: Ground, site: int) -> list[Branch]:
    """Split a branch at a site; leave out where no plan can be."""
    must, may = branch.must_stand.copy(), branch.may_stand.copy()
    must[site], may[site] = True, False
    halves = [replace(branch, must_stand=must), replace(branch, may_stand=may)]
    return [one for one in halves if ground.is_possible(one.must_stand, one.may_stand)]


def _bounded(ground: Ground, search: Search, branch: Branch, attempt: Callable[[Branch, Relaxed], None]) -> Branch:
    """Raise a branch's bound, try a plan, and settle the sites that no better plan of it would turn over."""
    must, may = branch.must_stand, branch.may_stand
    ascent = Ascent.at(branch.price, ground.least)
    ascent.pace, ascent.patience = PACE, PATIENCE
    climbed = climb(lambda price: ground.relax(must, may, price, False), ascent, search)
    if search.lifted(climbed.bound) < search.cost:
        attempt(branch, climbed.relaxed)
    found = settled(ground, search, must, may, climbed)
    return replace(found, bound=max(branch.bound, climbed.bound), efforts=branch.efforts)


def settled(ground: Ground, search: Search, must: Bools, may: Bools, climbed: Climbed) -> Branch:
    """Settle the sites that no better plan would turn over."""
    beyond, room = ground.relax(must, may, climbed.price, True).reduced, search.rival - climbed.bound
    return Branch(
        climbed.bound, 0, must | (may & (beyond < -room)), may & (must | (beyond <= room)), climbed.price,
        climbed.weight,
    )  # fmt: skip
