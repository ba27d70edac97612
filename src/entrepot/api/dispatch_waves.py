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
from entrepot.delivery.dispatch.waving import Waves, Word
from entrepot.flows.delivery_waves import waves_of

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


class WavesReply(BaseModel):
    """The wave that is decided now, and a word on every stop that waits; nothing leaves by itself."""

    policy: str
    vehicle: str
    leaves: datetime
    following: datetime | None
    routes: int
    cost: int
    words: list[WordReply]


@router.get("/days/{id}/waves", summary="Ask what must go now")
def get_waves(
    services: Wired, caller: Reader, id: _Id, every: _Minutes = 60, margin: _Margin = 15
) -> WavesReply | None:
    """Tell what must leave with the next wave and what may wait; null where the day is closed or nothing is home."""
    with services.db.read() as conn:
        day, told = waves_of(conn, services.days.desk, services.clock, id, every=every * 60, margin=margin * 60)
    return None if told is None else _reply(day, told)


def _reply(day: Day, told: Waves) -> WavesReply:
    return WavesReply(
        policy=told.policy,
        vehicle=told.vehicle,
        leaves=moment_of(day, told.leaves),
        following=_moment(day, told.following),
        routes=told.routes,
        cost=told.cost,
        words=[_word(day, one) for one in told.words],
    )


def _word(day: Day, one: Word) -> WordReply:
    moments = {"leave_by": _moment(day, one.leave_by), "until": _moment(day, one.until)}
    return WordReply(**one._asdict() | moments)


def _moment(day: Day, seconds: int | None) -> datetime | None:
    return None if seconds is None else moment_of(day, seconds)
