"""Orders of a till: amounts are floats with tax included, times naive UTC, ``false`` is nothing."""

from __future__ import annotations

from typing import Final

from entrepot.hub.channels.odoo_pos.codes import STATE
from entrepot.hub.channels.odoo_pos.lines import LINES, When, line_total
from entrepot.hub.channels.odoo_pos.payments import CHANGE, payment
from entrepot.hub.channels.odoo_pos.values import (
    ID,
    MONEY,
    TEXT,
    TIME,
    amount,
    commands,
    decimal,
    many2one_id,
    many2one_name,
    several,
)
from entrepot.hub.converters import (
    ShopContext,
    computed,
    constant,
    currency_of_shop,
    ident,
    listed,
    signed_pieces,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _kind_of(lines: Json) -> str:
    quantities = [decimal(row.get("qty")) for _, row in commands(lines)]
    if any(qty < 0 for qty in quantities):
        return "exchange" if any(qty > 0 for qty in quantities) else "return"
    return "sale"


def _kind(raw: Json, context: ShopContext) -> Value:
    lines, is_refund = several(raw, 2)
    return "return" if is_refund is True and _kind_of(lines) != "exchange" else _kind_of(lines)


def _goods(raw: Json, context: ShopContext) -> Value:
    total, found = 0, False
    for _, row in commands(raw):
        part = line_total([row.get(name) for name in ("price_subtotal_incl", "price_unit", "qty", "discount")], context)
        total, found = total + (part if isinstance(part, int) else 0), True
    return total if found else None


def _total(raw: Json, context: ShopContext) -> Value:
    total, lines = several(raw, 2)
    return _goods(lines, context) if total in (None, False) else amount(total, context)


def _paid(raw: Json, context: ShopContext) -> Value:
    """Take what is paid less the change; where the till does not say, add up the payments."""
    paid, change, *rows = several(raw, 4)
    if paid not in (None, False):
        return amount(paid, context)
    found = [row for part in rows for _, row in commands(part)]
    return sum(amount(row.get("amount"), context) for row in found) - amount(change, context) if found else None


def _payment_status(raw: Json, context: ShopContext) -> Value:
    state, total, paid, change, payments, statements, lines = several(raw, 7)
    word = STATE.convert(state, context) if state not in (None, False) else None
    if word in {"unpaid", "voided"}:
        return word
    due, got = _total([total, lines], context), _paid([paid, change, payments, statements], context)
    if not isinstance(due, int) or not isinstance(got, int):
        return word
    if due < 0:
        return "refunded" if got <= due else "part_refunded" if got < 0 else "unpaid"
    return "paid" if got >= due else "part_paid" if got > 0 else "unpaid"


def _aftersale(raw: Json, context: ShopContext) -> Value:
    return "refunded" if _kind(raw, context) == "return" else "none"


def _fulfilment(raw: Json, context: ShopContext) -> Value:
    """Goods leave the shop with their buyer, unless they are to be sent later or the order still stands open."""
    state, shipping_date, lines = several(raw, 3)
    if state == "cancel":
        return "cancelled"
    return "open" if state == "draft" or (shipping_date and _kind_of(lines) == "sale") else "completed"


def _mode(raw: Json, context: ShopContext) -> Value:
    shipping_date, lines = several(raw, 2)
    return "ship" if shipping_date and _kind_of(lines) == "sale" else "store"


def _line_ids(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, list):
        return None
    return [str(row.get("uuid") or place) for place, row in commands(raw)]


def _store(raw: Json, context: ShopContext) -> Value:
    return next((found for part in several(raw, 2) if (found := many2one_name(part, context))), None)


def _returned_lines(raw: Json, context: ShopContext) -> Value:
    """Count what comes back by the line of the order that sold it (its number on the server)."""
    found: list[Value] = []
    for place, row in commands(raw):
        qty = signed_pieces.convert(row.get("qty") or 0, context)
        if isinstance(qty, int) and qty < 0:
            found.append([str(row.get("uuid") or place), -qty])
    return found or None


def _given_back(raw: Json, context: ShopContext) -> Value:
    total = _total(raw, context)
    return -total if isinstance(total, int) else None


def _comes_back(order: Json) -> bool:
    return isinstance(order, dict) and _kind([order.get("lines"), order.get("is_refund")], ShopContext()) == "return"


_TIMES: Final = ("date_order", "creation_date")


def _placed_at(raw: Json, context: ShopContext) -> Value:
    return next((at for part in several(raw, 2) if part is not None and (at := TIME.convert(part, context))), None)


REFUND: Final = Table(
    "refund",
    id="=refund",
    scope="parent",
    when=_comes_back,
    fields=(
        Field("native_id", "=refund", ident),
        Field("kind", "=refund", constant("return")),
        Field("status", "=refund", constant("refunded")),
        Field("restock", "=refund", constant("return")),
        Field("currency", "=refund", currency_of_shop),
        Field("amount", ("amount_total", "lines"), computed("less amount_total", "money", _given_back)),
        Field("lines", "lines", listed("[line, pieces]", _returned_lines)),
        Field("refunded_at", _TIMES, computed("date_order, else creation_date", "instant", _placed_at)),
    ),
)


def order(at: str, native: str, when: When) -> Table:
    """Make the table of orders at one place that one member names."""
    return Table(
        "order",
        id=native,
        at=at,
        when=when,
        version=("write_date", *_TIMES),
        version_by=TIME,
        fields=(
            Field("native_id", native, ID),
            Field("kind", ("lines", "is_refund"), computed("sale, return or exchange", "text", _kind)),
            Field(
                "placed_at", _TIMES, computed("date_order, else creation_date", "instant", _placed_at), required=True
            ),
            Field("updated_at", "write_date", TIME),
            Field(
                "payment_status",
                ("state", "amount_total", "amount_paid", "amount_return", "payment_ids", "statement_ids", "lines"),
                computed("state, else paid against total", "text", _payment_status),
            ),
            Field(
                "fulfilment_status", ("state", "shipping_date", "lines"), computed("handed over", "text", _fulfilment)
            ),
            Field("aftersale_status", ("lines", "is_refund"), computed("refunded on return", "text", _aftersale)),
            Field("fulfil_mode", ("shipping_date", "lines"), computed("ship later, else store", "text", _mode)),
            Field("store", ("config_id", "config_name"), computed("name or id of the till's shop", "text", _store)),
            Field("currency", native, currency_of_shop),
            Field("goods", "lines", computed("sum of the lines with tax", "money", _goods)),
            Field("tax", "amount_tax", MONEY),
            Field("tax_included", "=true", computed("with tax", "flag", lambda raw, context: True)),
            Field("total", ("amount_total", "lines"), computed("amount_total, else the lines", "money", _total)),
            Field(
                "paid",
                ("amount_paid", "amount_return", "payment_ids", "statement_ids"),
                computed("amount_paid, else payments less change", "money", _paid),
            ),
            Field("buyer_id", "partner_id", computed("partner_id", "text", many2one_id)),
            Field("buyer_note", "general_note", TEXT),
            Field("source", "name", TEXT),
            Field("line_ids", "lines", listed("uuids, else places, of the lines", _line_ids)),
        ),
        parts=(
            *LINES,
            payment("payment_ids[].2", "^.#"),
            payment("payment_ids[]", "#"),
            payment("statement_ids[].2", "^.#"),
            payment("statement_ids[]", "#"),
            CHANGE,
            REFUND,
        ),
    )


def orders(*places: str) -> tuple[Table, ...]:
    """Make the tables of orders at some places: named by their uuid, their uid, or by the number on the receipt."""
    return tuple(order(at, native, _named_by(native)) for at in places for native in _NAMES)


_NAMES: Final = ("uuid", "uid", "pos_reference", "name")


def _named_by(name: str) -> When:
    better = _NAMES[: _NAMES.index(name)]

    def when(row: Json) -> bool:
        if not isinstance(row, dict) or "lines" not in row or any(row.get(other) for other in better):
            return False
        return bool(row.get(name)) or (name == "uuid" and not any(row.get(other) for other in _NAMES))

    return when
