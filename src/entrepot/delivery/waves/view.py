"""What is known when a wave is decided, and the routing problems that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from entrepot.delivery.routing.problem import Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Plane, Table, Travel
from entrepot.delivery.waves.day import Day, Rhythm, latest_departure
from entrepot.delivery.waves.forecast import Forecast


@dataclass(frozen=True)
class View:
    """What a policy is shown: orders that are known and have not left. Nothing in it depends on later ones.

    Parameters
    ----------
    wave : int
        Number of the wave, from 0.
    orders : tuple of Stop
        Open orders, those known for longer first.
    must_go : frozenset of int
        Places in `orders` of those that would be late with the next wave; all of them in the last one.
    latest : tuple of int
        Until when each could leave alone.
    depot, vehicle, travel, rhythm
        As of the day; `travel` has rows for known places only.
    forecast : Forecast or None
        What may still come.
    """

    wave: int
    orders: tuple[Stop, ...]
    must_go: frozenset[int]
    latest: tuple[int, ...]
    depot: Depot
    vehicle: VehicleType
    travel: Travel
    rhythm: Rhythm
    forecast: Forecast | None = None

    @property
    def leaves(self) -> int:
        """When this wave leaves."""
        return self.rhythm.leaves(self.wave)

    @property
    def may_wait(self) -> list[int]:
        """Places in `orders` of those that need not go."""
        return [k for k in range(len(self.orders)) if k not in self.must_go]


def observe(day: Day, wave: int, open_orders: Collection[int], forecast: Forecast | None = None) -> View:
    """Return what is known at a wave.

    Parameters
    ----------
    day : Day
        The whole day.
    wave : int
        Which one is decided.
    open_orders : collection of int
        Places in `day.orders` of those known by then that have not left.
    forecast : Forecast, optional
        What may still come; its orders are at public locations.
    """
    known = sorted(open_orders, key=lambda k: (day.orders[k].release, k))
    places, orders = list(range(day.public)), list[Stop]()
    for k in known:
        location = day.orders[k].location
        if location >= day.public:
            places.append(location)
            location = len(places) - 1
        orders.append(replace(day.orders[k], location=location))
    travel = _part(day.travel, places)
    latest = tuple(latest_departure([order], day.depot, travel) for order in orders)
    is_last = wave == day.rhythm.many - 1
    following = day.rhythm.leaves(wave + 1)
    must_go = frozenset(k for k, moment in enumerate(latest) if is_last or moment < following)
    return View(wave, tuple(orders), must_go, latest, day.depot, day.vehicle, travel, day.rhythm, forecast)


def wave_problem(view: View, chosen: Sequence[int], prizes: Mapping[int, int] | None = None) -> Problem:
    """Return the routing problem of some open orders that leave with this wave.

    Parameters
    ----------
    view : View
        What is known.
    chosen : sequence of int
        Places in `view.orders`; stop k of the problem is the k-th of them.
    prizes : mapping of int to int, optional
        What leaving an order out costs, by its place in `view.orders`; others must be visited.
    """
    worth = prizes or {}
    stops = tuple(replace(view.orders[k], release=0, prize=worth.get(k)) for k in chosen)
    opens, closes = view.depot.window
    leaves = min(max(view.leaves, opens), closes)  # a wave after closing time has no orders
    vehicle = replace(view.vehicle, count=max(len(stops), 1))
    return Problem(stops, (replace(view.depot, window=Window(leaves, closes)),), (vehicle,), view.travel)


def round_trip(view: View, order: Stop) -> int:
    """Return what driving to an order alone costs, a vehicle included."""
    return cost_of(view, [order])


def cost_of(view: View, orders: Sequence[Stop]) -> int:
    """Return what a route of orders costs, were nowhere to be waited; nothing where there is none."""
    if not orders:
        return 0
    places = [view.depot.location, *(order.location for order in orders), view.depot.location]
    driven, under_way = (
        sum(way.between(a, b) for a, b in pairwise(places)) for way in (view.travel.distance, view.travel.time)
    )
    under_way += sum(order.service for order in orders)
    vehicle = view.vehicle
    return vehicle.cost_per_distance * driven + vehicle.cost_per_time * under_way + vehicle.fixed_cost


def _part(travel: Travel, places: list[int]) -> Travel:
    if len(places) == travel.size and places == list(range(travel.size)):
        return travel
    distance = _rows(travel.distance, places)
    return Travel(distance, distance if travel.time is travel.distance else _rows(travel.time, places))


def _rows(given: Plane | Table, places: list[int]) -> Plane | Table:
    if isinstance(given, Plane):
        return replace(given, xy=given.xy[places])
    return Table(np.ascontiguousarray(given.values[np.ix_(places, places)]))
