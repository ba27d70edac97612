"""Parcels given to carriers: chosen, taken back, labelled."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Fulfiller, Reader, note
from entrepot.api.carriers import ParcelBody, PlaceBody
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.delivery import Address, Given, LabelRequest, Wanted
from entrepot.flows.carriers import node_place
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.kernel.outcome import Refusal

router = resource_router("carriers", "/carriers/parcels")

_Id = Annotated[str, Field(min_length=1, max_length=200)]
_Line = Annotated[str, Field(max_length=120)]


class WantedBody(BaseModel):
    """A parcel that needs a carrier; the same id with the same content is the same parcel."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    node: _Id
    destination: PlaceBody
    parcel: ParcelBody
    ready_at: Annotated[datetime, Field(description="when it is packed, with a time zone")]
    deliver_by: Annotated[datetime | None, Field(description="what the customer was promised, with a time zone")] = None
    value: Annotated[int, Field(ge=0, le=2**53, description="worth of its goods, minor units")] = 0
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"


class GivenReply(BaseModel):
    """A parcel given to a carrier, and why to that one."""

    id: str
    state: Annotated[str, Field(description="chosen or cancelled")]
    node: str
    carrier: str
    service: str
    version: int
    day: date
    deliver_by: datetime
    weight_g: int
    amount: int
    currency: str
    decision: Annotated[dict[str, object], Field(description="chosen, binding reason, candidates with cost parts")]


class AddressBody(BaseModel):
    """Who is where."""

    model_config = ConfigDict(extra="forbid")

    name: _Line
    phone: _Line = ""
    country: _Line = "CN"
    province: _Line = ""
    city: _Line = ""
    street: _Line
    postal: _Line = ""


class LabelBody(BaseModel):
    """A label that is wanted; the same id with the same content is the same label."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    sender: AddressBody
    receiver: AddressBody
    reference: _Line = ""
    format: Literal["svg", "pdf", "zpl"] = "svg"


class LabelReply(BaseModel):
    """A label: its number, and the print in base64."""

    id: str
    tracking_no: str
    format: str
    media_type: str
    content: str


@router.post("", summary="Choose a carrier for a parcel")
def post_parcel(request: Request, services: Wired, caller: Fulfiller, wanted: WantedBody) -> GivenReply:
    """Choose the service that is cheapest in expectation of those that can, and take room with its carrier."""
    for name in ("ready_at", "deliver_by"):
        at = getattr(wanted, name)
        if at is not None and at.tzinfo is None:
            raise InputError(f"delivery.{name}", f"{name} has no time zone.", "Add one, such as +08:00.")
    with services.db.transaction() as conn:
        one = Wanted(
            wanted.id,
            wanted.parcel.parcel(),
            node_place(conn, wanted.node),
            wanted.destination.place(),
            wanted.ready_at,
            wanted.deliver_by,
            wanted.value,
            wanted.currency,
        )
        (made,) = services.carriers.choose(conn, [one], caller.name)
        if made.value is None:
            raise _refused(made.refusal)
        note(conn, request, caller, "parcel.choose", f"parcel:{wanted.id}", {"carrier": made.value.carrier})
    return _given(made.value)


@router.get("/{parcel:path}", summary="Read a parcel given to a carrier")
def get_parcel(services: Wired, caller: Reader, parcel: str) -> GivenReply:
    """Read a parcel with the decision behind it."""
    with services.db.read() as conn:
        given = services.carriers.given(conn, parcel)
    if given is None:
        raise NotFound("delivery.parcel", f"There is no parcel {parcel[:80]!r}.", "Choose its carrier first.")
    return _given(given)


@router.post("/{parcel:path}:cancel", summary="Take a parcel back")
def post_cancel(request: Request, services: Wired, caller: Fulfiller, parcel: str) -> GivenReply:
    """Take a parcel back from its carrier: its labels are voided, its room is free again; twice is once."""
    (done,) = services.carriers.cancel([parcel])
    if done.refusal is not None:
        raise _refused(done.refusal)
    with services.db.transaction() as conn:
        note(conn, request, caller, "parcel.cancel", f"parcel:{parcel}")
    return get_parcel(services, caller, parcel)


@router.post("/{parcel:path}:label", summary="Get a parcel its label")
def post_label(request: Request, services: Wired, caller: Fulfiller, parcel: str, wanted: LabelBody) -> LabelReply:
    """Get a chosen parcel its label and number, from its carrier's interface or from the house."""
    with services.db.read() as conn:
        given = services.carriers.given(conn, parcel)
    asked = LabelRequest(
        wanted.id,
        1,
        given.carrier if given else "",
        given.service if given else "",
        Address(**wanted.sender.model_dump()),
        Address(**wanted.receiver.model_dump()),
        given.weight_g if given else 1,
        wanted.reference,
        wanted.format,
    )
    made = services.carriers.label(parcel, asked, caller.name)
    if made.value is None:
        raise _refused(made.refusal)
    label = made.value
    with services.db.transaction() as conn:
        note(
            conn, request, caller, "parcel.label", f"parcel:{parcel}", {"label": label.id, "number": label.tracking_no}
        )
    content = base64.b64encode(label.content).decode()
    return LabelReply(**label._asdict() | {"content": content})


def _given(given: Given) -> GivenReply:
    return GivenReply.model_validate({name: getattr(given, name) for name in GivenReply.model_fields})


def _refused(refusal: Refusal | None) -> Conflict | NotFound:
    reason, message = (refusal.reason, refusal.message) if refusal else ("unknown", "It was refused.")
    kind = NotFound if reason == "unknown" else Conflict
    return kind(f"delivery.{reason}", message, "", **(refusal.facts if refusal else {}))
