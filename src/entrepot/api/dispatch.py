"""The dispatcher's desk: fleets, delivery days, their plans changed by hand or searched again, and released."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Dispatcher, Reader, may_read_personal, note
from entrepot.api.dispatch_reply import BrokenReply, DayReply, broken_reply, day_reply
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.refused import raise_refusal
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.delivery.dispatch import Fleet, Type, fleet_store, store
from entrepot.flows.delivery_days import JOB
from entrepot.flows.fleets import set_fleet
from entrepot.infra.auth import list_users
from entrepot.kernel.errors import InputError

router = resource_router("dispatch", "/dispatch")

_Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w.-]+$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Second = Annotated[int, Field(ge=0, le=129_600)]
_Money = Annotated[int, Field(ge=0, le=10**9)]
_Reason = Annotated[str, Field(max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TypeBody(_Body):
    """Vehicles of one type; costs in minor units, ``opens`` and ``closes`` in seconds after midnight."""

    code: _Code
    name: _Name
    count: Annotated[int, Field(ge=1, le=200)] = 1
    weight_g: Annotated[int, Field(ge=1, le=10**9)]
    volume_mm3: Annotated[int, Field(ge=1, le=10**13)]
    opens: _Second
    closes: _Second
    fixed_cost: _Money = 0
    cost_per_km: _Money = 0
    cost_per_hour: _Money = 0
    max_stops: Annotated[int | None, Field(ge=1, le=1000)] = None


class FleetBody(_Body):
    """A node's own vehicles, all of them: types that are not named are taken away."""

    carrier: Annotated[_Code, Field(description="under which its parcels are tracked and scored")] = "OWN"
    reach_km: Annotated[int, Field(ge=1, le=2000, description="as the crow flies")] = 80
    service_seconds: Annotated[int, Field(ge=0, le=7200)] = 240
    books_on_departure: Annotated[bool, Field(description="off where a warehouse system confirms what leaves")] = True
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    types: Annotated[list[TypeBody], Field(min_length=1, max_length=50)]


class FleetReply(FleetBody):
    """A node's own vehicles."""

    node: str


class LeftOutReply(BaseModel):
    """Open work that is not on the day: planned (on another), out_of_reach (km), with_carrier, cancelling."""

    work: str
    order: str
    reason: str
    about: str


class OpenReply(BaseModel):
    """What waits at a node for a day that has no plan, or has one (``dispatch``)."""

    node: str
    day: date
    dispatch: int | None
    stops: int
    weight_g: int
    no_place: list[str]
    overdue: int
    left_out: list[LeftOutReply]


class ListedReply(BaseModel):
    """A day in the list."""

    id: int
    node: str
    day: date
    state: str
    version: int
    cost: int
    bound: int | None
    broken: int
    currency: str
    stops: int
    unserved: int
    delivered: int
    failed: int


class DaysFilter(Paged):
    """Filters of the list of days."""

    node: Annotated[str | None, Field(max_length=200)] = None


class BeginBody(_Body):
    """A day to plan."""

    node: _Name
    day: date
    seconds: Annotated[float, Field(gt=0, le=600, description="how long to search")] = 20


class BegunReply(BaseModel):
    """The day, and the job that searches its routes."""

    id: int
    job: str


class SearchBody(_Body):
    """Search again; what is locked or on the road stays on its vehicle."""

    seconds: Annotated[float, Field(gt=0, le=600)] = 20


class MoveBody(_Body):
    """A stop to another route or place; without a vehicle it is taken out."""

    stop: Annotated[int, Field(ge=1)]
    vehicle: Annotated[str | None, Field(max_length=60)] = None
    place: Annotated[int, Field(ge=1, le=10_000, description="on the route without it, from 1")] = 10_000
    version: Annotated[int, Field(ge=0, description="the one that is seen; refused as stale where there is a newer")]
    reason: _Reason = ""
    dry_run: Annotated[bool, Field(description="only tell what it comes to")] = False


class MoveReply(BaseModel):
    """What a move costs, and what it breaks or mends."""

    version: int
    cost: int
    broken: list[BrokenReply]
    mended: list[BrokenReply]


class LockBody(_Body):
    """Stops to tie to the vehicles they are on, or to let go."""

    stops: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=5000)]
    locked: bool
    version: Annotated[int, Field(ge=0)]


class VersionBody(BaseModel):
    """The version a change left."""

    version: int


class StateBody(_Body):
    """Release a day to its drivers, take it back (draft), or close it."""

    state: Literal["draft", "released", "closed"]
    version: Annotated[int, Field(ge=0)]
    reason: Annotated[_Reason, Field(description="needed where the plan breaks limits")] = ""


