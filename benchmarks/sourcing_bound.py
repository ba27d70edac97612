"""The published bound: the linear program of Jasin and Sinha (2015), with one parcel variable a basket and node.

Kept apart from the product, whose own prices come from a tighter program: a bound should not share the code it judges.
Columns: ``x`` = orders of a profile whose line a node serves; ``y`` = parcels of a profile from a node, for baskets of
several lines. Rows: each line of each profile is served as often as the profile is asked for; no line is served from a
node more often than it sends a parcel; a node's stock of a SKU is not exceeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import highspy
import numpy as np
from numpy.typing import NDArray

from entrepot.orders.sourcing import Lane, Network, Profile
from entrepot.orders.sourcing.solver import Solver

Floats: TypeAlias = NDArray[np.float64]


def published_bound(network: Network, counts: Sequence[float], stock: Mapping[tuple[str, str], int]) -> float:
    """Return the least cost of serving the orders counted, by parts of orders: no policy costs less."""
    program = _Program(network)
    highs = Solver()
    supply = np.array([stock.get(cell, 0) for cell in network.cells], dtype=np.float64)
    highs.passModel(program.model(np.asarray(counts, dtype=np.float64), supply))
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getObjectiveValue())


class _Program:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._costs: list[float] = []
        self._entries: tuple[list[int], list[int], list[float]] = ([], [], [])
        self._demands: list[int] = []  # each demand row's profile
        self._stocked = {node for node, _ in network.cells}
        self._cells = {cell: index for index, cell in enumerate(network.cells)}
        self._uses: list[tuple[int, int, int]] = []  # (cell, x column, pieces)
        self._links: list[tuple[int, int]] = []  # (x column, y column)
        self._build()

    def model(self, counts: Floats, supply: Floats) -> highspy.HighsLp:
        rows, columns, values = (np.asarray(one) for one in self._entries)
        order = np.lexsort((rows, columns))
        count, links = len(self._costs), len(self._links)
        demand = counts[self._demands]
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, len(demand) + links + len(supply)
        lp.col_cost_ = np.asarray(self._costs, dtype=np.float64)
        lp.col_lower_, lp.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
        lp.row_lower_ = np.r_[demand, np.full(links + len(supply), -highspy.kHighsInf)]
        lp.row_upper_ = np.r_[demand, np.zeros(links), supply]
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
            for lane in lanes.get(profile.region, ()):
                self._add(index, profile, lane, first)
        for row, (column, parcel) in enumerate(self._links, len(self._demands)):
            self._enter(row, column, 1.0)
            self._enter(row, parcel, -1.0)
        for cell, column, qty in self._uses:
            self._enter(len(self._demands) + len(self._links) + cell, column, float(qty))

    def _add(self, index: int, profile: Profile, lane: Lane, first: int) -> None:
        is_limited = lane.node in self._stocked
        lines = [
            (line, sku, qty)
            for line, (sku, qty) in enumerate(profile.basket)
            if not is_limited or (lane.node, sku) in self._cells
        ]
        is_alone = len(profile.basket) == 1
        parcel = self._column(lane.parcel) if lines and not is_alone else None
        for line, sku, qty in lines:
            piece = lane.piece + lane.kilogram * self._network.kilograms.get(sku, 0.0)
            if not is_limited:
                piece += self._network.losses.get(sku, 0.0)
            column = self._column(piece * qty + (lane.parcel if is_alone else 0.0))
            self._enter(first + line, column, 1.0)
            if parcel is not None:
                self._links.append((column, parcel))
            if is_limited:
                self._uses.append((self._cells[lane.node, sku], column, qty))

    def _column(self, cost: float) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def _enter(self, row: int, column: int, value: float) -> None:
        rows, columns, values = self._entries
        rows.append(row)
        columns.append(column)
        values.append(value)
