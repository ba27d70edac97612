"""Vocabularies of Square, from its Connect API specification (2025-08; seen 2026-11)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import enum

STATES: Final = ("OPEN", "COMPLETED", "CANCELED", "DRAFT")
"""``order.state``."""

FULFILMENT: Final[dict[str, str]] = {
    "PROPOSED": "open",
    "RESERVED": "in_progress",
    "PREPARED": "in_progress",
    "COMPLETED": "completed",
    "CANCELED": "cancelled",
    "FAILED": "cancelled",
}
"""``fulfillment.state``."""

SHIPMENT: Final = enum("fulfillment.state", {**FULFILMENT, "COMPLETED": "shipped", "PREPARED": "in_progress"})
MODE: Final[dict[str, str]] = {
    "PICKUP": "pickup",
    "SHIPMENT": "ship",
    "DELIVERY": "ship",
    "DIGITAL": "virtual",
    "IN_STORE": "store",
    "SIMPLE": "store",
}
"""``fulfillment.type``."""

PAYMENT: Final = enum(
    "payment.status",
    {"APPROVED": "authorised", "PENDING": "pending", "COMPLETED": "paid", "CANCELED": "voided", "FAILED": "failed"},
)
REFUND: Final = enum(
    "refund.status",
    {
        "PENDING": "asked",
        "APPROVED": "asked",
        "COMPLETED": "refunded",
        "REJECTED": "refused",
        "FAILED": "refused",
    },
)
BUCKETS: Final[dict[str, str]] = {
    "IN_STOCK": "on_hand",
    "RESERVED_FOR_SALE": "reserved",
    "RETURNED_BY_CUSTOMER": "quality_hold",
    "WASTE": "damaged",
    "IN_TRANSIT": "in_transit",
    "IN_TRANSIT_TO": "in_transit",
}
"""Inventory states in which a unit is still held."""

NOT_HELD: Final = frozenset(
    {
        "CUSTOM", "NONE", "SOLD", "SOLD_ONLINE", "ORDERED_FROM_VENDOR", "RECEIVED_FROM_VENDOR", "UNLINKED_RETURN",
        "COMPOSED", "DECOMPOSED", "SUPPORTED_BY_NEWER_VERSION",
    }
)  # fmt: skip
"""States that tell where a unit came from or went, not where it is."""

CAUSES: Final[dict[str, str]] = {
    "SOLD": "sale",
    "SOLD_ONLINE": "sale",
    "RETURNED_BY_CUSTOMER": "return",
    "UNLINKED_RETURN": "return",
    "RECEIVED_FROM_VENDOR": "receipt",
    "NONE": "receipt",
    "WASTE": "scrap",
}
"""Why units came or went, by the state on the other side of an adjustment."""

BUCKET: Final = enum("inventory state", BUCKETS)
LOCATION_ACTIVE: Final = {"ACTIVE": True, "INACTIVE": False}
