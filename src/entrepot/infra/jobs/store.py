"""The table of jobs: what was asked for and how far it is; one row a job, readable from any process."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from psycopg.types.json import Jsonb

from entrepot.kernel.errors import Conflict, InputError, NotFound

if TYPE_CHECKING:
    from psycopg import Connection

Status = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as lists and pages show it.

    Notes
    -----
    ``error`` has ``type``, ``code``, ``message``, ``mend`` and ``fields``; ``result`` is what the function returned.
    """

    seq: int
    id: str
    name: str
    args: dict[str, object]
    key: str | None
    by: str
    status: Status
    done: int
    total: int | None
    unit: str
    note: str
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: dict[str, object] | None
    result: object
    cancel_requested: bool
    attempt: int
    executor: str | None

    @property
    def has_ended(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, newest first, and the cursor of the next page."""

    items: list[Job]
    next: str | None


@dataclass(frozen=True, slots=True)
class Start:
    """What a run needs to begin."""

    name: str
    args: dict[str, object]
    by: str
    attempt: int
    cancel_requested: bool


_CURSOR = re.compile(r"[0-9]{1,18}")

_COLUMNS = (
    "seq, id, name, args, key, submitted_by, status, done, total, unit, note, submitted_at, started_at, ended_at, "
    "error, result, cancel_requested, attempt, executor"
)


def storable(text: str) -> str:
    r"""Return a text without what the database cannot hold: NUL, and the halves a broken file name leaves.

    Examples
    --------
    >>> storable("a\0b")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def insert(
    conn: Connection, name: str, args: Mapping[str, object], key: str | None, by: str, app_version: str
) -> tuple[str, bool]:
    """Write a new job down, or find the one with the same name and key; return its id and whether it is new."""
    row = conn.execute(
        "INSERT INTO jobs.job (id, name, args, key, submitted_by, app_version) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (name, key) DO NOTHING RETURNING id",
        (uuid.uuid4().hex, name, Jsonb(dict(args)), key, by, app_version),
    ).fetchone()
    if row is not None:
        return str(row[0]), True
    row = conn.execute("SELECT id, args FROM jobs.job WHERE name = %s AND key = %s", (name, key)).fetchone()
    assert row is not None
    if row[1] != json.loads(json.dumps(args)):
        raise Conflict(
            "jobs.key_reused",
            f"The key {key!r} already names a job {name} with other arguments.",
            "Use a key of its own for each piece of work.",
            job=row[0],
        )
    return str(row[0]), False


def get(conn: Connection, job_id: str) -> Job:
    """Return one job, or raise NotFound."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM jobs.job WHERE id = %s".encode(), (storable(job_id),)).fetchone()
    if row is None:
        raise NotFound("jobs.unknown", f"There is no job {job_id}.", "See the list of jobs.", id=job_id)
    return Job(*row)


def page(conn: Connection, limit: int, cursor: str | None, status: Status | None, name: str | None) -> JobPage:
    """Return jobs, newest first."""
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise InputError("jobs.bad_cursor", f"{cursor!r} is no cursor of this list.", "Pass on the reply's 'next'.")
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM jobs.job "
        "WHERE (%(before)s::bigint IS NULL OR seq < %(before)s) AND (%(status)s::text IS NULL OR status = %(status)s) "
        "AND (%(name)s::text IS NULL OR name = %(name)s) ORDER BY seq DESC LIMIT %(more)s".encode(),
        {"before": cursor and int(cursor), "status": status, "name": name, "more": limit + 1},
    ).fetchall()
    items = [Job(*row) for row in rows[:limit]]
    return JobPage(items, str(items[-1].seq) if len(rows) > limit else None)


def is_active(conn: Connection, name: str, by: str) -> bool:
    """Return whether a job of that name by that submitter is queued or running."""
    found = conn.execute(
        "SELECT 1 FROM jobs.job WHERE status IN ('queued', 'running') AND name = %s AND submitted_by = %s LIMIT 1",
        (name, by),
    ).fetchone()
    return found is not None


def begin(conn: Connection, job_id: str, executor: str) -> Start | None:
    """Take a job up; None when it has ended meanwhile or is no more."""
    row = conn.execute(
        "UPDATE jobs.job SET status = 'running', attempt = attempt + 1, executor = %s, updated_at = now(), "
        "started_at = coalesce(started_at, now()) WHERE id = %s AND status IN ('queued', 'running') "
        "RETURNING name, args, submitted_by, attempt, cancel_requested",
        (executor, job_id),
    ).fetchone()
    return None if row is None else Start(*row)


def report(
    conn: Connection, job_id: str, attempt: int, done: int, total: int | None, unit: str, note: str
) -> bool | None:
    """Write progress; return whether the job is to be cancelled, or None when this run was superseded."""
    row = conn.execute(
        "UPDATE jobs.job SET done = %s, total = %s, unit = %s, note = %s, updated_at = now() "
        "WHERE id = %s AND attempt = %s AND status = 'running' RETURNING cancel_requested",
        (done, total, storable(unit), storable(note), job_id, attempt),
    ).fetchone()
    return None if row is None else bool(row[0])


def look_up(conn: Connection, job_id: str, attempt: int) -> bool | None:
    """Return what `report` would, writing nothing."""
    row = conn.execute(
        "SELECT cancel_requested FROM jobs.job WHERE id = %s AND attempt = %s AND status = 'running'",
        (job_id, attempt),
    ).fetchone()
    return None if row is None else bool(row[0])


def finish(
    conn: Connection,
    job_id: str,
    attempt: int,
    status: Status,
    *,
    result: object = None,
    error: Mapping[str, object] | None = None,
) -> None:
    """Write a run's outcome, unless another run has taken the job over."""
    conn.execute(
        "UPDATE jobs.job SET status = %s, result = %s, error = %s, ended_at = now(), updated_at = now() "
        "WHERE id = %s AND attempt = %s AND status = 'running'",
        (status, None if result is None else Jsonb(result), error and Jsonb(dict(error)), job_id, attempt),
    )


def release(conn: Connection, job_id: str, attempt: int) -> None:
    """Put an interrupted job back into the queue."""
    conn.execute(
        "UPDATE jobs.job SET status = 'queued', executor = NULL, updated_at = now() "
        "WHERE id = %s AND attempt = %s AND status = 'running'",
        (job_id, attempt),
    )


def request_cancel(conn: Connection, job_id: str) -> Job:
    """Ask a running job to stop, or take a queued one out."""
    conn.execute(
        "UPDATE jobs.job SET cancel_requested = true, updated_at = now(), "
        "ended_at = CASE WHEN status = 'queued' THEN now() END, "
        "status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END "
        "WHERE id = %s AND status IN ('queued', 'running')",
        (storable(job_id),),
    )
    job = get(conn, job_id)
    if job.status in ("done", "failed"):
        raise Conflict(
            "jobs.already_ended",
            f"The job {job.name} cannot be cancelled: it is {job.status}.",
            "Undo its effects instead.",
            id=job_id,
        )
    return job


def ready_to_retry(conn: Connection, ids: list[str]) -> list[str]:
    """Return those interrupted jobs whose pause is over: 2, 4, 8 ... seconds, five minutes at most."""
    rows = conn.execute(
        "SELECT id FROM jobs.job WHERE id = ANY(%s) AND (status = 'queued' "
        "AND updated_at < now() - make_interval(secs => least(2 ^ least(attempt, 10), 300)) "
        "OR status <> 'queued' AND updated_at < now() - interval '30 seconds')",
        (ids,),
    ).fetchall()
    return [row[0] for row in rows]


def fail_other_versions(conn: Connection, known: list[str]) -> None:
    """Fail the jobs that no living executor's version of the code may take up."""
    error = {
        "type": "Conflict",
        "code": "jobs.other_version",
        "message": "The job was begun by another version of the program, whose steps differ.",
        "mend": "Submit it again.",
        "fields": {},
    }
    conn.execute(
        "UPDATE jobs.job SET status = 'failed', error = %s, ended_at = now(), updated_at = now() "
        "WHERE status IN ('queued', 'running') AND app_version <> ALL(%s)",
        (Jsonb(error), known),
    )


def ended_before(conn: Connection, days: int, limit: int) -> list[str]:
    """Return ids of jobs that ended more than so many days ago."""
    rows = conn.execute(
        "SELECT id FROM jobs.job WHERE ended_at < now() - make_interval(days => %s) ORDER BY ended_at LIMIT %s",
        (days, limit),
    ).fetchall()
    return [row[0] for row in rows]


def delete(conn: Connection, ids: list[str]) -> None:
    """Forget jobs."""
    conn.execute("DELETE FROM jobs.job WHERE id = ANY(%s)", (ids,))
