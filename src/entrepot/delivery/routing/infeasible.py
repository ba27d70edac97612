"""Why no plan can serve a problem: short certificates, each with the stop, the limit and by how much.

An empty answer proves nothing; each certificate given is a proof. Times of a stop alone take the quickest way from a
depot, over other places where that is shorter, and the free flow where there is traffic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.problem import FOREVER, Problem, Stop, VehicleType, loads, told
from entrepot.delivery.routing.travel import Plane, Table


class Certificate(NamedTuple):
    """A proof that a problem cannot be served.

    Parameters
    ----------
    rule : str
        ``no_vehicle``, ``capacity``, ``window``, ``return``, ``duration``, ``distance``, ``fleet_capacity``,
        ``fleet_stops`` or ``fleet_size``.
    stop : str or None
        Id of the stop it is about; None for the fleet.
    value, limit : float
        What would be needed at least, and what there is at most.
    message : str
        All of it as a sentence.
    """

    rule: str
    stop: str | None
    value: float
    limit: float
    message: str

    @property
    def excess(self) -> float:
        """By how much the limit is too small."""
        return self.value - self.limit


def explain_infeasible(problem: Problem) -> list[Certificate]:
    """List proofs that no plan serves every required stop; of each stop the first that is found.

    Parameters
    ----------
    problem : Problem
        Only stops without a prize count: others may be left out.

    Returns
    -------
    list of Certificate
        In the order of stops, then of the fleet.
    """
    required = [stop for stop in problem.stops if stop.prize is None]
    ways = _Ways(problem)
    found: list[Certificate] = []
    for stop in required:
        first = next(_of_stop(problem, stop, ways), None)
        if first is not None:
            found.append(first)
    return [*found, *_of_fleet(problem, required)]


class _Ways:
    """How long and how far it is between places: directly, or by the least way over other places."""

    def __init__(self, problem: Problem) -> None:
        self._travel = problem.travel
        size = problem.travel.size
        service = np.full(size, FOREVER, dtype=np.float64)
        for stop in problem.stops:
            service[stop.location] = min(service[stop.location], stop.service)
        for depot in problem.depots:
            service[depot.location] = 0
        self._stays = {True: service, False: np.zeros(size)}
        self._known: dict[tuple[int, bool], NDArray[np.float64]] = {}

    def direct(self, origin: int, target: int, is_time: bool) -> float:
        """Return the time or distance of the way without a place between."""
        return float((self._travel.time if is_time else self._travel.distance).between(origin, target))

    def least(self, origin: int, target: int, is_time: bool) -> float:
        """Return the least over all ways; places between are served on them."""
        key = origin, is_time
        if key not in self._known:
            given = self._travel.time if is_time else self._travel.distance
            self._known[key] = _dijkstra(given, origin, self._stays[is_time])
        return float(self._known[key][target])


Measure = Callable[[int, int, bool], float]
"""Time or distance from a place to another; whether it is time comes last."""


def _dijkstra(given: Plane | Table, origin: int, service: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least way from a place to all, with what serving the places between takes."""
    away = np.full(len(service), np.inf)
    away[origin] = 0
    is_open = np.ones(len(service), dtype=np.bool_)
    for _ in range(len(service)):
        place = int(np.where(is_open, away, np.inf).argmin())
        is_open[place] = False
        stay = 0.0 if place == origin else service[place]
        np.minimum(away, away[place] + stay + given.row(place), out=away)
    return away


def _of_stop(problem: Problem, stop: Stop, ways: _Ways) -> Iterator[Certificate]:
    types = [k for k in range(len(problem.vehicles)) if stop.vehicles is None or k in stop.vehicles]
    if not types:
        yield Certificate("no_vehicle", stop.id, 1, 0, f"No vehicle type may visit stop {stop.id}.")
        return
    vehicles = [problem.vehicles[k] for k in types]
    yield from _of_load(problem, stop, vehicles)
    for rule in (_too_late, _too_long):
        # Direct ways are asked first: they are at hand, and what they allow needs no proof.
        yield from _best_of(
            [rule(problem, stop, one, ways.direct) and rule(problem, stop, one, ways.least) for one in vehicles]
        )


def _best_of(found: list[Certificate | None]) -> Iterator[Certificate]:
    """Return the mildest, if every vehicle has one."""
    proofs = [one for one in found if one is not None]
    if len(proofs) == len(found):
        yield min(proofs, key=lambda one: one.excess)


def _of_load(problem: Problem, stop: Stop, vehicles: list[VehicleType]) -> Iterator[Certificate]:
    for name, given in (("delivery", stop.delivery), ("pickup", stop.pickup)):
        for d, quantity in enumerate(loads(given, problem.dimensions)):
            most = max(_capacity(vehicle, d) for vehicle in vehicles)
            if quantity > most:
                needs, holds, excess = (told(one, problem.units.load) for one in (quantity, most, quantity - most))
                text = (
                    f"Stop {stop.id}: its {name} of {needs} (load {d + 1}) is {excess} more than any vehicle that may "
                    f"visit it holds ({holds})."
                )
                yield Certificate("capacity", stop.id, quantity, most, text)


