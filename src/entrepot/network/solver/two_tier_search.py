"""Two tiers: prices raise the bound, dives and neighbourhoods make plans, branches over sites close what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from entrepot.network.solver.ascent import Relaxed
from entrepot.network.solver.dive import dive
from entrepot.network.solver.exchange import Exchange
from entrepot.network.solver.first_sites import first_sites
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import BOUND_TOLERANCE, Solved, minimise
from entrepot.network.solver.mip import STRONG, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.near import Near
from entrepot.network.solver.room import has_room
from entrepot.network.solver.search import Search
from entrepot.network.solver.through import Through
from entrepot.network.solver.tree import Branch, Climbed, Ground, branch_out, climb, settled
from entrepot.network.solver.turns import by_turns
from entrepot.network.solver.two_tier import Prices, Tiers, excess, first_prices, relax, sharpened, tiers_of

CLIMBING: Final = 0.4
"""Share of the time gone at which prices stop to raise the bound at the latest."""
STEPS: Final = 20_000
"""As many steps as that allows."""
PATIENCE: Final = 40
MEMORY: Final = 0.9
"""How much of a step's direction is that of the steps before."""
PROVING: Final = 0.04
"""Share of all the time in which HiGHS proves what sources, and what fronts, with room for each class cost at least;"""
AGAIN: Final = 0.1
"""pace at which prices move on from there,"""
LONGER: Final = 0.55
"""and share of the time gone at which that ends at the latest."""
DIVES: Final = ((10, 0.4), (15, 0.3), (20, 0.2), (30, 0.15))
"""Steps of prices between two rounds of settling, and the share of sites settled at least: ever more careful dives."""
DIVING: Final = 0.6
"""Share of the time left in which they are made, so that one ends also where the machine is busy with other work."""
TURNS: Final = 0.4
"""Share of the time left in which sources and fronts are chosen by turns, where several classes need room."""
PLANS: Final = 0.45
"""Share of the time left in which the plan is bettered before HiGHS works on the bound, where it can;"""
EACH: Final = 0.04
"""share of all the time, in one neighbourhood of it, and in kicks of it;"""
VAIN: Final = 3
"""so many of both in vain end it."""
BESIDE: Final = 0.2
"""Share of the time gone in which neighbourhoods are searched, when branches are."""
SETTLED: Final = 0.25
"""Share of the sites that are settled where HiGHS may close what is left open at once;"""
WHOLE: Final = 0.3
"""share of the time left that it has for that: its first linear program may take all of it;"""
FEW: Final = 12
"""in branches, so many open sites are left to it,"""
EFFORT: Final = 1.0
"""and so many seconds of its first effort; twice as many of each more."""
HOW: Final = "Lagrangian relaxation of demand and sources"
LEFT: Final = "HiGHS on what the Lagrangian relaxation leaves open"


def search_two_tiers(model: Model, search: Search) -> None:
    """Search for a plan and a bound until the gap is closed, the time is over or nothing is left to do."""
    tiers = tiers_of(model)
    plans = Through(model, tiers, search)
    stands = first_sites(model, tiers, search)
    plans.attempt(stands)
    prices = first_prices(tiers, model, stands)
    climbed = _climb(plans, prices, 1.0, CLIMBING)
    prices = prices.of(climbed.price)
    if len(tiers.needed) > 1 and not search.is_over:
        seconds = PROVING * search.seconds
        plans.tiers = tiers = sharpened(tiers, model, prices, seconds=seconds, seed=search.seed)
        climbed = _climb(plans, prices, AGAIN, LONGER)
        prices = prices.of(climbed.price)
    exchange = Exchange(plans.transport, search, climbed.weight)
    _dive(plans, exchange, prices)
    if len(tiers.needed) > 1 and not tiers.has_direct:
        by_turns(plans, prices, (1 - TURNS) * search.left)
    near = Near(
        model,
        search,
        climbed,
        excess(tiers, model, prices),
        lambda layout, values: _move_on(plans, exchange, values[: layout.sites] > 0.5, 0.0),
    )
    _better(plans, exchange, near)
    if not search.is_over:
        root = settled(_ground(tiers, model, prices), search, model.must_stand, model.may_stand, climbed)
        if not _is_closed(model, search, root):
            _branch_out(plans, near, root, prices)


def _climb(plans: Through, prices: Prices, pace: float, gone: float) -> Climbed:
    """Raise the bound of all plans, until so much of the time is gone."""
    search = plans.search

    def look(relaxed: Relaxed, step: int) -> None:
        search.raise_bound(relaxed.bound, HOW)
        search.tell()

    ascent = prices.ascent()
    ascent.patience, ascent.pace, ascent.memory = PATIENCE, pace, MEMORY
    return climb(
        lambda price: relax(plans.tiers, plans.model, prices.of(price)),
        ascent,
        search,
        steps=STEPS,
        until=(1 - gone) * search.seconds,
        each=look,
    )


