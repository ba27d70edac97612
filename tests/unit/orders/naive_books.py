"""Stock and holds as a few dictionaries: what the effects of a command do, in the plainest way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.orders.pieces import BOOKINGS, Book, Effect, Hold, Place, Post, Spot, Void


@dataclass
class NaiveBooks:
    """Units by (SKU, node, state), and held units by (hold, node)."""

    stock: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    sku_of: dict[str, str] = field(default_factory=dict)

    def free(self, sku: str, node: str) -> int:
        held = sum(units for (hold, at), units in self.held.items() if at == node and self.sku_of[hold] == sku)
        return self.stock[sku, node, "on_hand"] - held

    def nodes(self, sku: str) -> list[str]:
        return sorted({node for one, node, _ in self.stock if one == sku and node in ("N1", "N2", "N3")})

    def do(self, effects: Iterable[Effect], order_pieces: dict[str, str]) -> list[Spot] | None:
        """Do all effects; returns where holds landed, or None (and nothing done) when stock is short.

        ``order_pieces`` names the piece that each hold is made for.
        """
        before = self.copy()
        spots: list[Spot] = []
        for effect in effects:
            done = self._do(effect, order_pieces)
            if done is None:
                self.stock, self.held, self.sku_of = before.stock, before.held, before.sku_of
                return None
            spots += done
        return spots

    def copy(self) -> NaiveBooks:
        return NaiveBooks(Counter(self.stock), Counter(self.held), dict(self.sku_of))

    def state(self) -> tuple[dict[tuple[str, str, str], int], dict[tuple[str, str], int]]:
        return ({k: v for k, v in self.stock.items() if v}, {k: v for k, v in self.held.items() if v})

    def _do(self, effect: Effect, order_pieces: dict[str, str]) -> list[Spot] | None:
        match effect:
            case Hold(hold, _, sku, qty, _, barred):
                return self._hold(hold, sku, qty, barred, order_pieces[hold])
            case Place(hold, _, sku, spots):
                return self._place(hold, sku, dict(spots))
            case Void(hold, _, node, qty):
                self._give(hold, node, qty)
            case Post(hold, _, node, qty):
                self._give(hold, node, qty)
                sku = self.sku_of[hold]
                self.stock[sku, str(node), "on_hand"] -= qty
                self.stock[sku, "customer", "on_hand"] += qty
            case Book(what, _, sku, qty, node):
                from_node, from_state, to_node, to_state, _ = BOOKINGS[what]
                self.stock[sku, from_node or node, from_state] -= qty
                self.stock[sku, to_node or node, to_state] += qty
        return []

    def _hold(self, hold: str, sku: str, qty: int, barred: tuple[str, ...], piece: str) -> list[Spot] | None:
        spots: list[Spot] = []
        for node in self.nodes(sku):
            units = min(self.free(sku, node), qty)
            if node not in barred and units > 0:
                spots.append(Spot(piece, node, units))
                qty -= units
        if qty:
            return None
        self.sku_of[hold] = sku
        for spot in spots:
            self.held[hold, spot.node] += spot.qty
        return spots

    def _place(self, hold: str, sku: str, spots: dict[str, int]) -> list[Spot] | None:
        before = {node: units for (one, node), units in self.held.items() if one == hold}
        assert sum(before.values()) == sum(spots.values()), "a move keeps the quantity"
        for node in before:
            del self.held[hold, node]
        if any(self.free(sku, node) < units for node, units in spots.items()):
            return None
        for node, units in spots.items():
            self.held[hold, node] = units
        return []

    def _give(self, hold: str, node: str | None, qty: int) -> None:
        assert self.held[hold, str(node)] >= qty, f"{hold} has not {qty} at {node}"
        self.held[hold, str(node)] -= qty
