"""DBOS behind functions of ours: with `queue` all that knows it, so that another engine could take its place.

Two workflows are all it ever sees: one runs a job by its id, one submits a scheduled job. Their inputs and outputs are
JSON; nothing is pickled into the database. It takes a second to load, so it is imported where jobs run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, cast

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, PortableWorkflowError, ScheduleInput
from dbos import error as dbos_errors

from entrepot.infra.jobs.queue import APPLICATION, JOB, QUEUE, TICK, Handlers, Pending, Schedule
from entrepot.kernel import errors as kernel_errors
from entrepot.kernel.errors import EntrepotError

R = TypeVar("R")

Superseded = dbos_errors.DBOSWorkflowConflictIDError


_handlers: Handlers | None = None


@DBOS.workflow(name=JOB, max_recovery_attempts=None)  # attempts are counted, and limited, in jobs.job
def _run_job(job_id: str) -> None:
    assert _handlers is not None
    _handlers.run(job_id)


@DBOS.workflow(name=TICK)
def _run_tick(scheduled_at: datetime, context: dict[str, object]) -> None:
    assert _handlers is not None
    # Portable JSON hands the time over as text.
    at = datetime.fromisoformat(scheduled_at) if isinstance(scheduled_at, str) else scheduled_at
    _handlers.tick(at, str(context["job"]), cast("dict[str, object]", context["args"]))


def start(
    url: str,
    handlers: Handlers,
    *,
    executor_id: str,
    app_version: str,
    workers: int,
    poll_seconds: float,
    schedules: list[Schedule],
) -> None:
    """Start the engine in this process; it migrates its own schema ``dbos`` first."""
    global _handlers
    _handlers = handlers
    _be_quiet()
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url,
        dbos_system_schema="dbos",
        executor_id=executor_id,
        application_version=app_version,
        serializer=DBOSPortableJSONSerializer(),
        sys_db_pool_size=workers + 4,
        enable_otlp=False,
        log_level="ERROR",
        scheduler_polling_interval_sec=5.0,
    )
    DBOS(config=config)
    try:
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=workers, polling_interval_sec=poll_seconds, on_conflict="always_update"
        )
        _apply(schedules)
    except BaseException:
        stop()
        raise


def stop() -> None:
    """Stop the engine; what it has not ended stays pending in the database."""
    global _handlers
    DBOS.destroy()
    _handlers = None


def current_job() -> str | None:
    """Return the id of the job this thread is running."""
    return DBOS.workflow_id


def run_step(name: str, fn: Callable[[], R]) -> R:
    """Run a step or return its recorded outcome; a recorded error is raised again as its own kind."""
    try:
        return DBOS.run_step({"name": name}, fn)
    except PortableWorkflowError as error:
        raise _revived(error) from error


def pending() -> list[Pending]:
    """Return the runs taken up and not ended, of all executors."""
    found = DBOS.list_workflows(
        status="PENDING", name=[JOB, TICK], application_name=APPLICATION, load_input=False, load_output=False
    )
    now_ms = time.time() * 1000
    return [
        Pending(one.workflow_id, one.name, one.executor_id, (now_ms - (one.updated_at or 0)) / 1000) for one in found
    ]


def resume(ids: list[str]) -> None:
    """Queue interrupted runs again; finished steps are not repeated."""
    if ids:
        DBOS.resume_workflows(ids, queue_name=QUEUE)


def forget(ids: list[str], ticks_before: datetime) -> None:
    """Delete what the engine remembers of ended jobs, and of ticks before a time."""
    ticks = DBOS.list_workflows(
        name=TICK,
        completed_before=ticks_before.isoformat(),
        application_name=APPLICATION,
        load_input=False,
        load_output=False,
        limit=1000,
    )
    DBOS.delete_workflows([*ids, *(tick.workflow_id for tick in ticks)])


def _apply(schedules: list[Schedule]) -> None:
    wanted = {schedule.job for schedule in schedules}
    for known in DBOS.list_schedules():
        if known["schedule_name"] not in wanted:
            DBOS.delete_schedule(known["schedule_name"])
    DBOS.apply_schedules(
        [
            ScheduleInput(
                schedule_name=schedule.job,
                workflow_fn=_run_tick,
                schedule=schedule.cron,
                context={"job": schedule.job, "args": schedule.args},
                cron_timezone=schedule.time_zone,
            )
            for schedule in schedules
        ]
    )


def _be_quiet() -> None:
    # DBOS gives its logger a console handler of its own unless it finds one; ours lets the program's logging decide.
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True


def _revived(error: PortableWorkflowError) -> Exception:
    kind = getattr(kernel_errors, error.name, None)
    if isinstance(kind, type) and issubclass(kind, EntrepotError):
        return kind(str(error.code), error.message)
    return RuntimeError(f"{error.name}: {error.message}")
