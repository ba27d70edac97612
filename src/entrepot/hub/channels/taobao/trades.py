"""Trades of Taobao and Tmall. Money is yuan as text (sometimes a number), times are naive and in UTC+8."""

from __future__ import annotations

import re
from typing import Final

from entrepot.hub.channels.taobao.codes import FULFILMENT, PAID, PAYMENT, REFUND
from entrepot.hub.converters import (
    ShopContext,
    cn_time,
    computed,
    constant,
    currency_of_shop,
    ident,
    listed,
    pieces,
    pii,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

_STORE = re.compile(r"targetStoreOuterId:([^,;]+)")


def _store(raw: Json, context: ShopContext) -> Value:
    """Read the store from the text field that hides a store order's routing."""
    found = _STORE.search(raw) if isinstance(raw, str) else None
    return found.group(1).strip() if found else None


def _mode(raw: Json, context: ShopContext) -> Value:
    routing, shipping_type = raw if isinstance(raw, list) else (None, None)
    if isinstance(routing, str) and "orderType:STORE" in routing:
        return "store"
    return "virtual" if shipping_type == "virtual" else "ship"


def _first(raw: Json, context: ShopContext) -> Value:
    """Take the SKU's merchant code, else the item's."""
    return next((str(code).strip() for code in raw if code not in (None, "")), None) if isinstance(raw, list) else None


def _line_ids(raw: Json, context: ShopContext) -> Value:
    rows = raw if isinstance(raw, list) else [raw]
    return [str(row["oid"]) for row in rows if isinstance(row, dict) and row.get("oid") is not None]


def _fulfilment(raw: Json, context: ShopContext) -> Value:
    """Translate the status; a trade closed by a refund after the goods had left stays shipped."""
    status, sent_at = raw if isinstance(raw, list) else (None, None)
    if status is None:
        return None
    if status == "TRADE_CLOSED" and sent_at is not None and cn_time.convert(sent_at, context) is not None:
        return "shipped"
    return FULFILMENT.convert(status, context)


def _paid(raw: Json, context: ShopContext) -> Value:
    """Count what is payable as paid once there is a time of payment, or a status that only a paid trade has."""
    payable, paid_at, status = raw if isinstance(raw, list) else (None, None, None)
    if payable is None:
        return None
    return yuan.convert(payable, context) if paid_at or status in PAID else 0


def _amount(raw: Json, context: ShopContext) -> int:
    value = yuan.convert(raw, context) if raw is not None else None
    return value if isinstance(value, int) else 0


def _sum(raw: Json, context: ShopContext) -> Value:
    given = [value for value in raw if value is not None] if isinstance(raw, list) else []
    return sum(_amount(value, context) for value in given) if given else None


def _gross(raw: Json, context: ShopContext) -> Value:
    """Take price times pieces, as the trade's ``total_fee`` does; the line's own is after its discount."""
    price, count, total = raw if isinstance(raw, list) else (None, None, None)
    if price is None or count is None:
        return None if total is None else yuan.convert(total, context)
    quantity = pieces.convert(count, context)
    return _amount(price, context) * quantity if isinstance(quantity, int) else None


def _discount(raw: Json, context: ShopContext) -> Value:
    fee, orders = raw if isinstance(raw, list) else (None, None)
    rows = [row for row in (orders if isinstance(orders, list) else [orders]) if isinstance(row, dict)]
    fees = [value for value in (fee, *(row.get("discount_fee") for row in rows)) if value is not None]
    return sum(_amount(value, context) for value in fees) if fees else None


def _aftersale(raw: Json, context: ShopContext) -> Value:
    rows = [row for row in (raw if isinstance(raw, list) else [raw]) if isinstance(row, dict)]
    stages = [str(REFUND.convert(row["refund_status"], context)) for row in rows if row.get("refund_status")]
    if not stages:
        return None
    if "refunded" in stages:
        return "refunded" if stages.count("refunded") == len(rows) else "part_refunded"
    return next((stage for stage in ("returning", "asked", "refused", "closed") if stage in stages), "none")


def _parcel(raw: Json, context: ShopContext) -> Value:
    """List the lines that went under the same waybill number."""
    waybill, orders = raw if isinstance(raw, list) else (None, None)
    rows = [row for row in (orders if isinstance(orders, list) else [orders]) if isinstance(row, dict)]
    lines: list[Value] = []
    for row in rows:
        if row.get("invoice_no") == waybill and row.get("oid") is not None:
            count = row.get("num")
            lines.append([str(row["oid"]), None if count is None else pieces.convert(count, context)])
    return lines


LINE: Final = Table(
    "order_line",
    id="oid",
    scope="parent",
    at="orders.order[]",
    fields=(
        Field("native_id", "oid", ident),
        Field("line_no", "#", pieces),
        Field("item_id", "num_iid", ident),
        Field("sku_native_id", "sku_id", ident),
        Field("merchant_code", ("outer_sku_id", "outer_iid"), computed("outer_sku_id or outer_iid", "text", _first)),
        Field("title", "title"),
        Field("spec", "sku_properties_name"),
        Field("qty", "num", pieces, required=True),
        Field("unit_price", "price", yuan),
        Field("line_total", ("price", "num", "total_fee"), computed("price x num", "money", _gross)),
        Field("discount", ("discount_fee", "part_mjz_discount"), computed("own and shared", "money", _sum)),
        Field("status", "status", FULFILMENT),
        Field("refund_status", "refund_status", REFUND),
        Field("store", "store_code"),
    ),
)

SHIPMENT: Final = Table(
    "shipment",
    id="invoice_no",
    scope="parent",
    at="orders.order[]",
    when=lambda row: isinstance(row, dict) and bool(row.get("invoice_no")),
    fields=(
        Field("native_id", "invoice_no", ident),
        Field("tracking_no", "invoice_no", ident),
        Field("carrier_name", "logistics_company"),
        Field("lines", ("invoice_no", "^.orders.order"), listed("[oid, num] of the parcel", _parcel)),
        Field("shipped_at", "consign_time", cn_time),
    ),
)


def trades(at: str) -> Table:
    """Map the trades that stand at a place."""
    return Table(
        "order",
        id="tid",
        version=("modified", "created"),
        version_by=cn_time,
        at=at,
        fields=(
            Field("native_id", "tid", ident),
            Field("kind", "tid", constant("sale")),
            Field("placed_at", "created", cn_time, required=True),
            Field("paid_at", "pay_time", cn_time),
            Field("shipped_at", "consign_time", cn_time),
            Field("completed_at", "end_time", cn_time),
            Field("updated_at", "modified", cn_time),
            Field("payment_status", "status", PAYMENT),
            Field(
                "fulfilment_status",
                ("status", "consign_time"),
                computed("status, consign_time", "text", _fulfilment),
            ),
            Field("aftersale_status", "orders.order", computed("refund_status of the lines", "text", _aftersale)),
            Field("currency", "tid", currency_of_shop),
            Field("goods", "total_fee", yuan),
            Field("freight", "post_fee", yuan),
            Field(
                "discount_seller",
                ("discount_fee", "orders.order"),
                computed("the trade's and its lines' discount_fee", "money", _discount),
            ),
            Field("adjust", "adjust_fee", yuan),
            Field("total", "payment", yuan),
            Field("paid", ("payment", "pay_time", "status"), computed("payment, once paid", "money", _paid)),
            Field("fulfil_mode", ("omnichannel_param", "shipping_type"), computed("fulfil_mode", "text", _mode)),
            Field("store", "omnichannel_param", computed("targetStoreOuterId", "text", _store)),
            Field("province", "receiver_state"),
            Field("city", "receiver_city"),
            Field("district", "receiver_district"),
            Field("street", "receiver_town"),
            Field("postal", "receiver_zip"),
            Field("address", "receiver_address", pii),
            Field("buyer_name", "receiver_name", pii),
            Field("buyer_phone", "receiver_mobile", pii),
            Field("buyer_email", "buyer_email", pii),
            Field("buyer_id", "buyer_nick"),
            Field("buyer_note", "buyer_message"),
            Field("seller_note", "seller_memo"),
            Field("line_ids", "orders.order", listed("oids", _line_ids)),
        ),
        parts=(LINE, SHIPMENT),
    )
