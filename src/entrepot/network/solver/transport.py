"""Flows of two tiers through given sites: rents of capacities tell what they cost at least, a small program exactly.

Where capacities have rents, each want takes its cheapest lane and each gate its cheapest source, so that a bound is one
pass over the lanes. The program has no row per want: each begins on its cheapest lane, and columns are what leaves it
for lanes that rents leave nearly as cheap; more are added as long as duals show that they pay.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.highs import Program, Rows, minimise
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.two_tier import Tiers

DEAR: Final = 10.0
"""What is unmet, or beyond a capacity, costs so many times what the dearest way could."""
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
STALE: Final = 4
"""Steps in vain after which rents go back to the best ones, and move on by shorter steps."""


class Ways(NamedTuple):
    """Last lanes by want, through gates: fronts, and after these, where goods are shipped past them, sources.

    Parameters
    ----------
    begin : ndarray, shape (n_wants + 1,)
    want, gate, cost : ndarray, shape (n_lanes,)
    amount, course, unmet : ndarray, shape (n_wants,)
        Quantity, table of link costs, and what it costs that a want is not met.
    link : ndarray, shape (n_courses, n_gates, n_sources)
        What a unit costs from each source; infinite where there is no lane.
    unit, bin : ndarray, shape (n_courses,)
        What a unit takes of a capacity, and of which.
    gate_room, source_room : ndarray, shape (n_gates, n_bins), (n_sources, n_bins)
    dear : float
        What a unit of volume beyond a capacity costs.
    """

    begin: Integers
    want: Integers
    gate: Integers
    cost: Floats
    amount: Floats
    course: Integers
    unmet: Floats
    link: Floats
    unit: Floats
    bin: Integers
    gate_room: Floats
    source_room: Floats
    dear: float


class Rents(NamedTuple):
    """What a unit of volume is worth at each gate and at each source, for each of its capacities."""

    gate: Floats
    source: Floats


class Around(NamedTuple):
    """Where rents move: at some gates, and at sources or not, for the wants that these concern.

    `elsewhere` is what all other wants cost, at the rents that stay.
    """

    wants: Integers
    gates: Bools
    sources: bool
    elsewhere: float


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
        self.ways = _ways_of(self.model, tiers, self.order, len(self.site))

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
        value = _ascend(self.ways, *self._open(stands), found, goal - fixed, steps, around)
        return value + fixed, found

    def of_wants(self, stands: Bools, rents: Rents) -> Floats:
        """Return what each want costs on its cheapest lane at some rents."""
        ways = self.ways
        each, _ = _through_gates(ways, *self._open(stands), rents)
        base = np.empty(len(ways.amount), np.int64)
        _assign(ways, each, base, np.arange(len(base)))
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


def _ways_of(model: Model, tiers: Tiers, order: Integers, many_gates: int) -> Ways:
    fronts, sources, bins = len(tiers.fronts), len(tiers.sources), tiers.source_room.shape[1]
    link = np.full((len(tiers.unit), many_gates, sources), np.inf)
    link[:, :fronts] = tiers.link[:, :fronts]
    room = np.full((many_gates, bins), np.inf)
    room[:fronts] = tiers.room.reshape(-1, bins)[:fronts]
    if many_gates > fronts:
        link[:, np.arange(fronts, many_gates), np.arange(sources)] = 0.0
    volume = np.maximum(tiers.volume, 1e-9)
    dearest = float((model.cost / volume[model.want]).max(initial=1.0))
    dearest += float((np.where(np.isfinite(link), link, 0.0) / np.maximum(tiers.unit, 1e-9)[:, None, None]).max())
    want = np.ascontiguousarray(tiers.want[order])
    return Ways(
        np.searchsorted(want, np.arange(len(tiers.amount) + 1)).astype(np.int64),
        want,
        np.where(tiers.source < 0, tiers.front, fronts + tiers.source)[order],
        tiers.cost[order],
        tiers.amount,
        np.ascontiguousarray(tiers.course),
        DEAR * dearest * volume,
        link,
        tiers.unit,
        np.ascontiguousarray(tiers.course_bin),
        room,
        tiers.source_room,
        DEAR * dearest,
    )


def _cheapest(ways: Ways, gates: Integers, sources: Integers, rents: Rents) -> tuple[Integers, float]:
    """Return each want's cheapest lane, -1 for none, and the bound of the rents."""
    base = np.empty(len(ways.amount), np.int64)
    each, _ = _through_gates(ways, gates, sources, rents)
    value = _assign(ways, each, base, np.arange(len(base)))
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
    each, _ = _through_gates(ways, gates, sources, rents)
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


