"""Stock: cells, the ledger of one, as-of, nodes and the flows between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from entrepot.api.access import Reader
from entrepot.api.export import level_csv
from entrepot.api.moments import moment
from entrepot.api.paging import Page, Paged
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.kernel.errors import NotFound
from entrepot.stock import STATES, LevelQuery, LevelRow

router = resource_router("stock", "/stock")

_MOST_CELLS: Final = 5_000


class LevelReply(BaseModel):
    """A SKU at a node, in pieces; ``available`` is on hand less allocated and reserved.

    ``cover_days`` is null where nothing left it for four weeks.
    """

    sku: str
    title: str
    title_en: str
    node: str
    node_name: str
    node_name_en: str
    on_hand: int
    allocated: int
    reserved: int
    available: int
    quality_hold: int
    damaged: int
    in_transit: int
    on_order: int
    daily_sales: float
    cover_days: float | None
    status: Annotated[str, Field(description="out, low, ok or excess")]


class LedgerReply(BaseModel):
    """A movement as one cell sees it: ``delta`` in ``state``, and the balance of that state after it."""

    seq: int
    id: str
    valid_at: datetime
    recorded_at: datetime
    reason: str
    from_node: str
    from_state: str
    to_node: str
    to_state: str
    qty: int
    state: str
    delta: int
    balance: int
    doc: str | None
    line: str | None
    channel: str | None
    source_id: str | None
    actor: str | None
    reverses: str | None


class CellReply(BaseModel):
    """A cell and its ledger, newest first in valid time."""

    level: LevelReply
    items: list[LedgerReply]
    next: str | None


class BalanceReply(BaseModel):
    """What an account held."""

    sku: str
    node: str
    state: str
    qty: int


class AsOfReply(BaseModel):
    """Accounts that were not zero. ``is_cut``: there were more than 5,000; narrow by SKU or node."""

    valid: datetime
    known: datetime | None
    items: list[BalanceReply]
    is_cut: bool


class NodeReply(BaseModel):
    """A place with its stock in sum."""

    id: str
    name: str
    name_en: str
    kind: str
    province: str
    city: str
    latitude: float | None
    longitude: float | None
    units: int
    skus: int
    in_transit: int
    stockouts: int
    low: int
    excess: int
    cover_days: float | None
    status: Annotated[str, Field(description="out: a tenth of its SKUs are out; low, excess: a half; else ok")]


class FlowReply(BaseModel):
    """A lane: pieces sent in seven days, and those still under way."""

    from_node: Annotated[str, Field(serialization_alias="from")]
    to_node: Annotated[str, Field(serialization_alias="to")]
    units: int
    in_transit: int


class LevelFilter(Paged):
    """Filters of the list of levels."""

    sku: Annotated[str | None, Field(max_length=200)] = None
    node: Annotated[str | None, Field(max_length=200)] = None
    q: Annotated[str | None, Field(max_length=200, description="words in code, titles, brand, node, pinyin")] = None
    status: Annotated[str | None, Field(max_length=20)] = None
    sort: Annotated[str, Field(max_length=40)] = "sku"

    def query(self) -> LevelQuery:
        """Return the filter as the stock book reads it."""
        return LevelQuery(
            sku=self.sku or None,
            node=self.node or None,
            q=(self.q or "").strip() or None,
            status=self.status or None,
            sort=self.sort,
            limit=self.limit,
            cursor=self.cursor,
        )


@router.get("/levels", summary="List stock levels")
def get_levels(services: Wired, caller: Reader, wanted: Annotated[LevelFilter, Query()]) -> Page[LevelReply]:
    """List cells (a SKU at a node) with what they hold, how fast it leaves, and how long it lasts."""
    page = services.stock.levels(wanted.query(), services.clock.now())
    return Page(items=[_level(row) for row in page.items], next=page.next)


@router.get("/levels.csv", summary="Export stock levels", response_class=StreamingResponse)
def get_levels_csv(services: Wired, caller: Reader, wanted: Annotated[LevelFilter, Query()]) -> StreamingResponse:
    """Export all levels that match as CSV."""
    query = wanted.query()
    services.stock.levels(query, services.clock.now())  # a filter that is wrong is refused before the first byte leaves
    return StreamingResponse(
        level_csv(services.stock, query, services.clock.now()),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="stock.csv"'},
    )


@router.get("/cells/{sku:path}/{node}", summary="Read a cell and its ledger")
def get_cell(
    services: Wired,
    caller: Reader,
    sku: str,
    node: str,
    state: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> CellReply:
    """Read a cell with its movements, newest first, each with the balance after it."""
    now = services.clock.now()
    levels = services.stock.levels(LevelQuery(sku=sku, node=node, limit=1), now).items
    if not levels:
        raise NotFound(
            "stock.unknown_cell",
            f"Nothing of {sku[:80]!r} was ever at {node[:80]!r}.",
            "Check both codes in the list of levels.",
            sku=sku[:80],
            node=node[:80],
        )
    wanted = state if state in STATES else None
    page = services.stock.ledger(sku, node, wanted, limit, cursor)
    items = [LedgerReply.model_validate(row._asdict()) for row in page.items]
    return CellReply(level=_level(levels[0]), items=items, next=page.next)


@router.get("/as-of", summary="Read balances as of a moment")
def get_as_of(
    services: Wired,
    caller: Reader,
    valid: Annotated[str | None, Query(max_length=40, description="balance at this moment; now by default")] = None,
    known: Annotated[str | None, Query(max_length=40, description="from what was known then; all by default")] = None,
    sku: Annotated[str | None, Query(max_length=200)] = None,
    node: Annotated[str | None, Query(max_length=200)] = None,
) -> AsOfReply:
    """Read what the accounts held at a moment, from what was known at that or another moment."""
    at = moment("valid", valid, services.zone, is_end=True) or services.clock.now()
    then = moment("known", known, services.zone, is_end=True)
    balances = sorted(services.stock.as_of(at, then, sku or None, node or None).items())
    items = [BalanceReply(sku=a.sku, node=a.node, state=a.state, qty=qty) for a, qty in balances[:_MOST_CELLS]]
    return AsOfReply(valid=at, known=then, items=items, is_cut=len(balances) > _MOST_CELLS)


@router.get("/nodes", summary="List nodes")
def get_nodes(services: Wired, caller: Reader) -> Page[NodeReply]:
    """List places with stock in sum, stockouts and cover."""
    rows = services.stock.nodes(services.clock.now())
    items = [
        NodeReply(**row._asdict(), status=_node_status(row.skus, row.stockouts, row.low, row.excess)) for row in rows
    ]
    return Page(items=items, total=len(items))


@router.get("/flows", summary="List flows between nodes")
def get_flows(services: Wired, caller: Reader) -> Page[FlowReply]:
    """List lanes with transfers of the last seven days or still under way."""
    items = [FlowReply(**row._asdict()) for row in services.stock.flows(services.clock.now())]
    return Page(items=items, total=len(items))


def _level(row: LevelRow) -> LevelReply:
    return LevelReply(**row._asdict())


def _node_status(skus: int, stockouts: int, low: int, excess: int) -> str:
    if stockouts * 10 > skus:
        return "out"
    if (stockouts + low) * 2 > skus:
        return "low"
    return "excess" if excess * 2 > skus else "ok"
