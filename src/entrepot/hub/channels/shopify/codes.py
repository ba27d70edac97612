"""Vocabularies of Shopify, from its Admin API reference (REST 2026-07 and older; seen 2026-11)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import Converter, enum

PAYMENT: Final = enum(
    "financial_status -> payment",
    {
        "pending": "unpaid",
        "unpaid": "unpaid",
        "authorized": "authorised",
        "partially_paid": "part_paid",
        "paid": "paid",
        "partially_refunded": "part_refunded",
        "refunded": "refunded",
        "voided": "voided",
        "expired": "voided",  # the authorisation ran out
    },
)
AFTERSALE: Final = enum(
    "financial_status -> aftersale",
    {
        **dict.fromkeys(("pending", "unpaid", "authorized", "partially_paid", "paid", "voided", "expired"), "none"),
        "partially_refunded": "part_refunded",
        "refunded": "refunded",
    },
)
FULFILMENT: Final[dict[str, str]] = {
    "unfulfilled": "open",
    "unshipped": "open",
    "not_eligible": "open",
    "partial": "part_shipped",
    "fulfilled": "shipped",
    "restocked": "cancelled",
}
"""``fulfillment_status``; null means open."""

FULFILMENT_OF_LINE: Final = enum("line fulfillment_status", {**FULFILMENT, "": "open"})

SHIPMENT: Final[dict[str, str]] = {
    "pending": "open",
    "open": "open",
    "success": "shipped",
    "cancelled": "cancelled",
    "error": "cancelled",
    "failure": "cancelled",
}
"""``fulfillment.status``."""

TRACKING: Final = enum(
    "fulfillment_event.status",
    {
        "label_printed": "created",
        "label_purchased": "created",
        "confirmed": "created",
        "ready_for_pickup": "ready_for_pickup",
        "carrier_picked_up": "picked_up",
        "picked_up": "picked_up",
        "in_transit": "in_transit",
        "delayed": "exception",
        "out_for_delivery": "out_for_delivery",
        "attempted_delivery": "attempt_failed",
        "delivered": "delivered",
        "failure": "exception",
    },
)
TRANSACTION: Final[dict[tuple[str, str], str]] = {
    ("authorization", "success"): "authorised",
    ("capture", "success"): "paid",
    ("sale", "success"): "paid",
}
"""``(kind, status)``; pending and failed ones have their own words."""

HOLD: Final[dict[str, str]] = {
    "awaiting_payment": "payment",
    "high_risk_of_fraud": "risk",
    "incorrect_address": "address",
}
"""Reasons of ``fulfillment_holds``; any other is a hold by hand."""

HELD_ORDER: Final[dict[str, str]] = {
    **dict.fromkeys(("open", "scheduled", "in_progress", "closed", "cancelled", "incomplete"), "none"),
    "on_hold": "manual",
}
"""``fulfillment_order.status``."""

RESTOCK: Final[dict[str, str]] = {
    "return": "return",
    "legacy_restock": "return",
    "cancel": "cancel",
    "no_restock": "none",
}
"""``restock_type``."""

RETURN: Final[Converter] = enum(
    "return.status",
    {
        "requested": "asked",
        "open": "returning",
        "closed": "closed",
        "declined": "refused",
        "canceled": "closed",
        "cancelled": "closed",
    },
)
PRODUCT: Final = enum(
    "product.status", {"active": "active", "draft": "draft", "archived": "archived", "unlisted": "active"}
)
