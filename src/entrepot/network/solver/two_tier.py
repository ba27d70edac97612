"""Bounds of two tiers: a want has a price, a front takes what pays best within its capacity, a source its share.

Relaxed are the equations of wants (`price`), that a source serves only when it stands (`toll`, per want and source),
and the sources' capacities (`rent`, per volume). What is left falls apart: each want on each lane takes its cheapest
source, each front fills a continuous knapsack, each source stands when its tolls and rents pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.ascent import Ascent, Relaxed
from entrepot.network.solver.cover import cover
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.one_tier import MARGIN
from entrepot.network.solver.surrogate import Need, surrogate

RENTED: Final = 10.0
"""Mean wants by whose volume rents are measured."""


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
    lane: Integers
    needed: Floats
    needs: tuple[Need, Need]

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
    """Of wants, of wants at sources, and of the sources' capacities.

    Steps see rents per `size` of volume, so that a gradient of them is of the order of the others.
    """

    price: Floats
    toll: Floats
    rent: Floats
    size: float = 1.0

    def ascent(self) -> Ascent:
        """Begin to move these, all in one row; tolls and rents are never negative."""
        flat = np.concatenate([self.price, self.toll.ravel(), self.rent.ravel() * self.size])
        return Ascent.at(flat, np.where(np.arange(len(flat)) < len(self.price), -np.inf, 0.0))

    def of(self, flat: Floats) -> Prices:
        """Return what such a row says."""
        wants, tolls = len(self.price), self.toll.size
        return Prices(
            flat[:wants],
            flat[wants : wants + tolls].reshape(self.toll.shape),
            flat[wants + tolls :].reshape(self.rent.shape) / self.size,
            self.size,
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
    bins = course if by_class else model.scenario
    many_bins = len(problem.scenarios) * (classes if by_class else 1)
    volume = model.quantity.astype(float) if by_class else model.volume
    group = front * many_bins + bins[model.want]
    order = np.argsort(group, kind="stable")
    link = np.full((len(problem.scenarios) * classes, len(fronts) + 1, len(sources)), np.inf)
    at = model.link_lane
    link[model.link_scenario * classes + lanes.product[at], number[lanes.target[at]], number[lanes.origin[at]]] = (
        model.link_cost
    )
    rooms = model.class_capacity if by_class else model.capacity[:, None]
    rooms = np.tile(rooms, (1, len(problem.scenarios)))
    room = np.concatenate([rooms[fronts].ravel(), np.full(many_bins, np.inf)])
    needed = np.bincount(bins, weights=volume, minlength=many_bins).astype(float)
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
        order,
        needed,
        (needs[0], needs[1]),
    )


def relax(tiers: Tiers, model: Model, prices: Prices, is_sharp: bool = False) -> Relaxed:
    """Solve the relaxation at given prices; reduced costs are sharp when asked for."""
    each, via = _cheapest(tiers, prices, model.may_stand, prices.price)
    worth, share, _ = _fill(tiers.want, each, tiers.volume, tiers.begin, tiers.room, tiers.group_front, prices.price)
    front_cost = model.fixed[tiers.fronts] - worth[:-1]
    spare = np.where(np.isfinite(tiers.source_room), tiers.source_room, 0.0)
    source_cost = model.fixed[tiers.sources] - prices.toll.sum(axis=0) - (spare * prices.rent).sum(axis=1)
    of_sources, of_fronts = tiers.needs
    if tiers.has_direct:
        y_front, front_beyond = _paying(model, tiers.fronts, front_cost), front_cost
    else:
        y_front, front_beyond = _choose(model, tiers.fronts, of_fronts, front_cost, is_sharp)
    y_source, source_beyond = _choose(model, tiers.sources, of_sources, source_cost, is_sharp)
    used = share * np.append(y_front, 1.0)[tiers.front]
    bound = prices.price.sum() + y_front @ front_cost + y_source @ source_cost - worth[-1]
    size = np.abs(prices.price).sum() + prices.toll.sum() + worth.sum() + np.abs(model.fixed).sum()
    size += float((spare * prices.rent).sum())
    reduced, chosen = np.zeros(len(model.fixed)), np.zeros(len(model.fixed))
    reduced[tiers.fronts], reduced[tiers.sources] = front_beyond, source_beyond
    chosen[tiers.fronts], chosen[tiers.sources] = y_front, y_source
    gradient = _gradient(tiers, prices, used, via, y_source, spare)
    return Relaxed(float(bound + model.constant - MARGIN * size), gradient, reduced, chosen)


def excess(tiers: Tiers, model: Model, prices: Prices) -> tuple[Floats, Floats]:
    """Return what each last lane costs beyond the price of its want, and each link with its source's rent, in order."""
    each, _ = _cheapest(tiers, prices, model.may_stand)
    _, _, rent = _fill(tiers.want, each, tiers.volume, tiers.begin, tiers.room, tiers.group_front, prices.price)
    lanes, lane = model.problem.lanes, model.link_lane
    of_lanes = np.empty(len(each))
    of_lanes[tiers.lane] = each + rent[tiers.group] * tiers.volume[tiers.want] - prices.price[tiers.want]
    by_class = bool(np.isfinite(model.class_capacity).any())
    classes = len(model.problem.classes)
    size = np.ones(classes) if by_class else model.measures[0][1]
    bins = model.link_scenario * classes + lanes.product[lane] if by_class else model.link_scenario
    source = np.searchsorted(tiers.sources, lanes.origin[lane])
    return of_lanes, model.link_cost + prices.rent[source, bins] * size[lanes.product[lane]]


