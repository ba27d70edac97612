"""Networks with a tier too many: the first is folded into the lanes of the second at prices, and put back.

What sources carry is paid by the volume at prices (Lagrange): each site they supply then gets a class from the
cheapest, so its lanes cost that much more and the sources are gone. What is left has a tier less and a bound of its
own. A plan of it tells what each of these sites needs; which sources supply that is a small network of one tier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Integers, Lanes, Problem, Site
from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.cover import cover
from entrepot.network.solver.grain import grain_of
from entrepot.network.solver.model import Bools, Floats, Model, model_of
from entrepot.network.solver.search import Progress, Search

Solver = Callable[[Model, Search], None]

FINE: Final = 1_000
"""Into so many parts a unit of cost is divided before prices are rounded down,"""
LARGEST: Final = 10**12
"""unless costs are above this."""
SHARES: Final = (0.2, 0.6)
"""Of the time left: at first prices, and at those that suit the first plan; then its sources are settled."""
STEPS: Final = 200
"""Most steps of prices between."""
PLACING: Final = 5.0
"""Seconds in which sources are chosen for a plan."""
LOST: Final = 1e-9
"""Relative: what sums of doubles may be too high."""
HOW: Final = "room of the first tier at prices"


def folded_sources(problem: Problem) -> Bools:
    """Return the sources that can be folded: they supply only sites that nothing else supplies, and no zones."""
    lanes, many = problem.lanes, len(problem.sites)
    is_folded = ~problem.receives
    is_folded[lanes.origin[lanes.target >= many]] = False
    between = lanes.target < many
    origin, target = lanes.origin[between], lanes.target[between]
    while True:
        shared = np.zeros(many, dtype=bool)
        shared[target[~is_folded[origin]]] = True
        lost = is_folded.copy()
        lost[origin[shared[target]]] = False
        if (lost == is_folded).all():
            is_folded[np.setdiff1d(np.arange(many), lanes.origin)] = False
            return is_folded
        is_folded = lost


def can_fold(problem: Problem) -> bool:
    """Tell whether a tier can be folded, and limits and stock do not ask which of its sites stand."""
    if problem.depth < 2 or problem.budget is not None or not problem.is_plain:
        return False
    levels = {site.level for site, is_one in zip(problem.sites, folded_sources(problem), strict=True) if is_one}
    return bool(levels) and not any(one.level is None or one.level in levels for one in problem.limits)


@dataclass(frozen=True)
class Upstream:
    """The sources that are folded, and what they cost and carry.

    Parameters
    ----------
    model : Model
        Of the whole network.
    sources, others : ndarray of int
        Indices of the folded sites, and of those left.
    room : ndarray, shape (n_sources,)
        Volume of use that each can carry, the mean over scenarios.
    needed : float
        What they carry together at least: all volume, where nobody else brings goods in.
    """

    model: Model
    sources: Integers
    others: Integers
    room: Floats
    needed: float

    @classmethod
    def of(cls, model: Model) -> Upstream:
        """Find what can be folded."""
        is_folded = folded_sources(model.problem)
        sources, others = np.nonzero(is_folded)[0], np.nonzero(~is_folded)[0]
        volume = np.zeros(len(model.problem.scenarios))
        np.add.at(volume, model.scenario, model.volume)
        weights = np.array([one.weight for one in model.problem.scenarios]) / model.problem.weight
        room = np.minimum(model.capacity[sources][:, None], volume) @ weights
        is_alone = bool(model.problem.receives[np.intersect1d(others, model.problem.lanes.origin)].all())
        return cls(model, sources, others, room, float(volume @ weights) if is_alone else 0.0)

    @property
    def linear(self) -> Floats:
        """What a unit of volume costs at each source that is full, its standing shared out."""
        free = ~self.model.must_stand[self.sources]
        fixed = np.maximum(self.model.fixed[self.sources], 0.0) * free
        return np.asarray(np.divide(fixed, self.room, out=np.zeros(len(fixed)), where=self.room > 0))

    def standing(self, prices: Floats, stands: Bools | None = None) -> tuple[Floats, float]:
        """Return which sources stand at some prices of their room, and what they cost at least beside what is paid."""
        model, at = self.model, self.sources
        worth, short = model.fixed[at] - prices * self.room, 0.0
        if stands is None:
            chosen = (model.must_stand[at] | (model.may_stand[at] & (worth < 0))).astype(float)
            chosen, _, short = cover(self.needed, self.room, worth, chosen, model.may_stand[at])
        else:
            chosen = stands.astype(float)
        absent = sum(model.problem.sites[k].absent_cost for k in at) / model.problem.cost_scale
        return chosen, float(chosen @ worth) + short + absent

    def fold(self, prices: Floats, stands: Bools | None = None) -> Problem:
        """Return the network without the sources, rounded down.

        Parameters
        ----------
        prices : ndarray, shape (n_sources,)
            Of a unit of volume, in the file's units; >= 0.
        stands : ndarray of bool, shape (n_sources,), optional
            Which sources there are; all that may stand when not told.
        """
        problem, lanes = self.model.problem, self.model.problem.lanes
        fine = FINE if int(lanes.cost.max(initial=0)) < LARGEST else 1
        inbound = self._inbound(prices * problem.cost_scale, stands)
        number = np.full(len(problem.sites) + len(problem.zones), -1)
        number[self.others] = np.arange(len(self.others))
        number[len(problem.sites) :] = len(self.others) + np.arange(len(problem.zones))
        dearer = inbound[lanes.origin, lanes.product]
        kept = self._supplied((number[lanes.origin] >= 0) & np.isfinite(dearer) & problem.usable)
        cost = np.floor(lanes.cost[kept] * fine + dearer[kept] * fine * lanes.per[kept] * (1 - 1e-12))
        return replace(
            problem,
            sites=tuple(_scaled(problem.sites[k], fine) for k in self.others),
            lanes=Lanes(
                number[lanes.origin[kept]],
                number[lanes.target[kept]],
                lanes.product[kept],
                cost.astype(np.int64),
                lanes.per[kept],
                lanes.hours[kept],
            ),
            cost_scale=problem.cost_scale * fine,
        )

    def _supplied(self, kept: Bools) -> Bools:
        """Leave out lanes from sites whose supply is left out: nothing may begin there."""
        lanes, needs = self.model.problem.lanes, self.model.problem.receives.copy()
        needs[lanes.target[np.isin(lanes.origin, self.sources)]] = False
        while True:
            has = ~needs
            has[lanes.target[kept & (lanes.target < len(has))]] = True
            left = kept & has[lanes.origin]
            if (left == kept).all():
                return kept
            kept = left

    def _inbound(self, prices: Floats, stands: Bools | None) -> Floats:
        """Return what a unit of each class costs at least on its way into each site; sites nobody supplies pay none."""
        problem, lanes = self.model.problem, self.model.problem.lanes
        number = np.full(len(problem.sites), -1)
        number[self.sources] = np.arange(len(self.sources))
        open_to = self.model.may_stand[self.sources] if stands is None else stands
        from_sources = number[lanes.origin] >= 0
        found = np.zeros((len(problem.sites), len(problem.classes)))
        found[lanes.target[from_sources]] = np.inf
        at = np.nonzero(from_sources & problem.usable)[0]
        at = at[open_to[number[lanes.origin[at]]]]
        volumes = np.array([one.volume for one in problem.classes], dtype=float)
        unit = lanes.cost[at] / lanes.per[at] + prices[number[lanes.origin[at]]] * volumes[lanes.product[at]]
        np.minimum.at(found, (lanes.target[at], lanes.product[at]), unit)
        return found

    def supply(self, plan: Plan) -> Problem:
        """Return the network of one tier that supplies what a plan of the rest needs; its zones are the sites."""
        problem, lanes = self.model.problem, self.model.problem.lanes
        number = np.full(len(problem.sites), -1)
        number[self.sources] = np.arange(len(self.sources))
        at = np.nonzero((number[lanes.origin] >= 0) & problem.usable)[0]
        supplied = np.unique(lanes.target[at])
        zone = np.full(len(problem.sites), -1)
        zone[supplied] = np.arange(len(supplied))
        need = np.zeros((len(problem.scenarios), len(supplied), len(problem.classes)), dtype=np.int64)
        for flow in plan.flows:
            place = zone[self.others[flow.origin]]
            if place >= 0:
                need[flow.scenario, place, flow.product] += flow.quantity
        return replace(
            problem,
            sites=tuple(problem.sites[k] for k in self.sources),
            zones=tuple(problem.sites[k].id for k in supplied),
            classes=tuple(replace(one, max_hours=None) for one in problem.classes),
            demand=need,
            lanes=Lanes(
                number[lanes.origin[at]],
                len(self.sources) + zone[lanes.target[at]],
                lanes.product[at],
                lanes.cost[at],
                lanes.per[at],
                lanes.hours[at],
            ),
            is_single=False,
            limits=(),
        )

    def joined(self, plan: Plan, supplied: Plan) -> Plan:
        """Put the plan of the rest and that of its supply together."""
        problem = self.model.problem
        node = np.concatenate([self.others, len(problem.sites) + np.arange(len(problem.zones))])
        lanes = problem.lanes
        into = np.unique(lanes.target[np.isin(lanes.origin, self.sources) & problem.usable])
        behind = np.concatenate([self.sources, into])
        flows = [
            Flow(one.scenario, int(self.others[one.origin]), int(node[one.target]), one.product, one.quantity)
            for one in plan.flows
        ] + [
            Flow(one.scenario, int(self.sources[one.origin]), int(behind[one.target]), one.product, one.quantity)
            for one in supplied.flows
        ]
        sites = {int(self.others[k]) for k in plan.sites} | {int(self.sources[k]) for k in supplied.sites}
        return Plan(frozenset(sites), tuple(flows))


class Supplied(NamedTuple):
    """The network of one tier that supplies a plan of the rest, and what that costs; infinite where it is not known."""

    model: Model
    cost: float


def search_upstream(model: Model, search: Search, solver: Solver) -> None:
    """Search for a plan and a bound with the first tier folded; `solver` solves networks of a tier less, and of one."""
    upstream = Upstream.of(model)
    prices, best = upstream.linear, None
    for share in SHARES:
        best = _search_folded(upstream, search, prices, share * search.left, solver) or best
        if best is None or search.is_over:
            return
        moved = _moved(upstream, best, prices)
        if np.allclose(moved, prices):
            break
        prices = moved
    if best is not None and search.plan is not None:
        stands = np.isin(upstream.sources, list(search.plan.sites))
        prices = _moved(upstream, best, prices, stands)
        _search_folded(upstream, search, prices, search.left, solver, stands)


def _search_folded(
    upstream: Upstream, search: Search, prices: Floats, seconds: float, solver: Solver, stands: Bools | None = None
) -> Supplied | None:
    """Solve what is left at some prices; returns its best plan. Where sources are settled its bound says nothing."""
    problem = upstream.fold(prices, stands)
    model, (_, least) = model_of(problem), upstream.standing(prices)

    def hear(_gone: float, _cost: float, bound: float) -> None:
        if stands is None:
            search.raise_bound((bound + least) * (1 - LOST), HOW)
        if search.plan is None and inner.plan is not None:
            _put_back(upstream, search, inner.plan, solver)
        search.tell()

    inner = _search_of(model, search, seconds, hear)
    solver(model, inner)
    if stands is None:
        search.is_infeasible = inner.is_infeasible
        search.raise_bound((inner.bound + least) * (1 - LOST), f"{HOW}; {inner.how}")
    return None if inner.plan is None else _put_back(upstream, search, inner.plan, solver)


def _put_back(upstream: Upstream, search: Search, plan: Plan, solver: Solver) -> Supplied:
    """Choose the sources that supply a plan of the rest, and offer both together."""
    model = model_of(upstream.supply(plan))
    inner = _search_of(model, search, min(PLACING, max(search.left, 1.0)), lambda *_: None)
    solver(model, inner)
    if inner.plan is not None:
        search.offer(upstream.joined(plan, inner.plan))
    return Supplied(model, inner.cost)


def _moved(upstream: Upstream, supplied: Supplied, prices: Floats, stands: Bools | None = None) -> Floats:
    """Return the prices that say most of what it costs at least to supply a plan, from the sources that stand."""
    model = supplied.model
    weights = np.array([one.weight for one in model.problem.scenarios]) / model.problem.weight
    volume = model.volume * weights[model.scenario]
    cost = np.full((len(upstream.sources), len(volume)), np.inf)
    cost[model.origin, model.want] = model.cost
    if stands is not None:
        cost[~stands] = np.inf
    if not np.isfinite(cost.min(axis=0)).all():
        return prices
    ascent, goal = Ascent.at(prices, 0.0), supplied.cost if np.isfinite(supplied.cost) else 0.0
    for _ in range(STEPS):
        paid = cost + ascent.price[:, None] * volume
        source = paid.argmin(axis=0)
        standing, least = upstream.standing(ascent.price, stands)
        bound = float(paid.min(axis=0).sum()) + least
        load = np.bincount(source, weights=volume, minlength=len(cost))
        over = load - standing * upstream.room
        over[np.abs(over) <= LOST * upstream.room] = 0.0
        ascent.step(bound, over, goal if goal > bound else 1.01 * bound)
        if ascent.is_done:
            break
    return ascent.best_price


def _search_of(model: Model, search: Search, seconds: float, progress: Progress) -> Search:
    dearest = (1 + 1e-6) * model.dearest + 1e-6
    return Search(model.problem, seconds, search.seed, search.cancelled, progress, dearest, grain_of(model))


def _scaled(site: Site, by: int) -> Site:
    return replace(
        site,
        fixed_cost=site.fixed_cost * by,
        opening_cost=site.opening_cost * by,
        closing_cost=site.closing_cost * by,
        carrying_cost=tuple(one * by for one in site.carrying_cost),
    )
