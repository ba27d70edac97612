from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from entrepot.infra.database import Database
from entrepot.infra.jobs import JobContext, Jobs
from entrepot.kernel.errors import Conflict, InputError, NotFound

PATIENCE = 30.0


def count(ctx: JobContext, upto: int) -> dict[str, int]:
    for n in range(1, upto + 1):
        ctx.progress(n, upto, "numbers", f"at {n}")
    return {"counted": upto}


def refuse(ctx: JobContext) -> None:
    raise InputError("file.no_header", "The file has no header.", "Add one.", file="a.csv")


def crash(ctx: JobContext, message: str = "nothing to divide by") -> None:
    ctx.progress(1, note="\0 \ud800")
    raise ZeroDivisionError(message.replace("NUL", "\0"))


def steps_fail(ctx: JobContext) -> str:
    try:
        ctx.step(refuse, ctx)
    except InputError as error:
        return error.code
    return "no error"


def no_json(ctx: JobContext) -> object:
    return {1, 2}


def tuples(ctx: JobContext) -> bool:
    return ctx.step(lambda: (1, 2)) == [1, 2]


def until_cancelled(ctx: JobContext) -> None:
    gate(ctx.job_id).set()
    while True:
        try:
            ctx.progress(0)
        except Exception:
            logging.getLogger("test").info("a job that answers for all errors still stops")


GATES: dict[str, threading.Event] = {}


def gate(name: str) -> threading.Event:
    return GATES.setdefault(name, threading.Event())


def a_jobs(database: Database, executor_id: str = "main", **options: object) -> Jobs:
    quick: dict[str, object] = {"beat_seconds": 0.1, "dead_after_seconds": 1.0, "poll_seconds": 0.05, **options}
    jobs = Jobs(database, executor_id, **quick)  # type: ignore[arg-type]
    for function in (count, refuse, crash, steps_fail, no_json, tuples, until_cancelled):
        jobs.register(function.__name__, function)
    return jobs


@pytest.fixture(scope="module")
def jobs(fresh_database_url: Callable[[], str]) -> Iterator[Jobs]:
    with Database(fresh_database_url()) as database, a_jobs(database) as launched:
        yield launched


def test_a_job_runs_and_leaves_its_result(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("count", {"upto": 3}, by="amy"), PATIENCE)
    assert (job.status, job.result, job.by, job.args) == ("done", {"counted": 3}, "amy", {"upto": 3})
    assert (job.done, job.total, job.unit, job.note) == (3, 3, "numbers", "at 3")
    assert job.started_at is not None
    assert job.ended_at is not None


def test_the_same_name_and_key_is_one_job(jobs: Jobs) -> None:
    first = jobs.submit("count", {"upto": 1}, key="march")
    assert jobs.submit("count", {"upto": 1}, key="march") == first
    jobs.wait(first, PATIENCE)
    assert jobs.submit("count", {"upto": 1}, key="march") == first


def test_a_key_for_other_arguments_is_a_conflict(jobs: Jobs) -> None:
    jobs.submit("count", {"upto": 1}, key="april")
    with pytest.raises(Conflict, match="other arguments"):
        jobs.submit("count", {"upto": 2}, key="april")


def test_a_refusal_is_stored_with_its_code(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("refuse"), PATIENCE)
    assert job.status == "failed"
    assert job.error == {
        "type": "InputError",
        "code": "file.no_header",
        "message": "The file has no header.",
        "mend": "Add one.",
        "fields": {"file": "a.csv"},
    }


def test_a_bug_is_stored_with_its_kind(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("crash"), PATIENCE)
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error["type"], job.error["message"]) == ("ZeroDivisionError", "nothing to divide by")


def test_an_error_that_quotes_broken_text_is_stored(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("crash", {"message": "no sheet NUL"}), PATIENCE)
    assert job.error is not None
    assert (job.status, job.note, job.error["message"]) == ("failed", "? ?", "no sheet ?")


def test_a_result_that_is_not_json_fails_the_job(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("no_json"), PATIENCE)
    assert job.error is not None
    assert (job.status, job.error["type"]) == ("failed", "TypeError")


