"""Payments, refunds and returns of Shopify's orders."""

from typing import Final

from entrepot.hub.channels.shopify.codes import (
    RESTOCK,
    RETURN,
    TRANSACTION,
)
from entrepot.hub.channels.shopify.values import amount, count, rows, several, word_of
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency,
    ident,
    iso_time,
    listed,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

_MONEY_TAKEN: Final = ("sale", "capture", "authorization")


def _payment_status(raw: Json, context: ShopContext) -> Value:
    kind, status = (word_of(word) for word in several(raw, 2))
    if not status:
        return None
    if status in {"pending", "awaiting_response"}:
        return "pending"
    if status in {"failure", "error"}:
        return "failed"
    if (kind, status) in TRANSACTION:
        return TRANSACTION[kind, status]
    raise BadValue(f"{kind} {status}", "a transaction kind and status known of Shopify")


PAYMENT_TABLE: Final = Table(
    "payment",
    id="id",
    scope="parent",
    parent="order_id",
    at="transactions[]",
    version=("processed_at", "created_at"),
    version_by=iso_time,
    currency=("currency", "^.currency"),
    when=lambda row: isinstance(row, dict) and row.get("kind") in _MONEY_TAKEN,
    fields=(
        Field("native_id", "id", ident),
        Field("method", "gateway"),
        Field("status", ("kind", "status"), computed("transaction kind and status", "text", _payment_status)),
        Field("amount", "amount", yuan, required=True),
        Field("currency", "currency", currency),
        Field("reference", "authorization"),
        Field("paid_at", "processed_at", iso_time),
    ),
)


def _refund_amount(raw: Json, context: ShopContext) -> Value:
    """Add up the money that went back; where no transaction tells, what the lines are worth."""
    transactions, lines = several(raw, 2)
    money = [
        amount(row.get("amount"), context)
        for row in rows(transactions)
        if row.get("kind") == "refund" and row.get("status") in ("success", "pending", None)
    ]
    if money:
        return sum(money)
    goods = [amount(row.get(member), context) for row in rows(lines) for member in ("subtotal", "total_tax")]
    return sum(goods) if goods else 0 if isinstance(transactions, list) else None


def _refund_status(raw: Json, context: ShopContext) -> Value:
    states = {word_of(row.get("status")) for row in rows(raw) if row.get("kind") == "refund"}
    return "asked" if states & {"pending"} else "refused" if states and states <= {"failure", "error"} else "refunded"


def _refund_freight(raw: Json, context: ShopContext) -> Value:
    lines, adjustments = several(raw, 2)
    freight = 0
    for row in rows(lines):
        money = row.get("subtotal_amount_set")
        shop = money.get("shop_money") if isinstance(money, dict) else None
        freight += amount(shop.get("amount"), context) if isinstance(shop, dict) else 0
    if not freight:
        shipping = (row for row in rows(adjustments) if row.get("kind") == "shipping_refund")
        freight = -sum(amount(row.get("amount"), context) for row in shipping)
    return freight or None


def _restock(raw: Json, context: ShopContext) -> Value:
    lines, restocked = several(raw, 2)
    kinds = {RESTOCK.get(word_of(row.get("restock_type")), "none") for row in rows(lines)}
    found = next((kind for kind in ("return", "cancel") if kind in kinds), None)
    return found or ("none" if kinds or restocked is False else "return" if restocked is True else None)


def _refund_kind(raw: Json, context: ShopContext) -> Value:
    return "return" if _restock([raw, None], context) == "return" else "refund"


def _refund_pieces(raw: Json, context: ShopContext) -> Value:
    return sum(count(row.get("quantity"), context) for row in rows(raw)) if isinstance(raw, list) else None


def _refund_lines(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, list):
        return None
    known = (row for row in rows(raw) if row.get("line_item_id") is not None)
    return [[str(row["line_item_id"]), count(row.get("quantity"), context)] for row in known]


REFUND_TABLE: Final = Table(
    "refund",
    id="id",
    scope="parent",
    parent="order_id",
    at="refunds[]",
    version=("processed_at", "created_at"),
    version_by=iso_time,
    currency=(
        "transactions.0.currency",
        "total_duties_set.shop_money.currency_code",
        "refund_line_items.0.subtotal_set.shop_money.currency_code",
        "^.currency",
    ),
    fields=(
        Field("native_id", "id", ident),
        Field("status", "transactions", computed("status of the refund transactions", "text", _refund_status)),
        Field("kind", "refund_line_items", computed("return where goods come back", "text", _refund_kind)),
        Field(
            "currency",
            "transactions.0.currency",
            currency,
        ),
        Field("reason", "note"),
        Field("restock", ("refund_line_items", "restock"), computed("restock_type", "text", _restock)),
        Field(
            "amount",
            ("transactions", "refund_line_items"),
            computed("refund transactions, else subtotal + tax of the lines", "money", _refund_amount),
        ),
        Field(
            "freight",
            ("refund_shipping_lines", "order_adjustments"),
            computed("shipping refunded", "money", _refund_freight),
        ),
        Field("qty", "refund_line_items", computed("pieces", "int", _refund_pieces)),
        Field("lines", "refund_line_items", listed("[line, pieces]", _refund_lines)),
        Field("asked_at", "created_at", iso_time),
        Field("refunded_at", "processed_at", iso_time),
    ),
)
RETURN_TABLE: Final = Table(
    "refund",
    id=("=return", "id"),
    scope="parent",
    parent=("order.id", "order_id"),
    version=("updated_at", "created_at", "closed_at"),
    version_by=iso_time,
    fields=(
        Field("native_id", "id", ident),
        Field("kind", "id", constant("return")),
        Field("status", "status", RETURN),
        Field("asked_at", "created_at", iso_time),
        Field("reason", "decline.note"),
    ),
)
