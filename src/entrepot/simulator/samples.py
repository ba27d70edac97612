"""One message of each kind: ``python -m entrepot.simulator.samples`` writes them beside the adapters.

The files show each vendor's form, invented throughout: ``hub/channels/<vendor>/samples/<case>.<ending>``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from entrepot.simulator.history import history
from entrepot.simulator.message import NativeMessage
from entrepot.simulator.retailer import build_retailer

SEED: Final = 20260815
END: Final = datetime(2026, 11, 1, tzinfo=UTC)
DAYS: Final = 60
SCALE: Final = 0.6
_ROWS_KEPT: Final = 20
_ENDINGS: Final = {"kuaidi100": "txt", "files": "csv"}


def samples() -> dict[tuple[str, str], NativeMessage]:
    """Collect the first message of every case, by (channel, case)."""
    found: dict[tuple[str, str], NativeMessage] = {}
    retailer = build_retailer(SEED)
    for message in history(retailer, end=END, days=DAYS, scale=SCALE, seed=SEED, faults=False):
        for case in cases(message):
            found.setdefault((message.channel, case), message)
    return dict(sorted(found.items()))


def cases(message: NativeMessage) -> Iterator[str]:
    """Name what a message is a case of; the names become file names."""
    yield from _NAMERS[message.channel](message.topic, message.body)


def write(folder: Path) -> list[Path]:
    """Write all samples under the folder of the adapters; long files are cut to their first rows."""
    written: list[Path] = []
    for (channel, case), message in samples().items():
        path = folder / channel / "samples" / f"{case}.{_ENDINGS.get(channel, 'json')}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_cut(message) if channel == "files" else _readable(message))
        written.append(path)
    return written


def _readable(message: NativeMessage) -> bytes:
    # Signed bodies stay byte for byte; replies of a poll carry no signature and may be laid out for the eye.
    if message.transport == "poll":
        return msgspec.json.format(message.body, indent=1) + b"\n"
    return message.body


def _cut(message: NativeMessage) -> bytes:
    return b"".join(message.body.splitlines(keepends=True)[: _ROWS_KEPT + 1])


def _taobao(topic: str, body: bytes) -> Iterable[str]:
    if topic == "refund":
        yield f"refund_{msgspec.json.decode(body, type=_TaobaoRefundReply).refund_get_response.refund.status.lower()}"
        return
    trade = _Trade.of(body)
    name = f"{topic}_{trade.status.lower()}"
    if trade.omnichannel_param:
        yield f"{topic}_store_deliver_{trade.status.lower()}"
    elif len(trade.orders["order"]) > 1:
        yield f"{name}_{_plural(len(trade.orders['order']))}"
    else:
        yield name
    for line in trade.orders["order"]:
        if line.refund_status != "NO_REFUND":
            yield f"{topic}_refund_{line.refund_status.lower()}"


def _douyin(topic: str, body: bytes) -> Iterable[str]:
    if topic == "push":
        yield f"push_{msgspec.json.decode(body, type=list[_Push])[0].tag}"
    else:
        order = msgspec.json.decode(body, type=_DouyinReply).data["shop_order_detail"]
        yield f"order_{order.main_status}"
        if len(order.sku_order_list) > 1:
            yield f"order_{order.main_status}_two_lines"


def _youzan(topic: str, body: bytes) -> Iterable[str]:
    envelope = msgspec.json.decode(body, type=_YouzanPush)
    state = ""
    if envelope.type == "TRADE_ORDER_REFUND":
        state = "_" + msgspec.json.decode(unquote_plus(envelope.msg), type=_YouzanRefund).refund_state
    yield f"push_{envelope.type}{state}"


def _shopify(topic: str, body: bytes) -> Iterable[str]:
    name = topic.replace("/", "_")
    if topic.startswith("orders/"):
        order = msgspec.json.decode(body, type=_ShopifyOrder)
        yield f"{name}_{order.financial_status}_{order.fulfillment_status or 'open'}"
        if order.discount_codes:
            yield f"{name}_with_discount_code"
    else:
        yield name


def _odoo(topic: str, body: bytes) -> Iterable[str]:
    receipts = msgspec.json.decode(body, type=list[_Receipt])
    if len(receipts) > 1:
        yield f"{topic}_after_outage"
    elif receipts[0].is_refund:
        yield f"{topic}_refund"
    elif len(receipts[0].payment_ids) > 1:
        yield f"{topic}_split_payment"
    elif receipts[0].amount_return:
        yield f"{topic}_cash_with_change"
    else:
        yield f"{topic}_sale"


def _kuaidi100(topic: str, body: bytes) -> Iterable[str]:
    parameter = unquote_plus(body.decode().partition("&param=")[2])
    yield f"{topic}_state_{msgspec.json.decode(parameter, type=_Kuaidi100Push).lastResult['state']}"


def _sf(topic: str, body: bytes) -> Iterable[str]:
    if topic == "search_routes":
        yield topic
    else:
        code = body.rpartition(b'"opCode":"')[2].partition(b'"')[0].decode()
        yield f"{topic}_opcode_{code}"


def _files(topic: str, body: bytes) -> Iterable[str]:
    text = body.decode()
    kinds = {
        "receipts": {"期初入库": "opening", "采购入库": "purchase", "退货入库": "return"},
        "transfers": {"出库": "out", "入库": "in"},
    }
    yield from (f"{topic}_{name}" for word, name in kinds.get(topic, {}).items() if f",{word}," in text)
    if topic not in kinds:
        yield topic


def _plural(lines: int) -> str:
    return "two_lines" if lines == 2 else "many_lines"


class _TaobaoLine(msgspec.Struct):
    refund_status: str


class _Trade(msgspec.Struct):
    status: str
    orders: dict[str, list[_TaobaoLine]]
    omnichannel_param: str = ""

    @staticmethod
    def of(body: bytes) -> _Trade:
        return msgspec.json.decode(body, type=_TaobaoReply).trade_fullinfo_get_response.trade


class _TaobaoRefund(msgspec.Struct):
    status: str


class _TaobaoRefundInner(msgspec.Struct):
    refund: _TaobaoRefund


class _TaobaoRefundReply(msgspec.Struct):
    refund_get_response: _TaobaoRefundInner


class _TaobaoInner(msgspec.Struct):
    trade: _Trade


class _TaobaoReply(msgspec.Struct):
    trade_fullinfo_get_response: _TaobaoInner


class _Push(msgspec.Struct):
    tag: str


class _DouyinOrder(msgspec.Struct):
    main_status: int
    sku_order_list: list[dict[str, object]]


class _DouyinReply(msgspec.Struct):
    data: dict[str, _DouyinOrder]


class _YouzanPush(msgspec.Struct):
    type: str
    msg: str


class _YouzanRefund(msgspec.Struct):
    refund_state: str


class _ShopifyOrder(msgspec.Struct):
    financial_status: str
    fulfillment_status: str | None
    discount_codes: list[dict[str, object]]


class _Receipt(msgspec.Struct):
    payment_ids: list[object]
    amount_return: float
    is_refund: bool = False


class _Kuaidi100Push(msgspec.Struct):
    lastResult: dict[str, object]


_NAMERS: Final = {
    "taobao": _taobao,
    "douyin": _douyin,
    "youzan": _youzan,
    "shopify": _shopify,
    "odoo_pos": _odoo,
    "kuaidi100": _kuaidi100,
    "sf": _sf,
    "files": _files,
}


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "hub" / "channels"
    print(f"{len(write(target))} samples written under {target}")
