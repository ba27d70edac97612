"""Branch and bound over sites: bounds are the relaxation's, prices begin where the parent's ended.

A branch is short: some tens of steps of prices. What its reduced costs do not settle is branched on, the site that
stood in half of the steps first; when few sites are left open, HiGHS closes the branch on the lanes that matter.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.solver.ascent import Ascent, Relaxed
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.search import Search

STEPS: Final = 60
"""Steps of prices in a branch."""
PACE: Final = 0.15
PATIENCE: Final = 8
MEMORY: Final = 0.05
"""How much a step counts in how often a site stood."""
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
        The relaxation with the sites that must and that may stand, at some prices.
    is_possible : callable
        Whether plans with such sites may exist.
    least : ndarray or float
        Of the prices.
    """

    relax: Callable[[Bools, Bools, Floats], Relaxed]
    is_possible: Callable[[Bools, Bools], bool]
    least: Floats | float = -np.inf


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
        if best.bound >= search.cost or ascent.is_done or search.is_over or search.left <= until:
            break
    assert best is not None
    return Climbed(best.bound, ascent.best_price, best, weight)


def branch_out(
    ground: Ground,
    search: Search,
    root: Branch,
    *,
    few: int,
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
    few : int
        So many open sites are left to `settle`.
    attempt : callable
        Makes a plan of what stands in a branch.
    settle : callable
        Searches a branch for a while; returns a bound of it, and whether that is the last word. Else it comes again.
    """
    branches, number, last = [root], 0, np.inf
    while branches and branches[0].bound < min(last, search.cost) and not search.is_over:
        branch = heapq.heappop(branches)
        search.raise_bound(branch.bound, HOW)
        search.tell()
        found: list[Branch] = []
        if branch.open_sites.sum() <= few:
            bound, is_last = settle(branch)
            if is_last:
                last = min(last, max(bound, branch.bound))
            else:
                found = [replace(branch, bound=max(bound, branch.bound), efforts=branch.efforts + 1)]
        else:
            found = [_bounded(ground, search, one, attempt) for one in _halves(branch, ground)]
        for one in found:
            number += 1
            heapq.heappush(branches, replace(one, number=number))
    search.raise_bound(min([last, *(one.bound for one in branches[:1])]), HOW)


def _halves(branch: Branch, ground: Ground) -> list[Branch]:
    """Split a branch at the site that stood in half of the steps; leave out where no plan can be."""
    doubt = np.where(branch.open_sites, np.abs(branch.weight - 0.5), np.inf)
    k = int(np.argmin(doubt))
    must, may = branch.must_stand.copy(), branch.may_stand.copy()
    must[k], may[k] = True, False
    halves = [replace(branch, must_stand=must), replace(branch, may_stand=may)]
    return [one for one in halves if ground.is_possible(one.must_stand, one.may_stand)]


def _bounded(ground: Ground, search: Search, branch: Branch, attempt: Callable[[Branch, Relaxed], None]) -> Branch:
    """Raise a branch's bound, try a plan, and settle the sites that no better plan of it would turn over."""
    must, may = branch.must_stand, branch.may_stand
    ascent = Ascent.at(branch.price, ground.least)
    ascent.pace, ascent.patience = PACE, PATIENCE
    climbed = climb(lambda price: ground.relax(must, may, price), ascent, search)
    if climbed.bound < search.cost:
        attempt(branch, climbed.relaxed)
    room, beyond = search.cost - climbed.bound, climbed.relaxed.reduced
    return Branch(
        max(branch.bound, climbed.bound),
        0,
        must | (may & (beyond < -room)),
        may & (must | (beyond <= room)),
        climbed.price,
        climbed.weight,
    )
