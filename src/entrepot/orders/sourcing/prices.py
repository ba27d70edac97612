"""What a piece of stock is worth where it lies: the dual prices of one linear program.

The program sends the orders expected until the next supply from the stock that is left, at the least cost. Orders are
known as profiles: a basket of SKUs that a region asks for so many times. Each node's stock of a SKU is one constraint,
and its dual is what one piece more there would save - hence what the order that takes the last one should pay.

A profile is sent by whole assignments of its lines to nodes (Dantzig-Wolfe columns), not by parcels that fractions of
lines share: the looser program of the literature lets half a parcel serve half of every line, and its prices mislead
just where splitting costs most. docs/decisions/0015-stock-priced-sourcing.md has the figures.

References
----------
Acimovic, J. and Graves, S. C. (2015). Making better fulfillment decisions on the fly in an online retail environment.
M&SOM 17(1), 34-51. Jasin, S. and Sinha, A. (2015). An LP-based correlated rounding scheme for multi-item ecommerce
order fulfillment. Operations Research 63(6), 1336-1351. Gilmore, P. C. and Gomory, R. E. (1961). A linear programming
approach to the cutting-stock problem. Operations Research 9(6), 849-859 (columns made by the prices).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import highspy
import numpy as np

from entrepot.kernel.errors import InvariantBroken
from entrepot.orders.sourcing.network import Network
from entrepot.orders.sourcing.program import Column, Floats, groups_of, parts_of, worth_of
from entrepot.orders.sourcing.solver import Solver

Cells: TypeAlias = Mapping[tuple[str, str], int]
"""``(node, sku) -> pieces``."""

GAP: Final = 1e-4
"""Relative distance to the bound at which no more columns are made."""

MOST_ROUNDS: Final = 60

LEVELS: Final = (0.5, 1.0, 1.5)
"""Of demand over what is expected, equally likely: a mean of the past is seldom what comes. Chosen on Olist's 2017."""


class Priced(NamedTuple):
    """A solution.

    Parameters
    ----------
    prices : dict of (node, sku) to float
        Worth of one piece more, >= 0, in the lanes' unit.
    left : dict of (node, sku) to float
        Pieces the plan leaves.
    objective : float
        Cost of the plan.
    bound : float
        No plan of whole assignments costs less, by parts of orders or not; of baskets of up to `MOST_LINES` lines.
    rounds : int
        How often the program was solved.
    """

    prices: dict[tuple[str, str], float]
    left: dict[tuple[str, str], float]
    objective: float
    bound: float
    rounds: int


