"""Youzan's whole trade (``full_order_info`` and what stands beside it). Yuan as text; times naive and in UTC+8."""

from __future__ import annotations

import re
from typing import Final

from entrepot.hub.channels.youzan.codes import FULFILMENT, MODES, ORDER_REFUND, PAYMENT, REFUND_STATE
from entrepot.hub.converters import (
    BadValue,
    Converter,
    ShopContext,
    cn_time,
    computed,
    constant,
    currency_of_shop,
    enum,
    epoch_s,
    first,
    flag,
    ident,
    listed,
    number,
    pieces,
    pii,
    text,
    written,
    yuan,
)
from entrepot.hub.documents import Json, Undecodable, json_of
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _said(raw: Json, context: ShopContext) -> Value:
    value = text.convert(raw, context)
    return None if value == "null" else value  # Youzan writes missing texts as the word "null"


said: Final = computed("text, null is none", "text", _said)


def _moment(raw: Json, context: ShopContext) -> object:
    times = epoch_s if re.fullmatch(r"\d{9,11}", str(raw).strip()) else cn_time
    return times.moment(raw, context) if times.moment is not None else None


stamp: Final = Converter(
    "cn_time or epoch_s",
    "instant",
    lambda raw, context: None if (at := _moment(raw, context)) is None else written(at),  # type: ignore[arg-type]
    _moment,  # type: ignore[arg-type]
)


def member(raw: Json, index: int) -> Json:
    """Take one of several raw values."""
    return raw[index] if isinstance(raw, list) and index < len(raw) else None


def rows(raw: Json) -> list[dict[str, Json]]:
    """Take the objects of a list; a missing list, and what is no object, is left out."""
    return [row for row in raw if isinstance(row, dict)] if isinstance(raw, list) else []


def oids(raw: Json) -> list[str]:
    """Read line ids written as ``"1,2"``, as a list, or as a list of ``{"oid": ...}``."""
    if isinstance(raw, str):
        return [part.strip() for part in raw.strip("[] ").replace('"', "").split(",") if part.strip()]
    if isinstance(raw, list):
        return [str(row.get("oid")) if isinstance(row, dict) else str(row) for row in raw]
    return [] if raw is None else [str(raw)]


def _yuan(raw: Json, context: ShopContext) -> int:
    value = yuan.convert(raw, context) if raw is not None else None
    return value if isinstance(value, int) else 0


def _payment(raw: Json, context: ShopContext) -> Value:
    status, refund_state, paid_at = (str(member(raw, index) or "").strip() for index in range(3))
    if not status:
        return None
    if refund_state in {"2", "12"}:
        return ORDER_REFUND[refund_state]
    if status == "TRADE_CLOSED":
        return "refunded" if paid_at else "voided"
    if status not in PAYMENT:
        raise BadValue(status, f"one of status: {', '.join(PAYMENT)}, TRADE_CLOSED")
    return PAYMENT[status]


def _fulfilment(raw: Json, context: ShopContext) -> Value:
    status, sent_at, deliveries = (member(raw, index) for index in range(3))
    if not isinstance(status, str) or not status.strip():
        return None
    if status not in FULFILMENT:
        raise BadValue(status, f"one of status: {', '.join(FULFILMENT)}")
    if status == "WAIT_SELLER_SEND_GOODS" and any(str(row.get("express_state")) == "1" for row in rows(deliveries)):
        return "part_shipped"
    if status == "TRADE_CLOSED" and str(sent_at or "").strip():
        return "shipped"  # closed by a refund after the goods had left
    return FULFILMENT[status]


def _paid(raw: Json, context: ShopContext) -> Value:
    real, payable, paid_at = (member(raw, index) for index in range(3))
    if not str(paid_at or "").strip():
        return 0 if payable is not None else None
    amount = _yuan(real, context) or _yuan(payable, context)
    return amount if real is not None or payable is not None else None


def _discount(raw: Json, context: ShopContext) -> Value:
    promotions, fee = member(raw, 0), member(raw, 1)
    if fee not in (None, ""):
        return _yuan(fee, context)
    if promotions is None:
        return None
    return sum(_yuan(row.get("discount_fee"), context) for row in rows(promotions))