def _gradient(tiers: Tiers, prices: Prices, used: Floats, via: Integers, y_source: Floats, spare: Floats) -> Floats:
    """Return what is unmet, and by how much sources are used beyond what stands; what cannot fall is left out."""
    unmet = 1.0 - np.bincount(tiers.want, weights=used, minlength=len(prices.price))
    on = np.nonzero(used)[0]
    at = tiers.want[on] * len(tiers.sources) + via[on]
    flow = np.bincount(at, weights=used[on], minlength=prices.toll.size).reshape(prices.toll.shape)
    over = flow - y_source
    over[(prices.toll <= 0) & (over < 0)] = 0.0
    at = via[on] * prices.rent.shape[1] + tiers.bin[tiers.want[on]]
    load = np.bincount(at, weights=used[on] * tiers.volume[tiers.want[on]], minlength=prices.rent.size)
    load = load.reshape(prices.rent.shape)
    beyond = np.where(np.isfinite(tiers.source_room), load - spare * y_source[:, None], 0.0)
    beyond[(prices.rent <= 0) & (beyond < 0)] = 0.0
    return np.concatenate([unmet, over.ravel(), beyond.ravel() / prices.size])


def _paying(model: Model, sites: Integers, reduced: Floats) -> Floats:
    """Let stand what must, and what pays."""
    return (model.must_stand[sites] | (reduced < 0) & model.may_stand[sites]).astype(float)


def _choose(model: Model, sites: Integers, need: Need, reduced: Floats, is_sharp: bool) -> tuple[Floats, Floats]:
    """Let stand what pays, and then, at least cost, so much that all goods can pass."""
    may, must = model.may_stand[sites], model.must_stand[sites]
    chosen = _paying(model, sites, reduced)
    return cover(need.needed, need.room, reduced, chosen, may, must if is_sharp else None)


def _cheapest(tiers: Tiers, prices: Prices, may_stand: Bools, below: Floats | None = None) -> tuple[Floats, Integers]:
    """Return what each lane costs with its cheapest source that may stand, and that source.

    It costs infinitely much where it surely is not below a price of its want: most lanes need not be looked at then.
    """
    return _cheapest_sources(
        tiers.want, tiers.front, tiers.cost, tiers.least, tiers.source, tiers.amount, tiers.volume, tiers.course,
        tiers.link, tiers.bin, prices.toll, prices.rent, np.append(may_stand[tiers.fronts], True),
        may_stand[tiers.sources], np.full(len(tiers.amount), np.inf) if below is None else below,
    )  # fmt: skip