class StateReply(BaseModel):
    """The state a day is in."""

    state: str


class AssignBody(_Body):
    """Who drives a vehicle; empty for nobody."""

    driver: Annotated[str, Field(max_length=64)] = ""


class ChanceReply(BaseModel):
    """The best place of a stop on a route, what it adds, and what it breaks."""

    vehicle: str
    place: int
    cost: int
    broken: list[BrokenReply]


class WhyReply(BaseModel):
    """What the plan would cost less without a stop, and where else it could be; for one on no route, the reason."""

    saving: int
    reason: str | None
    chances: list[ChanceReply]


@router.get("/fleets", summary="List own vehicles")
def get_fleets(services: Wired, caller: Reader) -> list[FleetReply]:
    """List nodes that deliver with own vehicles."""
    with services.db.read() as conn:
        return [_fleet_reply(one) for one in fleet_store.fleets(conn)]


@router.put("/fleets/{node}", summary="Set a node's own vehicles")
def put_fleet(request: Request, services: Wired, caller: Dispatcher, node: str, body: FleetBody) -> FleetReply:
    """Set the vehicles of a node, all of them; plans that were made keep theirs until they are searched again."""
    codes = [one.code for one in body.types]
    if len(set(codes)) < len(codes) or any(one.closes <= one.opens for one in body.types):
        message = "A type comes twice, or its shift ends before it begins."
        raise InputError("dispatch.fleet", message, "Give each type its own code, and closes after opens.")
    types = tuple(Type(**one.model_dump()) for one in sorted(body.types, key=lambda one: one.code))
    rest = body.model_dump(exclude={"types"})
    with services.db.transaction() as conn:
        fleet = Fleet(node, **rest, types=types)
        set_fleet(conn, services.carriers, fleet, services.zone, caller.name)
        note(conn, request, caller, "dispatch.fleet", f"node:{node}", {"vehicles": sum(one.count for one in types)})
    return _fleet_reply(fleet)


@router.get("/open", summary="See what waits for own vehicles")
def get_open(services: Wired, caller: Reader, day: date | None = None) -> list[OpenReply]:
    """Tell for every fleet what waits for a day (today), and what is left out and why."""
    wanted = day or services.days.today()
    told = []
    with services.db.read() as conn:
        for fleet in fleet_store.fleets(conn):
            id = store.find(conn, fleet.node, wanted)
            reading = services.days.read(conn, fleet.node, wanted, id)
            stops = reading.day.stops
            told.append(
                OpenReply(
                    node=fleet.node,
                    day=wanted,
                    dispatch=id,
                    stops=len(stops),
                    weight_g=sum(one.weight_g for one in stops),
                    no_place=[one.order for one in stops if one.spot is None],
                    overdue=sum(one.is_overdue for one in stops),
                    left_out=[LeftOutReply(**one._asdict()) for one in reading.left_out],
                )
            )
    return told


@router.get("/days", summary="List delivery days")
def get_days(services: Wired, caller: Reader, wanted: Annotated[DaysFilter, Query()]) -> Page[ListedReply]:
    """List days, newest first."""
    after = decode_cursor(wanted.cursor, tuple[int])
    with services.db.read() as conn:
        found = store.listed(conn, wanted.limit + 1, after[0] if after else None, wanted.node or None)
    items = found[: wanted.limit]
    end = encode_cursor(items[-1].id) if len(found) > wanted.limit else None
    return Page(items=[ListedReply(**one._asdict()) for one in items], next=end)


@router.post("/days", status_code=201, summary="Plan a delivery day")
def post_day(request: Request, services: Wired, caller: Dispatcher, body: BeginBody) -> BegunReply:
    """Begin a node's day from its open work and search its routes."""
    with services.db.transaction() as conn:
        id = services.days.begin(conn, body.node, body.day, caller.name)
        note(conn, request, caller, "dispatch.begin", f"dispatch:{id}", {"node": body.node, "day": str(body.day)})
        return BegunReply(id=id, job=_submit(conn, services, id, body.seconds, caller.name))


@router.get("/days/{id}", summary="Read a delivery day")
def get_day(services: Wired, caller: Reader, id: int) -> DayReply:
    """Read a day as it stands now: stops, routes with their times, what is late or too heavy, and every version."""
    with services.db.read() as conn:
        look = services.days.desk.look(conn, id, services.clock.now())
        return day_reply(conn, look, store.versions(conn, id), may_read_personal(caller))


