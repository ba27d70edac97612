"""Which kind of vehicle drives a route: a larger one for one stop more, a cheaper one where it can."""

from __future__ import annotations

import numpy as np

from entrepot.delivery.routing.clock.clocks import Clocks, lasts_as, tell_time
from entrepot.delivery.routing.clock.kinds import BACK, END, FARTHEST, LATEST, LONGEST, START, TYPE
from entrepot.delivery.routing.clock.memory import (
    ASKED,
    MORE,
    OFFER,
    STEP,
    TOKEN,
    Memory,
    cost_as,
    distance_as,
    route_cost,
)
from entrepot.delivery.routing.clock.roads import Roads
from entrepot.delivery.routing.clock.routes import AGAIN, FIRST, KIND, SUCC, Routes, carries, fits, is_free, set_kind
from entrepot.delivery.routing.clock.tables import Stops
from entrepot.delivery.routing.core.compiled import inner


@inner
def kind_for(stops: Stops, s: Routes, m: Memory, v: int, r: int, i: int) -> tuple[int, float]:
    """Return which kind can drive a route with one more stop behind node i, and what more it costs; -1 for none.

    It is its own or the cheapest with the same times. Where only sums of loads matter, and one trip, one answer
    is for all nodes.
    """
    own = s.ends[r, KIND]
    if fits(stops, s, v, r, i, own):
        return own, 0.0
    if stops.is_mixed or s.ends[r, AGAIN] or m.marks[r, ASKED] != m.counts[TOKEN]:
        m.marks[r, ASKED], m.marks[r, OFFER], m.cost[r, MORE] = m.counts[TOKEN], -1, np.inf
        distance = distance_as(stops, s, r, own)
        cost = cost_as(stops, own, s.duration[r], distance)
        for k in range(stops.kinds.of.shape[0]):
            if not _has_times_of(stops, k, own) or not is_free(stops.kinds, s, k) or s.duration[r] == np.inf:
                continue
            if distance > stops.kinds.rules[k, FARTHEST]:
                continue
            more = cost_as(stops, k, s.duration[r], distance) - cost
            if more < m.cost[r, MORE] and fits(stops, s, v, r, i, k) and carries(stops, s, r, k):
                m.marks[r, OFFER], m.cost[r, MORE] = k, more
    return m.marks[r, OFFER], m.cost[r, MORE]


@inner
def choose_kind(roads: Roads, stops: Stops, s: Routes, c: Clocks, m: Memory, r: int) -> None:
    """Let the cheapest kind drive a touched route, of those whose routes end alike: what they take is told exactly."""
    kinds, own = stops.kinds, s.ends[r, KIND]
    best, least = own, np.inf
    if s.duration[r] <= kinds.rules[own, LONGEST] and distance_as(stops, s, r, own) <= kinds.rules[own, FARTHEST]:
        least = route_cost(stops, s, r)
    for k in range(kinds.of.shape[0]):
        if k == own or not (is_free(kinds, s, k) or kinds.of[k, TYPE] == kinds.of[own, TYPE]):
            continue
        is_unrested = kinds.rules[k, LATEST] == np.inf
        is_alike = kinds.of[k, END] == kinds.of[own, END] or (is_unrested and kinds.of[k, BACK] == kinds.of[own, BACK])
        if not is_alike or not carries(stops, s, r, k):
            continue
        lasts = s.duration[r] if _has_times_of(stops, k, own) else lasts_as(roads, stops, s, c, r, k)
        distance = distance_as(stops, s, r, k)
        if lasts <= kinds.rules[k, LONGEST] and distance <= kinds.rules[k, FARTHEST]:
            cost = cost_as(stops, k, lasts, distance)
            if cost < least:
                best, least = k, cost
    if best != own:
        set_kind(kinds, s, r, best)
        v = s.ends[r, FIRST]
        while v < s.links.shape[0] and not _has_times_of(stops, best, own):
            tell_time(roads, stops, s, c, r, v, kinds.of[best, END], m.counts[STEP])
            v = s.links[v, SUCC]


@inner
def _has_times_of(stops: Stops, k: int, other: int) -> bool:
    of = stops.kinds.of
    return bool(of[k, START] == of[other, START] and of[k, END] == of[other, END])
