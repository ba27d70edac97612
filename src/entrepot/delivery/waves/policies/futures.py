"""Look ahead: what an order would cost with the next wave, among drawn orders to come, is what it may cost now.

Prize-collecting dispatch (Baty, Jungel, Klein, Parmentier and Schiffer 2024, the winners of EURO Meets NeurIPS 2022),
with prizes from drawn futures (Bent and Van Hentenryck 2004) where the winners learned them from hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.problem import Problem, Stop, Window
from entrepot.delivery.waves.policies.policy import Routes, Search, as_routes, due
from entrepot.delivery.waves.policies.prizes import Prizes
from entrepot.delivery.waves.view import View, cost_of, round_trip, wave_problem


@dataclass(frozen=True, slots=True)
class Futures:
    """Prize collecting with prizes from drawn futures; without a forecast, the rule of `Prizes`.

    Parameters
    ----------
    draws : int
        Futures drawn for a wave.
    look : float
        Share of the effort spent on their plans; the rest plans the routes that leave.
    part : float
        Below 1 orders rather wait, above they rather go.
    """

    draws: int = 8
    look: float = 0.5
    part: float = 1.0
    name: str = "futures"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of what must go, and of what costs less now than it would later."""
        if view.forecast is None or not view.may_wait:
            return Prizes().decide(view, search, seed)
        chance, costs = np.random.default_rng(seed), np.zeros(len(view.orders))
        for _ in range(self.draws):
            problem, orders = next_wave(view, view.forecast.draw(view.wave + 1, chance))
            plan = search.plan(problem, self.look / self.draws, int(chance.integers(2**31)))
            for route in plan.routes:
                for k, cost in zip(route.stops, _shares(view, [orders[k] for k in route.stops]), strict=True):
                    if k < len(view.may_wait):
                        costs[view.may_wait[k]] += cost
        prizes = {k: round(self.part * costs[k] / self.draws) for k in view.may_wait}
        chosen = list(range(len(view.orders)))
        plan = search.plan(wave_problem(view, chosen, prizes), 1.0 - self.look, seed)
        return due(view, as_routes(chosen, plan))


def _shares(view: View, orders: list[Stop]) -> NDArray[np.float64]:
    """Share the cost of a route among its orders by their round trips."""
    trips = np.array([round_trip(view, order) for order in orders], dtype=np.float64)
    return np.asarray(cost_of(view, orders) * trips / max(float(trips.sum()), 1.0))


def next_wave(view: View, future: Iterable[Stop]) -> tuple[Problem, list[Stop]]:
    """Return the problem of the next wave if all that may wait does, and what its stops are: those first."""
    orders = [*(view.orders[k] for k in view.may_wait), *future]
    opens = Window(view.rhythm.leaves(view.wave + 1), view.depot.window.close)
    stops = tuple(replace(order, id=str(k), release=0) for k, order in enumerate(orders))
    vehicle = replace(view.vehicle, count=max(len(stops), 1))
    return Problem(stops, (replace(view.depot, window=opens),), (vehicle,), view.travel), orders
