"""Orders taken by ourselves: written as a message of the channel ``own`` and handed to the hub, like any other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from fastapi import Request, Response
from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from entrepot.api.access import Fulfiller, note
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub.adapter import RawMessage
from entrepot.hub.shops import Shop
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.kernel.ids import native_id
from entrepot.orders.detail import order_state
from entrepot.orders.fold import live_lines
from entrepot.orders.projection import told

router = resource_router("orders")

CHANNEL: Final = "own"
DESK: Final = "desk"
"""The shop of orders that name none; it is registered with the first of them."""

_Text = Annotated[str | None, Field(max_length=500)]
_Number = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s:/]+$")]
_Minor = Annotated[int, Field(ge=0, le=10**15)]


class OwnLine(BaseModel):
    """A line of an own order; money in minor units."""

    model_config = ConfigDict(extra="forbid")

    line_id: Annotated[str, Field(min_length=1, max_length=60)]
    sku: Annotated[str, Field(min_length=1, max_length=200)]
    qty: Annotated[int, Field(ge=1, le=10**6)]
    title: _Text = None
    unit_price: _Minor | None = None


class OwnAddress(BaseModel):
    """Where it goes."""

    model_config = ConfigDict(extra="forbid")

    country: _Text = None
    province: _Text = None
    city: _Text = None
    district: _Text = None
    street: _Text = None
    postal: _Text = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None


class OwnBuyer(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="forbid")

    id: _Text = None
    name: _Text = None
    phone: _Text = None
    email: _Text = None


class OwnOrder(BaseModel):
    """An order: by telephone, by a clerk in a shop, or by a program."""

    model_config = ConfigDict(extra="forbid")

    order_id: Annotated[_Number, Field(description="made by the caller; again is as good as once")]
    shop: Annotated[str, Field(max_length=60)] = DESK
    placed_at: AwareDatetime | None = None
    promised_at: AwareDatetime | None = None
    payment: Literal["unpaid", "authorised", "paid"] = "paid"
    hold: Literal["none", "risk", "address", "payment", "manual"] = "none"
    mode: Literal["ship", "pickup"] = "ship"
    store: Annotated[str | None, Field(max_length=100, description="for pickup: the node it is collected at")] = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    freight: _Minor = 0
    source: Annotated[str, Field(max_length=40, description="telephone, store, program ...")] = "telephone"
    note: _Text = None
    buyer: OwnBuyer = OwnBuyer()
    address: OwnAddress = OwnAddress()
    lines: Annotated[list[OwnLine], Field(min_length=1, max_length=500)]


class OwnChange(BaseModel):
    """What changes of an own order; what is left out stays. Quantities change by the command ``edit``."""

    model_config = ConfigDict(extra="forbid")

    payment: Literal["unpaid", "authorised", "paid", "refunded", "voided"] | None = None
    hold: Literal["none", "risk", "address", "payment", "manual"] | None = None
    status: Literal["open", "cancelled"] | None = None
    promised_at: AwareDatetime | None = None
    note: _Text = None
    address: OwnAddress | None = None


class PlacedReply(BaseModel):
    """The order and the message that made or changed it."""

    order_id: str
    message_id: str
    is_new: bool


@router.post("/orders", status_code=201, summary="Place an order")
def post_order(request: Request, response: Response, services: Wired, caller: Fulfiller, body: OwnOrder) -> PlacedReply:
    """Place an own order; 200 with ``is_new`` false when it is there already with the same lines."""
    if body.mode == "pickup" and body.store is None:
        raise InputError("orders.no_store", "The customer collects it, but no store is named.", "Name the node.")
    order_id = native_id(CHANNEL, body.shop, body.order_id)
    now = services.clock.now()
    with services.db.transaction() as conn:
        if _is_known(conn, order_id, body):
            response.status_code = 200
            return PlacedReply(order_id=order_id, message_id="", is_new=False)
        _register_desk(conn, services, body)
        note(conn, request, caller, "order.place", f"order:{order_id}", {"lines": len(body.lines)})
    document = body.model_dump(mode="json", exclude={"shop", "lines"}, exclude_none=True)
    lines = [_line(line) for line in body.lines]
    placed = (body.placed_at or now).isoformat()
    message_id = _hand_in(services, body.shop, now, {**document, "status": "open", "placed_at": placed, "lines": lines})
    return PlacedReply(order_id=order_id, message_id=message_id, is_new=True)


@router.post("/orders/{order_id:path}/changes", summary="Change an own order")
def post_change(request: Request, services: Wired, caller: Fulfiller, order_id: str, body: OwnChange) -> PlacedReply:
    """Change address, payment, hold, promise or note of an own order; ``status: cancelled`` cancels what it can.

    A new address lets another node be chosen until the order is released; after that the desk shows it.
    """
    channel, shop, number = ([*order_id.split(":", 2), "", ""])[:3]
    if channel != CHANNEL:
        raise InputError(
            "orders.not_own",
            f"{order_id[:200]} is an order of a channel.",
            "Change it there; the change comes by itself.",
        )
    with services.db.transaction() as conn:
        if order_state(conn, order_id) is None:
            raise NotFound("orders.unknown", f"There is no order {order_id[:200]!r}.", "Place it first.")
        document = body.model_dump(mode="json", exclude_none=True)
        note(conn, request, caller, "order.change", f"order:{order_id}", {"fields": sorted(document)})
    message_id = _hand_in(services, shop, services.clock.now(), {"order_id": number, **document})
    return PlacedReply(order_id=order_id, message_id=message_id, is_new=False)


def _hand_in(services: Services, shop: str, now: datetime, document: dict[str, object]) -> str:
    body = msgspec.json.encode({**document, "version": now.isoformat()})
    receipt = services.intake.accept([RawMessage(CHANNEL, shop, "order", body, now, transport="bulk")])[0]
    if receipt.status not in ("accepted", "duplicate"):
        raise InputError(
            "orders.not_taken",
            f"The order was not taken: {receipt.reason or receipt.status}.",
            "Look at its message in the quarantine.",
            message_id=receipt.message_id,
        )
    return receipt.message_id


def _is_known(conn: Connection, order_id: str, body: OwnOrder) -> bool:
    state = order_state(conn, order_id)
    if state is None:
        return False
    known = {line: (told(fields, "merchant_code"), told(fields, "qty")) for line, fields in live_lines(state).items()}
    if known != {line.line_id: (line.sku, line.qty) for line in body.lines}:
        raise Conflict(
            "orders.id_taken",
            f"Order {order_id} is there already, with other lines.",
            "Use a new number, or change the order: the command edit.",
            id=order_id,
        )
    return True


def _register_desk(conn: Connection, services: Services, body: OwnOrder) -> None:
    if body.shop == DESK and (CHANNEL, DESK) not in services.shops.all(conn):
        services.shops.register(conn, Shop(CHANNEL, DESK, "自有订单", "Own orders", currency=body.currency))


def _line(line: OwnLine) -> dict[str, object]:
    total = {} if line.unit_price is None else {"line_total": line.unit_price * line.qty}
    return {**line.model_dump(exclude_none=True), **total}
