"""Olist documents. Money is reais as decimal numbers; times are naive, read in the marketplace's zone (Sao Paulo)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.olist.codes import FULFILMENT, PAYMENT
from entrepot.hub.converters import (
    ShopContext,
    computed,
    constant,
    currency_of_shop,
    ident,
    listed,
    local_time,
    number,
    pieces,
    scaled,
    whole,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _item_numbers(raw: Json, context: ShopContext) -> Value:
    items = raw if isinstance(raw, list) else []
    return [str(item["order_item_id"]) for item in items if isinstance(item, dict) and "order_item_id" in item]


def _one(raw: Json, context: ShopContext) -> Value:
    return 1


_cm = scaled("cm_to_mm", "10")

ITEM: Final = Table(
    "order_line",
    id="order_item_id",
    scope="parent",
    at="items[]",
    fields=(
        Field("native_id", "order_item_id", ident),
        Field("line_no", "order_item_id", pieces),
        Field("item_id", "product_id", ident, required=True),
        Field("merchant_code", "product_id", ident),
        Field("seller", "seller_id", ident),
        Field("qty", "order_item_id", computed("one_row_one_piece", "int", _one), required=True),
        Field("unit_price", "price", yuan, required=True),
        Field("line_total", "price", yuan, required=True),
        Field("freight", "freight_value", yuan),
        Field("ship_by", "shipping_limit_date", local_time),
    ),
)
PAYMENT_ROW: Final = Table(
    "payment",
    id="payment_sequential",
    scope="parent",
    at="payments[]",
    fields=(
        Field("native_id", "payment_sequential", ident),
        Field("method", "payment_type"),
        Field("instalments", "payment_installments", whole),
        Field("currency", "payment_sequential", currency_of_shop),
        Field("amount", "payment_value", yuan, required=True),
    ),
)
SHIPMENT: Final = Table(
    "shipment",
    id="order_id",
    scope="parent",
    when=lambda order: isinstance(order, dict) and order.get("order_delivered_carrier_date") is not None,
    fields=(
        Field("native_id", "order_id", ident),
        Field("shipped_at", "order_delivered_carrier_date", local_time),
        Field("delivered_at", "order_delivered_customer_date", local_time),
    ),
)
ORDER: Final = Table(
    "order",
    id="order_id",
    fields=(
        Field("native_id", "order_id", ident),
        Field("kind", "order_id", constant("sale")),
        Field("placed_at", "order_purchase_timestamp", local_time, required=True),
        Field("paid_at", "order_approved_at", local_time),
        Field("shipped_at", "order_delivered_carrier_date", local_time),
        Field("delivered_at", "order_delivered_customer_date", local_time),
        Field("promised_at", "order_estimated_delivery_date", local_time),
        Field("payment_status", "order_status", PAYMENT),
        Field("fulfilment_status", "order_status", FULFILMENT),
        Field("currency", "order_id", currency_of_shop),
        Field("fulfil_mode", "order_id", constant("ship")),
        Field("country", "order_id", constant("BR")),
        Field("province", "customer.customer_state"),
        Field("city", "customer.customer_city"),
        Field("postal", "customer.customer_zip_code_prefix"),
        Field("buyer_id", ("customer.customer_unique_id", "customer_id"), computed(
            "customer_unique_id or customer_id", "text",
            lambda raw, context: next((str(name) for name in raw if name), None) if isinstance(raw, list) else None,
        )),
        Field("line_ids", "items", listed("order_item_ids", _item_numbers)),
    ),
    parts=(ITEM, PAYMENT_ROW, SHIPMENT),
)  # fmt: skip
PRODUCT: Final = Table(
    "product",
    id="product_id",
    fields=(
        Field("native_id", "product_id", ident),
        Field("merchant_code", "product_id", ident),
        Field("category", ("category_english", "product_category_name"), computed(
            "translated category", "text",
            lambda raw, context: next((str(name) for name in raw if name), None) if isinstance(raw, list) else None,
        )),
        Field("weight_g", "product_weight_g", pieces),
        Field("length_mm", "product_length_cm", _cm),
        Field("width_mm", "product_width_cm", _cm),
        Field("height_mm", "product_height_cm", _cm),
    ),
)  # fmt: skip
SELLER: Final = Table(
    "location",
    id="seller_id",
    fields=(
        Field("native_id", "seller_id", ident),
        Field("kind", "seller_id", constant("marketplace")),
        Field("name", "seller_id", ident),
        Field("country", "seller_id", constant("BR")),
        Field("province", "seller_state"),
        Field("city", "seller_city"),
        Field("postal", "seller_zip_code_prefix"),
        Field("latitude", "latitude", number),
        Field("longitude", "longitude", number),
    ),
)

ADAPTER: Final = Adapter(
    channel="olist",
    title="Olist",
    title_zh="Olist（巴西）",
    kind="channel",
    version=1,
    currency="BRL",
    zone="America/Sao_Paulo",
    topics=(
        Topic("order", marks=("order_id", "order_purchase_timestamp"), tables=(ORDER,)),
        Topic("product", marks=("product_id",), tables=(PRODUCT,), recognise=lambda document: (
            isinstance(document, dict) and "order_id" not in document)),
        Topic("seller", marks=("seller_id",), tables=(SELLER,), recognise=lambda document: (
            isinstance(document, dict) and "order_id" not in document)),
        Topic("review", marks=("review_id",), note="Reviews are not orders; they wait for the customers' context."),
    ),
)  # fmt: skip
