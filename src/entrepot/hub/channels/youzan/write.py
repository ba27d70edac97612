"""Stock and shipment notices to Youzan (有赞); calls carry a token in the address and no signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from entrepot.hub.writeback.writer import (
    Access,
    Rate,
    Reply,
    Request,
    ShipmentWish,
    Task,
    Verdict,
    Writer,
    by_status,
    object_of,
    one_by_one,
    text_of,
    unreadable,
)

STOCK: Final = "youzan.item.quantity.update/3.0.0"
SHIPMENT: Final = "youzan.logistics.online.confirm/3.0.0"

LOCKED_OUT: Final = frozenset({"4201", "4202", "4203", "4204"})
"""Codes of the gateway: no token, or one that is wrong, over, or without the right to call."""

_FULL: Final = 0  # the quantity is the whole stock, not a change of it


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    api, body = _business(tasks[0], access)
    return Request(
        "POST",
        f"/api/{api}",
        (("access_token", access.secrets["access_token"]),),
        {"content-type": "application/json;charset=utf-8"},
        msgspec.json.encode(body),
    )


def _business(task: Task, access: Access) -> tuple[str, dict[str, str | int]]:
    wish = task.wish
    if isinstance(wish, ShipmentWish):
        part = {"oids": ",".join(wish.line_ids)} if wish.line_ids else {}
        return SHIPMENT, {
            "tid": wish.order_id,
            "out_stype": access.carrier_code(wish),
            "out_sid": wish.tracking_no,
            "is_no_express": 0,
            **part,
        }
    # An item without variants has the SKU 0 in Youzan's messages, and none in its calls.
    variant = {"sku_id": wish.sku_native_id} if wish.sku_native_id not in ("", "0") else {}
    return STOCK, {"item_id": wish.item_id, **variant, "quantity": wish.qty, "type": _FULL}


def _judge(kind: str, reply: Reply) -> Verdict:
    if reply.status != 200:
        return by_status(reply)
    document = reply.document()
    # Three forms: the gateway's, that of the present calls, and that of the older ones.
    error = object_of(document.get("gw_err_resp")) or object_of(document.get("error_response"))
    code = text_of(error.get("err_code", error.get("code")))
    words = text_of(error.get("err_msg", error.get("msg")))
    if not error:
        if document.get("success") is True or object_of(document.get("response")):
            return Verdict("ok")
        if document.get("success") is not False:
            return unreadable(reply)
        code, words = text_of(document.get("code")), text_of(document.get("message"))
    return _fault(kind, code, words)


def _fault(kind: str, code: str, words: str) -> Verdict:
    reason, message = f"youzan.{code}", f"Youzan answered {code}: {words}"
    if kind == "shipment" and ("已发货" in words or "重复发货" in words):
        return Verdict("already", reason, message)
    if "限流" in words or "频繁" in words or "频率" in words:
        return Verdict("throttled", reason, message)
    if code in LOCKED_OUT:
        return Verdict("locked_out", reason, message, "Renew the shop's access_token.")
    if "系统" in words or "超时" in words or "稍后" in words:
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "Check the item or the order in Youzan, then retry.")


WRITER: Final = Writer(
    secrets=("access_token",),
    settings=(),
    rates={"stock": Rate(10, 20), "shipment": Rate(5, 10)},
    batch=one_by_one,
    write=_write,
    judge=_judge,
)
