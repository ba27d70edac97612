"""Jobs: what runs, how far it is, how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, Field

from entrepot.api.access import JobKeeper, Reader, note
from entrepot.api.paging import Page, Paged
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.infra.jobs import Job

router = resource_router("jobs", "/jobs")


class Progress(BaseModel):
    """How far a job is; ``total`` is null where it is not known."""

    done: int
    total: int | None
    unit: str


class JobReply(BaseModel):
    """A piece of long work."""

    id: str
    name: str
    status: str
    progress: Progress
    note: str
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    by: str
    cancel_requested: bool
    attempt: int
    args: dict[str, object]
    error: dict[str, object] | None
    result: object


class JobFilter(Paged):
    """Filters of the list of jobs."""

    status: Literal["queued", "running", "done", "failed", "cancelled"] | None = None
    name: Annotated[str | None, Field(max_length=100)] = None


@router.get("", summary="List jobs")
def get_jobs(services: Wired, caller: Reader, wanted: Annotated[JobFilter, Query()]) -> Page[JobReply]:
    """List jobs, newest first."""
    page = services.jobs.history(wanted.limit, wanted.cursor, status=wanted.status, name=wanted.name or None)
    return Page(items=[_reply(job) for job in page.items], next=page.next)


@router.get("/{job_id}", summary="Read a job")
def get_job(services: Wired, caller: Reader, job_id: str) -> JobReply:
    """Read a job with its progress."""
    return _reply(services.jobs.status(job_id))


@router.post("/{job_id}/cancel", summary="Cancel a job")
def post_cancel(request: Request, services: Wired, caller: JobKeeper, job_id: str) -> JobReply:
    """Take a queued job out, or ask a running one to stop at its next step."""
    job = services.jobs.status(job_id)
    with services.db.transaction() as conn:
        note(conn, request, caller, "job.cancel", f"job:{job.id}", {"name": job.name})
    return _reply(services.jobs.cancel(job_id))


def _reply(job: Job) -> JobReply:
    return JobReply(
        id=job.id,
        name=job.name,
        status=job.status,
        progress=Progress(done=job.done, total=job.total, unit=job.unit),
        note=job.note,
        submitted_at=job.submitted_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        by=job.by,
        cancel_requested=job.cancel_requested,
        attempt=job.attempt,
        args=job.args,
        error=job.error,
        result=job.result,
    )
