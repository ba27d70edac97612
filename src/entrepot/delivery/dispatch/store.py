"""Reads and writes of delivery days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.delivery.dispatch.day import ENDED, Day, DayPlan, DayStop, Status


class StopState(NamedTuple):
    """How far a stop is, and on whose route; `planned_at` is when its visit was to begin as its vehicle left."""

    no: int
    work: str
    order_id: str
    status: Status
    reason: str
    vehicle: str | None
    place: int | None
    parcel: str | None
    planned_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    actor: str


class Run(NamedTuple):
    """A vehicle's day; `planned_back_at` is when it was to be back as it left."""

    vehicle: str
    driver: str
    departed_at: datetime | None
    returned_at: datetime | None
    planned_back_at: datetime | None = None


class Version(NamedTuple):
    """A plan after one change, without the plan itself."""

    version: int
    cost: int
    bound: int | None
    unserved: int
    broken: int
    engine: str
    seconds: float
    action: str
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A delivery day as it is kept."""

    id: int
    node: str
    date: date
    state: str
    version: int
    job: str | None
    day: Day
    plan: DayPlan
    stops: tuple[StopState, ...]
    runs: Mapping[str, Run]

    @property
    def ended(self) -> frozenset[int]:
        """Stops that need no visit any more."""
        return frozenset(one.no for one in self.stops if one.status in ENDED)


class Listed(NamedTuple):
    """A day in a list."""

    id: int
    node: str
    day: date
    state: str
    version: int
    cost: int
    bound: int | None
    broken: int
    currency: str
    stops: int
    unserved: int
    delivered: int
    failed: int


_STOP: Final = ", ".join(StopState._fields)
_VERSION: Final = ", ".join(Version._fields)

# Days ---------------------------------------------------------------------------------------------------------------


def insert(conn: Connection, day: Day, at: datetime) -> int | None:
    """Begin a day; None when the node has one for this date."""
    row = conn.execute(
        "INSERT INTO delivery.dispatch (node, day, state, version, problem, made_at) "
        "VALUES (%s, %s, 'draft', 0, %s, %s) ON CONFLICT (node, day) DO NOTHING RETURNING id",
        (day.node, day.day, _json(day), at),
    ).fetchone()
    return None if row is None else int(row[0])


def find(conn: Connection, node: str, day: date) -> int | None:
    """Return the number of a node's day."""
    row = conn.execute("SELECT id FROM delivery.dispatch WHERE node = %s AND day = %s", (node, day)).fetchone()
    return None if row is None else int(row[0])


def read(conn: Connection, id: int, *, lock: bool = False) -> Dispatch | None:
    """Read a day; with `lock`, until the transaction ends nobody else changes it."""
    row = conn.execute(
        "SELECT id, node, day, state, version, job, problem::text FROM delivery.dispatch WHERE id = %s"
        f"{' FOR UPDATE' if lock else ''}".encode(),
        (id,),
    ).fetchone()
    if row is None:
        return None
    plan = conn.execute(
        "SELECT plan::text FROM delivery.dispatch_version WHERE dispatch = %s AND version = %s", (id, row[4])
    ).fetchone()
    stops = conn.execute(f"SELECT {_STOP} FROM delivery.dispatch_stop WHERE dispatch = %s ORDER BY no".encode(), (id,))
    runs = conn.execute(
        "SELECT vehicle, driver, departed_at, returned_at, planned_back_at FROM delivery.dispatch_run "
        "WHERE dispatch = %s",
        (id,),
    )
    number, node, date_, state, version, job, problem = row
    return Dispatch(
        number,
        node,
        date_,
        state,
        version,
        job,
        msgspec.json.decode(problem, type=Day),
        DayPlan() if plan is None else msgspec.json.decode(plan[0], type=DayPlan),
        tuple(StopState(*one) for one in stops.fetchall()),
        {one[0]: Run(*one) for one in runs},
    )


def versions(conn: Connection, id: int) -> list[Version]:
    """List what was done to a plan, newest first."""
    rows = conn.execute(
        f"SELECT {_VERSION} FROM delivery.dispatch_version WHERE dispatch = %s ORDER BY version DESC".encode(), (id,)
    )
    return [Version(*row) for row in rows]


def plan_at(conn: Connection, id: int, version: int) -> DayPlan | None:
    """Return the plan as it was after a change."""
    row = conn.execute(
        "SELECT plan::text FROM delivery.dispatch_version WHERE dispatch = %s AND version = %s", (id, version)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=DayPlan)


