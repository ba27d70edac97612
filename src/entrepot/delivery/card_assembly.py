"""From the rows of a rate sheet to whole rate cards; what a row was lost for, its card says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from entrepot.delivery.cells import Price
from entrepot.delivery.places import ANY, city_area, country_area, node_area, postal_area, province_area
from entrepot.delivery.rates import falls
from entrepot.delivery.sheet_rows import CARD_RECORDS, Entry, Fault
from entrepot.delivery.tariff import SURCHARGES, Bracket, Lane, RateCard, Surcharge
from entrepot.kernel.money import exponent, minor_units

Key = tuple[str, str]
_AREA_COLUMNS: Final = frozenset(
    {"carrier", "service", "from_node", "from_country", "from_province", "from_city", "country", "province", "city",
     "postal"}
)  # fmt: skip
_ONE_PERCENT: Final = 100
_MARKS: Final = {
    "¥": ("CNY", "JPY"),
    "元": ("CNY", "HKD", "MOP", "TWD"),
    "RMB": ("CNY",),
    "$": ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"),
    "€": ("EUR",),
    "£": ("GBP",),
}
"""Currencies that a sign beside a price may stand for; a code stands for itself."""


class Held(NamedTuple):
    """A card that was kept back: without the rows named, its prices would be wrong."""

    carrier: str
    service: str
    rows: tuple[int, ...]


@dataclass(slots=True)
class Assembled:
    """Cards, those kept back, and what is to be said of them."""

    cards: list[RateCard] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)


def assemble_cards(file: str, entries: Sequence[Entry]) -> Assembled:
    """Put cards together.

    Parameters
    ----------
    file : str
        Name, for the faults.
    entries : sequence of Entry
        All rows of the sheet; those of other records are passed over.

    Returns
    -------
    Assembled
        A bad lane closes its destination, a bad rate its zone; any other bad row of a card keeps it back.
    """
    done = Assembled()
    by_card: dict[Key, list[Entry]] = {}
    for entry in entries:
        if entry.record in CARD_RECORDS:
            for key in entry.cards():
                by_card.setdefault(key, []).append(entry)
    anybodys = [entry.row for entry in entries if entry.record in CARD_RECORDS and not entry.cards()]
    for key in sorted(by_card):
        _Assembly(file, key, by_card[key], done).run(anybodys)
    # A row shared by several cards is said once.
    done.faults = list(dict.fromkeys(done.faults))
    done.remarks = list(dict.fromkeys(done.remarks))
    return done


class _Assembly:
    """One card's."""

    def __init__(self, file: str, key: Key, entries: Sequence[Entry], done: Assembled) -> None:
        self.file = file
        self.key = key
        self.entries = entries
        self.done = done
        self.blocking: set[int] = set()
        self.currency = ""

    def run(self, anybodys: Sequence[int]) -> None:
        """Add the card, or say which rows keep it back."""
        self.blocking.update(anybodys)
        self.blocking.update(entry.row for entry in self.entries if entry.record == "")
        head = self._head()
        if head is not None:
            brackets, closed = self._brackets()
            self._remark_ends(brackets, head.whole("max_kg"))
            lanes = self._lanes(brackets, closed)
            surcharges = tuple(self._surcharges())
            minimum = self._money(head, "minimum")
            self._look_for_lanes(head)
        if head is None or self.blocking:
            rows = self.blocking or {entry.row for entry in self.entries}
            self.done.held.append(Held(*self.key, tuple(sorted(rows))))
            return
        self.done.cards.append(_card(self.key, head, brackets, lanes, surcharges, minimum))

    def _of(self, record: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.record == record]

    def _fault(self, row: int, column: str, what: str, why: str, mend: str) -> None:
        self.done.faults.append(Fault(self.file, row, column, what, why, mend))

    def _head(self) -> Entry | None:
        heads = self._of("service")
        name = " ".join(self.key)
        if not heads:
            row = self.entries[0].row
            self._fault(row, "service", f"{name!r}", "has no service row.", "Add one: service, currency, valid_from.")
            return None
        for extra in heads[1:]:
            self._fault(extra.row, "service", f"{name!r}", "has two service rows.", "Remove one, or rename a service.")
            self.blocking.add(extra.row)
        head = heads[0]
        first, last = head.values.get("valid_from"), head.values.get("valid_to")
        if isinstance(first, date) and isinstance(last, date) and last <= first:
            self._fault(head.row, "valid_to", str(last), "is not after valid_from.", "It is the first day without it.")
            self.blocking.add(head.row)
        if head.bad:
            self.blocking.add(head.row)
        self.currency = head.text("currency")
        return head if self.currency else None

    def _look_for_lanes(self, head: Entry) -> None:
        """Keep back prices without a lane: they would close all destinations. A head alone ends a service."""
        if self._of("lane") or self._of(""):
            return
        name = " ".join(self.key)
        if len(self.entries) > 1:
            why, mend = (
                "has no lane, so it would go nowhere.",
                "Add all its lanes: a card replaces the one before it whole.",
            )
            self._fault(head.row, "service", f"{name!r}", why, mend)
            self.blocking.add(head.row)
        else:
            why = "has neither lanes nor rates; from its first day on it goes nowhere."
            mend = "Nothing is to be done if the service ends; else add them."
            self.done.remarks.append(Fault(self.file, head.row, "service", f"{name!r}", why, mend))

    def _money(self, entry: Entry, column: str) -> int:
        """Read a price in minor units; a bad one keeps the card back, unless the row only closes a zone."""
        price = entry.values.get(column)
        if not isinstance(price, Price):
            return 0
        strange = [mark for mark in price.marks if self.currency not in _MARKS.get(mark, (mark,))]
        if strange:
            why = f"is not {self.currency}, the currency of {' '.join(self.key)}."
            self._bad_price(entry, column, f"{strange[0]!r}", why, "Correct the price, or the service's currency.")
        elif price.value != round(price.value, exponent(self.currency)):
            why = f"has more decimals than {self.currency} has."
            mend = f"Round it to {exponent(self.currency)} decimals."
            self._bad_price(entry, column, f"{price.value}", why, mend)
        return minor_units(price.value, self.currency)

    def _bad_price(self, entry: Entry, column: str, what: str, why: str, mend: str) -> None:
        self._fault(entry.row, column, what, why, mend)
        if entry.record != "rate":
            self.blocking.add(entry.row)
        entry.bad.append(column)

    # Rates ------------------------------------------------------------------------------------------------------------

    def _brackets(self) -> tuple[dict[str, tuple[Bracket, ...]], dict[str, int]]:
        """Return brackets by zone, and the zones a row closes."""
        found: dict[str, dict[int | None, Bracket]] = {}
        closed: dict[str, int] = {}
        for entry in self._of("rate"):
            bracket = self._bracket(entry)
            zones = entry.names("zone")
            if not zones or {"carrier", "service"} & set(entry.bad):
                self.blocking.add(entry.row)
            for zone in zones:
                if entry.bad:
                    closed.setdefault(zone, entry.row)
                elif bracket.up_to_g in found.setdefault(zone, {}):
                    limit = "without limit" if bracket.up_to_g is None else f"up to {bracket.up_to_g} g"
                    why = f"has a price {limit} already; the zone stays closed."
                    self._fault(entry.row, "up_to_kg", f"Zone {zone!r}", why, "Remove one of the rows.")
                    closed.setdefault(zone, entry.row)
                else:
                    found[zone][bracket.up_to_g] = bracket
        ordered = {
            zone: tuple(sorted(some.values(), key=lambda one: (one.up_to_g is None, one.up_to_g or 0)))
            for zone, some in found.items()
            if zone not in closed
        }
        self._remark_falls(ordered)
        return ordered, closed

    def _bracket(self, entry: Entry) -> Bracket:
        has_step, has_price = "step_kg" in entry.values, "step_price" in entry.values
        if has_step != has_price:
            column = "step_price" if has_step else "step_kg"
            self._fault(entry.row, column, "The cell is empty;", "a step needs its weight and its price.", "Fill both.")
            entry.bad.append(column)
        return Bracket(
            entry.whole("up_to_kg"),
            self._money(entry, "price"),
            entry.whole("first_kg") or 0,
            entry.whole("step_kg") or 0,
            self._money(entry, "step_price"),
        )

    def _remark_falls(self, brackets: Mapping[str, tuple[Bracket, ...]]) -> None:
        rows = {zone: entry.row for entry in self._of("rate") for zone in entry.names("zone")}
        for zone, some in brackets.items():
            for weight in falls(some):
                what, why = f"Zone {zone!r}", f"is cheaper just above {weight / 1000:g} kg than at it."
                self.done.remarks.append(Fault(self.file, rows[zone], "price", what, why, "Check it; it was taken."))

    def _remark_ends(self, brackets: Mapping[str, tuple[Bracket, ...]], most_g: int | None) -> None:
        """Tell of prices of nothing, and of zones whose prices end below what the service takes."""
        rows = {zone: entry.row for entry in self._of("rate") for zone in entry.names("zone")}
        for zone, some in brackets.items():
            what, last = f"Zone {zone!r}", some[-1].up_to_g
            if any(not one.base and not one.step_price for one in some):
                why, mend = "has a weight that costs nothing.", "Check it; it was taken, and will be chosen first."
                self.done.remarks.append(Fault(self.file, rows[zone], "price", what, why, mend))
            if last is not None and most_g is not None and last < most_g:
                why = f"has no price above {last / 1000:g} kg; the service takes {most_g / 1000:g} kg."
                self.done.remarks.append(
                    Fault(self.file, rows[zone], "up_to_kg", what, why, "Add its other weights, or correct max_kg.")
                )

    # Lanes ------------------------------------------------------------------------------------------------------------

    def _lanes(
        self, brackets: Mapping[str, tuple[Bracket, ...]], closed: Mapping[str, int]
    ) -> dict[tuple[str, str], Lane]:
        lanes: dict[tuple[str, str], Lane] = {}
        for entry in self._of("lane"):
            there = self._areas(entry)
            if not there or _AREA_COLUMNS & set(entry.bad):
                self.blocking.add(entry.row)
                continue
            zone, why = self._zone(entry, brackets, closed)
            for origin in _origins(entry):
                for destination in there:
                    lane = Lane(origin, destination, zone, entry.whole("transit_days") or 0, why)
                    before = lanes.setdefault((origin, destination), lane)
                    if (before.zone, before.transit_days) != (lane.zone, lane.transit_days):
                        lanes[origin, destination] = self._contradicted(entry, before)
        return lanes

    def _zone(
        self, entry: Entry, brackets: Mapping[str, tuple[Bracket, ...]], closed: Mapping[str, int]
    ) -> tuple[str | None, str]:
        zone = entry.text("zone")
        if entry.bad:
            return None, f"row {entry.row} of {self.file} could not be read."
        if zone in closed:
            return None, f"row {closed[zone]} of {self.file}, a rate of zone {zone}, could not be read."
        if zone not in brackets:
            self._fault(entry.row, "zone", f"{zone!r}", "has no rate; the lane stays closed.", "Add rates of the zone.")
            return None, f"{self.file} has no rate of zone {zone}."
        return zone, ""

    def _contradicted(self, entry: Entry, before: Lane) -> Lane:
        what, why = f"{before.destination}", "is said twice with another zone or other days; the lane stays closed."
        self._fault(entry.row, "zone", what, why, "Remove one of the rows.")
        return Lane(before.origin, before.destination, None, 0, f"row {entry.row} of {self.file} contradicts another.")

    def _areas(self, entry: Entry) -> list[str]:
        country, provinces, cities = entry.text("country"), entry.names("province"), entry.names("city")
        if not country or country == "*":
            if not (provinces or cities or entry.names("postal")):
                return [ANY] if country or entry.record == "surcharge" else self._no_country(entry)
            return self._no_country(entry)
        if postal := entry.names("postal"):
            return [postal_area(country, prefix) for prefix in postal]
        if cities:
            if len(provinces) != 1:
                what, why = f"{'|'.join(cities)[:40]!r}", "needs the one province it lies in."
                self._fault(entry.row, "city", what, why, "Write a row for each province.")
                return []
            return [city_area(country, provinces[0], city) for city in cities]
        return [province_area(country, one) for one in provinces] or [country_area(country)]

    def _no_country(self, entry: Entry) -> list[str]:
        if "country" not in entry.bad:
            what, why = "The cell is empty;", f"a {entry.record} there needs its country."
            self._fault(entry.row, "country", what, why, "Write its code, or * alone for everywhere.")
        return []

    # Surcharges -------------------------------------------------------------------------------------------------------

    def _surcharges(self) -> Iterator[Surcharge]:
        for entry in self._of("surcharge"):
            areas = self._areas(entry)
            kind = next((one for one in SURCHARGES if one == entry.text("kind")), None)
            limits = [entry.whole(name) for name in ("over_kg", "over_cm", "over_girth_cm")]
            amounts = self._money(entry, "amount"), self._money(entry, "per_kg")
            percent = entry.whole("percent") or 0
            if kind == "oversize" and not any(limits):
                self._fault(
                    entry.row, "over_cm", "The cells are empty;", "oversize needs a limit.", "Fill an over_ cell."
                )
                entry.bad.append("over_cm")
            if not entry.bad and not any((*amounts, percent)):
                what, why = "The surcharge", "adds nothing."
                self._fault(entry.row, "amount", what, why, "Fill amount, per_kg or percent.")
                entry.bad.append("amount")
            if entry.bad or not areas or kind is None:
                self.blocking.add(entry.row)
                continue
            if 0 < percent < _ONE_PERCENT:
                what, why = f"{percent / _ONE_PERCENT:g}", "is less than one percent."
                mend = f"It was taken; write {percent:g} for {percent:g} %."
                self.done.remarks.append(Fault(self.file, entry.row, "percent", what, why, mend))
            for area in areas:
                yield Surcharge(kind, percent, *amounts, area, *limits)


