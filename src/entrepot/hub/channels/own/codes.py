"""Vocabularies of our own orders: the canonical words themselves."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import enum
from entrepot.kernel.canonical import HOLD, TRACKING

PAYMENT: Final = enum(
    "payment", {word: word for word in ("unpaid", "authorised", "part_paid", "paid", "refunded", "voided")}
)
FULFILMENT: Final = enum(
    "status",
    {word: word for word in ("open", "in_progress", "part_shipped", "shipped", "delivered", "cancelled")},
)
HELD: Final = enum("hold", {word: word for word in HOLD})
MODE: Final = enum("mode", {word: word for word in ("ship", "pickup")})
TRACKED: Final = enum("code", {word: word for word in TRACKING})
