"""Cheap lower bounds on the cost of any plan.

Every plan costs at least the fixed part plus the largest of the arc parts that can be computed:

- **assignment**: each stop is entered and left once, or its prize is paid; the depot is left at least as often as the
  load demands. Arcs that windows or capacity rule out are left out. Works for asymmetric costs too.
- **tree**: of symmetric costs, without the depot K routes are a forest of n - K arcs, and the depot has 2 K; node
  prices pull every stop to two arcs (Held and Karp 1971; Fisher 1994), found by subgradient steps.
- **radial**: a trip to stop i is at least there and back by the shortest way, shared over a full load (Haimovich and
  Rinnooy Kan 1985).
- **nearest**: half of the two cheapest arcs of every stop.

Above `DENSE` stops, radial and nearest bounds come from coordinates instead of a matrix.

Costs are taken at the cheapest vehicle's rates, times at free flow; windows count only where they rule arcs out.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from entrepot.delivery.routing.problem import FOREVER, Problem, loads
from entrepot.delivery.routing.travel import Plane

DENSE: Final = 4_000
ASSIGNABLE: Final = 1_300
TREE: Final = 1_100
STEPS: Final = 60
"""Most stops with a cost matrix; most rows of an assignment; most stops of a tree, and its subgradient steps."""

Floats = NDArray[np.float64]


class Bound(NamedTuple):
    """No plan costs less than `value`; `how` is the argument that was strongest."""

    value: int
    how: str


class _Costs(NamedTuple):
    """Arc costs between stops (row = from); the depot of least cost is the last row and column."""

    arcs: Floats
    prize: Floats
    fewest: int
    most: int

    @property
    def n(self) -> int:
        return len(self.prize)


def lower_bound(problem: Problem) -> Bound:
    """Return the best of the cheap bounds, in the problem's own units of cost.

    Parameters
    ----------
    problem : Problem
        Feasible or not: of one that cannot be served the bound says nothing.

    Returns
    -------
    Bound
        About a second for 1,000 stops.
    """
    apart = _fixed(problem) + _service(problem)
    found = [(0.0, "fixed costs")]
    if len(problem.stops) > DENSE:
        found.append((_nearest_in_plane(problem), "nearest"))
        found.append((_radial_in_plane(problem), "radial"))
    elif problem.stops:
        costs = _costs(problem)
        found.append((_nearest(costs), "nearest"))
        found.append((_radial(problem, costs), "radial"))
        if costs.n + costs.most <= ASSIGNABLE:
            found.append((_assignment(problem, costs), "assignment"))
        if costs.n <= TREE and (costs.arcs == costs.arcs.T).all() and np.isinf(costs.prize).all():
            found.append((_tree(costs), "tree"))
    value, how = max(found)
    return Bound(apart + math.ceil(value - 1e-6 * max(1.0, abs(value)) * 1e-3), how)


def fewest_trips(problem: Problem) -> int:
    """Return how many trips the loads and the stops of required visits demand at least."""
    required = [stop for stop in problem.stops if stop.prize is None]
    if not required:
        return 0
    most_stops = max(min(vehicle.max_stops, len(required)) for vehicle in problem.vehicles)
    needed = math.ceil(len(required) / max(most_stops, 1))
    for given in ([stop.delivery for stop in required], [stop.pickup for stop in required]):
        for d in range(problem.dimensions):
            total, largest = sum(loads(one, problem.dimensions)[d] for one in given), _largest(problem, d)
            needed = max(needed, -(-total // largest) if largest else 0)
    return needed


def _largest(problem: Problem, dimension: int) -> int:
    return max(
        vehicle.capacity[dimension] if dimension < len(vehicle.capacity) else FOREVER for vehicle in problem.vehicles
    )


def _fixed(problem: Problem) -> int:
    """Fill the load into vehicles, the cheapest per unit first, in fractions: the least fixed cost there can be."""
    required = [stop for stop in problem.stops if stop.prize is None]
    if not required:
        return 0
    best = min(vehicle.fixed_cost for vehicle in problem.vehicles)
    if any(vehicle.reloads and vehicle.max_reloads for vehicle in problem.vehicles):
        return best
    for d in range(problem.dimensions):
        for given in ([stop.delivery for stop in required], [stop.pickup for stop in required]):
            total = sum(loads(one, problem.dimensions)[d] for one in given)
            holds = [(v.capacity[d] if d < len(v.capacity) else FOREVER, v) for v in problem.vehicles]
            best = max(best, _filled(total, sorted((v.fixed_cost / c, c * v.count) for c, v in holds if c)))
    return best


def _filled(total: int, rates: list[tuple[float, int]]) -> int:
    cost = 0.0
    for rate, room in rates:
        cost += rate * min(room, total)
        total -= min(room, total)
    return math.ceil(cost - 1e-9 * max(1.0, cost))


def _service(problem: Problem) -> int:
    per_time = min(vehicle.cost_per_time for vehicle in problem.vehicles)
    return per_time * sum(stop.service for stop in problem.stops if stop.prize is None)


def _costs(problem: Problem) -> _Costs:
    stops = [stop.location for stop in problem.stops]
    starts = {v.start for v in problem.vehicles} | {depot for v in problem.vehicles for depot in v.reloads}
    ends = {v.end for v in problem.vehicles} | {depot for v in problem.vehicles for depot in v.reloads}
    n, places = len(stops), np.array(stops)
    arcs = np.full((n + 1, n + 1), np.inf)
    for k, location in enumerate(stops):
        row = _row(problem, location)
        arcs[k, :n] = row[places]
        arcs[k, n] = min(row[problem.depots[depot].location] for depot in ends)
    arcs[n, :n] = np.min([_row(problem, problem.depots[depot].location)[places] for depot in starts], axis=0)
    np.fill_diagonal(arcs, np.inf)
    prize = np.array([np.inf if stop.prize is None else stop.prize for stop in problem.stops])
    trips = sum(min(v.count * (1 + (min(v.max_reloads, n) if v.reloads else 0)), n) for v in problem.vehicles)
    fewest = fewest_trips(problem)
    return _Costs(arcs, prize, fewest, max(min(trips, n), fewest))


def _row(problem: Problem, origin: int) -> Floats:
    per_distance = min(vehicle.cost_per_distance for vehicle in problem.vehicles)
    per_time = min(vehicle.cost_per_time for vehicle in problem.vehicles)
    row = per_distance * problem.travel.distance.row(origin).astype(np.float64)
    return row + per_time * problem.travel.time.row(origin) if per_time else row


def _nearest(costs: _Costs) -> float:
    """Half of the cheapest arcs into and out of every stop, or its prize; and the depot's, for the fewest trips."""
    n, arcs = costs.n, costs.arcs
    stops = np.minimum((arcs[:n].min(axis=1) + arcs[:, :n].min(axis=0)) / 2, costs.prize)
    return float(stops.sum() + costs.fewest * (arcs[n, :n].min() + arcs[:n, n].min()) / 2)


