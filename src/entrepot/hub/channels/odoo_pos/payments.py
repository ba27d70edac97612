"""Payments of a till's order, with the change that was handed back."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from entrepot.hub.channels.odoo_pos.values import (
    MONEY,
    TEXT,
    amount,
    commands,
    many2one_name,
    several,
)
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency_of_shop,
    ident,
    utc_or_offset_time,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _method(raw: Json, context: ShopContext) -> Value:
    return next((found for part in several(raw, 2) if (found := many2one_name(part, context))), None)


def payment(at: str, place: str) -> Table:
    """Make the table of payments at one place; they have no id, so their place in the order names them."""
    return Table(
        "payment",
        id=place,
        scope="parent",
        at=at,
        when=lambda row: isinstance(row, dict) and row.get("amount") not in (None, False),
        fields=(
            Field("native_id", place, ident),
            Field(
                "method",
                ("payment_method_id", "journal_id"),
                computed("payment method, else journal", "text", _method),
            ),
            Field("status", "amount", constant("paid")),
            Field("amount", "amount", MONEY, required=True),
            Field("currency", "amount", currency_of_shop),
            Field("reference", "transaction_id", TEXT),
            Field("paid_at", ("payment_date", "name"), computed("payment_date, else name", "instant", _paid_at)),
        ),
    )


def _paid_at(raw: Json, context: ShopContext) -> Value:
    """Read the time of a payment; older tills write it into its name."""
    date, name = several(raw, 2)
    if date not in (None, False):
        return utc_or_offset_time.convert(date, context)
    try:
        return utc_or_offset_time.convert(name, context) if isinstance(name, str) else None
    except BadValue:
        return None  # the name is a text of its own


def _change(raw: Json, context: ShopContext) -> Value:
    return -amount(raw, context)


def _gives_change(order: Json) -> bool:
    """Tell whether change was handed back and no payment row says so itself."""
    if not isinstance(order, dict) or order.get("amount_return") in (None, False, 0, "0", Decimal(0)):
        return False
    rows = [row for name in ("payment_ids", "statement_ids") for _, row in commands(order.get(name))]
    return not any(row.get("is_change") for row in rows)


CHANGE: Final = Table(
    "payment",
    id="=change",
    scope="parent",
    when=_gives_change,
    fields=(
        Field("native_id", "=change", ident),
        Field("method", "amount_return", constant("change")),
        Field("status", "amount_return", constant("paid")),
        Field("amount", "amount_return", computed("less amount_return", "money", _change), required=True),
        Field("currency", "amount_return", currency_of_shop),
    ),
)