def test_an_error_in_a_step_keeps_its_kind(jobs: Jobs) -> None:
    assert jobs.wait(jobs.submit("steps_fail"), PATIENCE).result == "file.no_header"


def test_a_step_hands_over_what_json_would(jobs: Jobs) -> None:
    assert jobs.wait(jobs.submit("tuples"), PATIENCE).result is True


def test_a_running_job_stops_when_cancelled(jobs: Jobs) -> None:
    job_id = jobs.submit("until_cancelled")
    assert gate(job_id).wait(PATIENCE)
    assert jobs.cancel(job_id).cancel_requested
    assert jobs.wait(job_id, PATIENCE).status == "cancelled"
    assert jobs.cancel(job_id).status == "cancelled"


def test_an_ended_job_cannot_be_cancelled(jobs: Jobs) -> None:
    job = jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE)
    with pytest.raises(Conflict, match="it is done"):
        jobs.cancel(job.id)


def test_an_unknown_job_is_not_found(jobs: Jobs) -> None:
    with pytest.raises(NotFound):
        jobs.status("nothing")
    with pytest.raises(NotFound):
        jobs.status("\0")
    with pytest.raises(NotFound):
        jobs.cancel("nothing")


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("nothing", {}, "jobs.unknown_name"),
        ("count", {}, "jobs.bad_arguments"),
        ("count", {"upto": 1, "downto": 2}, "jobs.bad_arguments"),
        ("count", {"upto": object()}, "jobs.bad_arguments"),
        ("count", {"upto": float("nan")}, "jobs.bad_arguments"),
        ("count", {"upto": "\0"}, "jobs.bad_arguments"),
        ("count", {"upto": "\ud800"}, "jobs.bad_arguments"),
    ],
)
def test_a_job_that_could_not_run_is_not_taken(jobs: Jobs, name: str, args: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        jobs.submit(name, args)
    assert caught.value.code == code


def test_history_pages_from_the_newest(jobs: Jobs) -> None:
    ids = [jobs.submit("count", {"upto": n}, by="pager") for n in range(3)]
    first = jobs.history(2, name="count")
    assert [job.id for job in first.items] == [ids[2], ids[1]]
    assert jobs.history(1, first.next, name="count").items[0].id == ids[0]
    for cursor in ("yesterday", "-1", "9" * 30, "٣"):
        with pytest.raises(InputError, match="cursor"):
            jobs.history(1, cursor)
    for job_id in ids:
        jobs.wait(job_id, PATIENCE)


def test_a_job_asked_for_in_a_transaction_that_fails_is_none(jobs: Jobs) -> None:
    database = jobs._database
    job_id = ""

    def ask_and_fail() -> None:
        nonlocal job_id
        with database.transaction() as conn:
            job_id = jobs.submit("count", {"upto": 1}, conn=conn)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_and_fail()
    with pytest.raises(NotFound):
        jobs.status(job_id)


def test_only_one_may_be_launched_in_a_process(jobs: Jobs) -> None:
    with pytest.raises(Conflict, match="already launched"):
        a_jobs(jobs._database, "second").launch()


def test_old_jobs_are_forgotten(jobs: Jobs) -> None:
    old = jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE)
    new = jobs.wait(jobs.submit("count", {"upto": 1}), PATIENCE)
    with jobs._database.transaction() as conn:
        conn.execute("UPDATE jobs.job SET ended_at = now() - interval '8 days' WHERE id = %s", (old.id,))
    assert jobs.delete_older_than(7) == 1
    with pytest.raises(NotFound):
        jobs.status(old.id)
    assert jobs.status(new.id).status == "done"
    with jobs._database.read() as conn:
        left = conn.execute("SELECT workflow_uuid FROM dbos.workflow_status").fetchall()
    assert (old.id,) not in left
    assert (new.id,) in left


def test_nothing_is_pickled_into_the_database(jobs: Jobs) -> None:
    jobs.wait(jobs.submit("tuples"), PATIENCE)
    with jobs._database.read() as conn:
        kinds = conn.execute("SELECT DISTINCT serialization FROM dbos.workflow_status").fetchall()
    assert kinds == [("portable_json",)]