@router.post("/days/{id}:search", summary="Search a day's routes again")
def post_search(request: Request, services: Wired, caller: Dispatcher, id: int, body: SearchBody) -> BegunReply:
    """Read the open work anew and search; cancel the job to keep the best so far."""
    with services.db.transaction() as conn:
        services.days.desk.look(conn, id, services.clock.now())
        note(conn, request, caller, "dispatch.search", f"dispatch:{id}", {"seconds": body.seconds})
        return BegunReply(id=id, job=_submit(conn, services, id, body.seconds, caller.name))


@router.post("/days/{id}:move", summary="Move a stop")
def post_move(request: Request, services: Wired, caller: Dispatcher, id: int, body: MoveBody) -> MoveReply:
    """Move a stop, and tell what that costs and breaks; a plan may break limits, its release then asks why."""
    with services.db.transaction() as conn:
        done = services.days.desk.move(
            conn,
            id,
            body.stop,
            body.vehicle,
            body.place,
            expected=body.version,
            actor=caller.name,
            reason=body.reason,
            now=services.clock.now(),
            dry_run=body.dry_run,
        )
        if done.value is None:
            raise_refusal("dispatch", done.refusal)
        if not body.dry_run:
            note(conn, request, caller, "dispatch.move", f"dispatch:{id}", body.model_dump(exclude={"dry_run"}))
    told = done.value.difference
    return MoveReply(
        version=done.value.version,
        cost=told.cost,
        broken=[broken_reply(one) for one in told.new],
        mended=[broken_reply(one) for one in told.mended],
    )


@router.post("/days/{id}:lock", summary="Lock or unlock stops")
def post_lock(request: Request, services: Wired, caller: Dispatcher, id: int, body: LockBody) -> VersionBody:
    """Tie stops to the vehicles they are on, or let them go."""
    with services.db.transaction() as conn:
        version = services.days.desk.lock(
            conn,
            id,
            body.stops,
            body.locked,
            expected=body.version,
            actor=caller.name,
            now=services.clock.now(),
        )
        note(conn, request, caller, "dispatch.lock", f"dispatch:{id}", body.model_dump())
    return VersionBody(version=version)


@router.post("/days/{id}:state", summary="Release, take back or close a day")
def post_state(request: Request, services: Wired, caller: Dispatcher, id: int, body: StateBody) -> StateReply:
    """Move a day on; a plan that breaks limits is released only with a reason."""
    with services.db.transaction() as conn:
        done = services.days.desk.set_state(
            conn, id, body.state, expected=body.version, reason=body.reason, now=services.clock.now()
        )
        if done.value is None:
            raise_refusal("dispatch", done.refusal)
        note(conn, request, caller, f"dispatch.{body.state}", f"dispatch:{id}", body.model_dump())
    return StateReply(state=done.value)


@router.post("/days/{id}/vehicles/{vehicle}:assign", summary="Say who drives")
def post_assign(
    request: Request, services: Wired, caller: Dispatcher, id: int, vehicle: str, body: AssignBody
) -> AssignBody:
    """Give a vehicle its driver, who then sees its stops on the telephone."""
    with services.db.transaction() as conn:
        if body.driver and body.driver not in {one.name for one in list_users(conn) if one.disabled_at is None}:
            raise InputError("dispatch.driver", f"There is no user {body.driver!r}.", "Add them with the role driver.")
        run = services.days.desk.assign(conn, id, vehicle, body.driver, services.clock.now())
        note(conn, request, caller, "dispatch.assign", f"dispatch:{id}", {"vehicle": vehicle, "driver": run.driver})
    return AssignBody(driver=run.driver)


@router.get("/days/{id}/stops/{no}/why", summary="Ask why a stop is where it is")
def get_why(services: Wired, caller: Reader, id: int, no: int) -> WhyReply:
    """Tell what a stop costs where it is, and what each other vehicle would make of it."""
    with services.db.read() as conn:
        told = services.days.desk.why(conn, id, no, services.clock.now())
    return WhyReply(
        saving=told.saving,
        reason=told.reason,
        chances=[
            ChanceReply(
                vehicle=one.vehicle, place=one.place, cost=one.cost, broken=[broken_reply(b) for b in one.broken]
            )
            for one in told.chances
        ],
    )


def _submit(conn: Connection, services: Services, id: int, seconds: float, by: str) -> str:
    job = services.jobs.submit(JOB, {"dispatch": id, "seconds": seconds}, by=by, conn=conn)
    store.set_job(conn, id, job)
    return job


def _fleet_reply(one: Fleet) -> FleetReply:
    types = [TypeBody(**{name: getattr(kind, name) for name in TypeBody.model_fields}) for kind in one.types]
    return FleetReply(**{**one._asdict(), "types": types})
