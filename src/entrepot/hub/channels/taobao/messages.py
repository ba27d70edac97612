"""What else Taobao sends: refunds, and the thin messages of its message channel (TMC).

Experimental: written from the platform's field lists; no genuine body was at hand.
"""

from __future__ import annotations

from collections.abc import Callable

from entrepot.hub.channels.taobao.codes import REFUND
from entrepot.hub.converters import (
    ShopContext,
    cn_time,
    computed,
    constant,
    currency_of_shop,
    first,
    ident,
    pieces,
    text,
    yuan,
)
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Table
from entrepot.kernel.facts import Value


def _kind(raw: Json, context: ShopContext) -> Value:
    return None if raw is None else "return" if str(raw).lower() == "true" else "refund"


def _refunded_at(raw: Json, context: ShopContext) -> Value:
    status, modified = raw if isinstance(raw, list) else (None, None)
    return cn_time.convert(modified, context) if status == "SUCCESS" and modified is not None else None


def refunds(at: str) -> Table:
    """Map the refunds that stand at a place."""
    return Table(
        "refund",
        at=at,
        id="refund_id",
        scope="parent",
        parent="tid",
        version=("modified", "created"),
        version_by=cn_time,
        fields=(
            Field("native_id", "refund_id", ident),
            Field("status", "status", REFUND),
            Field("kind", "has_good_return", computed("has_good_return", "text", _kind)),
            Field("currency", "refund_id", currency_of_shop),
            Field("amount", "refund_fee", yuan),
            Field("reason", ("reason", "desc"), first(text)),
            Field("line", "oid", ident),
            Field("qty", "num", pieces),
            Field("asked_at", "created", cn_time),
            Field("refunded_at", ("status", "modified"), computed("modified, once SUCCESS", "instant", _refunded_at)),
        ),
    )


def _of_family(family: str) -> Callable[[Json], bool]:
    return lambda message: isinstance(message, dict) and str(message.get("topic") or "").startswith(f"taobao_{family}_")


def _fetch(at: str, family: str, entity: str, native: str) -> Table:
    return Table(
        "fetch",
        at=at,
        id=native,
        when=_of_family(family),
        version=("content.modified", "pub_time", "pubTime"),
        version_by=cn_time,
        fields=(
            Field("entity", "topic", constant(entity)),
            Field("native_id", native, ident, required=True),
            Field("reason", "topic"),
        ),
    )


def messages(at: str) -> tuple[Table, ...]:
    """Map the messages that stand at a place to what has to be asked for."""
    return (
        _fetch(at, "trade", "order", "content.tid"),
        _fetch(at, "refund", "refund", "content.refund_id"),
        _fetch(at, "item", "listing", "content.num_iid"),
        _fetch(at, "logistics", "tracking", "content.out_sid"),
    )
