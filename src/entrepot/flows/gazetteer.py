"""Where a city is: as channels told it, as our own nodes say, or by the list that comes with the program."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from entrepot.delivery.places import city_area, province_area
from entrepot.flows.network_orders import NodeRow, Sent

How = Literal["told", "node", "city", "province"]
"""Where coordinates come from: the channels' orders, a node of ours, the list, the middle of a province."""

_EVERYWHERE: Final = 180.0


class Located(NamedTuple):
    """Degrees, and how they are known."""

    latitude: float
    longitude: float
    how: How


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Coordinates by area, the best source first."""

    sources: tuple[tuple[How, dict[str, tuple[float, float]]], ...]

    @classmethod
    def of(cls, sent: Iterable[Sent], nodes: Iterable[NodeRow]) -> Gazetteer:
        """Collect what orders and nodes tell beside the list."""
        nodes = [one for one in nodes if one.latitude is not None]
        told = [
            (city_area(one.country, one.province, one.city), one.latitude, one.longitude, one.orders) for one in sent
        ]
        stand = [(city_area(one.country, one.province, one.city), one.latitude, one.longitude, 1) for one in nodes]
        provinces = [(province_area(one.country, one.province), one.latitude, one.longitude, 1) for one in nodes]
        listed = [(city_area(*names), lat, lon, 1) for names, lat, lon in _listed()]
        middles = [(province_area(names[0], names[1]), lat, lon, 1) for names, lat, lon in _listed()]
        return cls(
            (
                ("told", _means(told)),
                ("node", _means(stand)),
                ("city", _means(listed)),
                ("province", _means(middles)),
                ("province", _means(provinces)),
            )
        )

    def locate(self, country: str, province: str, city: str) -> Located | None:
        """Return where a city is, or the middle of its province; None where neither is known."""
        for how, known in self.sources:
            area = province_area(country, province) if how == "province" else city_area(country, province, city)
            # A province without a name is the whole country: its middle says nothing.
            if area in known and (province if how == "province" else city):
                return Located(*known[area], how)
        return None


@cache
def _listed() -> tuple[tuple[tuple[str, str, str], float, float], ...]:
    text = files("entrepot.flows").joinpath("gazetteer.csv").read_text("utf-8")
    return tuple(
        ((row["country"], row["province"], row["city"]), float(row["latitude"]), float(row["longitude"]))
        for row in csv.DictReader(text.splitlines())
    )


def _means(rows: Iterable[tuple[str, float | None, float | None, int]]) -> dict[str, tuple[float, float]]:
    """Return the mean of each area's coordinates, by weight; what is off the globe is left out."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for area, latitude, longitude, weight in rows:
        if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > _EVERYWHERE:
            continue
        if latitude == longitude == 0.0:
            continue
        total = sums[area]
        total[0] += weight * latitude
        total[1] += weight * longitude
        total[2] += weight
    return {area: (latitude / weight, longitude / weight) for area, (latitude, longitude, weight) in sums.items()}
