"""How the decimals of instances become the whole numbers of a problem, and coordinates distances."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entrepot.delivery.routing.travel import Plane, Table

_MOST: Final = 2.0**62
"""What is greater is refused by the problem that it becomes a part of, and must not wrap around before."""


class Rounding(NamedTuple):
    """``floor(scale * value + offset)``."""

    scale: int
    offset: float

    def whole(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return values as whole numbers."""
        scaled = np.floor(self.scale * np.asarray(values, dtype=np.float64) + self.offset)
        return np.clip(scaled, -_MOST, _MOST).astype(np.int64)

    def number(self, value: float) -> int:
        """Return one value as a whole number."""
        return math.floor(min(max(self.scale * value + self.offset, -_MOST), _MOST))


ROUNDINGS: Final = {
    "round": Rounding(1, 0.5),
    "trunc": Rounding(1, 0.0),
    "dimacs": Rounding(10, 0.0),
    "exact": Rounding(1000, 0.5),
}
"""To the nearest; cut off; one decimal, cut off (DIMACS challenge 2021); three decimals, to the nearest."""

DENSE: Final = 2_000
"""Up to how many locations distances are kept as a matrix; above, computing them is quicker than fetching them."""


def euclid(xy: NDArray[np.float64], rounding: Rounding) -> Plane | Table:
    """Return the distances between coordinates, as a matrix where it is small."""
    plane = Plane(xy, float(rounding.scale), rounding.offset)
    return table(plane) if len(xy) <= DENSE else plane


def table(plane: Plane) -> Table:
    """Return a plane's distances as a matrix."""
    return Table(np.stack([plane.row(origin) for origin in range(len(plane.xy))]))
