"""Lines of Shopify's orders: what was ordered, shipped, refunded, cancelled."""

from collections.abc import Iterator
from typing import Final

from entrepot.hub.channels.shopify.codes import (
    FULFILMENT_OF_LINE,
)
from entrepot.hub.channels.shopify.values import amount, count, rows, several, sum_of
from entrepot.hub.converters import (
    ShopContext,
    computed,
    ident,
    pieces,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _gross(raw: Json, context: ShopContext) -> Value:
    price, quantity = several(raw, 2)
    return None if price is None or quantity is None else amount(price, context) * count(quantity, context)


def _line_discount(raw: Json, context: ShopContext) -> Value:
    allocations, total = several(raw, 2)
    if isinstance(allocations, list) and allocations:
        return sum(amount(row.get("amount"), context) for row in rows(allocations))
    return None if total is None else amount(total, context)


def _of_line(lists: Json, members: str, line: Json, context: ShopContext) -> Iterator[tuple[dict[str, Json], int]]:
    """Find what the order's fulfilments or refunds say of a line, with its pieces."""
    for outer in rows(lists):
        for row in rows(outer.get(members)):
            if (row.get("line_item_id") if members == "refund_line_items" else row.get("id")) == line:
                yield (
                    ({**outer, **row} if members == "refund_line_items" else outer),
                    count(row.get("quantity"), context),
                )


def _shipped(raw: Json, context: ShopContext) -> Value:
    line, fulfilments = several(raw, 2)
    if not isinstance(fulfilments, list):
        return None
    return sum(qty for row, qty in _of_line(fulfilments, "line_items", line, context) if row.get("status") == "success")


def _refunded(raw: Json, context: ShopContext) -> Value:
    line, refunds = several(raw, 2)
    if not isinstance(refunds, list):
        return None
    return sum(
        qty for row, qty in _of_line(refunds, "refund_line_items", line, context) if row.get("restock_type") != "cancel"
    )


def _cancelled(raw: Json, context: ShopContext) -> Value:
    """Count what was taken off the order: ordered less what stands now less what was refunded after sale."""
    line, refunds, ordered, current = several(raw, 4)
    if current is None or ordered is None:
        return None
    refunded = _refunded([line, refunds], context)
    return max(0, count(ordered, context) - count(current, context) - (refunded if isinstance(refunded, int) else 0))


def _line_status(raw: Json, context: ShopContext) -> Value:
    status, quantity = several(raw, 2)
    if status is None:
        return None if quantity is None else "open"
    return FULFILMENT_OF_LINE.convert(status, context)


LINE: Final = Table(
    "order_line",
    id="id",
    scope="parent",
    at="line_items[]",
    fields=(
        Field("native_id", "id", ident),
        Field("line_no", "#", pieces),
        Field("item_id", "product_id", ident),
        Field("sku_native_id", "variant_id", ident),
        Field("merchant_code", "sku"),
        Field("title", "title"),
        Field("spec", "variant_title"),
        Field("qty", "quantity", pieces, required=True),
        Field("qty_shipped", ("id", "^.fulfillments"), computed("pieces in successful fulfillments", "int", _shipped)),
        Field("qty_refunded", ("id", "^.refunds"), computed("pieces refunded, not cancelled", "int", _refunded)),
        Field(
            "qty_cancelled",
            ("id", "^.refunds", "quantity", "current_quantity"),
            computed("quantity - current_quantity - refunded", "int", _cancelled),
        ),
        Field("unit_price", "price", yuan),
        Field("line_total", ("price", "quantity"), computed("price * quantity", "money", _gross)),
        Field(
            "discount",
            ("discount_allocations", "total_discount"),
            computed("sum of discount_allocations, else total_discount", "money", _line_discount),
        ),
        Field("tax", "tax_lines", sum_of("sum of tax_lines", "price")),
        Field(
            "status",
            ("fulfillment_status", "quantity"),
            computed("fulfillment_status of the line", "text", _line_status),
        ),
    ),
)