def _line_discount(raw: Json, context: ShopContext) -> Value:
    total, payment = member(raw, 0), member(raw, 1)
    return None if total is None or payment is None else _yuan(total, context) - _yuan(payment, context)


def _coordinate(name: str) -> Converter:
    """Read a coordinate from the JSON text ``address_extra``."""

    def convert(raw: Json, context: ShopContext) -> Value:
        try:
            extra = json_of(raw) if isinstance(raw, str) and raw.strip() else raw
        except Undecodable:
            raise BadValue(raw, "JSON") from None
        value = extra.get(name) if isinstance(extra, dict) else None
        return None if value is None else number.convert(value, context)

    return computed(f"address_extra.{name}", "number", convert)


def _spec(raw: Json, context: ShopContext) -> Value:
    if isinstance(raw, str) and raw.strip().startswith("["):
        try:
            raw = json_of(raw)
        except Undecodable:
            raise BadValue(raw, "JSON") from None
    if isinstance(raw, list):
        return ";".join(f"{row.get('k')}:{row.get('v')}" for row in rows(raw)) or None
    return _said(raw, context)


def _line_ids(raw: Json, context: ShopContext) -> Value:
    return [str(row["oid"]) for row in rows(raw) if row.get("oid") is not None]


def _parcel_lines(raw: Json, context: ShopContext) -> Value:
    """Pair the lines of a parcel with their quantities: Youzan ships a line whole."""
    counts = {str(row.get("oid")): row.get("num") for row in rows(member(raw, 1))}
    return [[oid, _count(counts.get(oid), context)] for oid in oids(member(raw, 0))] or None


def _count(raw: Json, context: ShopContext) -> Value:
    return None if raw is None else pieces.convert(raw, context)


LINE: Final = Table(
    "order_line",
    id="oid",
    scope="parent",
    at="full_order_info.orders[]",
    fields=(
        Field("native_id", "oid", ident),
        Field("line_no", "#", pieces),
        Field("item_id", "item_id", ident),
        Field("sku_native_id", "sku_id", ident),
        Field("merchant_code", ("outer_sku_id", "outer_item_id"), first(said)),
        Field("title", "title", said),
        Field("spec", "sku_properties_name", computed("k:v", "text", _spec)),
        Field("qty", "num", pieces, required=True),
        Field("unit_price", ("discount_price", "price"), first(yuan)),
        Field("line_total", "total_fee", yuan),
        Field("discount", ("total_fee", "payment"), computed("total_fee - payment", "money", _line_discount)),
        Field("is_gift", "is_present", flag),
    ),
)

REFUND: Final = Table(
    "refund",
    id="refund_id",
    scope="parent",
    at="refund_order[]",
    fields=(
        Field("native_id", "refund_id", ident),
        Field("status", "refund_state", enum("refund_state", REFUND_STATE)),
        Field("amount", "refund_fee", yuan),
        Field("currency", "refund_id", currency_of_shop),
        Field("line", "oids", computed("first oid", "text", lambda raw, context: next(iter(oids(raw)), None))),
        Field("lines", ("oids", "^.full_order_info.orders"), listed("[oid, num]", _parcel_lines)),
    ),
)


def _parcel(at: str, native: str, has_number: bool) -> Table:
    def when(row: Json) -> bool:
        express = row.get("express_info") if isinstance(row, dict) else None
        return bool(isinstance(express, dict) and str(express.get("express_no") or "").strip()) is has_number

    return Table(
        "shipment",
        id=native,
        scope="parent",
        at=at,
        when=when,
        fields=(
            Field("native_id", native, ident),
            Field("tracking_no", "express_info.express_no", ident),
            Field("carrier", ("express_info.express_detail.com", "express_info.express_id"), first(ident)),
            Field("carrier_name", "express_info.express_detail.express_company_name"),
            Field("shipped_at", "create_time", cn_time),
            Field("lines", ("^.oids", "^.^.full_order_info.orders"), listed("[oid, num]", _parcel_lines)),
        ),
    )


