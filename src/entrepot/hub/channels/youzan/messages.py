"""Youzan's push messages that are not a whole trade: deliveries, closings, refunds, items.

What they say is recorded, and the trade is asked for (wait 30 s: Youzan's queries lag behind its messages).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.hub.channels.youzan.codes import (
    IGNORED_MESSAGES,
    ITEM_MESSAGES,
    ORDER_MESSAGES,
    REFUND_KIND,
    REFUND_MESSAGES,
    REFUND_STATE,
    REFUND_STATUS,
)
from entrepot.hub.channels.youzan.trades import member, oids, rows, said, stamp
from entrepot.hub.converters import (
    BadValue,
    ShopContext,
    cn_time,
    computed,
    constant,
    currency_of_shop,
    enum,
    first,
    ident,
    listed,
    pieces,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def type_of(push: Json) -> str:
    """Read the type of a push; empty where it is none."""
    return str(push.get("type") or "") if isinstance(push, dict) and "msg" in push else ""


def _is_order(push: Json) -> bool:
    return type_of(push) in ORDER_MESSAGES


def is_refund(push: Json) -> bool:
    """Tell a refund message of any of the three generations, known or not."""
    return type_of(push).startswith(("trade_refund_", "youzan_trade_Refund", "TRADE_ORDER_REFUND"))


def _is_partial(push: Json) -> bool:
    message = push.get("msg") if isinstance(push, dict) else None
    return _is_order(push) and not (isinstance(message, dict) and "full_order_info" in message)


def _of_type(index: int) -> Callable[[Json, ShopContext], Value]:
    return lambda raw, context: ORDER_MESSAGES.get(str(raw), ("", ""))[index] or None


_REFUND_STATE: Final = enum("refund_state", REFUND_STATE)


def _refund_status(raw: Json, context: ShopContext) -> Value:
    name, kind, state = str(member(raw, 0) or ""), member(raw, 1), member(raw, 2)
    if state is not None:
        return _REFUND_STATE.convert(state, context)
    short = name.rsplit("_", 1)[-1]
    if short not in REFUND_MESSAGES:
        raise BadValue(name, f"a refund message of {', '.join(REFUND_MESSAGES)}")
    if name == "trade_refund_RefundSellerAgree" and kind == "REFUND_ONLY":
        return "refunded"  # nothing comes back: the seller's yes ends it
    return REFUND_MESSAGES[short]


def _line(raw: Json, context: ShopContext) -> Value:
    found = [line for group in (raw if isinstance(raw, list) else [raw]) for line in oids(group)]
    return found[0] if found else None


_line_of: Final = computed("first oid", "text", _line)
_lines_of: Final = listed("[oid, unknown]", lambda raw, context: [[line, None] for line in oids(raw)] or None)

ORDER: Final = Table(
    "order",
    id="msg.tid",
    version=("msg.update_time", "version"),
    version_by=stamp,
    when=_is_partial,
    fields=(
        Field("native_id", "msg.tid", ident),
        Field("fulfilment_status", "type", computed("type -> fulfilment", "text", _of_type(0))),
        Field("payment_status", "type", computed("type -> payment", "text", _of_type(1))),
        Field("updated_at", "msg.update_time", cn_time),
    ),
)

SHIPMENT: Final = Table(
    "shipment",
    id="msg.express_no",
    scope="parent",
    parent="msg.tid",
    version=("msg.update_time", "version"),
    version_by=stamp,
    when=lambda push: _is_partial(push) and bool(str(_in(push, "express_no") or "").strip()),
    fields=(
        Field("native_id", "msg.express_no", ident),
        Field("tracking_no", "msg.express_no", ident),
        Field("carrier", "msg.express_id", ident),
        Field("shipped_at", "msg.update_time", cn_time),
        Field("lines", "msg.oids", _lines_of),
    ),
)


def _in(push: Json, name: str) -> Json:
    message = push.get("msg") if isinstance(push, dict) else None
    return message.get(name) if isinstance(message, dict) else None


REFUND: Final = Table(
    "refund",
    id="msg.refund_id",
    scope="parent",
    parent="msg.tid",
    version=("msg.update_time", "version"),
    version_by=stamp,
    when=is_refund,
    fields=(
        Field("native_id", "msg.refund_id", ident),
        Field(
            "status",
            ("type", "msg.refund_type", "msg.refund_state"),
            computed("refund_state, else type", "text", _refund_status),
        ),
        Field("kind", "msg.refund_type", enum("refund_type", REFUND_KIND)),
        Field("currency", "msg.refund_id", currency_of_shop),
        Field("amount", ("msg.refunded_fee", "msg.refund_fee"), first(yuan)),
        Field("reason", ("msg.refund_reason_des", "msg.refund_reason"), first(said)),
        Field("line", ("msg.oids", "msg.oid"), _line_of),
    ),
)


def _fetch(when: Callable[[Json], bool], entity: str, native: str) -> Table:
    return Table(
        "fetch",
        id=native,
        when=when,
        version=("msg.update_time", "version"),
        version_by=stamp,
        fields=(
            Field("entity", "type", constant(entity)),
            Field("native_id", native, ident),
            Field("reason", "type"),
        ),
    )


UNKNOWN: Final = Table(
    "fetch",
    id=("type", "msg_id"),
    when=lambda push: not (_is_order(push) or is_refund(push) or type_of(push) in (*ITEM_MESSAGES, *IGNORED_MESSAGES)),
    fields=(Field("entity", "type", enum("type", dict.fromkeys(ORDER_MESSAGES, "order")), required=True),),
)
"""A message of a type that no table reads is kept out, with its type."""

TABLES: Final = (
    ORDER,
    SHIPMENT,
    REFUND,
    _fetch(_is_partial, "order", "msg.tid"),
    _fetch(is_refund, "refund", "msg.refund_id"),
    _fetch(lambda push: type_of(push) in ITEM_MESSAGES, "listing", "id"),
    UNKNOWN,
)


def _consulted(at: str) -> Table:
    """Map refunds as ``trade.refund.get`` and ``trade.refund.search`` return them."""
    return Table(
        "refund",
        at=at,
        id="refund_id",
        scope="parent",
        parent="tid",
        version=("modified", "update_time", "created"),
        version_by=stamp,
        fields=(
            Field("native_id", "refund_id", ident),
            Field("status", "status", enum("refund status", REFUND_STATUS)),
            Field("kind", "return_goods", computed("return_goods", "text", _kind)),
            Field("currency", "refund_id", currency_of_shop),
            Field("amount", "refund_fee", yuan),
            Field("qty", "refund_num", pieces),
            Field("reason", ("reason_desc", "desc"), first(said)),
            Field("line", ("oid", "oids"), _line_of),
            Field("asked_at", "created", stamp),
            Field("refunded_at", "refund_success_time", stamp),
        ),
    )


def _kind(raw: Json, context: ShopContext) -> Value:
    return "return" if str(raw).lower() in {"true", "1"} else "refund"


def is_refund_reply(document: Json) -> bool:
    """Tell a reply about one refund or a list of them."""
    for name in ("data", "response"):
        inner = document.get(name) if isinstance(document, dict) else None
        found = [inner, *rows(_listed(inner))] if isinstance(inner, dict) else []
        if any("refund_id" in row for row in found):
            return True
    return False


def _listed(inner: dict[str, Json]) -> Json:
    return inner.get("refunds") or inner.get("list")


REPLIES: Final = tuple(
    _consulted(at) for at in ("data.refunds[]", "data.list[]", "response.refunds[]", "response.list[]")
)
