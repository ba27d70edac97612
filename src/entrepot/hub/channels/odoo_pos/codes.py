"""Vocabularies of Odoo Point of Sale, from its source (12 to 18; seen 2026-11)."""

from __future__ import annotations

from typing import Final

from entrepot.hub.converters import enum

STATE: Final = enum(
    "pos.order.state",
    {"draft": "unpaid", "paid": "paid", "done": "paid", "invoiced": "paid", "cancel": "voided"},
)
CLOSED: Final = ("paid", "done", "invoiced")
