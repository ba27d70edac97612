"""What is to be designed: sites that may stand, zones that buy, lanes between them, and what all of it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InputError

Integers = NDArray[np.int64]


class Status(StrEnum):
    """What may become of a site."""

    CANDIDATE = "candidate"
    EXISTING = "existing"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Site:
    """A place that goods leave from.

    Parameters
    ----------
    id : str
        Its name in plans and messages.
    fixed_cost : int
        Of standing, in the problem's units of cost; >= 0.
    capacity : int or None
        Volume that may pass it in a scenario, all classes together; None is no limit.
    class_capacity : tuple of (int or None)
        Quantity of each class that may pass it in a scenario; empty is no limit.
    status : Status
        `EXISTING` sites stand unless closed, which costs `closing_cost`; `OPEN` and `CLOSED` are settled.
    closing_cost : int
        Of an existing site that does not stand in the plan; >= 0.
    level : str
        Its echelon: what limits of sites and pooling are told by.
    opening_cost : int
        Of a candidate that stands in the plan; >= 0.
    carrying_cost : tuple of int
        Of each class that leaves the site in some scenario; empty is nothing. Which classes a site carries is so
        part of the plan.
    weight_capacity : int or None
        Weight that may pass it in a scenario, all classes together: where a second measure is short beside volume,
        such as what a place can send a day beside what it can hold. None is no limit.
    """

    id: str
    fixed_cost: int
    capacity: int | None = None
    class_capacity: tuple[int | None, ...] = ()
    status: Status = Status.CANDIDATE
    closing_cost: int = 0
    level: str = "site"
    opening_cost: int = 0
    carrying_cost: tuple[int, ...] = ()
    weight_capacity: int | None = None

    @property
    def present_cost(self) -> int:
        """What it costs that the site stands."""
        return self.fixed_cost + (self.opening_cost if self.status is Status.CANDIDATE else 0)

    @property
    def absent_cost(self) -> int:
        """What it costs that the site does not stand."""
        return self.closing_cost if self.status is Status.EXISTING else 0


@dataclass(frozen=True, slots=True)
class ProductClass:
    """Goods that travel alike: volume and weight of one unit, and the hours within which it must reach a zone.

    Each is kept against a capacity of its own; files reckon costs of lanes with both.
    """

    id: str
    volume: int = 1
    max_hours: int | None = None
    weight: int = 0


class Pooling(NamedTuple):
    """Cost of a class's stock at a level by the square-root law (Maister 1976): `cost` when one site carries all of it.

    `n` sites that carry the class need sqrt(n) times as much stock against chance; level None is all sites.
    """

    level: str | None
    product: int
    cost: int

    def at(self, sites: int) -> int:
        """Return the cost with so many sites, to the nearest whole."""
        return (isqrt(4 * self.cost * self.cost * sites) + 1) // 2


@dataclass(frozen=True, slots=True)
class Scenario:
    """One course that demand may take, and how much it weighs among all."""

    id: str
    weight: int = 1


class SiteLimit(NamedTuple):
    """How many sites of a level stand, at least and at most; level None is all sites."""

    level: str | None
    least: int
    most: int


@dataclass(frozen=True)
class Lanes:
    """Who may ship what to whom: arrays of one length, a lane each.

    Parameters
    ----------
    origin : ndarray of int
        Index of a site.
    target : ndarray of int
        Index of a site, or number of sites + index of a zone.
    product : ndarray of int
        Index of a class.
    cost, per : ndarray of int
        `per` units cost `cost`; cost >= 0, per > 0.
    hours : ndarray of int
        How long it takes.
    """

    origin: Integers
    target: Integers
    product: Integers
    cost: Integers
    per: Integers
    hours: Integers

    @classmethod
    def of(
        cls,
        origin: Sequence[int] | Integers,
        target: Sequence[int] | Integers,
        cost: Sequence[int] | Integers,
        product: Sequence[int] | Integers | None = None,
        per: Sequence[int] | Integers | None = None,
        hours: Sequence[int] | Integers | None = None,
    ) -> Lanes:
        """Make lanes; of the first class, per 1 unit and in no time when not told otherwise."""
        many = len(origin)
        zeros, ones = np.zeros(many, dtype=np.int64), np.ones(many, dtype=np.int64)
        given = (origin, target, zeros if product is None else product, cost, ones if per is None else per)
        return cls(*(np.asarray(one, dtype=np.int64) for one in (*given, zeros if hours is None else hours)))

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True)
class Problem:
    """A network to design.

    Parameters
    ----------
    name : str
        For people.
    sites : tuple of Site
        A site no lane leads to is a source of goods; any other passes on what it receives.
    zones : tuple of str
        Names.
    classes : tuple of ProductClass
        At least one.
    demand : ndarray of int, shape (n_scenarios, n_zones, n_classes)
        Quantities, >= 0.
    lanes : Lanes
        At most one per origin, target and class.
    scenarios : tuple of Scenario
        Sites are the same in all, flows each its own.
    is_single : bool
        Whether each zone gets a class from one site in a scenario.
    limits : tuple of SiteLimit
        How many sites.
    budget : int or None
        What fixed, opening and closing costs may come to.
    cost_scale, quantity_scale : int
        Costs and quantities divided by these are those of the file.
    pooling : tuple of Pooling
        Costs of stock, at most one per level and class.
    """

    name: str
    sites: tuple[Site, ...]
    zones: tuple[str, ...]
    classes: tuple[ProductClass, ...]
    demand: Integers
    lanes: Lanes
    scenarios: tuple[Scenario, ...] = (Scenario("all"),)
    is_single: bool = False
    limits: tuple[SiteLimit, ...] = ()
    budget: int | None = None
    cost_scale: int = 1
    quantity_scale: int = 1
    pooling: tuple[Pooling, ...] = ()

    def __post_init__(self) -> None:
        faults = [*_shape_faults(self), *_number_faults(self)]
        if faults:
            raise InputError("network.problem", f"{self.name} is no network: {'; '.join(faults)}.", "Correct it.")
        if not self.is_acyclic:
            message = f"{self.name} has sites that supply each other in a circle."
            raise InputError("network.circle", message, "Let goods flow one way, from plants to zones.")

    @cached_property
    def receives(self) -> NDArray[np.bool_]:
        """Whether each site passes on what it receives; the others are sources."""
        found = np.zeros(len(self.sites), dtype=bool)
        found[self.lanes.target[self.lanes.target < len(self.sites)]] = True
        return found

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Whether each lane may be used: its last mile is in time, and its sites are not ruled out."""
        limits = np.array([np.iinfo(np.int64).max if one.max_hours is None else one.max_hours for one in self.classes])
        shut = np.array([one.status is Status.CLOSED for one in self.sites] + [False] * len(self.zones))
        is_late = (self.lanes.target >= len(self.sites)) & (self.lanes.hours > limits[self.lanes.product])
        return np.asarray(~(is_late | shut[self.lanes.origin] | shut[self.lanes.target]))

    @cached_property
    def depth(self) -> int:
        """How many sites goods may pass on their way; above the number of sites when they can go in a circle."""
        many = len(self.sites)
        between = self.lanes.target < many
        pairs = np.unique(np.stack([self.lanes.origin[between], self.lanes.target[between]]), axis=1)
        rank = np.ones(many, dtype=np.int64)
        for _ in range(many + 1):
            raised = rank.copy()
            np.maximum.at(raised, pairs[1], rank[pairs[0]] + 1)
            if (raised == rank).all():
                break
            rank = raised
        return int(rank.max(initial=1))

    @property
    def is_plain(self) -> bool:
        """Whether it costs nothing that a site carries a class."""
        return not self.pooling and not any(any(site.carrying_cost) for site in self.sites)

    @property
    def is_acyclic(self) -> bool:
        """Whether goods flow one way."""
        return self.depth <= len(self.sites)

    @property
    def weight(self) -> int:
        """The sum of the scenarios' weights."""
        return sum(one.weight for one in self.scenarios)


