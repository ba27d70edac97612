"""Which headers are kept with a message: what names and signs it, never a caller's credentials. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_KEPT: Final = re.compile(
    r"content-type|event-sign|event-type|client-id|msg-id|timestamp|sign|"
    r"x-[a-z0-9-]*(?:topic|event|webhook-id|event-id|hmac-sha256|signature|sign|timestamp|triggered-at|api-version|"
    r"shop-domain|delivery-id|entity-id|retry-number)"
)
_DELIVERY_IDS: Final = (
    "x-shopify-webhook-id", "x-shopify-event-id", "square-event-id", "x-square-event-id", "x-webhook-id",
    "x-delivery-id", "x-request-delivery-id", "msg-id", "x-tt-logid",
)  # fmt: skip
_TOPICS: Final = ("x-shopify-topic", "x-webhook-topic", "event-type", "x-event-type", "x-topic")
_LONGEST: Final = 1_000


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that are stored, with lower-case names."""
    lowered = {name.lower(): value[:_LONGEST] for name, value in headers.items()}
    return {name: value for name, value in lowered.items() if _KEPT.fullmatch(name)}


def delivery_id_of(headers: Mapping[str, str]) -> str:
    """Return the sender's name for a delivery, or nothing."""
    return next((headers[name][:200] for name in _DELIVERY_IDS if headers.get(name)), "")


def topic_of(headers: Mapping[str, str]) -> str:
    """Return the topic a header names, or nothing."""
    return next((headers[name][:200] for name in _TOPICS if headers.get(name)), "")
