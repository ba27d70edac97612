"""The ledger of a cell, a document's movements, lanes."""

from datetime import UTC, datetime, timedelta

import pytest

from entrepot.infra.database import Database
from entrepot.kernel.errors import InputError
from entrepot.stock import Movement, StockBook
from entrepot.stock.pages import encode_cursor

NOW = datetime(2026, 3, 31, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def book(database: Database) -> StockBook:
    movements = [
        Movement("in", "A", 10, "supplier", "on_hand", "R", "on_hand", "receipt", NOW - 9 * DAY),
        Movement("bad", "A", 1, "R", "on_hand", "R", "damaged", "damage", NOW - 8 * DAY),
        Movement("o1", "A", 4, "R", "on_hand", "S", "in_transit", "transfer_out", NOW - 3 * DAY, doc="t1"),
        Movement("i1", "A", 3, "S", "in_transit", "S", "on_hand", "transfer_in", NOW - 2 * DAY, doc="t1"),
        Movement("o2", "A", 2, "R", "on_hand", "S", "in_transit", "transfer_out", NOW - 8 * DAY, doc="t2"),
        Movement("i2", "A", 2, "S", "in_transit", "S", "on_hand", "transfer_in", NOW - 7 * DAY, doc="t2"),
        Movement("o3", "A", 1, "R", "on_hand", "T", "in_transit", "transfer_out", NOW - DAY, doc="t3"),
    ]
    with database.transaction() as conn:
        StockBook(database).post(conn, movements)
    return StockBook(database)


def test_a_cell_shows_its_movements_with_the_balance_of_their_state(book: StockBook) -> None:
    page = book.ledger("A", "R")
    assert [(one.id, one.state, one.delta, one.balance) for one in page.items] == [
        ("o3", "on_hand", -1, 2),
        ("o1", "on_hand", -4, 3),
        ("o2", "on_hand", -2, 7),
        ("bad", "on_hand", -1, 9),
        ("bad", "damaged", 1, 1),
        ("in", "on_hand", 10, 10),
    ]
    assert page.next is None


def test_a_late_fact_stands_where_it_happened(book: StockBook, database: Database) -> None:
    late = Movement("late", "A", 5, "supplier", "on_hand", "R", "on_hand", "receipt", NOW - 4 * DAY)
    with database.transaction() as conn:
        book.post(conn, [late])
    assert [(one.id, one.balance) for one in book.ledger("A", "R", "on_hand").items][:4] == [
        ("o3", 7), ("o1", 8), ("late", 12), ("o2", 7),
    ]  # fmt: skip


def test_pages_show_every_row_once(book: StockBook) -> None:
    paged, cursor = [], None
    while True:
        page = book.ledger("A", "R", limit=1, cursor=cursor)
        paged += page.items
        cursor = page.next
        if cursor is None:
            break
    assert paged == book.ledger("A", "R").items


@pytest.mark.parametrize("cursor", ["x", encode_cursor(["noon", 1, "on_hand"]), encode_cursor(["2026-03-01", 1])])
def test_a_wrong_cursor_is_refused(book: StockBook, cursor: str) -> None:
    with pytest.raises(InputError, match="Start from the first page"):
        book.ledger("A", "R", cursor=cursor)


def test_an_unknown_cell_is_empty(book: StockBook) -> None:
    assert book.ledger("Z\x00", "R").items == []


def test_a_document_shows_its_movements(book: StockBook) -> None:
    assert [one.id for one in book.movements_of("t1")] == ["o1", "i1"]


def test_lanes_show_what_was_sent_this_week_and_what_is_under_way(book: StockBook) -> None:
    assert [tuple(one) for one in book.flows(NOW)] == [("R", "S", 4, 1), ("R", "T", 1, 1)]


def test_a_reversed_transfer_is_no_flow(book: StockBook, database: Database) -> None:
    with database.transaction() as conn:
        assert book.reverse(conn, "o3", "ann").is_done
    assert [tuple(one) for one in book.flows(NOW)] == [("R", "S", 4, 1)]
