"""Orders in pieces: where every unit is and what may be done with it; the work orders of a node."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from entrepot.api.access import Reader
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.kernel.errors import NotFound
from entrepot.orders.lifecycle import Standing, store, work
from entrepot.orders.lifecycle.store import Happened
from entrepot.orders.lifecycle.work import WorkQuery, WorkRow
from entrepot.orders.pieces import Piece, legal_commands, status
from entrepot.stock.catalogue import sku_names

router = resource_router("fulfilment")


Names = Mapping[str, tuple[str, str]]
"""The catalogue's names of SKUs, in Chinese and in English."""


class PieceReply(BaseModel):
    """Units of a line that share one fate, and the commands that are legal for them now."""

    id: str
    line: str
    sku: str | None
    name: Annotated[str, Field(description="of the SKU in the catalogue; empty where it has none")]
    name_en: str
    qty: int
    state: str
    node: str | None
    work: str | None
    barred: list[str]
    grade: str | None
    is_held: Annotated[bool, Field(description="whether stock is promised to it")]
    commands: list[str]


class OrderPieces(BaseModel):
    """An order by piece; ``status`` is a rule over the pieces, ``ordered`` the units ever asked for by line."""

    order: str
    version: int
    status: str
    is_kept: Annotated[bool, Field(description="false: the pieces are what channels and warehouses say, not yet kept")]
    is_paid: bool
    is_held: bool
    mode: str
    release_at: datetime | None
    over_issued: int
    ordered: dict[str, int]
    pieces: list[PieceReply]
    history: list[Happened]


class WorkFilter(Paged):
    """Filters of the list of work orders."""

    node: Annotated[str | None, Field(max_length=200)] = None
    state: Annotated[str | None, Field(max_length=40)] = None
    q: Annotated[str | None, Field(max_length=200, description="number of a work order or an order")] = None


class WorkReply(BaseModel):
    """A work order; ``state`` is that of its least advanced piece."""

    id: str
    order_id: str
    channel: str
    native_id: str
    node: str
    mode: str
    state: str
    version: int
    released_at: datetime
    accept_by: datetime | None
    ship_by: datetime
    collect_by: datetime | None
    is_late: bool
    parcels: list[dict[str, str]]
    pieces: Annotated[
        list[dict[str, object]],
        Field(description="``name`` and ``name_en`` of the catalogue, ``title`` as the channel calls it"),
    ]
    commands: Annotated[list[str], Field(description="legal for all of its live pieces")]


class WorkPage(Page[WorkReply]):
    """Work orders, and how many there are by state."""

    counts: dict[str, int]


@router.get("/fulfilments", summary="List work orders")
def get_fulfilments(services: Wired, caller: Reader, wanted: Annotated[WorkFilter, Query()]) -> WorkPage:
    """List the work orders of a node, the one to be shipped first at the head: a store's list for the day."""
    query = WorkQuery(wanted.node or None, wanted.state or None, wanted.q or None)
    after = decode_cursor(wanted.cursor, tuple[datetime, str])
    with services.db.read() as conn:
        found = work.rows(conn, query, wanted.limit + 1, after)
        counts = work.counts(conn, query)
        standings = services.lifecycle.look(conn, [row.order_id for row in found])
        names = sku_names(conn, {str(piece["sku"]) for row in found for piece in row.pieces})
    items = found[: wanted.limit]
    end = encode_cursor(items[-1].ship_by, items[-1].id) if len(found) > wanted.limit else None
    now = services.clock.now()
    return WorkPage(
        items=[_work_reply(row, standings[row.order_id], now, names) for row in items], next=end, counts=counts
    )


@router.get("/orders/{order_id:path}/pieces", summary="Read an order by piece")
def get_pieces(services: Wired, caller: Reader, order_id: str) -> OrderPieces:
    """Tell where every unit of an order is, what was done to it, and what may be done now."""
    with services.db.read() as conn:
        standing = services.lifecycle.look(conn, [order_id]).get(order_id)
        if standing is None:
            raise unknown_order(order_id)
        names = sku_names(conn, {piece.sku for piece in standing.order.pieces if piece.sku is not None})
        return _pieces_reply(standing, store.history(conn, order_id), names)


def unknown_order(order_id: str) -> NotFound:
    """Return the error for an order that is not there."""
    return NotFound(
        "orders.unknown",
        f"There is no order {order_id[:200]!r}.",
        "Ids are channel:shop:number; look for the number with /api/v1/search?q=.",
        id=order_id[:200],
    )


def _pieces_reply(standing: Standing, history: list[Happened], names: Names) -> OrderPieces:
    order, life = standing.order, standing.life
    return OrderPieces(
        order=order.id,
        version=order.version,
        status=status(order.pieces),
        is_kept=standing.is_kept,
        is_paid=order.is_paid,
        is_held=order.is_held,
        mode=order.mode,
        release_at=life.release_at,
        over_issued=life.over_issued,
        ordered=dict(order.ordered),
        pieces=[_piece_reply(standing, piece, names) for piece in order.pieces],
        history=history,
    )


def _piece_reply(standing: Standing, piece: Piece, names: Names) -> PieceReply:
    name, name_en = names.get(piece.sku or "", ("", ""))
    return PieceReply(
        id=piece.id,
        line=piece.line,
        sku=piece.sku,
        name=name,
        name_en=name_en,
        qty=piece.qty,
        state=piece.state,
        node=piece.node,
        work=piece.work,
        barred=list(piece.barred),
        grade=piece.grade,
        is_held=piece.hold is not None,
        commands=legal_commands(standing.order, piece),
    )


def _work_reply(row: WorkRow, standing: Standing, now: datetime, names: Names) -> WorkReply:
    live = [piece for piece in standing.order.pieces if piece.work == row.id and piece.state != "cancelled"]
    legal = [legal_commands(standing.order, piece) for piece in live]
    common = [name for name in (legal[0] if legal else []) if all(name in one for one in legal)]
    is_waiting = row.state == "released" and row.accept_by is not None and row.accept_by < now
    is_late = is_waiting or (row.state != "shipped" and row.mode != "pickup" and row.ship_by < now)
    shown = [
        {**piece, "name": name, "name_en": name_en}
        for piece in row.pieces
        for name, name_en in [names.get(str(piece["sku"]), ("", ""))]
    ]
    row = row._replace(pieces=shown)
    return WorkReply(**row._asdict(), version=standing.order.version, is_late=is_late, commands=common)
