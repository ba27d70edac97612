"""Lines of a till's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from entrepot.hub.channels.odoo_pos.values import (
    ID,
    MONEY,
    TEXT,
    amount,
    decimal,
    many2one_id,
    several,
)
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    pieces,
    signed_pieces,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

When: TypeAlias = Callable[[Json], bool]


def line_total(raw: Json, context: ShopContext) -> Value:
    """Take the total with tax; where an old till sends none, price * quantity less the discount in percent."""
    with_tax, price, quantity, discount = several(raw, 4)
    if with_tax not in (None, False):
        return amount(with_tax, context)
    if price is None or quantity is None:
        return None
    paid = decimal(price) * decimal(quantity) * (100 - decimal(discount)) / 100
    return amount(paid, context)


def _line_discount(raw: Json, context: ShopContext) -> Value:
    price, quantity, discount = several(raw, 3)
    percent = decimal(discount)
    if not percent or price is None or quantity is None:
        return None
    if not 0 <= percent <= 100:
        raise BadValue(discount, "a discount of 0 to 100 percent")
    return amount(decimal(price) * decimal(quantity) * percent / 100, context)


def _tax(raw: Json, context: ShopContext) -> Value:
    with_tax, without = several(raw, 2)
    if with_tax in (None, False) or without in (None, False):
        return None
    return amount(with_tax, context) - amount(without, context)


def line(at: str, place: str, native: str, when: When) -> Table:
    """Make the table of lines of one form."""
    return Table(
        "order_line",
        id=native,
        scope="parent",
        at=at,
        when=when,
        fields=(
            Field("native_id", native, ID),
            Field("line_no", place, pieces),
            Field("item_id", "product_id", computed("product_id", "text", many2one_id)),
            Field("sku_native_id", "product_id", computed("product_id", "text", many2one_id)),
            Field("merchant_code", "default_code", TEXT),
            Field("barcode", "barcode", TEXT),
            Field("title", "full_product_name", TEXT),
            Field("qty", "qty", signed_pieces, required=True),  # negative: it comes back
            Field("unit_price", "price_unit", MONEY),
            Field(
                "line_total",
                ("price_subtotal_incl", "price_unit", "qty", "discount"),
                computed("price_subtotal_incl, else price * qty less discount", "money", line_total),
            ),
            Field(
                "discount",
                ("price_unit", "qty", "discount"),
                computed("discount % of price * qty", "money", _line_discount),
            ),
            Field("tax", ("price_subtotal_incl", "price_subtotal"), computed("with tax less without", "money", _tax)),
        ),
    )


def _has_uuid(row: Json) -> bool:
    return isinstance(row, dict) and bool(row.get("uuid"))


def _no_uuid(row: Json) -> bool:
    return isinstance(row, dict) and not row.get("uuid")


LINES: Final = (
    line("lines[].2", "^.#", "uuid", _has_uuid),
    line("lines[].2", "^.#", "^.#", _no_uuid),
    line("lines[]", "#", "uuid", _has_uuid),
    line("lines[]", "#", "#", _no_uuid),
)
