"""Youzan's adapter: how its pushes and replies unwrap, and which of them it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.youzan.messages import REPLIES, TABLES, is_refund_reply
from entrepot.hub.channels.youzan.trades import trades
from entrepot.hub.documents import Json, form_text, json_document, unwrap
from entrepot.hub.mapping import Table


def _plain(inner: str) -> str:
    """Undo the URL-encoding of ``msg``; the newer messages send plain JSON text."""
    return inner if inner.lstrip()[:1] in ("{", "[") else form_text(inner)


def decode(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode JSON; of a push also the URL-encoded JSON in ``msg``."""
    return unwrap(json_document(body, headers), "msg", _plain)


def _one(table: Table, at: str) -> Table:
    return replace(table, at=at, when=lambda refund: isinstance(refund, dict) and "refund_id" in refund)


_LISTS: Final = ("data.full_order_info_list[]", "response.full_order_info_list[]")
_SINGLES: Final = ("msg", "", "data", "response")


def _is_trade(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    inners = [document, *(document.get(name) for name in ("msg", "data", "response"))]
    return any(isinstance(inner, dict) and isinstance(inner.get("full_order_info"), dict) for inner in inners)


def _is_trade_list(document: Json) -> bool:
    inners = [document.get(name) for name in ("data", "response")] if isinstance(document, dict) else []
    return any(isinstance(inner, dict) and "full_order_info_list" in inner for inner in inners)


ADAPTER: Final = Adapter(
    channel="youzan",
    title="Youzan",
    title_zh="有赞",
    kind="channel",
    version=1,
    signature="youzan",
    decode=decode,
    topics=(
        Topic(
            "trade",
            marks=(),
            recognise=_is_trade,
            tables=tuple(trades(at) for at in _SINGLES),
            aliases=("trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay", "youzan.trade.get"),
        ),
        Topic(
            "trade_list",
            marks=(),
            recognise=_is_trade_list,
            tables=tuple(trades(at) for at in _LISTS),
            aliases=("youzan.trades.sold.get",),
            note="A page without trades.",
        ),
        Topic(
            "push",
            marks=("msg", "type"),
            recognise=lambda document: not _is_trade(document),
            tables=TABLES,
            note="A message that tells nothing of orders, refunds or items.",
        ),
        Topic(
            "refund",
            marks=(),
            recognise=is_refund_reply,
            tables=(*(_one(REPLIES[0], at) for at in ("data", "response")), *REPLIES),
            aliases=("youzan.trade.refund.get", "youzan.trade.refund.search"),
        ),
        Topic("error", marks=("gw_err_resp",), note="The gateway refused the request."),
        Topic("error_response", marks=("error_response",), note="The platform answered with an error, not with data."),
        Topic("reply", marks=("code",), note="The platform acknowledged or refused a request; it tells no order."),
    ),
)
