"""What a parcel might cost where no carrier's rate card is known: by distance and chargeable weight."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from entrepot.orders.sourcing.facts import Destination, Parcel, RateQuote

EARTH_KM: Final = 6371.0088
UNKNOWN_KM: Final = 1_000.0


class Point(NamedTuple):
    """A place on the globe, in degrees."""

    latitude: float
    longitude: float


class Estimate(NamedTuple):
    """The line that is assumed, in minor units: about what a parcel costs within China.

    Parameters
    ----------
    first_kilogram, further_kilogram : int
        By begun kilograms of chargeable weight.
    per_100_km : int
        Added to each kilogram.
    divisor : int
        Cubic millimetres that count as a gram.
    """

    first_kilogram: int = 600
    further_kilogram: int = 100
    per_100_km: int = 8
    divisor: int = 6_000


class DistanceRates:
    """Answers in a carrier's stead.

    Parameters
    ----------
    places : mapping of node to Point
        Where nodes are; from one that is missing `UNKNOWN_KM` are assumed.
    estimate : Estimate
        The line.
    """

    def __init__(self, places: Mapping[str, Point], estimate: Estimate | None = None) -> None:
        self._places = places
        self._line = estimate or Estimate()

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        """Return one service, ``estimate``; it promises no time."""
        line = self._line
        kilograms = max(1, -(-max(parcel.weight_g, parcel.volume_mm3 // line.divisor) // 1000))
        per_kilogram = int(self._kilometres(node, destination) / 100 * line.per_100_km + 0.5)
        cost = line.first_kilogram + (kilograms - 1) * line.further_kilogram + kilograms * per_kilogram
        return (RateQuote("estimate", "distance", cost),)

    def _kilometres(self, node: str, destination: Destination) -> float:
        here = self._places.get(node)
        if here is None or destination.latitude is None or destination.longitude is None:
            return UNKNOWN_KM
        return kilometres(here, Point(destination.latitude, destination.longitude))


def kilometres(one: Point, other: Point) -> float:
    """Return the great-circle distance (haversine, mean radius of the earth).

    Examples
    --------
    >>> round(kilometres(Point(31.23, 121.47), Point(39.90, 116.41)))
    1067
    """
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((second - first) / 2) ** 2
    half += math.cos(first) * math.cos(second) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
