"""What a policy is: it looks at what is known and says which orders leave now, and in which routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.waves.day import latest_departure
from entrepot.delivery.waves.view import View, wave_problem

Routes = tuple[tuple[int, ...], ...]
"""Routes of a wave: places in `View.orders`, in the order of their visits."""


class Search(Protocol):
    """Plans routes with a part of the effort that a wave may cost."""

    def plan(self, problem: Problem, share: float, seed: int) -> Plan:
        """Return the best plan found.

        Parameters
        ----------
        problem : Problem
            What is to be served.
        share : float
            Of the effort of the wave, (0, 1].
        seed : int
            The same seed and steps give the same plan.
        """
        ...


class Policy(Protocol):
    """Decides waves."""

    @property
    def name(self) -> str:
        """By which it is chosen."""
        ...

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return the routes that leave now; all that must go are in them."""
        ...


@dataclass(frozen=True, slots=True)
class Vote:
    """What drawn futures say of an order that may wait.

    Parameters
    ----------
    later : int
        In so many it goes with a later wave.
    futures : int
        Of those of the last round in which it was open.
    """

    later: int
    futures: int

    @property
    def says_now(self) -> bool:
        """Whether most futures, or half of them, let it leave now."""
        return 2 * self.later <= self.futures


@runtime_checkable
class Voting(Policy, Protocol):
    """A policy that decides by drawn futures and can tell what they said."""

    def vote(self, view: View, search: Search, seed: int) -> tuple[Routes, Mapping[int, Vote]]:
        """Return the routes of `decide`, and votes by place in `View.orders` on the orders that were asked about."""
        ...


def routes_of(view: View, chosen: list[int], search: Search, share: float, seed: int) -> Routes:
    """Return routes for some open orders."""
    return as_routes(chosen, search.plan(wave_problem(view, chosen), share, seed)) if chosen else ()


def due(view: View, routes: Routes) -> Routes:
    """Return the routes that cannot leave unchanged with the next wave: waiting costs the others nothing."""
    return tuple(route for route in routes if not may_wait(view, route))


def may_wait(view: View, route: Sequence[int]) -> bool:
    """Tell whether a route may leave unchanged with the next wave."""
    if not view.must_go.isdisjoint(route):
        return False
    orders = [view.orders[k] for k in route]
    return latest_departure(orders, view.depot, view.travel) >= view.rhythm.leaves(view.wave + 1)


def as_routes(chosen: list[int], plan: Plan) -> Routes:
    """Return a plan of chosen orders as routes of a wave."""
    return tuple(tuple(chosen[stop] for stop in route.stops) for route in plan.routes)
