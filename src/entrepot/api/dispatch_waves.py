"""Waves on the dispatcher's desk: which stops must go now, and which may wait for company."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from entrepot.api.access import Reader
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.delivery.dispatch import Day, moment_of
from entrepot.delivery.dispatch.outlook import LEAST_DAYS, LEAST_ORDERS
from entrepot.delivery.dispatch.waving import Waves, Word
from entrepot.flows.delivery_waves import Basis, Told, waves_of

router = resource_router("dispatch", "/dispatch")

_Id = Annotated[int, Path(ge=1, le=2**62)]
_Minutes = Annotated[int, Query(ge=5, le=720, description="from wave to wave")]
_Margin = Annotated[int, Query(ge=0, le=240, description="minutes from the decision to the departure")]


class WordReply(BaseModel):
    """What to do with one stop: must_go, goes_along, may_wait, or too_late to be in time; costs in minor units."""

    stop: int
    verdict: str
    leave_by: Annotated[datetime | None, Field(description="a vehicle with nothing else must have left")]
    until: Annotated[datetime | None, Field(description="when the last wave leaves that it can go with")]
    cost: Annotated[int, Field(description="what it adds to its wave's routes, or would at least")]
    alone: Annotated[int, Field(description="what it costs with a vehicle of its own")]
    is_overdue: bool
    later: Annotated[int | None, Field(description="in so many drawn futures it goes with a later wave")]
    futures: Annotated[int | None, Field(description="drawn while it was undecided; null where none were")]


class ForecastReply(BaseModel):
    """What the advice knows of orders still to come: those of earlier days of the node's desk, at their time of day."""

    basis: Annotated[
        Basis, Field(description="history; short: too few days or orders, so a rule without a forecast; roads: no way")
    ]
    days: Annotated[int, Field(description="earlier days of the desk, of the last eight weeks")]
    orders: Annotated[int, Field(description="that became known on them")]
    least_days: int
    least_orders: int


class WavesReply(BaseModel):
    """The wave that is decided now, and a word on every stop that waits; nothing leaves by itself."""

    policy: str
    vehicle: str
    leaves: datetime
    following: datetime | None
    routes: int
    cost: int
    forecast: ForecastReply
    words: list[WordReply]


@router.get("/days/{id}/waves", summary="Ask what must go now")
def get_waves(
    services: Wired, caller: Reader, id: _Id, every: _Minutes = 60, margin: _Margin = 15
) -> WavesReply | None:
    """Tell what must leave with the next wave and what may wait; null where the day is closed or nothing is home."""
    with services.db.read() as conn:
        told = waves_of(conn, services.days.desk, services.clock, id, every=every * 60, margin=margin * 60)
    return None if told.waves is None else _reply(told, told.waves)


def _reply(told: Told, wave: Waves) -> WavesReply:
    return WavesReply(
        policy=wave.policy,
        vehicle=wave.vehicle,
        leaves=moment_of(told.day, wave.leaves),
        following=_moment(told.day, wave.following),
        routes=wave.routes,
        cost=wave.cost,
        forecast=ForecastReply(
            basis=told.basis,
            days=len(told.history.days),
            orders=len(told.history.orders),
            least_days=LEAST_DAYS,
            least_orders=LEAST_ORDERS,
        ),
        words=[_word(told.day, one) for one in wave.words],
    )


def _word(day: Day, one: Word) -> WordReply:
    moments = {"leave_by": _moment(day, one.leave_by), "until": _moment(day, one.until)}
    return WordReply(**one._asdict() | moments)


def _moment(day: Day, seconds: int | None) -> datetime | None:
    return None if seconds is None else moment_of(day, seconds)
