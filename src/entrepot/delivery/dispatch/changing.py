"""Changes of a day's plan by hand, what each costs and breaks, and why a stop is where it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from entrepot.delivery.dispatch.day import DayPlan, DayRoute, DayStop
from entrepot.delivery.dispatch.judging import Broken, Driven, drive, judge
from entrepot.delivery.dispatch.model import Model, is_home, tied
from entrepot.delivery.routing.plan import single
from entrepot.kernel.outcome import Outcome, Refusal

Reason: TypeAlias = Literal["no_place", "no_vehicle", "too_heavy", "too_large", "shift", "window", "full"]


class Difference(NamedTuple):
    """What a change comes to.

    Parameters
    ----------
    cost : int
        More (or, below zero, less) than before, minor units.
    new, mended : tuple of Broken
        Limits that are broken, or broken by more, only after it; limits that were broken before it.
    """

    cost: int
    new: tuple[Broken, ...]
    mended: tuple[Broken, ...]


class Chance(NamedTuple):
    """The best place of a stop on a route: from 1; what it adds to the cost, and what it breaks."""

    vehicle: str
    place: int
    cost: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a stop is where it is.

    Parameters
    ----------
    saving : int
        What the plan would cost less without it; 0 where it is on no route.
    chances : tuple of Chance
        Its best place on every other route: the least broken first, then the cheapest.
    reason : str or None
        Why it is on no route; None where it is on one.
    """

    saving: int
    chances: tuple[Chance, ...]
    reason: Reason | None = None


def moved(model: Model, plan: DayPlan, no: int, vehicle: str | None, place: int) -> Outcome[DayPlan]:
    """Put a stop on a vehicle's route, or on none.

    Parameters
    ----------
    model : Model
        The day.
    plan : DayPlan
        As it is.
    no : int
        The stop.
    vehicle : str or None
        Whose route; None takes it out.
    place : int
        Before which stop of the route without it, from 1; beyond its end is the end.

    Returns
    -------
    Outcome of DayPlan
        Refusals, in this order: ``ended`` (no visit is left), ``no_place``, ``unknown_vehicle``, ``locked``,
        ``on_board`` (its vehicle left with it), ``gone`` (the vehicle left without it, or its day is over).
    """
    if (refusal := _unmovable(model, plan, no, vehicle)) is not None:
        return Outcome(refusal=refusal)
    at = plan.vehicle_of(no)
    if at is not None:
        plan = plan.with_route(at, tuple(one for one in plan.stops_of(at) if one != no))
    if vehicle is None:
        return Outcome(plan)
    stops = plan.stops_of(vehicle)
    place = min(max(place, 1), len(stops) + 1)
    return Outcome(plan.with_route(vehicle, (*stops[: place - 1], no, *stops[place - 1 :])))


def locked(model: Model, plan: DayPlan, numbers: tuple[int, ...], on: bool) -> DayPlan:
    """Tie stops to the vehicles whose routes they are on, or let them go; stops on no route are passed over."""
    routed = {no for no in numbers if plan.vehicle_of(no) is not None and no in model.index}
    locks = set(plan.locks) | routed if on else set(plan.locks) - set(numbers)
    return DayPlan(plan.routes, tuple(sorted(locks)))


def difference(model: Model, before: DayPlan, after: DayPlan) -> Difference:
    """Tell what a change costs, and which limits it breaks or mends."""
    first, second = judge(model, before), judge(model, after)
    was = {(one.rule, one.vehicle, one.stop): one.excess for one in first.broken}
    now = {(one.rule, one.vehicle, one.stop): one.excess for one in second.broken}
    new = tuple(one for one in second.broken if one.excess > was.get((one.rule, one.vehicle, one.stop), 0))
    mended = tuple(one for one in first.broken if (one.rule, one.vehicle, one.stop) not in now)
    return Difference(second.cost - first.cost, new, mended)


def put_back(model: Model, plan: DayPlan, before: DayPlan) -> DayPlan:
    """Put tied stops that a search left out back on their vehicle, each where it breaks least."""
    for no in model.numbers:
        vehicle = tied(before, model.progress, no)
        if vehicle is not None and plan.vehicle_of(no) is None:
            chance = _best_on(model, plan, no, vehicle)
            stops = plan.stops_of(vehicle)
            plan = plan.with_route(vehicle, (*stops[: chance.place - 1], no, *stops[chance.place - 1 :]))
    return plan