def earlier(conn: Connection, node: str, since: date, until: date) -> list[Day]:
    """Return the days of a node from a date to another, both included, by date."""
    rows = conn.execute(
        "SELECT problem::text FROM delivery.dispatch WHERE node = %s AND day BETWEEN %s AND %s ORDER BY day",
        (node, since, until),
    )
    return [msgspec.json.decode(row[0], type=Day) for row in rows]


_LIST: Final = """
SELECT d.id, d.node, d.day, d.state, d.version, coalesce(v.cost, 0), v.bound, coalesce(v.broken, 0),
       d.problem ->> 'currency', s.stops, s.unserved, s.delivered, s.failed
FROM delivery.dispatch d
LEFT JOIN delivery.dispatch_version v ON v.dispatch = d.id AND v.version = d.version
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status <> 'gone') AS stops,
           count(*) FILTER (WHERE vehicle IS NULL AND status IN ('waiting', 'skipped')) AS unserved,
           count(*) FILTER (WHERE status = 'delivered') AS delivered,
           count(*) FILTER (WHERE status = 'failed') AS failed
    FROM delivery.dispatch_stop WHERE dispatch = d.id
) s
WHERE (%(node)s::text IS NULL OR d.node = %(node)s) AND (%(after)s::bigint IS NULL OR (d.day, d.id) < (
    SELECT day, id FROM delivery.dispatch WHERE id = %(after)s))
ORDER BY d.day DESC, d.id DESC LIMIT %(limit)s"""


def listed(conn: Connection, limit: int, after: int | None = None, node: str | None = None) -> list[Listed]:
    """List days, newest first."""
    values = {"limit": limit, "after": after, "node": node}
    return [Listed(*row) for row in conn.execute(_LIST, values)]


def put_day(conn: Connection, id: int, day: Day) -> None:
    """Write what a day has to do, as it was read anew."""
    conn.execute("UPDATE delivery.dispatch SET problem = %s WHERE id = %s", (_json(day), id))


def put_stops(
    conn: Connection, id: int, stops: Sequence[DayStop], parcels: Mapping[str, str], gone: Sequence[int]
) -> None:
    """Add stops that are new, and mark those whose goods are no longer here.

    Parameters
    ----------
    parcels : mapping of work to str
        Tracking numbers from an earlier attempt.
    gone : sequence of int
        Numbers.
    """
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO delivery.dispatch_stop (dispatch, no, work, order_id, status, parcel) "
            "VALUES (%s, %s, %s, %s, 'waiting', %s) ON CONFLICT DO NOTHING",
            [(id, one.no, one.work, one.order, parcels.get(one.work)) for one in stops],
        )
    conn.execute(
        "UPDATE delivery.dispatch_stop SET status = 'gone', vehicle = NULL, place = NULL "
        "WHERE dispatch = %s AND no = ANY (%s) AND status IN ('waiting', 'skipped')",
        (id, list(gone)),
    )


def add_version(conn: Connection, id: int, plan: DayPlan, version: Version) -> None:
    """Write a plan after a change, and on whose route every open stop now is."""
    conn.execute(
        f"INSERT INTO delivery.dispatch_version (dispatch, plan, {_VERSION}) "
        f"VALUES ({', '.join(['%s'] * (len(Version._fields) + 2))})".encode(),
        (id, _json(plan), *version),
    )
    conn.execute("UPDATE delivery.dispatch SET version = %s WHERE id = %s", (version.version, id))
    rows = [(no, route.vehicle, place) for route in plan.routes for place, no in enumerate(route.stops, start=1)]
    conn.execute(
        "UPDATE delivery.dispatch_stop s SET vehicle = r.vehicle, place = r.place "
        "FROM (SELECT o.no, n.vehicle, n.place FROM delivery.dispatch_stop o "
        "      LEFT JOIN unnest(%s::int[], %s::text[], %s::int[]) AS n (no, vehicle, place) USING (no) "
        "      WHERE o.dispatch = %s AND o.status IN ('waiting', 'arrived', 'skipped')) r "
        "WHERE s.dispatch = %s AND s.no = r.no",
        ([one[0] for one in rows], [one[1] for one in rows], [one[2] for one in rows], id, id),
    )


def set_state(conn: Connection, id: int, state: str) -> None:
    """Move a day on."""
    conn.execute("UPDATE delivery.dispatch SET state = %s WHERE id = %s", (state, id))


