"""What needs a person, worst first: counted by the same rules as the lists it leads to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from psycopg import Connection
from pydantic import BaseModel, Field

from entrepot.api.services import Services
from entrepot.hub import quarantine
from entrepot.hub.queries import channels, stocked_shops
from entrepot.orders.attention import EXCEPTIONS
from entrepot.orders.queries import Surroundings, exception_counts

_SILENT_AFTER: Final = timedelta(hours=6)
"""A channel that spoke this week and says nothing for so long is looked at."""

_BEHIND_MS: Final = 60_000

_PLACES: Final = (
    "quarantine", "lagging_reader", "late_to_ship", "tracking_exception", "stockout", "late_delivery", "silent_channel",
    "failed_job", "quarantined", "unmatched_sku", "hold", "unpaid_long", "low_stock", "drift",
)  # fmt: skip
"""Worst first."""


class Matter(BaseModel):
    """Something that waits for a person."""

    kind: str
    count: int
    url: Annotated[str, Field(description="page of the console that lists it")]
    worst: Annotated[str | None, Field(description="the one that waits longest")] = None
    worst_en: Annotated[str, Field(description="its English name; empty where it has none")] = ""


def worklist(conn: Connection, services: Services, now: datetime, readers: list[tuple[str, int, int]]) -> list[Matter]:
    """Gather what needs a person.

    Parameters
    ----------
    conn : Connection
        Any connection.
    services : Services
        Whose books.
    now : datetime
        Aware.
    readers : list of (name, events behind, milliseconds behind)
        Of the log.
    """
    matters = [
        *_orders(conn, now, services.zone),
        *_hub(conn, now),
        *_stock(services, now),
        *_jobs(services, now),
    ]
    slow = [(ms, name) for name, _, ms in readers if ms > _BEHIND_MS]
    if slow:
        matters.append(Matter(kind="lagging_reader", count=len(slow), url="/", worst=max(slow)[1]))
    return sorted(matters, key=lambda matter: _PLACES.index(matter.kind))


def _orders(conn: Connection, now: datetime, zone: str) -> list[Matter]:
    around = Surroundings(now, zone, quarantine.records_kept_out(conn), stocked_shops(conn))
    return [
        Matter(kind=kind, count=number, url=f"/orders?exception={kind}", worst=worst)
        for kind, (number, worst) in exception_counts(conn, around, tuple(EXCEPTIONS)).items()
    ]


def _hub(conn: Connection, now: datetime) -> list[Matter]:
    matters = []
    groups = quarantine.groups(conn)
    if groups:
        total = sum(group.count for group in groups)
        matters.append(Matter(kind="quarantine", count=total, url="/quarantine", worst=groups[0].reason))
    rows = channels(conn, now)
    silent = [
        (row.last_message_at, row.name, row.name_en)
        for row in rows
        if row.active and row.last_message_at and now - timedelta(days=7) < row.last_message_at < now - _SILENT_AFTER
    ]
    if silent:
        _, name, english = min(silent)
        matters.append(Matter(kind="silent_channel", count=len(silent), url="/channels", worst=name, worst_en=english))
    drifted = [(row.drift, row.name, row.name_en) for row in rows if row.drift]
    if drifted:
        total = sum(number for number, _, _ in drifted)
        _, name, english = max(drifted)
        matters.append(Matter(kind="drift", count=total, url="/channels", worst=name, worst_en=english))
    return matters


def _stock(services: Services, now: datetime) -> list[Matter]:
    nodes = services.stock.nodes(now)
    matters = []
    for kind, counts in (
        ("stockout", [(node.stockouts, node.name or node.id, node.name_en) for node in nodes]),
        ("low_stock", [(node.low, node.name or node.id, node.name_en) for node in nodes]),
    ):
        if total := sum(number for number, _, _ in counts):
            status = "out" if kind == "stockout" else "low"
            _, name, english = max(counts)
            matters.append(Matter(kind=kind, count=total, url=f"/stock?status={status}", worst=name, worst_en=english))
    return matters


def _jobs(services: Services, now: datetime) -> list[Matter]:
    failed = [
        job
        for job in services.jobs.history(100, status="failed").items
        if job.ended_at is not None and job.ended_at > now - timedelta(days=1)
    ]
    if not failed:
        return []
    return [Matter(kind="failed_job", count=len(failed), url="/jobs?status=failed", worst=failed[0].name)]
