"""After-sales of the Douyin shop: the detail and list replies, and the fields a push shares with them."""

from __future__ import annotations

from typing import Final

from entrepot.hub.channels.douyin.codes import AFTERSALE_KIND
from entrepot.hub.channels.douyin.orders import aftersale_status, word
from entrepot.hub.converters import ShopContext, computed, currency_of_shop, enum, epoch_s, fen, first, ident, listed
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Paths, Table
from entrepot.kernel.facts import Value


def _status(raw: Json, context: ShopContext) -> Value:
    status, other, kind = (word(value) for value in raw) if isinstance(raw, list) else ("", "", "")
    return aftersale_status(status or other, kind, raw) if status or other else None


def status_field(under: str) -> Field:
    """Read an after-sale's status, however it is spelt."""
    paths = (f"{under}after_sale_status", f"{under}aftersale_status", f"{under}after_sale_type")
    return Field("status", paths, computed("after_sale_status", "text", _status))


kind: Final = enum("after_sale_type", AFTERSALE_KIND)


def _lines(raw: Json, context: ShopContext) -> Value:
    orders, count = raw if isinstance(raw, list) else (None, None)
    rows = [row for row in orders if isinstance(row, dict)] if isinstance(orders, list) else []
    asked = count if len(rows) == 1 else None
    lines: list[Value] = []
    for row in rows:
        pieces = asked or row.get("after_sale_item_count")
        if word(row.get("sku_order_id")):
            lines.append([word(row["sku_order_id"]), int(word(pieces)) if word(pieces).isdigit() else None])
    return lines or None


def _aftersales(at: str, info: str, names: str, order: str, lines: str, amounts: tuple[str, str]) -> Table:
    """Map after-sales; replies name the same things differently (``after_sale_id`` and ``aftersale_id``)."""
    amount, freight = (f"{info}{name}" for name in amounts)
    number: Paths = f"{info}{names}_id"
    return Table(
        "refund",
        at=at,
        id=number,
        scope="parent",
        parent=order,
        version=(f"{info}update_time", f"{info}apply_time"),
        version_by=epoch_s,
        fields=(
            Field("native_id", number, ident),
            status_field(info),
            Field("kind", (f"{info}after_sale_type", f"{info}aftersale_type"), first(kind)),
            Field("currency", number, currency_of_shop),
            Field("reason", f"{info}reason"),
            Field("line", f"{lines}.0.sku_order_id", ident),
            Field("qty", f"{info}after_sale_apply_count", _count),
            Field("amount", (f"{info}real_refund_amount", amount), first(_positive)),
            Field("freight", freight, fen),
            Field("asked_at", f"{info}apply_time", epoch_s),
            Field("lines", (lines, f"{info}after_sale_apply_count"), listed("[product order, pieces]", _lines)),
        ),
    )


def _no_zero(raw: Json, context: ShopContext) -> Value:
    # real_refund_amount stays 0 until the money is back; the amount asked for is the better answer until then.
    value = fen.convert(raw, context)
    return value or None


_positive: Final = computed("fen, 0 is none", "money", _no_zero)
_count: Final = computed(
    "pieces, 0 is none", "int", lambda raw, context: int(word(raw)) if word(raw).isdigit() and int(word(raw)) else None
)

DETAIL: Final = _aftersales(
    "data",
    "process_info.after_sale_info.",
    "after_sale",
    "order_info.shop_order_id",
    "order_info.sku_order_infos",
    ("refund_total_amount", "refund_post_amount"),
)
LISTED: Final = _aftersales(
    "data.items[]",
    "aftersale_info.",
    "aftersale",
    "order_info.shop_order_id",
    "order_info.related_order_info",
    ("refund_amount", "refund_post_amount"),
)
