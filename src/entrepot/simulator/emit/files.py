"""Files of the warehouse system: CSV in UTF-8 with Chinese headings, times naive UTC+8."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from typing import Final, TypeAlias

from entrepot.simulator.catalogue import offer
from entrepot.simulator.emit.wording import decimal_text
from entrepot.simulator.message import CHINA, NativeMessage, utc
from entrepot.simulator.retailer import DemoRetailer

Row: TypeAlias = Sequence[str | int | float | None]

HEADINGS: Final = {
    "skus": "SKU编码,商品名称,英文名称,品牌,分类编码,分类,颜色,尺码,条形码,零售价(元),毛重(克),长(毫米),宽(毫米),"
    "高(毫米),供应商,状态",
    "nodes": "节点编码,名称,英文名称,类型,国家,省,市,区,地址,经度,纬度,上级中心仓,状态",
    "listings": "渠道,店铺,平台商品ID,平台SKU_ID,平台库存ID,商家编码,SKU编码,标题,规格,售价,币种,状态",
    "receipts": "入库单号,行号,单据类型,来源,渠道,店铺,平台订单号,仓库编码,SKU编码,数量,质检状态,入库时间",
    "transfers": "调拨单号,行号,方向,调出仓,调入仓,SKU编码,数量,时间",
    "counts": "盘点单号,行号,仓库编码,SKU编码,账面数量,实盘数量,盘点时间",
    "adjustments": "调整单号,行号,仓库编码,SKU编码,调整数量,原因,盘点单号,调整时间",
    "damage": "残损单号,行号,仓库编码,SKU编码,数量,原因,时间",
    "shipments": "发货单号,行号,渠道,店铺,平台订单号,仓库编码,SKU编码,数量,承运商编码,承运商,运单号,发货时间",
}


def tell(topic: str, name: str, rows: Iterable[Row], now: int) -> NativeMessage:
    """Drop a file; ``name`` tells it from others of its topic and time."""
    text = StringIO()
    text.write(HEADINGS[topic] + "\r\n")
    csv.writer(text).writerows(rows)
    file_name = f"{topic}_{name}_{datetime.fromtimestamp(now, CHINA):%Y%m%d_%H%M%S}.csv"
    headers = {"content-type": "text/csv; charset=utf-8", "x-file-name": file_name}
    return NativeMessage("files", "wms", topic, text.getvalue().encode(), headers, utc(now), "file")


def master_data(retailer: DemoRetailer, now: int) -> list[NativeMessage]:
    """Drop the three files everything else refers to."""
    return [
        tell("skus", "all", _skus(retailer), now),
        tell("nodes", "all", _nodes(retailer), now),
        tell("listings", "all", _listings(retailer), now),
    ]


def _skus(retailer: DemoRetailer) -> Iterable[Row]:
    for sku in retailer.skus:
        category = sku.category
        yield (
            sku.code, sku.name_zh, sku.name_en, "山野集", category.code, category.name_zh, sku.colour_zh, sku.size,
            sku.barcode, decimal_text(sku.price), sku.weight_g, sku.length_mm, sku.width_mm, sku.height_mm,
            category.supplier, "在售",
        )  # fmt: skip


def _nodes(retailer: DemoRetailer) -> Iterable[Row]:
    for node in retailer.nodes:
        city = node.city
        yield (
            node.code, node.name_zh, node.name_en, "中心仓" if node.kind == "rdc" else "门店", "CN", city.province,
            city.name_zh, node.district, node.address, city.longitude, city.latitude,
            "" if node.kind == "rdc" else node.region, "启用",
        )  # fmt: skip


def _listings(retailer: DemoRetailer) -> Iterable[Row]:
    # All tills share one product table, so their shop is "*".
    shops = [(shop.channel, shop.shop) for shop in retailer.shops if shop.channel in _ONLINE] + [("odoo_pos", "*")]
    for channel, shop in shops:
        abroad = channel == "shopify"
        for sku in retailer.skus:
            if abroad and not sku.category.abroad:
                continue
            listed = offer(channel, sku)
            yield (
                channel, shop, listed.item_id, listed.sku_id, listed.stock_item, listed.merchant_code, sku.code,
                sku.name_en if abroad else sku.title_zh, sku.spec_en if abroad else sku.spec_zh,
                decimal_text(sku.price_abroad if abroad else sku.price), "USD" if abroad else "CNY", "上架",
            )  # fmt: skip


_ONLINE: Final = frozenset({"taobao", "douyin", "youzan", "shopify"})
