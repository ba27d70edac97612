"""Look ahead: plan today's open orders with drawn futures, and send what nearly always leaves without company to come.

Iterative conditional dispatch: what most scenarios agree on is fixed, and the next scenarios are planned with it.

References
----------
Lan, L., van Doorn, J. M. H., Wouda, N. A., Rijal, A. and Bhulai, S. (2024). An iterative sample scenario approach for
the dynamic dispatch waves problem. Transportation Science 58(4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem, Stop, Window
from entrepot.delivery.routing.travel import Plane, Table, Travel
from entrepot.delivery.waves.day import latest_departure
from entrepot.delivery.waves.policies.policy import Routes, Search, routes_of
from entrepot.delivery.waves.view import View

NEVER_TOGETHER = 2**30
"""Time between orders that no route can hold together: more than any window."""


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Iterative conditional dispatch with two thresholds.

    Parameters
    ----------
    rounds : int
        How often the agreement of scenarios is looked at.
    draws : int
        Scenarios a round.
    ahead : int
        Waves drawn beyond this one.
    go, wait : float
        An order leaves that did in at least this part of the scenarios; it waits where it did in at most that part.
    look : float
        Share of the effort spent on scenarios; the rest plans the routes that leave.
    """

    rounds: int = 3
    draws: int = 10
    ahead: int = 1
    go: float = 0.6
    wait: float = 0.3
    look: float = 0.7
    name: str = "scenarios"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of what must go, and of what would go in most of the futures."""
        goes, waits = set(view.must_go), set[int]()
        chance = np.random.default_rng(seed)
        share = self.look / (self.rounds * self.draws)
        for _ in range(self.rounds):
            undecided = [k for k in view.may_wait if k not in goes and k not in waits]
            if not undecided:
                break
            part = self._part_that_left(view, goes, waits, search, share, chance)
            goes |= {k for k in undecided if part[k] >= self.go}
            waits |= {k for k in undecided if part[k] <= self.wait}
        return routes_of(view, sorted(goes), search, 1.0 - self.look, seed)

    def _part_that_left(
        self, view: View, goes: set[int], waits: set[int], search: Search, share: float, chance: np.random.Generator
    ) -> Sequence[float]:
        """Return by open order in which part of new scenarios it left with this wave."""
        left = np.zeros(len(view.orders))
        for _ in range(self.draws):
            future = drawn(view, self.ahead, chance)
            problem, ready = scenario(view, goes, waits, future)
            plan = search.plan(problem, share, int(chance.integers(2**31)))
            left[leaving(plan, ready, goes, view.leaves)] += 1
        return (left / self.draws).tolist()


def drawn(view: View, ahead: int, chance: np.random.Generator) -> list[Stop]:
    """Draw the orders of the next waves."""
    if view.forecast is None:
        return []
    waves = range(view.wave + 1, min(view.wave + 1 + ahead, view.rhythm.many))
    return [order for wave in waves for order in view.forecast.draw(wave, chance)]


def scenario(view: View, goes: set[int], waits: set[int], future: Sequence[Stop]) -> tuple[Problem, list[int]]:
    """Return the problem of open and drawn orders in one plan, and when each may leave at the earliest.

    Orders are kept apart that cannot leave together: one would be late before the other can leave.
    """
    rhythm, following = view.rhythm, view.rhythm.leaves(view.wave + 1)
    ready = [following if k in waits else view.leaves for k in range(len(view.orders))]
    ready += [rhythm.leaves(rhythm.at(order.release + rhythm.every - 1)) for order in future]
    latest = [*view.latest, *(latest_departure(order, view.depot, view.travel) for order in future)]
    latest = [view.leaves if k in goes else moment for k, moment in enumerate(latest)]
    orders = [*view.orders, *future]
    places = np.array([view.depot.location, *(order.location for order in orders)])
    distance, time = (_between(given, places) for given in (view.travel.distance, view.travel.time))
    apart = np.array(latest)[:, None] < np.array(ready)[None, :]
    time[1:, 1:][apart] = NEVER_TOGETHER
    stops = tuple(_ready_from(order, k + 1, when, time[0, k + 1]) for k, (order, when) in enumerate(zip(orders, ready)))
    vehicle = replace(view.vehicle, count=max(len(stops), 1))
    opens = Window(max(view.leaves, view.depot.window.open), view.depot.window.close)
    depot = replace(view.depot, window=opens)
    return Problem(stops, (depot,), (vehicle,), Travel(Table(distance), Table(time))), ready


def leaving(plan: Plan, ready: Sequence[int], goes: set[int], leaves: int) -> list[int]:
    """Return which orders leave with this wave: those of routes that wait for nothing, or cannot wait."""
    found = list[int]()
    for route in plan.routes:
        if all(ready[k] <= leaves for k in route.stops) or not goes.isdisjoint(route.stops):
            found += [k for k in route.stops if ready[k] <= leaves]
    return found


def _ready_from(order: Stop, location: int, ready: int, there: int) -> Stop:
    """Return an order as a stop that cannot be reached before it can have left the depot."""
    soonest = ready + int(there)
    windows = tuple(Window(max(one.open, soonest), one.close) for one in order.windows if one.close >= soonest)
    return replace(order, location=location, windows=windows or order.windows, release=0)


def _between(given: Plane | Table, places: np.ndarray) -> np.ndarray:
    return np.stack([given.row(origin)[places] for origin in places.tolist()])