@numba.njit(cache=True)
def _through_gates(ways: Ways, gates: Integers, sources: Integers, rents: Rents) -> tuple[Floats, Integers]:
    """Return what a unit costs through each gate, infinite through closed ones, and from which source."""
    each, chosen = np.full(ways.link.shape[:2], np.inf), np.zeros(ways.link.shape[:2], np.int64)
    for k in range(len(ways.unit)):
        unit, b = ways.unit[k], ways.bin[k]
        for g in gates:
            best, at = np.inf, 0
            for c in sources:
                value = ways.link[k, g, c] + unit * rents.source[c, b]
                if value < best:
                    best, at = value, c
            each[k, g], chosen[k, g] = best + unit * rents.gate[g, b], at
    return each, chosen


@numba.njit(cache=True)
def _assign(ways: Ways, each: Floats, base: Integers, wants: Integers) -> float:
    """Put wants on their cheapest lanes, -1 for none; returns what they cost."""
    total = 0.0
    for w in wants:
        least, at = ways.unmet[w], -1
        row, amount = each[ways.course[w]], ways.amount[w]
        for lane in range(ways.begin[w], ways.begin[w + 1]):
            value = ways.cost[lane] + amount * row[ways.gate[lane]]
            if value < least:
                least, at = value, lane
        base[w] = at
        total += least
    return total


@numba.njit(cache=True)
def _ascend(
    ways: Ways, gates: Integers, sources: Integers, rents: Rents, goal: float, steps: int, around: Around
) -> float:
    """Move rents to a higher bound, in place, and return it."""
    best, stale, pace, base = -np.inf, 0, 1.0, np.empty(len(ways.amount), np.int64)
    moves_source = np.full(len(rents.source), around.sources)
    best_gate, best_source = rents.gate.copy(), rents.source.copy()
    along_gate, along_source = np.zeros(rents.gate.shape), np.zeros(rents.source.shape)
    for _ in range(steps):
        each, chosen = _through_gates(ways, gates, sources, rents)
        value = _assign(ways, each, base, around.wants)
        over_gate, over_source = _loads(ways, base, chosen, around.wants)
        value -= _over(over_gate, ways.gate_room, rents.gate, gates, around.gates, ways.dear)
        value -= _over(over_source, ways.source_room, rents.source, sources, moves_source, ways.dear)
        if value > best:
            best, stale = value, 0
            best_gate[:], best_source[:] = rents.gate, rents.source
        else:
            stale += 1
        if best >= goal:
            break
        if stale == STALE:
            pace, stale = 0.6 * pace, 0
            rents.gate[:], rents.source[:] = best_gate, best_source
            along_gate[:], along_source[:] = 0.0, 0.0
            continue
        turn = (over_gate * along_gate).sum() + (over_source * along_source).sum()
        if turn < 0:
            turn *= 1.5 / ((along_gate * along_gate).sum() + (along_source * along_source).sum())
            over_gate -= turn * along_gate
            over_source -= turn * along_source
        length = (over_gate * over_gate).sum() + (over_source * over_source).sum()
        if length <= 0:
            break
        size = pace * (goal - value) / length
        along_gate, along_source = over_gate, over_source
        rents.gate[:] = np.minimum(np.maximum(rents.gate + size * along_gate, 0.0), ways.dear)
        rents.source[:] = np.minimum(np.maximum(rents.source + size * along_source, 0.0), ways.dear)
    rents.gate[:], rents.source[:] = best_gate, best_source
    return best


@numba.njit(cache=True)
def _loads(ways: Ways, base: Integers, chosen: Integers, wants: Integers) -> tuple[Floats, Floats]:
    """Return the volume at each gate and each source."""
    through = np.zeros(ways.link.shape[:2])
    for w in wants:
        if base[w] >= 0:
            through[ways.course[w], ways.gate[base[w]]] += ways.amount[w]
    at_gate, at_source = np.zeros(ways.gate_room.shape), np.zeros(ways.source_room.shape)
    for k in range(len(ways.unit)):
        for g in range(len(ways.gate_room)):
            at_gate[g, ways.bin[k]] += ways.unit[k] * through[k, g]
            at_source[chosen[k, g], ways.bin[k]] += ways.unit[k] * through[k, g]
    return at_gate, at_source


@numba.njit(cache=True)
def _over(load: Floats, room: Floats, rent: Floats, which: Integers, moves: Bools, dear: float) -> float:
    """Turn loads into what rents rise by, in place; returns what the capacities of these sites are worth."""
    worth = 0.0
    is_open = np.zeros(len(load), np.bool_)
    is_open[which] = True
    for k in range(len(load)):
        for b in range(load.shape[1]):
            if not is_open[k] or room[k, b] == np.inf:
                load[k, b] = 0.0
                continue
            worth += rent[k, b] * room[k, b]
            load[k, b] -= room[k, b]
            if not moves[k] or (rent[k, b] <= 0 and load[k, b] < 0) or (rent[k, b] >= dear and load[k, b] > 0):
                load[k, b] = 0.0
    return worth
