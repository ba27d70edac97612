"""The messages of Odoo Point of Sale: what tills hand to ``sync_from_ui`` (17, 18) and ``create_from_ui`` (to 16)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.odoo_pos.orders import orders
from entrepot.hub.documents import Json


def _is_order(document: Json) -> bool:
    return (
        isinstance(document, dict)
        and "lines" in document
        and any(name in document for name in ("uuid", "uid", "date_order", "amount_total", "payment_ids"))
    )


def _bare(document: Json) -> bool:
    return _is_order(_first(document))


def _wrapped(document: Json) -> bool:
    first = _first(document)
    return isinstance(first, dict) and _is_order(first.get("data"))


def _first(document: Json) -> Json:
    return document[0] if isinstance(document, list) and document else document


def _call(document: Json) -> bool:
    """Recognise the remote call itself, with the orders as its first argument."""
    params = document.get("params") if isinstance(document, dict) else None
    return isinstance(params, dict) and params.get("method") in {"sync_from_ui", "create_from_ui"}


TOPICS: Final = (
    Topic("order", marks=(), recognise=_bare, tables=orders("[]"), aliases=("sync_from_ui",)),
    Topic("order_wrapped", marks=(), recognise=_wrapped, tables=orders("[].data"), aliases=("create_from_ui",)),
    Topic("call", marks=("params",), recognise=_call, tables=orders("params.args.0[]", "params.args.0[].data")),
    Topic("error", marks=("error",), note="The Odoo server answered with an error, not with an order."),
    Topic("answer", marks=("jsonrpc",), note="The Odoo server's answer to a call: ids, no orders."),
    Topic("no_orders", marks=(), recognise=lambda document: document == [], note="The till had no order to hand over."),
)

ADAPTER: Final = Adapter(
    channel="odoo_pos",
    title="Odoo Point of Sale",
    title_zh="Odoo 门店收银",
    kind="channel",
    version=1,
    topics=TOPICS,
)
