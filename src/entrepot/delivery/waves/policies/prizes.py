"""A rule that costs one search: an order goes along where that costs less than a usual share of its own way."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.delivery.waves.policies.policy import Routes, Search, as_routes, due
from entrepot.delivery.waves.view import View, cost_of, round_trip, wave_problem


@dataclass(frozen=True, slots=True)
class Prizes:
    """Prize collecting: what must go is visited, any other order at most at its prize.

    The prize of an order is `part` of its round trip from the depot, times what all open orders cost together as a
    part of their round trips: far orders are worth more, and everything is worth less where orders lie close.

    Parameters
    ----------
    part : float
        Below 1 orders rather wait, above they rather go.
    look : float
        Share of the effort spent on the plan of all open orders.
    """

    part: float = 0.8
    look: float = 0.2
    name: str = "prizes"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of what must go, and of what goes along cheaply."""
        chosen = list(range(len(view.orders)))
        if not chosen:
            return ()
        everything = wave_problem(view, chosen)
        trips = [round_trip(view, order) for order in view.orders]
        plan = search.plan(everything, self.look, seed)
        usual = sum(cost_of(view, [view.orders[k] for k in route.stops]) for route in plan.routes) / max(sum(trips), 1)
        prizes = {k: round(self.part * usual * trips[k]) for k in view.may_wait}
        return due(view, as_routes(chosen, search.plan(wave_problem(view, chosen, prizes), 1.0 - self.look, seed)))
