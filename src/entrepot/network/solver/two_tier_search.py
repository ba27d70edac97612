"""Two tiers: local search over fronts and sources, prices that raise the bound, exact flows by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.solver.ascent import Ascent
from entrepot.network.solver.changes import price_changes
from entrepot.network.solver.dive import dive
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import Program, minimise
from entrepot.network.solver.interchange import improve
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.one_tier import Tier
from entrepot.network.solver.search import Search
from entrepot.network.solver.two_tier import Prices, Relaxed, Tiers, first_prices, relax, tiers_of

QUICK: Final = 0.06
"""Share of the time left that one local search may take."""
DIVES: Final = ((10, 0.4), (15, 0.3), (20, 0.2), (30, 0.15))
"""Steps of prices between two rounds of settling, and the share of sites settled at least: ever more careful dives."""
DIVING: Final = 0.6
"""Share of the time left in which they are made, so that one ends also where the machine is busy with other work."""
CLIMBING: Final = 0.5
"""Share of the time in which prices raise the bound at most."""
MEMORY: Final = 0.02
UNDECIDED: Final = 0.08
TURNING: Final = 0.85
"""Share of the time left in which sites are turned over one by one,"""
TURNED: Final = 60
"""and how many of them are priced before the best are."""
ROUNDS: Final = 6
"""How often fronts and sources are improved in turn, and crowded fronts made dearer."""
ATTEMPTS: Final = 12
"""How often more sites are let stand until all wants can be met."""
HOW: Final = "Lagrangian relaxation of demand and sources"


@dataclass
class _State:
    model: Model
    tiers: Tiers
    search: Search
    crowding: Floats
    tried: set[bytes] = field(default_factory=set)
    stands: Bools | None = None


def search_two_tiers(model: Model, search: Search) -> None:
    """Search for a plan and a bound until the gap is closed, the time is over or nothing is left to do."""
    tiers = tiers_of(model)
    state = _State(model, tiers, search, np.zeros(len(tiers.fronts) + 1))
    stands = _improve(state, model.may_stand.copy())
    _try(state, stands)
    prices = first_prices(tiers, model, stands)
    ascent = Ascent.at(prices.flat())
    ascent.patience = 20
    weight = _climb(state, prices, ascent)
    _dive(state, prices.of(ascent.best_price))
    _turn_over(state, weight)
    if not search.is_over:
        _round(state, weight)
    if not search.is_over:
        _settle(state, relax(tiers, model, prices.of(ascent.best_price)))


def _climb(state: _State, prices: Prices, ascent: Ascent) -> Floats:
    """Raise the bound; returns how much of each site stood in the relaxation, later iterations weighing more."""
    search, model = state.search, state.model
    weight = np.zeros(len(model.fixed))
    while search.left > (1 - CLIMBING) * search.seconds and not search.is_over and not ascent.is_done:
        ascent.price = prices.of(ascent.price).flat()
        relaxed = relax(state.tiers, model, prices.of(ascent.price))
        search.raise_bound(relaxed.bound, HOW)
        weight += MEMORY * (relaxed.chosen - weight)
        goal = search.cost if np.isfinite(search.cost) else 1.2 * relaxed.bound + 1.0
        ascent.step(relaxed.bound, relaxed.gradient, goal)
        search.tell()
    return weight


def _dive(state: _State, prices: Prices) -> None:
    """Settle all sites by prices that move on, a few times, ever more carefully."""
    until = (1 - DIVING) * state.search.left
    for steps, least in DIVES:
        stands = dive(state.tiers, state.model, prices, state.search, until, steps=steps, least=least)
        if stands is None:
            return
        _try(state, stands)


def _turn_over(state: _State, weight: Floats) -> None:
    """Turn the sites of the best plan over, most doubtful ones first, as long as flows computed anew cost less."""
    model, search = state.model, state.search
    until = (1 - TURNING) * search.left
    free = model.may_stand & ~model.must_stand
    while state.stands is not None and not search.is_over and search.left > until:
        stands = state.stands
        doubt = np.where(stands, weight, 1.0 - weight)
        order = [k for k in np.argsort(doubt, kind="stable").tolist() if free[k]]
        standing = np.nonzero(stands)[0].tolist()
        priced = price_changes(model.problem, standing, order[:TURNED], seconds=search.left - until)
        saving = sorted((value, k) for k, value in priced.items() if value < 0)
        before = search.cost
        many = (len(saving) + 1) // 2
        while many and search.cost >= before:
            _try(state, _moved(stands, tuple(k for _, k in saving[:many])))
            many //= 2
        if search.cost >= before:
            return


def _round(state: _State, weight: Floats) -> None:
    """Let HiGHS decide about the sites on which the relaxation is undecided, the others as it has them."""
    search, model = state.search, state.model
    best = state.stands if state.stands is not None else weight > 0.5
    lower, upper = (weight > 1 - UNDECIDED) & best, (weight > UNDECIDED) | best
    program, layout = program_of(model, lower=lower & model.may_stand, upper=upper)
    solved = minimise(
        program,
        seconds=0.5 * search.left,
        seed=search.seed,
        cutoff=search.cost - model.constant,
        gap=0.001,
        cancelled=search.cancelled,
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)


def _settle(state: _State, relaxed: Relaxed) -> None:
    """Let HiGHS search among the sites that a better plan may still use."""
    model, search = state.model, state.search
    room = search.cost - relaxed.bound
    lower = model.must_stand | (relaxed.reduced < -room)
    upper = model.may_stand & (relaxed.reduced <= room)
    program, layout = program_of(model, lower=lower, upper=upper)
    how = "HiGHS on what the Lagrangian relaxation leaves open"

    def hear(bound: float) -> None:
        search.raise_bound(bound + model.constant - 1e-6 * abs(bound), how)
        search.tell()

    solved = minimise(
        program,
        seconds=search.left,
        seed=search.seed,
        cutoff=search.cost - model.constant,
        cancelled=search.cancelled,
        progress=hear,
    )
    if solved.values is not None:
        offer_rounded(model, search, layout, solved.values)
    search.raise_bound(solved.bound + model.constant, how)


def _enough(state: _State, stands: Bools) -> Bools:
    """Open sites with the most capacity per cost until sources and fronts can carry all goods."""
    model, tiers = state.model, state.tiers
    found = stands | model.must_stand
    if state.stands is not None and not found.any():
        return state.stands.copy()
    room = tiers.capacity
    each = model.fixed / np.maximum(room, 1e-9)
    for sites in (tiers.sources, tiers.fronts):
        order = sorted(sites[model.may_stand[sites]].tolist(), key=lambda k: (float(each[k]), k))
        for k in order:
            if found[sites].any() and room[sites][found[sites]].sum() >= 1.02 * tiers.needed:
                break
            found[k] = True
    return found


def _improve(state: _State, stands: Bools) -> Bools:
    """Improve fronts and sources in turn as if capacities were prices, which grow where fronts are crowded."""
    found = stands.copy()
    until = (1 - QUICK) * state.search.left
    for _ in range(ROUNDS):
        if state.search.left <= until:
            break
        found = _improve_sources(state, found, until)
        tier = _front_tier(state, found)
        fronts, _ = improve(tier, np.append(found[state.tiers.fronts], True), 400)
        found[state.tiers.fronts] = fronts[:-1]
        if not _crowd(state, tier, fronts):
            break
    return _enough(state, found)


def _front_tier(state: _State, stands: Bools) -> Tier:
    """Lay the fronts out as one tier whose costs are those of the cheapest standing source."""
    tiers, model = state.tiers, state.model
    open_source = stands[tiers.sources]
    best = np.where(open_source, tiers.link, np.inf).min(axis=2, initial=np.inf)
    cost = np.full((len(tiers.fronts) + 1, len(tiers.amount)), np.inf)
    link = np.where(tiers.source < 0, best[tiers.course[tiers.want], tiers.front], 0.0) * tiers.amount[tiers.want]
    shut = (tiers.source >= 0) & ~open_source[tiers.source]
    each = np.where(shut, np.inf, tiers.cost + link + state.crowding[tiers.front] * tiers.volume[tiers.want])
    np.minimum.at(cost, (tiers.front, tiers.want), each)
    unlimited = np.full(len(cost), np.inf)
    return Tier(
        cost,
        np.append(model.fixed[tiers.fronts], 0.0),
        unlimited,
        tiers.volume,
        model.quantity,
        np.array([0, len(tiers.amount)]),
        np.append(model.may_stand[tiers.fronts], True),
        np.append(model.must_stand[tiers.fronts], True),
        1,
        len(cost),
        0.0,
    )


def _improve_sources(state: _State, stands: Bools, until: float) -> Bools:
    """Open, close or exchange a source as long as it saves."""
    found = stands.copy()
    best = _value(state, found)
    better = True
    while better:
        better = False
        for move in _moves(state, found):
            if state.search.left <= until:
                return found
            there = _moved(found, move)
            value = _value(state, there)
            if value < best - 1e-9 * abs(best):
                found, best, better = there, value, True
                break
    return found


def _moved(stands: Bools, move: tuple[int, ...]) -> Bools:
    """Turn some sites over."""
    found = stands.copy()
    found[list(move)] ^= True
    return found


def _moves(state: _State, stands: Bools) -> list[tuple[int, ...]]:
    model, sources = state.model, state.tiers.sources.tolist()
    on = [k for k in sources if stands[k] and not model.must_stand[k]]
    off = [k for k in sources if not stands[k] and model.may_stand[k]]
    return [*((k,) for k in on), *((k,) for k in off), *((a, b) for a in on for b in off)]


def _value(state: _State, stands: Bools) -> float:
    """Price a choice of sites without capacities, but for those all sources have together."""
    tiers, model = state.tiers, state.model
    room = np.minimum(tiers.source_room[stands[tiers.sources]], 1e18).sum(axis=0)
    load = np.bincount(tiers.bin, weights=tiers.volume, minlength=tiers.source_room.shape[1])
    if not stands[tiers.sources].any() or (load > room).any():
        return float("inf")
    open_source = stands[tiers.sources]
    best = tiers.link[:, :, open_source].min(axis=2)
    is_open = np.append(stands[tiers.fronts], True)[tiers.front] & ((tiers.source < 0) | open_source[tiers.source])
    link = np.where(tiers.source < 0, best[tiers.course[tiers.want], tiers.front], 0.0) * tiers.amount[tiers.want]
    each = np.where(is_open, tiers.cost + link + state.crowding[tiers.front] * tiers.volume[tiers.want], np.inf)
    cheapest = np.full(len(tiers.amount), np.inf)
    np.minimum.at(cheapest, tiers.want, each)
    return float(cheapest.sum() + model.fixed[stands].sum())


def _crowd(state: _State, tier: Tier, fronts: Bools) -> bool:
    """Make the capacity of fronts dearer where more wants to go than can; tells whether any is crowded."""
    tiers = state.tiers
    chosen = np.argmin(np.where(fronts[:, None], tier.cost, np.inf), axis=0)
    bins = tiers.source_room.shape[1]
    load = np.zeros((len(fronts), bins))
    np.add.at(load, (chosen, tiers.bin), tiers.volume)
    over = (load / np.maximum(tiers.room.reshape(-1, bins), 1e-9)).max(axis=1)
    scale = float(np.median(tiers.cost / np.maximum(tiers.volume[tiers.want], 1e-9)))
    state.crowding = np.maximum(0.0, state.crowding + 0.1 * scale * np.clip(over - 1.0, -0.3, 1.0))
    return bool((over > 1.0).any())


def _try(state: _State, stands: Bools) -> None:
    """Find exact flows through what stands; where a want stays unmet, let more fronts that serve it stand."""
    model, search = state.model, state.search
    for attempt in range(ATTEMPTS):
        key = np.packbits(stands).tobytes()
        if key in state.tried or search.left <= 0:
            return
        state.tried.add(key)
        program, layout = program_of(model, lower=stands, upper=stands, is_linked=False)
        solved = minimise(_elastic(program, model, layout), seconds=search.left, cancelled=search.cancelled)
        if solved.values is None:
            return
        shares = solved.values[layout.sites : layout.first_link]
        unmet = 1.0 - np.bincount(model.want[layout.last], weights=shares, minlength=len(model.quantity))
        if unmet.max(initial=0.0) > 1e-6:
            stands = _more(state, stands, np.maximum(unmet, 0.0) * model.volume * 2.0**attempt)
            continue
        if _least(model, program, layout, solved.values) < search.cost and offer_rounded(
            model, search, layout, solved.values
        ):
            state.stands = stands.copy()
        return


def _least(model: Model, program: Program, layout: Layout, values: Floats) -> float:
    """Return what flows cost before they are rounded, and the sites that they pass."""
    lanes, links = model.problem.lanes, model.link_lane[layout.links]
    origins = np.concatenate([model.origin[layout.last], lanes.origin[links]])
    passed = np.bincount(origins, weights=values[layout.sites : layout.first_carried], minlength=layout.sites) > 0
    idle = ~passed & ~model.must_stand & (model.fixed > 0)
    return float(program.cost @ values - (model.fixed * values[: layout.sites])[idle].sum()) + model.constant


def _elastic(program: Program, model: Model, layout: Layout) -> Program:
    """Let wants stay unmet in part, at ten times what the dearest way could cost."""
    want = model.want[layout.last]
    dearest = float((model.cost / np.maximum(model.volume[model.want], 1e-9)).max(initial=1.0))
    lanes, volumes = model.problem.lanes, np.array([one.volume for one in model.problem.classes])
    dearest += float((model.link_cost / np.maximum(volumes[lanes.product[model.link_lane]], 1e-9)).max(initial=0.0))
    cost = program.cost.copy()
    cost[layout.sites : layout.first_link] -= 10.0 * dearest * model.volume[want]
    program.rows.lower[0] = np.zeros(len(model.quantity))
    return replace(program, cost=cost)


def _more(state: _State, stands: Bools, unmet: Floats) -> Bools:
    """Open the closed fronts that could serve most of what is unmet for their cost, until they could serve it all."""
    model, tiers = state.model, state.tiers
    found, left = stands.copy(), unmet.copy()
    room = np.append(np.where(np.isfinite(model.capacity), model.capacity, np.inf)[tiers.fronts], 0.0)
    while left.max(initial=0.0) > 1e-9:
        closed = np.append(~found[tiers.fronts] & model.may_stand[tiers.fronts], False)
        reach = np.bincount(tiers.front, weights=left[tiers.want], minlength=len(closed))
        score = np.where(closed, np.minimum(reach, room) / np.append(np.maximum(model.fixed[tiers.fronts], 1e-9), 1), 0)
        best = int(np.argmax(score))
        if score[best] <= 0:
            break
        found[tiers.fronts[best]] = True
        mine = np.unique(tiers.want[tiers.front == best])
        left[mine] *= max(0.0, 1.0 - room[best] / max(left[mine].sum(), 1e-9))
    if (found == stands).all():  # no front is left that could: sources are what lacks
        found[tiers.sources] |= model.may_stand[tiers.sources]
    return found
