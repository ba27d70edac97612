"""Durable jobs: submitted once, resumed after a crash, watched and cancelled from any process."""

from __future__ import annotations

from entrepot.infra.jobs.context import JobCancelled, JobContext, JobInterrupted
from entrepot.infra.jobs.service import Jobs
from entrepot.infra.jobs.store import Job, JobPage

__all__ = ["Job", "JobCancelled", "JobContext", "JobInterrupted", "JobPage", "Jobs"]
