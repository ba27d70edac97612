"""Vocabularies of Taobao/Tmall, from the open platform's documents (seen 2026-11)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import enum

PAYMENT: Final = enum(
    "trade.status -> payment",
    {
        "TRADE_NO_CREATE_PAY": "unpaid",
        "WAIT_BUYER_PAY": "unpaid",
        "PAY_PENDING": "authorised",
        "WAIT_PRE_AUTH_CONFIRM": "authorised",
        "SELLER_CONSIGNED_PART": "paid",
        "WAIT_SELLER_SEND_GOODS": "paid",
        "WAIT_BUYER_CONFIRM_GOODS": "paid",
        "TRADE_BUYER_SIGNED": "paid",
        "TRADE_FINISHED": "paid",
        "TRADE_CLOSED": "refunded",  # closed after payment
        "TRADE_CLOSED_BY_TAOBAO": "voided",  # closed before payment: never ship
    },
)
FULFILMENT: Final = enum(
    "trade.status -> fulfilment",
    {
        "TRADE_NO_CREATE_PAY": "open",
        "WAIT_BUYER_PAY": "open",
        "PAY_PENDING": "open",
        "WAIT_PRE_AUTH_CONFIRM": "open",
        "WAIT_SELLER_SEND_GOODS": "open",
        "SELLER_CONSIGNED_PART": "part_shipped",
        "WAIT_BUYER_CONFIRM_GOODS": "shipped",
        "TRADE_BUYER_SIGNED": "delivered",
        "TRADE_FINISHED": "completed",
        "TRADE_CLOSED": "cancelled",
        "TRADE_CLOSED_BY_TAOBAO": "cancelled",
    },
)
REFUND: Final = enum(
    "refund_status",
    {
        "NO_REFUND": "none",
        "WAIT_SELLER_AGREE": "asked",
        "WAIT_BUYER_RETURN_GOODS": "returning",
        "WAIT_SELLER_CONFIRM_GOODS": "returning",
        "SELLER_REFUSE_BUYER": "refused",
        "CLOSED": "closed",
        "SUCCESS": "refunded",
    },
)

PAID: Final = (
    "SELLER_CONSIGNED_PART",
    "WAIT_SELLER_SEND_GOODS",
    "WAIT_BUYER_CONFIRM_GOODS",
    "TRADE_BUYER_SIGNED",
    "TRADE_FINISHED",
)
"""Statuses that only a paid trade has."""
