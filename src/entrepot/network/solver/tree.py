"""Branch and bound over the sites of one tier: bounds are the relaxation's, prices begin where the parent's ended.

A branch is short: some tens of steps of prices. What its reduced costs do not settle is branched on, the site that
stood in half of the steps first; when few sites are left open, HiGHS closes the branch on the lanes that matter.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Relaxed, Tier, relax
from entrepot.network.solver.search import Search

STEPS: Final = 60
"""Steps of prices in a branch."""
PACE: Final = 0.15
PATIENCE: Final = 8
MEMORY: Final = 0.05
"""How much a step counts in how often a site stood."""
HOW: Final = "branches over sites, bounded by the Lagrangian relaxation of demand"


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
class Climbed:
    """The best bound of a climb, its prices and relaxation, and how often each site stood of late."""

    bound: float
    price: Floats
    relaxed: Relaxed
    weight: Floats


def climb(
    tier: Tier,
    offers: Offers,
    ascent: Ascent,
    search: Search,
    *,
    is_whole: bool,
    steps: int = STEPS,
    each: Callable[[Relaxed, int], None] = lambda relaxed, step: None,
) -> Climbed:
    """Move prices up until steps are small, as many as allowed are done, or no plan can be better.

    Parameters
    ----------
    tier, offers : Tier, Offers
        The network, with what is settled.
    ascent : Ascent
        Where prices begin, and how far they step.
    search : Search
        Its best plan is the goal.
    is_whole : bool
        Whether knapsacks are whole.
    steps : int
        At most so many.
    each : callable
        Told each relaxation and its number, before the step.
    """
    best, weight = None, np.zeros(len(tier.fixed))
    for step in range(steps):
        relaxed = relax(tier, offers, ascent.price, is_whole)
        weight += max(MEMORY, 1.0 / (step + 1)) * (relaxed.chosen - weight)
        if best is None or relaxed.bound > best.bound:
            best = relaxed
        each(relaxed, step)
        goal = search.cost if np.isfinite(search.cost) else max(1.1 * relaxed.bound, relaxed.bound + 1.0)
        ascent.step(relaxed.bound, relaxed.gradient, goal)
        if best.bound >= search.cost or ascent.is_done or search.is_over:
            break
    assert best is not None
    return Climbed(best.bound, ascent.best_price, best, weight)


def branch_out(
    tier: Tier,
    offers: Offers,
    search: Search,
    root: Branch,
    *,
    is_whole: bool,
    few: int,
    attempt: Callable[[Tier, Relaxed], None],
    settle: Callable[[Branch], tuple[float, bool]],
) -> None:
    """Search all branches, lowest bound first, until none is left or the time is over.

    Parameters
    ----------
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
            found = [_bounded(tier, offers, search, one, is_whole, attempt) for one in _halves(branch, tier)]
        for one in found:
            number += 1
            heapq.heappush(branches, replace(one, number=number))
    search.raise_bound(min([last, *(one.bound for one in branches[:1])]), HOW)


def _halves(branch: Branch, tier: Tier) -> list[Branch]:
    """Split a branch at the site that stood in half of the steps; leave out what cannot carry the demand."""
    doubt = np.where(branch.open_sites, np.abs(branch.weight - 0.5), np.inf)
    k = int(np.argmin(doubt))
    must, may = branch.must_stand.copy(), branch.may_stand.copy()
    must[k], may[k] = True, False
    halves = [replace(branch, must_stand=must), replace(branch, may_stand=may)]
    return [
        one
        for one in halves
        if tier.needed <= tier.capacity[one.may_stand].sum()
        and one.must_stand.sum() <= tier.most
        and one.may_stand.sum() >= max(tier.least, 1)
    ]


def _bounded(
    tier: Tier, offers: Offers, search: Search, branch: Branch, is_whole: bool,
    attempt: Callable[[Tier, Relaxed], None],
) -> Branch:  # fmt: skip
    """Raise a branch's bound, try a plan, and settle the sites that no better plan of it would turn over."""
    here = replace(tier, must_stand=branch.must_stand, may_stand=branch.may_stand)
    ascent = Ascent.at(branch.price)
    ascent.pace, ascent.patience = PACE, PATIENCE
    climbed = climb(here, offers, ascent, search, is_whole=is_whole)
    if climbed.bound < search.cost:
        attempt(here, climbed.relaxed)
    room, beyond = search.cost - climbed.bound, climbed.relaxed.reduced
    return Branch(
        max(branch.bound, climbed.bound),
        0,
        here.must_stand | (here.may_stand & (beyond < -room)),
        here.may_stand & (here.must_stand | (beyond <= room)),
        climbed.price,
        climbed.weight,
    )
