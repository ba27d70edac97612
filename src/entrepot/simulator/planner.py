"""The rhythm of a day: who comes when, when lorries load, when the pickers' waves go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.simulator import demand
from entrepot.simulator.demand import ONLINE, poisson
from entrepot.simulator.emit import files
from entrepot.simulator.life import Life
from entrepot.simulator.message import china_time
from entrepot.simulator.nodes import Node
from entrepot.simulator.orders import Line, Order, Parcel
from entrepot.simulator.supply import Supply
from entrepot.simulator.world import DAY, World

PLANNED: Final = frozenset({"period", "arrive", "sell", "morning", "wave", "shrink", "damage", "evening"})
"""Kinds of happenings a day's plan notes; all else follows from them."""

_WAVES: Final = (11.0, 15.5, 20.0)
_MORNING: Final = 6.0
_EVENING: Final = 17.5
_SHRINK_PER_DAY: Final = 1.6
_DAMAGE_PER_DAY: Final = 1.1
_BULKY_G: Final = 1800


@dataclass(slots=True)
class Planner:
    """Plans one period at a time. A period is a day; in the live feed a shorter day, sold at an even pace."""

    world: World
    life: Life
    supply: Supply
    length: int = DAY
    even: bool = False
    share: float = 1.0

    def period(self, number: int, begin: int) -> None:
        """Plan a period and note the next."""
        self._customers(begin)
        for centre in self.world.retailer.centres:
            self._at(begin, _MORNING, "morning", centre, number)
            self._at(begin, _EVENING, "evening", centre)
            for hour in _WAVES:
                self._at(begin, hour, "wave", centre)
        self._mishaps(begin)
        self.world.agenda.note(begin + self.length, "period", number + 1, begin + self.length)

    def morning(self, centre: Node, number: int) -> None:
        """Count, order, load lorries, and look again for stock for what waits."""
        self.supply.count(centre.code, number)
        if number % 7 == centre.number:
            self.supply.review(centre)
        self.supply.send_out(centre, number)
        if centre.number == 0:
            self.life.retry()

    def wave(self, centre: Node) -> None:
        """Ship all that is ready in a region: the centre's orders and the stores' own."""
        world = self.world
        queue = world.queues.get(centre.code, [])
        world.queues[centre.code] = [entry for entry in queue if entry[0] > world.now]
        rows: list[files.Row] = []
        for ready, order in queue:
            if ready <= world.now:
                lines, left = _to_ship(order, centre.code)
                if lines:
                    parcel = self.life.ship(order, lines)
                    rows += _rows(parcel, f"FH{parcel.number:08d}", china_time(world.now))
                if left:
                    world.queues[centre.code].append((world.now + 1, order))
        if rows:
            world.send(lambda: [files.tell("shipments", centre.code, rows, world.now)])

    def _customers(self, begin: int) -> None:
        world = self.world
        number, day = world.day, world.today
        for channel in ONLINE:
            for _ in range(self._thin(world.demand.orders(channel, number, day, world.rng))):
                self._at(begin, self._hour(channel), "arrive", channel)
        stores = world.retailer.stores
        weights = [store.weight * world.demand.till_factor(store.region, day) for store in stores]
        # Factors above are 1 on a dry day, so rain costs sales and does not just move them.
        wet = sum(weights) / sum(store.weight for store in stores)
        visits = self._thin(round(world.demand.orders("till", number, day, world.rng) * wet))
        for store in world.rng.choices(stores, weights, k=visits):
            self._at(begin, self._hour("till"), "sell", store)

    def _mishaps(self, begin: int) -> None:
        world = self.world
        for _ in range(poisson(_SHRINK_PER_DAY * world.demand.scale, world.rng)):
            self._at(begin, self._hour("till"), "shrink", world.rng.choice(world.retailer.nodes))
        for _ in range(poisson(_DAMAGE_PER_DAY * world.demand.scale, world.rng)):
            self._at(begin, self._hour("till"), "damage", world.rng.choice(world.retailer.centres))

    def _hour(self, channel: str) -> float:
        return self.world.rng.random() * 24 if self.even else demand.moment(channel, self.world.rng) * 24

    def _thin(self, orders: int) -> int:
        return orders if self.share >= 1 else sum(self.world.rng.random() < self.share for _ in range(orders))

    def _at(self, begin: int, hour: float, kind: str, *what: object) -> None:
        at = begin + int(hour / 24 * self.length)
        if at >= self.world.now:
            self.world.agenda.note(at, kind, *what)


def _to_ship(order: Order, region: str) -> tuple[list[Line], bool]:
    """Choose the lines that go now, and tell whether some must wait for the next wave."""
    if order.stage not in ("paid", "part_shipped") or order.refund is not None:
        return [], False
    due = [line for line in order.lines if line.parcel is None and line.node and line.node.region == region]
    # Bulky goods travel alone: what fits a bag goes first.
    small = [line for line in due if line.sku.weight_g < _BULKY_G]
    return (small, True) if small and len(small) < len(due) else (due, False)


def _rows(parcel: Parcel, document: str, now: str | None) -> list[files.Row]:
    order, carrier = parcel.order, parcel.carrier
    return [
        (document, place, order.shop.channel, order.shop.shop, order.native_id, parcel.node.code, line.sku.code,
         line.quantity, carrier.code, carrier.name_zh, parcel.tracking, now)
        for place, line in enumerate(parcel.lines, 1)
    ]  # fmt: skip
