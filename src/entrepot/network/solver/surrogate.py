"""One row of room that stands for several: of each class, at what its room is worth in the linear program.

Whole sites are chosen by dynamic programming over one row (Glover 1968). The sum of the classes' rows, or any of them,
asks for less: that no choice of sites has just the mix of room which is needed is left out there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entrepot.network.solver.highs import Program, Rows, minimise
from entrepot.network.solver.model import Floats


class Need(NamedTuple):
    """Room that all which stands must have together, and what each site has of it."""

    needed: float
    room: Floats


def surrogate(needed: Floats, room: Floats, cost: Floats) -> Need:
    """Join rows of room by what each is worth when sites cost so much and may stand in part.

    Parameters
    ----------
    needed : ndarray, shape (n_rows,)
    room : ndarray, shape (n_sites, n_rows)
    cost : ndarray, shape (n_sites,)
    """
    room = np.minimum(room, needed)
    weight = _worth(needed, room, cost) if len(needed) > 1 else np.ones(1)
    return Need(float(needed @ weight), room @ weight)


def _worth(needed: Floats, room: Floats, cost: Floats) -> Floats:
    """Return the duals of the rows; each row's share of itself where they tell nothing."""
    rows, column, ones = Rows(), np.arange(len(cost)), np.ones(len(cost))
    for k, each in enumerate(needed.tolist()):
        rows.add(each, np.inf, (0, column, room[:, k]))
    solved = minimise(Program(cost, 0 * ones, ones, np.zeros(len(cost), dtype=bool), rows), seconds=1.0)
    duals = np.zeros(len(needed)) if solved.duals is None else np.maximum(solved.duals, 0.0)
    return duals / duals.max() if duals.max() > 0 else 1 / np.maximum(needed, 1.0)
