"""Stock and shipment notices to a Douyin shop (抖店), signed with HMAC-SHA256."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
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
    Wish,
    Writer,
    by_status,
    idempotency_key,
    one_by_one,
    text_of,
    unreadable,
)

GOOD: Final = "10000"
ALREADY: Final = ("isv.parameter-invalid:40010",)
"""The call with this idempotent_id was carried out before."""

TEMPORARY: Final = ("isv.parameter-invalid:40004", "isv.business-failed:2010401", "isv.business-failed:-1")
"""Named as the caller's fault, but a time-out or a busy system by their own description."""

LOCKED_OUT: Final = ("isv.access-token", "isv.app-", "isv.signature", "isv.missing-access-token")
"""Beginnings of sub-codes that refuse the application or the shop's token."""

_VERSION: Final = "2"


def _refuse(wish: Wish) -> Verdict | None:
    if isinstance(wish, ShipmentWish):
        if not wish.line_ids:
            return None
        what, mend = "order.logisticsAdd ships whole orders, and this parcel holds a part of one", "Ship it in the shop"
        return Verdict("permanent", "douyin.part_of_an_order", f"Not told to Douyin: {what}.", f"{mend}.")
    if wish.sku_native_id:
        return None
    message = f"Product {wish.item_id} is listed without a sku_id, and Douyin keeps stock by SKU."
    return Verdict("permanent", "douyin.no_sku", message, "Load the shop's listings with their SKUs, then retry.")


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    method, parameters = _business(tasks[0], access)
    param_json = msgspec.json.encode(parameters, order="sorted").decode()
    signed = {
        "app_key": access.secrets["app_key"],
        "method": method,
        "param_json": param_json,
        "timestamp": str(int(now.timestamp())),
        "v": _VERSION,
    }
    query = {name: value for name, value in signed.items() if name != "param_json"} | {
        "access_token": access.secrets["access_token"],
        "sign": sign(signed, access.secrets["app_secret"]),
        "sign_method": "hmac-sha256",
    }
    return Request(
        "POST",
        "/" + method.replace(".", "/"),
        tuple(sorted(query.items())),
        {"content-type": "application/json;charset=utf-8"},
        param_json.encode(),
    )


def sign(signed: dict[str, str], secret: str) -> str:
    """Return the signature: HMAC-SHA256, in hex, of the five signed names and values between two secrets."""
    text = secret + "".join(f"{name}{signed[name]}" for name in sorted(signed)) + secret
    return hmac.digest(secret.encode(), text.encode(), sha256).hex()


def _business(task: Task, access: Access) -> tuple[str, dict[str, str | int | bool]]:
    wish = task.wish
    if isinstance(wish, ShipmentWish):
        return "order.logisticsAdd", {
            "order_id": wish.order_id,
            "company_code": access.carrier_code(wish),
            "company": wish.carrier_name,
            "logistics_code": wish.tracking_no,
        }
    return "sku.syncStock", {
        "product_id": wish.item_id,
        "sku_id": wish.sku_native_id,
        "stock_num": wish.qty,
        "incremental": False,
        "idempotent_id": idempotency_key(access.shop, task.target, task.wished_at.isoformat(), wish.qty),
    }


def _judge(kind: str, reply: Reply) -> Verdict:
    if reply.status != 200:
        return by_status(reply)
    document = reply.document()
    code, sub_code = text_of(document.get("code")), text_of(document.get("sub_code"))
    if not code:
        return unreadable(reply)
    if code == GOOD:
        return Verdict("ok")
    words = text_of(document.get("sub_msg")) or text_of(document.get("msg"))
    reason, message = f"douyin.{sub_code or code}", f"Douyin answered {code} {sub_code}: {words}"
    if sub_code in ALREADY or (kind == "shipment" and "已发货" in words):
        return Verdict("already", reason, message)
    if "limit" in sub_code or "限流" in words:
        return Verdict("throttled", reason, message)
    if sub_code.startswith(LOCKED_OUT):
        return Verdict("locked_out", reason, message, "Renew the shop's access_token, or the application's rights.")
    if sub_code in TEMPORARY or sub_code.startswith("isp.") or code == "20000":
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "Check the product, SKU or order in the shop, then retry.")


WRITER: Final = Writer(
    secrets=("app_key", "app_secret", "access_token"),
    settings=(),
    rates={"stock": Rate(20, 40), "shipment": Rate(10, 20)},
    batch=one_by_one,
    write=_write,
    judge=_judge,
    refuse=_refuse,
)
