"""Ask drawn futures again and again, each time given what the last ones agreed on: now, or later.

Iterative conditional dispatch (Lan, van Doorn, Wouda, Rijal and Bhulai 2024): the open orders are planned together with
drawn ones, over this wave and the next. What leaves now in most plans goes, what does in few waits; then new futures
are drawn, in which that is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from entrepot.delivery.routing.problem import Problem, Stop, VehicleType, Window
from entrepot.delivery.waves.forecast import Forecast
from entrepot.delivery.waves.policies.policy import Routes, Search, Vote, due, may_wait, routes_of
from entrepot.delivery.waves.policies.prizes import Prizes
from entrepot.delivery.waves.view import View

NOW, NEXT = 0, 1
"""Vehicle types of the problem of two waves: those that leave now, and with the next one."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """Iterative conditional dispatch; without a forecast, the rule of `Prizes`.

    Parameters
    ----------
    rounds : int
        How often futures are drawn anew.
    draws : int
        Futures in a round.
    go, wait : float
        What leaves now in at least the part `go` of a round's plans goes, what does in at most the part `wait` waits;
        what is open after the last round waits as well.
    look : float
        Share of the effort spent on futures; the rest plans the routes that leave.
    """

    rounds: int = 3
    draws: int = 8
    go: float = 0.5
    wait: float = 0.2
    look: float = 0.8
    name: str = "conditional"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of what must go, and of what leaves now in most futures."""
        return self.vote(view, search, seed)[0]

    def vote(self, view: View, search: Search, seed: int) -> tuple[Routes, Mapping[int, Vote]]:
        """Return the routes, and of each order that may wait the vote of the last round it was open in."""
        if view.forecast is None or not view.may_wait:
            return Prizes().decide(view, search, seed), {}
        chance, votes = np.random.default_rng(seed), dict[int, Vote]()
        goes, waits, unsettled = set(view.must_go), set[int](), set(view.may_wait)
        for _ in range(self.rounds):
            times = [0] * len(view.orders)
            for _ in range(self.draws):
                for k in self._leave_now(view, view.forecast, goes, waits, search, chance):
                    times[k] += 1
            votes |= {k: Vote(self.draws - times[k], self.draws) for k in unsettled}
            goes |= {k for k in unsettled if times[k] >= self.go * self.draws}
            waits |= {k for k in unsettled if times[k] <= self.wait * self.draws}
            unsettled -= goes | waits
            if not unsettled:
                break
        return due(view, routes_of(view, sorted(goes), search, 1.0 - self.look, seed)), votes

    def _leave_now(
        self,
        view: View,
        forecast: Forecast,
        goes: set[int],
        waits: set[int],
        search: Search,
        chance: np.random.Generator,
    ) -> list[int]:
        """Return the open orders that leave now in the plan of one future, in routes that could not wait."""
        problem = two_waves(view, goes, waits, forecast.draw(view.wave + 1, chance))
        plan = search.plan(problem, self.look / (self.rounds * self.draws), int(chance.integers(2**31)))
        routes = [route.stops for route in plan.routes if route.vehicle == NOW]
        return [k for stops in routes if not goes.isdisjoint(stops) or not may_wait(view, stops) for k in stops]


def two_waves(view: View, goes: Collection[int], waits: Collection[int], future: Sequence[Stop]) -> Problem:
    """Return the problem of this wave and the next: open orders first, as in `View.orders`, then those to come.

    Parameters
    ----------
    view : View
        What is known.
    goes, waits : collection of int
        Places in `view.orders` of those that leave now, and of those that do not.
    future : sequence of Stop
        Orders known with the next wave.
    """
    now, following, either = frozenset({NOW}), frozenset({NEXT}), frozenset({NOW, NEXT})
    orders = [(one, now if k in goes else following if k in waits else either) for k, one in enumerate(view.orders)]
    orders += [(one, following) for one in future]
    stops = tuple(replace(one, id=str(k), release=0, vehicles=by) for k, (one, by) in enumerate(orders))
    return Problem(stops, (view.depot,), tuple(_leaving(view, wave, len(stops)) for wave in (NOW, NEXT)), view.travel)


def _leaving(view: View, wave: int, many: int) -> VehicleType:
    """Return the vehicles that leave with a wave from now on."""
    shift = view.vehicle.shift
    opens = max(view.rhythm.leaves(view.wave + wave), shift.open)
    return replace(view.vehicle, id=str(wave), count=many, shift=Window(opens, shift.close))
