"""Message pushes of the Douyin shop: an array of ``{tag, msg_id, data}``, where data is JSON in a string.

A push carries part of an order at most. What it says is recorded, and the whole order is asked for (a `fetch`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from entrepot.hub.channels.douyin.aftersales import kind, status_field
from entrepot.hub.channels.douyin.codes import (
    AFTERSALE_TAGS,
    FULFILMENT,
    IGNORED_TAGS,
    ORDER_TAGS,
    PAYMENT,
    PRODUCT_TAGS,
)
from entrepot.hub.channels.douyin.orders import shipped_lines, word
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    computed,
    constant,
    currency_of_shop,
    enum,
    epoch_s,
    fen,
    first,
    ident,
    pii,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value

_FETCHED_ONLY: Final = ("209", "212", "213", "214", "215", "216", "217", "218")
_NAMES: Final = (
    "update", "modify", "complete", "cancel", "success", "close", "agree", "refuse", "pay", "apply", "create",
)  # fmt: skip
_TIMES: Final = tuple(f"data.{name}_time" for name in _NAMES)
_KNOWN: Final = {**ORDER_TAGS, **AFTERSALE_TAGS, **PRODUCT_TAGS}


def _tagged(tags: Mapping[str, str] | tuple[str, ...]) -> Callable[[Json], bool]:
    return lambda push: isinstance(push, dict) and word(push.get("tag")) in tags


def _payment(raw: Json, context: ShopContext) -> Value:
    status = word(raw)
    if status and status not in FULFILMENT:
        raise BadValue(raw, f"one of order_status: {', '.join(FULFILMENT)}")
    return PAYMENT.get(status)  # 4, cancelled, does not tell whether anything was paid


def _hold(raw: Json, context: ShopContext) -> Value:
    """Tell a paid order that the platform still checks: message 110, or status 105."""
    tag, status = (word(value) for value in raw) if isinstance(raw, list) else ("", "")
    return "risk" if tag == "110" or status == "105" else None


_ORDER_PUSHES: Final = {tag: name for tag, name in ORDER_TAGS.items() if tag not in {"111", "126"}}

ORDER: Final = Table(
    "order",
    at="[]",
    id="data.p_id",
    when=_tagged(_ORDER_PUSHES),
    version=_TIMES,
    version_by=epoch_s,
    fields=(
        Field("native_id", "data.p_id", ident),
        Field("placed_at", "data.create_time", epoch_s),
        Field("paid_at", "data.pay_time", epoch_s),
        Field("completed_at", "data.complete_time", epoch_s),
        Field("cancelled_at", "data.cancel_time", epoch_s),
        Field("updated_at", "data.update_time", epoch_s),
        Field("payment_status", "data.order_status", computed("order_status -> payment", "text", _payment)),
        Field("fulfilment_status", "data.order_status", enum("order_status", FULFILMENT)),
        Field(
            "hold_status",
            ("tag", "data.order_status"),
            computed("pending is risk", "text", _hold),
        ),
        Field("paid", "data.pay_amount", fen),
        Field("freight", "data.post_amount", fen),
        Field("buyer_name", ("data.receiver_msg.encrypt_name", "data.receiver_msg.name"), first(pii)),
        Field("buyer_phone", ("data.receiver_msg.encrypt_tel", "data.receiver_msg.tel"), first(pii)),
        Field("seller_note", "data.remark"),
    ),
)

SHIPMENT: Final = Table(
    "shipment",
    at="[].data.logistics_msg[]",
    id="logistics_code",
    scope="parent",
    parent="^.data.p_id",
    version=tuple(f"^.{path}" for path in _TIMES),
    version_by=epoch_s,
    when=lambda parcel: isinstance(parcel, dict) and bool(parcel.get("logistics_code")),
    fields=(
        Field("native_id", "logistics_code", ident),
        Field("tracking_no", "logistics_code", ident),
        Field("carrier", "express_company_id", ident),
        Field("shipped_at", "^.data.update_time", epoch_s),
        Field("lines", "shipped_order_info", shipped_lines),
    ),
)

REFUND: Final = Table(
    "refund",
    at="[]",
    id="data.aftersale_id",
    scope="parent",
    parent="data.p_id",
    version=_TIMES,
    version_by=epoch_s,
    when=_tagged(tuple(tag for tag in AFTERSALE_TAGS if tag not in _FETCHED_ONLY)),
    fields=(
        Field("native_id", "data.aftersale_id", ident),
        status_field("data."),
        Field("kind", "data.aftersale_type", kind),
        Field("currency", "data.aftersale_id", currency_of_shop),
        Field("reason", "data.reason_code"),
        Field("line", "data.s_id", ident),
        Field("amount", "data.refund_amount", fen),
        Field("freight", "data.refund_post_amount", fen),
        Field("asked_at", "data.apply_time", epoch_s),
        Field("refunded_at", "data.success_time", epoch_s),
    ),
)


def _fetch(tags: Mapping[str, str] | tuple[str, ...], entity: str, native: str) -> Table:
    return Table(
        "fetch",
        at="[]",
        id=native,
        when=_tagged(tags),
        version=_TIMES,
        version_by=epoch_s,
        fields=(
            Field("entity", native, constant(entity)),
            Field("native_id", native, ident),
            Field("reason", "tag", enum("tag", _KNOWN)),
        ),
    )


UNKNOWN: Final = Table(
    "fetch",
    at="[]",
    id=("tag", "msg_id"),
    when=lambda push: not _tagged({**_KNOWN, **IGNORED_TAGS})(push),
    fields=(Field("entity", "tag", enum("tag", _KNOWN), required=True),),
)
"""A message of a kind that no table reads is kept out by itself, with its tag."""

TABLES: Final = (
    ORDER,
    SHIPMENT,
    REFUND,
    _fetch(ORDER_TAGS, "order", "data.p_id"),
    _fetch(AFTERSALE_TAGS, "refund", "data.aftersale_id"),
    _fetch(PRODUCT_TAGS, "listing", "data.product_id"),
    UNKNOWN,
)
