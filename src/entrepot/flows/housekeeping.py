"""Jobs that keep the house: partitions ahead of time, a stock snapshot a day, audits, old latencies forgotten."""

from __future__ import annotations

from datetime import UTC, datetime

from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.jobs import JobContext, Jobs
from entrepot.stock import Reservations, StockBook


def register_jobs(jobs: Jobs, db: Database, book: StockBook, reservations: Reservations) -> None:
    """Register the jobs and their times."""

    def partitions(ctx: JobContext) -> str:
        with db.transaction() as conn:
            log.ensure_partitions(conn)
            conn.execute("DELETE FROM hub.latency WHERE at < now() - interval '7 days'")
        return "the log's partitions stand for this month and the next two"

    def snapshot(ctx: JobContext) -> str:
        taken = book.take_snapshot(datetime.now(UTC).date())
        return f"balances before {taken.day} stored, up to movement {taken.up_to_seq}"

    def audit(ctx: JobContext) -> dict[str, object]:
        drifts = [*book.audit(), *reservations.audit()]
        return {"drifts": len(drifts), "first": [str(drift) for drift in drifts[:20]]}

    jobs.register("log partitions", partitions)
    jobs.register("stock snapshot", snapshot)
    jobs.register("stock audit", audit)
    jobs.schedule("log partitions", "5 0 * * *")
    jobs.schedule("stock snapshot", "15 0 * * *")
    jobs.schedule("stock audit", "25 * * * *")
