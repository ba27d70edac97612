"""Sources and fronts by turns: one kind is settled, prices move on, and whole sites of the other are chosen at these.

Chosen are sites with room for each class that cost least at the prices, by HiGHS. Where several classes need room, few
sets of few sites have it for all of them: settling site by site misses these, and one site more stands than must.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.surrogate import whole_sites
from entrepot.network.solver.through import Through
from entrepot.network.solver.tree import climb
from entrepot.network.solver.two_tier import Prices, relax, site_costs

STEPS: Final = 150
"""Steps of prices in a turn."""
PACE: Final = 0.3
PATIENCE: Final = 8
VAIN: Final = 4
"""Turns in vain after which no more are taken."""
EACH: Final = 0.02
"""Share of all the time that HiGHS has for a choice."""


def by_turns(plans: Through, prices: Prices, until: float) -> None:
    """Choose sources and fronts by turns, and make plans of them, as long as one of the last turns saved.

    Parameters
    ----------
    plans : Through
        The network, and its best plan.
    prices : Prices
        Where each turn begins.
    until : float
        Seconds of the search that must be left.
    """
    model, search = plans.model, plans.search
    stands: Bools | None = model.must_stand
    for kind in (0, 1):
        stands = None if stands is None else _chosen(plans, model, prices, kind, stands)
    vain, kind = 0, 1
    while stands is not None and vain < VAIN and not search.is_over and search.left > until:
        before = search.cost
        plans.attempt(stands)
        vain = 0 if search.cost < before else vain + 1
        settled = _settled(plans, stands, 1 - kind)
        stands = _chosen(plans, settled, prices.of(_moved(plans, settled, prices)), kind, stands)
        kind = 1 - kind


def _settled(plans: Through, stands: Bools, kind: int) -> Model:
    """Return the network with the sources (0), or the fronts (1), as they stand."""
    sites = plans.tiers.kinds[kind][0]
    must, may = plans.model.must_stand.copy(), plans.model.may_stand.copy()
    must[sites] = may[sites] = stands[sites]
    return replace(plans.model, must_stand=must, may_stand=may)


def _moved(plans: Through, model: Model, prices: Prices) -> Floats:
    """Move prices on for a while."""
    ascent = prices.ascent()
    ascent = Ascent(ascent.price, ascent.best_price, ascent.least, pace=PACE, patience=PATIENCE)
    return climb(lambda flat: relax(plans.tiers, model, prices.of(flat)), ascent, plans.search, steps=STEPS).price


def _chosen(plans: Through, model: Model, prices: Prices, kind: int, stands: Bools) -> Bools | None:
    """Return what stands with the sources (0), or the fronts (1), chosen anew; None where HiGHS finds none in time."""
    search = plans.search
    sites, room = plans.tiers.kinds[kind]
    chosen = whole_sites(
        plans.tiers.needed, room, site_costs(plans.tiers, model, prices)[kind], plans.model.must_stand[sites],
        plans.model.may_stand[sites], seconds=min(EACH * search.seconds, max(search.left, 0.1)), seed=search.seed,
    )  # fmt: skip
    if chosen is None:
        return None
    found = stands.copy()
    found[sites] = chosen
    return found
