"""Small days of waves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from entrepot.delivery.routing.problem import Depot, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.delivery.waves.day import Day, Rhythm

RHYTHM = Rhythm(first=0, every=10, margin=5, many=3)


def order(id_: str, location: int, known: int, close: int = 200, load: int = 1, service: int = 0) -> Stop:
    return Stop(id_, location, (load,), windows=(Window(0, close),), service=service, release=known)


def day(orders: Sequence[Stop], size: int = 10, capacity: int = 3, public: int | None = None) -> Day:
    """A day on a line: location k is k from the depot."""
    line = Table(np.abs(np.subtract.outer(np.arange(size), np.arange(size))))
    vehicle = VehicleType("van", max(len(orders), 1), (capacity,))
    depot = Depot("D", 0, Window(0, 300))
    return Day(tuple(orders), depot, vehicle, Travel(line, line), RHYTHM, size if public is None else public, "line")
