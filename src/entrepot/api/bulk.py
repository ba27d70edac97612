"""Many messages in one call: ``POST /api/v1/messages:bulk``; decoded by msgspec, taken in one transaction."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final

import msgspec
from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import Sender
from entrepot.api.headers import kept_headers
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.api.webhook import door_of
from entrepot.flows.intake import Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.kernel.errors import EntrepotError, InputError

router = resource_router("intake")

MOST_MESSAGES: Final = 5_000
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class BulkMessage(msgspec.Struct, forbid_unknown_fields=True):
    """One message of a bulk call; its bytes as text in ``body``, or as base64 in ``body_base64``."""

    channel: _Name
    shop: _Name
    topic: Annotated[str, msgspec.Meta(max_length=200)] = ""
    body: str | None = None
    body_base64: str | None = None
    headers: dict[str, str] = {}
    delivery_id: Annotated[str, msgspec.Meta(max_length=200)] = ""


class BulkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Messages of any channels, mixed."""

    messages: Annotated[list[BulkMessage], msgspec.Meta(min_length=1, max_length=MOST_MESSAGES)]


class BulkReceipt(msgspec.Struct, omit_defaults=True):
    """What became of one message; ``reason`` and ``mend`` where it was refused."""

    id: str
    status: str
    records: int
    reason: str = ""
    mend: str = ""


class BulkReply(msgspec.Struct):
    """Receipts in the order of the messages, and how many there are of each status."""

    receipts: list[BulkReceipt]
    counts: dict[str, int]


_decode = msgspec.json.Decoder(BulkBody).decode
_encode = msgspec.json.Encoder().encode
(_REQUEST, _REPLY), SCHEMAS = msgspec.json.schema_components(
    [BulkBody, BulkReply], ref_template="#/components/schemas/{name}"
)
"""Published by hand: FastAPI describes only what pydantic reads."""


@router.post(
    "/messages:bulk",
    summary="Deliver many messages",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": _REQUEST}}},
        "responses": {
            "200": {"description": "A receipt for every message", "content": {"application/json": {"schema": _REPLY}}}
        },
    },
)
async def post_messages(request: Request, services: Wired, caller: Sender) -> Response:
    """Take up to 5,000 messages in one transaction; answer after its commit, a receipt for every message.

    A message for an unknown or inactive shop is refused alone; the others go through.
    """
    body = await request.body()
    reply = await run_in_threadpool(_take, request, services, body)
    return Response(_encode(reply), media_type="application/json")


def _take(request: Request, services: Services, body: bytes) -> BulkReply:
    try:
        given = _decode(body)
    except msgspec.ValidationError as fault:
        raise InputError(
            "api.invalid", f"The body is not a bulk of messages: {fault}.", "See its schema in /api/v1/docs."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError("api.malformed", f"The body is not JSON: {fault}.", "Send JSON in UTF-8.") from None
    registry = door_of(request).registry
    now = services.clock.now()
    receipts: list[BulkReceipt | None] = []
    taken: list[RawMessage] = []
    for one in given.messages:
        try:
            registry.admit(one.channel, one.shop)
            taken.append(
                RawMessage(
                    one.channel, one.shop, _plain(one.topic), _bytes(one), now, kept_headers(one.headers), "bulk",
                    _plain(one.delivery_id),
                )
            )  # fmt: skip
            receipts.append(None)
        except EntrepotError as refusal:
            receipts.append(BulkReceipt("", "refused", 0, refusal.message, refusal.mend))
    return _reply(receipts, services.intake.accept(taken))


def _bytes(one: BulkMessage) -> bytes:
    if (one.body is None) == (one.body_base64 is None):
        raise InputError("bulk.body", "The message has no body, or two.", "Give either body or body_base64.")
    try:
        body = one.body.encode() if one.body is not None else base64.b64decode(one.body_base64 or "", validate=True)
    except (binascii.Error, ValueError):
        raise InputError("bulk.base64", "body_base64 is not base64.", "Encode the bytes, or send text.") from None
    if not body:
        raise InputError("hub.empty_body", "The body is empty.", "Send the message as it came.")
    return body


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    raise InputError("hub.bad_topic", f"{text[:40]!r} is not printable.", "Send plain words without control signs.")


def _reply(receipts: list[BulkReceipt | None], taken: list[Receipt]) -> BulkReply:
    given = iter(taken)
    complete = [known if known is not None else _receipt(next(given)) for known in receipts]
    counts: dict[str, int] = {}
    for one in complete:
        counts[one.status] = counts.get(one.status, 0) + 1
    return BulkReply(complete, counts)


def _receipt(receipt: Receipt) -> BulkReceipt:
    return BulkReceipt(receipt.message_id, receipt.status, receipt.records, receipt.reason)
