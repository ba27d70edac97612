"""Orders of the Douyin shop: detail and list. Fen as integers, seconds since 1970 with 0 for none, two order levels.

A shop order (level 2) holds product orders (level 3, ``sku_order_list``), each of which repeats the shop order's
fields; only its own are read there. ``town`` is a district; ``street`` is what we call street.
"""

from __future__ import annotations

from typing import Final

from entrepot.hub.channels.douyin.codes import AFTERSALE, AFTERSALE_KIND, FULFILMENT, PAYMENT, WITHOUT_MONEY
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency_of_shop,
    epoch_s,
    fen,
    first,
    flag,
    ident,
    listed,
    number,
    pieces,
    pii,
    text,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def word(raw: Json) -> str:
    """Write a code as text; empty where there is none."""
    return "" if raw is None or isinstance(raw, (bool, dict, list)) else str(raw).strip()


def _member(raw: Json, index: int) -> Json:
    return raw[index] if isinstance(raw, list) and index < len(raw) else None


def _status(table: dict[str, str], main: str, status: str) -> str:
    """Look a status up: ``main_status`` says more than ``order_status``, where it is there and known."""
    for code in (main, status):
        if code in table:
            return table[code]
    raise BadValue(main or status, f"one of {', '.join(table)}")


def _payment(raw: Json, context: ShopContext) -> Value:
    main, status, paid_at = (word(_member(raw, index)) for index in range(3))
    if not main and not status:
        return None
    if main in {"", "4"} and status in {"", "4"}:
        return "refunded" if paid_at not in {"", "0"} else "voided"
    return _status(PAYMENT, main, status)


def _fulfilment(raw: Json, context: ShopContext) -> Value:
    main, status = (word(_member(raw, index)) for index in range(2))
    return _status(FULFILMENT, main, status) if main or status else None


def _hold(raw: Json, context: ShopContext) -> Value:
    codes = {word(_member(raw, index)) for index in range(2)}
    return "risk" if "105" in codes else "none" if codes - {""} else None


def aftersale_status(status: str, kind: str, observed: Json) -> str:
    """Translate an after-sale's status: a finished exchange gives no money back."""
    if status not in AFTERSALE:
        raise BadValue(observed, f"one of after_sale_status: {', '.join(AFTERSALE)}")
    if AFTERSALE[status] == "refunded" and AFTERSALE_KIND.get(kind) in WITHOUT_MONEY:
        return "closed"
    return AFTERSALE[status]


def _line_aftersale(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, dict) or not (status := word(raw.get("after_sale_status"))):
        return None
    return aftersale_status(status, word(raw.get("after_sale_type")), status)


def _order_aftersale(raw: Json, context: ShopContext) -> Value:
    main, rows = word(_member(raw, 0)), _member(raw, 1)
    if main in {"21", "22", "39"}:
        return "refunded"
    stages = []
    for row in rows if isinstance(rows, list) else []:
        stage = _line_aftersale(row.get("after_sale_info"), context) if isinstance(row, dict) else None
        stages.append(str(stage or "none"))
    if not stages:
        return None
    if stages.count("refunded"):
        return "refunded" if stages.count("refunded") == len(stages) else "part_refunded"
    return next((stage for stage in ("returning", "asked", "refused", "closed") if stage in stages), "none")


