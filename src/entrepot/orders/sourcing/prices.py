"""What a piece of stock is worth where it lies: the dual prices of one linear program.

The program sends the orders expected until the next supply from the stock that is left, at the least cost. Orders are
known as profiles: a basket of SKUs that a region asks for so many times. Each node's stock of a SKU is one constraint,
and its dual is what one piece more there would save - hence what the order that takes the last one should pay.

References
----------
Acimovic, J. and Graves, S. C. (2015). Making better fulfillment decisions on the fly in an online retail environment.
M&SOM 17(1), 34-51. Jasin, S. and Sinha, A. (2015). An LP-based correlated rounding scheme for multi-item ecommerce
order fulfillment. Operations Research 63(6), 1336-1351 (the program with one parcel variable a basket and node).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import highspy
import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InvariantBroken
from entrepot.orders.sourcing.program import Network, Program

Cells: TypeAlias = Mapping[tuple[str, str], int]
"""``(node, sku) -> pieces``."""


class Priced(NamedTuple):
    """A solution.

    Parameters
    ----------
    prices : dict of (node, sku) to float
        Worth of one piece more, >= 0, in the lanes' unit.
    left : dict of (node, sku) to float
        Pieces the plan leaves.
    objective : float
        Least cost of serving the expected orders; a lower bound on any policy's expected cost for these counts.
    """

    prices: dict[tuple[str, str], float]
    left: dict[tuple[str, str], float]
    objective: float


class PriceModel:
    """The program, kept between solutions: the next one starts from the last one's basis.

    Parameters
    ----------
    network : Network
        Its shape.

    Notes
    -----
    One thread, simplex, fixed seed: the same sequence of calls gives the same prices.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._program = Program(network)
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("solver", "simplex"), ("random_seed", 0)):
            self._highs.setOptionValue(option, value)
        self._highs.passModel(self._program.model())

    def solve(self, expected: Sequence[float], stock: Cells) -> Priced:
        """Price the stock.

        Parameters
        ----------
        expected : sequence of float, shape (n_profiles,)
            Orders of each profile until the next supply.
        stock : mapping of (node, sku) to int
            Pieces left; less than nothing counts as nothing.

        Returns
        -------
        Priced
            Prices, what is left over, and the cost.

        Raises
        ------
        InvariantBroken
            If the program has no solution, which a way to not serve each region's orders rules out.
        """
        program, highs = self._program, self._highs
        counts = np.asarray(expected, dtype=np.float64)
        supply = np.array([max(0, stock.get(cell, 0)) for cell in self._network.cells], dtype=np.float64)
        lower, upper = program.row_bounds(counts, supply)
        # Their stub does not know this one call.
        highs.changeRowsBounds(len(lower), np.arange(len(lower), dtype=np.int32), lower, upper)  # type: ignore[attr-defined]
        limits = program.column_limits(counts)
        highs.changeColsBounds(len(limits), np.arange(len(limits), dtype=np.int32), np.zeros(len(limits)), limits)
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise InvariantBroken(
                "sourcing.prices",
                f"The price program ended {highs.modelStatusToString(status)}.",
                "Give every region a lane of a node without cells.",
            )
        solution = highs.getSolution()
        duals: NDArray[np.float64] = np.asarray(solution.row_dual)[program.stock_rows]
        used: NDArray[np.float64] = np.asarray(solution.row_value)[program.stock_rows]
        cells = self._network.cells
        prices = {cell: max(0.0, -float(dual)) for cell, dual in zip(cells, duals, strict=True)}
        left = {cell: float(had - took) for cell, had, took in zip(cells, supply, used, strict=True)}
        return Priced(prices, left, float(highs.getObjectiveValue()))


def price_of(worth: float) -> int:
    """Round a dual to whole minor units, half up; the one place where prices are rounded."""
    return int(worth + 0.5)
