"""Bounds of single sourcing where lanes, too, are left out: whole knapsacks, and what each lane costs beyond its price.

The wants' equations are relaxed as in `one_tier`; a want with one lane left is settled and takes its room. What is left
of each site's room is a knapsack, and the sites that stand have room for all demand, both whole. At the best prices
sites and lanes that no better plan would use are left out: each is told exactly, by dynamic programs from both ends.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.cover import turned
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import MARGIN, Tier

SHUT: Final = 0
FREE: Final = 1
STANDS: Final = 2
"""What a site is: settled, or not."""
DEAD: Final = 0
ALIVE: Final = 1
SOLVED: Final = 2
"""What a climb ends with: no better plan, more to do, or a plan that costs what the bound is."""
CELLS: Final = 1_000_000
"""Cells at most, sites x room for all demand, and wants x room of a site: above, a step of prices takes too long."""
MEMORY: Final = 0.05
"""How much a step counts in how often a lane was used."""
NEVER: Final = -1e300


class Table(NamedTuple):
    """A tier in whole units of room.

    Parameters
    ----------
    cost : ndarray, shape (n_sites, n_wants)
    fixed : ndarray, shape (n_sites,)
    room : ndarray of int, shape (n_sites,)
        No more than all demand.
    units : ndarray of int, shape (n_wants,)
    needed : int
        Units of all wants.
    """

    cost: Floats
    fixed: Floats
    room: Integers
    units: Integers
    needed: int


class Space(NamedTuple):
    """Arrays of one climb, asked for once: what a site takes, its dynamic program, and that of sites."""

    gain: Floats
    size: Integers
    want: Integers
    best: Floats
    used: Bools
    least: Floats
    turned_on: Bools


class Relaxation(NamedTuple):
    """The relaxation at the prices last looked at: what sites are worth, what they take, and which of them stand."""

    worth: Floats
    takes: Bools
    chosen: Bools
    gradient: Floats


class Climb(NamedTuple):
    """How a climb ended; the lanes, sites and prices it was given are what is left, and the best prices.

    Parameters
    ----------
    kind : int
        DEAD, ALIVE or SOLVED.
    bound : float
        On all plans of what was given.
    chosen, reduced : ndarray, shape (n_sites,)
        What stands in the relaxation, and each site's fixed cost less its worth.
    home : ndarray, shape (n_wants,)
        The site of each want that is settled, -1 of the others; of all wants when solved.
    weight : ndarray, shape (n_sites,)
    used : ndarray, shape (n_sites, n_wants)
        How often each stood, and each lane was used, of late.
    """

    kind: int
    bound: float
    chosen: Bools
    reduced: Floats
    home: Integers
    weight: Floats
    used: Floats


def table_of(tier: Tier) -> Table | None:
    """Return the table of a tier with one scenario, any number of sites and not too much room, or None."""
    is_any_number = tier.least <= 1 and tier.most >= len(tier.fixed)
    if len(tier.begin) != 2 or not is_any_number or not len(tier.units) or not tier.units.all():
        return None
    grain = int(np.gcd.reduce(tier.units))
    units = tier.units // grain
    needed = int(units.sum())
    room = np.floor(np.minimum(tier.capacity, float(tier.units.sum())) / grain).astype(np.int64)
    if needed * len(room) > CELLS or int(room.max(initial=0)) * len(units) > CELLS:
        return None
    return Table(tier.cost, tier.fixed, room, units, needed)


@numba.njit(cache=True, nogil=True)
def climb_whole(
    table: Table, lanes: Bools, state: Integers, price: Floats, goal: float, steps: int, pace: float, patience: int
) -> Climb:
    """Move prices up, then leave out what no plan below the goal uses.

    Parameters
    ----------
    table : Table
    lanes : ndarray of bool, shape (n_sites, n_wants)
        Lanes that may be used; changed in place.
    state : ndarray, shape (n_sites,)
        SHUT, FREE or STANDS; changed in place.
    price : ndarray, shape (n_wants,)
        Where prices begin; changed in place.
    goal : float
        Only plans that cost less are looked for; may be infinite.
    steps, pace, patience : int, float, int
        As of `ascent.Ascent`.
    """
    sites, wants = table.cost.shape
    home, left = np.full(wants, -1), table.room.copy()
    weight, used = np.zeros(sites), np.zeros((sites, wants))
    at = Relaxation(np.zeros(sites), np.zeros((sites, wants), np.bool_), np.zeros(sites, np.bool_), np.zeros(wants))
    best = NEVER
    if not settle(table, lanes, state, home, left):
        return Climb(DEAD, np.inf, at.chosen, table.fixed.copy(), home, weight, used)
    space = _space(table)
    known, stale, best_price = NEVER, 0, price.copy()
    direction, has_direction = np.zeros(wants), False
    for step in range(steps):
        value = _relax(table, lanes, state, home, left, price, space, at)
        if value == np.inf:
            return Climb(DEAD, np.inf, at.chosen, table.fixed - at.worth, home, weight, used)
        _remember(max(MEMORY, 1.0 / (step + 1)), at, weight, used)
        best = max(best, value)
        if best >= goal:
            return Climb(DEAD, best, at.chosen, table.fixed - at.worth, home, weight, used)
        if not at.gradient.any():
            for i in np.nonzero(at.chosen)[0]:
                home[at.takes[i]] = i
            return Climb(SOLVED, value, at.chosen, table.fixed - at.worth, home, weight, used)
        if value > known + 1e-7 * abs(known):
            known, stale = value, 0
            best_price[:] = price
        else:
            stale += 1
        if stale >= patience:
            pace *= 0.6
            stale, has_direction = 0, False
            price[:] = best_price
            if pace < 2e-3:
                break
            continue
        gradient = at.gradient.copy()
        if has_direction:
            turn = float((gradient * direction).sum())
            if turn < 0:
                gradient -= 1.5 * turn / float((direction * direction).sum()) * direction
        length = float((gradient * gradient).sum())
        if length <= 0:
            break
        direction, has_direction = gradient, True
        aim = goal if goal < np.inf else max(1.1 * value, value + 1.0)
        price += pace * max(aim - value, 1e-6 * abs(aim)) / length * gradient
    price[:] = best_price
    value = _relax(table, lanes, state, home, left, price, space, at)
    reduced = table.fixed - at.worth
    if goal < np.inf and not _leave_out(table, lanes, state, home, left, price, at, goal - value):
        return Climb(DEAD, max(best, goal), at.chosen, reduced, home, weight, used)
    return Climb(ALIVE, best, at.chosen, reduced, home, weight, used)


@numba.njit(cache=True, nogil=True)
def settle(table: Table, lanes: Bools, state: Integers, home: Integers, left: Integers) -> bool:
    """Settle wants with one lane, and leave out lanes of shut sites and of too little room, until nothing changes.

    Returns whether each want has a lane, and the sites that may stand have room for all.
    """
    sites, wants = lanes.shape
    is_changed = True
    while is_changed:
        is_changed = False
        for j in range(wants):
            if home[j] >= 0:
                continue
            many, last = 0, -1
            for i in range(sites):
                if lanes[i, j]:
                    if state[i] == SHUT or table.units[j] > left[i]:
                        lanes[i, j] = False
                        continue
                    many += 1
                    last = i
            if many == 0:
                return False
            if many == 1:
                home[j], state[last] = last, STANDS
                left[last] -= table.units[j]
                is_changed = True
    return bool(table.room[state != SHUT].sum() >= table.needed)


@numba.njit(cache=True, nogil=True)
def losses(gain: Floats, units: Integers, room: int) -> Floats:
    """Return what a whole knapsack loses when it must take each item: infinite where it cannot.

    Joins what is best of the items before each and of those after it, for each split of the room it leaves.

    Parameters
    ----------
    gain : ndarray, shape (n_items,)
        What each is worth, perhaps less than nothing; minus infinity where it cannot be taken.
    units : ndarray of int, shape (n_items,)
    room : int
    """
    pays = np.nonzero((gain > 0) & (units <= room))[0]
    many = len(pays)
    before = _best_of(gain[pays], units[pays], room)
    after = _best_of(gain[pays][::-1], units[pays][::-1], room)
    lost = np.full(len(gain), np.inf)
    for j in range(len(gain)):
        if units[j] <= room and gain[j] <= 0:
            lost[j] = before[many, room] - before[many, room - units[j]] - gain[j]
    for k in range(many):
        left, best = room - units[pays[k]], 0.0
        for part in range(left + 1):
            best = max(best, before[k, part] + after[many - 1 - k, left - part])
        lost[pays[k]] = max(before[many, room] - best - gain[pays[k]], 0.0)
    return lost


@numba.njit(cache=True, nogil=True)
def _best_of(gain: Floats, units: Integers, room: int) -> Floats:
    """Return the best of each number of first items within each room."""
    best = np.zeros((len(gain) + 1, room + 1))
    for k in range(len(gain)):
        best[k + 1] = best[k]
        for part in range(units[k], room + 1):
            best[k + 1, part] = max(best[k, part], best[k, part - units[k]] + gain[k])
    return best


@numba.njit(cache=True, nogil=True)
def _space(table: Table) -> Space:
    (sites, wants), most = table.cost.shape, table.room.max() + 1
    return Space(
        np.empty(wants), np.empty(wants, np.int64), np.empty(wants, np.int64), np.empty(most),
        np.empty((wants, most), np.bool_), np.empty(table.needed + 1), np.empty((sites, table.needed + 1), np.bool_),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _remember(share: float, at: Relaxation, weight: Floats, used: Floats) -> None:
    weight *= 1 - share
    used *= 1 - share
    for i in np.nonzero(at.chosen)[0]:
        weight[i] += share
        for j in range(used.shape[1]):
            if at.takes[i, j]:
                used[i, j] += share


@numba.njit(cache=True, nogil=True)
def _relax(
    table: Table, lanes: Bools, state: Integers, home: Integers, left: Integers, price: Floats, space: Space,
    at: Relaxation,
) -> float:  # fmt: skip
    """Solve the relaxation at some prices; infinite when there is too little room."""
    sites, wants = table.cost.shape
    value, size = 0.0, 0.0
    for j in range(wants):
        each = price[j] if home[j] < 0 else table.cost[home[j], j]
        at.gradient[j] = 1.0 if home[j] < 0 else 0.0
        value += each
        size += abs(each)
    for i in range(sites):
        at.worth[i] = 0.0
        at.takes[i] = home == i
        if state[i] == SHUT:
            continue
        many = 0
        for j in range(wants):
            if lanes[i, j] and home[j] < 0 and price[j] > table.cost[i, j]:
                space.gain[many], space.size[many] = price[j] - table.cost[i, j], table.units[j]
                space.want[many] = j
                many += 1
        at.worth[i] = _fill(many, left[i], space, at.takes[i])
    reduced = table.fixed - at.worth
    total = _cover(table, state, reduced, space, at.chosen)
    for i in range(sites):
        if not at.chosen[i]:
            continue
        size += abs(table.fixed[i]) + at.worth[i]
        for j in range(wants):
            if at.takes[i, j] and home[j] < 0:
                at.gradient[j] -= 1.0
    return value + total - MARGIN * size


@numba.njit(cache=True, nogil=True)
def _fill(many: int, room: int, space: Space, takes: Bools) -> float:
    """Fill a site with what is worth most, by dynamic programming over its room."""
    if space.size[:many].sum() <= room:
        for k in range(many):
            takes[space.want[k]] = True
        return float(space.gain[:many].sum())
    best = space.best[: room + 1]
    best[:] = 0.0
    for k in range(many):
        size, gain, used = space.size[k], space.gain[k], space.used[k]
        used[: room + 1] = False
        for part in range(room, size - 1, -1):
            other = best[part - size] + gain
            if other > best[part]:
                best[part] = other
                used[part] = True
    part = room
    for k in range(many - 1, -1, -1):
        if space.used[k, part]:
            takes[space.want[k]] = True
            part -= space.size[k]
    return float(best[room])


@numba.njit(cache=True, nogil=True)
def _cover(table: Table, state: Integers, reduced: Floats, space: Space, chosen: Bools) -> float:
    """Choose what must stand, what pays, and at least cost what more is needed for room; returns the cost."""
    total, left = 0.0, int(table.needed)
    for i in range(len(state)):
        chosen[i] = state[i] == STANDS or (state[i] == FREE and reduced[i] < 0)
        if chosen[i]:
            total += reduced[i]
            left -= int(table.room[i])
    if left <= 0:
        return total
    best = space.least[: left + 1]
    best[:] = np.inf
    best[0] = 0.0
    more = np.nonzero((state == FREE) & ~chosen)[0]
    for k in more:
        for part in range(left, 0, -1):
            other = best[max(part - table.room[k], 0)] + reduced[k]
            space.turned_on[k, part] = other < best[part]
            best[part] = min(other, best[part])
    if best[left] == np.inf:
        return np.inf
    part = left
    for k in more[::-1]:
        if part > 0 and space.turned_on[k, part]:
            chosen[k] = True
            part = max(part - int(table.room[k]), 0)
    return float(total + best[left])


@numba.njit(cache=True, nogil=True)
def _leave_out(
    table: Table, lanes: Bools, state: Integers, home: Integers, left: Integers, price: Floats, at: Relaxation,
    slack: float,
) -> bool:  # fmt: skip
    """Settle sites and leave out lanes which cost so much more; tells whether plans may be left."""
    reduced, free = table.fixed - at.worth, np.nonzero(state == FREE)[0]
    rise = np.zeros(len(state))
    if len(free):
        wanted = max(table.needed - table.room[state == STANDS].sum(), 0)
        chosen = at.chosen[free]
        other = turned(reduced[free], table.room[free], wanted, chosen)
        rise[free] = np.maximum(other - reduced[free][chosen].sum(), 0.0)
    for k in free:
        if rise[k] >= slack:
            state[k] = STANDS if at.chosen[k] else SHUT
        if at.chosen[k]:
            rise[k] = 0.0
    for i in range(len(state)):
        if state[i] == SHUT:
            lanes[i] = False
            continue
        gain = np.where(lanes[i] & (home < 0), price - table.cost[i], -np.inf)
        lost = losses(gain, table.units, left[i])
        for j in range(len(home)):
            if home[j] < 0 and rise[i] + lost[j] >= slack:
                lanes[i, j] = False
    return settle(table, lanes, state, home, left)
