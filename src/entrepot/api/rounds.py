"""A driver's round: the stops of one's own vehicle, leaving, and what became of each stop."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Driver, note
from entrepot.api.dispatch_reply import SpotReply, StopReply, VehicleReply, receivers_of, stop_reply, vehicles_reply
from entrepot.api.refused import raise_refusal
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.delivery.dispatch import Look, moment_of, store
from entrepot.infra.auth import Principal
from entrepot.kernel.errors import NotFound

router = resource_router("dispatch", "/rounds")


class RoundReply(BaseModel):
    """A vehicle's day: its stops in sequence, first what is done; personal data in clear for who drives it."""

    dispatch: int
    node: str
    day: date
    state: str
    zone: str
    depot: SpotReply
    vehicle: VehicleReply
    departure: datetime | None
    arrival: datetime | None
    stops: list[StopReply]
    expected: Annotated[dict[int, datetime], Field(description="when each stop still to visit is to begin")]


class MineReply(BaseModel):
    """A vehicle the caller drives."""

    dispatch: int
    node: str
    day: date
    vehicle: str
    stops: int
    left: int
    departed_at: datetime | None
    returned_at: datetime | None


class ReportBody(BaseModel):
    """What became of a stop; a failure and a skip say why."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["arrived", "delivered", "failed", "skipped"]
    reason: Annotated[
        str, Field(max_length=40, description="nobody_home, refused, wrong_address, damaged, no_time, other")
    ] = ""


class ReportReply(BaseModel):
    """How far a stop is now."""

    no: int
    status: str
    reason: str
    parcel: str | None
    arrived_at: datetime | None
    ended_at: datetime | None


class RunReply(BaseModel):
    """A vehicle's day."""

    vehicle: str
    departed_at: datetime | None
    returned_at: datetime | None


@router.get("", summary="List one's own rounds")
def get_mine(services: Wired, caller: Driver) -> list[MineReply]:
    """List the released rounds the caller drives, newest first."""
    told = []
    with services.db.read() as conn:
        for id, vehicle in store.drives(conn, _user(caller)):
            kept = store.read(conn, id)
            if kept is not None:
                run, own = kept.runs[vehicle], [one for one in kept.stops if one.vehicle == vehicle]
                left = sum(one.no not in kept.ended for one in own)
                told.append(
                    MineReply(
                        dispatch=id,
                        node=kept.node,
                        day=kept.date,
                        vehicle=vehicle,
                        stops=len(own),
                        left=left,
                        departed_at=run.departed_at,
                        returned_at=run.returned_at,
                    )
                )
    return told


@router.get("/{id}/{vehicle}", summary="Read a round")
def get_round(services: Wired, caller: Driver, id: int, vehicle: str) -> RoundReply:
    """Read the run sheet of a vehicle: one's own, or, for dispatchers, any."""
    with services.db.read() as conn:
        look = services.days.desk.look(conn, id, services.clock.now())
        _check(look, vehicle, caller)
        day, driven = look.kept.day, next((one for one in look.judged.routes if one.vehicle == vehicle), None)
        expected = {one.stop: moment_of(day, one.start) for one in driven.visits} if driven else {}
        sequence = {no: place for place, no in enumerate(expected)}
        facts = {one.no: one for one in day.stops}
        own = [one for one in look.kept.stops if one.vehicle == vehicle and one.no in facts]
        own.sort(key=lambda one: (one.no in sequence, sequence.get(one.no, 0), one.ended_at or services.clock.now()))
        orders = receivers_of(conn, [one.order_id for one in own])
        return RoundReply(
            dispatch=id,
            node=look.kept.node,
            day=look.kept.date,
            state=look.kept.state,
            zone=day.zone,
            depot=SpotReply(latitude=day.depot.latitude, longitude=day.depot.longitude),
            vehicle=next(one for one in vehicles_reply(look) if one.id == vehicle),
            departure=moment_of(day, driven.departure) if driven else None,
            arrival=moment_of(day, driven.arrival) if driven else None,
            stops=[stop_reply(look, one, facts[one.no], orders.get(one.order_id, {}), True) for one in own],
            expected=expected,
        )


@router.post("/{id}/{vehicle}:depart", summary="Leave the depot")
def post_depart(request: Request, services: Wired, caller: Driver, id: int, vehicle: str) -> RunReply:
    """Leave with the goods of the route: they are shipped, and their orders are out for delivery; again is as once."""
    _allow(services, id, vehicle, caller)
    done = services.reports.depart(id, vehicle, caller.name)
    if done.value is None:
        raise_refusal("dispatch", done.refusal)
    with services.db.transaction() as conn:
        note(conn, request, caller, "round.depart", f"dispatch:{id}", {"vehicle": vehicle})
    return RunReply(vehicle=vehicle, departed_at=done.value.departed_at, returned_at=done.value.returned_at)


@router.post("/{id}/{vehicle}:return", summary="Come back")
def post_return(request: Request, services: Wired, caller: Driver, id: int, vehicle: str) -> RunReply:
    """Note that the vehicle is back; what it still has on board may go out another day."""
    _allow(services, id, vehicle, caller)
    with services.db.transaction() as conn:
        done = services.days.desk.come_back(conn, id, vehicle, services.clock.now())
        if done.value is None:
            raise_refusal("dispatch", done.refusal)
        note(conn, request, caller, "round.return", f"dispatch:{id}", {"vehicle": vehicle})
    return RunReply(vehicle=vehicle, departed_at=done.value.departed_at, returned_at=done.value.returned_at)


@router.post("/{id}/{vehicle}/stops/{no}:report", summary="Report a stop")
def post_report(
    request: Request, services: Wired, caller: Driver, id: int, vehicle: str, no: int, body: ReportBody
) -> ReportReply:
    """Report a stop as arrived, delivered, failed or skipped; its order hears of it as from a carrier."""
    look = _allow(services, id, vehicle, caller)
    if not any(one.no == no and one.vehicle == vehicle for one in look.kept.stops):
        raise NotFound("dispatch.stop", f"Stop {no} is not on {vehicle}.", "Look at the round again.")
    done = services.reports.report(id, no, body.status, body.reason, caller.name)
    if done.value is None:
        raise_refusal("dispatch", done.refusal)
    with services.db.transaction() as conn:
        detail = {"stop": no, "status": body.status, "reason": body.reason}
        note(conn, request, caller, "round.report", f"dispatch:{id}", detail)
    return ReportReply(**{name: getattr(done.value, name) for name in ReportReply.model_fields})


def _allow(services: Services, id: int, vehicle: str, caller: Principal) -> Look:
    with services.db.read() as conn:
        look = services.days.desk.look(conn, id, services.clock.now())
    _check(look, vehicle, caller)
    return look


def _user(caller: Principal) -> str:
    """Return the user's name; a token's caller has the token's in brackets after it, and names have no blanks."""
    return caller.name.partition(" ")[0]


def _check(look: Look, vehicle: str, caller: Principal) -> None:
    """Let in who drives the vehicle on a released day, and dispatchers who may read personal data.

    To anybody else the round is not there: whose it is, is nobody's business.
    """
    run = look.kept.runs.get(vehicle)
    is_own = run is not None and run.driver == _user(caller) and look.kept.state == "released"
    is_dispatcher = caller.can("dispatch") and caller.can("read_personal")
    if look.kept.day.vehicle(vehicle) is None or not (is_own or is_dispatcher):
        raise NotFound("dispatch.round", f"There is no round of {vehicle[:40]!r} for you.", "See /api/v1/rounds.")
