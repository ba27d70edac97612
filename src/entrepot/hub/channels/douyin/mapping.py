"""The Douyin shop's adapter: how its bodies unwrap, and which of them it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.douyin.aftersales import DETAIL, LISTED
from entrepot.hub.channels.douyin.orders import orders
from entrepot.hub.channels.douyin.pushes import TABLES
from entrepot.hub.converters import currency_of_shop, fen, first, ident
from entrepot.hub.documents import Json, Undecodable, json_document, unwrap
from entrepot.hub.mapping import Field, Table


def decode(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode JSON; of a push also the JSON text in ``data`` (one push alone becomes a list of one)."""
    document = json_document(body, headers)
    if isinstance(document, dict) and "tag" in document and "data" in document:
        document = [document]
    return [_opened(item) for item in document] if isinstance(document, list) else document


def _opened(item: Json) -> Json:
    """Unwrap one push; a broken one stays as it is, and is kept out alone."""
    try:
        return unwrap(item, "data")
    except Undecodable:
        return item


def _is_push(document: Json) -> bool:
    return isinstance(document, list) and any(isinstance(item, dict) and "tag" in item for item in document)


SKU: Final = Table(
    "listing",
    at="data",
    id="id",
    fields=(
        Field("item_id", ("product_id_str", "product_id"), first(ident)),
        Field("sku_native_id", "id", ident),
        Field("merchant_code", ("code", "out_sku_id"), first(ident)),
        Field("barcode", "customs_report_info.bar_code", ident),
        Field("currency", "id", currency_of_shop),
        Field("price", "price", fen),
    ),
)

ADAPTER: Final = Adapter(
    channel="douyin",
    title="Douyin shop",
    title_zh="抖店",
    kind="channel",
    version=1,
    signature="douyin",
    decode=decode,
    topics=(
        Topic(
            "push",
            marks=(),
            recognise=_is_push,
            tables=TABLES,
            note="A message that tells nothing of orders, after-sales or products.",
        ),
        Topic(
            "order",
            marks=("data.shop_order_detail",),
            tables=(orders("data.shop_order_detail"),),
            aliases=("order.orderDetail",),
        ),
        Topic(
            "order_list",
            marks=("data.shop_order_list",),
            tables=(orders("data.shop_order_list[]"),),
            aliases=("order.searchList",),
            note="A page without orders.",
        ),
        Topic(
            "after_sale",
            marks=("data.process_info",),
            tables=(DETAIL,),
            aliases=("afterSale.Detail",),
        ),
        Topic(
            "after_sale_list",
            marks=("data.items",),
            tables=(LISTED,),
            aliases=("afterSale.List",),
            note="A page without after-sales.",
        ),
        Topic("sku", marks=("data.id", "data.product_id"), tables=(SKU,), aliases=("sku.detail",)),
        Topic("error", marks=("sub_code",), note="The platform answered with an error, not with data."),
        Topic("reply", marks=("code", "msg"), note="The platform acknowledged or refused a request; it tells no data."),
        Topic("reply_via_agiso", marks=("isSuccess",), note="The partner platform answered without data."),
    ),
)
