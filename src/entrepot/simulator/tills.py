"""Tills in the stores: sales from the shelf, refunds, and lines that go down for an hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from entrepot.simulator import demand
from entrepot.simulator.emit import odoo_pos
from entrepot.simulator.emit.odoo_pos import CARD, CASH, SCAN, Receipt, Till, TillLine
from entrepot.simulator.nodes import Node
from entrepot.simulator.warehouse import Stock
from entrepot.simulator.world import World

REFUND_SHARE: Final = 0.022
MEMBER_SHARE: Final = 0.22
OUTAGE_SHARE: Final = 0.004
"""Share of sales at which the till's line goes down."""


@dataclass(slots=True)
class Tills:
    """Every store's till."""

    world: World
    _tills: dict[int, Till] = field(default_factory=dict)
    _weights: dict[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)

    def sell(self, store: Node) -> None:
        """Serve a customer with what is on the shelf; an empty shelf sells nothing."""
        world, rng = self.world, self.world.rng
        lines = self._basket(store)
        if not lines:
            return
        receipt = self._receipt(store, lines)
        till = self._tills.setdefault(store.number, Till())
        if not till.offline and rng.random() < OUTAGE_SHARE:
            till.offline = True
            world.later(rng.uniform(0.5, 2.5), "reconnect", store)
        self._ring_up(till, receipt)
        if rng.random() < REFUND_SHARE:
            world.later(rng.uniform(2, 140), "till_refund", store, receipt)

    def refund(self, store: Node, sale: Receipt) -> None:
        """Take back the first line of a receipt; the goods go back on the shelf."""
        line = sale.lines[0]
        self.world.stock.receive(store, line.sku.number, line.quantity)
        back = TillLine(line.sku, -line.quantity, line.discount_percent)
        receipt = Receipt(
            number=self.world.number("receipt"),
            shop=sale.shop,
            session=self._session(store),
            at=self.world.now,
            lines=(back,),
            payments=((sale.payments[0][0], back.amount),),
            refunded=sale.number,
        )
        self._ring_up(self._tills.setdefault(store.number, Till()), receipt)

    def reconnect(self, store: Node) -> None:
        """Send all that was held back, in one go."""
        till = self._tills[store.number]
        held, till.held, till.offline = till.held, [], False
        if held:
            self.world.send(lambda: [odoo_pos.tell(held, self.world.now)])

    def untold(self, store: Node) -> dict[int, int]:
        """Give the pieces sold, by SKU number, that the till holds back."""
        units: dict[int, int] = {}
        for receipt in self._tills.get(store.number, Till()).held:
            for line in receipt.lines:
                units[line.sku.number] = units.get(line.sku.number, 0) + line.quantity
        return units

    def _ring_up(self, till: Till, receipt: Receipt) -> None:
        if till.offline:
            till.held.append(receipt)
        else:
            self.world.send(lambda: [odoo_pos.tell([receipt], self.world.now)])

    def _receipt(self, store: Node, lines: tuple[TillLine, ...]) -> Receipt:
        rng = self.world.rng
        total = sum(line.amount for line in lines)
        method = rng.choices((SCAN, CARD, CASH), (84, 9, 7))[0]
        payments: tuple[tuple[int, int], ...] = ((method, total),)
        change = 0
        if method == CASH:
            given = -(-total // 5_000) * 5_000
            change = given - total
            payments = ((CASH, given),)
        elif total > 80_000 and rng.random() < 0.05:
            payments = ((CARD, 50_000), (SCAN, total - 50_000))
        number = self.world.number("receipt")
        shop = self.world.retailer.shop("odoo_pos", store.code.lower())
        return Receipt(number, shop, self._session(store), self.world.now, lines, payments, change)

    def _basket(self, store: Node) -> tuple[TillLine, ...]:
        world, rng = self.world, self.world.rng
        weights = self._day_weights(store.region)
        _, off = demand.discount("till", world.day)
        percent = round(off * 50) if off else 10 if rng.random() < MEMBER_SHARE else 0
        lines: dict[int, TillLine] = {}
        for _ in range(demand.basket_size(rng)):
            index = _on_shelf(rng.choices(range(len(weights)), cum_weights=weights, k=4), store, world.stock)
            if index is None or index in lines:
                continue
            sku = world.retailer.skus[index]
            pieces = min(demand.quantity(sku, rng), world.stock.free[store.number][index])
            world.stock.take(store, index, pieces)
            lines[index] = TillLine(sku, pieces, percent)
        return tuple(lines.values())

    def _day_weights(self, region: str) -> tuple[float, ...]:
        key = (region, self.world.today.toordinal())
        if key not in self._weights:
            self._weights = {kept: value for kept, value in self._weights.items() if kept[1] >= key[1] - 1}
            self._weights[key] = self.world.demand.weights("till", region, self.world.today)
        return self._weights[key]

    def _session(self, store: Node) -> int:
        return store.number * 1000 + self.world.day + 1


def _on_shelf(wishes: list[int], store: Node, stock: Stock) -> int | None:
    """Find the first wish that lies on the store's shelf."""
    free = stock.free[store.number]
    return next((index for index in wishes if free[index] > 0), None)
