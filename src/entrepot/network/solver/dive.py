"""From prices to sites: those on which the relaxation is nearly decided are settled, prices move on, until all are.

Each decision is seen by the next prices, which thresholds on one relaxation do not give.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.room import has_room
from entrepot.network.solver.search import Search
from entrepot.network.solver.two_tier import Prices, Tiers, relax

PACE: Final = 0.1
SURE: Final = 0.05
"""A site that stood in less than this share of the steps, or in all but this share, is settled."""


def dive(
    tiers: Tiers, model: Model, prices: Prices, search: Search, until: float, *, steps: int, least: float
) -> Bools | None:
    """Settle all sites, the surest first.

    Parameters
    ----------
    tiers, model : Tiers, Model
        The network.
    prices : Prices
        Where to begin.
    search : Search
        Its best plan is the goal of the steps.
    until : float
        Seconds of the search that must be left.
    steps : int
        Steps of prices between two rounds of settling.
    least : float
        Share of the open sites that each round settles at least.

    Returns
    -------
    ndarray of bool, shape (n_sites,), or None
        What stands; None when the time did not suffice.
    """
    ascent = prices.ascent()
    here = model
    while (here.may_stand & ~here.must_stand).any():
        if search.is_over or search.left <= until:
            return None
        ascent = Ascent.at(ascent.price, ascent.least)
        ascent.pace = PACE
        weight = _stood(tiers, here, prices, ascent, search, steps)
        here = _settled(tiers, here, weight, least)
    return here.must_stand.copy()


def _stood(tiers: Tiers, model: Model, prices: Prices, ascent: Ascent, search: Search, steps: int) -> Floats:
    """Move prices, and return in which share of the steps each site stood."""
    stood = np.zeros(len(model.fixed))
    for _ in range(steps):
        relaxed = relax(tiers, model, prices.of(ascent.price))
        stood += relaxed.chosen / steps
        goal = search.cost if np.isfinite(search.cost) else 1.1 * relaxed.bound
        ascent.step(relaxed.bound, relaxed.gradient, max(goal, relaxed.bound))
    return stood


def _settled(tiers: Tiers, model: Model, weight: Floats, least: float) -> Model:
    """Settle the surest sites; none is shut whose room the others would lack."""
    must, may = model.must_stand.copy(), model.may_stand.copy()
    undecided = np.nonzero(may & ~must)[0]
    doubt = np.minimum(weight, 1.0 - weight)[undecided]
    order = np.argsort(doubt, kind="stable")
    many = max(int((doubt <= SURE).sum()), int(np.ceil(least * len(undecided))))
    for k in undecided[order[:many]].tolist():
        may[k] = weight[k] > 0.5
        if not may[k] and not has_room(tiers, may):
            may[k] = True
        must[k] = may[k]
    return replace(model, must_stand=must, may_stand=may)
