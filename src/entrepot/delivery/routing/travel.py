"""Distances and travel times between locations; times may depend on when one leaves, first in, first out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InputError

LONGEST: Final = 2**52
"""No distance or time is above it: it is exact as a float, and sums of many still fit into an integer."""


@dataclass(frozen=True)
class Plane:
    """Distances computed from coordinates: ``floor(scale * euclid + offset)``.

    What a matrix of 20,000 locations would take in memory (gigabytes), and quicker to compute than to fetch.

    Parameters
    ----------
    xy : float array, shape (n_locations, 2)
        Coordinates.
    scale : float
        Units of distance in a unit of the coordinates.
    offset : float
        0.5 rounds to the nearest integer, 0 cuts off.
    """

    xy: NDArray[np.float64]
    scale: float = 1.0
    offset: float = 0.5

    @property
    def shape(self) -> tuple[int, int]:
        """Of the matrix it stands for."""
        return len(self.xy), len(self.xy)

    def row(self, origin: int) -> NDArray[np.int64]:
        """Return the distances from a location to all."""
        away = np.sqrt(((self.xy - self.xy[origin]) ** 2).sum(axis=1))  # exact for whole results, which hypot is not
        return np.asarray(np.floor(self.scale * away + self.offset), dtype=np.int64)

    def between(self, origin: int, target: int) -> int:
        """Return one distance."""
        (x, y), (u, v) = self.xy[origin].tolist(), self.xy[target].tolist()
        away = math.sqrt(
            (u - x) * (u - x) + (v - y) * (v - y)
        )  # as `row` does, where a call of NumPy costs ten times this
        return math.floor(self.scale * away + self.offset)

    @property
    def most(self) -> int:
        """A distance that none is above: twice the farthest from one place."""
        return 2 * int(self.row(0).max()) + 1 if len(self.xy) else 0


@dataclass(frozen=True)
class Table:
    """Distances or times as a matrix of integers, shape (n_locations, n_locations), row = from."""

    values: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the matrix."""
        return self.values.shape

    def row(self, origin: int) -> NDArray[np.int64]:
        """Return the values from a location to all."""
        return np.asarray(self.values[origin], dtype=np.int64)

    def between(self, origin: int, target: int) -> int:
        """Return one value."""
        return int(self.values[origin, target])

    @property
    def most(self) -> int:
        """The greatest value."""
        return int(self.values.max(initial=0))


@dataclass(frozen=True)
class Speeds:
    """Travel times from speeds that change over the day, by category of arc.

    An arc of length ``d`` left at ``t`` is driven at the speed of its category, period after period, so whoever leaves
    earlier arrives earlier (Ichoua, Gendreau and Potvin 2003).

    Parameters
    ----------
    bounds : float array, shape (n_periods + 1,)
        Where periods begin and end, in time units; the first period also holds before, the last after.
    speeds : float array, shape (n_categories, n_periods)
        Length units a time unit, > 0.
    category : uint8 array, shape (n_locations, n_locations)
        Category of each arc.
    length : float array, shape (n_locations, n_locations)
        Length of each arc.
    """

    bounds: NDArray[np.float64]
    speeds: NDArray[np.float64]
    category: NDArray[np.uint8]
    length: NDArray[np.float64]


@dataclass(frozen=True)
class Arrivals:
    """Travel times as arrival-time functions: piecewise linear, non-decreasing, one for each arc.

    Parameters
    ----------
    first : int array, shape (n_locations * n_locations + 1,)
        Where the knots of arc ``i * n_locations + j`` begin.
    departure, arrival : float array, shape (n_knots,)
        Knots; before the first knot and after the last an arc takes as long as there.
    """

    first: NDArray[np.int64]
    departure: NDArray[np.float64]
    arrival: NDArray[np.float64]


@dataclass(frozen=True)
class Travel:
    """Distances and times from location to location.

    Parameters
    ----------
    distance : Plane or Table
        Need not be symmetric.
    time : Plane or Table of the same shape
        At constant speed; where `traffic` is given, its free flow.
    traffic : Speeds, Arrivals or None
        How times change over the day.

    Raises
    ------
    InputError
        ``routes.matrix`` if a matrix is not square, differs in shape, or has a value below zero or above `LONGEST`.
    """

    distance: Plane | Table
    time: Plane | Table
    traffic: Speeds | Arrivals | None = None

    def __post_init__(self) -> None:
        shape = self.distance.shape
        if len(shape) != 2 or shape[0] != shape[1] or self.time.shape != shape:
            raise InputError(
                "routes.matrix",
                f"Distances have the shape {shape}, times {self.time.shape}: both must be the same square.",
                "Give a row and a column for each location.",
            )
        for one in (self.distance, self.time):
            if isinstance(one, Table) and one.values.size and not 0 <= one.values.min() <= one.values.max() <= LONGEST:
                message = f"A distance or a time is below zero, or above {LONGEST}."
                raise InputError("routes.matrix", message, "Correct the matrix, the coordinates or the speeds.")

    @property
    def last_changes(self) -> list[float]:
        """When times change for the last time, if they do."""
        if isinstance(self.traffic, Speeds):
            return [float(self.traffic.bounds[-1])]
        if isinstance(self.traffic, Arrivals) and len(self.traffic.departure):
            return [float(self.traffic.departure.max())]
        return []

    @property
    def size(self) -> int:
        """How many locations there are."""
        return self.distance.shape[0]
