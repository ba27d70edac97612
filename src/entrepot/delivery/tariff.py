"""What carriers offer: their cards, lanes, brackets, surcharges, cut-offs and calendars, as frozen facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from entrepot.delivery.calendar import Calendar
from entrepot.delivery.places import POSTAL
from entrepot.kernel.errors import InputError

SurchargeKind: TypeAlias = Literal["fuel", "remote", "oversize", "weekend", "hazmat"]
SURCHARGES: Final[tuple[SurchargeKind, ...]] = ("fuel", "remote", "oversize", "weekend", "hazmat")
HEAVIEST_G: Final = 10**9


@dataclass(frozen=True, slots=True)
class Parcel:
    """One handling unit as a carrier weighs it.

    Parameters
    ----------
    weight_g : int
        Actual weight with packaging, > 0.
    length_mm, width_mm, height_mm : int
        Outer sides in any sequence; 0 where they are not known.
    volume_mm3 : int
        Volume where only that is known; else 0, and the sides give it.
    is_hazmat : bool
        Whether it holds dangerous goods.

    Raises
    ------
    InputError
        ``delivery.parcel`` when it has no weight, or a size below zero.
    """

    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    volume_mm3: int = 0
    is_hazmat: bool = False

    def __post_init__(self) -> None:
        sizes = (self.length_mm, self.width_mm, self.height_mm, self.volume_mm3)
        if not 0 < self.weight_g <= HEAVIEST_G or min(sizes) < 0:
            raise InputError(
                "delivery.parcel",
                f"A parcel of {self.weight_g} g with sizes {sizes} cannot be.",
                "Give a weight above 0 g and sizes of 0 (unknown) or more.",
            )

    @property
    def volume(self) -> int:
        """Volume in mm3; 0 where it is not known."""
        return self.volume_mm3 or self.length_mm * self.width_mm * self.height_mm

    @property
    def longest_mm(self) -> int:
        """The longest side."""
        return max(self.length_mm, self.width_mm, self.height_mm)

    @property
    def girth_mm(self) -> int:
        """Longest side plus the way round the other two, as carriers measure "length plus girth"."""
        return 2 * (self.length_mm + self.width_mm + self.height_mm) - self.longest_mm


@dataclass(frozen=True, slots=True)
class Bracket:
    """The price of a zone for weights up to a limit: ``base + started steps above first_g x step_price``.

    A flat break has no steps; 首重 / 续重 is one bracket without a limit; a price per kilogram is a base of 0.
    Money in minor units of the card's currency.
    """

    up_to_g: int | None
    base: int
    first_g: int = 0
    step_g: int = 0
    step_price: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """From an area to an area: the zone, and the working days a parcel takes.

    Parameters
    ----------
    origin, destination : str
        Areas, as `entrepot.delivery.places` names them.
    zone : str or None
        None: the card does not say what it costs, see `why`.
    transit_days : int
        Working days of the carrier from despatch to delivery.
    why : str
        Why the lane is closed; empty for an open one.
    """

    origin: str
    destination: str
    zone: str | None
    transit_days: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What a card adds: ``amount + started kilograms x per_kg + percent of the freight``.

    Parameters
    ----------
    kind : str
        One of `SURCHARGES`.
    percent_bp : int
        Hundredths of a percent of the freight.
    amount, per_kg : int
        Minor units.
    destination : str
        Area it holds for; ``*`` is everywhere.
    over_g, over_longest_mm, over_girth_mm : int or None
        For ``oversize``: it is added when any of them is exceeded.
    """

    kind: SurchargeKind
    percent_bp: int = 0
    amount: int = 0
    per_kg: int = 0
    destination: str = "*"
    over_g: int | None = None
    over_longest_mm: int | None = None
    over_girth_mm: int | None = None


