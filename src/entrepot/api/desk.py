"""The order desk: what needs a person, by reason, with what may be done; and doing it to many at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Fulfiller, Reader, note
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.infra.database import retry_conflicts
from entrepot.kernel.errors import InputError
from entrepot.kernel.outcome import Outcome
from entrepot.orders.lifecycle import Standing, desk
from entrepot.orders.lifecycle.desk import DeskQuery, DeskRow, ReasonCount
from entrepot.orders.pieces import COMMANDS, TOLD, Applied, Command, Take, apply, legal_commands
from entrepot.stock.catalogue import sku_names

router = resource_router("fulfilment")

_MOST_AT_ONCE: Final = 1_000
_FIT_FOR_MANY: Final = tuple(
    name for name in COMMANDS if name not in TOLD and name not in ("add", "match", "source", "exchange")
)
_Name = Annotated[str | None, Field(max_length=200)]


class DeskFilter(Paged):
    """Filters of the desk."""

    reason: Annotated[str | None, Field(max_length=40, description=", ".join(desk.ALL_REASONS))] = None
    channel: _Name = None
    node: _Name = None
    q: Annotated[str | None, Field(max_length=200, description="an order's number or id")] = None

    def query(self) -> DeskQuery:
        """Return the filter as the desk reads it."""
        return DeskQuery(self.reason or None, self.channel or None, self.node or None, self.q or None)


class GoodsReply(BaseModel):
    """Units of an order that are on the desk, by SKU; ``title`` as the channel calls it."""

    sku: str | None
    qty: int
    title: str | None
    name: Annotated[str, Field(description="in the catalogue; empty where it has none")]
    name_en: str


class MatterReply(BaseModel):
    """An order and one reason why it needs a person; money in minor units."""

    order_id: str
    reason: str
    channel: str
    native_id: str
    version: int
    due: datetime
    since: datetime
    placed_at: datetime | None
    promised_at: datetime | None
    qty: int
    money: int
    currency: str | None
    nodes: list[str]
    pieces: list[str]
    goods: list[GoodsReply]
    commands: Annotated[list[str], Field(description="legal for all of these pieces now")]


class DeskPage(Page[MatterReply]):
    """What needs a person, and how much of it there is by reason, worst first."""

    counts: list[ReasonCount]


class BulkBody(BaseModel):
    """One command for everything on the desk that matches."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=150, description="made by the caller; again is as good as once")]
    command: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(max_length=40, description="why the orders are on the desk")]
    orders: Annotated[list[str] | None, Field(max_length=_MOST_AT_ONCE, description="only these; else all")] = None
    channel: _Name = None
    node: _Name = None
    why: Annotated[str, Field(max_length=500)] = ""
    dry_run: Annotated[bool, Field(description="only count; nothing is written")] = False


class RefusedReply(BaseModel):
    """An order the command was refused for."""

    order_id: str
    reason: str
    message: str


class BulkReply(BaseModel):
    """Orders that matched, those the command was (or would be) done to, and those it was refused for."""

    matched: int
    done: int
    units: int
    refused: list[RefusedReply]


@router.get("/desk", summary="See what needs a person")
def get_desk(services: Wired, caller: Reader, wanted: Annotated[DeskFilter, Query()]) -> DeskPage:
    """List orders that need a person, one row a reason: the earliest deadline first, of equals the most money."""
    query, now = wanted.query(), services.clock.now()
    after = decode_cursor(wanted.cursor, tuple[datetime, int, str, str])
    with services.db.read() as conn:
        found = desk.rows(conn, query, now, wanted.limit + 1, after)
        counts = list(desk.counts(conn, query, now))
        standings = services.lifecycle.look(conn, [row.order_id for row in found])
        titles = desk.titles(conn, [row.order_id for row in found])
        names = sku_names(
            conn, {one.sku for standing in standings.values() for one in standing.order.pieces if one.sku}
        )
    items = found[: wanted.limit]
    end = encode_cursor(*desk.position_of(items[-1])) if len(found) > wanted.limit else None
    matters = [_matter(row, standings[row.order_id], titles, names) for row in items]
    return DeskPage(items=matters, next=end, counts=counts)


