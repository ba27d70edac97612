"""Orders, parcels and refunds as the simulated world knows them (never sent; channels tell their own version)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from entrepot.simulator.catalogue import Sku
from entrepot.simulator.message import china_time
from entrepot.simulator.nodes import Node
from entrepot.simulator.people import Customer
from entrepot.simulator.retailer import Carrier, DemoShop

Stage: TypeAlias = Literal["unpaid", "paid", "part_shipped", "shipped", "finished", "expired", "closed"]
RefundKind: TypeAlias = Literal["before_shipping", "return", "lost"]
RefundStep: TypeAlias = Literal["asked", "agreed", "done"]


@dataclass(slots=True)
class Line:
    """One SKU in an order, numbered from 1; money in minor units of the shop's currency.

    ``discount`` is the line's own, ``share`` its part of the order's discount.
    """

    order_number: int
    number: int
    sku: Sku
    quantity: int
    unit_price: int
    discount: int = 0
    share: int = 0
    node: Node | None = None
    parcel: Parcel | None = None
    refund: RefundStep | None = None

    @property
    def gross(self) -> int:
        """Price times quantity."""
        return self.unit_price * self.quantity

    @property
    def net(self) -> int:
        """What the customer pays for the goods."""
        return self.gross - self.discount - self.share


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing a carrier reports: when, the carrier's kind of event, where, in its words."""

    at: int
    kind: str
    place: str
    text: str
    area_code: str = ""


@dataclass(slots=True)
class Parcel:
    """One handling unit on its way."""

    number: int
    order: Order
    carrier: Carrier
    tracking: str
    node: Node
    lines: list[Line]
    shipped: int
    promised: int
    stops: list[Stop] = field(default_factory=list)
    told: int = 0
    delivered: int | None = None
    outcome: Literal["signed", "lost", "refused"] = "signed"


@dataclass(slots=True)
class Refund:
    """A refund of whole lines."""

    number: int
    kind: RefundKind
    lines: list[Line]
    amount: int
    reason: str
    asked: int
    step: RefundStep = "asked"
    done: int | None = None


@dataclass(slots=True)
class Order:
    """One order of an online shop."""

    number: int
    shop: DemoShop
    customer: Customer
    lines: list[Line]
    placed: int
    updated: int
    freight: int = 0
    sale: str = ""
    note: str = ""
    stage: Stage = "unpaid"
    from_store: Node | None = None
    paid: int | None = None
    shipped: int | None = None
    ended: int | None = None
    refund: Refund | None = None
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def goods(self) -> int:
        """Lines before any discount."""
        return sum(line.gross for line in self.lines)

    @property
    def total(self) -> int:
        """What the customer pays: goods less discounts, plus freight."""
        return sum(line.net for line in self.lines) + self.freight

    @property
    def native_id(self) -> str:
        """The channel's own id of the order."""
        return native_id(self.shop.channel, self.placed, self.number)


def native_id(channel: str, placed: int, number: int) -> str:
    """Make an id in the channel's form: digits beyond 2**53 on Taobao and Douyin, dated text on Youzan."""
    match channel:
        case "taobao":
            return str(placed * 10**9 + number % 10**6 * 1000 + 574)
        case "douyin":
            return f"69{placed}{number % 10**7:07d}"
        case "youzan":
            stamp = (china_time(placed) or "").translate({ord(mark): None for mark in "- :"})
            return f"E{stamp}{40_000_000 + number:09d}"
        case _:
            return str(5_800_000_000_000 + number * 32_768)
