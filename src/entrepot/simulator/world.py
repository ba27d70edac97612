"""The state of one simulated world, shared by everything that happens in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Final

from entrepot.simulator.agenda import Agenda, Outbox
from entrepot.simulator.demand import Demand
from entrepot.simulator.message import CHINA, NativeMessage
from entrepot.simulator.nodes import Node
from entrepot.simulator.orders import Line, Order
from entrepot.simulator.people import People
from entrepot.simulator.retailer import DemoRetailer
from entrepot.simulator.warehouse import Sourcing, Stock

HOUR: Final = 3600
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Return:
    """Goods that came back to a centre: whose, which line, sound or not."""

    order: Order
    line: Line
    node: Node
    sound: bool


@dataclass(slots=True)
class World:
    """Everything that changes; ``now`` is an epoch second, ``first_day`` the ordinal of the history's first date.

    ``stretch`` scales every duration: 1 in the history, less in the live feed, where a parcel's days pass in an
    hour. Messages are written only from ``write_from`` on, so that a past can be replayed without its bytes.
    """

    retailer: DemoRetailer
    rng: Random
    agenda: Agenda
    outbox: Outbox
    stock: Stock
    sourcing: Sourcing
    people: People
    demand: Demand
    now: int
    first_day: int
    write_from: int
    stretch: float = 1.0
    numbers: dict[str, int] = field(default_factory=dict)
    queues: dict[str, list[tuple[int, Order]]] = field(default_factory=dict)
    waiting: list[Order] = field(default_factory=list)
    returns: dict[str, list[Return]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date in China."""
        return datetime.fromtimestamp(self.now, CHINA).date()

    @property
    def day(self) -> int:
        """Days since the history began."""
        return self.today.toordinal() - self.first_day

    def later(self, hours: float, kind: str, *what: object) -> None:
        """Note what happens some hours from now."""
        self.agenda.note(self.now + max(1, int(hours * HOUR * self.stretch)), kind, *what)

    def number(self, series: str) -> int:
        """Count on in a series of document numbers."""
        self.numbers[series] = self.numbers.get(series, 0) + 1
        return self.numbers[series]

    def send(self, write: Callable[[], Iterable[NativeMessage]]) -> None:
        """Send messages, written now; a replayed past writes none."""
        if self.now >= self.write_from:
            for message in write():
                self.outbox.put(message)

    def node(self, code: str) -> Node:
        """Find a node by its code."""
        return next(node for node in self.retailer.nodes if node.code == code)
