"""Plans of two tiers through given sites: exact flows by one linear program; where they do not suffice, more stand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import Program, minimise
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.room import enough
from entrepot.network.solver.search import Search
from entrepot.network.solver.two_tier import Tiers

ATTEMPTS: Final = 12
"""How often more sites are let stand until all wants can be met."""


@dataclass
class Through:
    """Sets of sites that were tried, and the one of the best plan."""

    model: Model
    tiers: Tiers
    search: Search
    tried: set[bytes] = field(default_factory=set)
    stands: Bools | None = None

    def attempt(self, stands: Bools) -> None:
        """Find exact flows through what stands; where a want stays unmet, let more fronts that serve it stand."""
        model, search = self.model, self.search
        stands = enough(model, self.tiers, stands)
        for attempt in range(ATTEMPTS):
            key = np.packbits(stands).tobytes()
            if key in self.tried or search.left <= 0:
                return
            self.tried.add(key)
            program, layout = program_of(model, lower=stands, upper=stands, is_linked=False)
            solved = minimise(_elastic(program, model, layout), seconds=search.left, cancelled=search.cancelled)
            if solved.values is None:
                return
            shares = solved.values[layout.sites : layout.first_link]
            unmet = 1.0 - np.bincount(model.want[layout.last], weights=shares, minlength=len(model.quantity))
            if unmet.max(initial=0.0) > 1e-6:
                stands = self._more(stands, np.maximum(unmet, 0.0) * model.volume * 2.0**attempt)
                continue
            is_less = _least(model, program, layout, solved.values) < search.cost
            if is_less and offer_rounded(model, search, layout, solved.values):
                self.stands = stands.copy()
            return

    def _more(self, stands: Bools, unmet: Floats) -> Bools:
        """Open the closed fronts that could serve most of what is unmet for their cost, until all could be met."""
        model, tiers = self.model, self.tiers
        found, left = stands.copy(), unmet.copy()
        room = np.append(np.where(np.isfinite(model.capacity), model.capacity, np.inf)[tiers.fronts], 0.0)
        while left.max(initial=0.0) > 1e-9:
            closed = np.append(~found[tiers.fronts] & model.may_stand[tiers.fronts], False)
            reach = np.bincount(tiers.front, weights=left[tiers.want], minlength=len(closed))
            score = np.where(
                closed, np.minimum(reach, room) / np.append(np.maximum(model.fixed[tiers.fronts], 1e-9), 1), 0
            )
            best = int(np.argmax(score))
            if score[best] <= 0:
                break
            found[tiers.fronts[best]] = True
            mine = np.unique(tiers.want[tiers.front == best])
            left[mine] *= max(0.0, 1.0 - room[best] / max(left[mine].sum(), 1e-9))
        if (found == stands).all():  # no front is left that could: sources are what lacks
            found[tiers.sources] |= model.may_stand[tiers.sources]
        return found


def _least(model: Model, program: Program, layout: Layout, values: Floats) -> float:
    """Return what flows cost before they are rounded, and the sites that they pass."""
    lanes, links = model.problem.lanes, model.link_lane[layout.links]
    origins = np.concatenate([model.origin[layout.last], lanes.origin[links]])
    passed = np.bincount(origins, weights=values[layout.sites : layout.first_carried], minlength=layout.sites) > 0
    idle = ~passed & ~model.must_stand & (model.fixed > 0)
    return float(program.cost @ values - (model.fixed * values[: layout.sites])[idle].sum()) + model.constant


def _elastic(program: Program, model: Model, layout: Layout) -> Program:
    """Let wants stay unmet in part, at ten times what the dearest way could cost."""
    want = model.want[layout.last]
    dearest = float((model.cost / np.maximum(model.volume[model.want], 1e-9)).max(initial=1.0))
    lanes, volumes = model.problem.lanes, np.array([one.volume for one in model.problem.classes])
    dearest += float((model.link_cost / np.maximum(volumes[lanes.product[model.link_lane]], 1e-9)).max(initial=0.0))
    cost = program.cost.copy()
    cost[layout.sites : layout.first_link] -= 10.0 * dearest * model.volume[want]
    program.rows.lower[0] = np.zeros(len(model.quantity))
    return replace(program, cost=cost)
