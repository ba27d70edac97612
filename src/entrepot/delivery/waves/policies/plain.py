"""The three yardsticks: all orders leave at once, only those that must, or each other one by the toss of a coin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.delivery.waves.policies.policy import Routes, Search, routes_of
from entrepot.delivery.waves.view import View


@dataclass(frozen=True, slots=True)
class Greedy:
    """Everything that is known leaves."""

    name: str = "greedy"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of all open orders."""
        return routes_of(view, list(range(len(view.orders))), search, 1.0, seed)


@dataclass(frozen=True, slots=True)
class Lazy:
    """Only what must go leaves."""

    name: str = "lazy"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of the orders that must go."""
        return routes_of(view, sorted(view.must_go), search, 1.0, seed)


@dataclass(frozen=True, slots=True)
class Coin:
    """What must go leaves, and each other order with a chance."""

    chance: float = 0.5
    name: str = "random"

    def decide(self, view: View, search: Search, seed: int) -> Routes:
        """Return routes of the orders that must go or are drawn."""
        drawn = np.random.default_rng(seed).random(len(view.orders)) < self.chance
        chosen = [k for k in range(len(view.orders)) if k in view.must_go or drawn[k]]
        return routes_of(view, chosen, search, 1.0, seed)
