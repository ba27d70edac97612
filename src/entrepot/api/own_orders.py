"""Orders taken by ourselves: written as a message of the channel ``own`` and handed to the hub, like any other."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from fastapi import Request, Response
from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from entrepot.api.access import Fulfiller, note
from entrepot.api.fulfilment import unknown_order
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub.adapter import RawMessage
from entrepot.hub.queries import stored_messages
from entrepot.hub.shops import Shop
from entrepot.hub.translate import translate
from entrepot.kernel.errors import Conflict, Declined, InputError
from entrepot.kernel.ids import native_id
from entrepot.orders.detail import order_sources, order_state
from entrepot.orders.fold import OrderState, live_lines
from entrepot.orders.pieces.piece import LINE_PATTERN
from entrepot.orders.projection import told
from entrepot.stock.catalogue import unknown_codes

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

    line_id: Annotated[str, Field(min_length=1, max_length=60, pattern=LINE_PATTERN)]
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

    @field_validator("lines")
    @classmethod
    def _each_line_once(cls, lines: list[OwnLine]) -> list[OwnLine]:
        twice = sorted(name for name, times in Counter(line.line_id for line in lines).items() if times > 1)
        if twice:
            raise ValueError(f"several lines are called {', '.join(twice)}; give each a name of its own")
        return lines

    def document(self) -> dict[str, object]:
        """Return what it says, as the channel ``own`` writes it, without its version."""
        said = self.model_dump(mode="json", exclude={"shop", "lines"}, exclude_none=True)
        return {**said, "status": "open", "lines": [_line(line) for line in self.lines]}


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
    """Place an own order; 200 with ``is_new`` false when it is there already as it is sent now.

    The same number with anything else in it is refused with 409.
    """
    order_id = native_id(CHANNEL, body.shop, body.order_id)
    now = services.clock.now()
    with services.db.transaction() as conn:
        if _is_known(conn, order_id, body):
            response.status_code = 200
            return PlacedReply(order_id=order_id, message_id="", is_new=False)
        _check_store(conn, body)
        _register_desk(conn, services, body)
        message = _message(body.shop, now, {"placed_at": now.isoformat(), **body.document()})
        _check_readable(services, services.shops.get(conn, CHANNEL, body.shop), message)
        note(conn, request, caller, "order.place", f"order:{order_id}", {"lines": len(body.lines)})
    return PlacedReply(order_id=order_id, message_id=_hand_in(services, message), is_new=True)


@router.post("/orders/{order_id:path}/changes", summary="Change an own order")
def post_change(request: Request, services: Wired, caller: Fulfiller, order_id: str, body: OwnChange) -> PlacedReply:
    """Change address, payment, hold, promise or note of an own order; ``status: cancelled`` cancels what it can.

    A new address lets another node be chosen until the order is released; after that the desk shows it.
    """
    channel, shop, number = ([*order_id.split(":", 2), "", ""])[:3]
    document = body.model_dump(mode="json", exclude_none=True)
    with services.db.transaction() as conn:
        state = order_state(conn, order_id)
        if state is None:
            raise unknown_order(order_id)
        if channel != CHANNEL:
            raise InputError(
                "orders.not_own",
                f"{order_id[:200]} is an order of a channel.",
                "Change it there; the change comes by itself.",
            )
        if not document:
            raise InputError("orders.no_change", "Nothing is to change.", "Name a field and its new value.")
        if document.get("status") == "open" and told(state.fields, "fulfilment_status") == "cancelled":
            raise Conflict(
                "orders.order_cancelled",
                f"Order {order_id} is cancelled, and what was cancelled is not served again.",
                "Place a new order.",
            )
        message = _message(shop, services.clock.now(), {"order_id": number, **document})
        _check_readable(services, services.shops.get(conn, CHANNEL, shop), message)
        note(conn, request, caller, "order.change", f"order:{order_id}", {"fields": sorted(document)})
    return PlacedReply(order_id=order_id, message_id=_hand_in(services, message), is_new=False)


def _message(shop: str, now: datetime, document: dict[str, object]) -> RawMessage:
    body = msgspec.json.encode({**document, "version": now.isoformat()})
    return RawMessage(CHANNEL, shop, "order", body, now, transport="bulk")


def _check_readable(services: Services, shop: Shop, message: RawMessage) -> None:
    """Refuse what the hub would keep out, before it is kept at all."""
    said = translate(services.adapters.of(message), message, shop.context)
    faults = [finding.message for finding in said.findings if finding.severity == "quarantine"]
    if faults:
        raise InputError("orders.unreadable", " ".join(faults), "Mend the value that is named, and send it again.")


def _check_store(conn: Connection, body: OwnOrder) -> None:
    if body.mode == "pickup" and body.store is None:
        raise InputError("orders.no_store", "The customer collects it, but no store is named.", "Name the node.")
    if body.mode != "pickup" and body.store is not None:
        raise InputError(
            "orders.store", "A store is named, but it goes by carrier.", "Leave it out, or set mode to pickup."
        )
    if body.store is not None and unknown_codes(conn, (), [body.store])[1]:
        raise InputError("orders.no_store", f"There is no node {body.store!r}.", "Check the code in the list of nodes.")


def _hand_in(services: Services, message: RawMessage) -> str:
    receipt = services.intake.accept([message])[0]
    if receipt.status not in ("accepted", "duplicate"):
        raise InputError(
            "orders.not_taken",
            f"The order was not taken: {(receipt.reason or receipt.status).rstrip('.')}.",
            "Look at its message in the quarantine.",
            message_id=receipt.message_id,
        )
    return receipt.message_id


def _is_known(conn: Connection, order_id: str, body: OwnOrder) -> bool:
    state = order_state(conn, order_id)
    if state is None:
        return False
    other = _other_fields(conn, order_id, state, body)
    if other:
        raise Declined(
            "orders.id_taken",
            f"Order {order_id} is there already, with other {', '.join(other)}.",
            "Use a new number, or change the order: quantities by the command edit, the rest by its changes.",
            id=order_id,
            fields=other,
        )
    return True


def _other_fields(conn: Connection, order_id: str, state: OrderState, body: OwnOrder) -> list[str]:
    """Return in what an order differs from the one that was placed; by its lines alone where its bytes were erased."""
    sent = body.document()
    placed = _placed_document(conn, order_id)
    if placed is not None:
        names = (sent.keys() | placed.keys()) - {"version", *(() if body.placed_at else ("placed_at",))}
        return sorted(name for name in names if sent.get(name) != placed.get(name))
    known = {line: (told(fields, "merchant_code"), told(fields, "qty")) for line, fields in live_lines(state).items()}
    return [] if known == {line.line_id: (line.sku, line.qty) for line in body.lines} else ["lines"]


def _placed_document(conn: Connection, order_id: str) -> dict[str, object] | None:
    """Read the message that placed an order; None where it was another door's, or its bytes were erased."""
    first = order_sources(conn, order_id)[:1]
    for stored in stored_messages(conn, [source.message_id for source in first]):
        if stored.message is not None and stored.message.channel == CHANNEL:
            document = msgspec.json.decode(stored.message.body)
            return document if isinstance(document, dict) and "lines" in document else None
    return None


def _register_desk(conn: Connection, services: Services, body: OwnOrder) -> None:
    if body.shop == DESK and (CHANNEL, DESK) not in services.shops.all(conn):
        services.shops.register(conn, Shop(CHANNEL, DESK, "自有订单", "Own orders", currency=body.currency))


def _line(line: OwnLine) -> dict[str, object]:
    total = {} if line.unit_price is None else {"line_total": line.unit_price * line.qty}
    return {**line.model_dump(exclude_none=True), **total}
