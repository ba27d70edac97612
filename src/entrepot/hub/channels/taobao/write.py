"""Stock and shipment notices to Taobao and Tmall (TOP), signed with HMAC-SHA256."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from entrepot.hub.writeback.writer import (
    Access,
    Rate,
    Reply,
    Request,
    ShipmentWish,
    StockWish,
    Task,
    Verdict,
    Writer,
    by_status,
    in_batches,
    object_of,
    text_of,
    unreadable,
)

MOST_SKUS: Final = 20
"""SKUs of one item that ``taobao.skus.quantity.update`` takes."""

LOCKED_OUT: Final = frozenset({"11", "12", "13", "25", "26", "27", "28", "29"})
"""Main codes that refuse the application, its signature or the shop's session, not the single call."""

ALREADY: Final = ("logistics-offline-service-error:B04", "logistics-online-service-error:B04")
"""Sub-codes of an order that was shipped, or closed, before."""

_CHINA: Final = timezone(timedelta(hours=8))
_FULL: Final = "1"  # the quantity is the whole stock, not a change of it


def _batch(tasks: Sequence[Task]) -> list[list[Task]]:
    """Put SKUs of one item into one call; an item without SKUs and a parcel go by themselves."""
    by_item: dict[str, list[Task]] = {}
    alone = []
    for task in tasks:
        if isinstance(task.wish, StockWish) and task.wish.sku_native_id:
            by_item.setdefault(task.wish.item_id, []).append(task)
        else:
            alone.append([task])
    return [batch for item in by_item.values() for batch in in_batches(item, MOST_SKUS)] + alone


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    parameters = {
        **_business(tasks, access),
        "app_key": access.secrets["app_key"],
        "session": access.secrets["session"],
        "timestamp": now.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        "format": "json",
        "v": "2.0",
        "sign_method": "hmac-sha256",
    }
    parameters["sign"] = sign(parameters, access.secrets["app_secret"])
    headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
    return Request("POST", "/router/rest", headers=headers, body=urlencode(sorted(parameters.items())).encode())


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature: HMAC-SHA256 of all names and values in the order of names, in upper-case hex."""
    text = "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    return hmac.digest(secret.encode(), text.encode(), sha256).hex().upper()


def _business(tasks: Sequence[Task], access: Access) -> dict[str, str]:
    wish = tasks[0].wish
    if isinstance(wish, ShipmentWish):
        part = {"sub_tid": ",".join(wish.line_ids), "is_split": "1"} if wish.line_ids else {}
        return {
            "method": "taobao.logistics.offline.send",
            "tid": wish.order_id,
            "out_sid": wish.tracking_no,
            "company_code": access.carrier_code(wish),
            **part,
        }
    if not wish.sku_native_id:
        return {
            "method": "taobao.item.quantity.update",
            "num_iid": wish.item_id,
            "quantity": str(wish.qty),
            "type": _FULL,
        }
    wishes = [task.wish for task in tasks if isinstance(task.wish, StockWish)]
    return {
        "method": "taobao.skus.quantity.update",
        "num_iid": wish.item_id,
        "skuid_quantities": ";".join(f"{one.sku_native_id}:{one.qty}" for one in wishes),
        "type": _FULL,
    }


def _judge(kind: str, reply: Reply) -> Verdict:
    if reply.status != 200:
        return by_status(reply)
    document = reply.document()
    if "error_response" not in document:
        return Verdict("ok") if any(name.endswith("_response") for name in document) else unreadable(reply)
    error = object_of(document["error_response"])
    code, sub_code = text_of(error.get("code")), text_of(error.get("sub_code"))
    words = text_of(error.get("sub_msg")) or text_of(error.get("msg"))
    reason, message = f"taobao.{sub_code or code}", f"Taobao answered {code} {sub_code}: {words}"
    if kind == "shipment" and sub_code.endswith(ALREADY):
        return Verdict("already", reason, message)
    if code == "7" or "call-limited" in sub_code or sub_code.startswith("accesscontrol.limited"):
        return Verdict("throttled", reason, message, retry_after=_ban(words))
    if code in LOCKED_OUT:
        return Verdict("locked_out", reason, message, "Authorise the application again and store the new session.")
    if sub_code.startswith("isp.") or (code in ("10", "15") and not sub_code):
        return Verdict("temporary", reason, message)
    return Verdict("permanent", reason, message, "Check the item, SKU or order on Taobao, then retry.")


def _ban(words: str) -> float | None:
    """Read how long a ban lasts: 'This ban will last for 12 more seconds'."""
    found = re.search(r"last for (\d{1,6}) more seconds", words)
    return float(found[1]) if found else None


WRITER: Final = Writer(
    secrets=("app_key", "app_secret", "session"),
    settings=(),
    rates={"stock": Rate(10, 20), "shipment": Rate(10, 20)},
    batch=_batch,
    write=_write,
    judge=_judge,
)
