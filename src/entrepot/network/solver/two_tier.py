"""Bounds of two tiers: a want has a price, a front takes what pays best within its capacity, a source its share.

Relaxed are the equations of wants (`price`), that a source serves only when it stands (`toll`, per want and source),
the sources' capacities (`rent`, per volume), and that no more passes from a source to a front than both can hold when
the source stands (`strait`, per volume). What is left falls apart: each want on each lane takes its cheapest source,
each front fills a continuous knapsack, each source stands when its tolls, rents and straits pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.ascent import Ascent, Relaxed
from entrepot.network.solver.cover import cover
from entrepot.network.solver.fronts import Ways, cheapest, excesses, fill
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.one_tier import MARGIN
from entrepot.network.solver.surrogate import Need, least_cost, surrogate

RENTED: Final = 10.0
"""Mean wants by whose volume rents are measured."""
LIGHT: Final = 1e-3
"""What a want costs at least beside a mean one, where steps are measured."""


@dataclass(frozen=True)
class Tiers:
    """A model of two tiers; lanes by group, groups by front.

    Parameters
    ----------
    sources, fronts : ndarray of int
        Sites that goods start from, and that pass them on; the last front is no site: it stands for direct shipping.
    want, front, cost, group : ndarray, shape (n_lanes,)
        Last lanes in order of group.
    source : ndarray, shape (n_lanes,)
        The one source of a direct lane, else -1.
    amount, volume : ndarray, shape (n_wants,)
        Quantity, and what it takes of capacities.
    course : ndarray, shape (n_wants,)
        Which table of link costs holds: scenario x classes + class.
    link : ndarray, shape (n_courses, n_fronts, n_sources)
        Cost of one unit; infinite where there is no lane.
    least : ndarray, shape (n_lanes,)
        What a lane costs at least, with the cheapest link whatever its source.
    begin, room, group_front : ndarray
        Of each group: first lane, capacity, front.
    bin : ndarray, shape (n_wants,)
        Which capacity of a source a want takes from.
    source_room : ndarray, shape (n_sources, n_bins)
        Those capacities.
    strait : ndarray, shape (n_bins, n_fronts, n_sources)
        What passes from a source to a front at most: what the smaller of both holds; nothing for the last front.
    unit, course_bin : ndarray, shape (n_courses,)
        What one unit takes of a capacity, and of which.
    needed : ndarray, shape (n_bins,)
        What all goods take of them.
    needs : (Need, Need)
        What sources, and what fronts, must have room for, in one row.
    """

    sources: Integers
    fronts: Integers
    want: Integers
    front: Integers
    cost: Floats
    group: Integers
    source: Integers
    amount: Floats
    volume: Floats
    course: Integers
    link: Floats
    least: Floats
    begin: Integers
    room: Floats
    group_front: Integers
    bin: Integers
    source_room: Floats
    strait: Floats
    unit: Floats
    course_bin: Integers
    lane: Integers
    needed: Floats
    needs: tuple[Need, Need]

    @cached_property
    def ways(self) -> Ways:
        """The last lanes, for loops."""
        return Ways(
            self.want, self.front, self.cost, self.least, self.source, self.amount, self.volume, self.course, self.bin,
            self.begin, self.room, self.group_front, np.argsort(self.link, axis=2, kind="stable"),
        )  # fmt: skip

    @property
    def kinds(self) -> tuple[tuple[Integers, Floats], ...]:
        """Sources, then fronts, each with their capacities: sites x bins."""
        return (self.sources, self.source_room), (self.fronts, self.room.reshape(-1, len(self.needed))[:-1])

    @property
    def has_direct(self) -> bool:
        """Whether a want can be met without a front."""
        return bool((self.source >= 0).any())


@dataclass(frozen=True)
class Prices:
    """Of wants, of wants at sources, of the sources' capacities, and of what passes from sources to fronts.

    Steps see rents and straits per `size` of volume, so that a gradient of them is of the order of the others, and what
    is of a want per its `scale`: the root of what it costs beside a mean one. So dear wants take larger steps than
    cheap ones; in steps of one size the prices of cheap wants swing, and those of dear ones hardly move.
    """

    price: Floats
    toll: Floats
    rent: Floats
    strait: Floats
    scale: Floats
    size: float

    def ascent(self) -> Ascent:
        """Begin to move these, all in one row; only prices of wants may be negative."""
        by_volume = np.concatenate([self.rent.ravel(), self.strait.ravel()])
        of_wants = [self.price / self.scale, (self.toll / self.scale[:, None]).ravel()]
        flat = np.concatenate([*of_wants, by_volume * self.size])
        return Ascent.at(flat, np.where(np.arange(len(flat)) < len(self.price), -np.inf, 0.0))

    def of(self, flat: Floats) -> Prices:
        """Return what such a row says."""
        ends = np.cumsum([len(self.price), self.toll.size, self.rent.size])
        price, toll, rent, strait = np.split(flat, ends)
        return replace(
            self,
            price=price * self.scale,
            toll=toll.reshape(self.toll.shape) * self.scale[:, None],
            rent=rent.reshape(self.rent.shape) / self.size,
            strait=strait.reshape(self.strait.shape) / self.size,
        )


def is_two_tier(model: Model) -> bool:
    """Tell whether goods pass a source and one site more at most, without costs of carrying or limits of weight."""
    is_limited = bool(np.isfinite(model.weight_capacity).any())
    return model.problem.depth == 2 and not model.problem.is_single and model.problem.is_plain and not is_limited


def tiers_of(model: Model) -> Tiers:
    """Lay a model of two tiers out."""
    problem, lanes = model.problem, model.problem.lanes
    receives, classes = problem.receives, len(problem.classes)
    sources, fronts = np.nonzero(~receives)[0], np.nonzero(receives)[0]
    number = np.zeros(len(receives), dtype=np.int64)
    number[sources], number[fronts] = np.arange(len(sources)), np.arange(len(fronts))
    front = np.where(receives[model.origin], number[model.origin], len(fronts))
    by_class = bool(np.isfinite(model.class_capacity).any())
    course = model.scenario * classes + model.product
    bins = course if by_class else np.ascontiguousarray(model.scenario)
    many_bins = len(problem.scenarios) * (classes if by_class else 1)
    volume = model.quantity.astype(float) if by_class else model.volume
    group = front * many_bins + bins[model.want]
    order = np.argsort(group, kind="stable")
    link = np.full((len(problem.scenarios) * classes, len(fronts) + 1, len(sources)), np.inf)
    at = model.link_lane
    link[model.link_scenario * classes + lanes.product[at], number[lanes.target[at]], number[lanes.origin[at]]] = (
        model.link_cost
    )
    link[:, -1] = 0.0  # a direct lane costs what the lane does
    rooms = model.class_capacity if by_class else model.capacity[:, None]
    rooms = np.tile(rooms, (1, len(problem.scenarios)))
    room = np.concatenate([rooms[fronts].ravel(), np.full(many_bins, np.inf)])
    needed = np.bincount(bins, weights=volume, minlength=many_bins).astype(float)
    in_front = np.append(room.reshape(-1, many_bins)[:-1], np.zeros((1, many_bins)), axis=0)
    strait = np.minimum(np.minimum(in_front.T[:, :, None], rooms[sources].T[:, None]), needed[:, None, None])
    units = np.ones(classes) if by_class else model.measures[0][1]
    needs = [surrogate(needed, rooms[kind], model.fixed[kind]) for kind in (sources, fronts)]
    is_direct = ~receives[model.origin]
    cheapest = np.where(is_direct, 0.0, link.min(axis=2, initial=np.inf)[course[model.want], front])
    return Tiers(
        sources,
        fronts,
        model.want[order],
        front[order],
        model.cost[order],
        group[order],
        np.where(is_direct, number[model.origin], -1)[order],
        model.quantity.astype(float),
        volume,
        course,
        link,
        (model.cost + model.quantity[model.want] * cheapest)[order],
        np.searchsorted(group[order], np.arange(len(room) + 1)).astype(np.int64),
        room,
        np.repeat(np.arange(len(fronts) + 1), many_bins),
        bins,
        np.ascontiguousarray(rooms[sources]),
        np.ascontiguousarray(strait),
        np.tile(units, len(problem.scenarios)),
        np.arange(len(problem.scenarios) * classes) // (1 if by_class else classes),
        order,
        needed,
        (needs[0], needs[1]),
    )


def relax(tiers: Tiers, model: Model, prices: Prices, is_sharp: bool = False) -> Relaxed:
    """Solve the relaxation at given prices; reduced costs are sharp when asked for."""
    link, may_front = links_of(tiers, prices, model.may_stand), np.append(model.may_stand[tiers.fronts], True)
    filled = fill(tiers.ways, link, prices.toll, prices.price, may_front)
    worth = filled.worth
    front_cost, paid = model.fixed[tiers.fronts] - worth[:-1], _paid(tiers, prices)
    source_cost = model.fixed[tiers.sources] - paid
    of_sources, of_fronts = tiers.needs
    if tiers.has_direct:
        y_front, front_beyond, short = _paying(model, tiers.fronts, front_cost), front_cost, 0.0
    else:
        y_front, front_beyond, short = _choose(model, tiers.fronts, of_fronts, front_cost, is_sharp)
    y_source, source_beyond, source_short = _choose(model, tiers.sources, of_sources, source_cost, is_sharp)
    bound = prices.price.sum() + y_front @ front_cost + y_source @ source_cost - worth[-1] + short + source_short
    size = np.abs(prices.price).sum() + paid.sum() + worth.sum() + np.abs(model.fixed).sum()
    reduced, chosen = np.zeros(len(model.fixed)), np.zeros(len(model.fixed))
    reduced[tiers.fronts], reduced[tiers.sources] = front_beyond, source_beyond
    chosen[tiers.fronts], chosen[tiers.sources] = y_front, y_source
    unmet, over, load, passed = excesses(
        tiers.ways, filled, prices.toll, np.append(y_front, 1.0), y_source, tiers.source_room, tiers.strait,
        prices.rent, prices.strait,
    )  # fmt: skip
    by_volume = np.concatenate([load.ravel(), passed.ravel()])
    of_wants = [unmet * prices.scale, (over * prices.scale[:, None]).ravel()]
    gradient = np.concatenate([*of_wants, by_volume / prices.size])
    return Relaxed(float(bound + model.constant - MARGIN * size), gradient, reduced, chosen)


def _paid(tiers: Tiers, prices: Prices) -> Floats:
    """Return what each source that stands earns by tolls, rents and straits."""
    spare = np.where(np.isfinite(tiers.source_room), tiers.source_room, 0.0)
    straits = (tiers.strait * prices.strait).sum(axis=(0, 1))
    return np.asarray(prices.toll.sum(axis=0) + (spare * prices.rent).sum(axis=1) + straits)


def site_costs(tiers: Tiers, model: Model, prices: Prices) -> tuple[Floats, Floats]:
    """Return what each source, and what each front, costs less what it earns at these prices."""
    link, may_front = links_of(tiers, prices, model.may_stand), np.append(model.may_stand[tiers.fronts], True)
    worth = fill(tiers.ways, link, prices.toll, prices.price, may_front).worth
    return model.fixed[tiers.sources] - _paid(tiers, prices), model.fixed[tiers.fronts] - worth[:-1]


def sharpened(tiers: Tiers, model: Model, prices: Prices, *, seconds: float, seed: int) -> Tiers:
    """Return the network with what sites must have together told anew, where that costs more at these prices.

    HiGHS works on the sources, and on the fronts, for so many seconds at most.
    """
    cost, needs = site_costs(tiers, model, prices), list(tiers.needs)
    for k, (sites, room) in enumerate(tiers.kinds[:1] if tiers.has_direct else tiers.kinds):
        chosen, _, short = _choose(model, sites, needs[k], cost[k], False)
        must, may = model.must_stand[sites], model.may_stand[sites]
        need = least_cost(tiers.needed, room, cost[k], must, may, seconds=seconds, seed=seed)
        if need.needed > chosen @ cost[k] + short:
            needs[k] = need
    return replace(tiers, needs=(needs[0], needs[1]))


def excess(tiers: Tiers, model: Model, prices: Prices) -> tuple[Floats, Floats]:
    """Return what each last lane costs beyond the price of its want, and each link with its source's rent, in order."""
    each = cheapest_of(tiers, prices, model.may_stand)
    link, may_front = links_of(tiers, prices, model.may_stand), np.append(model.may_stand[tiers.fronts], True)
    rent = fill(tiers.ways, link, prices.toll, prices.price, may_front).rent
    lanes, lane = model.problem.lanes, model.link_lane
    of_lanes = np.empty(len(each))
    of_lanes[tiers.lane] = each + rent[tiers.group] * tiers.volume[tiers.want] - prices.price[tiers.want]
    by_class = bool(np.isfinite(model.class_capacity).any())
    classes = len(model.problem.classes)
    size = np.ones(classes) if by_class else model.measures[0][1]
    bins = model.link_scenario * classes + lanes.product[lane] if by_class else model.link_scenario
    source = np.searchsorted(tiers.sources, lanes.origin[lane])
    front = np.searchsorted(tiers.fronts, lanes.target[lane])
    by_volume = prices.rent[source, bins] + prices.strait[bins, front, source]
    return of_lanes, model.link_cost + by_volume * size[lanes.product[lane]]


