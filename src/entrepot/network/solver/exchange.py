"""Two tiers: sites are opened, closed and exchanged; rents rule out most of it, what is left is priced exactly.

Where nothing saves any more, some doubtful sites near each other are turned over all the same, or to how they stand
where another way ended, and what is near them is looked at anew (iterated local search, Lourenco, Martin and Stützle
2003).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.rents import Around
from entrepot.network.solver.room import has_room
from entrepot.network.solver.search import Search
from entrepot.network.solver.transport import Flows, Transport
from entrepot.network.solver.two_tier import Tiers

STEPS: Final = 25
"""Steps of rents that may rule a move out."""
PARTNERS: Final = 10
"""A site may be exchanged for so many near it,"""
PRICED: Final = 3
"""and so many of its moves are priced exactly, those with least bounds."""
LEAST: Final = 1e-6
"""Relative saving that is one."""
KICKED: Final = 5
"""Sites that are turned over with one at most where nothing saves,"""
AROUND: Final = 12
"""of so many near it;"""
HARDLY: Final = 0.05
"""what the surest site counts for beside a doubtful one."""
CROSSED: Final = 0.5
"""How often sites are turned over to how they stand where another way ended."""
WORSE: Final = 0.02
"""More than this part of the cost is not given up for it."""


@dataclass
class Exchange:
    """Moves from one set of sites to a better one.

    Parameters
    ----------
    transport : Transport
        Prices sets of sites.
    search : Search
        Its clock.
    weight : ndarray, shape (n_sites,)
        How often each site stood in the relaxation of late; doubtful ones are looked at first.
    ends : list of ndarray
        Where moves from given sites ended.
    """

    transport: Transport
    search: Search
    weight: Floats
    ends: list[Bools] = field(default_factory=list)
    closeness: Floats = field(init=False)
    gates: Bools = field(init=False)
    wants: Bools = field(init=False)
    free: Bools = field(init=False)
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        model = self.transport.model
        self.closeness = _closeness(self.transport.tiers)
        self.gates, self.wants = _around(self.transport, self.closeness)
        self.free = model.may_stand & ~model.must_stand
        self.random = np.random.default_rng(self.search.seed)

    def improved(
        self, stands: Bools, flows: Flows, until: float, sites: Iterable[int] | None = None
    ) -> tuple[Bools, Flows]:
        """Move as long as that saves, or until the search has so many seconds left; begin with `sites`, or all."""
        doubt = np.where(stands, self.weight, 1.0 - self.weight)
        queue = deque(np.argsort(doubt, kind="stable").tolist() if sites is None else sites)
        while queue and self.search.left > until:
            k = queue.popleft()
            moved = self._moved(stands, flows, k) if self.free[k] else None
            if moved is None:
                continue
            turned = np.nonzero(moved[0] != stands)[0].tolist()
            stands, flows = moved
            waiting = set(queue)
            queue.extend(one for one in self._near([k, *turned]) if one not in waiting)
        if sites is None and flows.is_possible:
            self.ends.append(stands)
        return stands, flows

    def kicked(self, stands: Bools, flows: Flows, until: float) -> tuple[Bools, Flows]:
        """Turn some doubtful sites over and move on from there; returns what is better, or what was.

        Every other time they are sites near each other that stand otherwise where another way ended.
        """
        turned = self._crossed(stands) if self.random.random() < CROSSED else self._drawn(stands)
        there = _turned(stands, turned)
        if not has_room(self.transport.tiers, there):
            return stands, flows
        most = (1 + WORSE) * flows.cost
        bound, rents = self.transport.at_least(there, flows.rents, most, steps=2 * STEPS)
        begun = self.transport.exactly(there, rents) if bound < most else None
        if begun is None:
            return stands, flows
        there, found = self.improved(there, begun, until, self._near(turned))
        return (there, found) if found.is_possible and found.cost < (1 - LEAST) * flows.cost else (stands, flows)

    def _moved(self, stands: Bools, flows: Flows, k: int) -> tuple[Bools, Flows] | None:
        """Return where a move of site `k` saves: turned over, alone or with one near it that stands the other way."""
        promising = []
        goal = (1 - LEAST) * flows.cost
        each = self.transport.of_wants(stands, flows.rents)
        for move in self._moves(stands, k):
            there = _turned(stands, move)
            if not has_room(self.transport.tiers, there):
                continue
            around = self._around(move, each)
            bound, rents = self.transport.at_least(there, flows.rents, flows.cost, steps=STEPS, around=around)
            if bound < goal:
                promising.append((bound, move, rents))
        for _, move, rents in sorted(promising, key=lambda one: one[:2])[:PRICED]:
            there = _turned(stands, move)
            found = self.transport.exactly(there, rents, goal)
            if found is not None:
                return there, found
        return None

    def _around(self, move: list[int], each: Floats) -> Around | None:
        """Return where turning some fronts over changes rents; None where sources are turned over."""
        if not self.transport.model.problem.receives[move].all():
            return None
        wants, gates = np.asarray(self.wants[move].any(axis=0)), np.asarray(self.gates[move].any(axis=0))
        return Around(np.nonzero(wants)[0], gates, False, float(each[~wants].sum()))

    def _moves(self, stands: Bools, k: int) -> Iterator[list[int]]:
        yield [k]
        close = np.where((stands != stands[k]) & self.free, self.closeness[k], 0.0)
        yield from ([k, other] for other in _largest(close, PARTNERS))

    def _near(self, sites: Iterable[int]) -> list[int]:
        """Return sites and those near them, each once."""
        return list(dict.fromkeys(one for k in sites for one in [*_largest(self.closeness[k], PARTNERS), k]))

    def _drawn(self, stands: Bools) -> list[int]:
        """Draw a doubtful site and some near it."""
        doubt = np.where(self.free, np.clip(np.abs(stands - self.weight), HARDLY, 1.0), 0.0)
        first = int(self.random.choice(len(doubt), p=doubt / doubt.sum()))
        near = np.array([k for k in _largest(self.closeness[first], AROUND) if self.free[k]], dtype=np.int64)
        many = min(int(self.random.integers(1, KICKED + 1)), len(near))
        if not many:
            return [first]
        weight = doubt[near] * self.closeness[first, near]
        return [first, *self.random.choice(near, many, replace=False, p=weight / weight.sum()).tolist()]

    def _crossed(self, stands: Bools) -> list[int]:
        """Draw a site that stands otherwise where another way ended, and those near it that do; else doubtful ones."""
        others = [end for end in self.ends if (end != stands).any()]
        if not others:
            return self._drawn(stands)
        differs = others[int(self.random.integers(len(others)))] != stands
        first = int(self.random.choice(np.nonzero(differs)[0]))
        many = int(self.random.integers(1, KICKED + 1))
        return [first, *_largest(np.where(differs, self.closeness[first], 0.0), many)]


def _turned(stands: Bools, sites: Iterable[int]) -> Bools:
    """Return what stands with some sites turned over."""
    there = stands.copy()
    there[list(sites)] ^= True
    return there


def _largest(value: Floats, many: int) -> list[int]:
    """Return the places of the largest values above 0, largest first, so many at most."""
    order = np.argsort(-value, kind="stable")[:many]
    return [int(k) for k in order if value[k] > 0]


def _closeness(tiers: Tiers) -> Floats:
    """Return how near sites are: fronts by the wants that both might serve, sources by what their links cost."""
    fronts, sources = len(tiers.fronts), len(tiers.sources)
    many = fronts + sources
    found = np.zeros((many, many))
    is_front = tiers.front < fronts
    lanes = tiers.front[is_front], tiers.want[is_front]
    table = csr_array((np.ones(len(lanes[0])), lanes), (fronts, len(tiers.amount)))
    both = (table @ table.T).toarray()
    size = np.sqrt(np.maximum(both.diagonal(), 1.0))
    found[np.ix_(tiers.fronts, tiers.fronts)] = both / size / size[:, None]
    link = np.where(np.isfinite(tiers.link), tiers.link, 0.0).reshape(-1, sources)
    apart = np.array([np.abs(link - link[:, [k]]).mean(axis=0) for k in range(sources)])
    found[np.ix_(tiers.sources, tiers.sources)] = 1.0 / (1.0 + apart / max(float(apart.mean()), 1e-9))
    np.fill_diagonal(found, 0.0)
    return found


def _around(transport: Transport, closeness: Floats) -> tuple[Bools, Bools]:
    """Return for each site which gates are near it, itself too, and which wants have a lane through these."""
    ways, tiers = transport.ways, transport.tiers
    gates = np.zeros((len(closeness), len(transport.site)), dtype=bool)
    for k, site in enumerate(tiers.fronts.tolist()):
        near = np.isin(tiers.fronts, [*_largest(closeness[site], PARTNERS), site])
        gates[site, : len(near)] = near
        gates[site, k] = True
    lanes = np.ones(len(ways.gate)), (ways.gate, ways.want)
    table = csr_array(lanes, shape=(len(transport.site), len(ways.amount)))
    return gates, np.asarray((gates.astype(float) @ table) > 0)
