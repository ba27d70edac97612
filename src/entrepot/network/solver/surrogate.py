"""One row of room that stands for several: of each class, at what its room is worth in the linear program.

Whole sites are chosen by dynamic programming over one row (Glover 1968). The sum of the classes' rows, or any of them,
asks for less: that no choice of sites has just the mix of room which is needed is left out there. So one more row is
made where prices have settled: what sites cost there, of which no choice with room for each class has less than HiGHS
proves.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from entrepot.network.solver.highs import Program, Rows, Solved, minimise
from entrepot.network.solver.model import Bools, Floats

CLOSE: Final = 2e-4
"""Relative gap at which HiGHS may stop where it proves a bound,"""
ROUGH: Final = 1e-3
"""and where it only chooses sites."""


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


def least_cost(
    needed: Floats, room: Floats, cost: Floats, must_stand: Bools, may_stand: Bools, *, seconds: float, seed: int
) -> Need:
    """Return a row that all whole sites with enough room keep: they cost at least what those do that cost least.

    Parameters
    ----------
    needed, room, cost : ndarray
        As for `surrogate`; costs may be negative.
    must_stand, may_stand : ndarray of bool, shape (n_sites,)
        Sites are chosen of these.
    seconds : float
        How long HiGHS works on it at most; its bound so far is taken then.
    seed : int
        Of its choices.
    """
    bound = _whole(needed, room, cost, must_stand, may_stand, seconds, seed, CLOSE).bound
    return Need(bound if np.isfinite(bound) else 0.0, np.maximum(cost, 0.0))


def whole_sites(
    needed: Floats, room: Floats, cost: Floats, must_stand: Bools, may_stand: Bools, *, seconds: float, seed: int
) -> Bools | None:
    """Return whole sites with enough room of each class that cost little, the least where time suffices; or None.

    Parameters are those of `least_cost`.
    """
    values = _whole(needed, room, cost, must_stand, may_stand, seconds, seed, ROUGH).values
    return None if values is None else values > 0.5


def _whole(
    needed: Floats, room: Floats, cost: Floats, must_stand: Bools, may_stand: Bools, seconds: float, seed: int,
    gap: float,
) -> Solved:  # fmt: skip
    rows, column = Rows(), np.arange(len(cost))
    room = np.minimum(room, needed)
    for k, each in enumerate(needed.tolist()):
        rows.add(each, np.inf, (0, column, room[:, k]))
    program = Program(cost, must_stand.astype(float), may_stand.astype(float), must_stand != may_stand, rows)
    return minimise(program, seconds=seconds, seed=seed, gap=gap)


def _worth(needed: Floats, room: Floats, cost: Floats) -> Floats:
    """Return the duals of the rows; each row's share of itself where they tell nothing."""
    rows, column, ones = Rows(), np.arange(len(cost)), np.ones(len(cost))
    for k, each in enumerate(needed.tolist()):
        rows.add(each, np.inf, (0, column, room[:, k]))
    solved = minimise(Program(cost, 0 * ones, ones, np.zeros(len(cost), dtype=bool), rows), seconds=1.0)
    duals = np.zeros(len(needed)) if solved.duals is None else np.maximum(solved.duals, 0.0)
    return duals / duals.max() if duals.max() > 0 else 1 / np.maximum(needed, 1.0)
