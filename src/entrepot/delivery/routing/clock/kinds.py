"""Vehicles by kind: a type, from where to where, when, and with which rest; and where its routes begin and end.

A driver who leaves after the latest start of the rest needs none, so a type whose shift allows that is two kinds, which
share its vehicles. Kinds with the same depots, times and rest share their nodes: one takes over a route of the other as
it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.clock.roads import Floats, Ints
from entrepot.delivery.routing.problem import FOREVER, Break, Problem, VehicleType, loads

TYPE, START, END, BACK, STOPS, RELOADS = range(6)
"""Columns of `Kinds.of`."""

PER_TIME, PER_DISTANCE, FIXED, LONGEST, FARTHEST, EARLIEST, LATEST, REST = range(8)
"""Columns of `Kinds.rules`: costs, the greatest duration and distance, when a rest may start and how long it is."""


class Kinds(NamedTuple):
    """Kinds of vehicles, and nodes where their routes begin and end.

    Parameters
    ----------
    of : int array, shape (n_kinds, 6)
        TYPE of vehicle; START and END nodes; BACK is the same number where routes end alike, whatever the rest; how
        many STOPS and RELOADS a route may have.
    rules : float array, shape (n_kinds, 8)
        By the names above; FARTHEST and LATEST are infinite where there is no limit and no rest.
    capacity : int array, shape (n_kinds, n_loads)
        Of a vehicle, twice where stops have pickups.
    may : bool array, shape (n + n_reloads, n_kinds)
        Whether a kind may visit a stop, or reload there.
    vehicles : int array, shape (n_types,)
        How many vehicles there are of a type.
    reloads : int array, shape (n_reload_depots + 1,)
        The first node of each depot at which vehicles reload, and the one behind the last.
    """

    of: Ints
    rules: Floats
    capacity: Ints
    may: NDArray[np.bool_]
    vehicles: Ints
    reloads: Ints


class Terminal(NamedTuple):
    """A node where routes of some kinds begin or end."""

    location: int
    opens: int
    closes: int
    rest: Break | None


class _Kind(NamedTuple):
    type: int
    start: Terminal
    end: Terminal


def kinds_of(problem: Problem) -> tuple[Kinds, list[Terminal]]:
    """Return kinds, and their terminals in the order of their nodes behind the stops and the reloads."""
    again, found = reloads_of(problem), list(_listed(problem))
    n = len(problem.stops) + len(again)
    terminals = list(dict.fromkeys(node for kind in found for node in (kind.start, kind.end)))
    vehicles = [problem.vehicles[kind.type] for kind in found]
    alike = list(dict.fromkeys(kind.end[:3] for kind in found))
    nodes = [
        (kind.type, n + terminals.index(kind.start), n + terminals.index(kind.end), alike.index(kind.end[:3]))
        for kind in found
    ]
    most = [(one.max_stops, one.max_reloads if one.reloads else 0) for one in vehicles]
    rules = [_rules(one, kind.start.rest) for one, kind in zip(vehicles, found, strict=True)]
    may = [[stop.vehicles is None or kind.type in stop.vehicles for kind in found] for stop in problem.stops]
    may += [[depot in vehicle.reloads for vehicle in vehicles] for depot in again]
    kinds = Kinds(
        of=np.array([(*ends, *limits) for ends, limits in zip(nodes, most, strict=True)], dtype=np.int64),
        rules=np.array(rules, dtype=np.float64),
        capacity=_capacity(problem, vehicles),
        may=np.array(may, dtype=np.bool_).reshape(n, len(found)),
        vehicles=np.array([vehicle.count for vehicle in problem.vehicles], dtype=np.int64),
        reloads=len(problem.stops) + np.array([*(again.index(depot) for depot in dict.fromkeys(again)), len(again)]),
    )
    return kinds, terminals


def reloads_of(problem: Problem) -> list[int]:
    """Return the depot of each node at which a vehicle can reload: no depot needs more than there are other stops."""
    most = dict[int, int]()
    for vehicle in problem.vehicles:
        for depot in set(vehicle.reloads):
            most[depot] = most.get(depot, 0) + vehicle.count * vehicle.max_reloads
    return [depot for depot in sorted(most) for _ in range(min(most[depot], len(problem.stops) - 1))]


def has_pickups(problem: Problem) -> bool:
    """Tell whether what comes back is loads of its own, as many as there are dimensions."""
    return any(any(stop.pickup) for stop in problem.stops)


def _listed(problem: Problem) -> Iterator[_Kind]:
    for k, vehicle in enumerate(problem.vehicles):
        start, end, rest = problem.depots[vehicle.start], problem.depots[vehicle.end], vehicle.rest
        opens, closes = max(start.window.open, vehicle.shift.open), min(start.window.close, vehicle.shift.close)
        back = min(end.window.close, vehicle.shift.close)
        over = min(end.window.open, back), back
        if rest is not None and opens <= rest.latest:
            leaves = opens, min(closes, rest.latest)
            yield _Kind(k, Terminal(start.location, *leaves, rest), Terminal(end.location, *over, rest))
            if closes < rest.latest:
                continue
        opens = opens if rest is None else max(opens, rest.latest)
        leaves = opens, min(closes, max(opens, _settled(problem, vehicle)))
        yield _Kind(k, Terminal(start.location, *leaves, None), Terminal(end.location, *over, None))


def _settled(problem: Problem, vehicle: VehicleType) -> int:
    """Return when all is open and released, and speeds change no more: leaving later changes no duration."""
    opens = [max(stop.windows[-1].open, stop.release) for stop in problem.stops]
    changes = [int(np.ceil(moment)) for moment in problem.travel.last_changes]
    depots = [problem.depots[depot].window.open for depot in (vehicle.end, *vehicle.reloads)]
    return max([*depots, *opens, *changes])


def _rules(vehicle: VehicleType, rest: Break | None) -> tuple[float, ...]:
    farthest = vehicle.max_distance if vehicle.max_distance < FOREVER else np.inf
    costs = vehicle.cost_per_time, vehicle.cost_per_distance, vehicle.fixed_cost
    when = (0, np.inf, 0) if rest is None else (rest.earliest, rest.latest, rest.duration)
    return (*costs, vehicle.max_duration, farthest, *when)


def _capacity(problem: Problem, vehicles: list[VehicleType]) -> Ints:
    dimensions = problem.dimensions
    rows = [[*one.capacity, *(FOREVER,) * (dimensions - len(one.capacity))] for one in vehicles]
    if has_pickups(problem):
        rows = [[*row, *row] for row in rows]
    return np.array(rows, dtype=np.int64).reshape(len(rows), -1)


def demand_of(problem: Problem) -> Ints:
    """Return what each stop takes of the capacities, shape (n, n_loads)."""
    rows = [list(loads(stop.delivery, problem.dimensions)) for stop in problem.stops]
    if has_pickups(problem):
        rows = [[*row, *loads(s.pickup, problem.dimensions)] for row, s in zip(rows, problem.stops, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(len(rows), problem.dimensions * (1 + has_pickups(problem)))
