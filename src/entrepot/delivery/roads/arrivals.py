"""Travel times of slices of the day joined to arrival-time functions, first in, first out by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.roads.profile import DAY
from entrepot.delivery.routing.travel import Arrivals


def arrivals_of(begins: Sequence[int], seconds: NDArray[np.float64]) -> Arrivals:
    """Return arrival functions of arcs whose travel time differs from slice to slice.

    In a slice one gets on at the rate of ``1 / seconds`` of the way, and goes on at the next slice's rate when that
    begins, so whoever leaves earlier arrives earlier (the argument of Ichoua, Gendreau and Potvin 2003, for each arc).

    Parameters
    ----------
    begins : sequence of int, shape (n_slices,)
        When slices begin, in seconds after midnight, the first 0.
    seconds : float array, shape (n_slices, n_arcs)
        Travel time if the slice lasted for ever, >= 0; an arc that takes no time in one slice takes none in any.

    Notes
    -----
    An arc bends where its departure or its arrival meets the beginning of a slice: at most twice the slices.
    """
    bounds = np.array([*begins, DAY], dtype=np.float64)
    driven = np.maximum(seconds, 1e-3)
    lasts = np.diff(bounds)[:, None]
    done = np.concatenate([np.zeros((1, driven.shape[1])), np.cumsum(lasts / driven, axis=0)])
    ways = np.sort(np.concatenate([done[:-1], done[1:-1] - 1.0]), axis=0)
    departure, arrival = (_when(bounds, done, driven, way) for way in (ways, ways + 1.0))
    n_knots, n_arcs = departure.shape
    return Arrivals(
        first=np.arange(n_arcs + 1, dtype=np.int64) * n_knots,
        departure=np.ascontiguousarray(np.maximum.accumulate(departure, axis=0).T).ravel(),
        arrival=np.ascontiguousarray(np.maximum.accumulate(arrival, axis=0).T).ravel(),
    )


def _when(
    bounds: NDArray[np.float64], done: NDArray[np.float64], driven: NDArray[np.float64], ways: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return when one who keeps driving since midnight has done so many ways, by arc: the inverse of `done`."""
    arcs = np.arange(driven.shape[1])
    found = np.empty_like(ways)
    for k, way in enumerate(ways):
        piece = np.clip((done[1:-1] < way).sum(axis=0), 0, len(driven) - 1)
        found[k] = bounds[piece] + (way - done[piece, arcs]) * driven[piece, arcs]
    return found
