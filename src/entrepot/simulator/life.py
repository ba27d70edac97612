"""The life of an online order, from the click to the refund."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from entrepot.simulator import demand, emit
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.nodes import Node
from entrepot.simulator.orders import Line, Order, Parcel, Refund, RefundKind
from entrepot.simulator.parcels import Journeys, choose_carrier, tracking_number
from entrepot.simulator.people import Customer
from entrepot.simulator.world import DAY, Return, World

UNPAID_SHARE: Final = 0.055
CANCELLED_SHARE: Final = 0.014
RETURNED_SHARE: Final = 0.058
SOUND_SHARE: Final = 0.88
STALE_SHARE: Final = 0.12
STORE_SHARE: Final = 0.25
SEEN_UNPAID: Final = {"taobao": 0.3, "douyin": 0.25, "youzan": 1.0, "shopify": 0.0}
PATIENCE_DAYS: Final = 4

# Why goods go back, and how the shop abroad says it.
_REASONS: Final = {
    "尺码不合适": "Wrong size",
    "不喜欢/不想要": "Changed my mind",
    "与描述不符": "Not as described",
    "质量问题": "Faulty",
    "多拍/拍错": "Ordered by mistake",
}
_OTHER_REASONS: Final = {
    "不想要了": "Customer cancelled",
    "缺货": "Out of stock",
    "快递丢失": "Lost in transit",
    "拒收": "Refused",
}
_NOTES: Final = ("周末配送", "请放前台", "送人的，不要放价签", "尽快发货", "工作日送货")


@dataclass(slots=True)
class Life:
    """Moves orders on; each public method but ``ship`` is a happening on the agenda."""

    world: World
    journeys: Journeys
    _weights: dict[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)

    def arrive(self, channel: str) -> None:
        """Let a buyer click; nothing comes of it when all they want is sold out."""
        world, rng = self.world, self.world.rng
        customer = world.people.draw(rng, abroad=channel == "shopify")
        number = world.number("order")
        lines = self._basket(number, channel)
        if not lines:
            return
        order = Order(number, world.retailer.shop(channel), customer, lines, world.now, world.now)
        self._price(order)
        if rng.random() < 0.04:
            order.note = "Gift, please no invoice" if channel == "shopify" else rng.choice(_NOTES)
        pays = rng.random() >= UNPAID_SHARE or channel == "shopify"
        if not pays or rng.random() < SEEN_UNPAID[channel]:
            self._tell(order, "placed")
        if pays:
            world.later(rng.expovariate(12.0) + 0.003, "pay", order)
        else:
            world.later(rng.uniform(0.5, 1.0), "expire", order)

    def pay(self, order: Order) -> None:
        """Take the money and look for stock; without any, the order waits."""
        world, rng = self.world, self.world.rng
        order.stage, order.paid = "paid", world.now
        if not self._source(order, order.customer):
            world.waiting.append(order)
        self._touch(order, "paid")
        if rng.random() < CANCELLED_SHARE:
            world.later(rng.uniform(0.2, 3.0), "cancel", order)

    def expire(self, order: Order) -> None:
        """Close an order nobody paid."""
        order.stage, order.ended = "expired", self.world.now
        self._touch(order, "expired")

    def cancel(self, order: Order) -> None:
        """Give the money back before anything has shipped."""
        if order.stage != "paid" or order.refund is not None:
            return
        self.give_up(order, "不想要了")

    def give_up(self, order: Order, reason: str) -> None:
        """Release the stock and refund a paid order that has not shipped."""
        for line in order.lines:
            if line.node is not None:
                self.world.stock.release(line.node, line.sku.number, line.quantity)
                line.node = None
        self._open_refund(order, "before_shipping", order.lines, reason)
        self.world.later(self.world.rng.uniform(0.3, 5), "refunded", order)

    def retry(self) -> None:
        """Look again for stock for the orders that wait; after some days, give them up."""
        world = self.world
        waiting, world.waiting = world.waiting, []
        for order in waiting:
            if order.refund is not None or self._source(order, order.customer):
                continue
            if world.now - (order.paid or 0) > PATIENCE_DAYS * DAY * world.stretch:
                self.give_up(order, "缺货")
            else:
                world.waiting.append(order)

    def ship(self, order: Order, lines: list[Line]) -> Parcel:
        """Let lines of one node leave in a parcel."""
        parcel = self._parcel(order, lines[0].node or _centre(self.world, lines[0]), lines)
        order.shipped = order.shipped or self.world.now
        whole = all(line.parcel is not None for line in order.lines)
        order.stage = "shipped" if whole else "part_shipped"
        self._touch(order, "shipped" if whole else "part_shipped")
        self.journeys.start(parcel)
        return parcel

    def delivered(self, parcel: Parcel) -> None:
        """Note a parcel signed for; when it was the last, the order ends or goes back."""
        order, rng = parcel.order, self.world.rng
        if order.stage != "shipped" or order.refund is not None:
            return
        if any(other.delivered is None for other in order.parcels):
            return
        if rng.random() < RETURNED_SHARE:
            self.world.later(rng.uniform(5, 90), "ask_return", order)
        else:
            self.world.later(min(168.0, rng.expovariate(1 / 60.0) + 3), "finish", order)

    def finish(self, order: Order) -> None:
        """Let the buyer confirm."""
        order.stage, order.ended = "finished", self.world.now
        self._touch(order, "finished")

    def ask_return(self, order: Order) -> None:
        """Let the buyer ask to send goods back."""
        rng = self.world.rng
        lines = order.lines if rng.random() < 0.6 else [rng.choice(order.lines)]
        self._open_refund(order, "return", lines, rng.choice(list(_REASONS)))
        self.world.later(rng.uniform(0.5, 15), "agree", order)

    def agree(self, order: Order) -> None:
        """Agree to take goods back."""
        self._step(order, "agreed")
        self._touch(order, "refund_agreed")
        self.world.later(self.world.rng.uniform(40, 120), "goods_back", order)

    def goods_back(self, order: Order) -> None:
        """Let returned goods arrive at the centre, to be checked in at the end of the day; some are no longer sound."""
        world = self.world
        refund = order.refund
        if refund is None:
            return
        for line in refund.lines:
            node = _centre(world, line)
            sound = world.rng.random() < SOUND_SHARE
            world.returns.setdefault(node.region, []).append(Return(order, line, node, sound))
        world.later(1, "refunded", order)

    def refunded(self, order: Order) -> None:
        """Give the money back."""
        refund = order.refund
        if refund is None or refund.step == "done":
            return
        refund.done = self.world.now
        self._step(order, "done")
        if len(refund.lines) == len(order.lines):
            order.stage = "closed"
        elif order.stage == "shipped":
            order.stage = "finished"
        order.ended = self.world.now
        self._touch(order, "refunded")

    def lost(self, parcel: Parcel) -> None:
        """Refund what a carrier lost."""
        order = parcel.order
        if order.refund is None and order.stage in ("shipped", "part_shipped"):
            self._open_refund(order, "lost", parcel.lines, "快递丢失")
            self.world.later(2, "refunded", order)

    def came_back(self, parcel: Parcel) -> None:
        """Take in a parcel its receiver refused, and refund it."""
        if parcel.order.refund is None:
            self._open_refund(parcel.order, "return", parcel.lines, "拒收")
            self.goods_back(parcel.order)

    def _basket(self, number: int, channel: str) -> list[Line]:
        world, rng = self.world, self.world.rng
        audience = "abroad" if channel == "shopify" else "online"
        weights = self._day_weights(audience)
        chosen = sorted(set(rng.choices(range(len(weights)), cum_weights=weights, k=demand.basket_size(rng))))
        lines: list[Line] = []
        for index in chosen:
            sku = world.retailer.skus[index]
            pieces = demand.quantity(sku, rng)
            # A channel's stock figure lags: now and then it sells what has just gone.
            if world.sourcing.in_sight(index, pieces) or rng.random() < STALE_SHARE:
                price = sku.price_abroad if channel == "shopify" else sku.price
                lines.append(Line(number, len(lines) + 1, sku, pieces, price))
        return lines

    def _day_weights(self, audience: str) -> tuple[float, ...]:
        day = self.world.today
        key = (audience, day.toordinal())
        if key not in self._weights:
            self._weights = {kept: value for kept, value in self._weights.items() if kept[1] >= key[1] - 1}
            self._weights[key] = self.world.demand.weights(audience, "RDC-E", day)
        return self._weights[key]

    def _price(self, order: Order) -> None:
        rng, channel = self.world.rng, order.shop.channel
        order.sale, off = demand.discount(channel, self.world.day)
        for line in order.lines:
            line.discount = int(line.gross * off) // 100 * 100
        net = order.total
        together = 0
        if channel == "shopify":
            together = net // 10 if rng.random() < 0.12 else 0
            order.freight = 1200 if net < 10_000 else 0
        else:
            if order.sale and channel == "taobao":
                together = net // 30_000 * 3_000
            elif net >= 10_000 and rng.random() < 0.15:
                together = 1_000
            order.freight = {"youzan": 1000}.get(channel, 800) if net < 9_900 else 0
        _share(order.lines, together)

    def _source(self, order: Order, customer: Customer) -> bool:
        world, rng = self.world, self.world.rng
        wanted = [(line.sku.number, line.quantity) for line in order.lines]
        nodes = None
        if order.shop.channel == "taobao" and rng.random() < STORE_SHARE:
            order.from_store = world.sourcing.store_near(customer.city, wanted)
            nodes = [order.from_store] * len(wanted) if order.from_store else None
        nodes = nodes or world.sourcing.assign(customer.city, wanted)
        if nodes is None:
            return False
        for line, node in zip(order.lines, nodes, strict=True):
            world.stock.reserve(node, line.sku.number, line.quantity)
            line.node = node
        busy = 9.0 if order.sale else 1.0
        for region in sorted({node.region for node in nodes}):
            ready = world.now + int(rng.uniform(0.4, 4.0) * busy * 3600 * world.stretch)
            world.queues.setdefault(region, []).append((ready, order))
        return True

    def _parcel(self, order: Order, node: Node, lines: list[Line]) -> Parcel:
        world = self.world
        number = world.number("parcel")
        carrier = choose_carrier(world.retailer.carriers, order.customer.city, world.rng)
        tracking = tracking_number(carrier, number)
        parcel = Parcel(number, order, carrier, tracking, node, lines, world.now, world.now)
        for line in lines:
            line.parcel = parcel
            world.stock.ship(node, line.sku.number, line.quantity)
        order.parcels.append(parcel)
        return parcel

    def _open_refund(self, order: Order, kind: RefundKind, lines: list[Line], reason: str) -> None:
        amount = sum(line.net for line in lines) + (order.freight if len(lines) == len(order.lines) else 0)
        if order.shop.channel == "shopify":
            reason = (_REASONS | _OTHER_REASONS)[reason]
        order.refund = Refund(self.world.number("refund"), kind, list(lines), amount, reason, self.world.now)
        self._step(order, "asked")
        self._touch(order, "refund_asked")

    def _step(self, order: Order, step: str) -> None:
        if order.refund is not None:
            order.refund.step = step  # type: ignore[assignment]
            for line in order.refund.lines:
                line.refund = order.refund.step

    def _touch(self, order: Order, happening: Happening) -> None:
        # Two changes within a second would share a version.
        order.updated = max(self.world.now, order.updated + 1)
        self._tell(order, happening)

    def _tell(self, order: Order, happening: Happening) -> None:
        world = self.world
        world.send(lambda: emit.tell(order, happening, world.now))


def _share(lines: list[Line], together: int) -> None:
    """Spread an order's discount over its lines by their net, the remainder on the last line."""
    total = sum(line.net for line in lines)
    left = together
    for line in lines[:-1]:
        line.share = together * line.net // total
        left -= line.share
    lines[-1].share = left


def _centre(world: World, line: Line) -> Node:
    region = line.node.region if line.node else "RDC-E"
    return world.node(region)
