"""Every service's offer for a parcel, or why it makes none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from entrepot.delivery.calendar import Calendar, PickUp, delivery_day, end_of, pick_ups
from entrepot.delivery.places import Place, areas_of
from entrepot.delivery.rates import Local, Part, Price, amount_of, lane_between, lane_of, price, surcharges_at
from entrepot.delivery.tariff import Carrier, Lane, Parcel, RateCard, Tariff
from entrepot.kernel.outcome import Outcome, Refusal

SpaceLeft = Callable[[str, date], int | None]
"""How many parcels a carrier still takes on a day; None is without limit."""


class Quote(NamedTuple):
    """A service's offer.

    Parameters
    ----------
    carrier, service, version : str, str, int
        The card it comes from.
    amount : int
        Minor units of ``currency``: the sum of ``parts``.
    zone, volumetric_g, chargeable_g : str, int, int
        What it was priced by.
    despatch : date
        Day of pick-up, in the carrier's time zone.
    cut_off : datetime or None
        Last moment to join it; None: until the day's end.
    leaves_by : datetime
        That moment, or the day's end.
    transit_days : int
        Working days of the carrier.
    deliver_on : date
        Day of delivery.
    deliver_by : datetime
        The end of that day.
    """

    carrier: str
    service: str
    version: int
    amount: int
    currency: str
    parts: tuple[Part, ...]
    zone: str
    volumetric_g: int
    chargeable_g: int
    despatch: date
    cut_off: datetime | None
    leaves_by: datetime
    transit_days: int
    deliver_on: date
    deliver_by: datetime


class Offer(NamedTuple):
    """What one service said."""

    carrier: str
    service: str
    outcome: Outcome[Quote]


class Service(NamedTuple):
    """A service on one lane at one moment: all of its offer but the price, which the parcel makes.

    Parameters
    ----------
    card : RateCard
        In force.
    lane : Lane
        Its lane.
    surcharges : tuple of Local
        Those that may be due at the destination on the day of despatch.
    despatch : date
        Day of the first pick-up that can be joined.
    leaves_by, deliver_by : datetime
        As of a `Quote`.
    """

    card: RateCard
    lane: Lane
    surcharges: tuple[Local, ...]
    despatch: date
    leaves_by: datetime
    deliver_by: datetime

    def amount(self, parcel: Parcel) -> int | None:
        """Return what it asks for a parcel; None where it does not take it."""
        return amount_of(self.card, parcel, self.lane, self.surcharges)


class Counter:
    """The services of one moment, each lane looked up once: for those who ask for many parcels.

    Parameters
    ----------
    tariff : Tariff
        Cards, calendars, cut-offs.
    ready_at : datetime
        When parcels are packed.
    """

    def __init__(self, tariff: Tariff, ready_at: datetime) -> None:
        self._tariff = tariff
        self._ready_at = ready_at
        self._cards = [(card, tariff.carriers[card.carrier].calendar) for card in tariff.cards_at(ready_at)]
        self._first: dict[tuple[str, str], PickUp | None] = {}
        self._times: dict[tuple[str, PickUp, int], tuple[datetime, datetime] | None] = {}

    def services(self, origin: Place, destination: Place) -> list[Service]:
        """List the services of a lane; each asks for a parcel what `quotes` says it does, capacity not looked at."""
        found = []
        here, there = areas_of(origin), areas_of(destination)
        for card, calendar in self._cards:
            lane = lane_between(card, here, there)
            pick_up = self._pick_up(card.carrier, calendar, origin.node) if lane is not None else None
            if lane is None or pick_up is None:
                continue
            key = card.carrier, pick_up, lane.transit_days
            if key not in self._times:
                self._times[key] = _times(calendar, pick_up, lane.transit_days)
            times = self._times[key]
            if times is not None:
                local = surcharges_at(card, destination, pick_up.day)
                found.append(Service(card, lane, local, pick_up.day, *times))
        return found

    def _pick_up(self, carrier: str, calendar: Calendar, node: str) -> PickUp | None:
        cut_offs = self._tariff.cut_offs.get((node, carrier))
        key = (node if cut_offs is not None else "", carrier)
        if key not in self._first:
            self._first[key] = next(pick_ups(calendar, cut_offs, self._ready_at), None)
        return self._first[key]


def _times(calendar: Calendar, pick_up: PickUp, transit_days: int) -> tuple[datetime, datetime] | None:
    deliver_on = delivery_day(calendar, pick_up.day, transit_days)
    if deliver_on is None:
        return None
    return pick_up.cut_off or end_of(pick_up.day, calendar.zone), end_of(deliver_on, calendar.zone)


def quotes(tariff: Tariff, parcel: Parcel, origin: Place, destination: Place, ready_at: datetime) -> list[Quote]:
    """List what services ask, by currency, the cheapest first; equal prices by the earlier delivery, then by name."""
    made = [
        offer.outcome.value
        for offer in offers(tariff, parcel, origin, destination, ready_at)
        if offer.outcome.value is not None
    ]
    return sorted(
        made, key=lambda quote: (quote.currency, quote.amount, quote.deliver_by, quote.carrier, quote.service)
    )


def offers(
    tariff: Tariff,
    parcel: Parcel,
    origin: Place,
    destination: Place,
    ready_at: datetime,
    space_left: SpaceLeft | None = None,
) -> list[Offer]:
    """Ask every service in force for a parcel.

    Parameters
    ----------
    tariff : Tariff
        Cards, calendars, cut-offs.
    parcel : Parcel
        What is sent.
    origin, destination : Place
        From, with its node, and to.
    ready_at : datetime
        When it is packed.
    space_left : callable, optional
        A day on which the carrier takes no more is passed over; without one, capacity is not looked at.

    Returns
    -------
    list of Offer
        By carrier and service. Refusals, in this order: ``no_lane``, those of `entrepot.delivery.rates.price`,
        ``no_pick_up``, ``no_capacity``, ``no_delivery_day``.
    """
    found = []
    for card in tariff.cards_at(ready_at):
        carrier = tariff.carriers[card.carrier]
        cut_offs = tariff.cut_offs.get((origin.node, card.carrier))
        lane = lane_of(card, origin, destination)
        outcome: Outcome[Quote]
        if lane is None:
            outcome = _refused("no_lane", f"{card.carrier} {card.service} does not go from here to there.")
        else:
            days = pick_ups(carrier.calendar, cut_offs, ready_at)
            outcome = _offer(card, carrier, parcel, lane, destination, days, space_left)
        found.append(Offer(card.carrier, card.service, outcome))
    return found


def _offer(
    card: RateCard,
    carrier: Carrier,
    parcel: Parcel,
    lane: Lane,
    destination: Place,
    days: Iterator[PickUp],
    space_left: SpaceLeft | None,
) -> Outcome[Quote]:
    first = next(days, None)
    # Priced before the day is sure: what a parcel is refused for whatever the day must be said first.
    asked = price(card, parcel, lane, destination, first.day if first else card.valid_from)
    if asked.value is None:
        return Outcome(refusal=asked.refusal)
    if first is None:
        return _refused("no_pick_up", f"{card.carrier} collects nothing there in the next two months. Check its days.")
    chosen = next((one for one in chain([first], days) if _has_space(space_left, card.carrier, one)), None)
    if chosen is None:
        return _refused("no_capacity", f"{card.carrier} is full on all its pick-ups of the next two months.")
    if chosen.day != first.day:
        asked = price(card, parcel, lane, destination, chosen.day)
    deliver_on = delivery_day(carrier.calendar, chosen.day, lane.transit_days)
    if deliver_on is None or asked.value is None:
        return _refused("no_delivery_day", f"{card.carrier} works too few days to deliver. Check its calendar.")
    return Outcome(_quote(card, asked.value, chosen, lane, deliver_on, carrier.calendar.zone))


def _quote(card: RateCard, asked: Price, pick_up: PickUp, lane: Lane, deliver_on: date, zone: str) -> Quote:
    return Quote(
        card.carrier,
        card.service,
        card.version,
        asked.amount,
        asked.currency,
        asked.parts,
        asked.zone,
        asked.volumetric_g,
        asked.chargeable_g,
        pick_up.day,
        pick_up.cut_off,
        pick_up.cut_off or end_of(pick_up.day, zone),
        lane.transit_days,
        deliver_on,
        end_of(deliver_on, zone),
    )


def _has_space(space_left: SpaceLeft | None, carrier: str, pick_up: PickUp) -> bool:
    left = space_left(carrier, pick_up.day) if space_left is not None else None
    return left is None or left > 0


def _refused(reason: str, message: str) -> Outcome[Quote]:
    return Outcome(refusal=Refusal(reason, message))
