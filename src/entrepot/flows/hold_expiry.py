"""Holds end when their time is over: a sweep each time the flows wake, and at least every two seconds."""

from __future__ import annotations

from entrepot.kernel.clock import Clock
from entrepot.stock import Reservations


class HoldExpiry:
    """The sweep; it reads no log, and rests when nothing is due.

    Parameters
    ----------
    reservations : Reservations
        Where holds are kept.
    clock : Clock
        The time.
    """

    def __init__(self, reservations: Reservations, clock: Clock) -> None:
        self._reservations = reservations
        self._clock = clock

    def step(self, limit: int = 500) -> int:
        """End the next holds that are due, 500 at most; returns how many."""
        return self._reservations.expire_due(self._clock.now(), min(limit, 500))
