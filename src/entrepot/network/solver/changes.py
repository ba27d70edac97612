"""What turning one site over costs, site by site: one linear program of flows, each time solved on from the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

import numpy as np

from entrepot.network.problem import Integers, Problem
from entrepot.network.solver.highs import Warm
from entrepot.network.solver.mip import Layout, program_of, relaxed
from entrepot.network.solver.model import Bools, Model, model_of


def price_changes(
    problem: Problem,
    standing: Collection[int],
    sites: Sequence[int],
    *,
    seconds: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[int, float]:
    """Price each site turned over, the others as they stand.

    Parameters
    ----------
    problem : Problem
        The network.
    standing : collection of int
        The sites that stand.
    sites : sequence of int
        Those to turn over, one at a time.
    seconds : float
        How long at most.
    cancelled : callable
        Asked before each site.

    Returns
    -------
    dict of int to float
        What it costs more, in the file's units: infinite where demand cannot be met then. Sites for which there was no
        time are left out.
    """
    until = time.monotonic() + seconds
    model = model_of(problem)
    stands = np.zeros(len(model.fixed), dtype=bool)
    stands[list(standing)] = True
    every = np.ones(len(stands), dtype=bool)
    program, layout = program_of(model, upper=every, is_linked=False)
    warm = Warm(relaxed(program))
    ends = _ends(model, layout)
    warm.limit(np.arange(len(stands)), stands.astype(float), stands.astype(float))
    _let(warm, ends, stands, np.arange(layout.sites, layout.first_carried))
    before = warm.run(until - time.monotonic())
    found: dict[int, float] = {}
    if not np.isfinite(before):
        return found
    for k in sites:
        if cancelled() or time.monotonic() >= until:
            break
        value = _turned_over(warm, ends, stands, k, until)
        if not np.isnan(value):
            found[k] = value - before
    return found


def _turned_over(warm: Warm, ends: tuple[Integers, Integers], stands: Bools, k: int, until: float) -> float:
    """Return the cost with site `k` turned over, and turn it back."""
    there = stands.copy()
    there[k] ^= True
    mine = np.nonzero((ends[0] == k) | (ends[1] == k))[0] + len(stands)
    _turn(warm, ends, there, k, mine)
    value = warm.run(until - time.monotonic())
    _turn(warm, ends, stands, k, mine)
    return value


def _turn(warm: Warm, ends: tuple[Integers, Integers], stands: Bools, k: int, mine: Integers) -> None:
    """Set site `k` and its columns as `stands` has it."""
    warm.limit(np.array([k]), stands[[k]].astype(float), stands[[k]].astype(float))
    _let(warm, ends, stands, mine)


def _let(warm: Warm, ends: tuple[Integers, Integers], stands: Bools, columns: Integers) -> None:
    """Let flow what has both ends standing."""
    at = columns - len(stands)
    is_open = stands[ends[0][at]] & (stands[ends[1][at]] | (ends[1][at] == ends[0][at]))
    warm.limit(columns, np.zeros(len(columns)), np.where(is_open, np.inf, 0.0))


def _ends(model: Model, layout: Layout) -> tuple[Integers, Integers]:
    """Return the sites at both ends of each column after the sites'; a last lane has its one site twice."""
    lanes, links = model.problem.lanes, model.link_lane[layout.links]
    last = model.origin[layout.last]
    return np.concatenate([last, lanes.origin[links]]), np.concatenate([last, lanes.target[links]])
