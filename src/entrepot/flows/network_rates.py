"""What a parcel costs between two places, and how long it takes: by carriers' cards, or by distance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import ceil
from typing import Final, NamedTuple, Protocol

from entrepot.delivery import Parcel, Place, Tariff, quotes
from entrepot.delivery.places import areas_of
from entrepot.network.zones import kilometres
from entrepot.orders.sourcing.estimate import Estimate

_DAY: Final = 24
_HANDLING_HOURS: Final = 24
"""From the order to the road, where no carrier says."""


class Spot(NamedTuple):
    """A place with its degrees."""

    place: Place
    latitude: float
    longitude: float

    def kilometres_to(self, other: Spot) -> float:
        """Return the great-circle distance."""
        return kilometres(self.latitude, self.longitude, other.latitude, other.longitude)


class Rate(NamedTuple):
    """Minor units and hours of one parcel."""

    cost: float
    hours: float


class ParcelRates(Protocol):
    """Who answers what parcels cost."""

    def rate(self, origin: Spot, destination: Spot, parcel: Parcel) -> Rate | None:
        """Return the cheapest way; None where there is none."""
        ...


@dataclass
class CardRates:
    """Carriers' cards: the cheapest service, and the working days it takes.

    Parameters
    ----------
    tariff : Tariff
        All terms.
    at : datetime
        When parcels would be ready.
    currency : str
        Quotes in others are left out: they cannot be compared.
    """

    tariff: Tariff
    at: datetime
    currency: str
    _known: dict[tuple[tuple[str, ...], tuple[str, ...], Parcel], Rate | None] = field(default_factory=dict)

    def rate(self, origin: Spot, destination: Spot, parcel: Parcel) -> Rate | None:
        """Return the cheapest service's price and days; places that no card tells apart are asked for once."""
        here, there = origin.place, destination.place
        named = self._named
        key = (
            (*(one for one in areas_of(here) if one in named), here.node if here.node in self._cut_off else ""),
            tuple(one for one in areas_of(there) if one in named),
            parcel,
        )
        if key not in self._known:
            made = [one for one in quotes(self.tariff, parcel, here, there, self.at) if one.currency == self.currency]
            self._known[key] = Rate(float(made[0].amount), float(_DAY * made[0].transit_days)) if made else None
        return self._known[key]

    @cached_property
    def _named(self) -> frozenset[str]:
        """Every area a card in force names; two places in the same of these cost the same."""
        cards = self.tariff.cards_at(self.at)
        lanes = {area for card in cards for pair in card.lanes for area in pair}
        return frozenset(lanes | {one.destination for card in cards for one in card.surcharges})

    @cached_property
    def _cut_off(self) -> frozenset[str]:
        """Nodes with hours of their own, which may move a parcel past a weekend."""
        return frozenset(node for node, _ in self.tariff.cut_offs)


@dataclass(frozen=True, slots=True)
class DistanceRates:
    """An estimate by chargeable weight and road kilometres (great circle x circuity).

    Parameters
    ----------
    circuity, speed_kmh : float
        How much longer roads are; how fast parcels move, day and night.
    line : Estimate
        What is assumed.
    """

    circuity: float
    speed_kmh: float
    line: Estimate = field(default_factory=Estimate)

    def rate(self, origin: Spot, destination: Spot, parcel: Parcel) -> Rate:
        """Return what the line says; it goes everywhere."""
        kilograms = max(1, ceil(max(parcel.weight_g, parcel.volume // self.line.divisor) / 1000))
        road = self.circuity * origin.kilometres_to(destination)
        cost = self.line.first_kilogram + (kilograms - 1) * self.line.further_kilogram
        return Rate(cost + kilograms * self.line.per_100_km * road / 100, _HANDLING_HOURS + road / self.speed_kmh)
