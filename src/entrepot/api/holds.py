"""Holds: reserve stock, change what is reserved, and look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import Reader, Reserver
from entrepot.api.hold_bodies import (
    HELD,
    HOLD,
    HOLDS,
    HOLDS_REPLY,
    HeldReply,
    HoldBody,
    HoldsBody,
    HoldsItem,
    HoldsReply,
    UnreadHoldsBody,
    described,
    held_or_raise,
    holds_item,
)
from entrepot.api.paging import Page, Paged
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.infra.folding import awaited
from entrepot.kernel.errors import EntrepotError, InputError
from entrepot.stock import HoldQuery, HoldRequest, Reservations

router = resource_router("holds")

Body = TypeVar("Body")
_encode = msgspec.json.Encoder().encode
_read_one = msgspec.json.Decoder(HoldBody).decode
_read_many = msgspec.json.Decoder(HoldsBody).decode
_read_each = msgspec.json.Decoder(UnreadHoldsBody).decode


class RowReply(BaseModel):
    """A part of a hold at one node: ``qty`` pieces when it was made, ``held`` still promised, ``posted`` gone."""

    id: str
    place: int
    line: str
    sku: str
    node: str
    qty: int
    held: int
    posted: int
    backordered: int
    kind: str
    state: str
    channel: str | None
    doc: str | None
    to_node: str | None
    expires_at: datetime | None
    is_displaceable: bool
    actor: str | None
    created_at: datetime


class EntryReply(BaseModel):
    """A journal entry: what an act added to the soft (reserved) and firm (allocated) holds of a cell."""

    seq: int
    place: int
    act: str
    sku: str
    node: str
    reserved: int
    allocated: int
    movement: str | None
    actor: str | None
    recorded_at: datetime


class HoldReply(BaseModel):
    """A hold with its parts and its journal."""

    id: str
    kind: str
    state: str
    seq: int
    parts: list[RowReply]
    journal: list[EntryReply]


class HoldFilter(Paged):
    """Filters of the list of holds."""

    sku: Annotated[str | None, Field(max_length=200)] = None
    node: Annotated[str | None, Field(max_length=200)] = None
    doc: Annotated[str | None, Field(max_length=200)] = None
    channel: Annotated[str | None, Field(max_length=200)] = None
    kind: Annotated[str | None, Field(max_length=20)] = None
    state: Annotated[str | None, Field(max_length=20)] = None


@router.post("/holds", summary="Hold stock", openapi_extra=described(HELD, HOLD))
async def post_hold(request: Request, services: Wired, caller: Reserver) -> Response:
    """Hold stock for a cart, an order, a transfer or a channel: all lines or, with a reason, nothing.

    Answers after the commit. Requests that come at the same time share one, and none of them keeps a thread.
    """
    asked = _read(_read_one, await request.body()).request(caller.name, services.clock.now())
    (outcome,) = await awaited(services.reservations.submit([asked]))
    return _json(held_or_raise(outcome))


@router.post("/holds:bulk", summary="Hold stock many times", openapi_extra=described(HOLDS_REPLY, HOLDS))
async def post_holds(request: Request, services: Wired, caller: Reserver) -> Response:
    """Take up to 5,000 holds, each decided by itself; an item for each, in their order.

    A hold that is refused or cannot be read costs the others nothing; its item says why.
    """
    body = await request.body()
    return _json(await run_in_threadpool(_hold_many, services, body, caller.name))


@router.get("/holds", summary="List holds")
def get_holds(services: Wired, caller: Reader, wanted: Annotated[HoldFilter, Query()]) -> Page[RowReply]:
    """List parts of holds, by id."""
    query = HoldQuery(
        sku=wanted.sku or None,
        node=wanted.node or None,
        doc=wanted.doc or None,
        channel=wanted.channel or None,
        kind=wanted.kind or None,
        state=wanted.state or None,
        limit=wanted.limit,
        cursor=wanted.cursor,
    )
    page = services.reservations.find(query)
    return Page(items=[RowReply.model_validate(row._asdict()) for row in page.items], next=page.next)


@router.get("/holds/{id:path}", summary="Read a hold")
def get_hold(services: Wired, caller: Reader, id: str) -> HoldReply:
    """Read a hold with its parts and all that was done to it."""
    held, rows, journal = services.reservations.get(id)
    return HoldReply(
        id=held.id,
        kind=held.kind,
        state=held.state,
        seq=held.seq,
        parts=[RowReply.model_validate(row._asdict()) for row in rows],
        journal=[EntryReply.model_validate(entry._asdict()) for entry in journal],
    )


def _hold_many(services: Services, body: bytes, actor: str) -> HoldsReply:
    return hold_each(services.reservations, _holds(body), actor, services.clock.now())


def hold_each(
    reservations: Reservations, holds: Iterable[HoldBody | HoldsItem], actor: str, now: datetime
) -> HoldsReply:
    """Hold stock many times; what could not be read is answered with what is wrong with it."""
    items: list[HoldsItem | None] = []
    asked: list[HoldRequest] = []
    for one in holds:
        if isinstance(one, HoldsItem):
            items.append(one)
            continue
        try:
            asked.append(one.request(actor, now))
            items.append(None)
        except EntrepotError as fault:
            items.append(holds_item(one.id, fault))
    outcomes = reservations.hold(asked)
    answered = (holds_item(one.id, outcome) for one, outcome in zip(asked, outcomes, strict=True))
    complete = [next(answered) if item is None else item for item in items]
    return HoldsReply(complete, dict(Counter(item.state for item in complete)))


def _holds(body: bytes) -> Iterable[HoldBody | HoldsItem]:
    """Read the holds of a call at once; only where that fails, one by one, to find which of them is wrong."""
    try:
        return _read_many(body).holds
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [read_alone(raw) for raw in _read(_read_each, body).holds]


def read_alone(raw: bytes | msgspec.Raw) -> HoldBody | HoldsItem:
    """Read one hold, or tell what is wrong with it."""
    try:
        return _read_one(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        message = f"The hold cannot be read: {fault}. See its schema in /api/v1/docs."
        return HoldsItem(_id_of(raw), "refused", reason="invalid", message=message)


def _id_of(raw: bytes | msgspec.Raw) -> str:
    """Return the id of a hold that cannot be read, where it has one."""
    try:
        id = msgspec.json.decode(raw, type=dict[str, Any]).get("id")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return id[:200] if isinstance(id, str) else ""


def _read(decode: Callable[[bytes], Body], body: bytes) -> Body:
    try:
        return decode(body)
    except msgspec.ValidationError as fault:
        raise InputError(
            "api.invalid", f"The body cannot be read: {fault}.", "See its schema in /api/v1/docs."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError("api.malformed", f"The body is not JSON: {fault}.", "Send JSON in UTF-8.") from None


def _json(reply: HeldReply | HoldsReply) -> Response:
    return Response(_encode(reply), media_type="application/json")
