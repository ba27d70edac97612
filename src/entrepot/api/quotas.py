"""Quotas of channels, and the limits of cells: what is kept from whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from entrepot.api.access import Planner, Reader, note
from entrepot.api.paging import Page, Paged
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.stock import EVERYWHERE, Protection
from entrepot.stock.catalogue import require_known

router = resource_router("holds")

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Pieces = Annotated[int, Field(ge=0, le=10**12)]


class QuotaBody(BaseModel):
    """Pieces to be kept for a channel; node ``*`` for all nodes together. The period begins now by default."""

    model_config = ConfigDict(extra="forbid")

    sku: _Name
    node: _Name = "*"
    channel: _Name
    protected: _Pieces
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    source: Literal["manual", "forecast", "price"] = "manual"


class QuotasBody(BaseModel):
    """Quotas; one of the same SKU, node and channel is replaced."""

    model_config = ConfigDict(extra="forbid")

    quotas: Annotated[list[QuotaBody], Field(min_length=1, max_length=5_000)]


class QuotaReply(BaseModel):
    """A quota; ``drawn`` are the pieces of the channel's holds made in the period that are held or posted."""

    sku: str
    node: str
    channel: str
    protected: int
    drawn: int
    valid_from: datetime
    valid_until: datetime | None
    source: str
    actor: str | None
    updated_at: datetime


class QuotaFilter(Paged):
    """Filters of the list of quotas."""

    sku: Annotated[str | None, Field(max_length=200)] = None
    channel: Annotated[str | None, Field(max_length=200)] = None


class LimitsBody(BaseModel):
    """What a cell keeps back and may owe; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    sku: _Name
    node: _Name
    safety: _Pieces | None = None
    backorder_cap: _Pieces | None = None


class LimitsReply(BaseModel):
    """A cell's limits."""

    sku: str
    node: str
    safety: int
    backorder_cap: int


@router.get("/quotas", summary="List quotas")
def get_quotas(services: Wired, caller: Reader, wanted: Annotated[QuotaFilter, Query()]) -> Page[QuotaReply]:
    """List what is kept for channels, and how much of it they have drawn."""
    page = services.reservations.quotas(wanted.sku or None, wanted.channel or None, wanted.limit, wanted.cursor)
    return Page(items=[QuotaReply.model_validate(row._asdict()) for row in page.items], next=page.next)


@router.put("/quotas", summary="Keep stock for channels", status_code=204)
def put_quotas(request: Request, services: Wired, caller: Planner, body: QuotasBody) -> None:
    """Keep pieces for channels: all of the given quotas, or none."""
    now = services.clock.now()
    given = [
        Protection(
            one.sku, one.node, one.channel, one.protected, one.valid_from or now, one.valid_until, one.source,
            caller.name,
        )
        for one in body.quotas
    ]  # fmt: skip

    def put(conn: Connection) -> None:
        require_known(conn, {one.sku for one in given}, {one.node for one in given} - {EVERYWHERE})
        services.reservations.protect_in(conn, given)
        for one in given:
            target, detail = f"quota:{one.sku}:{one.node}:{one.channel}", {"protected": one.protected}
            note(conn, request, caller, "quota.put", target, detail)

    services.reservations.in_transaction(put)


@router.put("/limits", summary="Limit a cell")
def put_limits(request: Request, services: Wired, caller: Planner, body: LimitsBody) -> LimitsReply:
    """Set what a cell never promises (safety), and how far it may be promised beyond what is there."""

    def put(conn: Connection) -> LimitsReply:
        require_known(conn, [body.sku], [body.node])
        set_to = services.reservations.limit_in(
            conn, body.sku, body.node, safety=body.safety, backorder_cap=body.backorder_cap
        )
        note(conn, request, caller, "stock.limit", f"cell:{body.sku}:{body.node}", set_to._asdict())
        return LimitsReply(sku=body.sku, node=body.node, **set_to._asdict())

    return services.reservations.in_transaction(put)
