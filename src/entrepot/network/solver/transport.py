"""Flows of two tiers through given sites: rents of capacities tell what they cost at least, a small program exactly.

The program has no row per want: each begins on its cheapest lane, and columns are what leaves it for lanes that rents
leave nearly as cheap; more are added as long as duals show that they pay.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.highs import Program, Rows, minimise
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.rents import Around, Rents, Ways, ascend, assign, through_gates, ways_of
from entrepot.network.solver.two_tier import Tiers

COLUMNS: Final = 1_500
"""Lanes beside the cheapest ones that take part at first, and as many more at most each time."""
ROUNDS: Final = 20
"""Times that more are added at most."""
HOPELESS: Final = 4
"""and so often where capacities do not suffice: all flows are dear then."""
CLOSE: Final = 2e-6
"""Relative difference of cost and bound that is none."""
SECONDS: Final = 20.0
"""In which such a program is surely solved."""


@dataclass(frozen=True)
class Flows:
    """The cheapest flows through some sites.

    Parameters
    ----------
    cost : float
        Of flows and of all these sites; what is unmet or beyond capacities counts as dear.
    rents : Rents
        Of the capacities.
    unmet : ndarray, shape (n_wants,)
        Share of each want that is not met within capacities.
    share : ndarray, shape (n_lanes,)
        Of its want, on each lane in the order of `Tiers`.
    links : ndarray, shape (n_courses, n_gates, n_sources)
        Units.
    """

    cost: float
    rents: Rents
    unmet: Floats
    share: Floats
    links: Floats

    @property
    def is_possible(self) -> bool:
        """Whether all wants are met within capacities."""
        return bool(self.unmet.max(initial=0.0) < 1e-6)


@dataclass
class Transport:
    """Prices sets of sites."""

    model: Model
    tiers: Tiers
    ways: Ways = field(init=False)
    order: Integers = field(init=False)
    site: Integers = field(init=False)

    def __post_init__(self) -> None:
        tiers = self.tiers
        self.order = np.lexsort((tiers.front, tiers.want))
        self.site = np.concatenate([tiers.fronts, tiers.sources]) if tiers.has_direct else tiers.fronts
        self.ways = ways_of(self.model, tiers, self.order, len(self.site))

    @property
    def no_rents(self) -> Rents:
        """Rents of 0."""
        return Rents(np.zeros_like(self.ways.gate_room), np.zeros_like(self.ways.source_room))

    def at_least(
        self, stands: Bools, rents: Rents, goal: float, *, steps: int, around: Around | None = None
    ) -> tuple[float, Rents]:
        """Return a bound on the cost of flows through some sites, and its rents.

        Parameters
        ----------
        stands : ndarray of bool, shape (n_sites,)
        rents : Rents
            Where to begin.
        goal : float
            Cost towards which rents move; a bound that reaches it suffices.
        steps : int
            How many at most.
        around : Around, optional
            Where rents move; everywhere when left out.
        """
        if around is None:
            around = Around(np.arange(len(self.ways.amount)), np.ones(len(self.site), dtype=bool), True, 0.0)
        fixed = float(self.model.fixed[stands].sum()) + self.model.constant + around.elsewhere
        found = Rents(rents.gate.copy(), rents.source.copy())
        value = ascend(self.ways, *self._open(stands), found, goal - fixed, steps, around)
        return value + fixed, found

    def of_wants(self, stands: Bools, rents: Rents) -> Floats:
        """Return what each want costs on its cheapest lane at some rents."""
        ways = self.ways
        each, _ = through_gates(ways, *self._open(stands), rents)
        base = np.empty(len(ways.amount), np.int64)
        assign(ways, each, base, np.arange(len(base)))
        value = ways.cost[base] + ways.amount * each[ways.course, ways.gate[base]]
        return np.asarray(np.where(base >= 0, value, ways.unmet))

    def exactly(self, stands: Bools, rents: Rents, goal: float = np.inf) -> Flows | None:
        """Return the cheapest flows through some sites; None when these cost as much as `goal`."""
        ways, (gates, sources) = self.ways, self._open(stands)
        fixed = float(self.model.fixed[stands].sum()) + self.model.constant
        base, least = _cheapest(ways, gates, sources, rents)
        takes_part = _nearly_cheapest(ways, base, _beyond(ways, gates, sources, rents, base))
        found, added = None, 0
        while found is None or not _is_last(found, added, least + fixed):
            found = _Small(ways, gates, sources, base, np.nonzero(takes_part)[0]).solved(fixed)
            if found is None:
                return None
            _, least = _cheapest(ways, gates, sources, found.rents)
            if least + fixed >= goal:
                return None
            beyond = np.where(takes_part, 0.0, _beyond(ways, gates, sources, found.rents, base))
            paying = np.nonzero(beyond < 0)[0]
            if not len(paying):
                break
            takes_part[paying[np.argsort(beyond[paying], kind="stable")[:COLUMNS]]] = True
            added += 1
        share = np.empty_like(found.share)
        share[self.order] = found.share
        return replace(found, share=share) if found.cost < goal else None

    def within(self, model: Model) -> Transport:
        """Return the same with other capacities."""
        bins, kinds = self.ways.gate_room.shape[1], (self.site, self.tiers.sources)
        room = model.capacity[:, None]
        if np.isfinite(model.class_capacity).any():
            room = model.class_capacity
        gate_room, source_room = (np.tile(room, (1, bins // room.shape[1]))[sites] for sites in kinds)
        gate_room[len(self.tiers.fronts) :] = np.inf
        found = copy(self)
        found.ways = self.ways._replace(gate_room=gate_room, source_room=source_room)
        return found

    def _open(self, stands: Bools) -> tuple[Integers, Integers]:
        return np.nonzero(stands[self.site])[0], np.nonzero(stands[self.tiers.sources])[0]


def _cheapest(ways: Ways, gates: Integers, sources: Integers, rents: Rents) -> tuple[Integers, float]:
    """Return each want's cheapest lane, -1 for none, and the bound of the rents."""
    base = np.empty(len(ways.amount), np.int64)
    each, _ = through_gates(ways, gates, sources, rents)
    value = assign(ways, each, base, np.arange(len(base)))
    for rent, room in ((rents.gate, ways.gate_room), (rents.source, ways.source_room)):
        value -= float(rent[rent > 0] @ room[rent > 0])
    return base, value