def trades(at: str) -> Table:
    """Map the objects that hold a ``full_order_info``."""
    return Table(
        "order",
        at=at,
        id="full_order_info.order_info.tid",
        version=("full_order_info.order_info.update_time", "^.version", "full_order_info.order_info.created"),
        version_by=stamp,
        when=lambda trade: isinstance(trade, dict) and isinstance(trade.get("full_order_info"), dict),
        fields=(
            *(_prefixed(field, "full_order_info.order_info.") for field in _HEAD),
            *(_prefixed(field, "full_order_info.address_info.") for field in _ADDRESS),
            Field("kind", "full_order_info.order_info.tid", constant("sale")),
            Field("currency", "full_order_info.order_info.tid", currency_of_shop),
            Field(
                "payment_status",
                (
                    "full_order_info.order_info.status",
                    "full_order_info.order_info.refund_state",
                    "full_order_info.order_info.pay_time",
                ),
                computed("status, refund_state, pay_time", "text", _payment),
            ),
            Field(
                "fulfilment_status",
                ("full_order_info.order_info.status", "full_order_info.order_info.consign_time", "delivery_order"),
                computed("status, consign_time, delivery_order", "text", _fulfilment),
            ),
            Field("goods", "full_order_info.pay_info.total_fee", yuan),
            Field("freight", "full_order_info.pay_info.post_fee", yuan),
            Field("total", "full_order_info.pay_info.payment", yuan),
            Field(
                "paid",
                (
                    "full_order_info.pay_info.real_payment",
                    "full_order_info.pay_info.payment",
                    "full_order_info.order_info.pay_time",
                ),
                computed("real_payment, else payment, once paid", "money", _paid),
            ),
            Field(
                "discount_seller",
                ("order_promotion.order", "order_promotion.order_discount_fee"),
                computed("sum of the order's promotions", "money", _discount),
            ),
            Field("adjust", "order_promotion.adjust_fee", yuan),
            Field(
                "buyer_phone",
                ("full_order_info.address_info.receiver_tel", "full_order_info.buyer_info.buyer_phone"),
                first(pii),
            ),
            Field(
                "buyer_id",
                (
                    "full_order_info.buyer_info.yz_open_id",
                    "full_order_info.buyer_info.buyer_id",
                    "full_order_info.buyer_info.outer_user_id",
                ),
                first(ident),
            ),
            Field("buyer_note", "full_order_info.remark_info.buyer_message", said),
            Field("seller_note", "full_order_info.remark_info.trade_memo", said),
            Field("source", "full_order_info.source_info.source.platform"),
            Field("is_test", "^.test", flag),
            Field("line_ids", "full_order_info.orders", listed("oids", _line_ids)),
        ),
        parts=(
            LINE,
            REFUND,
            _parcel("delivery_order[].dists[]", "express_info.express_no", has_number=True),
            _parcel("delivery_order[].dists[]", "dist_id", has_number=False),
        ),
    )


_HEAD: Final = (
    Field("native_id", "tid", ident),
    Field("placed_at", "created", cn_time, required=True),
    Field("paid_at", "pay_time", cn_time),
    Field("shipped_at", "consign_time", cn_time),
    Field("completed_at", "success_time", cn_time),
    Field("updated_at", "update_time", cn_time),
    Field("aftersale_status", "refund_state", enum("refund_state", ORDER_REFUND)),
    Field("fulfil_mode", "express_type", enum("express_type", MODES)),
    Field("store", "offline_id", ident),
)
_ADDRESS: Final = (
    Field("promised_at", "delivery_end_time", cn_time),
    Field("province", "delivery_province", said),
    Field("city", "delivery_city", said),
    Field("district", "delivery_district", said),
    Field("postal", "delivery_postal_code", said),
    Field("address", "delivery_address", pii),
    Field("buyer_name", "receiver_name", pii),
    Field("longitude", "address_extra", _coordinate("lon")),
    Field("latitude", "address_extra", _coordinate("lat")),
)


def _prefixed(field: Field, under: str) -> Field:
    return Field(field.target, f"{under}{field.paths}", field.converter, field.required)
