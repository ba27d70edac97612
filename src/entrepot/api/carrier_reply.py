"""What the API says of carriers: short rows, one carrier's terms, quotes, faults of a sheet, lanes' scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from entrepot.delivery import Offer, Quote, RateCard, Score, Tariff

_DAYS_SHOWN: Final = 7
ScoreKey = tuple[str, str, str, str]


class PartReply(BaseModel):
    """A part of a price: freight, minimum, or a surcharge's kind; `basis` is the arithmetic."""

    kind: str
    amount: int
    basis: str


class QuoteReply(BaseModel):
    """What a service asks, in minor units, and when it would be there."""

    carrier: str
    service: str
    version: Annotated[int, Field(description="of the rate card")]
    amount: int
    currency: str
    parts: list[PartReply]
    zone: str
    volumetric_g: int
    chargeable_g: int
    despatch: date
    cut_off: Annotated[datetime | None, Field(description="last moment to join the despatch; null: the day's end")]
    leaves_by: Annotated[datetime, Field(description="the cut-off, or the end of that day")]
    transit_days: Annotated[int, Field(description="working days of the carrier")]
    deliver_on: date
    deliver_by: datetime


class OfferReply(BaseModel):
    """A service's answer: a quote, or the reason why it gives none."""

    carrier: str
    service: str
    quote: QuoteReply | None
    reason: str | None
    message: str | None


class ServiceReply(BaseModel):
    """A service and its card in force."""

    service: str
    name: str
    name_en: str
    version: int
    currency: str
    valid_from: date
    valid_to: date | None
    lanes: int
    closed_lanes: Annotated[int, Field(description="lanes whose row in the sheet could not be read")]


class CarrierReply(BaseModel):
    """A carrier, its services in force, and how it does over all lanes (shares in millionths)."""

    id: str
    name: str
    name_en: str
    zone: str
    holidays: str
    weekdays: list[int]
    services: list[ServiceReply]
    parcels: int
    judged: int
    on_time_ppm: int | None
    lost: int
    p50_hours: int | None
    p90_hours: int | None


class BracketReply(BaseModel):
    """A price of a zone: ``base`` and, above ``first_g``, ``step_price`` for each started ``step_g``."""

    zone: str
    up_to_g: int | None
    base: int
    first_g: int
    step_g: int
    step_price: int


class LaneTermsReply(BaseModel):
    """From an area to an area; without a zone it is closed, and `why` says so."""

    origin: str
    destination: str
    zone: str | None
    transit_days: int
    why: str


class SurchargeReply(BaseModel):
    """What a card adds, and when."""

    kind: str
    percent_bp: Annotated[int, Field(description="hundredths of a percent of the freight")]
    amount: int
    per_kg: int
    destination: str
    over_g: int | None
    over_longest_mm: int | None
    over_girth_mm: int | None


class CardReply(ServiceReply):
    """A card with all it says."""

    divisor: int | None
    weight_step_g: int
    minimum: int
    max_weight_g: int | None
    max_longest_mm: int | None
    max_girth_mm: int | None
    takes_hazmat: bool
    brackets: list[BracketReply]
    surcharges: list[SurchargeReply]
    lane_terms: list[LaneTermsReply]


class CutOffReply(BaseModel):
    """Last moment to join a despatch, in the carrier's time zone."""

    node: str
    weekday: int
    at: time


class LoadReply(BaseModel):
    """Parcels given to the carrier at a node for a day, and how many it takes (null: no limit)."""

    node: str
    day: date
    parcels: int
    capacity: int | None


class OwnDayReply(BaseModel):
    """A day that goes before weekdays and holidays."""

    day: date
    works: bool


class CarrierTermsReply(CarrierReply):
    """A carrier with its cards, cut-offs, loads of the next seven days, and own days to come."""

    cards: list[CardReply]
    cut_offs: list[CutOffReply]
    loads: list[LoadReply]
    own_days: list[OwnDayReply]
    working_days: Annotated[list[date], Field(description="of the next seven")]


class LaneReply(BaseModel):
    """How a carrier does on a lane; ``*`` is all. Shares are millionths, leaned on larger samples where it is small."""

    carrier: str
    node: str
    country: str
    province: str
    parcels: int
    judged: int
    on_time: int
    late: int
    promised: Annotated[int, Field(description="judged by the order's promise; the others by the carrier's card")]
    open: int
    lost: int
    returned: int
    troubled: int
    damaged: int
    p50_hours: int | None
    p90_hours: int | None
    costed: int
    cost: Annotated[int, Field(description="minor units, over the costed parcels, by the card")]
    currency: Annotated[str, Field(description="the retailer's")]
    on_time_ppm: int
    lost_ppm: int
    is_enough: Annotated[bool, Field(description="whether 30 parcels or more were judged")]


