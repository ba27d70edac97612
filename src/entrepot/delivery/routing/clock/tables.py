"""A problem as arrays: loads, windows, releases, prizes, what is near; and vehicles by kind.

Stops are nodes ``0 .. n - 1``. Behind them are reloads, some of each depot at which vehicles load again, then the
terminals, where routes of some kinds start or end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.clock.kinds import (
    FARTHEST,
    FIXED,
    PER_DISTANCE,
    PER_TIME,
    REST,
    START,
    Kinds,
    demand_of,
    kinds_of,
    reloads_of,
)
from entrepot.delivery.routing.clock.roads import Floats, Ints, Roads, mean_times, roads_of
from entrepot.delivery.routing.problem import FOREVER, Problem

OPEN, CLOSE, SERVICE = range(3)
"""Columns of `Stops.times`; of `Stops.windows` the first two."""

EITHER, COME, GO = range(3)
"""First axis of `Stops.near`."""

BULK, WIDTH, AWAY = range(3)
"""Columns of `Stops.ranks`."""

BRINGS, TAKES = 1, 2
"""Bits of `Stops.duty`."""

NEAREST: Final = 100
MOMENTS: Final = 12
"""Departures over which travel times are averaged, to tell which stops are near."""

WAITING: Final = 0.2
LATENESS: Final = 1.0
"""What a time unit of waiting or lateness counts in nearness (Vidal et al. 2013, section 4.2)."""


class Stops(NamedTuple):
    """What is to be visited, and within which limits.

    Parameters
    ----------
    demand : int array, shape (n, n_loads)
        What a stop takes of the capacity: what is delivered and then, if anything is, what is picked up.
    is_mixed : bool
        Whether what is on board can be most in the middle of a route: pickups among deliveries.
    duty : int array, shape (n,) or (0,)
        Whether a vehicle BRINGS something to a stop and TAKES something back; empty where their order does not matter.
    times : float array, shape (n_nodes, 3)
        OPEN of the first window, CLOSE of the last, SERVICE.
    windows : float array, shape (n_nodes, most, 2)
        OPEN and CLOSE of each, infinite behind the last; with 0 columns where every stop has one.
    release : float array, shape (n,)
        Before which no trip leaves that visits a stop.
    is_released : bool
        Whether any stop has one.
    distance : int array, shape (n_nodes, n_nodes) or (0, 0)
        Empty where distance costs nothing and has no limit.
    near : int array, shape (3, n, up to 100)
        By stop the nearest others, the nearest first: in EITHER direction, to COME from, to GO to.
    price : float array, shape (n,)
        What leaving a stop out costs; more than any route where it must be visited.
    is_required : bool array, shape (n,)
        Whether it must be visited.
    ranks : float array, shape (n, 3)
        What stops are sorted by: BULK (largest share of a capacity), WIDTH of the window, how far AWAY the nearest
        start is.
    kinds : Kinds
        What there is to visit them.
    """

    demand: Ints
    is_mixed: bool
    duty: Ints
    times: Floats
    windows: Floats
    release: Floats
    is_released: bool
    distance: Ints
    near: Ints
    price: Floats
    is_required: NDArray[np.bool_]
    ranks: Floats
    kinds: Kinds


def tables_of(problem: Problem) -> tuple[Roads, Stops]:
    """Return roads and stops by node."""
    kinds, terminals = kinds_of(problem)
    n, again = len(problem.stops), [problem.depots[depot] for depot in reloads_of(problem)]
    places = (
        [one.location for one in problem.stops] + [one.location for one in again] + [one.location for one in terminals]
    )
    location = np.array(places, dtype=np.int64)
    roads = roads_of(problem, location)
    minutes = _minutes(problem, location) if again else mean_times(roads, len(location), moments_of(problem))
    windows = [
        *(stop.windows for stop in problem.stops),
        *((depot.window,) for depot in again),
        *(((one.opens, one.closes),) for one in terminals),
    ]
    services = [*(stop.service for stop in problem.stops), *(0 for _ in windows[n:])]
    hulls = [(some[0][0], some[-1][1], service) for some, service in zip(windows, services, strict=True)]
    times = np.array(hulls, dtype=np.float64)
    distance = np.zeros((0, 0), np.int64)
    if kinds.rules[:, PER_DISTANCE].any() or np.isfinite(kinds.rules[:, FARTHEST]).any():
        distance = np.array([problem.travel.distance.row(origin)[location] for origin in location.tolist()])
    away = minutes[np.unique(kinds.of[:, START]), :n].min(axis=0)
    width = [sum(one.close - one.open for one in stop.windows) for stop in problem.stops]
    demand, duty = demand_of(problem), _duties(problem)
    stops = Stops(
        demand=demand,
        is_mixed=not problem.deliveries_first and bool((duty & BRINGS).any() and (duty & TAKES).any()),
        duty=duty if problem.deliveries_first else duty[:0].copy(),
        times=times,
        windows=_filled(windows),
        release=np.array([stop.release for stop in problem.stops], dtype=np.float64),
        is_released=any(stop.release > 0 for stop in problem.stops),
        distance=distance,
        near=_near(minutes, times, kinds),
        price=np.zeros(n),
        is_required=np.array([stop.prize is None for stop in problem.stops], dtype=np.bool_),
        ranks=np.column_stack([_bulk(demand, kinds), width, away]).astype(np.float64),
        kinds=kinds,
    )
    return roads, stops._replace(price=_prices(problem, stops, minutes))


def _minutes(problem: Problem, location: Ints) -> Floats:
    """Return mean travel times between nodes of which many stand at one place, as reloads do."""
    places, place = np.unique(location, return_inverse=True)
    return mean_times(roads_of(problem, places), len(places), moments_of(problem))[np.ix_(place, place)]


def _duties(problem: Problem) -> Ints:
    duties = [BRINGS * any(stop.delivery) + TAKES * any(stop.pickup) for stop in problem.stops]
    return np.array(duties, dtype=np.int64)


def _filled(windows: Sequence[Sequence[tuple[int, int]]]) -> Floats:
    most = max(map(len, windows))
    filled = np.full((len(windows), most, 2), np.inf)
    for row, some in zip(filled, windows, strict=True):
        row[: len(some)] = some
    return filled if most > 1 else filled[:, :0].copy()


def moments_of(problem: Problem, many: int = MOMENTS) -> list[float]:
    """Return departures spread over the part of the day in which routes are under way and speeds change."""
    if problem.travel.traffic is None:
        return [0.0]
    depots, vehicles = problem.depots, problem.vehicles
    opens = min(max(depots[one.start].window.open, one.shift.open) for one in vehicles)
    back = max(min(depots[one.end].window.close, one.shift.close) for one in vehicles)
    closes = min(back, max(problem.travel.last_changes, default=opens))
    return [float(moment) for moment in np.linspace(opens, max(opens, closes), many)]


def _bulk(demand: Ints, kinds: Kinds) -> Floats:
    if not demand.size:
        return np.zeros(len(demand))
    return np.asarray((demand / np.maximum(kinds.capacity.max(axis=0), 1)).max(axis=1))


def _prices(problem: Problem, stops: Stops, minutes: Floats) -> Floats:
    """Return prizes; required stops cost more than a route of their own can."""
    n, rules = len(problem.stops), stops.kinds.rules
    longest = minutes.max(initial=0.0) + stops.times[:n, SERVICE].max(initial=0.0) + rules[:, REST].max()
    rests = [vehicle.rest.earliest for vehicle in problem.vehicles if vehicle.rest is not None]
    leaves = stops.times[stops.kinds.of[:, START], OPEN].min()
    opens = max((stop.windows[-1].open for stop in problem.stops), default=0)
    wait = max(opens - leaves, *(earliest - leaves for earliest in rests), 0.0)
    farthest = float(stops.distance.max(initial=0))
    per_time, per_distance, fixed = (rules[:, cost].max() for cost in (PER_TIME, PER_DISTANCE, FIXED))
    dear = 1.0 + fixed + 10.0 * (per_time * (longest + wait) + per_distance * farthest)
    dear += max((stop.prize or 0 for stop in problem.stops), default=0)
    return np.array([dear if stop.prize is None else stop.prize for stop in problem.stops], dtype=np.float64)


def _near(minutes: Floats, times: Floats, kinds: Kinds) -> Ints:
    """Return the nearest stops: by travel, and by what their windows make one wait or miss; of equals the earlier.

    Those that no kind may visit as well come last.
    """
    n = len(kinds.may) - int(kinds.reloads[-1] - kinds.reloads[0])
    many = min(NEAREST, max(n - 1, 0))
    onward = minutes[:n, :n] + 0.0
    arrives = times[:n, OPEN, None] + times[:n, SERVICE, None] + onward
    latest = times[:n, CLOSE, None] + times[:n, SERVICE, None] + onward
    onward += WAITING * np.maximum(times[None, :n, OPEN] - latest, 0.0)
    onward += LATENESS * np.maximum(arrives - times[None, :n, CLOSE], 0.0)
    may = kinds.may[:n].astype(np.float32)
    if not may.all():
        onward[~(may @ may.T > 0)] += FOREVER
    np.fill_diagonal(onward, np.inf)
    ways = np.minimum(onward, onward.T), onward.T, onward
    return np.stack([np.argsort(way, axis=1, kind="stable")[:, :many] for way in ways]).astype(np.int64)