@dataclass(frozen=True, slots=True)
class RateCard:
    """One carrier's tariff for one service; never edited, a newer version takes its place.

    Parameters
    ----------
    carrier, service : str
        Whose and which.
    currency : str
        ISO 4217 code of all its money.
    valid_from : date
        First day.
    valid_to : date or None
        First day it no longer holds; None is open.
    divisor : int or None
        Cubic centimetres that count as a kilogram (6000, 5000 ...); None: volume costs nothing.
    weight_step_g : int
        Chargeable weight is rounded up to a multiple of it.
    minimum : int
        Least freight.
    max_weight_g, max_longest_mm, max_girth_mm : int or None
        What the service takes at most.
    takes_hazmat : bool
        Whether it takes dangerous goods.
    version : int
        1 for the first card of a carrier's service; the greater holds where several are valid.
    """

    carrier: str
    service: str
    currency: str
    valid_from: date
    brackets: Mapping[str, tuple[Bracket, ...]]
    lanes: Mapping[tuple[str, str], Lane]
    surcharges: tuple[Surcharge, ...] = ()
    name: str = ""
    name_en: str = ""
    valid_to: date | None = None
    divisor: int | None = None
    weight_step_g: int = 1
    minimum: int = 0
    max_weight_g: int | None = None
    max_longest_mm: int | None = None
    max_girth_mm: int | None = None
    takes_hazmat: bool = False
    version: int = 1

    def is_valid_on(self, day: date) -> bool:
        """Return whether the card holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: its names, the codes channels and trackers call it by, and the days it works."""

    code: str
    calendar: Calendar
    name: str = ""
    name_en: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carton:
    """A box of the retailer's: inner sides, what it carries and weighs, the thickness of its wall."""

    code: str
    length_mm: int
    width_mm: int
    height_mm: int
    max_weight_g: int
    tare_g: int = 0
    wall_mm: int = 0

    @property
    def volume(self) -> int:
        """Inner volume in mm3."""
        return self.length_mm * self.width_mm * self.height_mm

    @property
    def sides(self) -> tuple[int, int, int]:
        """Inner sides, the longest first."""
        first, second, third = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return first, second, third


@dataclass(frozen=True, slots=True)
class Tariff:
    """All that quoting needs, as of one moment.

    Parameters
    ----------
    carriers : mapping of code to Carrier
        Active carriers.
    cards : tuple of RateCard
        All versions, also those to come.
    cut_offs : mapping of (node, carrier) to mapping of ISO weekday to time
        Last moments to join a despatch, in the carrier's time zone. A pair that is missing has no cut-off: the carrier
        comes at the end of each of its working days. A weekday missing within a pair: it does not come.
    capacities : mapping of (node, carrier) to mapping of ISO weekday or date to int
        Parcels it takes that day; what is missing has no limit. A date goes before its weekday.
    cartons : tuple of Carton
        The retailer's boxes.
    """

    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    cards: tuple[RateCard, ...] = ()
    cut_offs: Mapping[tuple[str, str], Mapping[int, time]] = field(default_factory=dict)
    capacities: Mapping[tuple[str, str], Mapping[int | date, int]] = field(default_factory=dict)
    cartons: tuple[Carton, ...] = ()

    def cards_at(self, at: datetime) -> list[RateCard]:
        """List the cards in force: of each service the newest version valid on that day of its carrier's."""
        today = {code: at.astimezone(ZoneInfo(one.calendar.zone)).date() for code, one in self.carriers.items()}
        found: dict[tuple[str, str], RateCard] = {}
        for card in self.cards:
            day = today.get(card.carrier)
            if day is not None and card.is_valid_on(day):
                best = found.get((card.carrier, card.service))
                if best is None or card.version > best.version:
                    found[card.carrier, card.service] = card
        return [found[key] for key in sorted(found)]

    def postal_areas(self) -> frozenset[str]:
        """Return the areas by postal code that any card tells apart, as `entrepot.delivery.places` names them."""
        named = (
            area
            for card in self.cards
            for area in (*(there for _, there in card.lanes), *(one.destination for one in card.surcharges))
        )
        return frozenset(area for area in named if area.startswith(POSTAL))

    def capacity(self, node: str, carrier: str, day: date) -> int | None:
        """Return how many parcels a carrier takes from a node on a day; None is without limit."""
        known = self.capacities.get((node, carrier), {})
        return known.get(day, known.get(day.isoweekday()))

    def carrier_of(self, name: str | None) -> str | None:
        """Find the carrier that a channel or a tracker calls by a name; None where nobody is called so."""
        wanted = (name or "").strip().casefold()
        for code, carrier in self.carriers.items():
            if wanted and wanted in {code.casefold(), *(alias.casefold() for alias in carrier.aliases)}:
                return code
        return None
