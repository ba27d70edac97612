"""The price problem as arrays of a linear program.

Columns: ``x`` = orders of a profile whose line a node serves; ``y`` = parcels of a profile from a node, for baskets of
several lines. Rows: each line of each profile is served as often as the profile is asked for; no line is served from a
node more often than it sends a parcel; a node's stock of a SKU is not exceeded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import highspy
import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InputError

Floats: TypeAlias = NDArray[np.float64]


class Profile(NamedTuple):
    """A kind of order: what a region asks for together, ``((sku, pieces), ...)``."""

    region: str
    basket: tuple[tuple[str, int], ...]


class Lane(NamedTuple):
    """What a node's parcels to a region cost, as a line: so much a parcel and so much a kilogram."""

    node: str
    region: str
    parcel: float
    kilogram: float


@dataclass(frozen=True, slots=True)
class Network:
    """What does not change between two solutions.

    Parameters
    ----------
    profiles : tuple of Profile
        Kinds of orders.
    lanes : tuple of Lane
        Which nodes may serve a region, and at what cost.
    kilograms : mapping of sku to float
        Weight of a piece; 0 where it is not given.
    cells : tuple of (node, sku)
        Stock that is priced. A node without cells has stock without limit: the way to not serve an order from stock.
    losses : mapping of sku to float
        Cost of a piece that such a node sends, beside the lane's.
    acceptance : mapping of node to float
        Share of the orders offered that a node takes; 1 where it is not given.
    """

    profiles: tuple[Profile, ...]
    lanes: tuple[Lane, ...]
    kilograms: Mapping[str, float]
    cells: tuple[tuple[str, str], ...]
    losses: Mapping[str, float] = field(default_factory=dict)
    acceptance: Mapping[str, float] = field(default_factory=dict)


class Program:
    """Builds the arrays of a network's program.

    Parameters
    ----------
    network : Network
        Profiles, lanes and cells.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._costs: list[float] = []
        self._of: list[int] = []  # each column's profile
        self._rates: list[float] = []  # share of its profile's orders a column may take
        self._entries: tuple[list[int], list[int], list[float]] = ([], [], [])
        self._demands: list[int] = []  # each demand row's profile
        self._stocked = {node for node, _ in network.cells}
        self._cells = {cell: index for index, cell in enumerate(network.cells)}
        self._uses: list[tuple[int, int, int]] = []  # (cell, x column, pieces)
        self._links: list[tuple[int, int]] = []  # (x column, y column)
        self._build()
        rows = len(self._demands) + len(self._links)
        self.stock_rows: NDArray[np.int64] = np.arange(rows, rows + len(network.cells))

    def row_bounds(self, counts: Floats, supply: Floats) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of all rows for the orders expected and the stock left."""
        demand = counts[self._demands]
        infinite = np.full(len(self._links) + len(supply), -highspy.kHighsInf)
        return np.r_[demand, infinite], np.r_[demand, np.zeros(len(self._links)), supply]

    def column_limits(self, counts: Floats) -> Floats:
        """Return upper bounds of all columns: a node takes no more than it accepts."""
        limits: Floats = counts[self._of] * np.asarray(self._rates)
        return limits

    def model(self) -> highspy.HighsLp:
        """Return the program, its bounds still open."""
        rows, columns, values = (np.asarray(one) for one in self._entries)
        order = np.lexsort((rows, columns))
        count, height = len(self._costs), len(self._demands) + len(self._links) + len(self._network.cells)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, height
        lp.col_cost_ = np.asarray(self._costs, dtype=np.float64)
        lp.col_lower_, lp.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
        lp.row_lower_, lp.row_upper_ = np.full(height, -highspy.kHighsInf), np.full(height, highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(columns[order], np.arange(count + 1)).astype(np.int32)
        lp.a_matrix_.index_ = rows[order].astype(np.int32)
        lp.a_matrix_.value_ = values[order].astype(np.float64)
        return lp

    def _build(self) -> None:
        network = self._network
        lanes: dict[str, list[Lane]] = {}
        for lane in network.lanes:
            lanes.setdefault(lane.region, []).append(lane)
        for index, profile in enumerate(network.profiles):
            first = len(self._demands)
            self._demands.extend([index] * len(profile.basket))
            served = {line for lane in lanes.get(profile.region, ()) for line in self._add(index, profile, lane, first)}
            if len(served) < len(profile.basket):
                raise InputError(
                    "sourcing.unserved",
                    f"Orders of {profile.region} have no lane without a limit.",
                    "Add a lane of a node without cells: the way to not serve them from stock.",
                )
        for row, (column, parcel) in enumerate(self._links, len(self._demands)):
            self._enter(row, column, 1.0)
            self._enter(row, parcel, -1.0)
        for cell, column, qty in self._uses:
            self._enter(len(self._demands) + len(self._links) + cell, column, float(qty))

    def _add(self, index: int, profile: Profile, lane: Lane, first: int) -> list[int]:
        """Add the columns of a profile on a lane; return the lines it serves without a limit."""
        is_limited = lane.node in self._stocked
        lines = [
            (line, sku, qty)
            for line, (sku, qty) in enumerate(profile.basket)
            if not is_limited or (lane.node, sku) in self._cells
        ]
        is_alone = len(profile.basket) == 1
        parcel = self._column(index, lane.node, lane.parcel) if lines and not is_alone else None
        for line, sku, qty in lines:
            piece = lane.kilogram * self._network.kilograms.get(sku, 0.0)
            if not is_limited:
                piece += self._network.losses.get(sku, 0.0)
            column = self._column(index, lane.node, piece * qty + (lane.parcel if is_alone else 0.0))
            self._enter(first + line, column, 1.0)
            if parcel is not None:
                self._links.append((column, parcel))
            if is_limited:
                self._uses.append((self._cells[lane.node, sku], column, qty))
        return [] if is_limited else [line for line, _, _ in lines]

    def _column(self, profile: int, node: str, cost: float) -> int:
        self._costs.append(cost)
        self._of.append(profile)
        self._rates.append(self._network.acceptance.get(node, 1.0))
        return len(self._costs) - 1

    def _enter(self, row: int, column: int, value: float) -> None:
        rows, columns, values = self._entries
        rows.append(row)
        columns.append(column)
        values.append(value)
