"""Plans of two tiers through given sites: exact flows; where they do not suffice, more stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.mip import Layout
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.room import enough
from entrepot.network.solver.search import Search
from entrepot.network.solver.transport import Flows, Transport
from entrepot.network.solver.two_tier import Tiers

ATTEMPTS: Final = 12
"""How often more sites are let stand until all wants can be met."""
ROUNDED: Final = 1e-3
"""Share of all wants that lacks where flows were found, and no plan of whole quantities."""
STEPS: Final = 50
"""Steps of rents before flows are made exact,"""
ABOVE: Final = 1.05
"""towards so many times the first bound."""


@dataclass
class Through:
    """Sets of sites that were tried, and the one of the best plan with its flows."""

    model: Model
    tiers: Tiers
    search: Search
    tried: set[bytes] = field(default_factory=set)
    transport: Transport = field(init=False)
    stands: Bools | None = None
    flows: Flows | None = None

    def __post_init__(self) -> None:
        self.transport = Transport(self.model, self.tiers)

    def attempt(self, stands: Bools) -> tuple[Bools, Flows] | None:
        """Find exact flows through what stands, or a little more, and offer them; None where that was tried before."""
        stands = enough(self.model, self.tiers, stands)
        for attempt in range(ATTEMPTS):
            key = np.packbits(stands).tobytes()
            if key in self.tried or self.search.left <= 0:
                return None
            self.tried.add(key)
            flows = self._flows(stands)
            if flows is None:
                return None
            if flows.is_possible:
                self.offer(stands, flows)
                if self.search.plan is not None:
                    return stands, flows
            lacks = flows.unmet if not flows.is_possible else np.full_like(flows.unmet, ROUNDED)
            stands = self._more(stands, lacks * self.model.volume * 2.0**attempt)
        return None

    def offer(self, stands: Bools, flows: Flows) -> None:
        """Round flows where they cost less than the best plan, and offer them."""

        def again(tight: Model, stands: Bools) -> tuple[Layout, Floats] | None:
            found = self.transport.within(tight).exactly(stands, flows.rents)
            return self._solution(stands, found) if found is not None and found.is_possible else None

        layout, values = self._solution(stands, flows)
        idle = stands & ~self._passed(flows) & ~self.model.must_stand & (self.model.fixed > 0)
        is_less = flows.cost - self.model.fixed[idle].sum() < self.search.cost
        if is_less and offer_rounded(self.model, self.search, layout, values, again):
            self.stands, self.flows = stands.copy(), flows

    def _flows(self, stands: Bools) -> Flows | None:
        transport = self.transport
        rents = transport.no_rents if self.flows is None else self.flows.rents
        bound, _ = transport.at_least(stands, rents, np.inf, steps=1)
        _, rents = transport.at_least(stands, rents, ABOVE * bound, steps=STEPS)
        return transport.exactly(stands, rents)

    def _solution(self, stands: Bools, flows: Flows) -> tuple[Layout, Floats]:
        """Return flows as what a program with all lanes of these sites would say."""
        model, tiers = self.model, self.tiers
        used = np.nonzero(flows.share > 0)[0]
        used = used[np.argsort(tiers.lane[used])]
        course, gate, source = self._links
        links = np.nonzero(stands[tiers.sources[source]] & stands[tiers.fronts[gate]])[0]
        layout = Layout(len(model.fixed), tiers.lane[used], links, np.zeros(0, dtype=np.int64))
        on_links = flows.links[course[links], gate[links], source[links]]
        return layout, np.concatenate([stands, flows.share[used], on_links])

    @cached_property
    def _links(self) -> tuple[Integers, Integers, Integers]:
        """Course, front and source of each link of the model."""
        model, lanes = self.model, self.model.problem.lanes
        course = model.link_scenario * len(model.problem.classes) + lanes.product[model.link_lane]
        gate = np.searchsorted(self.tiers.fronts, lanes.target[model.link_lane])
        return course, gate, np.searchsorted(self.tiers.sources, lanes.origin[model.link_lane])

    def _passed(self, flows: Flows) -> Bools:
        """Return through which sites anything flows."""
        passed, volume = np.zeros(len(self.model.fixed), dtype=bool), flows.links.sum(axis=0)
        np.logical_or.at(passed, self.transport.site, volume.sum(axis=1) > 0)
        np.logical_or.at(passed, self.tiers.sources, volume.sum(axis=0) > 0)
        return passed

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
