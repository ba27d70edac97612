"""Fulfilments of Shopify with their events and work orders."""

from typing import Final

from entrepot.hub.channels.shopify.codes import (
    HELD_ORDER,
    HOLD,
    SHIPMENT,
    TRACKING,
)
from entrepot.hub.channels.shopify.values import count, rows, several, word_of
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    ident,
    iso_time,
    listed,
    number,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _tracking_no(raw: Json, context: ShopContext) -> Value:
    one, many = several(raw, 2)
    return ident.convert(one or next(iter(many if isinstance(many, list) else ()), None) or "", context)


def _shipment_status(raw: Json, context: ShopContext) -> Value:
    carried, status = (word_of(word) for word in several(raw, 2))
    if carried == "delivered":
        return "delivered"
    if not status:
        return None
    if status in SHIPMENT:
        return SHIPMENT[status]
    raise BadValue(status, f"one of fulfillment.status: {', '.join(SHIPMENT)}")


def _shipped_lines(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, list):
        return None
    return [[str(row["id"]), count(row.get("quantity"), context)] for row in rows(raw) if row.get("id") is not None]


def _despatched(raw: Json, context: ShopContext) -> Value:
    status, at = several(raw, 2)
    return iso_time.convert(at, context) if status == "success" and at is not None else None


FULFILMENT_TABLE: Final = Table(
    "shipment",
    id="id",
    scope="parent",
    parent="order_id",
    at="fulfillments[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    fields=(
        Field("native_id", "id", ident),
        Field("carrier_name", "tracking_company"),
        Field(
            "tracking_no",
            ("tracking_number", "tracking_numbers"),
            computed("first tracking number", "text", _tracking_no),
        ),
        Field(
            "status", ("shipment_status", "status"), computed("shipment_status, else status", "text", _shipment_status)
        ),
        Field("from_node", "location_id", ident),
        Field("shipped_at", ("status", "created_at"), computed("created_at of a success", "instant", _despatched)),
        Field("lines", "line_items", listed("[line, pieces]", _shipped_lines)),
    ),
)

TRACKING_TABLE: Final = Table(
    "tracking_event",
    id="id",
    at="fulfillment_events[]",
    version=("updated_at", "created_at", "happened_at"),
    version_by=iso_time,
    fields=(
        Field("order_ref", "order_id", ident),
        Field("code", "status", TRACKING),
        Field("raw_code", "status"),
        Field("at", "happened_at", iso_time, required=True),
        Field("place", "city"),
        Field("text", "message"),
        Field("longitude", "longitude", number),
        Field("latitude", "latitude", number),
    ),
)
DELIVERED_TABLE: Final = Table(
    "shipment",
    id="fulfillment_id",
    scope="parent",
    parent="order_id",
    at="fulfillment_events[]",
    version=("updated_at", "created_at", "happened_at"),
    version_by=iso_time,
    when=lambda row: isinstance(row, dict) and row.get("status") == "delivered" and bool(row.get("order_id")),
    fields=(
        Field("native_id", "fulfillment_id", ident),
        Field("status", "status", constant("delivered")),
        Field("delivered_at", "happened_at", iso_time),
    ),
)


def _hold(raw: Json, context: ShopContext) -> Value:
    status, holds = several(raw, 2)
    word = word_of(status)
    if not word:
        return None
    if word == "on_hold":
        return next((HOLD[reason] for row in rows(holds) if (reason := word_of(row.get("reason"))) in HOLD), "manual")
    if word in HELD_ORDER:
        return HELD_ORDER[word]
    raise BadValue(status, f"one of fulfillment_order.status: {', '.join(HELD_ORDER)}")


FULFILMENT_ORDER_TABLE: Final = Table(
    "order",
    id="order_id",
    at="fulfillment_orders[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    when=lambda row: isinstance(row, dict) and bool(row.get("line_items")),
    fields=(
        Field("native_id", "order_id", ident),
        Field("hold_status", ("status", "fulfillment_holds"), computed("hold of the work order", "text", _hold)),
    ),
    parts=(
        Table(
            "order_line",
            id="line_item_id",
            scope="parent",
            at="line_items[]",
            fields=(
                Field("native_id", "line_item_id", ident),
                Field("sku_native_id", "variant_id", ident),
                Field("store", "^.assigned_location_id", ident),
                Field("ship_by", "^.fulfill_by", iso_time),
            ),
        ),
    ),
)
