"""Counts against the ledger: a finding and a movement with its cause, never a silent overwrite."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from entrepot.infra.database import Database
from entrepot.stock import Count, Movement, Posted, StockBook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def receipt(id: str, qty: int, at: datetime) -> Movement:
    return Movement(id, "A", qty, "supplier", "on_hand", "R", "on_hand", "receipt", at)


def sale(id: str, qty: int, at: datetime) -> Movement:
    return Movement(id, "A", qty, "R", "on_hand", "customer", "on_hand", "sale", at)


def count(id: str, qty: int, at: datetime) -> Count:
    return Count(id, "A", "R", "on_hand", qty, at)


def post(database: Database, movements: Iterable[Movement], counts: Iterable[Count] = ()) -> Posted:
    with database.transaction() as conn:
        return StockBook(database).post(conn, movements, counts)


def on_hand(database: Database) -> int:
    with database.read() as conn:
        row = conn.execute("SELECT on_hand FROM stock.level").fetchone()
    assert row is not None
    return int(row[0])


def test_a_difference_is_a_finding_and_a_movement(database: Database) -> None:
    posted = post(database, [receipt("1", 5, NOON)], [count("c", 3, NOON + HOUR)])
    (found,) = posted.differences
    assert (found.counted, found.book, found.movement) == (3, 5, "count:c")
    assert [one.id for one in posted.corrections] == ["count:c"]
    assert on_hand(database) == 3


def test_a_count_of_the_past_leaves_what_moved_since(database: Database) -> None:
    post(database, [receipt("1", 5, NOON), sale("2", 1, NOON + 2 * HOUR)])
    post(database, [], [count("c", 4, NOON + HOUR)])
    assert on_hand(database) == 3


def test_the_same_count_twice_counts_once(database: Database) -> None:
    post(database, [receipt("1", 5, NOON)], [count("c", 3, NOON + HOUR)])
    again = post(database, [], [count("c", 3, NOON + HOUR), count("c", 3, NOON + HOUR)])
    assert (again.duplicates, again.differences, again.corrections) == (("c", "c"), (), ())
    assert on_hand(database) == 3


def test_one_count_id_with_two_contents_is_a_conflict(database: Database) -> None:
    post(database, [], [count("c", 3, NOON)])
    assert [one.id for one in post(database, [], [count("c", 4, NOON)]).conflicts] == ["c"]
    assert on_hand(database) == 3


def test_a_sale_that_turns_up_after_the_count_that_saw_it_does_not_count_twice(database: Database) -> None:
    post(database, [receipt("1", 5, NOON)], [count("c", 3, NOON + 2 * HOUR)])
    posted = post(database, [sale("2", 2, NOON + HOUR)])
    assert [(one.id, one.doc, one.line) for one in posted.corrections] == [("late:c:2", "c", "2")]
    assert posted.negatives == ()
    assert on_hand(database) == 3


def test_a_count_between_two_others_leaves_the_later_one_true(database: Database) -> None:
    post(database, [receipt("1", 5, NOON)], [count("z", 6, NOON + 3 * HOUR)])
    posted = post(database, [], [count("c", 2, NOON + HOUR)])
    assert [one.id for one in posted.corrections] == ["count:c", "keep:z:c"]
    assert on_hand(database) == 6
    assert StockBook(database).as_of(NOON + 2 * HOUR) == {("A", "R", "on_hand"): 2}


def test_a_count_that_agrees_is_kept_for_facts_to_come(database: Database) -> None:
    assert post(database, [receipt("1", 5, NOON)], [count("c", 5, NOON + HOUR)]).corrections == ()
    post(database, [sale("2", 1, NOON)])
    assert on_hand(database) == 5


def test_the_first_count_of_an_unknown_cell_opens_it(database: Database) -> None:
    post(database, [], [count("c", 7, NOON)])
    assert on_hand(database) == 7
    assert StockBook(database).audit() == []