class PriceModel:
    """The program, kept between solutions: the next one starts from the last one's columns and basis.

    Parameters
    ----------
    network : Network
        Its shape.

    Notes
    -----
    One thread, simplex, fixed seed, ties by number: the same sequence of calls gives the same prices.
    """

    def __init__(self, network: Network) -> None:
        self._cells = network.cells
        self._parts = parts_of(network)
        self._of = np.array([part.profile for part in self._parts], dtype=np.int64)
        self._groups = groups_of(network, self._parts)
        self._known: set[Column] = set()
        self._highs = Solver()
        self._highs.setOptionValue("solver", "simplex")
        self._highs.passModel(_empty(len(self._parts) + len(self._cells)))
        self._kept = network.kept
        self._keep()
        self._add([column for group in self._groups for column in group.from_one_node()])

    def price(self, expected: Sequence[float], stock: Cells) -> Priced:
        """Price the stock where it is not sure how much will be asked for.

        Parameters
        ----------
        expected, stock : sequence of float, mapping
            As of `solve`.

        Returns
        -------
        Priced
            Prices are the mean of those at each of `LEVELS`; the plan, its cost and bound are of what is expected.

        Notes
        -----
        The dual of the mean demand is the whole price of a shortage as soon as the mean is above the stock, and
        nothing below it. Averaged over levels it is that price times the chance of a shortage, so stock is not held
        back for orders that may not come as if they were certain, nor given away where more may come.
        """
        solved = [self.solve([level * one for one in expected], stock) for level in LEVELS]
        return solved[LEVELS.index(1.0)]._replace(
            prices={cell: sum(one.prices[cell] for one in solved) / len(solved) for cell in self._cells},
            rounds=sum(one.rounds for one in solved),
        )

    def solve(self, expected: Sequence[float], stock: Cells) -> Priced:
        """Price the stock for a demand that is taken as certain.

        Parameters
        ----------
        expected : sequence of float, shape (n_profiles,)
            Orders of each profile until the next supply.
        stock : mapping of (node, sku) to int
            Pieces left; less than nothing counts as nothing.

        Returns
        -------
        Priced
            Prices, what is left over, cost and bound.

        Raises
        ------
        InvariantBroken
            If the solver gives up, which the way to not serve each region's orders rules out.
        """
        if not self._parts:
            return Priced(
                dict.fromkeys(self._cells, 0.0), {cell: float(stock.get(cell, 0)) for cell in self._cells}, 0, 0, 0
            )
        counts = np.asarray(expected, dtype=np.float64)[self._of]
        supply = np.array([max(0, stock.get(cell, 0)) for cell in self._cells], dtype=np.float64)
        self._bound_rows(counts, supply)
        reached = supply.copy()
        for earlier, later in self._kept:
            reached[later] += reached[earlier]
        bound, rounds = -np.inf, 0
        while rounds < MOST_ROUNDS:
            rounds += 1
            objective, duals = self._run()
            values, prices = duals[: len(counts)], np.maximum(0.0, -duals[len(counts) :])
            better = [
                found
                for group in self._groups
                for found in group.cheapest(worth_of(prices, reached), values)
                if counts[found[1].part] > 0
            ]
            # Lagrange: no column of a part is cheaper than its best one, so no plan gains more than this.
            bound = max(bound, objective + sum(gained * float(counts[column.part]) for gained, column in better))
            if objective - bound <= GAP * abs(objective) or not self._add([column for _, column in better]):
                break
        used = np.asarray(self._highs.getSolution().row_value)[len(counts) :]
        return Priced(
            {cell: float(price) for cell, price in zip(self._cells, prices, strict=True)},
            {cell: float(had - took) for cell, had, took in zip(self._cells, supply, used, strict=True)},
            objective,
            float(bound),
            rounds,
        )

    def _bound_rows(self, counts: Floats, supply: Floats) -> None:
        rows = np.arange(len(counts) + len(supply), dtype=np.int32)
        lower = np.r_[counts, np.full(len(supply), -highspy.kHighsInf)]
        # Their stub does not know this one call.
        self._highs.changeRowsBounds(len(rows), rows, lower, np.r_[counts, supply])  # type: ignore[attr-defined]

    def _keep(self) -> None:
        """Let what a cell does not send be there for the same cell at a later time."""
        count, first = len(self._kept), len(self._parts)
        if count:
            rows = np.array(self._kept, dtype=np.int32).ravel() + first
            starts = np.arange(0, 2 * count, 2, dtype=np.int32)
            free, most = np.zeros(count), np.full(count, highspy.kHighsInf)
            self._highs.addCols(count, free, free, most, 2 * count, starts, rows, np.tile([1.0, -1.0], count))

    def _run(self) -> tuple[float, Floats]:
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise InvariantBroken(
                "sourcing.prices",
                f"The price program ended {self._highs.modelStatusToString(status)}.",
                "Report it with the order history of the day.",
            )
        return float(self._highs.getObjectiveValue()), np.asarray(self._highs.getSolution().row_dual)

    def _add(self, columns: Sequence[Column]) -> int:
        """Add columns that are not there yet; returns how many were new."""
        new = [column for column in dict.fromkeys(columns) if column not in self._known]
        self._known.update(new)
        starts, rows, values = [0], list[int](), list[float]()
        for column in new:
            pieces: dict[int, int] = {}
            for cell, qty in column.uses:
                pieces[cell] = pieces.get(cell, 0) + qty
            rows += [column.part, *(len(self._parts) + cell for cell in pieces)]
            values += [1.0, *map(float, pieces.values())]
            starts.append(len(rows))
        self._highs.addCols(
            len(new),
            np.array([column.cost for column in new]),
            np.zeros(len(new)),
            np.full(len(new), highspy.kHighsInf),
            len(rows),
            np.array(starts[:-1], dtype=np.int32),
            np.array(rows, dtype=np.int32),
            np.array(values),
        )
        return len(new)


def price_of(worth: float) -> int:
    """Round a dual to whole minor units, half up; the one place where prices are rounded."""
    return int(worth + 0.5)


def _empty(rows: int) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = 0, rows
    lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), np.full(rows, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.zeros(1, dtype=np.int32)
    return lp
