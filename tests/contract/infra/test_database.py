from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from psycopg import errors

from entrepot.infra.database import Database
from entrepot.infra.migrate import revision, upgrade
from entrepot.kernel.errors import InputError, UpstreamError


def test_a_transaction_commits_at_the_end_of_its_block(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("CREATE TABLE noted (word text)")
        connection.execute("INSERT INTO noted VALUES ('kept')")
    with database.read() as connection:
        assert connection.execute("SELECT word FROM noted").fetchall() == [("kept",)]


def test_an_error_rolls_the_whole_transaction_back(database: Database) -> None:
    with contextlib.suppress(ZeroDivisionError), database.transaction() as connection:
        connection.execute("CREATE TABLE noted (word text)")
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute("SELECT to_regclass('noted')").fetchone() == (None,)


def test_a_read_that_fails_leaves_a_usable_connection(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(errors.UndefinedTable), database.read() as connection:
            connection.execute("SELECT * FROM nowhere")
    with database.read() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_sessions_run_in_utc_under_a_name_without_a_time_limit(database: Database) -> None:
    shown = (
        "SELECT current_setting('timezone'), current_setting('application_name'), current_setting('statement_timeout')"
    )
    with database.read() as connection:
        assert connection.execute(shown).fetchone() == ("UTC", "entrepot-test", "0")


def test_a_statement_time_limit_can_be_set(database: Database) -> None:
    with (
        Database(database.url, statement_timeout_ms=20) as limited,
        limited.read() as connection,
        pytest.raises(errors.QueryCanceled),
    ):
        connection.execute("SELECT pg_sleep(30)")


def test_a_connection_the_server_cut_is_replaced(database: Database) -> None:
    with database.read() as connection:
        victim = connection.info.backend_pid
    with Database(database.url) as other, other.read() as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [victim])
    with database.read() as connection:
        assert connection.info.backend_pid != victim


def test_when_all_connections_are_out_the_caller_is_told(database: Database) -> None:
    with (
        Database(database.url, max_size=1, wait_seconds=0.05) as small,
        small.read(),
        pytest.raises(UpstreamError) as caught,
        small.read(),
    ):
        pass
    assert caught.value.code == "database.busy"


def test_a_server_that_is_not_there_is_named_at_once() -> None:
    database = Database("postgresql://me:pw@127.0.0.1:1/db")
    with pytest.raises(UpstreamError, match="ENTREPOT_DATABASE_URL") as caught:
        database.open()
    assert caught.value.code == "database.unreachable"
    database.close()


def test_migrating_again_changes_nothing(fresh_database_url: Callable[[], str]) -> None:
    url = fresh_database_url()
    before = revision(url)
    upgrade(url)
    assert before is not None
    assert revision(url) == before


def test_a_schema_from_a_later_version_is_refused(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("UPDATE public.alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match="9999") as caught:
        upgrade(database.url)
    assert caught.value.code == "migrate.newer_database"
