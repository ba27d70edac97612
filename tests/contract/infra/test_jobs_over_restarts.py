from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from entrepot.infra.database import Database
from entrepot.infra.jobs import JobContext, JobInterrupted, Jobs
from entrepot.kernel.errors import Conflict, UpstreamError

SOURCE = Path(__file__).parents[3] / "src"
PATIENCE = 30.0


def count(ctx: JobContext, upto: int) -> int:
    return upto


def a_jobs(database: Database, executor_id: str = "main", app_version: str = "1") -> Jobs:
    jobs = Jobs(database, executor_id, app_version, beat_seconds=0.1, dead_after_seconds=1.0, poll_seconds=0.05)
    jobs.register("count", count)
    return jobs


def test_submitting_before_the_first_launch_says_what_to_do(database: Database) -> None:
    with pytest.raises(UpstreamError) as caught:
        a_jobs(database).submit("count", {"upto": 1})
    assert caught.value.code == "jobs.not_ready"


def test_a_queued_job_is_cancelled_without_running(database: Database) -> None:
    with a_jobs(database):
        pass
    waiting = a_jobs(database)
    job_id = waiting.submit("count", {"upto": 1})
    assert waiting.cancel(job_id).status == "cancelled"
    with a_jobs(database) as jobs:
        jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE)
        job = jobs.status(job_id)
    assert (job.status, job.started_at) == ("cancelled", None)


def test_closing_interrupts_a_job_and_the_next_launch_goes_on(database: Database) -> None:
    times: list[str] = []
    reached = threading.Event()

    def two_steps(ctx: JobContext) -> str:
        ctx.step(times.append, "first")
        if ctx.attempt == 1:
            reached.set()
            while True:
                ctx.check_cancelled()
        ctx.step(times.append, "second")
        return "through"

    jobs = a_jobs(database)
    jobs.register("two_steps", two_steps)
    with jobs:
        job_id = jobs.submit("two_steps")
        assert reached.wait(PATIENCE)
    assert jobs.status(job_id).status == "queued"
    again = a_jobs(database)
    again.register("two_steps", two_steps)
    with again:
        job = again.wait(job_id, PATIENCE)
    assert (job.status, job.result, job.attempt) == ("done", "through", 2)
    assert times == ["first", "second"]


