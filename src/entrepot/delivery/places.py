"""Places as rate cards and orders name them, brought to one spelling, and the keys a lane is found by. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ANY: Final = "*"
POSTAL: Final = "postal:"
"""What the keys of areas by postal code begin with."""

_PROVINCE_ENDINGS: Final = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
_CITY_ENDINGS: Final = ("地区", "市")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel leaves from or goes to.

    Parameters
    ----------
    country : str
        ISO 3166 code of two letters.
    province, city : str
        As the channel writes them; may be empty.
    postal : str
        Postal code; may be empty.
    node : str
        Our own node there; empty for a customer.
    """

    country: str
    province: str = ""
    city: str = ""
    postal: str = ""
    node: str = ""


@lru_cache(maxsize=4096)
def province_key(name: str) -> str:
    """Spell a province as all its spellings: ``广西壮族自治区`` and ``广西`` are one.

    Examples
    --------
    >>> province_key("内蒙古自治区"), province_key("上海市"), province_key(" New York ")
    ('内蒙古', '上海', 'new york')
    """
    return _shortened(name, _PROVINCE_ENDINGS)


@lru_cache(maxsize=16384)
def city_key(name: str) -> str:
    """Spell a city as all its spellings: ``杭州市`` and ``杭州`` are one."""
    return _shortened(name, _CITY_ENDINGS)


def country_area(country: str) -> str:
    """Key of a whole country."""
    return f"country:{country.upper()}"


def province_area(country: str, province: str) -> str:
    """Key of a province."""
    return f"province:{country.upper()}:{province_key(province)}"


def city_area(country: str, province: str, city: str) -> str:
    """Key of a city within its province."""
    return f"city:{country.upper()}:{province_key(province)}/{city_key(city)}"


def postal_area(country: str, prefix: str) -> str:
    """Key of all postal codes that start so."""
    return f"{POSTAL}{country.upper()}:{postal_key(prefix)}"


def node_area(node: str) -> str:
    """Key of one node of ours."""
    return f"node:{node}"


def postal_key(code: str) -> str:
    """Spell a postal code without blanks and hyphens, in capitals."""
    return "".join(code.upper().replace("-", " ").split())


@lru_cache(maxsize=16384)
def areas_of(place: Place) -> tuple[str, ...]:
    """List the areas a place lies in, the narrowest first.

    Examples
    --------
    >>> areas_of(Place("CN", "浙江省", "杭州市"))
    ('city:CN:浙江/杭州', 'province:CN:浙江', 'country:CN', '*')
    """
    found = [node_area(place.node)] if place.node else []
    code = postal_key(place.postal)
    found.extend(postal_area(place.country, code[:length]) for length in range(len(code), 0, -1))
    if place.city:
        found.append(city_area(place.country, place.province, place.city))
    if place.province:
        found.append(province_area(place.country, place.province))
    return (*found, country_area(place.country), ANY)


def postal_told_apart(country: str, code: str, areas: Container[str]) -> str:
    """Return as much of a postal code as areas tell apart: the longest of its beginnings that is one of them.

    Examples
    --------
    >>> postal_told_apart("GB", "sw1a 2aa", {postal_area("GB", "SW1"), postal_area("GB", "S")})
    'SW1'
    >>> postal_told_apart("GB", "M1 1AE", {postal_area("GB", "SW1")})
    ''
    """
    key = postal_key(code)
    beginnings = (key[:length] for length in range(len(key), 0, -1))
    return next((one for one in beginnings if postal_area(country, one) in areas), "")


def _shortened(name: str, endings: tuple[str, ...]) -> str:
    name = " ".join(name.split()).casefold()
    ending = next((one for one in endings if name.endswith(one) and len(name) > len(one) + 1), "")
    return name.removesuffix(ending)