def _capacity(vehicle: VehicleType, dimension: int) -> int:
    return vehicle.capacity[dimension] if dimension < len(vehicle.capacity) else FOREVER


def _too_late(problem: Problem, stop: Stop, vehicle: VehicleType, measure: Measure) -> Certificate | None:
    """Prove that a vehicle is too late at a stop it goes to first, or back too late from it."""
    closes, unit = stop.windows[-1].close, problem.units.way
    arrives = min(_arrivals(problem, stop, vehicle, measure))
    if arrives > closes:
        text = (
            f"Stop {stop.id}: a vehicle of type {vehicle.id} is there at {told(arrives, unit)} at the earliest; it "
            f"closes at {told(closes, unit)}, {told(arrives - closes, unit)} before."
        )
        return Certificate("window", stop.id, arrives, closes, text)
    begins = next(max(arrives, window.open) for window in stop.windows if arrives <= window.close)
    end = problem.depots[vehicle.end]
    latest, ends = min(end.window.close, vehicle.shift.close), begins + stop.service
    back = ends + measure(stop.location, end.location, True)
    if back > latest:
        text = (
            f"Stop {stop.id}: a vehicle of type {vehicle.id} is back from it at {told(back, unit)} at the earliest; "
            f"{told(latest, unit)} is the latest, {told(back - latest, unit)} before."
        )
        return Certificate("return", stop.id, back, latest, text)
    return None


def _arrivals(problem: Problem, stop: Stop, vehicle: VehicleType, measure: Measure) -> Iterator[float]:
    """Return the earliest arrival from the first depot, and from each where the vehicle may reload on its way."""
    start = problem.depots[vehicle.start]
    begins = max(start.window.open, vehicle.shift.open)
    leaves = max(begins, stop.release)
    yield leaves + measure(start.location, stop.location, True)
    for depot in (problem.depots[k] for k in vehicle.reloads):
        there = begins + measure(start.location, depot.location, True)
        loaded = max(there, depot.window.open, stop.release)
        yield loaded + measure(depot.location, stop.location, True)


def _too_long(problem: Problem, stop: Stop, vehicle: VehicleType, measure: Measure) -> Certificate | None:
    start, end = problem.depots[vehicle.start].location, problem.depots[vehicle.end].location
    for rule, is_time, limit, stay in (
        ("duration", True, vehicle.max_duration, stop.service),
        ("distance", False, vehicle.max_distance, 0),
    ):
        least = measure(start, stop.location, is_time) + stay + measure(stop.location, end, is_time)
        if least > limit:
            takes, most, short = (told(one, problem.units.way) for one in (least, limit, least - limit))
            text = (
                f"Stop {stop.id}: going there and back takes a {rule} of {takes} by a vehicle of type "
                f"{vehicle.id}; {most} is its most, {short} less."
            )
            return Certificate(rule, stop.id, least, limit, text)
    return None


def _of_fleet(problem: Problem, required: list[Stop]) -> Iterator[Certificate]:
    n_stops, most_stops = len(required), sum(one.count * one.max_stops for one in problem.vehicles)
    if n_stops > most_stops:
        text = f"{n_stops} stops must be visited; all vehicles together may visit {most_stops}."
        yield Certificate("fleet_stops", None, n_stops, most_stops, text)
    if any(vehicle.reloads and vehicle.max_reloads for vehicle in problem.vehicles):
        return
    n_vehicles = sum(vehicle.count for vehicle in problem.vehicles)
    deliveries, pickups = [stop.delivery for stop in required], [stop.pickup for stop in required]
    for name, given in (("deliveries", deliveries), ("pickups", pickups)):
        quantities = np.array([loads(one, problem.dimensions) for one in given], dtype=np.int64)
        for d in range(problem.dimensions if required else 0):
            total = int(quantities[:, d].sum())
            most = sum(vehicle.count * _capacity(vehicle, d) for vehicle in problem.vehicles)
            if total > most:
                all_, holds, short = (told(one, problem.units.load) for one in (total, most, total - most))
                text = f"All {name} that must be made are {all_} (load {d + 1}); the fleet holds {holds}, {short} less."
                yield Certificate("fleet_capacity", None, total, most, text)
            largest = max(_capacity(vehicle, d) for vehicle in problem.vehicles)
            alone = int((2 * quantities[:, d] > largest).sum())
            if alone > n_vehicles:
                text = (
                    f"{alone} stops have {name} (load {d + 1}) above half of the largest vehicle's "
                    f"{told(largest, problem.units.load)}, so no "
                    f"two fit together; there are {n_vehicles} vehicles."
                )
                yield Certificate("fleet_size", None, alone, n_vehicles, text)