def _shape_faults(problem: Problem) -> list[str]:
    lanes, nodes = problem.lanes, len(problem.sites) + len(problem.zones)
    shape = (len(problem.scenarios), len(problem.zones), len(problem.classes))
    faults = [] if problem.demand.shape == shape else [f"demand has shape {problem.demand.shape} instead of {shape}"]
    columns = (lanes.origin, lanes.target, lanes.product, lanes.cost, lanes.per, lanes.hours)
    if len({len(column) for column in columns}) > 1:
        return [*faults, "the arrays of lanes differ in length"]
    for name, column, top in (
        ("origin", lanes.origin, len(problem.sites)),
        ("target", lanes.target, nodes),
        ("class", lanes.product, len(problem.classes)),
    ):
        if len(lanes) and (column.min() < 0 or column.max() >= top):
            faults.append(f"a lane's {name} does not exist")
    if len(np.unique((lanes.origin * nodes + lanes.target) * len(problem.classes) + lanes.product)) < len(lanes):
        faults.append("two lanes have the same origin, target and class")
    return faults


def _number_faults(problem: Problem) -> list[str]:
    faults = []
    if not problem.sites or not problem.zones or not problem.classes or not problem.scenarios:
        faults.append("it needs a site, a zone, a class and a scenario")
    names = [*(site.id for site in problem.sites), *problem.zones]
    if len(set(names)) < len(names):
        faults.append("two sites or zones have the same name")
    if problem.demand.min(initial=0) < 0:
        faults.append("a demand is negative")
    if problem.lanes.cost.min(initial=0) < 0 or problem.lanes.per.min(initial=1) < 1:
        faults.append("a lane's cost is negative")
    for site in problem.sites:
        costs = (site.fixed_cost, site.opening_cost, site.closing_cost, *site.carrying_cost)
        if min(*costs, site.capacity or 0, site.weight_capacity or 0, *(one or 0 for one in site.class_capacity)) < 0:
            faults.append(f"a cost or capacity of {site.id} is negative")
        for what, given in (("class capacities", site.class_capacity), ("carrying costs", site.carrying_cost)):
            if given and len(given) != len(problem.classes):
                faults.append(f"{site.id} has {len(given)} {what} for {len(problem.classes)}")
    if any(one.weight < 0 for one in problem.scenarios) or not problem.weight:
        faults.append("weights of scenarios are negative, or all zero")
    faults += [f"the limit of {one.level or 'all sites'} is empty" for one in problem.limits if one.least > one.most]
    if any(one.cost < 0 or not 0 <= one.product < len(problem.classes) for one in problem.pooling):
        faults.append("a cost of pooling is negative, or its class does not exist")
    if len({one[:2] for one in problem.pooling}) < len(problem.pooling):
        faults.append("two costs of pooling have the same level and class")
    return faults
