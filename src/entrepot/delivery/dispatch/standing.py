"""How far a kept day is, and numbers that stay with their stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from entrepot.delivery.dispatch.day import Day, DayStop, OnRoad, Progress
from entrepot.delivery.dispatch.model import seconds_of
from entrepot.delivery.dispatch.store import Dispatch, Run, StopState
from entrepot.kernel.errors import NotFound


def progress_of(kept: Dispatch, now: datetime) -> Progress:
    """Tell how far a day is.

    A stop where the driver stands counts as done: nothing is driven for it any more.
    """
    day, on_road = kept.day, dict[str, OnRoad]()
    for run in kept.runs.values():
        if run.departed_at is not None and run.returned_at is None:
            on_road[run.vehicle] = _where(kept, run.vehicle, seconds_of(day, run.departed_at))
    here = {one.no for one in kept.stops if one.status == "arrived"}
    back = frozenset(run.vehicle for run in kept.runs.values() if run.returned_at is not None)
    at = seconds_of(day, now)
    return Progress(kept.ended | here, on_road, back, max(0, at) if at >= 0 else None)


def run_of(kept: Dispatch, vehicle: str) -> Run:
    """Return a vehicle's day.

    Raises
    ------
    NotFound
        ``dispatch.vehicle``.
    """
    if kept.day.vehicle(vehicle) is None:
        known = ", ".join(one.id for one in kept.day.vehicles)
        raise NotFound("dispatch.vehicle", f"There is no vehicle {vehicle[:40]!r} that day.", f"There are {known}.")
    return kept.runs.get(vehicle, Run(vehicle, "", None, None))


def renumbered(day: Day, known: Sequence[StopState]) -> Day:
    """Return a day whose stops have the numbers they are known by, new ones the next."""
    numbers = {one.work: one.no for one in known}
    following = max(numbers.values(), default=0) + 1
    stops: list[DayStop] = []
    for stop in day.stops:
        if stop.work not in numbers:
            numbers[stop.work], following = following, following + 1
        stops.append(msgspec.structs.replace(stop, no=numbers[stop.work]))
    return msgspec.structs.replace(day, stops=tuple(sorted(stops, key=lambda one: one.no)))


def _where(kept: Dispatch, vehicle: str, left: int) -> OnRoad:
    services = {one.no: one.service for one in kept.day.stops}
    last = OnRoad(left, None)
    for stop in kept.stops:
        moment = stop.ended_at or stop.arrived_at
        if stop.vehicle == vehicle and moment is not None and stop.status in ("arrived", "delivered", "failed"):
            free = seconds_of(kept.day, moment) + (services.get(stop.no, 0) if stop.status == "arrived" else 0)
            last = max(last, OnRoad(free, stop.no), key=lambda one: one.since)
    return last
