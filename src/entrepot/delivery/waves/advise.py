"""For a dispatcher: what must go now, what goes along, what may wait and until when; why, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from entrepot.delivery.routing.problem import Stop
from entrepot.delivery.waves.day import Day, latest_departure
from entrepot.delivery.waves.forecast import Forecast
from entrepot.delivery.waves.policies.policy import Policy, Routes, Search, Vote, Voting
from entrepot.delivery.waves.simulate import Wave, judged
from entrepot.delivery.waves.view import View, cost_of, observe, round_trip

Verdict = Literal["must_go", "goes_along", "may_wait", "too_late"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with one order.

    Parameters
    ----------
    order : str
        Its id.
    verdict : str
        ``must_go``, ``goes_along``, ``may_wait`` or ``too_late``.
    until : int or None
        When the last wave is decided it can leave with; None where it is too late.
    route : int or None
        Its route of this wave, from 1.
    cost : int
        What it adds to its route; of one that waits, the least it would add to a route of this wave, or alone.
    reason : str
        All of it as a sentence.
    vote : Vote or None
        What drawn futures say of it, where the policy asked them.
    """

    order: str
    verdict: Verdict
    until: int | None
    route: int | None
    cost: int
    reason: str
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class Advised:
    """What is advised at a moment: the wave that would leave, and a word on every known order."""

    wave: Wave
    advice: tuple[Advice, ...]


def advise(
    day: Day, now: int, policy: Policy, search: Search, seed: int = 1, forecast: Forecast | None = None
) -> Advised:
    """Return what to do with every order that is known and has not left.

    Parameters
    ----------
    day : Day
        Orders that have left are not in it; those not known at `now` are not looked at.
    now : int
        The moment; the wave is the one decided then, or last before.
    policy, search, seed, forecast
        As in `simulate.play`.
    """
    number = day.rhythm.at(now)
    known = [k for k, order in enumerate(day.orders) if order.release <= now]
    leaves = day.rhythm.leaves(number)
    in_time = [k for k in known if latest_departure([day.orders[k]], day.depot, day.travel) >= leaves]
    view = observe(day, number, in_time, forecast)
    routes, votes = _decided(policy, view, search, seed)
    late = sorted(set(known) - set(in_time))
    told = [_voted(_advice(view, routes, k), votes.get(k)) for k in range(len(view.orders))]
    return Advised(judged(view, routes, policy.name), (*told, *(_too_late(day.orders[k], leaves) for k in late)))


def _decided(policy: Policy, view: View, search: Search, seed: int) -> tuple[Routes, Mapping[int, Vote]]:
    return policy.vote(view, search, seed) if isinstance(policy, Voting) else (policy.decide(view, search, seed), {})


def _voted(advice: Advice, vote: Vote | None) -> Advice:
    if vote is None:
        return advice
    told = f"In {vote.later} of {vote.futures} drawn futures it goes with a later wave."
    if advice.verdict == "goes_along":
        told = f"In {vote.futures - vote.later} of {vote.futures} drawn futures it leaves now."
    elif vote.says_now:
        told += " But the route it would leave with now can leave unchanged with the next wave."
    return replace(advice, vote=vote, reason=f"{advice.reason} {told}")


def _advice(view: View, routes: Routes, k: int) -> Advice:
    order, until = view.orders[k], last_wave(view, k)
    number = next((at for at, route in enumerate(routes, start=1) if k in route), None)
    if number is None:
        cost = cheapest(view, routes, order)
        reason = f"It can leave with the wave decided at {until}, and now costs {cost} more at least."
        return Advice(order.id, "may_wait", until, None, cost, reason)
    route = [view.orders[at] for at in routes[number - 1]]
    cost = cost_of(view, route) - cost_of(view, [one for one in route if one.id != order.id])
    if k in view.must_go:
        is_last = view.wave == view.rhythm.many - 1
        why = "no wave follows" if is_last else f"alone it must leave by {view.latest[k]}, before the next wave does"
        return Advice(order.id, "must_go", until, number, cost, f"It must go: {why}. It adds {cost} to its route.")
    reason = f"It goes along with route {number} for {cost} more; alone it costs {round_trip(view, order)}."
    return Advice(order.id, "goes_along", until, number, cost, reason)


def last_wave(view: View, k: int) -> int:
    """Return when the last wave is decided that an open order can leave with."""
    rhythm = view.rhythm
    later = (view.latest[k] - rhythm.leaves(view.wave)) // rhythm.every
    return rhythm.decided(min(view.wave + later, rhythm.many - 1))


def cheapest(view: View, routes: Routes, order: Stop) -> int:
    """Return the least that an order adds where it fits into a route by time and load, or has a route of its own."""
    best = round_trip(view, order)
    for route in routes:
        orders = [view.orders[k] for k in route]
        loads = zip(*(one.delivery for one in (*orders, order)), view.vehicle.capacity, strict=False)
        if any(sum(several) > most for *several, most in loads):
            continue
        before = cost_of(view, orders)
        for place in range(len(orders) + 1):
            tried = [*orders[:place], order, *orders[place:]]
            if latest_departure(tried, view.depot, view.travel) >= view.leaves:
                best = min(best, cost_of(view, tried) - before)
    return best


def _too_late(order: Stop, leaves: int) -> Advice:
    reason = f"Even alone, leaving at {leaves}, it misses its window or the depot's closing; agree on another window."
    return Advice(order.id, "too_late", None, None, 0, reason)
