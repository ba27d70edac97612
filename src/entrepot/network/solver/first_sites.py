"""The first sites of two tiers: fronts and sources are improved in turn, crowded fronts made dearer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from entrepot.network.solver.interchange import improve
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.one_tier import Tier
from entrepot.network.solver.room import enough
from entrepot.network.solver.search import Search
from entrepot.network.solver.two_tier import Tiers

QUICK: Final = 0.06
"""Share of the time left that it may take."""
ROUNDS: Final = 6
"""How often fronts and sources are improved in turn, and crowded fronts made dearer."""
SPARE: Final = 0.02
"""Share of the room that is needed by which first sites have more."""


@dataclass
class _State:
    model: Model
    tiers: Tiers
    search: Search
    crowding: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.crowding = np.zeros(len(self.tiers.fronts) + 1)


def first_sites(model: Model, tiers: Tiers, search: Search) -> Bools:
    """Choose sites as if capacities were prices, which grow where fronts are crowded."""
    state = _State(model, tiers, search)
    found = model.may_stand.copy()
    until = (1 - QUICK) * search.left
    for _ in range(ROUNDS):
        if search.left <= until:
            break
        found = _improve_sources(state, found, until)
        tier = _front_tier(state, found)
        fronts, _ = improve(tier, np.append(found[tiers.fronts], True), 400)
        found[tiers.fronts] = fronts[:-1]
        if not _crowd(state, tier, fronts):
            break
    return enough(model, tiers, found, SPARE)


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
