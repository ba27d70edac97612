"""Odoo till: ``sync_from_ui`` with a list of orders; yuan as numbers, tax inside, naive UTC, ``[0, 0, {...}]`` rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from entrepot.simulator.catalogue import Sku, offer
from entrepot.simulator.message import NativeMessage, utc
from entrepot.simulator.retailer import DemoShop

Field: TypeAlias = "str | int | float | bool | list[Field] | dict[str, Field] | None"

CASH: Final = 1
SCAN: Final = 2
CARD: Final = 3
_VAT: Final = 13


@dataclass(frozen=True, slots=True)
class TillLine:
    """One line of a receipt; quantity negative in a refund; discount in percent."""

    sku: Sku
    quantity: int
    discount_percent: int = 0

    @property
    def amount(self) -> int:
        """Fen, tax inside, rounded half up."""
        return (self.sku.price * self.quantity * (100 - self.discount_percent) + 50) // 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sale (or refund) at a till; ``refunded`` is the number of the receipt taken back; change is cash given back."""

    number: int
    shop: DemoShop
    session: int
    at: int
    lines: tuple[TillLine, ...]
    payments: tuple[tuple[int, int], ...]
    change: int = 0
    refunded: int | None = None

    @property
    def total(self) -> int:
        """Fen, tax inside."""
        return sum(line.amount for line in self.lines)


@dataclass(slots=True)
class Till:
    """A store's till: its receipts held back while the line is down."""

    offline: bool = False
    held: list[Receipt] = field(default_factory=list)


def tell(receipts: list[Receipt], now: int) -> NativeMessage:
    """Send one or more receipts of a till."""
    return NativeMessage(
        channel="odoo_pos",
        shop=receipts[0].shop.shop,
        topic="sync_from_ui",
        body=msgspec.json.encode([_order(receipt) for receipt in receipts]),
        headers={"content-type": "application/json"},
        at=utc(now),
        transport="webhook",
    )


def _order(receipt: Receipt) -> Field:
    stamp = f"{utc(receipt.at):%Y-%m-%d %H:%M:%S}"
    name = f"Order {receipt.session:05d}-001-{receipt.number % 10_000:04d}"
    order: dict[str, Field] = {
        "uuid": _uuid(receipt, 0),
        "name": name,
        "pos_reference": name,
        "session_id": receipt.session,
        "config_id": int(receipt.shop.native_id),
        "sequence_number": receipt.number,
        "date_order": stamp,
        "user_id": 2,
        "partner_id": False,
        "fiscal_position_id": False,
        "amount_paid": _yuan(receipt.total),
        "amount_return": _yuan(receipt.change),
        "amount_tax": _yuan(sum(line.amount - _untaxed(line) for line in receipt.lines)),
        "amount_total": _yuan(receipt.total),
        "lines": [[0, 0, _line(receipt, place, line)] for place, line in enumerate(receipt.lines, 1)],
        "payment_ids": [
            [0, 0, {"name": stamp, "amount": _yuan(amount), "payment_method_id": method}]
            for method, amount in receipt.payments
        ],
        "last_order_preparation_change": "{}",
        "to_invoice": False,
        "state": "paid",
    }
    if receipt.refunded is not None:
        order["is_refund"] = True
    return order


def _line(receipt: Receipt, place: int, line: TillLine) -> Field:
    spec = ", ".join(part for part in (line.sku.colour_zh, line.sku.size) if part)
    row: dict[str, Field] = {
        "uuid": _uuid(receipt, place),
        "product_id": offer("odoo_pos", line.sku).item_id,
        "full_product_name": f"{line.sku.name_zh} ({spec})",
        "qty": line.quantity,
        "price_unit": _yuan(line.sku.price),
        "discount": line.discount_percent,
        "price_subtotal": _yuan(_untaxed(line)),
        "price_subtotal_incl": _yuan(line.amount),
        "tax_ids": [[6, False, [1]]],
        "pack_lot_ids": [],
        "price_type": "automatic",
    }
    if receipt.refunded is not None:
        row["refunded_orderline_id"] = receipt.refunded * 10 + place
    return row


def _untaxed(line: TillLine) -> int:
    # Half up on the absolute amount, so that a refund mirrors its sale.
    amount = (abs(line.amount) * 100 * 2 + 100 + _VAT) // (2 * (100 + _VAT))
    return amount if line.amount >= 0 else -amount


def _uuid(receipt: Receipt, place: int) -> str:
    digest = blake2b(f"{receipt.shop.shop}|{receipt.number}|{place}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


def _yuan(fen: int) -> float | int:
    return fen // 100 if fen % 100 == 0 else fen / 100