def _nearest_in_plane(problem: Problem) -> float:
    """Return the same by a search tree; 0 where costs are not those of a plane."""
    distance, per_distance = problem.travel.distance, min(v.cost_per_distance for v in problem.vehicles)
    if not isinstance(distance, Plane):
        return 0.0
    depots = sorted({depot for v in problem.vehicles for depot in (v.start, v.end, *v.reloads)})
    stops = distance.xy[[stop.location for stop in problem.stops]]
    homes = distance.xy[[problem.depots[depot].location for depot in depots]]
    others, _ = cKDTree(np.vstack([stops, homes])).query(stops, k=3)
    home, _ = cKDTree(homes).query(stops)
    away, way_home = (np.floor(distance.scale * one + distance.offset) for one in (others[:, 1:], home))
    prize = np.array([np.inf if stop.prize is None else stop.prize for stop in problem.stops])
    each = np.minimum(per_distance * np.minimum(away.sum(axis=1) / 2, way_home), prize)
    return float(each.sum() + per_distance * fewest_trips(problem) * way_home.min())


def _radial(problem: Problem, costs: _Costs) -> float:
    return _shared(problem, _shortest(costs.arcs) + _shortest(costs.arcs.T), costs.prize)


def _shared(problem: Problem, there_and_back: Floats, prize: Floats) -> float:
    """Return the sum over stops of their part of a full load times the way there and back, or their prize."""
    best = 0.0
    for d in range(problem.dimensions):
        largest = _largest(problem, d)
        for given in ([stop.delivery for stop in problem.stops], [stop.pickup for stop in problem.stops]):
            share = np.array([loads(one, problem.dimensions)[d] for one in given]) / max(largest, 1)
            best = max(best, float(np.minimum(np.minimum(share, 1) * there_and_back, prize).sum()))
    return best


def _radial_in_plane(problem: Problem) -> float:
    """Return the same by straight lines; rounding may take up to 1 - offset from each of at most 2 n arcs."""
    distance, per_distance = problem.travel.distance, min(v.cost_per_distance for v in problem.vehicles)
    if not isinstance(distance, Plane):
        return 0.0
    depots = sorted({depot for v in problem.vehicles for depot in (v.start, v.end, *v.reloads)})
    homes = distance.xy[[problem.depots[depot].location for depot in depots]]
    away, _ = cKDTree(homes).query(distance.xy[[stop.location for stop in problem.stops]])
    prize = np.array([np.inf if stop.prize is None else stop.prize for stop in problem.stops])
    rounding = 2 * len(problem.stops) * (1 - distance.offset)
    return _shared(problem, 2 * per_distance * distance.scale * away, prize) - per_distance * rounding


