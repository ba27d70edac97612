"""Availability: what shops may sell, one SKU in full, shops' policies, and supply that is due."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import Reader, Requires, note
from entrepot.api.paging import Page, Paged
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.infra import log
from entrepot.infra.auth import Principal
from entrepot.infra.log import Event
from entrepot.stock.availability import ChannelPolicy
from entrepot.stock.availability_queries import (
    POLICY_CHANGED,
    AtpQuery,
    AtpRow,
    of_sku,
    policies,
    reflected,
    rows,
    save_policy,
    titles_of,
)
from entrepot.stock.supply import read_lines
from entrepot.stock.supply_file import read_table
from entrepot.stock.supply_store import supplies, take_lines

router = resource_router("availability")

Keeper = Annotated[Principal, Depends(Requires("manage_channels"))]
Supplier = Annotated[Principal, Depends(Requires("stock_write"))]

_Code = Annotated[str, Field(max_length=200)]
_MOST_LINES: Final = 50_000


class ShopAtpReply(BaseModel):
    """What a shop may sell of a SKU, in pieces. ``offered`` is what it is told: ``now`` less its buffer."""

    channel: str
    shop: str
    now: int
    offered: int
    next_date: Annotated[date | None, Field(description="the first later day with more")]
    next_qty: int | None
    owed: Annotated[int, Field(description="held, and covered by neither stock nor supply")]
    overdue: Annotated[int, Field(description="supply that should have come; counts on no day")]
    version: Annotated[int, Field(description="raised with every change of the figures")]
    position: Annotated[int, Field(description="place in the log up to which the figures are worked out")]
    changed_at: datetime


class AtpReply(ShopAtpReply):
    """A row of the list."""

    sku: str
    title: str
    title_en: str


class PointReply(BaseModel):
    """Pieces from a day on, less the buffer, by when supply is counted: in one, five or nine cases of ten."""

    day: date
    p10: int
    p50: int
    p90: int


class ShopCurveReply(ShopAtpReply):
    """A shop with its curve; the first point is today."""

    curve: list[PointReply]


class NodeStockReply(BaseModel):
    """A node as the SKU sees it."""

    sku: str
    node: str
    name: str
    name_en: str
    kind: str
    on_hand: int
    reserved: int
    allocated: int
    protected: int
    safety: int
    backorder_cap: int
    in_transit: int
    on_order: int
    is_open: bool


class ComingReply(BaseModel):
    """A supply still to come; no dates where nobody can say."""

    id: str
    kind: str
    node: str
    origin: str
    doc: str | None
    qty: int
    due_p10: datetime | None
    due_p50: datetime | None
    due_p90: datetime | None


class PegReply(BaseModel):
    """A backorder and the supply it will be served from."""

    hold: str
    line: str
    node: str
    supply: str
    qty: int
    due_p50: datetime | None
    due_p90: datetime | None


class SkuReply(BaseModel):
    """One SKU in full. ``position`` is the end of the log; how far its figures follow stands beside them."""

    sku: str
    title: str
    title_en: str
    shops: list[ShopCurveReply]
    nodes: list[NodeStockReply]
    coming: list[ComingReply]
    pegs: list[PegReply]
    position: int


class AtpFilter(Paged):
    """Filters of the list."""

    sku: _Code | None = None
    channel: _Code | None = None
    shop: _Code | None = None
    out: Annotated[bool, Field(description="only what is offered nothing of")] = False


class PolicyBody(BaseModel):
    """What a shop may sell from, and what is kept back from it."""

    model_config = ConfigDict(extra="forbid")

    nodes: Annotated[list[_Code] | None, Field(max_length=1000, description="null: every warehouse and store")] = None
    buffer_units: Annotated[int, Field(ge=0, le=10**9)] = 0
    buffer_percent: Annotated[int, Field(ge=0, le=100)] = 0
    keep_per_node: Annotated[int, Field(ge=0, le=10**9)] = 0
    may_oversell: Annotated[bool, Field(description="use the nodes' backorder caps")] = False
    quantile: Literal["p10", "p50", "p90"] = "p90"
    is_active: bool = True


class PolicyReply(PolicyBody):
    """A shop's policy."""

    channel: str
    shop: str
    updated_at: datetime


class SupplyReply(ComingReply):
    """A supply as it stands."""

    sku: str
    received: int
    sent_at: datetime | None
    is_closed: bool
    source: Annotated[str, Field(description="book: derived from movements; file, api or cli: handed in")]


class SupplyFilter(Paged):
    """Filters of the list of supply."""

    sku: _Code | None = None
    node: _Code | None = None
    closed: Annotated[bool, Field(description="also what has come in full")] = False


class SupplyImportReply(BaseModel):
    """What became of a file: lines read, and those that changed something."""

    lines: int
    changed: int


