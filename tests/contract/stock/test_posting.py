"""Posting facts and commands to the real database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.infra.database import Database
from entrepot.kernel.errors import NotFound
from entrepot.stock import Count, Movement, Negative, Posted, StockBook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def receipt(id: str, qty: int, node: str = "R", at: datetime = NOON) -> Movement:
    return Movement(id, "A", qty, "supplier", "on_hand", node, "on_hand", "receipt", at)


def sale(id: str, qty: int, node: str = "R", at: datetime = NOON) -> Movement:
    return Movement(id, "A", qty, node, "on_hand", "customer", "on_hand", "sale", at)


def post(database: Database, movements: Iterable[Movement], counts: Iterable[Count] = ()) -> Posted:
    with database.transaction() as conn:
        return StockBook(database).post(conn, movements, counts)


def levels(database: Database) -> dict[tuple[str, str], tuple[int, ...]]:
    sql = "SELECT sku, node, on_hand, quality_hold, damaged, in_transit, on_order FROM stock.level"
    with database.read() as conn:
        return {(row[0], row[1]): tuple(row[2:]) for row in conn.execute(sql)}


def test_levels_follow_movements(database: Database) -> None:
    posted = post(database, [receipt("1", 5), sale("2", 2)])
    assert [one.id for one in posted.movements] == ["1", "2"]
    assert levels(database) == {("A", "R"): (3, 0, 0, 0, 0)}


def test_nothing_is_posted_as_nothing(database: Database) -> None:
    assert post(database, []) == Posted()


def test_the_same_movement_twice_counts_once(database: Database) -> None:
    first = post(database, [receipt("1", 5), receipt("1", 5)])
    again = post(database, [receipt("1", 5)])
    assert (first.duplicates, again.duplicates, again.movements) == (("1",), ("1",), ())
    assert levels(database) == {("A", "R"): (5, 0, 0, 0, 0)}


def test_one_id_with_two_contents_is_a_conflict_and_the_first_stays(database: Database) -> None:
    inside = post(database, [receipt("1", 5), receipt("1", 6)])
    later = post(database, [receipt("1", 7, node="S")])
    assert [(one.id, one.booked, one.given) for one in (*inside.conflicts, *later.conflicts)] == [
        ("1", receipt("1", 5), receipt("1", 6)),
        ("1", receipt("1", 5), receipt("1", 7, node="S")),
    ]
    assert levels(database)["A", "R"] == (5, 0, 0, 0, 0)


def test_a_till_may_sell_what_the_book_does_not_have(database: Database) -> None:
    posted = post(database, [receipt("1", 1), sale("2", 3)])
    assert posted.negatives == (Negative("A", "R", "on_hand", -2),)
    assert len(posted.movements) == 2


def test_outside_nodes_have_no_level(database: Database) -> None:
    post(database, [Movement("1", "A", 5, "supplier:x", "on_hand", "customer", "on_hand", "sale", NOON)])
    assert levels(database) == {}


def test_ids_are_data_not_sql(database: Database) -> None:
    odd = "'; DROP TABLE stock.level; -- \\ \" %s 🧦\n"
    posted = post(database, [Movement(odd, odd, 1, odd, "on_hand", "customer", "on_hand", "sale", NOON, doc=odd)])
    assert posted.movements[0].id == odd
    assert levels(database) == {(odd, odd): (-1, 0, 0, 0, 0)}


def test_a_short_transfer_leaves_its_remainder_in_transit(database: Database) -> None:
    out = Movement("o", "A", 5, "R", "on_hand", "S", "in_transit", "transfer_out", NOON, doc="t")
    into = Movement("i", "A", 3, "S", "in_transit", "S", "on_hand", "transfer_in", NOON + HOUR, doc="t")
    post(database, [receipt("1", 5), out, into])
    assert levels(database) == {("A", "R"): (0, 0, 0, 0, 0), ("A", "S"): (3, 0, 0, 2, 0)}


def test_movements_are_logged_in_the_same_transaction(database: Database) -> None:
    post(database, [receipt("1", 1), sale("2", 3)], [Count("c", "A", "R", "on_hand", 0, NOON + HOUR)])
    with database.read() as conn:
        kinds = [kind for (kind,) in conn.execute("SELECT kind FROM log.event ORDER BY seq")]
    assert sorted(kinds) == ["stock.counted", "stock.moved", "stock.moved", "stock.moved"]


def test_a_rolled_back_post_leaves_nothing(database: Database) -> None:
    with database.transaction() as conn, conn.transaction(force_rollback=True):
        StockBook(database).post(conn, [receipt("1", 5)])
    assert levels(database) == {}


def test_a_command_that_takes_too_much_is_refused_and_leaves_nothing(database: Database) -> None:
    post(database, [receipt("1", 2)])
    with database.transaction() as conn:
        outcome = StockBook(database).command(conn, [receipt("2", 9, node="S"), sale("3", 3)])
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "short"
    assert "Cannot take so much A (on_hand) from R: 1 too many." in outcome.refusal.message
    assert levels(database) == {("A", "R"): (2, 0, 0, 0, 0)}


def test_a_command_under_a_taken_id_is_refused(database: Database) -> None:
    post(database, [receipt("1", 2)])
    with database.transaction() as conn:
        outcome = StockBook(database).command(conn, [receipt("1", 3)])
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "conflict"


def test_a_command_repeated_is_done_once(database: Database) -> None:
    post(database, [receipt("1", 2)])
    for _ in range(2):
        with database.transaction() as conn:
            assert StockBook(database).command(conn, [sale("2", 2)]).is_done
    assert levels(database) == {("A", "R"): (0, 0, 0, 0, 0)}


def test_a_reversal_undoes_once(database: Database) -> None:
    post(database, [receipt("1", 2), sale("2", 2)])
    book = StockBook(database)
    for _ in range(2):
        with database.transaction() as conn:
            assert book.reverse(conn, "2", "ann").is_done
    assert levels(database) == {("A", "R"): (2, 0, 0, 0, 0)}


def test_what_cannot_be_reversed_says_why(database: Database) -> None:
    post(database, [receipt("1", 2)], [Count("c", "A", "R", "on_hand", 1, NOON)])
    book = StockBook(database)
    with database.transaction() as conn:
        book.reverse(conn, "1", "ann")
        refusals = [book.reverse(conn, id, "ann").refusal for id in ("reversal:1", "count:c")]
        assert [refusal.reason for refusal in refusals if refusal] == ["is_reversal", "is_count"]
        with pytest.raises(NotFound, match="no movement 'nope'"):
            book.reverse(conn, "nope", "ann")


def test_reversing_a_receipt_that_is_sold_is_refused(database: Database) -> None:
    post(database, [receipt("1", 2), sale("2", 2)])
    with database.transaction() as conn:
        outcome = StockBook(database).reverse(conn, "1", "ann")
    assert outcome.refusal is not None
    assert outcome.refusal.reason == "short"
