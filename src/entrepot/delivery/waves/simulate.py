"""A day played wave by wave: the policy is shown what is known, and what it sends is judged by the routing checker."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.delivery.routing.checker import Verdict, check
from entrepot.delivery.routing.plan import Plan, single
from entrepot.delivery.waves.day import Day, latest_departure
from entrepot.delivery.waves.forecast import Forecast
from entrepot.delivery.waves.policies.policy import Policy, Routes, Search
from entrepot.delivery.waves.view import View, observe, wave_problem
from entrepot.kernel.errors import InvariantBroken


@dataclass(frozen=True, slots=True)
class Wave:
    """What left with one wave.

    Parameters
    ----------
    number : int
        From 0.
    leaves : int
        When.
    known, must_go : int
        How many orders were open, and how many of them had to go.
    routes : tuple of tuple of str
        Ids of orders, in the order of their visits.
    returns : tuple of float
        When each route is back.
    cost, distance : float
        Of its routes.
    """

    number: int
    leaves: int
    known: int
    must_go: int
    routes: tuple[tuple[str, ...], ...]
    returns: tuple[float, ...]
    cost: float
    distance: int

    @property
    def sent(self) -> int:
        """How many orders left."""
        return sum(len(route) for route in self.routes)


@dataclass(frozen=True, slots=True)
class Played:
    """How a day went.

    Parameters
    ----------
    policy : str
        Whose decisions they were.
    waves : tuple of Wave
        One for each.
    impossible : tuple of str
        Ids of orders that no vehicle could bring in time when they became known.
    """

    policy: str
    waves: tuple[Wave, ...]
    impossible: tuple[str, ...]

    @property
    def cost(self) -> float:
        """Of all waves."""
        return sum(wave.cost for wave in self.waves)

    @property
    def vehicles_at_once(self) -> int:
        """How many vehicles were on the road at most."""
        out = [(wave.leaves, 1) for wave in self.waves for _ in wave.returns]
        back = [(moment, -1) for wave in self.waves for moment in wave.returns]
        most = now = 0
        for _, change in sorted(out + back):
            now += change
            most = max(most, now)
        return most


def play(day: Day, policy: Policy, search: Search, seed: int, forecast: Forecast | None = None) -> Played:
    """Let a policy decide every wave of a day.

    Parameters
    ----------
    day : Day
        What happens; the policy sees of it what is known.
    policy : Policy
        Who decides.
    search : Search
        What it may plan with.
    seed : int
        Of its chances; wave k is decided with ``seed + k``.
    forecast : Forecast, optional
        What policies that look ahead draw from.

    Raises
    ------
    InvariantBroken
        ``waves.policy`` if its routes break a limit or leave out what must go.
    """
    left, impossible, waves = set[int](), list[str](), list[Wave]()
    for number in range(day.rhythm.many):
        for k in arrivals(day, number):
            if latest_departure([day.orders[k]], day.depot, day.travel) < day.rhythm.leaves(number):
                impossible.append(day.orders[k].id)
                left.add(k)
        place = {order.id: k for k, order in enumerate(day.orders)}
        known = [k for k, order in enumerate(day.orders) if order.release <= day.rhythm.decided(number)]
        view = observe(day, number, [k for k in known if k not in left], forecast)
        routes = policy.decide(view, search, seed + number)
        waves.append(judged(view, routes, policy.name))
        left.update(place[id_] for route in waves[-1].routes for id_ in route)
    last = day.rhythm.decided(day.rhythm.many - 1)
    impossible += [order.id for order in day.orders if order.release > last]
    return Played(policy.name, tuple(waves), tuple(impossible))


def arrivals(day: Day, number: int) -> list[int]:
    """Return places of the orders that become known for a wave."""
    until = day.rhythm.decided(number)
    since = until - day.rhythm.every
    return [k for k, one in enumerate(day.orders) if one.release <= until and (number == 0 or one.release > since)]


def judged(view: View, routes: Routes, who: str) -> Wave:
    """Return a wave of routes the checker finds nothing wrong with."""
    prizes = dict.fromkeys(view.may_wait, 0)
    problem = wave_problem(view, range(len(view.orders)), prizes)
    verdict = check(problem, Plan(tuple(single(problem, 0, route) for route in routes)))
    if not verdict.is_feasible:
        fault = verdict.violations[0].message
        raise InvariantBroken("waves.policy", f"Policy {who} breaks a limit in wave {view.wave}: {fault}")
    return _wave(view, routes, verdict)


def _wave(view: View, routes: Routes, verdict: Verdict) -> Wave:
    return Wave(
        number=view.wave,
        leaves=view.leaves,
        known=len(view.orders),
        must_go=len(view.must_go),
        routes=tuple(tuple(view.orders[k].id for k in route) for route in routes),
        returns=tuple(schedule.visits[-1].arrival for schedule in verdict.schedules),
        cost=verdict.cost.total,
        distance=verdict.cost.distance,
    )
