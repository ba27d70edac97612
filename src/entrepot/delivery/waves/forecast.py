"""What orders may still come: drawn, never known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

from entrepot.delivery.routing.problem import Depot, Stop
from entrepot.delivery.routing.travel import Travel
from entrepot.delivery.waves.day import Rhythm, latest_departure

DRAWN: Final = 100
"""Orders drawn for a wave in the competition, before those are dropped that cannot be delivered."""

OTHERS: Final = 4.0
"""All earlier days of other weekdays count as so many of the weekday that is planned."""


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


class Came(NamedTuple):
    """When orders became known on an earlier day.

    Parameters
    ----------
    weekday : int
        From 0; where weekdays say nothing, all days have the same.
    moments : tuple of int
        At times of the day that is planned, one an order.
    """

    weekday: int
    moments: tuple[int, ...]


@dataclass(frozen=True)
class Mixed:
    """Orders of earlier days mixed: how many by the time of day and weekday, which ones from any of the days.

    The number of orders between two moments is Poisson, at a rate that the earlier days leave uncertain (Gamma); days
    of other weekdays together count as `others` days at most. The orders are drawn from those that came at that time
    of the day, none twice before all were.

    Parameters
    ----------
    days : tuple of Came
        Earlier days, at least one.
    orders : tuple of Stop
        Of those days, all or the newest, at public locations; `Stop.release` is when they became known.
    weekday : int
        Of the day that is planned.
    depot, travel, rhythm
        Of the day that is planned.
    others : float
        Weight of all days of other weekdays, in days of this one.

    References
    ----------
    Ibrahim, J. G. and Chen, M.-H. (2000). Power prior distributions for regression models. Statistical Science 15(1).
    (earlier data that count for less)
    """

    days: tuple[Came, ...]
    orders: tuple[Stop, ...]
    weekday: int
    depot: Depot
    travel: Travel
    rhythm: Rhythm
    others: float = OTHERS

    def draw(self, wave: int, chance: np.random.Generator) -> tuple[Stop, ...]:
        """Return orders between the wave before and this one that a vehicle can still bring."""
        until, leaves = self.rhythm.decided(wave), self.rhythm.leaves(wave)
        since = until - self.rhythm.every
        seen, days = self.seen(since, until)
        pool = [order for order in self.orders if since < order.release <= until]
        many = int(chance.poisson(chance.gamma(seen, 1 / days))) if pool else 0
        drawn = list[Stop]()
        while len(drawn) < many:
            drawn += [pool[k] for k in chance.permutation(len(pool))[: many - len(drawn)]]
        return tuple(order for order in drawn if latest_departure([order], self.depot, self.travel) >= leaves)

    def seen(self, since: int, until: int) -> tuple[float, float]:
        """Return how many orders came between two moments, and on how many days: each may be a part of one."""
        same = [one for one in self.days if one.weekday == self.weekday]
        other = [one for one in self.days if one.weekday != self.weekday]
        weight = min(1.0, self.others / max(len(other), 1))
        came = _came(same, since, until) + weight * _came(other, since, until)
        return came, len(same) + weight * len(other)


def mixed(days: Sequence[Sequence[Stop]], depot: Depot, travel: Travel, rhythm: Rhythm) -> Mixed:
    """Return the forecast of earlier days whose weekdays nobody tells."""
    came = tuple(Came(0, tuple(order.release for order in orders)) for orders in days)
    return Mixed(came, tuple(order for orders in days for order in orders), 0, depot, travel, rhythm)


def _came(days: Sequence[Came], since: int, until: int) -> int:
    return sum(since < moment <= until for one in days for moment in one.moments)
