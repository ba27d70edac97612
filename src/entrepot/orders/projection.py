"""Rows to query, computed from an order's folded state. Pure; the state alone is the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from entrepot.kernel.facts import Value
from entrepot.orders.fold import Fields, OrderState, is_erased, live_lines

Row: TypeAlias = tuple[object, ...]
ResolveSku: TypeAlias = Callable[[str, str, Fields], str | None]
"""``(channel, shop, line fields) -> SKU or None``."""

_AS_TOLD: Final = (
    "kind", "placed_at", "paid_at", "shipped_at", "delivered_at", "completed_at", "cancelled_at", "promised_at",
    "updated_at", "payment_status", "fulfilment_status", "aftersale_status", "hold_status", "fulfil_mode", "store",
    "country", "province", "city", "buyer_id", "currency",
)  # fmt: skip
ORDER_COLUMNS: Final = (
    "id", "channel", "shop", "native_id", *_AS_TOLD,
    "goods", "freight", "discount", "paid", "refunded", "lines", "pieces",
)  # fmt: skip
PART_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "order_line": (
        "line_no", "merchant_code", "item_id", "sku_native_id", "title", "qty", "unit_price", "line_total", "discount",
        "freight", "status", "refund_status", "store",
    ),
    "payment": ("method", "status", "amount", "currency", "paid_at", "instalments"),
    "refund": (
        "kind", "status", "amount", "freight", "currency", "reason", "restock", "asked_at", "refunded_at",
    ),
    "shipment": (
        "carrier", "carrier_name", "tracking_no", "status", "from_node", "shipped_at", "delivered_at", "lines",
    ),
}  # fmt: skip
PART_TABLES: Final = {
    "order_line": ("line", "line_id"),
    "payment": ("payment", "payment_id"),
    "refund": ("refund", "refund_id"),
    "shipment": ("shipment", "shipment_id"),
}


def told(fields: Fields, name: str) -> Value:
    """Return the value of a register, None where there is none or it was erased."""
    register = fields.get(name)
    return None if register is None or is_erased(register[0]) else register[0]


def _sum(parts: dict[str, Fields], name: str) -> int | None:
    amounts = [value for fields in parts.values() if isinstance(value := told(fields, name), int)]
    return sum(amounts) if amounts else None


def order_row(order_id: str, state: OrderState) -> Row:
    """Compute the order's row, in the sequence of `ORDER_COLUMNS`.

    Notes
    -----
    Where the channel gives no total, goods and freight are the lines' sums and paid the payments' sum.
    """
    channel, shop, native = order_id.split(":", 2)
    fields = state.fields
    lines = live_lines(state)
    discounts = [
        value for name in ("discount_seller", "discount_platform") if isinstance(value := told(fields, name), int)
    ]
    return (
        order_id,
        channel,
        shop,
        native,
        *(told(fields, name) for name in _AS_TOLD),
        _total(fields, "goods", lines, "line_total"),
        _total(fields, "freight", lines, "freight"),
        sum(discounts) if discounts else None,
        _total(fields, "paid", state.parts.get("payment", {}), "amount"),
        _refunded(state),
        len(lines),
        _sum(lines, "qty") or 0,
    )


def _total(fields: Fields, name: str, parts: dict[str, Fields], part_name: str) -> Value:
    value = told(fields, name)
    return value if value is not None else _sum(parts, part_name)


def _refunded(state: OrderState) -> int | None:
    done = {
        part: fields
        for part, fields in state.parts.get("refund", {}).items()
        if told(fields, "status") in {None, "refunded"}
    }
    return _sum(done, "amount")


def part_rows(order_id: str, state: OrderState, kind: str, resolve: ResolveSku) -> list[Row]:
    """Compute the rows of one kind of part: order id, part id, (SKU for lines,) then `PART_COLUMNS`."""
    parts = live_lines(state) if kind == "order_line" else state.parts.get(kind, {})
    columns = PART_COLUMNS[kind]
    if kind != "order_line":
        return [(order_id, part, *(_cell(told(fields, name)) for name in columns)) for part, fields in parts.items()]
    channel, shop, _ = order_id.split(":", 2)
    return [
        (order_id, part, resolve(channel, shop, fields), *(told(fields, name) for name in columns))
        for part, fields in parts.items()
    ]


def _cell(value: Value) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, (list, dict)) else value
