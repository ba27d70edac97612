"""Delivery days from the platform's orders: what a node's own vehicles have to bring, read, planned and searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from psycopg import Connection

from entrepot.delivery.dispatch import (
    Day,
    DayStop,
    DispatchDesk,
    Fleet,
    Spot,
    agreed,
    kilometres,
    ordered,
    renumbered,
    search,
    seconds_of,
    store,
)
from entrepot.delivery.places import city_area
from entrepot.flows.fleets import depot_of, fleet_of, vehicles_of
from entrepot.infra.database import Database
from entrepot.infra.jobs.context import JobCancelled, JobContext, JobStopped
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.orders.fold import Fields, from_json
from entrepot.orders.projection import told

if TYPE_CHECKING:
    from entrepot.infra.jobs import Jobs

JOB: Final = "delivery day"
DEFAULT_WEIGHT_G: Final = 500
"""Of a unit whose master data gives none."""

OPEN: Final = ("released", "accepted", "picking", "packed")
"""States of goods that wait at the node."""

# Of a work order, what is cancelled is not brought. What left with an own vehicle and came back is brought again.
_WORK: Final = """
SELECT f.id, f.order_id, f.ship_by, f.parcels::text, o.promised_at, o.placed_at, coalesce(o.country, ''),
       coalesce(o.province, ''), coalesce(o.city, ''), o.doc::text, w.states, w.pieces, w.weight_g, w.volume_mm3
FROM (
    SELECT p.work, array_agg(DISTINCT p.state) AS states, sum(p.qty)::bigint AS pieces,
           sum(p.qty * coalesce(k.weight_g, %(weight)s))::bigint AS weight_g,
           sum(p.qty * coalesce(k.length_mm::bigint * k.width_mm * k.height_mm, 0))::bigint AS volume_mm3
    FROM orders.piece p LEFT JOIN stock.sku k ON k.id = p.sku
    WHERE p.node = %(node)s AND p.work IS NOT NULL
      AND (p.state = ANY (%(open)s) OR p.state = 'cancel_asked' OR (p.state = 'shipped' AND p.work = ANY (%(back)s)))
    GROUP BY p.work
) w
JOIN orders.fulfilment f ON f.id = w.work AND f.mode <> 'pickup'
JOIN orders.orders o ON o.id = f.order_id
ORDER BY f.ship_by, f.id"""

_CITIES: Final = """
SELECT coalesce(country, 'CN'), province, city, avg(latitude), avg(longitude) FROM stock.node
WHERE latitude IS NOT NULL AND longitude IS NOT NULL AND city <> '' GROUP BY 1, 2, 3"""


class LeftOut(NamedTuple):
    """A work order that is not on the day, and why.

    Parameters
    ----------
    work, order : str
        Which.
    reason : str
        ``planned`` (on a route of another day, `about` says which), ``out_of_reach`` (`about`: kilometres),
        ``with_carrier`` (`about`: its tracking number), ``cancelling`` (the customer wants it cancelled).
    about : str
        See `reason`.
    """

    work: str
    order: str
    reason: Literal["planned", "out_of_reach", "with_carrier", "cancelling"]
    about: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a day has to do, and what of the node's open work it leaves out."""

    day: Day
    left_out: tuple[LeftOut, ...]
    parcels: Mapping[str, str]


