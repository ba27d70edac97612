"""The search of a plain problem in parts, several threads at a time; in turns they are joined and cut anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.delivery.routing.core.annealing import Annealing, Tuning
from entrepot.delivery.routing.core.cut import cut
from entrepot.delivery.routing.core.ground import Ints
from entrepot.delivery.routing.core.memory import BEST, BEST_SHORT
from entrepot.delivery.routing.core.part import Row, join, part_of, pick, row_of
from entrepot.delivery.routing.core.routes import SIZE
from entrepot.delivery.routing.core.tables import REQUIRED
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large parts are, and how long a turn is.

    Parameters
    ----------
    stops, stops_by_matrix : int
        About so many stops has a part, fewer where ways are a matrix, so that what its search looks at stays in a
        core's own memory.
    fewest_stops, fewest_routes : int
        It has no fewer on average, however many cores there are: with fewer, a stop finds hardly another place.
    turn : int
        Steps by stop from one cut to the next.
    """

    stops: int = 2500
    stops_by_matrix: int = 500
    fewest_stops: int = 250
    fewest_routes: int = 40
    turn: int = 10

    def parts(self, n_stops: int, n_routes: int, cores: int, *, has_matrix: bool) -> int:
        """Return into how many parts to cut: a multiple of the cores, unless there are too few stops or routes."""
        most = max(min(n_stops // self.fewest_stops, n_routes // self.fewest_routes), 1)
        size = self.stops_by_matrix if has_matrix else self.stops
        wanted = -(-n_stops // (size * cores)) * cores
        return min(wanted, most // cores * cores or most)


SIZES: Final = Sizes()
"""Of all problems."""


class Apart(Annealing):
    """A search in parts, each with its own routes and its share of the vehicles that are free.

    The best of all parts together are a plan; the best of all turns is kept.

    Parameters
    ----------
    problem : Problem
        A plain one.
    seed : int
        The same seed, steps and number of cores give the same plan.
    start : Plan, optional
        Where to begin.
    tuning : Tuning, optional
        How to search.
    cores : int
        How many threads there are.
    sizes : Sizes, optional
        Of the parts.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int = 1,
        start: Plan | None = None,
        tuning: Tuning | None = None,
        cores: int = 1,
        sizes: Sizes = SIZES,
    ) -> None:
        super().__init__(problem, seed, start, tuning)
        self._cores, self._sizes, self._left, self._rng = cores, sizes, 0, np.random.default_rng(abs(seed))
        self._price = self._whole.memory.price.copy()
        self._is_prized = bool((self._whole.stops.price != REQUIRED).any())
        self._parts = [self._whole]
        self._kept, self._kept_worth = row_of(self._whole.best, self._whole.nodes), self._worth

    @property
    def best(self) -> float:
        """Cost of the best plan so far, in units of the problem; a stop that must be visited and is not has a price."""
        return float(min(self._kept_worth, self._worth)[1])

    @property
    def _worth(self) -> tuple[int, int]:
        """What the best of all parts leave out that must be visited, and what they cost."""
        counts = np.sum([part.memory.counts for part in self._parts], axis=0)
        return int(counts[BEST_SHORT]), int(counts[BEST])

    @property
    def _row(self) -> Row:
        if self._worth < self._kept_worth:
            return join([row_of(part.best, part.nodes) for part in self._parts])
        return self._kept

    def improve(self, iterations: int, temperature: float) -> None:
        """Take so many steps at one temperature, each part as many as it has stops of all."""
        while iterations > 0:
            if not self._left:
                self._turn()
            many = min(iterations, self._left)
            sizes = np.cumsum([0, *(len(part.stops.price) for part in self._parts)])
            steps = np.diff(many * sizes // max(sizes[-1], 1)).tolist()
            self._take_all(steps, temperature)
            iterations, self._left, self.iterations = iterations - many, self._left - many, self.iterations + many

    def _take_all(self, steps: list[int], temperature: float) -> None:
        """Let each thread take the next part until none is left: a call of its own for each would cost a tenth."""
        work = iter(list(zip(self._parts, steps, strict=True)))

        def take(_: int) -> None:
            for part, many in work:
                self._take(part, many, temperature)

        n_threads = min(self._cores, len(steps))
        if n_threads == 1:
            take(0)
            return
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(take, range(n_threads)))

    def _turn(self) -> None:
        """Cut the plan anew; one too small for two parts is searched on as it is."""
        n_routes = sum(int(np.count_nonzero(part.current.ends[:, SIZE])) for part in self._parts)
        has_matrix = len(self._whole.ground.matrix) > 0
        n_parts = self._sizes.parts(len(self._price), n_routes, self._cores, has_matrix=has_matrix)
        if n_parts > 1 or len(self._parts) > 1 or self._is_prized:
            self._cut(n_parts)
        self._left = self._sizes.turn * max(len(self._price), 1)

    def _cut(self, n_parts: int) -> None:
        """Join the parts, keep their best if it is the best so far, and cut anew."""
        self._kept, self._kept_worth = self._row, min(self._kept_worth, self._worth)
        for part in self._parts:
            self._price[part.nodes[:-1]] = np.where(part.stops.price == REQUIRED, part.memory.price, part.stops.price)
        row = join([row_of(part.current, part.nodes) for part in self._parts])
        rows = [pick(row, routes) for routes in cut(self._whole.ground, row, n_parts, self._rng)]
        waiting, spare = self._waiting(rows), self._spare(rows)
        seeds = self._rng.integers(2**32, size=len(rows)).tolist()
        _, ground, stops, *_ = self._whole
        self._parts = [
            part_of(ground, stops, self._price, *one) for one in zip(rows, waiting, spare, seeds, strict=True)
        ]

    def _waiting(self, rows: list[Row]) -> list[Ints]:
        """Return by part the stops that wait: each is with its nearest neighbour that is visited."""
        where = np.full(len(self._price), -1)
        for k, row in enumerate(rows):
            where[row.stops] = k
        waiting = np.flatnonzero(where < 0)
        beside = np.column_stack([where[self._whole.stops.near[waiting]], np.zeros(len(waiting), np.int64)])
        nearest = beside[np.arange(len(waiting)), np.argmax(beside >= 0, axis=1)]
        return [waiting[nearest == k] for k in range(len(rows))]

    def _spare(self, rows: list[Row]) -> list[int]:
        """Return by part how many routes it may have: its own and a share of those that are free."""
        used = [len(row.ends) for row in rows]
        free = max(min(self._problem.vehicles[0].count, len(self._price)), 1) - sum(used)
        shares = np.diff(free * np.arange(len(rows) + 1) // len(rows)).tolist()
        return [own + min(share, own // 4 + 20) for own, share in zip(used, shares, strict=True)]