@numba.njit(cache=True)
def _cheapest_sources(
    want: Integers, front: Integers, cost: Floats, least: Floats, source: Integers, amount: Floats, volume: Floats,
    course: Integers, link: Floats, bins: Integers, toll: Floats, rent: Floats, may_front: Bools, may_source: Bools,
    below: Floats,
) -> tuple[Floats, Integers]:  # fmt: skip
    many = len(want)
    each = np.full(many, np.inf)
    via = np.zeros(many, np.int64)
    open_sources = np.nonzero(may_source)[0]
    for lane in range(many):
        w = want[lane]
        if not may_front[front[lane]] or least[lane] >= below[w]:
            continue
        if source[lane] >= 0:
            c = source[lane]
            if not may_source[c]:
                continue
            each[lane] = cost[lane] + toll[w, c] + rent[c, bins[w]] * volume[w]
            via[lane] = c
            continue
        best, chosen = np.inf, 0
        for k in range(len(open_sources)):
            c = int(open_sources[k])
            total = amount[w] * link[course[w], front[lane], c] + toll[w, c] + rent[c, bins[w]] * volume[w]
            if total < best:
                best, chosen = total, c
        each[lane] = cost[lane] + best
        via[lane] = chosen
    return each, via


@numba.njit(cache=True)
def _fill(
    want: Integers, each: Floats, volume: Floats, begin: Integers, room: Floats, group_front: Integers, price: Floats
) -> tuple[Floats, Floats, Floats]:
    """Fill each group's capacity with what pays best.

    Returns each front's worth, each lane's share, and what a unit more of each group's capacity would be worth.
    """
    worth = np.zeros(group_front[-1] + 1)
    share, rent = np.zeros(len(want)), np.zeros(len(room))
    for g in range(len(room)):
        load, total = 0.0, 0.0
        for lane in range(begin[g], begin[g + 1]):
            gain = price[want[lane]] - each[lane]
            if gain > 0:
                share[lane] = 1.0
                load += volume[want[lane]]
                total += gain
        if load > room[g]:
            total, rent[g] = _cut(want, each, volume, begin[g], begin[g + 1], room[g], price, share)
        worth[group_front[g]] += total
    return worth, share, rent


@numba.njit(cache=True)
def _cut(
    want: Integers, each: Floats, volume: Floats, first: int, end: int, room: float, price: Floats, share: Floats
) -> tuple[float, float]:
    rate, at, many = np.empty(end - first), np.empty(end - first, np.int64), 0
    for lane in range(first, end):
        if share[lane] > 0:
            w = want[lane]
            rate[many] = (price[w] - each[lane]) / max(volume[w], 1e-12)
            at[many] = lane
            many += 1
    total, left, rent = 0.0, room, 0.0
    share[first:end] = 0.0
    for k in np.argsort(-rate[:many]):
        if left <= 0:
            break
        lane = at[k]
        size = volume[want[lane]]
        part = 1.0 if size <= left else left / size
        share[lane] = part
        total += part * (price[want[lane]] - each[lane])
        left -= part * size
        rent = rate[k]
    return total, rent


def first_prices(tiers: Tiers, model: Model, stands: Bools) -> Prices:
    """Price wants at their second cheapest way, and share the standing sources' fixed costs among all wants."""
    wants, sources = len(tiers.amount), len(tiers.sources)
    weight = tiers.volume / max(float(tiers.volume.sum()), 1e-12)
    toll = np.outer(weight, np.maximum(model.fixed[tiers.sources], 0.0))
    size = RENTED * float(tiers.volume.mean())
    prices = Prices(np.zeros(wants), toll, np.zeros((sources, tiers.source_room.shape[1])), size)
    each, _ = _cheapest(tiers, prices, np.ones(len(stands), dtype=bool))
    open_front = np.append(stands[tiers.fronts], True)[tiers.front]
    price = np.full(wants, np.inf)
    np.minimum.at(price, tiers.want, np.where(open_front, each, np.inf))
    cheapest = np.full(wants, np.inf)
    np.minimum.at(cheapest, tiers.want, each)
    return replace(prices, price=np.where(np.isfinite(price), price, np.where(np.isfinite(cheapest), cheapest, 0.0)))
