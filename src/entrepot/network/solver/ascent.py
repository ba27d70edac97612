"""Prices that raise a bound: subgradients with a memory, steps by the distance to the best plan.

Camerini, Fratta and Maffioli (1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.network.solver.model import Floats


@dataclass(frozen=True)
class Relaxed:
    """A relaxation at some prices: its value and gradient, each site's reduced cost, and what stands in it."""

    bound: float
    gradient: Floats
    reduced: Floats
    chosen: Floats


@dataclass
class Ascent:
    """Prices on the way up, none of which falls below its least value."""

    price: Floats
    best_price: Floats
    least: Floats | float = -np.inf
    best: float = -np.inf
    pace: float = 1.0
    patience: int = 12
    stale: int = 0
    memory: float = 0.0
    direction: Floats | None = None

    @classmethod
    def at(cls, price: Floats, least: Floats | float = -np.inf) -> Ascent:
        """Begin at some prices."""
        return cls(price.copy(), price.copy(), least)

    def step(self, value: float, gradient: Floats, goal: float) -> None:
        """Learn the bound and gradient at `price`, and move on towards a bound of `goal`."""
        if value > self.best + 1e-7 * abs(self.best if np.isfinite(self.best) else 1.0):
            self.best, self.stale = value, 0
            self.best_price = self.price.copy()
        else:
            self.stale += 1
        if self.stale >= self.patience:
            self.pace *= 0.6
            self.stale = 0
            self.price, self.direction = self.best_price.copy(), None
            return
        if self.direction is not None and self.memory:
            gradient = gradient + self.memory * (self.direction - gradient)
        elif self.direction is not None:
            turn = _dot(gradient, self.direction)
            if turn < 0:
                gradient = gradient - 1.5 * turn / _dot(self.direction, self.direction) * self.direction
        length = _dot(gradient, gradient)
        if length <= 0:
            self.pace = 0.0
            return
        self.direction = gradient
        moved = self.price + self.pace * max(goal - value, 1e-6 * abs(goal)) / length * gradient
        self.price = np.maximum(moved, self.least)

    @property
    def is_done(self) -> bool:
        """Whether steps have become too small to matter."""
        return self.pace < 2e-3


def _dot(one: Floats, other: Floats) -> float:
    """Multiply vectors on this thread: BLAS hands long ones to several, and holds the interpreter till all are done."""
    return float(np.einsum("i,i->", one, other))