def why(model: Model, plan: DayPlan, no: int) -> Why:
    """Tell what a stop costs where it is, where else it could be, and, where it is nowhere, the reason."""
    stop, at = model.stops[no], plan.vehicle_of(no)
    if no not in model.index:
        return Why(0, (), "no_place" if stop.spot is None else None)
    without = plan if at is None else plan.with_route(at, tuple(one for one in plan.stops_of(at) if one != no))
    saving = judge(model, plan).cost - judge(model, without).cost
    chances = tuple(sorted(_chances(model, without, no, at), key=_rank))
    return Why(saving, chances, None if at is not None else _reason(model, stop))


def _unmovable(model: Model, plan: DayPlan, no: int, vehicle: str | None) -> Refusal | None:
    if no in model.progress.ended:
        return Refusal("ended", f"Stop {no} needs no visit any more. Leave it as it is.", {"stop": no})
    if no not in model.index:
        return Refusal("no_place", f"Nobody knows where stop {no} is. Correct the order's address.", {"stop": no})
    target = None if vehicle is None else model.day.vehicle(vehicle)
    if vehicle is not None and target is None:
        known = ", ".join(one.id for one in model.day.vehicles)
        return Refusal("unknown_vehicle", f"There is no vehicle {vehicle[:40]!r}. Use one of {known}.", {})
    at = plan.vehicle_of(no)
    if at in model.progress.on_road:
        if vehicle == at:
            return None
        return Refusal("on_board", f"Stop {no} is on board of {at}, which has left. It stays there.", {"vehicle": at})
    if no in plan.locks and vehicle != at:
        return Refusal("locked", f"Stop {no} is locked on {at}. Unlock it first.", {"vehicle": at})
    if target is not None and not is_home(target, model.progress):
        return Refusal("gone", f"{vehicle} has left, or its day is over. Choose another vehicle.", {})
    return None


def _chances(model: Model, without: DayPlan, no: int, at: str | None) -> Iterator[Chance]:
    if at is not None and at in model.progress.on_road:
        return
    for vehicle in model.day.vehicles:
        if vehicle.id != at and is_home(vehicle, model.progress):
            yield _best_on(model, without, no, vehicle.id)


def _best_on(model: Model, plan: DayPlan, no: int, vehicle: str) -> Chance:
    """Return the place on a route where a stop breaks least, and of these costs least; of equals the first."""
    stops = plan.stops_of(vehicle)
    base = judge(model, DayPlan((DayRoute(vehicle, stops),))) if stops else None
    known = {(one.rule, one.stop): one.excess for one in base.broken} if base else {}
    found = []
    for place in range(1, len(stops) + 2):
        one = judge(model, DayPlan((DayRoute(vehicle, (*stops[: place - 1], no, *stops[place - 1 :])),)))
        broken = tuple(fault for fault in one.broken if fault.excess > known.get((fault.rule, fault.stop), 0))
        found.append(Chance(vehicle, place, one.cost - (base.cost if base else 0), broken))
    return min(found, key=_rank)


def _rank(chance: Chance) -> tuple[int, int, int, str]:
    """Order chances: nothing broken first, then the least lateness, then the cheapest."""
    return (
        sum(one.rule not in ("late", "shift") for one in chance.broken),
        sum(one.excess for one in chance.broken if one.rule in ("late", "shift")),
        chance.cost,
        chance.vehicle,
    )


def _reason(model: Model, stop: DayStop) -> Reason:
    homes = [one for one in model.day.vehicles if is_home(one, model.progress)]
    if not homes:
        return "no_vehicle"
    if all(stop.weight_g > one.weight_g for one in homes):
        return "too_heavy"
    if all(stop.volume_mm3 > one.volume_mm3 for one in homes):
        return "too_large"
    alone = [_alone(model, stop, model.day.vehicles.index(one)) for one in homes]
    if all(one.visits[0].late for one in alone):
        return "window"
    if all(one.arrival > vehicle.closes for one, vehicle in zip(alone, homes, strict=True)):
        return "shift"
    return "full"


def _alone(model: Model, stop: DayStop, kind: int) -> Driven:
    return drive(model, single(model.problem, kind, (model.index[stop.no],)))