def _sum(name: str) -> Field:
    """Add up an amount of the product orders, for list rows that leave out the shop order's own."""
    own = {"goods": None, "total": "pay_amount", "freight": "post_amount"}[name]
    of_row = own or "sum_amount"

    def convert(raw: Json, context: ShopContext) -> Value:
        given, rows = _member(raw, 0), _member(raw, 1)
        if own is not None and given is not None:
            return fen.convert(given, context)
        amounts = [row.get(of_row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if not amounts or None in amounts:
            return None
        values = [fen.convert(amount, context) for amount in amounts]
        return sum(value for value in values if isinstance(value, int))

    source = f"sum of {of_row}" if own is None else f"{own}, else its sum"
    return Field(name, (own or "order_id", "sku_order_list"), computed(source, "money", convert))


def _paid(raw: Json, context: ShopContext) -> Value:
    amount, rows, paid_at = (_member(raw, index) for index in range(3))
    if word(paid_at) in {"", "0"}:
        return 0 if paid_at is not None else None
    amounts = [amount] if amount is not None else [r.get("pay_amount") for r in rows or [] if isinstance(r, dict)]  # type: ignore[union-attr]
    values = [fen.convert(value, context) for value in amounts if value is not None]
    return sum(value for value in values if isinstance(value, int)) if values else None


_PROMOTIONS: Final = (
    "promotion_amount",
    "promotion_shop_amount",
    "promotion_platform_amount",
    "shop_cost_amount",
    "platform_cost_amount",
    "promotion_talent_amount",
)


def _discount(of_shop: bool) -> Field:
    """Tell who bears the discounts: by cost where the costs add up, else by whose promotion it was."""

    def convert(raw: Json, context: ShopContext) -> Value:
        *given, rows = raw if isinstance(raw, list) else [None]
        if all(value is None for value in given):
            products = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            columns = [[row.get(name) for row in products if row.get(name) is not None] for name in _PROMOTIONS]
        else:
            columns = [[] if value is None else [value] for value in given]
        if not any(columns):
            return None
        amounts = (_total(column, context) for column in columns)
        total, by_shop, by_platform, shop_cost, platform_cost, by_talent = amounts
        if shop_cost + platform_cost == total:
            return shop_cost if of_shop else platform_cost
        return by_shop if of_shop else by_platform + by_talent

    target = "discount_seller" if of_shop else "discount_platform"
    paths = (*_PROMOTIONS, "sku_order_list")
    return Field(target, paths, computed(f"{target} by cost, else by owner", "money", convert))


def _total(values: list[Json], context: ShopContext) -> int:
    amounts = [fen.convert(value, context) for value in values]
    return sum(amount for amount in amounts if isinstance(amount, int))


def _adjust(raw: Json, context: ShopContext) -> Value:
    values = [fen.convert(value, context) for value in raw if value is not None] if isinstance(raw, list) else []
    return sum(value for value in values if isinstance(value, int)) if values else None


def _line_ids(raw: Json, context: ShopContext) -> Value:
    rows = raw if isinstance(raw, list) else []
    return [word(row["order_id"]) for row in rows if isinstance(row, dict) and word(row.get("order_id"))]


def _spec(raw: Json, context: ShopContext) -> Value:
    rows = raw if isinstance(raw, list) else []
    pairs = [f"{word(row.get('name'))}:{word(row.get('value'))}" for row in rows if isinstance(row, dict)]
    return ";".join(pairs) or None


def _shipped_lines(raw: Json, context: ShopContext) -> Value:
    lines: list[Value] = []
    for row in raw if isinstance(raw, list) else []:
        line = row.get("sku_order_id") or row.get("shipped_order_id") if isinstance(row, dict) else None
        if isinstance(row, dict) and word(line):
            count = row.get("product_count", row.get("shipped_num", row.get("sku_num")))
            lines.append([word(line), pieces.convert(count, context) if count is not None else None])
    return lines or None


shipped_lines: Final = listed("[product order, pieces]", _shipped_lines)

LINE: Final = Table(
    "order_line",
    id="order_id",
    scope="parent",
    at="sku_order_list[]",
    fields=(
        Field("native_id", "order_id", ident),
        Field("line_no", "#", pieces),
        Field("item_id", ("product_id_str", "product_id"), first(ident)),
        Field("sku_native_id", "sku_id", ident),
        Field("merchant_code", ("code", "out_sku_id", "out_product_id"), first(ident)),
        Field("title", "product_name"),
        Field("spec", "spec", computed("name:value", "text", _spec)),
        Field("qty", "item_num", pieces, required=True),
        Field("unit_price", "origin_amount", fen),
        Field("line_total", "sum_amount", fen),
        Field("discount", "promotion_amount", fen),
        Field("freight", "post_amount", fen),
        Field("tax", "tax_amount", fen),
        Field("status", ("main_status", "order_status"), computed("fulfilment", "text", _fulfilment)),
        Field("refund_status", "after_sale_info", computed("after_sale_status", "text", _line_aftersale)),
        Field("ship_by", "exp_ship_time", epoch_s),
        Field("store", "store_info.store_id", ident),
        Field(
            "is_gift",
            "given_product_type",
            computed("FREE", "flag", lambda raw, context: None if raw in (None, "") else raw == "FREE"),
        ),
    ),
)

SHIPMENT: Final = Table(
    "shipment",
    id="tracking_no",
    scope="parent",
    at="logistics_info[]",
    when=lambda row: isinstance(row, dict) and bool(row.get("tracking_no")),
    fields=(
        Field("native_id", "tracking_no", ident),
        Field("tracking_no", "tracking_no", ident),
        Field("carrier", "company"),
        Field("carrier_name", "company_name"),
        Field("shipped_at", "ship_time", epoch_s),
        Field("lines", "product_info", shipped_lines),
    ),
)

_METHODS: Final = {
    "0": "cash_on_delivery", "1": "wechat", "2": "alipay", "3": "mini_program", "4": "card", "5": "balance",
    "7": "none", "8": "credit", "9": "card", "12": "pay_later",
}  # fmt: skip


def _method(raw: Json, context: ShopContext) -> Value:
    return _METHODS.get(word(raw), f"douyin:{word(raw)}") if word(raw) else None


def _mode(raw: Json, context: ShopContext) -> Value:
    return "virtual" if word(raw) in {"2", "4", "5"} else "ship"


PAYMENT_PART: Final = Table(
    "payment",
    id="channel_payment_no",
    scope="parent",
    when=lambda row: isinstance(row, dict) and bool(row.get("channel_payment_no")),
    fields=(
        Field("native_id", "channel_payment_no", ident),
        Field("reference", "channel_payment_no", ident),
        Field("method", "pay_type", computed("pay_type", "text", _method)),
        Field("amount", ("pay_amount", "sku_order_list", "pay_time"), computed("pay_amount", "money", _paid)),
        Field("currency", "channel_payment_no", currency_of_shop),
        Field("paid_at", "pay_time", epoch_s),
    ),
)


def _twice(*names: str) -> tuple[str, ...]:
    """Look in the shop order, then in its first product order: some replies leave the address out of the former."""
    return (*names, *(f"sku_order_list.0.{name}" for name in names))


def orders(at: str) -> Table:
    """Map the shop orders that stand at a place."""
    return Table(
        "order",
        at=at,
        id="order_id",
        version=("update_time", "create_time"),
        version_by=epoch_s,
        fields=(
            Field("native_id", "order_id", ident),
            Field("kind", "order_id", constant("sale")),
            Field("placed_at", "create_time", epoch_s, required=True),
            Field("paid_at", "pay_time", epoch_s),
            Field("shipped_at", _twice("ship_time"), first(epoch_s)),
            Field("completed_at", "finish_time", epoch_s),
            Field("promised_at", "latest_receipt_time", epoch_s),
            Field("updated_at", "update_time", epoch_s),
            Field(
                "payment_status",
                ("main_status", "order_status", "pay_time"),
                computed("main_status, order_status, pay_time", "text", _payment),
            ),
            Field(
                "fulfilment_status",
                ("main_status", "order_status"),
                computed("main_status, order_status", "text", _fulfilment),
            ),
            Field(
                "aftersale_status",
                ("main_status", "sku_order_list"),
                computed("main_status, after_sale_info", "text", _order_aftersale),
            ),
            Field("hold_status", ("main_status", "order_status"), computed("105 is risk", "text", _hold)),
            Field("currency", "order_id", currency_of_shop),
            _sum("goods"),
            _sum("freight"),
            _sum("total"),
            Field("tax", "tax_amount", fen),
            _discount(of_shop=True),
            _discount(of_shop=False),
            Field("adjust", ("modify_amount", "modify_post_amount"), computed("sum", "money", _adjust)),
            Field("paid", ("pay_amount", "sku_order_list", "pay_time"), computed("pay_amount", "money", _paid)),
            Field("fulfil_mode", "order_type", computed("order_type", "text", _mode)),
            Field("province", _twice("post_addr.province.name", "mask_post_addr.province.name"), first(text)),
            Field("city", _twice("post_addr.city.name", "mask_post_addr.city.name"), first(text)),
            Field("district", _twice("post_addr.town.name", "mask_post_addr.town.name"), first(text)),
            Field("street", _twice("post_addr.street.name", "mask_post_addr.street.name"), first(text)),
            Field(
                "address",
                _twice("post_addr.detail", "post_addr.encrypt_detail", "mask_post_addr.detail"),
                first(pii),
            ),
            Field("buyer_name", _twice("post_receiver", "encrypt_post_receiver", "mask_post_receiver"), first(pii)),
            Field("buyer_phone", _twice("post_tel", "encrypt_post_tel", "mask_post_tel"), first(pii)),
            Field("longitude", "user_coordinate.user_coordinate_longitude", number),
            Field("latitude", "user_coordinate.user_coordinate_latitude", number),
            Field("buyer_id", ("doudian_open_id", "open_id"), first(ident)),
            Field("buyer_note", "buyer_words"),
            Field("seller_note", "seller_words"),
            Field("source", "b_type_desc"),
            Field("is_test", "is_test", flag),
            Field("line_ids", "sku_order_list", listed("order_ids", _line_ids)),
        ),
        parts=(LINE, SHIPMENT, PAYMENT_PART),
    )
