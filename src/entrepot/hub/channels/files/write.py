"""Plain JSON to an address of the retailer's own, signed after the Standard Webhooks specification."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
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
    StockWish,
    Task,
    Verdict,
    Writer,
    by_status,
    idempotency_key,
    in_batches,
)

MOST_RECORDS: Final = 500


def _batch(tasks: Sequence[Task]) -> list[list[Task]]:
    return in_batches(tasks, MOST_RECORDS)


def _write(tasks: Sequence[Task], access: Access, now: datetime) -> Request:
    kind = "stock" if isinstance(tasks[0].wish, StockWish) else "shipment"
    records = [
        {"target": task.target, "as_of": task.wished_at.isoformat(), **msgspec.to_builtins(task.wish)} for task in tasks
    ]
    body = msgspec.json.encode({"type": f"entrepot.{kind}", "channel": access.channel, "shop": access.shop,
                                "data": records})  # fmt: skip
    message_id = idempotency_key(access.shop, body)
    moment = str(int(now.timestamp()))
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": sign(message_id, moment, body, access.secrets["webhook_secret"]),
    }
    return Request("POST", "", headers=headers, body=body)


def sign(message_id: str, moment: str, body: bytes, secret: str) -> str:
    """Return ``v1,`` and the base64 of HMAC-SHA256 over id, time and body, joined by dots."""
    text = f"{message_id}.{moment}.".encode() + body
    return "v1," + b64encode(hmac.digest(_key(secret), text, sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _judge(kind: str, reply: Reply) -> Verdict:
    return Verdict("already") if reply.status == 409 else by_status(reply)


WRITER: Final = Writer(
    secrets=("webhook_secret",),
    settings=(),
    rates={"stock": Rate(20, 40), "shipment": Rate(20, 40)},
    batch=_batch,
    write=_write,
    judge=_judge,
)
