"""Write-back: what each channel should be told, whether it has heard it, and sending dead letters again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Operator, Reader, note
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.hub.writeback import TargetQuery, retry, summary, targets
from entrepot.kernel.errors import InputError

router = resource_router("write-back")

_Code = Annotated[str, Field(max_length=200)]
_Target = Annotated[str, Field(max_length=500)]
State = Literal["waiting", "done", "held", "dead"]


class TargetReply(BaseModel):
    """A listing or a parcel: what the channel should be told, what it last accepted, and what stands between."""

    channel: str
    shop: str
    kind: Annotated[str, Field(description="stock or shipment")]
    target: str
    state: Annotated[State, Field(description="held: its shop cannot be written to; dead: given up")]
    wish: dict[str, object]
    accepted: dict[str, object] | None
    attempts: int
    wished_at: datetime
    accepted_at: datetime | None
    due_at: datetime
    is_under_way: bool
    reason: str
    message: str
    mend: str
    position: Annotated[int, Field(description="place in the log that the wish reflects")]


class SummaryReply(BaseModel):
    """A shop's outbox in sum."""

    channel: str
    shop: str
    kind: str
    waiting: int
    done: int
    held: int
    dead: int
    oldest_waiting: datetime | None
    last_accepted: datetime | None


class TargetFilter(Paged):
    """Filters of the list."""

    channel: _Code | None = None
    shop: _Code | None = None
    kind: Literal["stock", "shipment"] | None = None
    state: State | None = None


class RetryBody(BaseModel):
    """Which dead letters to send again; at least a channel must be named."""

    model_config = ConfigDict(extra="forbid")

    channel: _Code
    shop: _Code | None = None
    kind: Literal["stock", "shipment"] | None = None
    target: _Target | None = None


class RetryReply(BaseModel):
    """How many wait again."""

    retried: int


@router.get("/writeback", summary="List what channels should be told")
def get_writeback(services: Wired, caller: Reader, wanted: Annotated[TargetFilter, Query()]) -> Page[TargetReply]:
    """List the outbox by channel, shop, kind and target."""
    after = decode_cursor(wanted.cursor, tuple[str, str, str, str])
    query = TargetQuery(wanted.channel or None, wanted.shop or None, wanted.kind, wanted.state, after, wanted.limit + 1)
    with services.db.read() as conn:
        found = targets(conn, query)
    shown = found[: wanted.limit]
    items = []
    for row in shown:
        fields = row._asdict()
        del fields["log_xid"]
        items.append(TargetReply(position=fields.pop("log_seq"), **fields))
    end = shown[-1] if len(found) > wanted.limit else None
    return Page(items=items, next=encode_cursor(end.channel, end.shop, end.kind, end.target) if end else None)


@router.get("/writeback/summary", summary="Count the outbox by shop and state")
def get_summary(services: Wired, caller: Reader) -> Page[SummaryReply]:
    """Count each shop's targets by state; a short list, one page."""
    with services.db.read() as conn:
        items = [SummaryReply(**row._asdict()) for row in summary(conn)]
    return Page(items=items, total=len(items))


@router.post("/writeback:retry", summary="Send dead letters again")
def post_retry(request: Request, services: Wired, caller: Operator, body: RetryBody) -> RetryReply:
    """Let targets that were given up wait again; they are sent at once, with what they should be now."""
    if body.target is not None and (body.shop is None or body.kind is None):
        raise InputError("writeback.retry", "A target is named by its shop and kind as well.", "Add shop and kind.")
    with services.db.transaction() as conn:
        wanted = body.model_dump()
        retried = retry(conn, services.clock.now(), **wanted)
        note(conn, request, caller, "writeback.retry", f"channel:{body.channel}", wanted | {"retried": retried})
    return RetryReply(retried=retried)