def _dive(plans: Through, exchange: Exchange, prices: Prices) -> None:
    """Settle all sites by prices that move on, ever more carefully, until that gives no better plan."""
    search = plans.search
    until = (1 - DIVING) * search.left
    for steps, least in DIVES:
        before = search.cost
        stands = dive(plans.tiers, plans.model, prices, search, until, steps=steps, least=least)
        if stands is None:
            return
        _move_on(plans, exchange, stands, until)
        if before <= search.cost < np.inf:
            return


def _move_on(plans: Through, exchange: Exchange, stands: Bools, until: float) -> None:
    """Make a plan through given sites, and move on from there as long as that saves."""
    found = plans.attempt(stands)
    if found is not None:
        plans.offer(*exchange.improved(*found, until))


def _better(plans: Through, exchange: Exchange, near: Near) -> None:
    """Search neighbourhoods of the best plan and kick it, by turns, as long as one of both saves."""
    search = plans.search
    until = (1 - PLANS) * search.left if len(plans.model.lane) <= STRONG else 0.0
    vain = 0
    while np.isfinite(search.cost) and not search.is_over and not near.is_exhausted and search.left > until:
        before = search.cost
        near.once(min(EACH * search.seconds, search.left - until))
        _kick(plans, exchange, max(until, search.left - EACH * search.seconds))
        vain = 0 if search.cost < before else vain + 1
        if vain == VAIN:
            return


def _kick(plans: Through, exchange: Exchange, until: float) -> None:
    """Turn sites of the best plan over where no move saves, and move on from there."""
    if plans.stands is not None and plans.flows is not None:
        stands, flows = plans.stands, plans.flows
        while not plans.search.is_over and plans.search.left > until:
            stands, flows = exchange.kicked(stands, flows, until)
        plans.offer(stands, flows)


def _is_closed(model: Model, search: Search, root: Branch) -> bool:
    """Let HiGHS search what is left open for a while, when that is little; tells whether it came to an end."""
    if len(model.lane) > STRONG or root.open_sites.sum() > (1 - SETTLED) * len(model.fixed):
        return False

    def hear(bound: float) -> None:
        search.raise_bound(bound + model.constant - BOUND_TOLERANCE * abs(bound), LEFT)
        search.tell()

    solved = _minimised(model, search, root, WHOLE * search.left, search.cancelled, hear)
    search.raise_bound(solved.bound + model.constant, LEFT)
    return solved.is_done


def _branch_out(plans: Through, near: Near, root: Branch, prices: Prices) -> None:
    """Branch over sites, and search on around the best plan meanwhile."""
    model, search = plans.model, plans.search

    def attempt(branch: Branch, relaxed: Relaxed) -> None:
        if not near.is_exhausted and near.seconds < BESIDE * search.gone:
            near.once(EACH * search.seconds)

    def settle(branch: Branch) -> tuple[float, bool]:
        seconds = min(search.left, EFFORT * 2.0**branch.efforts)
        solved = _minimised(model, search, branch, seconds, search.cancelled, lambda bound: None)
        return solved.bound + model.constant, solved.is_done

    def is_small(branch: Branch) -> bool:
        return bool(branch.open_sites.sum() <= FEW)

    branch_out(_ground(plans.tiers, model, prices), search, root, is_small=is_small, attempt=attempt, settle=settle)


def _ground(tiers: Tiers, model: Model, prices: Prices) -> Ground:
    """Tell the tree how sites are relaxed, and which have room for all goods."""

    def relaxed(must: Bools, may: Bools, price: Floats, is_sharp: bool) -> Relaxed:
        return relax(tiers, replace(model, must_stand=must, may_stand=may), prices.of(price), is_sharp)

    def is_possible(must: Bools, may: Bools) -> bool:
        return has_room(tiers, may)

    return Ground(relaxed, is_possible, model.problem.receives.astype(np.int64), prices.ascent().least)


def _minimised(
    model: Model, search: Search, branch: Branch, seconds: float, cancelled: Callable[[], bool],
    progress: Callable[[float], None],
) -> Solved:  # fmt: skip
    """Let HiGHS search a branch for something better than the best plan."""
    program, layout = program_of(model, lower=branch.must_stand, upper=branch.may_stand)
    solved = minimise(
        program,
        seconds=seconds,
        seed=search.seed,
        cutoff=search.cost - model.constant,
        has_parts=False,
        cancelled=cancelled,
        progress=progress,
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)
    return solved
