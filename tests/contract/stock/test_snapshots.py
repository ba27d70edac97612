"""As-of, snapshots and audit on the real database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from threading import Thread

from entrepot.infra.database import Database
from entrepot.stock import Drift, Movement, StockBook, history

DAY = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CELL = ("A", "R", "on_hand")


def receipt(id: str, qty: int, at: datetime) -> Movement:
    return Movement(id, "A", qty, "supplier", "on_hand", "R", "on_hand", "receipt", at)


def post(database: Database, movements: Iterable[Movement]) -> datetime:
    """Post, and return a moment after it by the database's clock."""
    with database.transaction() as conn:
        StockBook(database).post(conn, movements)
    with database.read() as conn:
        row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def test_a_back_dated_fact_adds_one_row_and_rewrites_none(database: Database) -> None:
    post(database, [receipt(f"m{number}", 1, MIDNIGHT + number * HOUR) for number in range(2000)])
    book = StockBook(database)
    book.take_snapshot(date(2026, 4, 1))
    sql = """SELECT seq, xmin::text, ctid::text FROM stock.movement
        UNION ALL SELECT snapshot, sku, xmin::text FROM stock.snapshot_cell"""
    with database.read() as conn:
        before = set(conn.execute(sql).fetchall())
    post(database, [receipt("late", 7, MIDNIGHT - HOUR)])
    with database.read() as conn:
        after = set(conn.execute(sql).fetchall())
    assert before < after
    assert len(after - before) == 1
    assert book.as_of(MIDNIGHT) == {CELL: 8}
    assert book.as_of(datetime(2026, 9, 1, tzinfo=UTC)) == {CELL: 2007}


def test_what_was_known_at_a_time_stays_answerable(database: Database) -> None:
    book = StockBook(database)
    first = post(database, [receipt("1", 5, MIDNIGHT - HOUR)])
    post(database, [receipt("2", 2, MIDNIGHT - 2 * HOUR)])
    book.take_snapshot(DAY)
    post(database, [receipt("3", 1, MIDNIGHT - 3 * HOUR)])
    assert book.as_of(MIDNIGHT, first) == {CELL: 5}
    assert book.as_of(MIDNIGHT) == {CELL: 8}
    assert book.as_of(MIDNIGHT - 2 * HOUR) == {CELL: 3}
    assert book.as_of(MIDNIGHT, sku="B") == {}
    assert book.as_of(MIDNIGHT, sku="A", node="R") == {CELL: 8}


def test_an_answer_uses_the_snapshot_and_not_the_rows_in_it(database: Database) -> None:
    post(database, [receipt("1", 5, MIDNIGHT - HOUR)])
    book = StockBook(database)
    book.take_snapshot(DAY)
    with database.transaction() as conn:
        conn.execute("UPDATE stock.snapshot_cell SET qty = 500")
    assert book.as_of(MIDNIGHT) == {CELL: 500}
    assert book.as_of(MIDNIGHT - HOUR) == {CELL: 5}


def test_a_snapshot_waits_for_writers_at_work(database: Database) -> None:
    book = StockBook(database)
    taker = Thread(target=book.take_snapshot, args=(DAY,))
    with database.transaction() as conn:
        book.post(conn, [receipt("1", 5, MIDNIGHT - HOUR)])
        taker.start()
        taker.join(0.2)
        assert taker.is_alive()
    taker.join(10)
    with database.read() as conn:
        assert conn.execute("SELECT sku, node, state, qty FROM stock.snapshot_cell").fetchall() == [(*CELL, 5)]


def test_a_fact_posted_while_a_snapshot_sums_is_not_in_it(database: Database) -> None:
    book = StockBook(database)
    post(database, [receipt("1", 5, MIDNIGHT - HOUR)])
    with database.transaction() as conn:
        up_to_seq, taken_at = history.fence(conn)
    post(database, [receipt("2", 2, MIDNIGHT - HOUR)])
    with database.transaction() as conn:
        history.store_snapshot(conn, DAY, up_to_seq, taken_at)
    assert book.as_of(MIDNIGHT) == {CELL: 7}


def test_a_snapshot_builds_on_the_one_before(database: Database) -> None:
    book = StockBook(database)
    post(database, [receipt("1", 5, MIDNIGHT - HOUR)])
    book.take_snapshot(DAY)
    post(database, [receipt("2", 2, MIDNIGHT + HOUR), receipt("3", 1, MIDNIGHT - 9 * HOUR)])
    book.take_snapshot(DAY + timedelta(days=1))
    with database.read() as conn:
        rows = conn.execute("SELECT qty FROM stock.snapshot_cell ORDER BY snapshot").fetchall()
    assert rows == [(5,), (8,)]


def test_an_audit_finds_a_level_written_past_the_book_and_leaves_it(database: Database) -> None:
    book = StockBook(database)
    post(database, [receipt("1", 5, MIDNIGHT)])
    assert book.audit() == []
    with database.transaction() as conn:
        conn.execute("UPDATE stock.level SET on_hand = 6")
        conn.execute("INSERT INTO stock.level (sku, node, damaged) VALUES ('B', 'R', 1)")
    drifts = [Drift("A", "R", "on_hand", 5, 6), Drift("B", "R", "damaged", 0, 1)]
    assert (book.audit(), book.audit()) == (drifts, drifts)


def test_an_audit_finds_a_level_that_is_missing(database: Database) -> None:
    post(database, [receipt("1", 5, MIDNIGHT)])
    with database.transaction() as conn:
        conn.execute("DELETE FROM stock.level")
    assert StockBook(database).audit() == [Drift("A", "R", "on_hand", 5, 0)]
