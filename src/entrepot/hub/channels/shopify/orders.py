"""Orders of Shopify with their lines, payments, shipments and refunds.

Amounts are decimal text in the shop's currency (`currency` of the order), times ISO-8601 with the shop's offset.
"""

from typing import Final

from entrepot.hub.channels.shopify.codes import (
    AFTERSALE,
    FULFILMENT,
    PAYMENT,
)
from entrepot.hub.channels.shopify.lines import LINE
from entrepot.hub.channels.shopify.parcels import FULFILMENT_TABLE
from entrepot.hub.channels.shopify.refunds import PAYMENT_TABLE, REFUND_TABLE
from entrepot.hub.channels.shopify.values import amount, rows, several, word_of
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency,
    flag,
    ident,
    iso_time,
    listed,
    number,
    pii,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

_PAID_IN_FULL: Final = ("paid", "partially_refunded", "refunded")


def _fulfilment(raw: Json, context: ShopContext) -> Value:
    status, cancelled_at, financial = several(raw, 3)
    if cancelled_at:
        return "cancelled"
    if status is None:
        return "open" if financial is not None else None  # null is a status, a missing key is not
    word = word_of(status)
    if word in FULFILMENT:
        return FULFILMENT[word]
    raise BadValue(status, f"one of fulfillment_status: {', '.join(FULFILMENT)}")


def _paid(raw: Json, context: ShopContext) -> Value:
    status, total, outstanding = several(raw, 3)
    word = word_of(status)
    if not word or total is None:
        return None
    if word in _PAID_IN_FULL:
        return amount(total, context)
    return amount(total, context) - amount(outstanding, context) if word == "partially_paid" else 0


def _extras(raw: Json, context: ShopContext) -> Value:
    """Add what stands neither in goods, freight nor tax: tips, duties, fees."""
    return sum(amount(part, context) for part in raw) if isinstance(raw, list) and any(raw) else None


def _freight(raw: Json, context: ShopContext) -> Value:
    total, shipping_lines = several(raw, 2)
    if total is not None:
        return amount(total, context)
    if not isinstance(shipping_lines, list):
        return None
    return sum(amount(row.get("price"), context) for row in rows(shipping_lines))


def _mode(raw: Json, context: ShopContext) -> Value:
    source, shipping_lines, line_items = several(raw, 3)
    if source == "pos" and not shipping_lines:
        return "store"
    if any(row.get("delivery_category") == "pickup" or row.get("code") == "Pickup" for row in rows(shipping_lines)):
        return "pickup"
    items = list(rows(line_items))
    if items and not any(item.get("requires_shipping", True) for item in items):
        return "virtual"
    return "ship" if items else None


def _line_ids(raw: Json, context: ShopContext) -> Value:
    return [str(row["id"]) for row in rows(raw) if row.get("id") is not None] if isinstance(raw, list) else None


def _first_despatch(raw: Json, context: ShopContext) -> Value:
    times = [
        str(at)
        for row in rows(raw)
        if row.get("status") == "success" and (at := iso_time.convert(row.get("created_at") or "", context))
    ]
    return min(times, default=None)


def _name(raw: Json, context: ShopContext) -> Value:
    name, first, last = several(raw, 3)
    full = name if isinstance(name, str) and name.strip() else " ".join(str(part) for part in (first, last) if part)
    return pii.convert(full, context)


def _joined(raw: Json, context: ShopContext) -> Value:
    parts = [str(part).strip() for part in raw if part] if isinstance(raw, list) else []
    return pii.convert(", ".join(filter(None, parts)), context)


def _first_of(raw: Json, context: ShopContext) -> Value:
    return pii.convert(next((part for part in raw if part), ""), context) if isinstance(raw, list) else None


first_pii: Final = computed("the first there is", "pii", _first_of)


ORDER: Final = Table(
    "order",
    id="id",
    version=("updated_at", "created_at"),
    version_by=iso_time,
    currency="currency",
    fields=(
        Field("native_id", "id", ident),
        Field("kind", "id", constant("sale")),
        Field("placed_at", "created_at", iso_time, required=True),
        Field("updated_at", "updated_at", iso_time),
        Field("cancelled_at", "cancelled_at", iso_time),
        Field("shipped_at", "fulfillments", computed("first successful fulfillment", "instant", _first_despatch)),
        Field("payment_status", "financial_status", PAYMENT),
        Field("aftersale_status", "financial_status", AFTERSALE),
        Field(
            "fulfilment_status",
            ("fulfillment_status", "cancelled_at", "financial_status"),
            computed("fulfillment_status, unless cancelled_at", "text", _fulfilment),
        ),
        Field("currency", "currency", currency),
        Field("goods", "total_line_items_price", yuan),
        Field(
            "freight",
            ("total_shipping_price_set.shop_money.amount", "shipping_lines"),
            computed("total_shipping_price, else the shipping lines", "money", _freight),
        ),
        Field("tax", "total_tax", yuan),
        Field("tax_included", "taxes_included", flag),
        Field("discount_seller", "total_discounts", yuan),
        Field(
            "adjust",
            (
                "total_tip_received",
                "original_total_duties_set.shop_money.amount",
                "original_total_additional_fees_set.shop_money.amount",
            ),
            computed("tips, duties, additional fees", "money", _extras),
        ),
        Field("total", "total_price", yuan),
        Field(
            "paid", ("financial_status", "total_price", "total_outstanding"), computed("what is paid", "money", _paid)
        ),
        Field("fulfil_mode", ("source_name", "shipping_lines", "line_items"), computed("fulfil_mode", "text", _mode)),
        Field("store", "location_id", ident),
        Field("source", "source_name"),
        Field("country", "shipping_address.country_code"),
        Field("province", "shipping_address.province"),
        Field("city", "shipping_address.city"),
        Field("postal", "shipping_address.zip"),
        Field("longitude", "shipping_address.longitude", number),
        Field("latitude", "shipping_address.latitude", number),
        Field(
            "address",
            ("shipping_address.address1", "shipping_address.address2"),
            computed("address1, address2", "pii", _joined),
        ),
        Field(
            "buyer_name",
            ("shipping_address.name", "customer.first_name", "customer.last_name"),
            computed("name of the address, else of the customer", "pii", _name),
        ),
        Field("buyer_phone", ("shipping_address.phone", "phone", "customer.phone"), first_pii),
        Field("buyer_email", ("email", "contact_email"), first_pii),
        Field("buyer_id", "customer.id", ident),
        Field("buyer_note", "note"),
        Field("is_test", "test", flag),
        Field("line_ids", "line_items", listed("ids of line_items", _line_ids)),
    ),
    parts=(LINE, PAYMENT_TABLE, FULFILMENT_TABLE, REFUND_TABLE),
)