def _card(
    key: Key,
    head: Entry,
    brackets: Mapping[str, tuple[Bracket, ...]],
    lanes: Mapping[tuple[str, str], Lane],
    surcharges: tuple[Surcharge, ...],
    minimum: int,
) -> RateCard:
    first, last = head.values["valid_from"], head.values.get("valid_to")
    if not isinstance(first, date):
        raise TypeError("a head without faults has its first day")
    return RateCard(
        *key,
        currency=head.text("currency"),
        valid_from=first,
        valid_to=last if isinstance(last, date) else None,
        brackets=brackets,
        lanes=lanes,
        surcharges=surcharges,
        name=head.text("name"),
        name_en=head.text("name_en"),
        divisor=head.whole("divisor"),
        weight_step_g=head.whole("weight_step_kg") or 1,
        minimum=minimum,
        max_weight_g=head.whole("max_kg"),
        max_longest_mm=head.whole("max_cm"),
        max_girth_mm=head.whole("max_girth_cm"),
        takes_hazmat=head.values.get("hazmat") is True,
    )


def _origins(entry: Entry) -> list[str]:
    nodes, provinces, cities = entry.names("from_node"), entry.names("from_province"), entry.names("from_city")
    country = entry.text("from_country") or entry.text("country")
    if nodes:
        return [node_area(node) for node in nodes]
    if cities and provinces:
        return [city_area(country, provinces[0], city) for city in cities]
    if provinces:
        return [province_area(country, one) for one in provinces]
    return [country_area(country)] if entry.text("from_country") else [ANY]