def _paying(model: Model, sites: Integers, reduced: Floats) -> Floats:
    """Let stand what must, and what pays."""
    return (model.must_stand[sites] | (reduced < 0) & model.may_stand[sites]).astype(float)


def _choose(model: Model, sites: Integers, need: Need, reduced: Floats, is_sharp: bool) -> tuple[Floats, Floats, float]:
    """Let stand what pays, and then, at least cost, so much that all goods can pass."""
    may, must = model.may_stand[sites], model.must_stand[sites]
    chosen = _paying(model, sites, reduced)
    return cover(need.needed, need.room, reduced, chosen, may, must if is_sharp else None)


def links_of(tiers: Tiers, prices: Prices, may_stand: Bools) -> Floats:
    """Return what a unit costs from each source that may stand to each front, with what is paid by volume."""
    by_volume = (prices.strait + prices.rent.T[:, None])[tiers.course_bin]
    found = tiers.link + by_volume * tiers.unit[:, None, None]
    is_shut = ~may_stand[tiers.sources]
    if is_shut.any():
        found[:, :, is_shut] = np.inf
    return found


def cheapest_of(tiers: Tiers, prices: Prices, may_stand: Bools) -> Floats:
    """Return what each lane costs with its cheapest source that may stand; infinite where its front may not."""
    each = _cheapest_of(tiers.ways, links_of(tiers, prices, may_stand), prices.toll)
    return np.where(np.append(may_stand[tiers.fronts], True)[tiers.front], each, np.inf)


