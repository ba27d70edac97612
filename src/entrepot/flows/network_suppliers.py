"""Where goods come from: suppliers of a file, placed, and what their goods cost until they are at a site. Pure."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from entrepot.delivery import Place
from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_demand import WeightClass
from entrepot.flows.network_lanes import BULK, Lane, Road
from entrepot.flows.network_orders import HOME
from entrepot.flows.network_rates import Spot
from entrepot.flows.network_sites import CENTRE, SiteFacts
from entrepot.kernel.errors import InputError

COLUMNS: Final = ("id", "country", "province", "city", "latitude", "longitude", "share", "tonne_km_cost")
SHOWN: Final = 8
"""Faults that one message tells."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who goods are bought from.

    Parameters
    ----------
    id : str
        His name.
    share : float
        Of all goods by weight, beside the others' shares; > 0.
    country, province, city : str
        Where his goods are fetched.
    latitude, longitude : float or None
        Degrees, both or neither; None: the city's.
    tonne_km_cost : int or None
        Minor units; None is what goods in bulk cost elsewhere in the network.
    """

    id: str
    share: float
    country: str = HOME
    province: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    tonne_km_cost: int | None = None


def read_suppliers(text: str) -> tuple[Supplier, ...]:
    """Read suppliers from a CSV file with the columns `COLUMNS`, of which ``id`` and ``share`` are needed.

    Raises
    ------
    InputError
        ``network.suppliers`` with row and column of each fault.
    """
    rows = csv.DictReader(text.splitlines())
    head = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = head
    faults = [f"there is no column {name}" for name in ("id", "share") if name not in head]
    faults += [f"nothing is known of a column {name!r}" for name in head if name not in COLUMNS]
    found: list[Supplier] = []
    if not faults:
        for number, row in enumerate(rows, 2):
            cells = {name: (row[name] or "").strip() for name in head}
            wrong = list(_faults(cells, {one.id for one in found}))
            faults += [f"row {number}, {fault}" for fault in wrong]
            if not wrong:
                found.append(_supplier(cells))
    if faults or not found:
        told = "; ".join(faults[:SHOWN]) or "there is no supplier"
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise InputError(
            "network.suppliers",
            f"The file of suppliers is not right: {told}{more}.",
            f"Give {', '.join(COLUMNS)} as CSV.",
        )
    return tuple(found)


def inbound_of(
    suppliers: Sequence[Supplier], sites: Sequence[SiteFacts], where: Gazetteer, road: Road
) -> dict[int, float]:
    """Return what a kilogram costs until it is at each site where goods begin: the mean of suppliers, by share.

    Every site gets goods of all suppliers in the same shares: each zone buys from the whole assortment.

    Raises
    ------
    InputError
        ``network.suppliers`` for suppliers whose place nobody knows.
    """
    if not suppliers:
        return {}
    spots = [_spot(one, where) for one in suppliers]
    if lost := [one.id for one, spot in zip(suppliers, spots, strict=True) if spot is None]:
        message = f"Nobody knows where these suppliers are: {', '.join(lost[:SHOWN])}."
        raise InputError("network.suppliers", message, "Give latitude and longitude, or a city with its province.")
    known = [(one, spot) for one, spot in zip(suppliers, spots, strict=True) if spot is not None]
    total = sum(one.share for one in suppliers)
    has_centres = any(site.level == CENTRE for site in sites)
    return {
        k: sum(one.share / total * _road(road, one).cost(spot, site.spot, 1.0) for one, spot in known)
        for k, site in enumerate(sites)
        if site.level == CENTRE or not has_centres
    }


def with_inbound(lanes: Iterable[Lane], inbound: dict[int, float], classes: Sequence[WeightClass]) -> tuple[Lane, ...]:
    """Charge what leaves a site where goods begin with what it cost until it was there."""
    kilograms = {one.id: one.parcel.weight_g / 1000 for one in classes} | {BULK: 1.0}
    return tuple(
        lane._replace(cost=lane.cost + inbound.get(lane.origin, 0.0) * kilograms[lane.product]) for lane in lanes
    )


def _faults(cells: dict[str, str], taken: set[str]) -> Iterator[str]:
    name = cells["id"]
    if not name or name in taken:
        yield f"column id: {name!r} stands twice" if name else "column id: it is empty"
    share = _number(cells["share"])
    if share is None or share <= 0:
        yield f"column share: {cells['share']!r} is no number above 0"
    places = [cells.get(column, "") for column in ("latitude", "longitude")]
    for column, text, most in zip(("latitude", "longitude"), places, (90, 180), strict=True):
        degrees = _number(text)
        if text and (degrees is None or abs(degrees) > most):
            yield f"column {column}: {text!r} is no number of degrees within {most}"
    if bool(places[0]) != bool(places[1]):
        yield "columns latitude and longitude: give both or neither"
    if not any(places) and not cells.get("city"):
        yield "column city: it is empty, and there are no degrees"
    cost = cells.get("tonne_km_cost", "")
    if cost and not cost.isdecimal():
        yield f"column tonne_km_cost: {cost!r} is no whole number of minor units"


def _supplier(cells: dict[str, str]) -> Supplier:
    latitude, longitude, cost = (cells.get(name, "") for name in ("latitude", "longitude", "tonne_km_cost"))
    return Supplier(
        cells["id"],
        float(cells["share"]),
        cells.get("country") or HOME,
        cells.get("province", ""),
        cells.get("city", ""),
        float(latitude) if latitude else None,
        float(longitude) if longitude else None,
        int(cost) if cost else None,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _spot(one: Supplier, where: Gazetteer) -> Spot | None:
    place = Place(one.country, one.province, one.city)
    if one.latitude is not None and one.longitude is not None:
        return Spot(place, one.latitude, one.longitude)
    found = where.locate(one.country, one.province, one.city)
    return None if found is None else Spot(place, found.latitude, found.longitude)


def _road(road: Road, one: Supplier) -> Road:
    return road if one.tonne_km_cost is None else replace(road, tonne_km_cost=one.tonne_km_cost)