@router.post("/desk:act", summary="Do one thing to many orders")
def post_act(request: Request, services: Wired, caller: Fulfiller, body: BulkBody) -> BulkReply:
    """Do a command to the pieces of every order that is on the desk for a reason, 1,000 orders at most.

    Each order by itself: what is refused for one is done for the others. ``dry_run`` tells what would come of it,
    stock aside.
    """
    if body.command not in _FIT_FOR_MANY:
        raise InputError(
            "orders.bulk_command",
            f"{body.command!r} cannot be done to many orders at once.",
            f"Use one of {', '.join(_FIT_FOR_MANY)}.",
        )
    orders = None if body.orders is None else tuple(body.orders)
    query = DeskQuery(body.reason, body.channel or None, body.node or None, None, orders)
    with services.db.read() as conn:
        matters = desk.rows(conn, query, services.clock.now(), _MOST_AT_ONCE)
        standings = services.lifecycle.look(conn, [row.order_id for row in matters]) if body.dry_run else {}
    if body.dry_run:
        outcomes = [(row, apply(_command(body, row, caller.name), standings[row.order_id].order)) for row in matters]
    else:
        with services.db.transaction() as conn:
            detail = {**body.model_dump(exclude={"orders", "dry_run"}), "matched": len(matters)}
            note(conn, request, caller, f"desk.{body.command}", "", detail)
        outcomes = [(row, _do(services, _command(body, row, caller.name), row)) for row in matters]
    return _bulk_reply(outcomes)


def _do(services: Services, command: Command, row: DeskRow) -> Outcome[Applied]:
    def once() -> Outcome[Applied]:
        with services.db.transaction() as conn:
            standing = services.lifecycle.follow(conn, services.lifecycle.lock(conn, row.order_id))
            return services.lifecycle.ask(conn, standing, command)

    return retry_conflicts(once)


def _command(body: BulkBody, row: DeskRow, actor: str) -> Command:
    takes = tuple(Take(piece) for piece in row.pieces)
    return Command(body.id, body.command, takes=takes, actor=actor, reason=body.why)


def _bulk_reply(outcomes: list[tuple[DeskRow, Outcome[Applied]]]) -> BulkReply:
    done = [outcome.value for _, outcome in outcomes if outcome.value is not None]
    return BulkReply(
        matched=len(outcomes),
        done=len(done),
        units=sum(change.qty for applied in done for change in applied.changes if change.source),
        refused=[
            RefusedReply(order_id=row.order_id, reason=outcome.refusal.reason, message=outcome.refusal.message)
            for row, outcome in outcomes
            if outcome.refusal is not None
        ],
    )


def _matter(
    row: DeskRow, standing: Standing, titles: Mapping[tuple[str, str], str], names: Mapping[str, tuple[str, str]]
) -> MatterReply:
    pieces = [piece for piece in standing.order.pieces if piece.id in row.pieces]
    legal = [legal_commands(standing.order, piece) for piece in pieces]
    common = [name for name in (legal[0] if legal else []) if all(name in one for one in legal)]
    goods: dict[tuple[str | None, str | None], int] = {}
    for piece in pieces or [piece for piece in standing.order.pieces if piece.state != "cancelled"]:
        key = piece.sku, titles.get((row.order_id, piece.line))
        goods[key] = goods.get(key, 0) + piece.qty
    listed = [
        GoodsReply(sku=sku, qty=qty, title=title, name=name, name_en=name_en)
        for (sku, title), qty in goods.items()
        for name, name_en in [names.get(sku or "", ("", ""))]
    ]
    # Of the order as a whole: wherever its units are, or went from.
    nodes = row.nodes if pieces else sorted({piece.node for piece in standing.order.pieces if piece.node is not None})
    return MatterReply(**{**row._asdict(), "nodes": nodes}, goods=listed, commands=common)
