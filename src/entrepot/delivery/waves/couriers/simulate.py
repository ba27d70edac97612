"""A day of instant delivery played, and what it measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.delivery.waves.couriers.facts import Place, Ride, ServiceDay
from entrepot.delivery.waves.couriers.policies import Dispatch, Moment
from entrepot.kernel.errors import InvariantBroken


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a day: minutes are means over delivered orders.

    Parameters
    ----------
    delivered, undelivered : int
        Orders.
    click_to_door, click_to_door_90 : float
        Minutes from placing to the hand-over: mean, and what nine of ten keep.
    over_target, over_most : float
        Part of delivered orders later than the target and than the most allowed.
    ready_to_pickup : float
        Minutes an order waits ready at its counter.
    orders_per_hour : float
        Delivered by hour on duty.
    orders_per_ride : float
        How well they were bundled.
    pay_per_order : float
        Couriers' pay, the guaranteed included, by delivered order.
    """

    delivered: int
    undelivered: int
    click_to_door: float
    click_to_door_90: float
    over_target: float
    over_most: float
    ready_to_pickup: float
    orders_per_hour: float
    orders_per_ride: float
    pay_per_order: float


def play(day: ServiceDay, dispatch: Dispatch, every: int = 2) -> list[Ride]:
    """Let a policy send couriers every few minutes; it is shown placed orders and idle couriers only.

    Raises
    ------
    InvariantBroken
        ``waves.couriers`` if it sends what it may not.
    """
    rides, taken = list[Ride](), set[str]()
    at: dict[str, tuple[Place, float]] = {one.id: (one.place, one.on) for one in day.couriers}
    orders = sorted(day.orders, key=lambda order: (order.placed, order.id))
    last = max((one.off for one in day.couriers), default=0)
    for now in range(min((order.placed for order in orders), default=last), last + 1, every):
        known = tuple(order for order in orders if order.placed <= now and order.id not in taken)
        idle = tuple((c, at[c.id][0]) for c in day.couriers if c.on <= now < c.off and at[c.id][1] <= now)
        if not known or not idle:
            continue
        for one in dispatch.send(Moment(now, every, known, idle, day.terms)):
            _judge(one, {order.id for order in known} - taken, {c.id for c, _ in idle if at[c.id][1] <= now})
            taken.update(order.id for order in one.orders)
            at[one.courier.id] = (one.orders[-1].place, one.free)
            rides.append(one)
    return rides


def measured(day: ServiceDay, rides: list[Ride]) -> Measures:
    """Return what a day was like."""
    pairs = [(order, drop, one.pickup) for one in rides for order, drop in zip(one.orders, one.drops, strict=True)]
    door = np.array([drop - order.placed for order, drop, _ in pairs] or [0.0])
    brought = {one.id: 0 for one in day.couriers}
    for one in rides:
        brought[one.courier.id] += len(one.orders)
    hours = {one.id: (one.off - one.on) / 60 for one in day.couriers}
    pay = sum(max(day.terms.pay_per_order * brought[c], day.terms.pay_per_hour * hours[c]) for c in hours)
    return Measures(
        delivered=len(pairs),
        undelivered=len(day.orders) - len(pairs),
        click_to_door=float(door.mean()),
        click_to_door_90=float(np.quantile(door, 0.9)),
        over_target=float((door > day.terms.target).mean()),
        over_most=float((door > day.terms.most).mean()),
        ready_to_pickup=float(np.mean([pickup - order.ready for order, _, pickup in pairs] or [0.0])),
        orders_per_hour=len(pairs) / max(sum(hours.values()), 1e-9),
        orders_per_ride=len(pairs) / max(len(rides), 1),
        pay_per_order=pay / max(len(pairs), 1),
    )


def _judge(one: Ride, open_orders: set[str], idle: set[str]) -> None:
    ids = [order.id for order in one.orders]
    is_one_counter = len({order.counter for order in one.orders}) == 1
    if one.courier.id not in idle or not open_orders.issuperset(ids) or len(set(ids)) < len(ids) or not is_one_counter:
        raise InvariantBroken("waves.couriers", f"Courier {one.courier.id} cannot be sent with {', '.join(ids)}.")
    if one.pickup > one.courier.off:
        raise InvariantBroken("waves.couriers", f"Courier {one.courier.id} would pick up after going off duty.")
