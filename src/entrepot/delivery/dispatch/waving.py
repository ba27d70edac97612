"""What of an open day must leave with the next wave and what may wait for company, by a policy of waves. Pure.

Vehicles leave wave by wave; whatever waits at the depot is looked at, on whose route it is does not matter. What may
still come is drawn from earlier days, where there are enough of them. A wave knows one kind of vehicle, the roomiest at
home, and times that do not change over the day: those of the free road, as many times longer as the slowest way out of
the depot takes when the wave leaves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from entrepot.delivery.dispatch.day import DayPlan
from entrepot.delivery.dispatch.model import SCALE, Model, is_home, load_of
from entrepot.delivery.dispatch.outlook import Outlook, Past
from entrepot.delivery.routing.problem import Depot, Stop, Window
from entrepot.delivery.routing.timing import driving, value
from entrepot.delivery.routing.travel import Table, Travel
from entrepot.delivery.waves.advise import Advice, Verdict, advise
from entrepot.delivery.waves.day import Day as WaveDay
from entrepot.delivery.waves.day import Rhythm, latest_departure
from entrepot.delivery.waves.forecast import Mixed
from entrepot.delivery.waves.policies.policy import Policy, Search


class Word(NamedTuple):
    """What to do with one stop.

    Parameters
    ----------
    stop : int
        Its number.
    verdict : str
        ``must_go``, ``goes_along``, ``may_wait`` or ``too_late`` to be in time.
    leave_by : int or None
        When a vehicle with nothing else must have left, seconds of the day; None where it is too late.
    until : int or None
        When the last wave leaves that it can go with.
    cost, alone : int
        What it adds to its wave's routes, or would at least; what it costs alone. Minor units.
    is_overdue : bool
        Whether its time is past already, which is why it must go.
    later, futures : int or None
        In how many of how many drawn futures it goes with a later wave; None where none were drawn for it.
    """

    stop: int
    verdict: Verdict
    leave_by: int | None
    until: int | None
    cost: int
    alone: int
    is_overdue: bool
    later: int | None
    futures: int | None


class Waves(NamedTuple):
    """The wave that is decided now, and a word on every stop that waits.

    Parameters
    ----------
    policy : str
        Whose advice it is.
    vehicle : str
        What is thought to be driven.
    leaves : int
        When the wave leaves, seconds of the day.
    following : int or None
        When the next one does; None after the last.
    routes, cost : int
        Of the wave; minor units.
    words : tuple of Word
        By number of the stop.
    """

    policy: str
    vehicle: str
    leaves: int
    following: int | None
    routes: int
    cost: int
    words: tuple[Word, ...]


def waves(
    model: Model,
    plan: DayPlan,
    policy: Policy,
    search: Search,
    *,
    every: int,
    margin: int,
    seed: int = 1,
    outlook: Outlook | None = None,
) -> Waves | None:
    """Advise on the stops of a day that wait at the depot.

    Parameters
    ----------
    model : Model
        The day as it stands.
    plan : DayPlan
        Its routes: what is on board of a vehicle on the road is not asked about.
    policy, search, seed
        As in `entrepot.delivery.waves.advise`.
    every, margin : int
        Seconds from wave to wave, and from the decision to the departure.
    outlook : Outlook, optional
        What may still come until the wave after.

    Returns
    -------
    Waves or None
        None where no vehicle is at the depot any more.
    """
    roomiest = _roomiest(model)
    if roomiest is None:
        return None
    kind, rhythm = model.problem.vehicles[roomiest], _rhythm(model, roomiest, every, margin)
    earlier = () if outlook is None else outlook.orders
    given = model.problem.travel if outlook is None else outlook.travel
    travel = _still(given, 1 + len(earlier), rhythm.leaves(0), kind.cost_per_distance, kind.cost_per_time)
    overdue = {no for no in model.index if _is_overdue(model, no)}
    orders = tuple(
        _order(model, no, len(earlier), travel, rhythm if no in overdue else None)
        for no in model.index
        if _waits(model, plan, no) and _fits(model.problem.stops[model.index[no]].delivery, kind.capacity)
    )
    depot = Depot("depot", 0, kind.shift)
    vehicle = replace(kind, count=1, start=0, end=0, cost_per_distance=1, cost_per_time=0)
    day = WaveDay(orders, depot, vehicle, travel, rhythm, 1 + len(earlier))
    forecast = None if outlook is None else _forecast(outlook, day, model.day.day.weekday())
    advised = advise(day, rhythm.first, policy, search, seed, forecast)
    by_id = {one.id: one for one in orders}
    words = [_word(one, by_id[one.order], day, int(one.order) in overdue) for one in advised.advice]
    return Waves(
        policy.name,
        model.day.vehicles[roomiest].name,
        rhythm.leaves(0),
        rhythm.leaves(1) if rhythm.many > 1 else None,
        len(advised.wave.routes),
        round(advised.wave.cost / SCALE),
        tuple(sorted(words, key=lambda one: one.stop)),
    )


def _forecast(outlook: Outlook, day: WaveDay, weekday: int) -> Mixed:
    """Return what draws from the earlier orders that fit the vehicle."""
    orders = [_drawn(past, place) for place, past in enumerate(outlook.orders, start=1)]
    fitting = tuple(one for one in orders if _fits(one.delivery, day.vehicle.capacity))
    return Mixed(outlook.came, fitting, weekday, day.depot, day.travel, day.rhythm)


def _word(advice: Advice, order: Stop, day: WaveDay, is_overdue: bool) -> Word:
    until, vote = advice.until, advice.vote
    alone = _there_and_back(day.travel, order) + day.vehicle.fixed_cost
    return Word(
        stop=int(advice.order),
        verdict=advice.verdict,
        leave_by=None if until is None else latest_departure([order], day.depot, day.travel),
        until=None if until is None else until + day.rhythm.margin,
        cost=round(advice.cost / SCALE),
        alone=round(alone / SCALE),
        is_overdue=is_overdue,
        later=None if vote is None else vote.later,
        futures=None if vote is None else vote.futures,
    )


def decided_next(model: Model, every: int, margin: int) -> tuple[int, int] | None:
    """Return when this wave of a day is decided and when the next one is; None where no vehicle is at the depot."""
    roomiest = _roomiest(model)
    if roomiest is None:
        return None
    rhythm = _rhythm(model, roomiest, every, margin)
    return rhythm.decided(0), rhythm.decided(1)


def _roomiest(model: Model) -> int | None:
    home = [k for k, one in enumerate(model.day.vehicles) if is_home(one, model.progress)]
    return max(home, key=lambda k: (model.problem.vehicles[k].capacity, -k), default=None)


def _rhythm(model: Model, vehicle: int, every: int, margin: int) -> Rhythm:
    first, closes = model.problem.vehicles[vehicle].shift.open, model.problem.vehicles[vehicle].shift.close
    return Rhythm(first, every, margin, 1 + max(0, closes - first - margin - 1) // every)


def _still(given: Travel, own: int, leaves: int, per_distance: int, per_time: int) -> Travel:
    """Return travel of one speed, as slow as to the slowest place from `own` on; distances are what driving costs."""
    slow = max((_slower(given, place, leaves) for place in range(own, given.size)), default=1.0)
    time = np.ceil(np.array([given.time.row(k) for k in range(given.size)]) * slow).astype(np.int64)
    distance = np.array([given.distance.row(k) for k in range(given.size)])
    return Travel(Table(distance * per_distance + time * per_time), Table(time))


def _slower(travel: Travel, place: int, leaves: int) -> float:
    free = travel.time.between(0, place)
    return max(1.0, (value(driving(travel, 0, place), leaves) - leaves) / free) if free else 1.0


def _waits(model: Model, plan: DayPlan, no: int) -> bool:
    vehicle = plan.vehicle_of(no)
    return vehicle is None or vehicle not in model.progress.on_road


def _fits(load: tuple[int, ...], capacity: tuple[int, ...]) -> bool:
    return all(one <= most for one, most in zip(load, capacity, strict=True))


def _is_overdue(model: Model, no: int) -> bool:
    stop, now = model.stops[no], model.progress.now
    return stop.is_overdue or (now is not None and stop.closes <= now)


def _order(model: Model, no: int, earlier: int, travel: Travel, rhythm: Rhythm | None) -> Stop:
    """Return a stop as a wave's order; one that is overdue (it has the rhythm) can go with the first wave only."""
    given = model.problem.stops[model.index[no]]
    order = replace(given, location=given.location + earlier, prize=None, vehicles=None)
    if rhythm is None:
        return order
    return replace(order, windows=(Window(0, rhythm.leaves(0) + travel.time.between(0, order.location)),))


def _drawn(past: Past, location: int) -> Stop:
    """Return an order of an earlier day as one that may come."""
    stop = past.stop
    windows = tuple(Window(*one) for one in stop.windows or ((stop.opens, stop.closes),))
    return Stop(str(location), location, load_of(stop), windows=windows, service=stop.service, release=past.moment)


def _there_and_back(travel: Travel, order: Stop) -> int:
    return travel.distance.between(0, order.location) + travel.distance.between(order.location, 0)
