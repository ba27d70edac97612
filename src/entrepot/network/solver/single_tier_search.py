"""One tier: prices raise the bound, sites that pay in it lead to plans, and HiGHS settles what is left between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.assignment import assign
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.interchange import improve, shaken, start
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.one_tier import Relaxed, Tier, relax, tier_of
from entrepot.network.solver.rounding import plan_of_shares
from entrepot.network.solver.search import Search

EVERY: Final = 10
"""Iterations of prices between looking for plans."""
SHAKES: Final = 30
"""Local searches from shaken plans before HiGHS takes over."""
UNSURE: Final = 15
"""How many sites each way are tried in exchanges."""
HOW: Final = "Lagrangian relaxation of demand"


@dataclass
class _State:
    model: Model
    tier: Tier
    search: Search
    ascent: Ascent
    tried: set[bytes] = field(default_factory=set)
    stands: Bools | None = None
    relaxed: Relaxed | None = None


def search_one_tier(model: Model, search: Search) -> None:
    """Search for a plan and a bound until the gap is closed, the time is over or nothing is left to do."""
    tier = tier_of(model)
    state = _State(model, tier, search, Ascent.at(_first_prices(tier)))
    is_free = not np.isfinite(tier.capacity).any()
    if is_free:
        _try(state, start(tier))
        _shake(state, SHAKES)
    _climb(state, is_whole=False)
    if model.problem.is_single and not is_free and not search.is_over:
        state.ascent = Ascent.at(state.ascent.best_price)
        state.ascent.pace = 0.3
        _climb(state, is_whole=True)
        _exchange_sites(state, 0.5 * search.left)
    if not search.is_over:
        _settle(state)


def _first_prices(tier: Tier) -> Floats:
    """Price a want at its second cheapest site."""
    finite = np.where(np.isfinite(tier.cost), tier.cost, np.nanmax(np.where(np.isfinite(tier.cost), tier.cost, 0.0)))
    finite = finite[tier.may_stand]
    return np.asarray(np.partition(finite, min(1, len(finite) - 1), axis=0)[min(1, len(finite) - 1)], dtype=float)


def _climb(state: _State, is_whole: bool) -> None:
    search, ascent = state.search, state.ascent
    count = 0
    while not search.is_over and not ascent.is_done:
        relaxed = relax(state.tier, ascent.price, is_whole)
        search.raise_bound(relaxed.bound, HOW)
        if relaxed.bound > ascent.best:
            state.relaxed = relaxed
        if count % EVERY == 0 or not np.isfinite(search.cost):
            _try(state, _enough(state.tier, relaxed.chosen > 0.5, relaxed.reduced), relaxed.reduced)
        goal = search.cost if np.isfinite(search.cost) else max(1.1 * relaxed.bound, relaxed.bound + 1.0)
        ascent.step(relaxed.bound, relaxed.gradient, goal)
        search.tell()
        count += 1


def _enough(tier: Tier, stands: Bools, reduced: Floats) -> Bools:
    """Add the sites that cost least in the relaxation until what stands can carry the demand."""
    found = stands.copy()
    needed = max(float(tier.volume[a:b].sum()) for a, b in zip(tier.begin[:-1], tier.begin[1:], strict=True))
    order = sorted(np.nonzero(tier.may_stand & ~found)[0].tolist(), key=lambda k: (reduced[k], k))
    for k in order:
        if found.sum() >= max(tier.least, 1) and tier.capacity[found].sum() >= needed:
            break
        found[k] = True
    return found


def _try(state: _State, stands: Bools, reduced: Floats | None = None) -> None:
    """Make a plan of what stands, the way its kind allows; each set of sites is tried once."""
    key = np.packbits(stands).tobytes()
    if key in state.tried or not stands.any():
        return
    state.tried.add(key)
    if not np.isfinite(state.tier.capacity).any():
        _try_free(state, stands)
    elif state.model.problem.is_single:
        _try_single(state, stands)
    elif stands.sum() <= state.tier.most:
        _try_split(state, stands)


def _try_free(state: _State, stands: Bools) -> None:
    found, cost = improve(state.tier, stands)
    if cost < state.search.cost - 1e-9 * abs(cost):
        table = np.where(found[:, None], state.tier.cost, np.inf)
        _offer_assignment(state, found, np.argmin(table, axis=0))


def _try_single(state: _State, stands: Bools) -> None:
    """Assign wants, whole, to what stands."""
    chosen, cost = assign(state.tier, stands)
    if np.isfinite(cost) and stands.sum() <= state.tier.most and cost < state.search.cost - 1e-9 * abs(cost):
        _offer_assignment(state, stands, chosen)


def _exchange_sites(state: _State, until: float) -> None:
    """Close, open and exchange the sites of the best plan that the relaxation is least sure of, while it saves."""
    tier, search = state.tier, state.search
    beyond = relax(tier, state.ascent.best_price, is_whole=False).reduced
    better = True
    while better and state.stands is not None:
        better = False
        here = state.stands.copy()
        on = sorted(np.nonzero(here & ~tier.must_stand)[0].tolist(), key=lambda k: (-beyond[k], k))[:UNSURE]
        off = sorted(np.nonzero(~here & tier.may_stand)[0].tolist(), key=lambda k: (beyond[k], k))[:UNSURE]
        for change in [*([k] for k in on), *([k] for k in off), *([a, b] for a in on for b in off)]:
            if search.left <= until:
                return
            there = here.copy()
            there[change] ^= True
            before = search.cost
            if there.sum() >= max(tier.least, 1):
                _try(state, there)
            if search.cost < before:
                better = True
                break


def _try_split(state: _State, stands: Bools) -> None:
    program, layout = program_of(state.model, lower=stands, upper=stands, is_linked=False)
    solved = minimise(program, seconds=min(state.search.left, 10.0), cancelled=state.search.cancelled)
    is_better = solved.values is not None and solved.bound + state.model.constant < state.search.cost
    if solved.values is not None and is_better and offer_rounded(state.model, state.search, layout, solved.values):
        state.stands = stands.copy()


def _offer_assignment(state: _State, stands: Bools, chosen: Integers) -> None:
    model = state.model
    shares = (chosen[model.want] == model.origin).astype(float)
    nothing = np.zeros(0)
    if state.search.offer(
        plan_of_shares(model, stands, np.arange(len(model.want)), shares, nothing.astype(np.int64), nothing)
    ):
        state.stands = stands.copy()


def _shake(state: _State, many: int) -> None:
    random = np.random.default_rng(state.search.seed)
    for k in range(many):
        if state.stands is None or state.search.left <= 0:
            return
        _try(state, shaken(state.stands, state.tier, random, 2 + k % 4))


def _settle(state: _State) -> None:
    """Let HiGHS search among sites and lanes that a better plan may still use."""
    search, model, tier = state.search, state.model, state.tier
    relaxed = relax(tier, state.ascent.best_price, is_whole=False)
    room = search.cost - relaxed.bound
    beyond = relaxed.reduced
    lower, upper = tier.must_stand | (beyond < -room), tier.may_stand & (beyond <= room)
    last = np.ones(len(model.want), dtype=bool)
    if model.problem.is_single or not np.isfinite(tier.capacity).any():
        excess = np.maximum(model.cost - state.ascent.best_price[model.want], 0.0)
        last = excess + np.maximum(beyond, 0.0)[model.origin] <= room
    program, layout = program_of(model, lower=lower, upper=upper, last=last)
    solved = minimise(
        program,
        seconds=search.left,
        seed=search.seed,
        cutoff=search.cost - model.constant,
        cancelled=search.cancelled,
        progress=lambda bound: _hear(search, bound + model.constant),
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)
    search.raise_bound(solved.bound + model.constant, "HiGHS on what the Lagrangian relaxation leaves open")


def _hear(search: Search, bound: float) -> None:
    search.raise_bound(bound - 1e-6 * abs(bound), "HiGHS on what the Lagrangian relaxation leaves open")
    search.tell()
