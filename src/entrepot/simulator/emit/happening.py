"""What can happen to an online order, in the world's words."""

from __future__ import annotations

from typing import Literal, TypeAlias

Happening: TypeAlias = Literal[
    "placed", "paid", "expired", "part_shipped", "shipped", "finished", "refund_asked", "refund_agreed", "refunded"
]
