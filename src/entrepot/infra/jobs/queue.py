"""The queue of jobs as the engine keeps it: its names, what it hands over, and how a job gets into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import errors

from entrepot.kernel.errors import UpstreamError

if TYPE_CHECKING:
    from psycopg import Connection

APPLICATION = "entrepot"
QUEUE = "entrepot"
JOB, TICK = "entrepot.job", "entrepot.tick"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job submitted at the times of a cron expression, in a time zone."""

    job: str
    cron: str
    args: dict[str, object]
    time_zone: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A run that some executor has taken up and not ended."""

    id: str
    name: str
    executor: str | None
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Handlers:
    """What the workflows call."""

    run: Callable[[str], None]
    tick: Callable[[datetime, str, dict[str, object]], None]


def enqueue(conn: Connection, job_id: str, app_version: str) -> None:
    """Queue a job in the caller's transaction, from any process; twice is as good as once."""
    try:
        conn.execute(
            "SELECT dbos.enqueue_workflow(workflow_name => %s, queue_name => %s, "
            "positional_args => ARRAY[to_json(%s::text)], workflow_id => %s, app_version => %s, "
            "application_name => %s)",
            (JOB, QUEUE, job_id, job_id, app_version, APPLICATION),
        )
    except (errors.InvalidSchemaName, errors.UndefinedFunction) as error:
        raise UpstreamError(
            "jobs.not_ready",
            "Jobs cannot be queued yet: the job engine has never been started on this database.",
            "Start the program once (make run), then submit again.",
        ) from error
