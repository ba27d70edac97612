"""Stock inside the simulated world: what lies where, physically, and what is still free to promise."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.simulator.nodes import Node
from entrepot.simulator.places import City, city_named, distance_km


@dataclass(slots=True)
class Stock:
    """Units by node and SKU number.

    ``on_hand`` counts sound units, ``free`` those not promised to an order or a transfer, ``missing`` those that
    went without a message (theft, miscounts) and will show in a count. Always 0 <= free <= on_hand.
    """

    nodes: tuple[Node, ...]
    skus: int
    on_hand: list[list[int]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    missing: list[dict[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.on_hand = [[0] * self.skus for _ in self.nodes]
        self.free = [[0] * self.skus for _ in self.nodes]
        self.missing = [{} for _ in self.nodes]

    def receive(self, node: Node, sku: int, units: int) -> None:
        """Put sound units on the shelf."""
        self.on_hand[node.number][sku] += units
        self.free[node.number][sku] += units

    def reserve(self, node: Node, sku: int, units: int) -> bool:
        """Promise free units; False (and nothing changed) when they are not there."""
        if self.free[node.number][sku] < units:
            return False
        self.free[node.number][sku] -= units
        return True

    def release(self, node: Node, sku: int, units: int) -> None:
        """Take a promise back."""
        self.free[node.number][sku] += units

    def ship(self, node: Node, sku: int, units: int) -> None:
        """Let promised units leave."""
        self.on_hand[node.number][sku] -= units

    def take(self, node: Node, sku: int, units: int) -> bool:
        """Let free units leave at once (a till sale, damage); False when they are not there."""
        if not self.reserve(node, sku, units):
            return False
        self.ship(node, sku, units)
        return True

    def lose(self, node: Node, sku: int) -> bool:
        """Let a unit go missing without a message."""
        if not self.take(node, sku, 1):
            return False
        lost = self.missing[node.number]
        lost[sku] = lost.get(sku, 0) + 1
        return True


@dataclass(slots=True)
class Sourcing:
    """Which node serves an order: the nearest centre with all of it, else the fewest centres nearest first."""

    stock: Stock
    centres: tuple[Node, ...]
    stores: tuple[Node, ...]
    _nearest: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def in_sight(self, sku: int, units: int) -> bool:
        """Tell whether some centre could serve a line."""
        return any(self.stock.free[centre.number][sku] >= units for centre in self.centres)

    def store_near(self, city: City, wanted: list[tuple[int, int]]) -> Node | None:
        """Find a store in the city that has everything and keeps one of each for its own customers."""
        for store in self.stores:
            if store.city.code == city.code:
                free = self.stock.free[store.number]
                if all(free[sku] > units for sku, units in wanted):
                    return store
        return None

    def assign(self, city: City, wanted: list[tuple[int, int]]) -> list[Node] | None:
        """Choose a centre for each line; None when a line is nowhere."""
        near = self._by_distance(city)
        for centre in near:
            free = self.stock.free[centre.number]
            if all(free[sku] >= units for sku, units in wanted):
                return [centre] * len(wanted)
        chosen = [
            next((centre for centre in near if self.stock.free[centre.number][sku] >= units), None)
            for sku, units in wanted
        ]
        return None if None in chosen else [centre for centre in chosen if centre is not None]

    def _by_distance(self, city: City) -> tuple[Node, ...]:
        if city.code not in self._nearest:
            # Parcels abroad all start in the south, where the airlines are.
            origin = city if city.country == "CN" else city_named("深圳市")
            self._nearest[city.code] = tuple(
                sorted(self.centres, key=lambda centre: (distance_km(centre.city, origin), centre.number))
            )
        return self._nearest[city.code]
