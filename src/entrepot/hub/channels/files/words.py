"""The closed vocabularies that a file's words are mapped to, and the readings a mapping may ask for by name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from entrepot.hub import converters as read
from entrepot.hub.converters import Converter
from entrepot.kernel.canonical import AFTERSALE, FULFILMENT, HOLD, PAYMENT, TRACKING, FieldType

VOCABULARIES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("order", "kind"): ("sale", "return", "exchange", "purchase"),
    ("order", "payment_status"): PAYMENT,
    ("order", "fulfilment_status"): FULFILMENT,
    ("order", "aftersale_status"): AFTERSALE,
    ("order", "hold_status"): HOLD,
    ("order", "fulfil_mode"): ("ship", "store", "pickup", "virtual"),
    ("order_line", "status"): FULFILMENT,
    ("order_line", "refund_status"): AFTERSALE,
    ("tracking_event", "code"): TRACKING,
    ("location", "kind"): ("rdc", "fdc", "store", "supplier", "returns"),
    ("stock_fact", "mode"): ("absolute", "delta"),
    ("stock_fact", "bucket"): ("on_hand", "quality_hold", "damaged", "in_transit", "on_order", "available", "reserved"),
    ("movement", "reason"): (
        "receipt", "sale", "return", "transfer_out", "transfer_in", "count", "adjustment", "damage", "scrap",
        "quality_hold", "release",
    ),
    ("movement", "from_state"): ("on_hand", "quality_hold", "damaged", "in_transit", "on_order"),
    ("movement", "to_state"): ("on_hand", "quality_hold", "damaged", "in_transit", "on_order"),
}  # fmt: skip
"""Words of `entrepot.kernel.canonical` and of the stock book, by kind and field."""

READINGS: Final[dict[str, Converter]] = {
    "text": read.text,
    "id": read.ident,
    "currency": read.currency,
    "money": read.yuan,
    "minor": read.fen,
    "pieces": read.pieces,
    "signed": read.signed_pieces,
    "number": read.number,
    "flag": read.flag,
    "pii": read.pii,
    "g_from_kg": read.scaled("g_from_kg", "1000"),
    "mm_from_cm": read.scaled("mm_from_cm", "10"),
    "mm_from_m": read.scaled("mm_from_m", "1000"),
    "epoch_s": read.epoch_s,
    "epoch_ms": read.epoch_ms,
    "rfc2822": read.rfc2822,
}
"""Readings by the name a mapping calls them (``as = "..."``); times as people write them are read in `.cells`."""

SIGNED: Final = frozenset({("stock_fact", "qty"), ("movement", "qty"), ("order_line", "qty")})
"""Counts that may be below zero: changes, adjustments, lines that come back."""

BY_TYPE: Final[dict[FieldType, str]] = {
    "text": "text",
    "int": "pieces",
    "money": "money",
    "flag": "flag",
    "pii": "pii",
    "number": "number",
}
_USUAL: Final = {
    "sku": ("merchant_code",),
    "quantity": ("qty",),
    "price": ("unit_price",),
    "amount": ("line_total", "total"),
    "date": ("placed_at", "valid_at", "as_of"),
    "time": ("placed_at", "valid_at", "as_of", "at"),
    "name": ("title", "buyer_name"),
    "phone": ("buyer_phone",),
}


def nearest(word: str, known: Iterable[object]) -> str:
    """Suggest what a misspelt word may have meant.

    Examples
    --------
    >>> nearest("placed", ["placed_at", "paid_at"])
    " Did you mean 'placed_at'?"
    """
    names = [str(name) for name in known]
    usual = next((name for name in _USUAL.get(word.lower(), ()) if name in names), None)
    found = [usual] if usual else get_close_matches(word, names, n=1, cutoff=0.5)
    return f" Did you mean {found[0]!r}?" if found else ""
