"""A part of a plan as a problem of its own: whole routes, their stops numbered anew in the order they are visited.

So a part's search needs no word about other parts, and what it looks at in a step lies close together in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Ground, Ints, Small, Whole
from entrepot.delivery.routing.core.memory import BEST, CURRENT, Memory, memory_of
from entrepot.delivery.routing.core.neighbours import NOBODY
from entrepot.delivery.routing.core.routes import FIRST, SIZE, SUCC, Routes, empty_routes
from entrepot.delivery.routing.core.ruin import load_routes
from entrepot.delivery.routing.core.tables import Stops


class Row(NamedTuple):
    """Routes laid end to end.

    Parameters
    ----------
    stops : int array, shape (n_served,)
        In the order of their visits, route after route.
    ends : int array, shape (n_routes,)
        Where each route ends among them.
    """

    stops: Ints
    ends: Ints


class Part(NamedTuple):
    """Routes and waiting stops that are searched by themselves.

    Parameters
    ----------
    nodes : int array, shape (n_own + 1,)
        By own node the whole's: stops as they are visited, stops that wait, the depot.
    ground, stops
        The problem of these nodes; neighbours in other parts are left out.
    current, best
        Where the search is, and its best since the part was cut.
    memory
        What it keeps.
    """

    nodes: Ints
    ground: Ground
    stops: Stops
    current: Routes
    best: Routes
    memory: Memory


def part_of(ground: Ground, stops: Stops, price: Ints, row: Row, waiting: Ints, n_routes: int, seed: int) -> Part:
    """Return a part that may have so many routes.

    Parameters
    ----------
    ground, stops
        The whole problem.
    price : int array, shape (n,)
        What leaving a stop out costs now.
    row : Row
        The part's routes.
    waiting : int array
        Its stops that no route visits.
    n_routes : int
        How many routes it may have.
    seed : int
        Of its chance.
    """
    own = np.concatenate([row.stops, waiting])
    nodes = np.append(own, len(stops.price))
    part_stops = _stops(stops, nodes)
    memory = memory_of(part_stops, n_routes, seed)
    memory.price[:] = price[own]
    memory.counts[[CURRENT, BEST]] = memory.price.sum()
    part = Part(
        nodes, _ground(ground, nodes), part_stops, empty_routes(part_stops, n_routes),
        empty_routes(part_stops, n_routes), memory,
    )  # fmt: skip
    load_routes(part.ground, part.stops, part.current, part.best, memory, np.arange(len(own)), row.ends)
    return part


def row_of(s: Routes, nodes: Ints) -> Row:
    """Return routes laid end to end, in the numbers of the whole."""
    stops, ends = np.empty(len(nodes) - 1, np.int64), np.empty(len(s.ends), np.int64)
    many = _lay(s, nodes, stops, ends)
    return Row(stops[: ends[many - 1] if many else 0].copy(), ends[:many].copy())


def routes_of(row: Row) -> list[tuple[int, ...]]:
    """Return the stops of each route."""
    return [tuple(stops.tolist()) for stops in np.split(row.stops, row.ends)[: len(row.ends)]]


def join(rows: list[Row]) -> Row:
    """Return the routes of several rows as one."""
    begins = np.cumsum([0, *(len(row.stops) for row in rows[:-1])])
    ends = [row.ends + begin for row, begin in zip(rows, begins.tolist(), strict=True)]
    return Row(np.concatenate([row.stops for row in rows]), np.concatenate(ends))


def pick(row: Row, routes: Ints) -> Row:
    """Return some routes of a row, in their order."""
    begins = np.append(0, row.ends[:-1])
    sizes = row.ends[routes] - begins[routes]
    ends = np.cumsum(sizes)
    return Row(row.stops[np.arange(sizes.sum()) + np.repeat(begins[routes] - ends + sizes, sizes)], ends)


def _ground(ground: Ground, nodes: Ints) -> Ground:
    matrix = _square(ground.matrix, nodes)
    return ground._replace(
        matrix=matrix,
        minutes=_square(ground.minutes, nodes),
        xy=ground.xy[nodes] if len(ground.xy) else ground.xy,
        back=matrix if ground.back is ground.matrix else _square(ground.back, nodes),
    )


def _stops(stops: Stops, nodes: Ints) -> Stops:
    own, depot = nodes[:-1], len(nodes) - 1
    place = np.full(len(stops.price), NOBODY)
    place[own] = np.arange(depot)
    near = _narrowed(stops.near, own, place, depot)
    before = _narrowed(stops.before, own, place, NOBODY) if stops.is_directed else near
    after = _narrowed(stops.after, own, place, NOBODY) if stops.is_directed else near
    return stops._replace(
        demand=stops.demand[nodes],
        times=stops.times[nodes],
        near=near,
        before=before,
        after=after,
        price=stops.price[own],
        ranks=stops.ranks[own],
    )


def _square(matrix: Small, nodes: Ints) -> Small:
    if not len(matrix):
        return matrix
    found = np.empty((len(nodes), len(nodes)), np.int32)
    _copy_square(matrix, nodes, found)
    return found


def _narrowed(listed: Small, own: Ints, place: Ints, end: int) -> Small:
    found = np.full((len(own), listed.shape[1]), end, np.int32)
    _copy_own(listed, own, place, found)
    return found


@compiled
def _copy_square(matrix: Small, nodes: Ints, found: Small) -> None:
    for i in range(nodes.shape[0]):
        for j in range(nodes.shape[0]):
            found[i, j] = matrix[nodes[i], nodes[j]]


@compiled
def _copy_own(listed: Small, own: Ints, place: Ints, found: Small) -> None:
    """Copy lists of neighbours without those that have no place here."""
    for i in range(own.shape[0]):
        many = 0
        for k in range(listed.shape[1]):
            u = np.int64(listed[own[i], k])
            if u != NOBODY and place[u] != NOBODY:
                found[i, many] = place[u]
                many += 1


@compiled
def _lay(s: Routes, nodes: Ints, stops: Ints, ends: Ints) -> Whole:
    n, laid, many = s.links.shape[0] - 1, 0, 0
    for r in range(s.ends.shape[0]):
        if s.ends[r, SIZE] == 0:
            continue
        v = s.ends[r, FIRST]
        while v != n:
            stops[laid] = nodes[v]
            laid += 1
            v = s.links[v, SUCC]
        ends[many] = laid
        many += 1
    return many
