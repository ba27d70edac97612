"""A delivery day as the API tells it: stops with their receivers, routes with their times, what is broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from psycopg import Connection
from pydantic import BaseModel, Field, JsonValue

from entrepot.api.personal import shown
from entrepot.delivery.dispatch import Broken, DayStop, Driven, Look, Spot, StopState, Version, moment_of
from entrepot.orders.fold import Fields, from_json

_PLACES_MASKED = 2
"""Decimals of a degree, about a kilometre, for who may not read personal data."""


class SpotReply(BaseModel):
    """Degrees."""

    latitude: float
    longitude: float


class VehicleReply(BaseModel):
    """A vehicle and its day."""

    id: str
    name: str
    weight_g: int
    volume_mm3: int
    opens: datetime
    closes: datetime
    max_stops: int | None
    driver: str
    departed_at: datetime | None
    planned_back_at: datetime | None
    returned_at: datetime | None


class VisitReply(BaseModel):
    """A visit still to make, as planned."""

    stop: int
    arrival: datetime
    start: datetime
    leave: datetime
    drive_seconds: int
    metres: int
    late_seconds: int


class RouteReply(BaseModel):
    """What a vehicle has before it."""

    vehicle: str
    departure: datetime
    arrival: datetime
    back_seconds: int
    metres: int
    cost: int
    weight_g: int
    volume_mm3: int
    visits: list[VisitReply]


class ReceiverReply(BaseModel):
    """Who gets it; personal data as the caller may see it."""

    name: JsonValue
    phone: JsonValue
    province: JsonValue
    city: JsonValue
    district: JsonValue
    address: JsonValue
    note: JsonValue


class TimeReply(BaseModel):
    """A time agreed with the receiver."""

    opens: datetime
    closes: datetime


class StopReply(BaseModel):
    """A work order to bring; ``planned_at`` is when its visit was to begin as its vehicle left."""

    no: int
    work: str
    order: str
    status: str
    reason: str
    vehicle: str | None
    parcel: str | None
    spot: SpotReply | None
    known_by: Annotated[str, Field(description="address, city, or empty where nobody knows")]
    weight_g: int
    volume_mm3: int
    pieces: int
    opens: datetime
    closes: datetime
    windows: Annotated[list[TimeReply], Field(description="agreed with the receiver; empty: from opens to closes")]
    is_overdue: bool
    is_locked: bool
    planned_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    receiver: ReceiverReply


class BrokenReply(BaseModel):
    """A limit that is broken: late and shift in seconds of the day, weight in g, volume in mm3."""

    rule: str
    vehicle: str | None
    stop: int | None
    value: int
    limit: int
    excess: int


class VersionReply(BaseModel):
    """A change: who made it and why, and what the plan came to."""

    version: int
    cost: int
    bound: int | None
    unserved: int
    broken: int
    engine: str
    seconds: float
    action: str
    actor: str
    reason: str
    at: datetime


class DayReply(BaseModel):
    """A delivery day; costs in minor units."""

    id: int
    node: str
    day: date
    state: str
    version: int
    currency: str
    zone: str
    job: str | None
    depot: SpotReply
    cost: int
    late: int
    vehicles: list[VehicleReply]
    routes: list[RouteReply]
    stops: list[StopReply]
    unserved: list[int]
    broken: list[BrokenReply]
    versions: list[VersionReply]


def day_reply(conn: Connection, look: Look, versions: Sequence[Version], in_clear: bool) -> DayReply:
    """Tell a day."""
    kept, day = look.kept, look.kept.day
    receivers = receivers_of(conn, [one.order for one in day.stops])
    facts = {one.no: one for one in day.stops}
    return DayReply(
        id=kept.id,
        node=kept.node,
        day=kept.date,
        state=kept.state,
        version=kept.version,
        currency=day.currency,
        zone=day.zone,
        job=kept.job,
        depot=SpotReply(latitude=day.depot.latitude, longitude=day.depot.longitude),
        cost=look.judged.cost,
        late=look.judged.late,
        vehicles=vehicles_reply(look),
        routes=[_route(look, one) for one in look.judged.routes],
        stops=[
            stop_reply(look, state, facts[state.no], receivers.get(state.order_id, {}), in_clear)
            for state in kept.stops
            if state.no in facts
        ],
        unserved=list(look.judged.unserved),
        broken=[broken_reply(one) for one in look.judged.broken],
        versions=[VersionReply(**one._asdict()) for one in versions],
    )


def vehicles_reply(look: Look) -> list[VehicleReply]:
    """Tell the vehicles of a day."""
    day, runs = look.kept.day, look.kept.runs
    told = []
    for one in day.vehicles:
        run = runs.get(one.id)
        told.append(
            VehicleReply(
                id=one.id,
                name=one.name,
                weight_g=one.weight_g,
                volume_mm3=one.volume_mm3,
                opens=moment_of(day, one.opens),
                closes=moment_of(day, one.closes),
                max_stops=one.max_stops,
                driver=run.driver if run else "",
                departed_at=run.departed_at if run else None,
                planned_back_at=run.planned_back_at if run else None,
                returned_at=run.returned_at if run else None,
            )
        )
    return told


def stop_reply(look: Look, state: StopState, fact: DayStop, order: Fields, in_clear: bool) -> StopReply:
    """Tell a stop."""
    day = look.kept.day
    return StopReply(
        no=state.no,
        work=state.work,
        order=state.order_id,
        status=state.status,
        reason=state.reason,
        vehicle=state.vehicle,
        parcel=state.parcel,
        spot=_spot(fact.spot, in_clear or fact.known_by != "address"),
        known_by=fact.known_by,
        weight_g=fact.weight_g,
        volume_mm3=fact.volume_mm3,
        pieces=fact.pieces,
        opens=moment_of(day, fact.opens),
        closes=moment_of(day, fact.closes),
        windows=[TimeReply(opens=moment_of(day, since), closes=moment_of(day, to)) for since, to in fact.windows],
        is_overdue=fact.is_overdue,
        is_locked=state.no in look.plan.locks,
        planned_at=state.planned_at,
        arrived_at=state.arrived_at,
        ended_at=state.ended_at,
        receiver=_receiver(order, in_clear),
    )


def receivers_of(conn: Connection, orders: Sequence[str]) -> dict[str, Fields]:
    """Return the fields of orders."""
    rows = conn.execute("SELECT id, doc::text FROM orders.orders WHERE id = ANY (%s)", (sorted(set(orders)),))
    return {id: from_json(doc).fields for id, doc in rows}


def broken_reply(one: Broken) -> BrokenReply:
    """Tell a broken limit."""
    return BrokenReply(**one._asdict(), excess=one.excess)


def _route(look: Look, one: Driven) -> RouteReply:
    day = look.kept.day
    return RouteReply(
        vehicle=one.vehicle,
        departure=moment_of(day, one.departure),
        arrival=moment_of(day, one.arrival),
        back_seconds=one.back,
        metres=one.metres,
        cost=one.cost,
        weight_g=one.weight_g,
        volume_mm3=one.volume_mm3,
        visits=[
            VisitReply(
                stop=visit.stop,
                arrival=moment_of(day, visit.arrival),
                start=moment_of(day, visit.start),
                leave=moment_of(day, visit.leave),
                drive_seconds=visit.drive,
                metres=visit.metres,
                late_seconds=visit.late,
            )
            for visit in one.visits
        ],
    )


def _receiver(order: Fields, in_clear: bool) -> ReceiverReply:
    def said(field: str) -> JsonValue:
        register = order.get(field)
        return None if register is None else shown("order", field, register[0], in_clear)

    return ReceiverReply(
        name=said("buyer_name"),
        phone=said("buyer_phone"),
        province=said("province"),
        city=said("city"),
        district=said("district"),
        address=said("address"),
        note=said("buyer_note"),
    )


def _spot(spot: Spot | None, is_exact: bool) -> SpotReply | None:
    if spot is None:
        return None
    if is_exact:
        return SpotReply(latitude=spot.latitude, longitude=spot.longitude)
    return SpotReply(latitude=round(spot.latitude, _PLACES_MASKED), longitude=round(spot.longitude, _PLACES_MASKED))
