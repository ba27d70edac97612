"""What orders may still come: drawn, never known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from entrepot.delivery.routing.problem import Depot, Stop
from entrepot.delivery.routing.travel import Travel
from entrepot.delivery.waves.day import Rhythm, latest_departure

DRAWN: Final = 100
"""Orders drawn for a wave in the competition, before those are dropped that cannot be delivered."""


class Forecast(Protocol):
    """Draws what may become known at a wave."""

    def draw(self, wave: int, chance: np.random.Generator) -> tuple[Stop, ...]:
        """Return orders that can be delivered, at public locations, known at the wave."""
        ...


@dataclass(frozen=True)
class Shuffled:
    """Orders put together from a static instance as EURO Meets NeurIPS 2022 did.

    Customer, window, load and service time are drawn independently from the instance.

    Parameters
    ----------
    stops : tuple of Stop
        Of the static instance; the k-th is at location k + 1.
    depot, travel, rhythm
        Of the day.
    """

    stops: tuple[Stop, ...]
    depot: Depot
    travel: Travel
    rhythm: Rhythm

    def draw(self, wave: int, chance: np.random.Generator) -> tuple[Stop, ...]:
        """Return the orders of a wave that a vehicle can still bring; the sequence of draws is the published one."""
        place, window, load, service = (chance.integers(len(self.stops), size=DRAWN) for _ in range(4))
        known, leaves = self.rhythm.decided(wave), self.rhythm.leaves(wave)
        found = list[Stop]()
        for k in range(DRAWN):
            order = Stop(
                id=f"{wave}-{k}",
                location=self.stops[place[k]].location,
                delivery=self.stops[load[k]].delivery,
                windows=self.stops[window[k]].windows,
                service=self.stops[service[k]].service,
                release=known,
            )
            if latest_departure([order], self.depot, self.travel) >= leaves:
                found.append(order)
        return tuple(found)


@dataclass(frozen=True)
class PastDays:
    """Orders as they came on earlier days: a day is drawn, and what it brought for the wave is taken as it was.

    Parameters
    ----------
    days : tuple of tuple of Stop
        Orders of each earlier day, `Stop.release` being when they became known.
    depot, travel, rhythm
        Of the day that is planned.
    """

    days: tuple[tuple[Stop, ...], ...]
    depot: Depot
    travel: Travel
    rhythm: Rhythm

    def draw(self, wave: int, chance: np.random.Generator) -> tuple[Stop, ...]:
        """Return what one of the earlier days brought between the wave before and this one."""
        day, until = self.days[int(chance.integers(len(self.days)))], self.rhythm.decided(wave)
        since = until - self.rhythm.every
        leaves = self.rhythm.leaves(wave)
        return tuple(
            order
            for order in day
            if since < order.release <= until and latest_departure([order], self.depot, self.travel) >= leaves
        )
