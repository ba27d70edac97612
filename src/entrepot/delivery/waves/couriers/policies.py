"""Who is sent with what: the nearest courier at once, or bundles matched to couriers on a rolling horizon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment

from entrepot.delivery.waves.couriers.facts import Courier, Order, Place, Ride, Terms, ride

NEVER = 10**9
"""Stands for a match that no courier can make before going off duty."""


MORE = 100_000
"""What bringing one more order is worth in minutes: more than any day has."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at a decision: open orders, those placed first before, and idle couriers with their places."""

    now: int
    every: int
    orders: tuple[Order, ...]
    idle: tuple[tuple[Courier, Place], ...]
    terms: Terms


class Dispatch(Protocol):
    """Sends couriers."""

    @property
    def name(self) -> str:
        """By which it is chosen."""
        ...

    def send(self, moment: Moment) -> list[Ride]:
        """Return rides that begin now; each order and courier in one at most, picked up before the courier goes off."""
        ...


@dataclass(frozen=True, slots=True)
class Nearest:
    """Each order, the first placed first, is given at once to the courier who can pick it up soonest."""

    name: str = "nearest"

    def send(self, moment: Moment) -> list[Ride]:
        """Return a ride for each order while there are idle couriers."""
        idle, found = list(moment.idle), list[Ride]()
        for order in moment.orders:
            rides = [(ride(moment.terms, who, place, moment.now, (order,)), k) for k, (who, place) in enumerate(idle)]
            rides = [(one, k) for one, k in rides if one.pickup <= one.courier.off]
            if rides:
                best, k = min(
                    rides, key=lambda pair: (pair[0].pickup, moment.terms.way(idle[pair[1]][1], order.counter))
                )
                found.append(best)
                del idle[k]
        return found


@dataclass(frozen=True, slots=True)
class Rolling:
    """Bundles of a counter's orders, matched to couriers; a match waits while waiting delays nothing.

    Parameters
    ----------
    most : int
        Orders in a bundle at most; it grows with orders for each idle courier.
    spread : int
        Minutes between the ready times of a bundle at most.
    """

    most: int = 3
    spread: int = 10
    name: str = "rolling"

    def send(self, moment: Moment) -> list[Ride]:
        """Return the rides of the best matching that would be later if they were sent at the next decision."""
        if not moment.orders or not moment.idle:
            return []
        size = min(max(math.ceil(len(moment.orders) / len(moment.idle)), 1), self.most)
        bundles = self._bundles(moment, size)
        rides = [[ride(moment.terms, who, at, moment.now, one) for who, at in moment.idle] for one in bundles]
        costs = np.array([[_cost(moment.terms, one) for one in row] for row in rides], dtype=np.float64)
        rows, columns = linear_sum_assignment(costs)
        matched = [rides[b][c] for b, c in zip(rows.tolist(), columns.tolist(), strict=True) if costs[b, c] < NEVER]
        place = {who.id: at for who, at in moment.idle}
        return [one for one in matched if not _may_wait(moment, one, place[one.courier.id])]

    def _bundles(self, moment: Moment, size: int) -> list[tuple[Order, ...]]:
        found = list[tuple[Order, ...]]()
        ordered = sorted(moment.orders, key=lambda order: (order.counter, order.ready, order.id))
        for _, several in groupby(ordered, key=lambda order: order.counter):
            of_counter = list[tuple[Order, ...]]()
            for order in several:
                tried = [
                    (_length(moment.terms, longer) - _length(moment.terms, bundle), k, longer)
                    for k, bundle in enumerate(of_counter)
                    if len(bundle) < size and order.ready - min(one.ready for one in bundle) <= self.spread
                    for longer in _longer(bundle, order)
                ]
                best = min(tried, key=lambda one: one[:2], default=None)
                if best is None:
                    of_counter.append((order,))
                else:
                    of_counter[best[1]] = best[2]
            found += of_counter
        return found


def _longer(bundle: tuple[Order, ...], order: Order) -> list[tuple[Order, ...]]:
    return [(*bundle[:k], order, *bundle[k:]) for k in range(len(bundle) + 1)]


def _length(terms: Terms, orders: Sequence[Order]) -> int:
    """Return the minutes on the road from the counter to the last door."""
    places = [orders[0].counter, *(order.place for order in orders)]
    return sum(terms.way(a, b) for a, b in pairwise(places))


def _cost(terms: Terms, one: Ride) -> float:
    """Return the minutes from click to door of a ride, those beyond the target twice; NEVER if forbidden."""
    if one.pickup > one.courier.off:
        return NEVER
    waits = [drop - order.placed for order, drop in zip(one.orders, one.drops, strict=True)]
    # Where couriers are few, a ride that brings more orders goes first, then the one whose minutes are least.
    return sum(wait + max(wait - terms.target, 0.0) for wait in waits) - MORE * len(waits)


def _may_wait(moment: Moment, one: Ride, place: Place) -> bool:
    """Tell whether a ride sent at the next decision would be picked up as early, and before its courier goes off."""
    later = ride(moment.terms, one.courier, place, moment.now + moment.every, one.orders)
    return later.pickup <= one.pickup and moment.now + moment.every < one.courier.off


DISPATCHES: dict[str, Dispatch] = {one.name: one for one in (Rolling(), Nearest())}
"""By name; the first is the default."""
