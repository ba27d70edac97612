"""Bounds of one tier of sites: each want has a price, and each site takes what pays best within its capacity.

The wants' equations are relaxed (Geoffrion 1974; Beasley 1993); a site's small problem is a knapsack, continuous for
split and whole for single sourcing, so that single sourcing gets a bound above the linear program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.ascent import Relaxed
from entrepot.network.solver.cover import cover
from entrepot.network.solver.knapsacks import Offers, fill, unmet
from entrepot.network.solver.model import Bools, Floats, Model

MARGIN: Final = 1e-11
"""Taken off a bound, of all that was added up: above what doubles lose in sums of a million terms."""


@dataclass(frozen=True)
class Tier:
    """A model of one tier as a dense table; cost is infinite where there is no lane."""

    cost: Floats
    fixed: Floats
    capacity: Floats
    volume: Floats
    units: Integers
    begin: Integers
    may_stand: Bools
    must_stand: Bools
    least: int
    most: int
    constant: float

    @property
    def needed(self) -> float:
        """The demand of the scenario that has most."""
        return max(float(self.volume[a:b].sum()) for a, b in zip(self.begin[:-1], self.begin[1:], strict=True))


@dataclass(frozen=True)
class Rented(Relaxed):
    """The relaxation at some prices, and what a unit more room of each site would be worth in each scenario."""

    rent: Floats


def is_one_tier(model: Model) -> bool:
    """Tell whether a model is one tier: no links, budget, costs of carrying, limits by class, weight or level."""
    problem = model.problem
    return (
        problem.depth == 1
        and problem.is_plain
        and not np.isfinite(model.class_capacity).any()
        and not np.isfinite(model.weight_capacity).any()
        and problem.budget is None
        and all(one.level is None for one in problem.limits)
    )


def tier_of(model: Model) -> Tier:
    """Lay a model of one tier out as a table of sites x wants."""
    many = len(model.quantity)
    cost = np.full((len(model.fixed), many), np.inf)
    cost[model.origin, model.want] = model.cost
    units = (model.quantity * np.array([one.volume for one in model.problem.classes])[model.product]).astype(np.int64)
    begin = np.searchsorted(model.scenario, np.arange(len(model.problem.scenarios) + 1)).astype(np.int64)
    least, most = model.least, model.most
    return Tier(
        np.ascontiguousarray(cost),
        model.fixed,
        model.capacity,
        units.astype(float),
        units,
        begin,
        model.may_stand,
        model.must_stand,
        least,
        most,
        model.constant,
    )


def relax(tier: Tier, offers: Offers, price: Floats, is_whole: bool, is_sharp: bool = False) -> Rented:
    """Solve the relaxation at given prices of the wants; reduced costs are sharp when asked for."""
    worth, rent, many = fill(
        offers.site, offers.cost, offers.profit, offers.want, offers.share, tier.capacity, tier.volume, tier.units,
        tier.begin, price, is_whole, tier.may_stand,
    )  # fmt: skip
    reduced = tier.fixed - worth
    chosen, beyond, short = _choose(tier, reduced, is_sharp)
    value = float(price.sum() + chosen @ reduced + short)
    size = float(np.abs(price).sum() + chosen @ (np.abs(tier.fixed) + worth))
    gradient = unmet(offers.want, offers.share, many, chosen, len(price))
    return Rented(value + tier.constant - MARGIN * size, gradient, beyond, chosen, rent)


def _choose(tier: Tier, reduced: Floats, is_sharp: bool) -> tuple[Floats, Floats, float]:
    """Choose the sites that stand in the relaxation: those that pay, then as many or as much as must.

    Returns the choice, what each site costs beyond the price of the rule that binds - by the magnitude of it the bound
    rises at least when the site is settled the other way - and by how much the least cost is above that of the choice.
    """
    chosen = (tier.must_stand | (reduced < 0) & tier.may_stand).astype(float)
    order = [int(k) for k in np.argsort(reduced, kind="stable") if tier.may_stand[k] and not tier.must_stand[k]]
    if tier.least > 0 or tier.most < len(reduced):
        return _choose_many(tier, reduced, chosen, order)
    must = tier.must_stand if is_sharp else None
    return cover(tier.needed, tier.capacity, reduced, chosen, tier.may_stand, must)


def _choose_many(tier: Tier, reduced: Floats, chosen: Floats, order: list[int]) -> tuple[Floats, Floats, float]:
    settled = int(tier.must_stand.sum())
    wanted = sum(reduced[k] < 0 for k in order)
    many = min(max(wanted, tier.least - settled, 0), max(tier.most - settled, 0), len(order))
    chosen[order] = 0.0
    chosen[order[:many]] = 1.0
    price = 0.0
    if many > wanted:  # the dearest that had to be taken sets the price of standing
        price = float(reduced[order[many - 1]])
    elif many < wanted:
        price = float(reduced[order[many]])
    return chosen, reduced - price, 0.0