def _nearly_cheapest(ways: Ways, base: Integers, beyond: Floats) -> Bools:
    """Tell which lanes take part at first: those that cost least more by unit than what wants have."""
    beyond = beyond / ways.amount[ways.want]
    found = np.isfinite(beyond) & (base[ways.want] != np.arange(len(beyond)))
    if found.sum() > COLUMNS:
        found &= beyond <= np.partition(beyond[found], COLUMNS)[COLUMNS]
    return np.asarray(found)


def _is_last(found: Flows, rounds: int, least: float) -> bool:
    """Tell whether no lanes need be added: flows cost what they must, or capacities do not suffice."""
    is_exact = found.cost - least <= CLOSE * abs(found.cost)
    return is_exact or rounds >= ROUNDS or (rounds >= HOPELESS and not found.is_possible)


def _beyond(ways: Ways, gates: Integers, sources: Integers, rents: Rents, base: Integers) -> Floats:
    """Return by how much each lane costs more than that which its want has."""
    each, _ = through_gates(ways, gates, sources, rents)
    value = ways.cost + ways.amount[ways.want] * each[ways.course[ways.want], ways.gate]
    return np.asarray(value - np.where(base >= 0, value[base], ways.unmet)[ways.want])


@dataclass(frozen=True)
class _Small:
    """The program of what leaves the lanes that wants have.

    Its columns are shares that leave for the lanes `column`, units on links - of a course, into a gate, from a source -
    and what is beyond each limited capacity of gates, and of sources.
    """

    ways: Ways
    gates: Integers
    sources: Integers
    base: Integers
    column: Integers

    def solved(self, fixed: float) -> Flows | None:
        """Solve it, with what sites cost added; None when HiGHS fails."""
        ways, shares = self.ways, len(self.column)
        limited = _limited(ways.gate_room, self.gates), _limited(ways.source_room, self.sources)
        begin = np.cumsum([0, shares, len(self.links[0]), len(limited[0][0]), len(limited[1][0])])
        rows = Rows()
        self._balance(rows)
        first = rows.many
        for k, (place, at) in enumerate(zip(limited, self.links[1:], strict=True)):
            self._limit(rows, (ways.gate_room, ways.source_room)[k], place, at, int(begin[k + 2]))
        self._leave(rows)
        kept = np.where(self.base >= 0, ways.cost[self.base], ways.unmet)
        cost = np.full(begin[-1], ways.dear)
        cost[:shares] = ways.cost[self.column] - kept[ways.want[self.column]]
        cost[shares : begin[2]] = ways.link[self.links]
        upper = np.where(np.arange(begin[-1]) < shares, 1.0, np.inf)
        whole = np.zeros(begin[-1], dtype=bool)
        solved = minimise(Program(cost, np.zeros(begin[-1]), upper, whole, rows), seconds=SECONDS, is_reduced=False)
        if solved.values is None or solved.duals is None:
            return None
        rents, over = (Rents(np.zeros_like(ways.gate_room), np.zeros_like(ways.source_room)) for _ in range(2))
        for k, place in enumerate(limited):
            end = first + len(place[0])
            rents[k][place] = np.clip(-solved.duals[first:end], 0.0, None)
            over[k][place] = solved.values[begin[k + 2] : begin[k + 3]]
            first = end
        links = np.zeros(ways.link.shape)
        links[self.links] = solved.values[shares : begin[2]]
        share = self._shares(solved.values[:shares])
        total = float(cost @ solved.values + kept.sum()) + fixed
        return Flows(total, rents, self._unmet(share, links, over), share, links)

    @cached_property
    def links(self) -> tuple[Integers, Integers, Integers]:
        """Courses, gates and sources between which there are lanes."""
        found = np.isfinite(self.ways.link[:, self.gates][:, :, self.sources])
        course, gate, source = np.nonzero(found)
        return course, self.gates[gate], self.sources[source]

    def _balance(self, rows: Rows) -> None:
        """Let as much of each course come into a gate as leaves it."""
        ways, (course, gate, _) = self.ways, self.links
        number = np.full(ways.link.shape[:2], -1)
        number[:, self.gates] = np.arange(len(ways.unit) * len(self.gates)).reshape(len(ways.unit), -1)
        has = self.base >= 0
        kept = np.zeros(number.shape)
        np.add.at(kept, (ways.course[has], ways.gate[self.base[has]]), ways.amount[has])
        want, column = ways.want[self.column], np.arange(len(self.column))
        left = has[want]
        into = number[ways.course[want], ways.gate[self.column]]
        out_of = number[ways.course[want], ways.gate[self.base[want]]]
        need = kept[:, self.gates].ravel()
        rows.add(
            need,
            need,
            (number[course, gate], len(column) + np.arange(len(course)), 1.0),
            (into, column, -ways.amount[want]),
            (out_of[left], column[left], ways.amount[want[left]]),
        )

    def _limit(self, rows: Rows, room: Floats, place: tuple[Integers, Integers], at: Integers, first: int) -> None:
        """Keep limited capacities; `first` is the column of what is beyond the first."""
        ways, course = self.ways, self.links[0]
        number = np.full(room.shape, -1)
        number[place] = np.arange(len(place[0]))
        row = number[at, ways.bin[course]]
        on = np.nonzero(row >= 0)[0]
        each = np.arange(len(place[0]))
        rows.add(
            np.full(len(each), -np.inf),
            room[place],
            (row[on], len(self.column) + on, ways.unit[course[on]]),
            (each, first + each, -1.0),
        )

    def _leave(self, rows: Rows) -> None:
        """Let no more than all of a want leave its lane for several others."""
        want = self.ways.want[self.column]
        several = np.nonzero(np.bincount(want, minlength=len(self.base)) > 1)[0]
        number = np.full(len(self.base), -1)
        number[several] = np.arange(len(several))
        column = np.nonzero(number[want] >= 0)[0]
        if len(several):
            rows.add(np.full(len(several), -np.inf), np.ones(len(several)), (number[want[column]], column, 1.0))

    def _shares(self, leaving: Floats) -> Floats:
        """Return the share of its want on each lane."""
        want, has = self.ways.want[self.column], self.base >= 0
        share = np.zeros(len(self.ways.want))
        left = 1.0 - np.bincount(want, weights=leaving, minlength=len(self.base))
        share[self.base[has]] = np.maximum(left[has], 0.0)
        share[self.column] += leaving
        return share

    def _unmet(self, share: Floats, links: Floats, over: Rents) -> Floats:
        """Return the share of each want that is not met, or takes part in what is beyond a capacity."""
        ways = self.ways
        volume = links * ways.unit[:, None, None]
        beyond = []
        for each, axis in zip(over, (2, 1), strict=True):
            load = np.zeros_like(each)
            np.add.at(load.T, ways.bin, volume.sum(axis=axis))
            beyond.append((each / np.maximum(load, 1e-9))[:, ways.bin].T)
        part = beyond[0][:, :, None] + beyond[1][:, None, :]
        through = (links * part).sum(axis=2) / np.maximum(links.sum(axis=2), 1e-9)
        met = share * (1.0 - np.minimum(through[ways.course[ways.want], ways.gate], 1.0))
        return np.asarray(np.maximum(1.0 - np.bincount(ways.want, weights=met, minlength=len(self.base)), 0.0))


def _limited(room: Floats, which: Integers) -> tuple[Integers, Integers]:
    """Return which capacities of some gates or sources have a limit."""
    at, one = np.nonzero(np.isfinite(room[which]))
    return which[at], one
