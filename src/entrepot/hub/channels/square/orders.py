"""Orders of Square with their lines, tenders, shipments and refunds. Money is whole minor units with a currency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from entrepot.hub.channels.square.codes import FULFILMENT, MODE, PAYMENT, REFUND, SHIPMENT, STATES
from entrepot.hub.converters import (
    BadValue,
    Converter,
    ShopContext,
    computed,
    constant,
    currency,
    fen,
    ident,
    iso_time,
    listed,
    pieces,
    pii,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def rows(raw: Json) -> Iterator[dict[str, Json]]:
    """Go through the objects of a list; anything else has none."""
    for row in raw if isinstance(raw, list) else ():
        if isinstance(row, dict):
            yield row


def several(raw: Json, length: int) -> list[Json]:
    """Take the raw values of several paths."""
    return raw if isinstance(raw, list) and len(raw) == length else [None] * length


def _amount(raw: Json, context: ShopContext) -> int:
    if isinstance(raw, dict):
        raw = raw.get("amount")
    value = None if raw is None else fen.convert(raw, context)
    return value if isinstance(value, int) else 0


def _sum(raw: Json, context: ShopContext) -> Value:
    return sum(_amount(part, context) for part in raw if part) if isinstance(raw, list) and any(raw) else None


def _either(raw: Json, context: ShopContext) -> Value:
    found = next((part for part in raw if part), None) if isinstance(raw, list) else None
    return None if found is None else _amount(found, context)


def _goods(raw: Json, context: ShopContext) -> Value:
    """Add up the lines before discounts and taxes."""
    found = [row.get("gross_sales_money") for row in rows(raw)]
    return sum(_amount(money, context) for money in found) if found and all(found) else None


def _paid(raw: Json, context: ShopContext) -> Value:
    total, due = several(raw, 2)
    return None if total is None or due is None else _amount(total, context) - _amount(due, context)


def _state(raw: Json) -> str | None:
    if raw is None or raw == "":
        return None
    if raw in STATES:
        return str(raw)
    raise BadValue(raw, f"one of order.state: {', '.join(STATES)}")


def _payment_status(raw: Json, context: ShopContext) -> Value:
    state, total, due, tenders = several(raw, 4)
    state = _state(state)
    if state is None:
        return None
    if state == "CANCELED":
        return "voided"
    if state == "COMPLETED" or (due is not None and _amount(due, context) == 0 and _amount(total, context) > 0):
        return "paid"
    return "part_paid" if isinstance(tenders, list) and tenders else "unpaid"


def _fulfilment_status(raw: Json, context: ShopContext) -> Value:
    state, fulfilments = several(raw, 2)
    state = _state(state)
    if state is None or state in {"COMPLETED", "CANCELED"}:
        return None if state is None else "completed" if state == "COMPLETED" else "cancelled"
    known = [FULFILMENT.get(str(row.get("state")), "open") for row in rows(fulfilments)]
    live = [status for status in known if status != "cancelled"]
    if live and all(status == "completed" for status in live):
        return "completed"
    if "completed" in live:
        return "part_shipped"
    return "in_progress" if "in_progress" in live else "open"


def _mode(raw: Json, context: ShopContext) -> Value:
    fulfilments, location = several(raw, 2)
    asked = next((MODE[str(row.get("type"))] for row in rows(fulfilments) if row.get("type") in MODE), None)
    return asked or ("store" if location else None)


def _kind(raw: Json, context: ShopContext) -> Value:
    lines, returns = several(raw, 2)
    if returns:
        return "exchange" if lines else "return"
    return "sale"


def _tax_included(raw: Json, context: ShopContext) -> Value:
    return any(row.get("type") == "INCLUSIVE" for row in rows(raw)) if isinstance(raw, list) else None


def _line_ids(raw: Json, context: ShopContext) -> Value:
    return [str(row["uid"]) for row in rows(raw) if row.get("uid")] if isinstance(raw, list) else None


def money(path: str) -> str:
    """Write the path of an amount."""
    return f"{path}.amount"


LINE: Final = Table(
    "order_line",
    id="uid",
    scope="parent",
    at="line_items[]",
    currency="base_price_money.currency",
    fields=(
        Field("native_id", "uid", ident),
        Field("line_no", "#", pieces),
        Field("sku_native_id", "catalog_object_id", ident),
        Field("title", "name"),
        Field("spec", "variation_name"),
        Field("qty", "quantity", pieces, required=True),  # "1.5" (kg) is refused: we count the smallest unit
        Field("unit_price", money("base_price_money"), fen),
        Field("line_total", money("gross_sales_money"), fen),
        Field("discount", money("total_discount_money"), fen),
        Field("tax", money("total_tax_money"), fen),
    ),
)
TENDER: Final = Table(
    "payment",
    id="id",
    scope="parent",
    at="tenders[]",
    version="created_at",
    version_by=iso_time,
    currency="amount_money.currency",
    fields=(
        Field("native_id", "id", ident),
        Field("method", "type"),
        Field("amount", money("amount_money"), fen),
        Field("currency", "amount_money.currency", currency),
        Field("paid_at", "created_at", iso_time),
    ),
)
SHIPMENT_TABLE: Final = Table(
    "shipment",
    id="uid",
    scope="parent",
    at="fulfillments[]",
    when=lambda row: isinstance(row, dict) and row.get("type") == "SHIPMENT",
    fields=(
        Field("native_id", "uid", ident),
        Field("status", "state", SHIPMENT),
        Field("carrier_name", "shipment_details.carrier"),
        Field("tracking_no", "shipment_details.tracking_number", ident),
        Field("shipped_at", "shipment_details.shipped_at", iso_time),
        Field("from_node", "^.location_id", ident),
    ),
)
REFUND_TABLE: Final = Table(
    "refund",
    id="id",
    scope="parent",
    parent="order_id",
    at="refunds[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    currency="amount_money.currency",
    fields=(
        Field("native_id", "id", ident),
        Field("status", "status", REFUND),
        Field("kind", "id", constant("refund")),
        Field("currency", "amount_money.currency", currency),
        Field("amount", money("amount_money"), fen),
        Field("reason", "reason"),
        Field("asked_at", "created_at", iso_time),
    ),
)
PAYMENT_TABLE: Final = Table(
    "payment",
    id="id",
    scope="parent",
    parent="order_id",
    at="payments[]",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    currency=("total_money.currency", "amount_money.currency"),
    fields=(
        Field("native_id", "id", ident),
        Field("method", "source_type"),
        Field("status", "status", PAYMENT),
        Field(
            "amount",
            ("total_money", "amount_money"),
            computed("total_money, else amount_money", "money", _either),
        ),
        Field("currency", "amount_money.currency", currency),
        Field("reference", "receipt_number"),
        Field("paid_at", "created_at", iso_time),
    ),
)


def _return_lines(raw: Json, context: ShopContext) -> Value:
    found: list[Value] = []
    for row in rows(raw):
        if row.get("source_line_item_uid"):
            found.append([str(row["source_line_item_uid"]), pieces.convert(row.get("quantity") or "0", context)])
    return found or None


RETURN_TABLE: Final = Table(
    "refund",
    id=("=return", "uid"),
    scope="parent",
    parent=("source_order_id", "^.id"),
    at="returns[]",
    version=("^.updated_at", "^.created_at"),
    version_by=iso_time,
    currency=("return_amounts.total_money.currency", "^.total_money.currency"),
    fields=(
        Field("native_id", "uid", ident),
        Field("kind", "uid", constant("return")),
        Field("status", "uid", constant("refunded")),
        Field("amount", "return_amounts.total_money.amount", fen),
        Field("currency", "return_amounts.total_money.currency", currency),
        Field("lines", "return_line_items", listed("[line, pieces]", _return_lines)),
        Field("asked_at", "^.created_at", iso_time),
    ),
)
_SUM: Final[Converter] = computed("sum", "money", _sum)
_RECIPIENT: Final = "fulfillments.0.shipment_details.recipient"

ORDER: Final = Table(
    "order",
    id="id",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    currency=("total_money.currency", "line_items.0.base_price_money.currency"),
    fields=(
        Field("native_id", "id", ident),
        Field("kind", ("line_items", "returns"), computed("sale, return or exchange", "text", _kind)),
        Field("parent_id", "returns.0.source_order_id", ident),
        Field("placed_at", "created_at", iso_time, required=True),
        Field("updated_at", "updated_at", iso_time),
        Field("completed_at", "closed_at", iso_time),
        Field(
            "payment_status",
            ("state", "total_money", "net_amount_due_money", "tenders"),
            computed("state and amount due", "text", _payment_status),
        ),
        Field(
            "fulfilment_status",
            ("state", "fulfillments"),
            computed("state and fulfillments", "text", _fulfilment_status),
        ),
        Field("currency", "total_money.currency", currency),
        Field("goods", "line_items", computed("sum of gross_sales_money", "money", _goods)),
        Field("tax", money("total_tax_money"), fen),
        Field("tax_included", "taxes", computed("whether a tax is INCLUSIVE", "flag", _tax_included)),
        Field("discount_seller", money("total_discount_money"), fen),
        Field("adjust", ("total_tip_money", "total_service_charge_money"), _SUM),
        Field("total", money("total_money"), fen),
        Field("paid", ("total_money", "net_amount_due_money"), computed("total less amount due", "money", _paid)),
        Field("fulfil_mode", ("fulfillments", "location_id"), computed("fulfillment type, else store", "text", _mode)),
        Field("store", "location_id", ident),
        Field("source", "source.name"),
        Field("buyer_id", "customer_id", ident),
        Field("buyer_name", f"{_RECIPIENT}.display_name", pii),
        Field("buyer_phone", f"{_RECIPIENT}.phone_number", pii),
        Field("buyer_email", f"{_RECIPIENT}.email_address", pii),
        Field("address", f"{_RECIPIENT}.address.address_line_1", pii),
        Field("province", f"{_RECIPIENT}.address.administrative_district_level_1"),
        Field("city", f"{_RECIPIENT}.address.locality"),
        Field("postal", f"{_RECIPIENT}.address.postal_code"),
        Field("country", f"{_RECIPIENT}.address.country"),
        Field("line_ids", "line_items", listed("uids of line_items", _line_ids)),
    ),
    parts=(LINE, TENDER, SHIPMENT_TABLE, replace(REFUND_TABLE, parent=None)),
)