class DeliveryDays:
    """The flow.

    Parameters
    ----------
    db : Database
        Where everything is.
    desk : DispatchDesk
        Keeps days.
    clock : Clock
        The time.
    zone : str
        The retailer's time zone.
    """

    def __init__(self, db: Database, desk: DispatchDesk, clock: Clock, zone: str = "Asia/Shanghai") -> None:
        self._db = db
        self.desk = desk
        self._clock = clock
        self.zone = zone

    def register(self, jobs: Jobs) -> None:
        """Register the job that searches a day's routes."""
        jobs.register(JOB, self.run)

    def begin(self, conn: Connection, node: str, day: date, actor: str) -> int:
        """Begin a node's day from its open work.

        Raises
        ------
        NotFound
            ``dispatch.no_fleet``.
        InputError
            ``dispatch.no_depot``, ``dispatch.past``.
        Conflict
            ``dispatch.there``.
        """
        now = self._clock.now()
        if day < self.today():
            raise InputError("dispatch.past", f"{day.isoformat()} is over.", "Plan today or a later day.")
        reading = self.read(conn, node, day)
        return self.desk.begin(conn, reading.day, reading.parcels, now, actor)

    def today(self) -> date:
        """Return the date at the retailer's."""
        return self._clock.now().astimezone(ZoneInfo(self.zone)).date()

    def read(self, conn: Connection, node: str, day: date, id: int | None = None) -> Reading:
        """Read what a node's own vehicles have to bring on a day.

        Parameters
        ----------
        id : int, optional
            The day's number, where it has begun: its stops keep their numbers.
        """
        fleet = fleet_of(conn, node)
        empty = Day(node, day, self.zone, fleet.currency, depot_of(conn, node), vehicles_of(fleet))
        back = store.brought_back(conn, node, id)
        known = () if id is None or (kept := store.read(conn, id)) is None else kept.stops
        times = {} if not known or kept is None else {one.work: one.windows for one in kept.day.stops}
        done = {one.work for one in known if one.status not in ("waiting", "skipped", "gone") or one.parcel}
        elsewhere = store.planned_elsewhere(conn, node, id, self.today())
        values = {"node": node, "open": list(OPEN), "back": [*back, *done], "weight": DEFAULT_WEIGHT_G}
        cities = _cities(conn)
        stops, left_out = list[DayStop](), list[LeftOut]()
        for row in conn.execute(_WORK, values):
            work = _Work(*row)
            stop = agreed(_stop(work, empty, fleet, cities), times.get(work.id, ()))
            reason = None if work.id in done else _left_out(work, stop, empty, fleet, back, elsewhere)
            if reason is None:
                stops.append(stop)
            else:
                left_out.append(reason)
        stops += _ended(kept.day.stops, stops, done) if known and kept is not None else []
        return Reading(renumbered(_with_stops(empty, stops), known), tuple(left_out), back)

    # Searching ------------------------------------------------------------------------------------------------------

    def refresh(self, conn: Connection, id: int, now: datetime) -> int:
        """Read a day's work anew; returns the version its plan is at."""
        look = self.desk.look(conn, id, now, lock=True)
        reading = self.read(conn, look.kept.node, look.kept.date, id)
        self.desk.refresh(conn, id, reading.day, reading.parcels)
        return look.kept.version

    def agree(
        self, conn: Connection, id: int, no: int, windows: Sequence[tuple[int, int]], now: datetime
    ) -> tuple[tuple[int, int], ...]:
        """Keep the times agreed with a stop's receiver, and read the day's work anew; none: what the promise says.

        Parameters
        ----------
        windows : sequence of (int, int)
            From and to, seconds of the day.

        Returns
        -------
        tuple of (int, int)
            In order.

        Raises
        ------
        NotFound, InputError, Conflict
            ``dispatch.unknown`` or ``dispatch.stop``; ``dispatch.windows``; ``dispatch.ended``.
        """
        kept = self.desk.look(conn, id, now, lock=True).kept
        times = ordered(windows)
        state = next((one for one in kept.stops if one.no == no), None)
        if state is None:
            raise NotFound("dispatch.stop", f"There is no stop {no} that day.", "See the day's stops.")
        if kept.state == "closed" or state.status not in ("waiting", "skipped"):
            message = f"Stop {no} is {state.status} on a day that is {kept.state}."
            raise Conflict("dispatch.ended", message, "Agree on times of stops that are still to be visited.")
        stops = tuple(msgspec.structs.replace(one, windows=times) if one.no == no else one for one in kept.day.stops)
        store.put_day(conn, id, msgspec.structs.replace(kept.day, stops=stops))
        self.refresh(conn, id, now)
        return times

    def run(self, ctx: JobContext, dispatch: int, seconds: float, seed: int = 1) -> dict[str, object]:
        """Search a day's routes as a job; cancelled, the best so far is kept."""
        with self._db.transaction() as conn:
            version = self.refresh(conn, dispatch, self._clock.now())
        with self._db.read() as conn:
            look = self.desk.look(conn, dispatch, self._clock.now())
        watch = _Watching(ctx, seconds)
        found = search(
            look.model,
            look.plan,
            seconds,
            seed=seed,
            progress=watch.progress,
            cancelled=lambda: watch.stopped is not None,
        )
        if watch.stopped is not None and not isinstance(watch.stopped, JobCancelled):
            raise watch.stopped
        with self._db.transaction() as conn:
            made = self.desk.take(conn, dispatch, found, version, "search", ctx.by, self._clock.now())
            after = self.desk.look(conn, dispatch, self._clock.now())
        if watch.stopped is not None:
            raise watch.stopped
        return {
            "dispatch": dispatch,
            "version": made,
            "cost": after.judged.cost,
            "unserved": len(after.judged.unserved),
            "engine": found.engine,
            "seconds": round(found.seconds, 1),
        }