@router.get("/availability", summary="List what shops may sell")
def get_availability(services: Wired, caller: Reader, wanted: Annotated[AtpFilter, Query()]) -> Page[AtpReply]:
    """List what each shop may sell of each SKU, by SKU, channel and shop."""
    query = AtpQuery(
        wanted.sku or None, wanted.channel or None, wanted.shop or None, wanted.out, wanted.limit, wanted.cursor
    )
    with services.db.read() as conn:
        page, upto = rows(conn, query), reflected(conn)
    items = [
        AtpReply.model_validate(
            {"sku": one.row.sku, "title": one.title, "title_en": one.title_en} | _shop(one.row, upto)
        )
        for one in page.items
    ]
    return Page(items=items, next=page.next)


@router.get("/availability/{sku:path}", summary="Read one SKU's availability")
def get_sku_availability(services: Wired, caller: Reader, sku: str) -> SkuReply:
    """Read what every shop may sell of a SKU now and by date, where it lies, what is coming and what waits for it."""
    with services.db.read() as conn:
        found = of_sku(conn, sku)
        title, title_en = titles_of(conn, sku)
        upto, position = reflected(conn), log.head(conn).seq
    return SkuReply(
        sku=sku,
        title=title,
        title_en=title_en,
        shops=[
            ShopCurveReply.model_validate(_shop(one.row, upto) | {"curve": _points(one.curve)}) for one in found.shops
        ],
        nodes=[NodeStockReply(sku=sku, **node._asdict()) for node in found.nodes],
        coming=[ComingReply(**one._asdict()) for one in found.coming],
        pegs=[PegReply(**one._asdict()) for one in found.pegs],
        position=position,
    )


@router.get("/channel-policies", summary="List shops' policies")
def get_policies(services: Wired, caller: Reader) -> Page[PolicyReply]:
    """List what each shop may sell from and what is kept back from it; a short list, one page."""
    with services.db.read() as conn:
        items = [PolicyReply(**row._asdict()) for row in policies(conn)]
    return Page(items=items, total=len(items))


@router.put("/channel-policies/{channel}/{shop}", summary="Set a shop's policy")
def put_policy(
    request: Request, services: Wired, caller: Keeper, channel: str, shop: str, body: PolicyBody
) -> PolicyReply:
    """Set what a shop may sell from and what is kept back from it; its figures follow at once."""
    nodes = None if body.nodes is None else frozenset(body.nodes)
    given = body.model_dump(exclude={"nodes", "is_active"})
    policy = ChannelPolicy(channel, shop, nodes, **given)
    with services.db.transaction() as conn:
        services.shops.get(conn, channel, shop)
        save_policy(conn, policy, body.is_active)
        log.append(conn, [Event(POLICY_CHANGED, f"{channel}/{shop}", {})])
        note(conn, request, caller, "availability.policy", f"shop:{channel}:{shop}", body.model_dump())
        saved = next(row for row in policies(conn) if (row.channel, row.shop) == (channel, shop))
    return PolicyReply(**saved._asdict())


@router.get("/supply", summary="List supply that is due")
def get_supply(services: Wired, caller: Reader, wanted: Annotated[SupplyFilter, Query()]) -> Page[SupplyReply]:
    """List what is on its way to nodes, by id."""
    with services.db.read() as conn:
        page = supplies(
            conn, wanted.sku or None, wanted.node or None, with_closed=wanted.closed, limit=wanted.limit,
            cursor=wanted.cursor,
        )  # fmt: skip
    return Page(items=[SupplyReply.model_validate(row._asdict()) for row in page.items], next=page.next)


@router.post("/supply:import", summary="Import supply")
async def post_supply(
    request: Request,
    services: Wired,
    caller: Supplier,
    name: Annotated[str, Query(max_length=140, description="the file's name; its ending says what it is")],
) -> SupplyImportReply:
    """Import purchase orders, transfers and returns that are due: the request's body is the file, CSV or Excel.

    All of it goes in, or, where a row cannot be read, none; every such row is named. The same file again changes
    nothing; a line with the id of an earlier one replaces it.
    """
    body = await request.body()
    return await run_in_threadpool(_import, request, services, caller, name, body)


def _import(request: Request, services: Services, caller: Principal, name: str, body: bytes) -> SupplyImportReply:
    version = int(services.clock.now().timestamp() * 1_000_000)
    lines = read_lines(read_table(body, name), version, ZoneInfo(services.zone))
    with services.db.transaction() as conn:
        changed = take_lines(conn, lines, "api")
        note(conn, request, caller, "supply.import", f"file:{name}", {"lines": len(lines), "changed": changed})
    return SupplyImportReply(lines=len(lines), changed=changed)


def _points(curve: list[tuple[str, int, int, int]]) -> list[dict[str, object]]:
    return [{"day": day, "p10": p10, "p50": p50, "p90": p90} for day, p10, p50, p90 in curve]


def _shop(row: AtpRow, upto: int) -> dict[str, object]:
    shown = row._asdict()
    del shown["sku"], shown["log_xid"], shown["log_seq"]
    return shown | {"position": upto}
