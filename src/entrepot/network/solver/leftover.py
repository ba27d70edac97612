"""What reduced costs leave to a better plan, in one tier, and HiGHS on it for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import Bools, Model
from entrepot.network.solver.one_tier import Tier, relax
from entrepot.network.solver.search import Search
from entrepot.network.solver.tree import Branch

LANES: Final = 6_000
"""So many lanes that a better plan may use are left to HiGHS where no want is split; a quarter after a failure;"""
EFFORT: Final = 1.0
"""so many seconds of its first effort, twice as many of each more;"""
FEW: Final = 500
"""on so few lanes, which it closes sooner without programs of its own within, it has"""
WHOLE: Final = 0.5
"""this share of the time left for its first."""


class Left(NamedTuple):
    """Sites that must and that may stand in a better plan, lanes it may use and how many of them lead from such sites.

    `is_whole` tells whether lanes it may not use are left out.
    """

    lower: Bools
    upper: Bools
    last: Bools
    many: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Leftover:
    """A search of what is left."""

    model: Model
    tier: Tier
    offers: Offers
    search: Search

    def of(self, branch: Branch) -> Left:
        """Leave out of a branch what would cost more than the best plan."""
        model = self.model
        tier = replace(self.tier, must_stand=branch.must_stand, may_stand=branch.may_stand)
        relaxed = relax(tier, self.offers, branch.price, is_whole=False)
        room, beyond = self.search.rival - relaxed.bound, relaxed.reduced
        lower = tier.must_stand | (tier.may_stand & (beyond < -room))
        upper = tier.must_stand | (tier.may_stand & (beyond <= room))
        is_whole = model.problem.is_single or not np.isfinite(tier.capacity).any()
        last = np.ones(len(model.want), dtype=bool)
        if is_whole:
            rent = relaxed.rent[model.origin, model.scenario[model.want]] * model.volume[model.want]
            excess = np.maximum(model.cost + rent - branch.price[model.want], 0.0)
            last = excess + np.where(lower, 0.0, np.maximum(beyond, 0.0))[model.origin] <= room
        return Left(lower, upper, last, int(last[upper[model.origin]].sum()), is_whole)

    def search_for(self, left: Left, seconds: float, *, has_parts: bool) -> tuple[float, bool]:
        """Let HiGHS search what is left; returns a bound, and whether it came to an end."""
        model, search = self.model, self.search
        program, layout = program_of(model, lower=left.lower, upper=left.upper, last=left.last)
        solved = minimise(
            program,
            seconds=min(search.left, seconds),
            seed=search.seed,
            cutoff=search.cost - model.constant,
            has_parts=has_parts,
            cancelled=search.cancelled,
        )
        if solved.values is not None:
            offer_rounded(model, search, layout, solved.values)
        return solved.bound + model.constant, solved.is_done


def effort(search: Search, lanes: int, efforts: int) -> float:
    """Return for how many seconds HiGHS searches so many lanes."""
    whole = WHOLE * search.left if lanes <= FEW and not efforts else 0.0
    return min(search.left, max(EFFORT * 2.0**efforts, whole))
