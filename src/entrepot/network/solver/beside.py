"""HiGHS on the whole network on a second core, while the search goes its own way.

Where HiGHS is the quicker its proof ends the search; elsewhere its bound and its plan stand beside ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs_process import HighsProcess, Task
from entrepot.network.solver.mip import STRONG, Layout, program_of
from entrepot.network.solver.model import Model
from entrepot.network.solver.near import values_of
from entrepot.network.solver.search import Search

LATER: Final = 0.5
"""Seconds that a search goes on alone: most small ones have ended by then, and HiGHS begins with a plan."""
HOW: Final = "HiGHS on the strong formulation"


@contextmanager
def beside(model: Model, search: Search, cores: int) -> Iterator[None]:
    """Let HiGHS work beside what is done within, when there is a core for it and the network is not too large.

    What asks `search.cancelled` within is told to stop when HiGHS has proven a plan the best. At the end its plan is
    offered, and the bound raised to its own.
    """
    if cores < 2 or len(model.lane) > STRONG:
        yield
        return
    helper, cancelled = _Helper(model, search), search.cancelled
    search.cancelled = lambda: cancelled() or helper.is_done()
    try:
        yield
    finally:
        search.cancelled = cancelled
        helper.close()
    helper.offer()


class _Helper:
    """HiGHS, begun when the search has taken a while."""

    def __init__(self, model: Model, search: Search) -> None:
        self._model, self._search = model, search
        self._begun: tuple[HighsProcess, Layout] | None = None

    def is_done(self) -> bool:
        """Tell whether HiGHS came to an end; begin it when it is time."""
        if self._begun is None:
            if self._search.gone > LATER:
                self._begin()
            return False
        last = self._begun[0].last
        return last is not None and last.is_done

    def close(self) -> None:
        """End it, whatever it is at."""
        if self._begun is not None:
            self._begun[0].close()

    def offer(self) -> None:
        """Offer what it found."""
        if self._begun is None:
            return
        search, (highs, layout) = self._search, self._begun
        if highs.values is not None:
            offer_rounded(self._model, search, layout, highs.values)
        if np.isfinite(highs.bound):
            search.raise_bound(highs.bound + self._model.constant, HOW)
        if highs.last is not None and highs.last.is_infeasible and search.plan is None:
            search.is_infeasible = True

    def _begin(self) -> None:
        model, search = self._model, self._search
        program, layout = program_of(model)
        start = None if search.plan is None else values_of(model, search.plan, layout)
        seconds = max(search.seconds - search.gone, 0.0)
        self._begun = HighsProcess(Task(program, seconds, search.seed, start)), layout
