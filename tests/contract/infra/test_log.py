"""The log on a real server: nothing committed is ever passed over, and positions move with the work."""

from __future__ import annotations

import psycopg
import pytest

from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.kernel.errors import InputError


def _event(number: int) -> log.Event:
    return log.Event("order.changed", f"order {number}", {"number": number})


def _read_all(db: Database, reader: log.Reader) -> list[str]:
    seen = []
    while True:
        with db.transaction() as conn:
            events = reader.take(conn, 2)
            if not events:
                return seen
            seen.extend(logged.event.key for logged in events)
            reader.advance(conn, events[-1].position)


def test_a_reader_goes_on_where_it_stopped(database: Database) -> None:
    reader = log.Reader(database, "test")
    with database.transaction() as conn:
        log.append(conn, map(_event, range(5)))
    assert _read_all(database, reader) == [f"order {number}" for number in range(5)]
    with database.transaction() as conn:
        log.append(conn, [_event(5)])
    assert _read_all(database, reader) == ["order 5"]


def test_an_event_that_commits_late_is_not_passed_over(database: Database) -> None:
    reader = log.Reader(database, "test")
    with psycopg.connect(database.url) as slow:
        log.append(slow, [_event(1)])  # has the lower number, and is not committed yet
        with database.transaction() as conn:
            log.append(conn, [_event(2)])
        assert _read_all(database, reader) == []
        slow.commit()
    assert _read_all(database, reader) == ["order 1", "order 2"]


def test_work_that_fails_leaves_the_position(database: Database) -> None:
    reader = log.Reader(database, "test")
    with database.transaction() as conn:
        log.append(conn, [_event(1)])

    def fail() -> None:
        with database.transaction() as conn:
            events = reader.take(conn)
            reader.advance(conn, events[-1].position)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _read_all(database, reader) == ["order 1"]


def test_a_reader_replays_from_a_position(database: Database) -> None:
    reader = log.Reader(database, "test")
    with database.transaction() as conn:
        log.append(conn, map(_event, range(3)))
    everything = _read_all(database, reader)
    reader.rewind()
    assert _read_all(database, reader) == everything
    with pytest.raises(InputError):
        reader.rewind(log.Position(-1, 0))


def test_an_event_and_its_state_are_rolled_back_together(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as conn:
            log.append(conn, [_event(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as conn:
        assert log.head(conn) == log.START


def test_a_reader_can_choose_kinds_and_its_lag_is_known(database: Database) -> None:
    reader = log.Reader(database, "test", ["parcel.changed"])
    with database.transaction() as conn:
        log.append(conn, [_event(1), log.Event("parcel.changed", "SF1", {})])
    with database.read() as conn:
        assert [(lag.name, lag.behind) for lag in log.lags(conn)] == [("test", 2)]
    assert _read_all(database, reader) == ["SF1"]
    with database.transaction() as conn:
        log.append(conn, [_event(2)])
    assert _read_all(database, reader) == []
    with database.read() as conn:
        assert [lag.behind for lag in log.lags(conn)] == [0]


def test_events_go_to_the_partition_of_their_month(database: Database) -> None:
    with database.transaction() as conn:
        log.ensure_partitions(conn)
        log.ensure_partitions(conn)
        log.append(conn, [_event(1)])
        row = conn.execute("SELECT tableoid::regclass::text FROM log.event").fetchone()
    assert row is not None
    assert row[0].startswith("log.event_20")


def test_events_that_came_before_their_partition_are_moved_into_it(database: Database) -> None:
    where = "SELECT DISTINCT tableoid::regclass::text FROM log.event"
    with database.transaction() as conn:
        log.append(conn, [_event(1), _event(2)])
        assert conn.execute(where).fetchall() == [("log.event_other",)]
    with database.transaction() as conn:
        before = log.read(conn, log.START)
        log.ensure_partitions(conn)
        (kept,) = conn.execute(where).fetchall()
        assert kept[0].startswith("log.event_20")
        assert log.read(conn, log.START) == before != []
        log.append(conn, [_event(3)])
    assert _read_all(database, log.Reader(database, "test")) == ["order 1", "order 2", "order 3"]


def test_appending_wakes_listeners(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as listener:
        listener.execute(f"LISTEN {log.CHANNEL}")
        with database.transaction() as conn:
            log.append(conn, [_event(1)])
        assert [notice.channel for notice in listener.notifies(timeout=5, stop_after=1)] == [log.CHANNEL]
