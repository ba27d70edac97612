"""Vocabularies of the Olist data set."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import enum

PAYMENT: Final = enum(
    "order_status -> payment",
    {
        "created": "unpaid",
        "approved": "paid",
        "processing": "paid",
        "invoiced": "paid",
        "shipped": "paid",
        "delivered": "paid",
        "unavailable": "paid",
        "canceled": "voided",
    },
)
FULFILMENT: Final = enum(
    "order_status -> fulfilment",
    {
        "created": "open",
        "approved": "open",
        "processing": "in_progress",
        "invoiced": "in_progress",
        "unavailable": "open",
        "shipped": "shipped",
        "delivered": "delivered",
        "canceled": "cancelled",
    },
)
