"""A network as arrays in the file's own units: wants to be met, lanes to them and between sites, switches of sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from entrepot.network.problem import Integers, Problem, Status

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """Arrays of a problem.

    Parameters
    ----------
    problem : Problem
        What it is made from.
    fixed : ndarray, shape (n_sites,)
        What a site that stands costs more than one that does not.
    constant : float
        What all sites cost when none stands.
    may_stand, must_stand : ndarray of bool, shape (n_sites,)
        What is settled.
    scenario, zone, product, quantity : ndarray, shape (n_wants,)
        Of each want, in order of scenario.
    volume : ndarray, shape (n_wants,)
        Of a whole want.
    want, origin, cost, lane : ndarray, shape (n_last,)
        The last lanes, by want: who may serve it, and what all of it costs, weighted. `lane` is the problem's lane.
    link_scenario, link_lane, link_cost : ndarray, shape (n_links,)
        Lanes between sites, per scenario; cost of one unit, weighted.
    capacity : ndarray, shape (n_sites,)
        Volume; infinite where there is no limit.
    weight_capacity : ndarray, shape (n_sites,)
        The same of weight.
    class_capacity : ndarray, shape (n_sites, n_classes)
        Quantities.
    carrying : ndarray, shape (n_sites, n_classes)
        What it costs that a class leaves a site.
    """

    problem: Problem
    fixed: Floats
    constant: float
    may_stand: Bools
    must_stand: Bools
    scenario: Integers
    zone: Integers
    product: Integers
    quantity: Integers
    volume: Floats
    want: Integers
    origin: Integers
    cost: Floats
    lane: Integers
    link_scenario: Integers
    link_lane: Integers
    link_cost: Floats
    capacity: Floats
    weight_capacity: Floats
    class_capacity: Floats
    carrying: Floats

    @property
    def measures(self) -> tuple[tuple[Floats, Floats], ...]:
        """Volume and weight: each site's capacity for all classes together, and what a unit of each class takes."""
        classes = self.problem.classes
        volumes = np.array([float(one.volume) for one in classes])
        weights = np.array([float(one.weight) for one in classes])
        return (self.capacity, volumes), (self.weight_capacity, weights)

    @property
    def most(self) -> int:
        """How many sites may stand, of all levels."""
        return min([len(self.fixed), *(one.most for one in self.problem.limits if one.level is None)])

    @property
    def least(self) -> int:
        """How many sites must stand, of all levels."""
        return max([0, *(one.least for one in self.problem.limits if one.level is None)])

    @property
    def dearest(self) -> float:
        """What no plan costs more than: every site, and for every unit the dearest lanes of its class all the way."""
        of_wants = np.zeros(len(self.quantity))
        np.maximum.at(of_wants, self.want, self.cost)
        classes, lanes = len(self.problem.classes), self.problem.lanes
        units, link = np.zeros((2, len(self.problem.scenarios) * classes))
        np.add.at(units, self.scenario * classes + self.product, self.quantity)
        np.maximum.at(link, self.link_scenario * classes + lanes.product[self.link_lane], self.link_cost)
        onward = float(units @ link) * (self.problem.depth - 1)
        stock = float(self.carrying.sum()) + sum(one.at(len(self.fixed)) for one in self.problem.pooling)
        return self.constant + float(np.maximum(self.fixed, 0.0).sum() + of_wants.sum()) + onward + stock


def model_of(problem: Problem) -> Model:
    """Lay a problem out as arrays."""
    scenario, zone, product = np.nonzero(problem.demand)
    quantity = problem.demand[scenario, zone, product]
    volumes = np.array([one.volume for one in problem.classes], dtype=float)
    weights = np.array([one.weight for one in problem.scenarios], dtype=float) / problem.weight / problem.cost_scale
    want, lane = _last_lanes(problem, scenario, zone, product)
    lanes = problem.lanes
    unit = lanes.cost / lanes.per
    links = np.nonzero(problem.usable & (lanes.target < len(problem.sites)))[0]
    absent = sum(site.absent_cost for site in problem.sites)
    return Model(
        problem=problem,
        fixed=np.array([site.present_cost - site.absent_cost for site in problem.sites]) / problem.cost_scale,
        constant=absent / problem.cost_scale,
        may_stand=np.array([site.status is not Status.CLOSED for site in problem.sites]),
        must_stand=np.array([site.status is Status.OPEN for site in problem.sites]),
        scenario=scenario,
        zone=zone,
        product=product,
        quantity=quantity,
        volume=quantity * volumes[product],
        want=want,
        origin=lanes.origin[lane],
        cost=unit[lane] * quantity[want] * weights[scenario[want]],
        lane=lane,
        link_scenario=np.repeat(np.arange(len(weights)), len(links)),
        link_lane=np.tile(links, len(weights)),
        link_cost=np.outer(weights, unit[links]).reshape(-1),
        capacity=_in_steps(
            _limits([site.capacity for site in problem.sites]),
            [problem.classes[k].volume for k in set(product.tolist())],
        ),
        weight_capacity=_in_steps(
            _limits([site.weight_capacity for site in problem.sites]),
            [problem.classes[k].weight for k in set(product.tolist())],
        ),
        class_capacity=_class_capacity(problem),
        carrying=np.array([site.carrying_cost or (0,) * len(problem.classes) for site in problem.sites])
        / problem.cost_scale,
    )


def _last_lanes(problem: Problem, scenario: Integers, zone: Integers, product: Integers) -> tuple[Integers, Integers]:
    """Pair each want with the usable lanes to it, in order of want and origin."""
    lanes, first = problem.lanes, len(problem.sites)
    last = np.nonzero(problem.usable & (lanes.target >= first))[0]
    number = np.full(problem.demand.shape, -1)
    number[scenario, zone, product] = np.arange(len(scenario))
    wants = number[:, lanes.target[last] - first, lanes.product[last]]
    which = np.nonzero(wants >= 0)
    want, lane = wants[which], last[which[1]]
    order = np.lexsort((lanes.origin[lane], want))
    return want[order], lane[order]


def _class_capacity(problem: Problem) -> Floats:
    many = len(problem.classes)
    rows = [site.class_capacity or (None,) * many for site in problem.sites]
    return np.array([_limits(row) for row in rows]).reshape(-1, many)


def _limits(row: Sequence[int | None]) -> Floats:
    return np.array([np.inf if one is None else float(one) for one in row])


def _in_steps(limits: Floats, sizes: Sequence[int]) -> Floats:
    """Return of each limit what whole units can fill: multiples of what the sizes of all are multiples of."""
    step = gcd(*sizes)
    return limits if step <= 1 else np.where(np.isfinite(limits), np.floor(limits / step) * step, np.inf)