@numba.njit(cache=True, nogil=True)
def _cheapest_of(ways: Ways, link: Floats, toll: Floats) -> Floats:
    each = np.empty(len(ways.want))
    for lane in range(len(each)):
        each[lane] = cheapest(ways, lane, link, toll)[0]
    return each


def first_prices(tiers: Tiers, model: Model, stands: Bools) -> Prices:
    """Price wants at their second cheapest way, and share the standing sources' fixed costs among all wants."""
    wants, sources = len(tiers.amount), len(tiers.sources)
    weight = tiers.volume / max(float(tiers.volume.sum()), 1e-12)
    toll = np.outer(weight, np.maximum(model.fixed[tiers.sources], 0.0))
    size = RENTED * float(tiers.volume.mean()) or 1.0
    rent = np.zeros((sources, tiers.source_room.shape[1]))
    prices = Prices(np.zeros(wants), toll, rent, np.zeros(tiers.strait.shape), np.ones(wants), size)
    each = cheapest_of(tiers, prices, np.ones(len(stands), dtype=bool))
    open_front = np.append(stands[tiers.fronts], True)[tiers.front]
    price = np.full(wants, np.inf)
    np.minimum.at(price, tiers.want, np.where(open_front, each, np.inf))
    cheapest = np.full(wants, np.inf)
    np.minimum.at(cheapest, tiers.want, each)
    price = np.where(np.isfinite(price), price, np.where(np.isfinite(cheapest), cheapest, 0.0))
    mean = max(float(price.mean()), 1e-9)
    return replace(prices, price=price, scale=np.sqrt(np.maximum(price / mean, LIGHT)))
