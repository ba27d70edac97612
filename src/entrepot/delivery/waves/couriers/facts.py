"""Orders, couriers and counters of a day of instant delivery; times are whole minutes, places metres on a plane.

The rules are those of the meal delivery routing problem without prepositioning and assignment updates (Reyes, Erera,
Savelsbergh, Sahasrabudhe and O'Neil 2018, The Meal Delivery Routing Problem).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Metres on a plane."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer asked for: placed, ready at its counter, brought to a place."""

    id: str
    place: Place
    counter: Place
    placed: int
    ready: int


@dataclass(frozen=True, slots=True)
class Courier:
    """Who is on duty from `on` at a place; after `off` nothing is picked up, but what is on board is brought."""

    id: str
    place: Place
    on: int
    off: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Speed, minutes at a counter and at a door, the target and most minutes from click to door, and pay."""

    metres_per_minute: float
    pickup: int
    dropoff: int
    target: int
    most: int
    pay_per_order: float
    pay_per_hour: float

    def way(self, origin: Place, target: Place) -> int:
        """Return the minutes from place to place, rounded up."""
        return math.ceil(math.hypot(target.x - origin.x, target.y - origin.y) / self.metres_per_minute)


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """A day of instant delivery."""

    orders: tuple[Order, ...]
    couriers: tuple[Courier, ...]
    terms: Terms
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ride:
    """A courier sent with orders of one counter.

    Parameters
    ----------
    courier : Courier
        Who.
    orders : tuple of Order
        In the sequence of their doors.
    sent : int
        When the courier was told.
    pickup : float
        When the orders were picked up.
    drops : tuple of float
        When each was handed over.
    free : float
        When the courier is free, at the last door.
    """

    courier: Courier
    orders: tuple[Order, ...]
    sent: int
    pickup: float
    drops: tuple[float, ...]
    free: float


def ride(terms: Terms, courier: Courier, place: Place, sent: int, orders: tuple[Order, ...]) -> Ride:
    """Return how a ride goes: half of each service time comes before the hand-over, half after it."""
    at = orders[0].counter
    arrival = sent + terms.way(place, at)
    pickup = max(*(order.ready for order in orders), arrival + terms.pickup / 2)
    moment, drops = pickup + terms.pickup / 2, list[float]()
    for order in orders:
        moment += terms.way(at, order.place) + terms.dropoff
        drops.append(moment - terms.dropoff / 2)
        at = order.place
    return Ride(courier, orders, sent, pickup, tuple(drops), moment)