def set_job(conn: Connection, id: int, job: str) -> None:
    """Remember the search under way."""
    conn.execute("UPDATE delivery.dispatch SET job = %s WHERE id = %s", (job, id))


# Work under way -----------------------------------------------------------------------------------------------------


def put_run(conn: Connection, id: int, run: Run) -> None:
    """Write a vehicle's day."""
    conn.execute(
        "INSERT INTO delivery.dispatch_run (dispatch, vehicle, driver, departed_at, returned_at, planned_back_at) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (dispatch, vehicle) DO UPDATE SET driver = excluded.driver, "
        "departed_at = excluded.departed_at, returned_at = excluded.returned_at, "
        "planned_back_at = excluded.planned_back_at",
        (id, *run),
    )


def put_stop(conn: Connection, id: int, stop: StopState) -> None:
    """Write how far a stop is."""
    conn.execute(
        "UPDATE delivery.dispatch_stop SET status = %s, reason = %s, parcel = %s, planned_at = %s, arrived_at = %s, "
        "ended_at = %s, actor = %s WHERE dispatch = %s AND no = %s",
        (
            stop.status,
            stop.reason,
            stop.parcel,
            stop.planned_at,
            stop.arrived_at,
            stop.ended_at,
            stop.actor,
            id,
            stop.no,
        ),
    )


def planned_elsewhere(conn: Connection, node: str, but: int | None, since: date) -> dict[str, date]:
    """Return work orders that are on a route of another open day, and which day."""
    rows = conn.execute(
        "SELECT s.work, d.day FROM delivery.dispatch_stop s JOIN delivery.dispatch d ON d.id = s.dispatch "
        "WHERE d.node = %s AND d.id IS DISTINCT FROM %s AND d.state <> 'closed' AND d.day >= %s "
        "AND s.vehicle IS NOT NULL AND s.status IN ('waiting', 'arrived', 'skipped')",
        (node, but, since),
    )
    return dict(rows.fetchall())


def brought_back(conn: Connection, node: str, but: int | None) -> dict[str, str]:
    """Return work orders that left and were not delivered, with their tracking numbers, as the last attempt ended."""
    rows = conn.execute(
        "SELECT work, parcel FROM (SELECT DISTINCT ON (s.work) s.work, s.parcel, s.status, r.returned_at "
        "FROM delivery.dispatch_stop s JOIN delivery.dispatch d ON d.id = s.dispatch "
        "LEFT JOIN delivery.dispatch_run r ON r.dispatch = d.id AND r.vehicle = s.vehicle "
        "WHERE d.node = %s AND d.id IS DISTINCT FROM %s AND s.parcel IS NOT NULL "
        "ORDER BY s.work, d.day DESC) AS last "
        "WHERE status = 'failed' OR (status IN ('waiting', 'arrived', 'skipped') AND returned_at IS NOT NULL)",
        (node, but),
    )
    return dict(rows.fetchall())


def drives(conn: Connection, driver: str) -> list[tuple[int, str]]:
    """Return the released days and vehicles of a driver, newest first."""
    rows = conn.execute(
        "SELECT d.id, r.vehicle FROM delivery.dispatch_run r JOIN delivery.dispatch d ON d.id = r.dispatch "
        "WHERE r.driver = %s AND d.state = 'released' ORDER BY d.day DESC, r.vehicle",
        (driver,),
    )
    return [(row[0], row[1]) for row in rows]


def forget_places(conn: Connection, order_id: str) -> int:
    """Take the place of an order's receiver out of every day that knew it; returns how many days."""
    query = (
        "SELECT id, problem::text FROM delivery.dispatch WHERE id IN "
        "(SELECT dispatch FROM delivery.dispatch_stop WHERE order_id = %s) ORDER BY id FOR UPDATE"
    )
    found = conn.execute(query, (order_id,)).fetchall()
    for id, text in found:
        day = msgspec.json.decode(text, type=Day)
        stops = tuple(_without_place(one) if one.order == order_id else one for one in day.stops)
        put_day(conn, id, msgspec.structs.replace(day, stops=stops))
    return len(found)


def _without_place(stop: DayStop) -> DayStop:
    return msgspec.structs.replace(stop, spot=None, known_by="")


def _json(value: Day | DayPlan) -> str:
    return msgspec.json.encode(value).decode()