def test_a_job_cut_off_by_the_database_goes_on_by_itself(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.infra.jobs.service._HANDING_OVER_SECONDS", 0.1)

    def lose_the_line(ctx: JobContext) -> str:
        ctx.step(lambda: "kept")
        if ctx.attempt == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return "through"

    jobs = a_jobs(database)
    jobs.register("lose_the_line", lose_the_line)
    with jobs:
        job = jobs.wait(jobs.submit("lose_the_line"), PATIENCE)
    assert (job.status, job.result, job.attempt) == ("done", "through", 2)


def test_a_run_that_was_taken_over_stops_and_writes_nothing(database: Database) -> None:
    stopped: list[BaseException] = []
    over = threading.Event()

    def taken_over(ctx: JobContext) -> str:
        with database.transaction() as conn:
            conn.execute("UPDATE jobs.job SET attempt = attempt + 1 WHERE id = %s", (ctx.job_id,))
        try:
            ctx.progress(7, note="from the dead")
        except JobInterrupted as interruption:
            stopped.append(interruption)
            raise
        finally:
            over.set()
        return "never"

    jobs = a_jobs(database)
    jobs.register("taken_over", taken_over)
    with jobs:
        job_id = jobs.submit("taken_over")
        assert over.wait(PATIENCE)
    job = jobs.status(job_id)
    assert len(stopped) == 1
    assert (job.status, job.done, job.note, job.result) == ("running", 0, "", None)


def test_jobs_launch_and_close_where_an_event_loop_runs(database: Database) -> None:
    async def serve() -> str:
        with a_jobs(database) as jobs:
            job_id = jobs.submit("count", {"upto": 1})
            return (await asyncio.to_thread(jobs.wait, job_id, PATIENCE)).status

    assert asyncio.run(serve()) == "done"


def test_jobs_of_another_version_fail_with_a_reason(database: Database) -> None:
    with a_jobs(database, app_version="1"):
        pass
    job_id = a_jobs(database, app_version="1").submit("count", {"upto": 1})
    with a_jobs(database, app_version="2") as jobs:
        job = jobs.status(job_id)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "jobs.other_version"


def test_a_job_that_keeps_being_interrupted_is_given_up(database: Database) -> None:
    with a_jobs(database):
        pass
    job_id = a_jobs(database).submit("count", {"upto": 1})
    with database.transaction() as conn:
        conn.execute("UPDATE jobs.job SET attempt = 5 WHERE id = %s", (job_id,))
    with a_jobs(database) as jobs:
        job = jobs.wait(job_id, PATIENCE)
    assert job.error is not None
    assert job.error["code"] == "jobs.worn_out"


def test_a_scheduled_job_is_submitted_at_its_time(database: Database) -> None:
    ticked = threading.Event()

    def tick(ctx: JobContext, what: str) -> str:
        ticked.set()
        return what

    jobs = a_jobs(database)
    jobs.register("tick", tick)
    jobs.schedule("tick", "* * * * * *", {"what": "stock count"})
    with jobs:
        assert ticked.wait(PATIENCE)
        page = jobs.history(name="tick")
        job = jobs.wait(page.items[-1].id, PATIENCE)
    assert (job.by, job.result) == ("schedule", "stock count")
    assert job.key is not None
    assert job.key.startswith("schedule ")


def test_a_schedule_no_longer_declared_is_dropped(database: Database) -> None:
    jobs = a_jobs(database)
    jobs.schedule("count", "0 0 1 1 *", {"upto": 1})
    with jobs, database.read() as conn:
        assert conn.execute("SELECT schedule_name FROM dbos.workflow_schedules").fetchall() == [("count",)]
    with a_jobs(database), database.read() as conn:
        assert conn.execute("SELECT schedule_name FROM dbos.workflow_schedules").fetchall() == []


CHILD = """
import os, sys, threading
import psycopg
from entrepot.infra.database import Database
from entrepot.infra.jobs import Jobs

def five_steps(ctx):
    def step(n):
        if n == 3 and sys.argv[2] == "hang":
            print("two steps done", flush=True)
            threading.Event().wait()
        with psycopg.connect(sys.argv[1]) as conn:
            conn.execute("INSERT INTO public.done VALUES (%s, %s)", (n, os.getpid()))
        return n
    total = 0
    for n in range(1, 6):
        total += ctx.step(step, n)
        ctx.progress(n, 5, "steps")
    return total

with Database(sys.argv[1]) as database:
    jobs = Jobs(database, sys.argv[3], beat_seconds=0.1, dead_after_seconds=1.0, poll_seconds=0.05)
    jobs.register("five_steps", five_steps)
    with jobs:
        job_id = sys.argv[4] if len(sys.argv) > 4 else jobs.submit("five_steps")
        print(job_id, flush=True)
        job = jobs.wait(job_id, 30)
        print(job.status, job.result, job.attempt, flush=True)
"""


def run_child(url: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CHILD, url, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


@pytest.mark.parametrize("successor", ["main", "other"], ids=["restarted", "taken over"])
def test_a_killed_process_loses_no_step_and_repeats_none(database: Database, successor: str) -> None:
    with psycopg.connect(database.url) as conn:
        conn.execute("CREATE TABLE public.done (step int, pid int)")
    first = run_child(database.url, "hang", "main")
    assert first.stdout is not None
    assert first.stderr is not None
    with first.stdout, first.stderr:
        job_id = first.stdout.readline().strip()
        assert first.stdout.readline() == "two steps done\n", first.stderr.read()
        first.send_signal(signal.SIGKILL)
        first.wait()
    job = a_jobs(database).status(job_id)
    assert (job.status, job.done, job.total) == ("running", 2, 5)
    second = run_child(database.url, "go on", successor, job_id)
    out, err = second.communicate(timeout=60)
    assert out.splitlines()[-1] == "done 15 2", err
    assert err == ""
    with psycopg.connect(database.url) as conn:
        steps = conn.execute("SELECT step, pid FROM public.done ORDER BY step").fetchall()
    assert [step for step, _ in steps] == [1, 2, 3, 4, 5]
    assert [pid for _, pid in steps] == [first.pid] * 2 + [second.pid] * 3


def test_an_executor_name_has_one_living_holder(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.infra.jobs.heartbeat._WAIT_FOR_PREDECESSOR_SECONDS", 0.0)
    with psycopg.connect(database.url, autocommit=True) as rival:
        rival.execute("SELECT pg_advisory_lock(%s, hashtext('main'))", (0x656E74,))
        with pytest.raises(Conflict, match="executor 'main'"):
            a_jobs(database).launch()
    with a_jobs(database) as jobs:
        assert jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE).status == "done"


def test_the_engine_says_nothing_on_the_console(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    with a_jobs(database) as jobs:
        jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
