"""Cities: where stores stand and customers live. Data: GeoNames (CC BY 4.0) and GB/T 2260, see NOTICE."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import asin, cos, radians, sin, sqrt


@dataclass(frozen=True, slots=True)
class City:
    """A city; ``code`` is GB/T 2260 in China; ``districts`` pairs each district's name with its code."""

    country: str
    code: str
    name_zh: str
    name_en: str
    province: str
    latitude: float
    longitude: float
    population: int
    districts: tuple[tuple[str, str], ...]
    postal: str


@cache
def cities() -> tuple[City, ...]:
    """Read all cities, Chinese ones first, larger before smaller."""
    text = files("entrepot.simulator").joinpath("places.csv").read_text("utf-8")
    return tuple(_city(row) for row in csv.DictReader(text.splitlines()))


def chinese_cities() -> tuple[City, ...]:
    """Give the cities in China."""
    return tuple(city for city in cities() if city.country == "CN")


def foreign_cities() -> tuple[City, ...]:
    """Give the cities abroad."""
    return tuple(city for city in cities() if city.country != "CN")


def city_named(name: str) -> City:
    """Find a city by its Chinese name."""
    return next(city for city in cities() if city.name_zh == name)


def distance_km(one: City, other: City) -> float:
    """Great-circle distance."""
    lat_1, lat_2 = radians(one.latitude), radians(other.latitude)
    half = (
        sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    )
    return 12742.0 * asin(sqrt(half))


def _city(row: dict[str, str]) -> City:
    pairs = (pair.split(":") for pair in row["districts"].split("|") if pair)
    return City(
        country=row["country"],
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        province=row["province"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        population=int(row["population"]),
        districts=tuple((name, code) for name, code in pairs),
        postal=row["postal"],
    )
