"""Single sourcing by ruin and recreation: some wants lose their site, sites are turned over, and all get one anew.

Accepted is what costs little more than before, less and less of it (Schrimpf et al. 2000). A site may be filled beyond
its capacity at a price, which rises while that happens and falls while it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.knapsacks import Offers
from entrepot.network.solver.model import Bools, Floats
from entrepot.network.solver.one_tier import Tier
from entrepot.network.solver.search import Search

CHUNK: Final = 4_000
"""Changes between two looks at the clock."""
WARM: Final = 0.3
COLD: Final = 0.003
"""Temperatures at the beginning and the end of a cycle, of the mean cost of a want with its share of the sites."""
MANY: Final = 12
"""At most so many wants of a site are put elsewhere at once, unless it is closed."""
NEAR: Final = 6
"""So many of its cheapest sites are near to a want."""


@dataclass
class Assignment:
    """Sites of the wants, now and at best; the best cost is infinite until all have room.

    Parameters
    ----------
    chosen, best : ndarray, shape (n_wants,)
    load : ndarray, shape (n_scenarios, n_sites)
    count : ndarray, shape (n_sites,)
        How many wants each site has.
    numbers : ndarray, shape (4,)
        Cost, what is above capacities, price of that, best cost.
    """

    chosen: Integers
    best: Integers
    load: Floats
    count: Integers
    numbers: Floats
    scenario: Integers
    seconds: float = 0.0
    cycles: int = 0

    @classmethod
    def of(cls, tier: Tier) -> Assignment:
        """Begin with every want at its cheapest site that may stand."""
        cost = np.where(tier.may_stand[:, None], tier.cost, np.inf)
        chosen = np.argmin(cost, axis=0)
        scenario = np.repeat(np.arange(len(tier.begin) - 1), np.diff(tier.begin))
        load = np.zeros((len(tier.begin) - 1, len(tier.fixed)))
        np.add.at(load, (scenario, chosen), tier.volume)
        count = np.bincount(chosen, minlength=len(tier.fixed))
        each = np.take_along_axis(cost, chosen[None], axis=0)[0]
        total = float(each.sum() + _fixed(tier)[count > 0].sum())
        over = float(np.maximum(load - tier.capacity, 0.0).sum())
        price = total / max(float(tier.volume.sum()), 1.0)
        return cls(chosen, chosen.copy(), load, count, np.array([total, over, price, np.inf]), scenario)

    @property
    def is_feasible(self) -> bool:
        """Whether in the best all have room."""
        return bool(np.isfinite(self.numbers[3]))

    def cycle(self, tier: Tier, offers: Offers, search: Search, seconds: float) -> Bools:
        """Cool down once from the best; returns what stands in the best."""
        begun, until = search.gone, search.gone + seconds
        if self.numbers[3] < np.inf:
            self._return(tier)
        while not search.is_over and search.gone < until:
            done = (search.gone - begun) / seconds
            self.cycles += 1
            temperature = self.numbers[0] / len(self.chosen) * WARM * (COLD / WARM) ** done
            _change(
                offers.site, offers.cost, tier.cost, _fixed(tier), tier.capacity, tier.volume,
                tier.may_stand, tier.must_stand, tier.most, self.scenario, self.chosen, self.best, self.load,
                self.count, self.numbers, temperature, CHUNK, search.seed + self.cycles,
            )  # fmt: skip
        self.seconds += search.gone - begun
        return np.asarray((np.bincount(self.best, minlength=len(tier.fixed)) > 0) | tier.must_stand | (tier.fixed < 0))

    def adopt(self, tier: Tier, chosen: Integers) -> None:
        """Take an assignment in which all have room, when it costs less than the best."""
        is_used = np.bincount(chosen, minlength=len(tier.fixed)) > 0
        cost = tier.cost[chosen, np.arange(len(chosen))].sum() + _fixed(tier)[is_used].sum()
        if cost < self.numbers[3]:
            self.best[:] = chosen
            self.numbers[3] = cost

    def _return(self, tier: Tier) -> None:
        """Go on from the best."""
        self.chosen[:] = self.best
        self.load[:] = 0.0
        np.add.at(self.load, (self.scenario, self.chosen), tier.volume)
        self.count[:] = np.bincount(self.chosen, minlength=len(self.count))
        self.numbers[:2] = self.numbers[3], 0.0


def _fixed(tier: Tier) -> Floats:
    """Return what standing costs where it is a choice."""
    return np.where(tier.must_stand, 0.0, np.maximum(tier.fixed, 0.0))


@numba.njit(cache=True, nogil=True)
def _change(
    site: Integers, offer: Floats, cost: Floats, fixed: Floats, capacity: Floats, volume: Floats, may_stand: Bools,
    must_stand: Bools, most: int, scenario: Integers, chosen: Integers, best: Integers, load: Floats, count: Integers,
    numbers: Floats, temperature: float, times: int, seed: int,
) -> None:  # fmt: skip
    """Change the assignment so many times."""
    np.random.seed(seed)
    wants, sites = len(chosen), len(fixed)
    out, before = np.empty(wants, np.int64), np.empty(wants, np.int64)
    is_shut, is_open = np.zeros(sites, np.bool_), np.zeros(sites, np.bool_)
    for _ in range(times):
        old_cost, old_over = numbers[0], numbers[1]
        for i in range(sites):
            is_shut[i] = not may_stand[i]
            is_open[i] = count[i] > 0 or must_stand[i]
        many = _ruin(site, is_shut, is_open, must_stand, chosen, out)
        for k in range(many):
            before[k] = chosen[out[k]]
            _take_off(out[k], cost, capacity, volume, scenario, chosen, load, count, numbers)
        for i in range(sites):  # an open site is paid for, whether it has wants by now or not
            if not must_stand[i] and is_open[i] != _had(i, many, before, count):
                numbers[0] += fixed[i] if is_open[i] else -fixed[i]
        room = most - is_open.sum()
        failed = False
        for k in range(many):
            opened = _put(
                out[k], site, offer, fixed, capacity, volume, scenario, is_shut, is_open, room > 0, chosen, load,
                count, numbers,
            )  # fmt: skip
            if opened < 0:
                failed = True
                for r in range(k, many):
                    chosen[out[r]] = -1
                break
            room -= opened
        for i in range(sites):
            if is_open[i] and count[i] == 0 and not must_stand[i]:
                numbers[0] -= fixed[i]
        more = numbers[0] - old_cost + numbers[2] * (numbers[1] - old_over)
        if failed or more > -temperature * np.log(np.random.random() + 1e-300):
            _undo(many, out, before, volume, scenario, chosen, load, count)
            numbers[0], numbers[1] = old_cost, old_over
        elif numbers[1] <= 1e-9 and numbers[0] < numbers[3] - 1e-9:
            numbers[3] = numbers[0]
            best[:] = chosen
        numbers[2] *= 1.0003 if numbers[1] > 1e-9 else 0.9998


@numba.njit(cache=True, nogil=True)
def _had(i: int, many: int, before: Integers, count: Integers) -> bool:
    """Tell whether a site had wants before the ruin."""
    return count[i] > 0 or bool((before[:many] == i).any())


@numba.njit(cache=True, nogil=True)
def _ruin(
    site: Integers, is_shut: Bools, is_open: Bools, must_stand: Bools, chosen: Integers, out: Integers
) -> int:  # fmt: skip
    """Choose wants that lose their site, in random order; now and then a site is closed, or opened for them."""
    wants, sites = site.shape
    near = min(NEAR, sites)
    j = np.random.randint(wants)
    here, there = chosen[j], site[j, np.random.randint(near)]
    way = np.random.random()
    share = 0.1 + 0.4 * np.random.random()
    if way < 0.15 and not must_stand[here]:
        is_shut[here], is_open[here] = True, False
    if 0.1 < way < 0.25 and not is_shut[there]:
        is_open[there] = True
    many = 0
    limit = MANY if way >= 0.25 else wants
    for k in range(wants):
        i = chosen[k]
        if is_shut[i] and i == here:
            hit = True
        elif i in (here, there):
            hit = np.random.random() < share
        else:
            hit = way < 0.25 and site[k, 0] == there and np.random.random() < 0.7
        if hit:
            out[many] = k
            many += 1
    for k in range(many - 1, 0, -1):
        r = np.random.randint(k + 1)
        out[k], out[r] = out[r], out[k]
    return min(many, limit)


@numba.njit(cache=True, nogil=True)
def _take_off(
    j: int, cost: Floats, capacity: Floats, volume: Floats, scenario: Integers, chosen: Integers, load: Floats,
    count: Integers, numbers: Floats,
) -> None:  # fmt: skip
    i, s = chosen[j], scenario[j]
    numbers[0] -= cost[i, j]
    numbers[1] -= max(load[s, i] - capacity[i], 0.0) - max(load[s, i] - volume[j] - capacity[i], 0.0)
    load[s, i] -= volume[j]
    count[i] -= 1


@numba.njit(cache=True, nogil=True)
def _put(
    j: int, site: Integers, offer: Floats, fixed: Floats, capacity: Floats, volume: Floats, scenario: Integers,
    is_shut: Bools, is_open: Bools, may_open: bool, chosen: Integers, load: Floats, count: Integers, numbers: Floats,
) -> int:  # fmt: skip
    """Give a want the site where it costs least with a little luck; tells whether that opened it, -1 for none."""
    s, least, pick, lane = scenario[j], np.inf, -1, 0.0
    for k in range(site.shape[1]):
        each = offer[j, k]
        if each >= least:
            break
        i = site[j, k]
        if is_shut[i] or (not is_open[i] and not may_open):
            continue
        total = each + numbers[2] * min(max(load[s, i] + volume[j] - capacity[i], 0.0), volume[j])
        if not is_open[i]:
            total += fixed[i]
        if total < least and (np.random.random() > 0.04 or pick < 0):
            least, pick, lane = total, i, each
    if pick < 0 or lane == np.inf:
        return -1
    numbers[0] += lane
    numbers[1] += max(load[s, pick] + volume[j] - capacity[pick], 0.0) - max(load[s, pick] - capacity[pick], 0.0)
    load[s, pick] += volume[j]
    count[pick] += 1
    chosen[j] = pick
    if is_open[pick]:
        return 0
    is_open[pick] = True
    numbers[0] += fixed[pick]
    return 1


@numba.njit(cache=True, nogil=True)
def _undo(
    many: int, out: Integers, before: Integers, volume: Floats, scenario: Integers, chosen: Integers, load: Floats,
    count: Integers,
) -> None:  # fmt: skip
    for k in range(many):
        j, i, s = out[k], chosen[out[k]], scenario[out[k]]
        if i >= 0:
            load[s, i] -= volume[j]
            count[i] -= 1
        chosen[j] = before[k]
        load[s, before[k]] += volume[j]
        count[before[k]] += 1
