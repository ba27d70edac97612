"""In which order stops are numbered: those that are near each other lie beside each other in memory too."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.delivery.routing.core.ground import Ints
from entrepot.delivery.routing.problem import Problem

STRIP_WIDTH: Final = 4
"""So many stops lie beside each other in a strip; a neighbourhood is then a short piece of a few strips."""


def laid_out(problem: Problem) -> Ints:
    """Return all stops strip by strip, along and back.

    A search looks at ways from one stop to its neighbours, and at what is known of these. Numbered as they happened to
    be given, each of them is in another line of the cache, and most of the time goes into waiting for memory.

    Returns
    -------
    int array, shape (n_stops,)
        Indices of stops.

    Notes
    -----
    Where no coordinates are known, two far corners tell how far a stop is along and across.
    """
    n = len(problem.stops)
    if n < STRIP_WIDTH**2:
        return np.arange(n)
    location = np.array([stop.location for stop in problem.stops])

    def ways_from(stop: np.intp | int) -> Ints:
        ways: Ints = problem.travel.distance.row(int(location[stop]))[location]
        return ways

    across = ways_from(np.argmax(ways_from(0)))
    opposite = ways_from(np.argmax(across))
    along = ways_from(np.argmax(np.minimum(across, opposite)))
    strips = max(round(np.sqrt(n) / STRIP_WIDTH), 1)
    strip = np.argsort(np.argsort(across, kind="stable"), kind="stable") * strips // n
    return np.lexsort((np.where(strip % 2, -along, along), strip))