class _Watching:
    """Tells a job's progress to those who watch, and the search when nobody wants to wait any more."""

    def __init__(self, ctx: JobContext, seconds: float) -> None:
        self._ctx = ctx
        self._total = max(1, round(seconds))
        self.stopped: JobStopped | None = None

    def progress(self, gone: float, cost: float, steps: int) -> None:
        try:
            self._ctx.progress(min(int(gone), self._total), self._total, "s")
        except JobStopped as stopped:
            self.stopped = stopped


class _Work(NamedTuple):
    id: str
    order: str
    ship_by: datetime
    parcels: str
    promised_at: datetime | None
    placed_at: datetime | None
    country: str
    province: str
    city: str
    doc: str
    states: list[str]
    pieces: int
    weight_g: int
    volume_mm3: int


def spot_of(fields: Fields) -> Spot | None:
    """Return the coordinates an order's channel gave for its receiver."""
    latitude, longitude = _degrees(told(fields, "latitude"), 90), _degrees(told(fields, "longitude"), 180)
    return (
        None if latitude is None or longitude is None or (latitude, longitude) == (0, 0) else Spot(latitude, longitude)
    )


def _degrees(value: object, most: int) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
    return number if number is not None and abs(number) <= most else None


def _cities(conn: Connection) -> dict[str, Spot]:
    rows = conn.execute(_CITIES)
    return {city_area(country, province, city): Spot(lat, lon) for country, province, city, lat, lon in rows}


def _stop(work: _Work, day: Day, fleet: Fleet, cities: Mapping[str, Spot]) -> DayStop:
    given = spot_of(from_json(work.doc).fields)
    spot = given or cities.get(city_area(work.country or "CN", work.province, work.city))
    opens = min((one.opens for one in day.vehicles), default=0)
    closes = max((one.closes for one in day.vehicles), default=opens)
    promised = None if work.promised_at is None else seconds_of(day, work.promised_at)
    is_overdue = promised is not None and promised < opens
    return DayStop(
        no=1,
        work=work.id,
        order=work.order,
        spot=spot,
        known_by="address" if given is not None else "city" if spot is not None else "",
        weight_g=work.weight_g,
        volume_mm3=work.volume_mm3,
        pieces=work.pieces,
        opens=opens,
        closes=closes if promised is None or is_overdue else min(closes, promised),
        service=fleet.service_seconds,
        is_overdue=is_overdue,
    )


def _left_out(
    work: _Work, stop: DayStop, day: Day, fleet: Fleet, back: Mapping[str, str], elsewhere: Mapping[str, date]
) -> LeftOut | None:
    if "cancel_asked" in work.states:
        return LeftOut(work.id, work.order, "cancelling", "")
    if work.parcels != "[]" and work.id not in back:
        return LeftOut(work.id, work.order, "with_carrier", "")
    if work.id in elsewhere:
        return LeftOut(work.id, work.order, "planned", elsewhere[work.id].isoformat())
    away = 0.0 if stop.spot is None else kilometres(day.depot, stop.spot)
    if away > fleet.reach_km:
        return LeftOut(work.id, work.order, "out_of_reach", str(round(away)))
    return None


def _ended(known: Sequence[DayStop], read: Sequence[DayStop], done: set[str]) -> list[DayStop]:
    """Return stops that were visited, or are on board, whose order has gone on: the day keeps them."""
    there = {one.work for one in read}
    return [one for one in known if one.work in done and one.work not in there]


def _with_stops(day: Day, stops: Sequence[DayStop]) -> Day:
    return Day(day.node, day.day, day.zone, day.currency, day.depot, day.vehicles, tuple(stops))
