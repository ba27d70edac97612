"""Taobao's adapter: which bodies of the open platform it knows, alone, in lists, and as rows of the push database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.taobao.messages import messages, refunds
from entrepot.hub.channels.taobao.trades import trades
from entrepot.hub.documents import Json, Undecodable, json_document, unwrap

_TRADES: Final = "trade_fullinfo_get_response.trade"
_REFUNDS: Final = "refund_get_response.refund"
_CONSUMED: Final = "tmc_messages_consume_response"


def decode(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode JSON; of push-database rows and messages also the JSON text in ``jdp_response`` and ``content``.

    A single row or message becomes a list of one.
    """
    document = json_document(body, headers)
    if isinstance(document, dict) and ("jdp_response" in document or {"topic", "content"} <= document.keys()):
        document = [document]
    if isinstance(document, list):
        return [_opened(item) for item in document]
    if isinstance(document, dict) and isinstance(reply := document.get(_CONSUMED), dict):
        inner = reply.get("messages")
        listed = inner.get("tmc_message") if isinstance(inner, dict) else None
        opened = [_opened(item) for item in listed] if isinstance(listed, list) else [_opened(listed)]
        return {**document, _CONSUMED: {**reply, "messages": {"tmc_message": opened}}} if listed else document
    return document


def _opened(item: Json) -> Json:
    """Unwrap one row or message; a broken one stays as it is, and is kept out alone."""
    try:
        return unwrap(unwrap(item, "jdp_response"), "content")
    except Undecodable:
        return item


def _is_rows(document: Json) -> bool:
    return isinstance(document, list) and any(isinstance(item, dict) and "jdp_response" in item for item in document)


def _is_messages(document: Json) -> bool:
    return isinstance(document, list) and any(isinstance(item, dict) and "topic" in item for item in document)


def _page(method: str) -> Topic:
    return Topic(
        method,
        marks=(f"{method}_response",),
        tables=(trades(f"{method}_response.trades.trade[]"),),
        note="A page without trades.",
    )


ADAPTER: Final = Adapter(
    channel="taobao",
    title="Taobao / Tmall",
    title_zh="淘宝 / 天猫",
    kind="channel",
    version=2,
    signature="taobao",
    decode=decode,
    topics=(
        Topic(
            "trade",
            marks=(_TRADES,),
            tables=(trades(_TRADES),),
            aliases=("taobao_trade_TradeChanged", "trade_fullinfo_get"),
        ),
        Topic("trade_get", marks=("trade_get_response.trade",), tables=(trades("trade_get_response.trade"),)),
        _page("trades_sold_get"),
        _page("trades_sold_increment_get"),
        Topic("refund", marks=(_REFUNDS,), tables=(refunds(_REFUNDS),), aliases=("refund_get",)),
        Topic(
            "refunds",
            marks=("refunds_receive_get_response",),
            tables=(refunds("refunds_receive_get_response.refunds.refund[]"),),
            note="A page without refunds.",
        ),
        Topic(
            "push_rows",
            marks=(),
            recognise=_is_rows,
            tables=(trades(f"[].jdp_response.{_TRADES}"), refunds(f"[].jdp_response.{_REFUNDS}")),
            note="Rows of the push database that hold neither a trade nor a refund.",
        ),
        Topic(
            "messages",
            marks=(),
            recognise=_is_messages,
            tables=messages("[]"),
            note="A message that tells nothing of trades, refunds, items or parcels.",
        ),
        Topic(
            "messages_consumed",
            marks=(_CONSUMED,),
            tables=messages(f"{_CONSUMED}.messages.tmc_message[]"),
            note="There were no messages to consume.",
        ),
        Topic("error", marks=("error_response",), note="The platform answered with an error, not with a trade."),
    ),
)
