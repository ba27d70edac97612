"""A line on a real server: what is sent together is answered in order, and a failure leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Thread

import psycopg
import pytest

from entrepot.infra.database import Database
from entrepot.infra.line import Asks, Line, Plain

ADD = "INSERT INTO kept (id) SELECT unnest(%s::text[]) RETURNING id"
COUNT = "SELECT count(*)::text FROM kept"


@pytest.fixture
def line(database: Database) -> Iterator[Line]:
    """A line to a database with an empty table."""
    with database.transaction() as conn:
        conn.execute("CREATE TABLE kept (id text PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")
    with closing(Line(database.url, "line")) as line:
        yield line


def ids(database: Database) -> list[str]:
    with database.read() as conn:
        return [id for (id,) in conn.execute("SELECT id FROM kept ORDER BY id")]


def test_statements_are_answered_in_order_and_committed(database: Database, line: Line) -> None:
    for name in ("a", "b"):  # the second time with statements that are prepared
        with line.transaction() as asks:
            before = asks.ask(COUNT, [])
            added = asks.ask(ADD, ["{" + name + "}"])
            after = asks.ask(COUNT, [])
            assert ids(database) == (["a"] if name == "b" else [])
        assert (added(), int(after() or 0) - int(before() or 0)) == (name.encode(), 1)
    assert ids(database) == ["a", "b"]


def test_an_answer_may_be_wanted_before_the_next_statement_is_asked(database: Database, line: Line) -> None:
    with line.transaction() as asks:
        count = asks.ask(COUNT, [])()
        asks.ask(ADD, ["{" + f"n{int(count or 0)}" + "}"])
    assert ids(database) == ["n0"]


def test_values_are_text_of_any_length_and_script(line: Line) -> None:
    name = "茶😀'\\" * 500_000
    with line.transaction() as asks:
        said = asks.ask("SELECT %s::text || %s::text", [name, "!"])
        nothing = asks.ask("SELECT NULL WHERE %s::text IS NULL", ["x"])
    answer = said()
    assert isinstance(answer, bytes)
    assert answer.decode() == name + "!"
    assert nothing() is None


def test_an_error_of_ours_rolls_back_what_was_sent(database: Database, line: Line) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            _add(line, "{a}", then=lambda asks: 1 // 0)
    _add(line, "{b}")
    assert ids(database) == ["b"]


def test_what_was_answered_is_committed_with_the_rest_or_not_at_all(database: Database, line: Line) -> None:
    for is_going_wrong in (True, False, True):
        with suppress(ZeroDivisionError), line.transaction() as asks:
            before = ids(database)
            assert asks.ask(ADD, [f"{{{'never' if is_going_wrong else 'a'}}}"])() is not None
            assert ids(database) == before
            asks.ask(COUNT, [])
            assert 1 // (not is_going_wrong)
    assert ids(database) == ["a"]


def test_what_is_locked_stays_so_until_the_commit(database: Database, line: Line) -> None:
    _add(line, "{a}")
    with line.transaction() as asks:
        asks.ask("SELECT id FROM kept WHERE id = %s FOR UPDATE", ["a"])()
        with database.transaction() as conn, pytest.raises(psycopg.errors.LockNotAvailable):
            conn.execute("SELECT FROM kept FOR UPDATE NOWAIT")
        asks.ask(ADD, ["{b}"])
    with database.transaction() as conn:
        conn.execute("SELECT FROM kept FOR UPDATE NOWAIT")
    assert ids(database) == ["a", "b"]


@pytest.mark.parametrize("is_answer_wanted", [True, False])
def test_an_error_of_a_statement_is_raised_and_rolls_back(
    database: Database, line: Line, is_answer_wanted: bool
) -> None:
    def divide(asks: Asks) -> None:
        answer = asks.ask("SELECT 1 / length(%s)", [""])
        if is_answer_wanted:
            answer()

    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero):
            _add(line, "{a}", then=divide)
    _add(line, "{b}")
    assert ids(database) == ["b"]


def test_a_commit_that_fails_is_an_error(database: Database, line: Line) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.UniqueViolation):
            _add(line, "{a,a}")
    _add(line, "{a}")
    assert ids(database) == ["a"]


def test_a_line_that_is_cut_says_so_and_opens_itself_anew(database: Database, line: Line) -> None:
    with line.transaction() as asks:
        pid = asks.ask("SELECT pg_backend_pid()::text", [])
    with database.read() as conn:
        conn.execute("SELECT pg_terminate_backend(%s, 5000)", (int(pid() or 0),))
    with pytest.raises(psycopg.OperationalError):
        _add(line, "{a}")
    _add(line, "{b}")
    assert ids(database) == ["b"]


def test_another_thread_runs_while_a_line_waits(database: Database, line: Line) -> None:
    with database.transaction() as conn:
        conn.execute("LOCK TABLE kept")
        waiting = Thread(target=_add, args=(line, "{a}"))
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
    waiting.join(10)
    assert ids(database) == ["a"]


def test_a_connection_of_the_pool_answers_alike(database: Database, line: Line) -> None:
    with database.transaction() as conn:
        asks = Plain(conn)
        added, count = asks.ask(ADD, ["{a}"]), asks.ask(COUNT, [])
        assert asks.ask("DELETE FROM kept WHERE id = %s", ["b"])() is None
        assert (added(), count()) == ("a", "1")


def _add(line: Line, names: str, then: Callable[[Asks], object] = lambda asks: None) -> None:
    with line.transaction() as asks:
        asks.ask(ADD, [names])
        then(asks)


def test_transactions_are_sent_before_earlier_ones_are_answered(database: Database, line: Line) -> None:
    for names in (("a", "b"), ("c", "d")):  # the second time with statements that are prepared
        sent = [line.send(lambda asks, name=name: asks.ask(ADD, [f"{{{name}}}"])) for name in names]
        assert [one.wait()() for one in sent] == [name.encode() for name in names]
    with line.transaction() as asks:
        count = asks.ask(COUNT, [])
    assert count() == b"4"
    assert ids(database) == ["a", "b", "c", "d"]


def test_one_that_fails_does_not_fail_the_one_sent_behind_it(database: Database, line: Line) -> None:
    _add(line, "{a}")
    for name in ("b", "c"):
        bad = line.send(lambda asks: asks.ask(ADD, ["{a}"]))
        worse = line.send(lambda asks: asks.ask("SELECT 1 / length(%s)", [""]))
        good = line.send(lambda asks, name=name: asks.ask(ADD, [f"{{{name}}}"]))
        with pytest.raises(psycopg.errors.UniqueViolation):
            bad.wait()
        with pytest.raises(psycopg.errors.DivisionByZero):
            worse.wait()
        assert good.wait()() == name.encode()
    assert ids(database) == ["a", "b", "c"]


def test_a_cut_fails_all_that_was_sent_and_nothing_that_is_sent_anew(database: Database, line: Line) -> None:
    with line.transaction() as asks:
        pid = asks.ask("SELECT pg_backend_pid()::text", [])
    with database.transaction() as conn:
        conn.execute("LOCK TABLE kept")
        lost = [line.send(lambda asks, name=name: asks.ask(ADD, [f"{{{name}}}"])) for name in ("a", "b")]
        conn.execute("SELECT pg_terminate_backend(%s, 5000)", (int(pid() or 0),))
    with pytest.raises(psycopg.OperationalError):
        lost[0].wait()
    anew = line.send(lambda asks: asks.ask(ADD, ["{c}"]))
    with pytest.raises(psycopg.OperationalError):
        lost[1].wait()
    assert anew.wait()() == b"c"
    assert ids(database) == ["c"]


def test_work_that_fails_sends_nothing(database: Database, line: Line) -> None:
    def fail(asks: Asks) -> None:
        asks.ask(ADD, ["{never}"])
        raise ZeroDivisionError

    sent = line.send(lambda asks: asks.ask(ADD, ["{a}"]))
    with pytest.raises(ZeroDivisionError):
        line.send(fail)
    with pytest.raises(psycopg.OperationalError):  # the line is closed, and whether it was committed is not known
        sent.wait()
    _add(line, "{b}")
    assert set(ids(database)) - {"a"} == {"b"}
