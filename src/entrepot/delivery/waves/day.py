"""A day of rolling dispatch: orders that become known as it goes on, and the waves in which they may leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from entrepot.delivery.routing.problem import Depot, Stop, VehicleType
from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When waves are decided and leave.

    Parameters
    ----------
    first : int
        When the first wave is decided.
    every : int
        Time from wave to wave, > 0.
    margin : int
        From the decision until the vehicles leave: picking and loading, >= 0.
    many : int
        How many waves there are, > 0; with the last one everything must leave.
    """

    first: int
    every: int
    margin: int
    many: int

    def __post_init__(self) -> None:
        if self.every < 1 or self.many < 1 or self.margin < 0:
            message = f"There are {self.many} waves, one every {self.every}, {self.margin} before they leave."
            raise InputError("waves.rhythm", message, "Give at least one wave, time between waves, a margin >= 0.")

    def decided(self, wave: int) -> int:
        """Return when a wave is decided."""
        return self.first + wave * self.every

    def leaves(self, wave: int) -> int:
        """Return when the vehicles of a wave may leave."""
        return self.decided(wave) + self.margin

    def at(self, now: int) -> int:
        """Return the wave that is decided at a moment, or was decided last; 0 before the first."""
        return min(max((now - self.first) // self.every, 0), self.many - 1)


@dataclass(frozen=True)
class Day:
    """What happens on a day, as nobody knows before its end.

    Parameters
    ----------
    orders : tuple of Stop
        Visits to make; `Stop.release` is when an order becomes known.
    depot : Depot
        Where all vehicles start and end; at location 0.
    vehicle : VehicleType
        What is driven, as many as are needed.
    travel : Travel
        Constant in time; its first `public` locations are known to everybody: the depot's and those of the forecast.
    rhythm : Rhythm
        When waves are decided and leave.
    public : int
        How many locations are known before any order is.
    name : str
        For reports.
    scale : int
        What costs were multiplied by when they were read.
    epoch : datetime or None
        What moment time 0 is.

    Raises
    ------
    InputError
        ``waves.invalid``; all faults are named at once.
    """

    orders: tuple[Stop, ...]
    depot: Depot
    vehicle: VehicleType
    travel: Travel
    rhythm: Rhythm
    public: int = 1
    name: str = ""
    scale: int = 1
    epoch: datetime | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
            raise InputError("waves.invalid", f"The day is not sound: {shown}.", "Correct the input.")


def latest_departure(orders: Sequence[Stop], depot: Depot, travel: Travel) -> int:
    """Return until when a vehicle may leave the depot to visit orders in their sequence; -1 where it is always late."""
    following, due = depot.location, depot.window.close
    for order in reversed(orders):
        due -= order.service + travel.time.between(order.location, following)
        due = max((min(window.close, due) for window in order.windows if window.open <= due), default=-1)
        following = order.location
    due -= travel.time.between(depot.location, following)
    return due if due >= depot.window.open else -1


def _faults(day: Day) -> Iterator[str]:
    depot, vehicle = day.depot.window, day.vehicle
    if day.travel.traffic is not None:
        yield "travel times change over the day, which waves do not know"
    if vehicle.rest is not None:
        yield f"drivers of {vehicle.id} take a break, which waves do not know"
    if depot.open > depot.close or vehicle.shift.open > depot.open or vehicle.shift.close < depot.close:
        yield f"vehicle {vehicle.id} does not work as long as depot {day.depot.id} is open"
    if day.depot.location != 0:
        yield f"depot {day.depot.id} is at location {day.depot.location}, not 0"
    ids: set[str] = set()
    for order in day.orders:
        if order.id in ids:
            yield f"two orders are called {order.id}"
        ids.add(order.id)
        if order.prize is not None:
            yield f"order {order.id} has a prize, and all must be delivered"
        if 0 <= order.location < day.travel.size:
            yield from _too_far(day, order)
        else:
            yield f"order {order.id} is at location {order.location}, of which there are {day.travel.size}"
        over = [load for load, most in zip(order.delivery, day.vehicle.capacity, strict=False) if load > most]
        if over:
            yield f"order {order.id} is a load of {over[0]}, more than a vehicle holds"
        if order.vehicles is not None and 0 not in order.vehicles:
            yield f"order {order.id} may be visited by no vehicle"


def _too_far(day: Day, order: Stop) -> Iterator[str]:
    """Tell which limit a vehicle would break that visits nothing else."""
    depot, vehicle = day.depot.location, day.vehicle
    distance, duration = (
        way.between(depot, order.location) + way.between(order.location, depot)
        for way in (day.travel.distance, day.travel.time)
    )
    if distance > vehicle.max_distance:
        yield f"order {order.id} is a round trip of {distance}, and vehicles drive {vehicle.max_distance} at most"
    taken = duration + order.service
    if taken > vehicle.max_duration:
        yield f"order {order.id} takes {taken} there and back, and vehicles are out {vehicle.max_duration} at most"
