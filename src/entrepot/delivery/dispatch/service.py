"""The dispatcher's door: days of own vehicles planned, changed by hand, released, driven, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.delivery.dispatch import store
from entrepot.delivery.dispatch.changing import Difference, Why, difference, locked, moved, why
from entrepot.delivery.dispatch.day import Day, DayPlan, Spot, Status
from entrepot.delivery.dispatch.judging import Judged, judge
from entrepot.delivery.dispatch.model import Model, model_of, moment_of, planned, routed, seconds_of, spots_of
from entrepot.delivery.dispatch.outlook import History, Outlook
from entrepot.delivery.dispatch.planning import Found
from entrepot.delivery.dispatch.standing import progress_of, run_of
from entrepot.delivery.dispatch.store import Dispatch, Run, StopState, Version
from entrepot.delivery.roads import Place, Roads
from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.kernel.outcome import Outcome, Refusal

REASONS: Final = ("nobody_home", "refused", "wrong_address", "damaged", "no_time", "other")
"""Why a stop failed or was skipped."""

_NEXT: Final[dict[Status, frozenset[Status]]] = {
    "waiting": frozenset({"arrived", "delivered", "failed", "skipped"}),
    "arrived": frozenset({"delivered", "failed", "skipped"}),
    "skipped": frozenset({"arrived", "delivered", "failed"}),
    "delivered": frozenset(),
    "failed": frozenset(),
    "gone": frozenset(),
}


class Look(NamedTuple):
    """A day as it stands: what is kept, its model now, and what its plan comes to."""

    kept: Dispatch
    model: Model
    plan: DayPlan
    judged: Judged


class Changed(NamedTuple):
    """A change: what it costs and breaks, the version it made (the old one where it was only tried)."""

    version: int
    difference: Difference


class DispatchDesk:
    """The door.

    Parameters
    ----------
    roads : Roads
        Travel between places.
    """

    def __init__(self, roads: Roads) -> None:
        self._roads = roads

    # Looking --------------------------------------------------------------------------------------------------------

    def look(self, conn: Connection, id: int, now: datetime, *, lock: bool = False) -> Look:
        """Read a day and judge its plan as of now.

        Raises
        ------
        NotFound
            ``dispatch.unknown``.
        """
        kept = store.read(conn, id, lock=lock)
        if kept is None:
            raise NotFound("dispatch.unknown", f"There is no delivery day {id}.", "List them: entrepot dispatch list.")
        model = model_of(kept.day, kept.plan, progress_of(kept, now), self._travel(spots_of(kept.day)))
        plan = planned(model, routed(model, kept.plan), kept.plan.locks)
        return Look(kept, model, plan, judge(model, plan))

    def outlook(self, day: Day, history: History, since: int, until: int) -> Outlook | None:
        """Return what may come between two moments of a day; None where no road leads to where orders once went."""
        orders = history.between(since, until)
        spots = spots_of(day)
        try:
            travel = self._travel([spots[0], *(one.stop.spot for one in orders if one.stop.spot), *spots[1:]])
        except InputError:
            return None
        return Outlook(history.came, orders, travel)

    def _travel(self, spots: Sequence[Spot]) -> Travel:
        return self._roads.travel([Place(spot.latitude, spot.longitude) for spot in spots])

    def why(self, conn: Connection, id: int, no: int, now: datetime) -> Why:
        """Tell why a stop is where it is; see `entrepot.delivery.dispatch.changing.why`.

        Raises
        ------
        NotFound
            ``dispatch.unknown`` or ``dispatch.stop``.
        """
        found = self.look(conn, id, now)
        _stop_of(found.kept, no)
        return why(found.model, found.plan, no)

    # Planning -------------------------------------------------------------------------------------------------------

    def begin(self, conn: Connection, day: Day, parcels: Mapping[str, str], now: datetime, actor: str) -> int:
        """Begin a day with an empty plan.

        Raises
        ------
        Conflict
            ``dispatch.there`` when the node has a day for this date.
        """
        id = store.insert(conn, day, now)
        if id is None:
            raise Conflict(
                "dispatch.there",
                f"{day.node} has a plan for {day.day.isoformat()} already.",
                "Open it and plan again.",
                node=day.node,
                day=day.day.isoformat(),
            )
        store.put_stops(conn, id, day.stops, parcels, ())
        self._save(conn, self.look(conn, id, now), DayPlan(), "begin", actor, "", now)
        return id

    def refresh(self, conn: Connection, id: int, day: Day, parcels: Mapping[str, str]) -> None:
        """Take a day as it was read anew: new stops join, those whose goods are no longer here go.

        Stops keep their numbers; `day` numbers new ones after them.
        """
        known = store.read(conn, id, lock=True)
        assert known is not None, "the caller has read it"
        there = {one.no for one in day.stops}
        store.put_day(conn, id, day)
        store.put_stops(conn, id, day.stops, parcels, [one.no for one in known.stops if one.no not in there])

    def take(
        self, conn: Connection, id: int, found: Found, expected: int, action: str, actor: str, now: datetime
    ) -> int:
        """Keep what a search found, as a new version.

        Raises
        ------
        Conflict
            ``dispatch.stale`` when somebody changed the plan meanwhile.
        """
        look = self.look(conn, id, now, lock=True)
        _expect(look.kept, expected)
        return self._save(conn, look, found.plan, action, actor, "", now, found)

    # Changes by hand ------------------------------------------------------------------------------------------------

    def move(
        self,
        conn: Connection,
        id: int,
        no: int,
        vehicle: str | None,
        place: int,
        *,
        expected: int,
        actor: str,
        reason: str,
        now: datetime,
        dry_run: bool = False,
    ) -> Outcome[Changed]:
        """Put a stop on a route, or on none; with `dry_run` only tell what it comes to.

        Returns
        -------
        Outcome of Changed
            Refusals: see `entrepot.delivery.dispatch.changing.moved`, before them ``closed``.
        """
        look = self.look(conn, id, now, lock=not dry_run)
        _expect(look.kept, expected)
        _stop_of(look.kept, no)
        if look.kept.state == "closed":
            return Outcome(refusal=_closed(look.kept))
        made = moved(look.model, look.plan, no, vehicle, place)
        if made.value is None:
            return Outcome(refusal=made.refusal)
        told = difference(look.model, look.plan, made.value)
        version = look.kept.version
        if not dry_run and made.value != look.plan:
            version = self._save(conn, look, made.value, "move", actor, reason, now)
        return Outcome(Changed(version, told))

    def lock(
        self, conn: Connection, id: int, numbers: Sequence[int], on: bool, *, expected: int, actor: str, now: datetime
    ) -> int:
        """Tie stops to their vehicles, or let them go; returns the version."""
        look = self.look(conn, id, now, lock=True)
        _expect(look.kept, expected)
        plan = locked(look.model, look.plan, tuple(numbers), on)
        if plan == look.plan:
            return look.kept.version
        return self._save(conn, look, plan, "lock" if on else "unlock", actor, "", now)

    def set_state(
        self, conn: Connection, id: int, state: str, *, expected: int, reason: str, now: datetime
    ) -> Outcome[str]:
        """Release a day to its drivers, take it back, or close it.

        Returns
        -------
        Outcome of str
            The state. Refusals, in this order: ``closed``, ``broken`` (a plan that breaks limits needs a reason),
            ``on_road`` (vehicles are out).
        """
        look = self.look(conn, id, now, lock=True)
        _expect(look.kept, expected)
        if look.kept.state == "closed":
            return Outcome(refusal=_closed(look.kept))
        if state == "released" and look.judged.broken and not reason:
            n = len(look.judged.broken)
            message = f"The plan breaks {n} limits. Mend it, or say why it is released all the same."
            return Outcome(refusal=Refusal("broken", message, {"broken": n}))
        if state != "released" and look.model.progress.on_road:
            out = ", ".join(sorted(look.model.progress.on_road))
            return Outcome(refusal=Refusal("on_road", f"{out} is on the road. Wait until it is back.", {}))
        store.set_state(conn, id, state)
        return Outcome(state)

    # Driving --------------------------------------------------------------------------------------------------------

    def assign(self, conn: Connection, id: int, vehicle: str, driver: str, now: datetime) -> Run:
        """Say who drives a vehicle; empty for nobody.

        Raises
        ------
        NotFound
            ``dispatch.unknown`` or ``dispatch.vehicle``.
        """
        kept = self.look(conn, id, now, lock=True).kept
        run = run_of(kept, vehicle)._replace(driver=driver)
        store.put_run(conn, id, run)
        return run

    def depart(self, conn: Connection, id: int, vehicle: str, now: datetime) -> Outcome[list[StopState]]:
        """Let a vehicle leave with the goods of its route; again, it has left.

        Returns
        -------
        Outcome of list of StopState
            What is on board, each with its tracking number. Refusals, in this order: ``not_released``, ``returned``,
            ``nothing`` (its route is empty).
        """
        look = self.look(conn, id, now, lock=True)
        kept, run = look.kept, run_of(look.kept, vehicle)
        if kept.state != "released":
            return Outcome(refusal=Refusal("not_released", "The plan is not released to drivers yet.", {}))
        if run.returned_at is not None:
            return Outcome(refusal=Refusal("returned", f"{vehicle} was out and is back. Its day is over.", {}))
        aboard = [one for one in kept.stops if one.no in look.plan.stops_of(vehicle)]
        if not aboard and run.departed_at is None:
            return Outcome(refusal=Refusal("nothing", f"{vehicle} has no stop. Put one on its route first.", {}))
        if run.departed_at is not None:
            return Outcome(aboard)
        driven = next(one for one in look.judged.routes if one.vehicle == vehicle)
        # What leaves late is late all along: the plan moves with the moment it left.
        delay = max(0, seconds_of(kept.day, now) - driven.departure)
        starts = {one.stop: moment_of(kept.day, one.start + delay) for one in driven.visits}
        loaded = [
            one._replace(parcel=one.parcel or f"OF{id}-{one.no}", planned_at=starts[one.no], status="waiting")
            for one in aboard
        ]
        for one in loaded:
            store.put_stop(conn, id, one)
        back = moment_of(kept.day, driven.arrival + delay)
        store.put_run(conn, id, run._replace(departed_at=now, planned_back_at=back))
        return Outcome(loaded)

    def come_back(self, conn: Connection, id: int, vehicle: str, now: datetime) -> Outcome[Run]:
        """Note that a vehicle is back; what it still has on board may go out another day.

        Returns
        -------
        Outcome of Run
            Refusals: ``not_left``.
        """
        run = run_of(self.look(conn, id, now, lock=True).kept, vehicle)
        if run.departed_at is None:
            return Outcome(refusal=Refusal("not_left", f"{vehicle} has not left yet.", {}))
        if run.returned_at is None:
            run = run._replace(returned_at=now)
            store.put_run(conn, id, run)
        return Outcome(run)

    def report(
        self, conn: Connection, id: int, no: int, status: Status, reason: str, actor: str, now: datetime
    ) -> Outcome[StopState]:
        """Note what became of a stop; the same again changes nothing.

        Returns
        -------
        Outcome of StopState
            Refusals, in this order: ``not_on_road`` (its vehicle has not left), ``ended`` (it is over), ``no_reason``
            (it failed or was skipped, and nobody says why).
        """
        kept = self.look(conn, id, now, lock=True).kept
        stop = _stop_of(kept, no)
        run = None if stop.vehicle is None else kept.runs.get(stop.vehicle)
        if stop.status == status:
            return Outcome(stop)
        if run is None or run.departed_at is None or run.returned_at is not None:
            return Outcome(refusal=Refusal("not_on_road", f"Stop {no} is on no vehicle that is out.", {"stop": no}))
        if status not in _NEXT[stop.status]:
            return Outcome(refusal=Refusal("ended", f"Stop {no} is {stop.status}; that stays.", {"stop": no}))
        if status in ("failed", "skipped") and reason not in REASONS:
            message = f"Say why stop {no} was not delivered: {', '.join(REASONS)}."
            return Outcome(refusal=Refusal("no_reason", message, {"stop": no}))
        arrived = stop.arrived_at or (now if status in ("arrived", "delivered", "failed") else None)
        ended = now if status in ("delivered", "failed", "skipped") else None
        told = reason if status in ("failed", "skipped") else ""
        stop = stop._replace(status=status, reason=told, arrived_at=arrived, ended_at=ended, actor=actor)
        store.put_stop(conn, id, stop)
        return Outcome(stop)

    def _save(
        self,
        conn: Connection,
        look: Look,
        plan: DayPlan,
        action: str,
        actor: str,
        reason: str,
        now: datetime,
        found: Found | None = None,
    ) -> int:
        judged = judge(look.model, plan)
        version = Version(
            look.kept.version + 1,
            judged.cost,
            found.bound if found else None,
            len(judged.unserved),
            len(judged.broken),
            found.engine if found else "",
            found.seconds if found else 0.0,
            action,
            actor,
            reason,
            now,
        )
        store.add_version(conn, look.kept.id, plan, version)
        return version.version


def _expect(kept: Dispatch, version: int) -> None:
    if kept.version != version:
        raise Conflict(
            "dispatch.stale",
            f"The plan is at version {kept.version}; you saw {version}.",
            "Look at it again, then change it.",
            version=kept.version,
        )


def _stop_of(kept: Dispatch, no: int) -> StopState:
    stop = next((one for one in kept.stops if one.no == no), None)
    if stop is None:
        raise NotFound("dispatch.stop", f"There is no stop {no} that day.", "Stops have the numbers the plan shows.")
    return stop


def _closed(kept: Dispatch) -> Refusal:
    message = f"The day {kept.date.isoformat()} at {kept.node} is closed. Its goods go on another day."
    return Refusal("closed", message, {"dispatch": kept.id})