def _shortest(arcs: Floats) -> Floats:
    """Return the least cost of a way from the depot to each stop, over other stops where that is less."""
    n = len(arcs) - 1
    away = np.append(arcs[n, :n], 0.0)
    is_open = np.ones(n + 1, dtype=np.bool_)
    is_open[n] = False
    for _ in range(n):
        place = int(np.where(is_open, away, np.inf).argmin())
        is_open[place] = False
        np.minimum(away, away[place] + arcs[place], out=away)
    return away[:n]


def _assignment(problem: Problem, costs: _Costs) -> float:
    """Assign to every stop, and every possible trip's start, what comes next; spare trips stay where they are."""
    n, size = costs.n, costs.n + costs.most
    table = np.zeros((size, size))
    table[:n, :n] = np.where(_is_possible(problem), costs.arcs[:n, :n], np.inf)
    table[np.arange(n), np.arange(n)] = costs.prize
    table[n:, :n] = costs.arcs[n, :n]
    table[:n, n:] = costs.arcs[:n, n][:, None]
    table[n:, n:] = np.inf
    spare = np.arange(n + costs.fewest, size)
    table[spare, spare] = 0.0
    finite = table[np.isfinite(table)]
    never = (float(finite.max()) + 1) * (size + 1) if len(finite) else 1.0
    table[np.isinf(table)] = never
    rows, columns = linear_sum_assignment(table)
    found = float(table[rows, columns].sum())
    return found if found < never else 0.0  # no assignment: the problem cannot be served, and a bound says nothing


def _is_possible(problem: Problem) -> NDArray[np.bool_]:
    """Tell which stops may follow each other directly, by windows and by load."""
    stops, travel = problem.stops, problem.travel
    places = np.array([stop.location for stop in stops])
    leaves = np.array([stop.windows[0].open + stop.service for stop in stops], dtype=np.float64)
    closes = np.array([stop.windows[-1].close for stop in stops], dtype=np.float64)
    times = np.stack([travel.time.row(place)[places] for place in places])
    possible = leaves[:, None] + times <= closes[None, :]
    if any(vehicle.reloads for vehicle in problem.vehicles):
        return np.asarray(possible)
    for d in range(problem.dimensions):
        for given in ([stop.delivery for stop in stops], [stop.pickup for stop in stops]):
            load = np.array([loads(one, problem.dimensions)[d] for one in given], dtype=np.float64)
            possible &= load[:, None] + load[None, :] <= _largest(problem, d)
    return np.asarray(possible)


def _tree(costs: _Costs) -> float:
    """Raise the bound of forest and depot arcs by prices on stops; every step's value is a bound."""
    price, best = np.zeros(costs.n), 0.0
    step = 1.0
    guess = 1.1 * max(_tree_at(costs, price)[0], 1.0)
    for _ in range(STEPS):
        value, degrees = _tree_at(costs, price)
        if value > best:
            best = value
        else:
            step *= 0.9
        slack = degrees - 2.0
        norm = float((slack**2).sum())
        if norm == 0:
            break
        price += step * max(guess - value, 0.01 * guess) / norm * slack
    return best


def _tree_at(costs: _Costs, price: Floats) -> tuple[float, Floats]:
    """Return the least forest and depot arcs at prices, over all numbers of trips, and the stops' degrees."""
    n = costs.n
    inner = costs.arcs[:n, :n] + price[:, None] + price[None, :]
    home = costs.arcs[n, :n] + price
    ends, weights = _spanning(inner)
    by_weight = np.argsort(-weights, kind="stable")
    dropped = np.concatenate([[0.0], np.cumsum(weights[by_weight])])
    by_home = np.argsort(home, kind="stable")
    taken = 2 * np.cumsum(home[by_home])  # each depot arc twice at most: a trip of one stop
    counts = np.arange(max(costs.fewest, 1), min(costs.most, n) + 1)
    total = weights.sum() - dropped[counts - 1] + taken[counts - 1]
    chosen = int(counts[int(total.argmin())])
    degrees = np.zeros(n)
    kept = by_weight[chosen - 1 :]
    np.add.at(degrees, ends[kept].ravel(), 1)
    degrees[by_home[:chosen]] += 2
    return float(total.min() - 2 * price.sum()), degrees


def _spanning(costs: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the arcs of a least spanning tree, by Prim's algorithm, and their costs."""
    n = len(costs)
    nearest, away = np.zeros(n, dtype=np.int64), costs[0].copy()
    away[0] = np.inf
    ends, weights = np.zeros((max(n - 1, 0), 2), dtype=np.int64), np.zeros(max(n - 1, 0))
    is_out = np.ones(n, dtype=np.bool_)
    is_out[0] = False
    for k in range(n - 1):
        place = int(away.argmin())
        ends[k], weights[k] = (nearest[place], place), away[place]
        is_out[place] = False
        is_nearer = is_out & (costs[place] < away)
        away[is_nearer] = costs[place][is_nearer]
        nearest[is_nearer] = place
        away[place] = np.inf
    return ends, weights