class FaultReply(BaseModel):
    """Something in a sheet that was not taken, or is worth a look."""

    file: str
    row: int
    column: str
    what: str
    why: str
    mend: str
    message: str


def offer_reply(offer: Offer) -> OfferReply:
    """Write an offer."""
    quote, refusal = offer.outcome.value, offer.outcome.refusal
    return OfferReply(
        carrier=offer.carrier,
        service=offer.service,
        quote=None if quote is None else quote_reply(quote),
        reason=None if refusal is None else refusal.reason,
        message=None if refusal is None else refusal.message,
    )


def quote_reply(quote: Quote) -> QuoteReply:
    """Write a quote."""
    return QuoteReply(**quote._asdict() | {"parts": [PartReply(**part._asdict()) for part in quote.parts]})


def lane_reply(score: Score, currency: str) -> LaneReply:
    """Write a lane's score; its cost is in the retailer's currency."""
    scored = {name: getattr(score, name) for name in LaneReply.model_fields if name != "currency"}
    return LaneReply(**scored, currency=currency)


def carrier_reply(tariff: Tariff, code: str, scores: Mapping[ScoreKey, Score], now: datetime) -> CarrierReply:
    """Write a carrier in short."""
    carrier = tariff.carriers[code]
    score = scores.get((code, "*", "*", "*"))
    return CarrierReply(
        id=code,
        name=carrier.name,
        name_en=carrier.name_en,
        zone=carrier.calendar.zone,
        holidays=carrier.calendar.holidays,
        weekdays=sorted(carrier.calendar.weekdays),
        services=[ServiceReply.model_validate(_head(card)) for card in tariff.cards_at(now) if card.carrier == code],
        parcels=score.parcels if score else 0,
        judged=score.judged if score else 0,
        on_time_ppm=score.on_time_ppm if score else None,
        lost=score.lost if score else 0,
        p50_hours=score.p50_hours if score else None,
        p90_hours=score.p90_hours if score else None,
    )


def carrier_terms_reply(
    tariff: Tariff,
    code: str,
    scores: Mapping[ScoreKey, Score],
    loads: Mapping[tuple[str, str, date], int],
    now: datetime,
) -> CarrierTermsReply:
    """Write all terms of a carrier."""
    carrier = tariff.carriers[code]
    today = now.date()
    days = [today + timedelta(days=ahead) for ahead in range(_DAYS_SHOWN)]
    nodes = sorted({node for node, who in tariff.capacities if who == code} | {n for n, who, _ in loads if who == code})
    return CarrierTermsReply(
        **carrier_reply(tariff, code, scores, now).model_dump(),
        cards=[_card(card) for card in tariff.cards_at(now) if card.carrier == code],
        cut_offs=[
            CutOffReply(node=node, weekday=weekday, at=at)
            for (node, who), times in sorted(tariff.cut_offs.items())
            if who == code
            for weekday, at in sorted(times.items())
        ],
        loads=[
            LoadReply(
                node=node,
                day=day,
                parcels=loads.get((node, code, day), 0),
                capacity=tariff.capacity(node, code, day),
            )
            for node in nodes
            for day in days
        ],
        own_days=[
            OwnDayReply(day=day, works=works)
            for day, works in sorted(carrier.calendar.exceptions.items())
            if day >= today
        ],
        working_days=[day for day in days if carrier.calendar.is_working(day)],
    )


def _card(card: RateCard) -> CardReply:
    plain = ("divisor", "weight_step_g", "minimum", "max_weight_g", "max_longest_mm", "max_girth_mm", "takes_hazmat")
    return CardReply.model_validate(
        {
            **_head(card),
            **{name: getattr(card, name) for name in plain},
            "brackets": [
                {"zone": zone, **asdict(bracket)}
                for zone, brackets in sorted(card.brackets.items())
                for bracket in brackets
            ],
            "surcharges": [asdict(surcharge) for surcharge in card.surcharges],
            "lane_terms": [asdict(lane) for _, lane in sorted(card.lanes.items())],
        }
    )


def _head(card: RateCard) -> dict[str, object]:
    return {
        "service": card.service,
        "name": card.name,
        "name_en": card.name_en,
        "version": card.version,
        "currency": card.currency,
        "valid_from": card.valid_from,
        "valid_to": card.valid_to,
        "lanes": len(card.lanes),
        "closed_lanes": sum(lane.zone is None for lane in card.lanes.values()),
    }
