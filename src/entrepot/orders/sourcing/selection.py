"""One column for every order, within shared stock: a small integer program with its bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import highspy
import numpy as np

from entrepot.orders.sourcing.decision import Candidate
from entrepot.orders.sourcing.solver import Solver

MOST_NODES: Final = 2_000
"""Nodes of the search at most: a limit that, unlike time, gives the same answer on every machine."""


class Column(NamedTuple):
    """One way to serve some orders.

    Parameters
    ----------
    orders : tuple of str
        Orders it serves.
    candidate : Candidate
        How.
    cost : int
        At what cost.
    uses : mapping of (node, sku) to int
        Stock it takes.
    """

    orders: tuple[str, ...]
    candidate: Candidate
    cost: int
    uses: Mapping[tuple[str, str], int]


class Selected(NamedTuple):
    """The columns chosen, by number, and a lower bound on any choice."""

    columns: list[int]
    bound: float


def select(
    columns: Sequence[Column], pool: Mapping[tuple[str, str], int], capacity: Mapping[str, int], start: Sequence[int]
) -> Selected:
    """Choose one column for every order.

    Parameters
    ----------
    columns : sequence of Column
        Those of `start` serve every order once.
    pool : mapping of (node, sku) to int
        Stock they share.
    capacity : mapping of node to int
        Pieces a node can work off.
    start : sequence of int
        A choice that is known to be possible.

    Returns
    -------
    Selected
        Never dearer than `start`.
    """
    if not columns:
        return Selected([], 0.0)
    highs = Solver()
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_max_nodes", MOST_NODES)
    highs.passModel(_model(columns, pool, capacity))
    known = highspy.HighsSolution()
    known.col_value = [float(index in set(start)) for index in range(len(columns))]
    highs.setSolution(known)
    highs.run()
    bound = float(highs.getInfo().mip_dual_bound)
    values = np.asarray(highs.getSolution().col_value)
    best = [int(index) for index in np.flatnonzero(values > 0.5)] if values.size else list(start)
    is_better = sum(columns[one].cost for one in best) < sum(columns[one].cost for one in start)
    return Selected(best if is_better and _is_whole(columns, best, start) else list(start), bound)


def _is_whole(columns: Sequence[Column], chosen: Sequence[int], start: Sequence[int]) -> bool:
    served = sorted(order for one in chosen for order in columns[one].orders)
    return served == sorted(order for one in start for order in columns[one].orders)


def _model(
    columns: Sequence[Column], pool: Mapping[tuple[str, str], int], capacity: Mapping[str, int]
) -> highspy.HighsLp:
    orders = sorted({order for column in columns for order in column.orders})
    names: list[tuple[str, ...]] = [
        *(("order", one) for one in orders),
        *(("cell", *one) for one in pool),
        *(("node", one) for one in capacity),
    ]
    places = {name: place for place, name in enumerate(names)}
    lower = [1.0] * len(orders) + [-highspy.kHighsInf] * (len(pool) + len(capacity))
    upper = [1.0] * len(orders) + [float(one) for one in (*pool.values(), *capacity.values())]
    starts, rows, values = [0], list[int](), list[float]()
    for column in columns:
        entries = sorted((places[name], value) for name, value in _entries(column, capacity))
        rows.extend(place for place, _ in entries)
        values.extend(value for _, value in entries)
        starts.append(len(rows))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), len(names)
    lp.col_cost_ = np.array([column.cost for column in columns], dtype=np.float64)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(columns)), np.ones(len(columns))
    lp.row_lower_, lp.row_upper_ = np.array(lower), np.array(upper)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = np.array(starts, dtype=np.int32), np.array(rows, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(values, dtype=np.float64)
    return lp


def _entries(column: Column, capacity: Mapping[str, int]) -> Iterator[tuple[tuple[str, ...], float]]:
    for order in column.orders:
        yield ("order", order), 1.0
    work: dict[str, int] = {}
    for cell, pieces in column.uses.items():
        yield ("cell", *cell), float(pieces)
        work[cell[0]] = work.get(cell[0], 0) + pieces
    for node, pieces in work.items():
        if node in capacity:
            yield ("node", node), float(pieces)
