"""The list of levels: sales, cover, status, filters, sorting and pages."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import Connection

from entrepot.infra.database import Database
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import InputError
from entrepot.stock import (
    HoldLine,
    HoldRequest,
    LevelQuery,
    LevelRow,
    Movement,
    Node,
    Reservations,
    Sku,
    StockBook,
    upsert_nodes,
    upsert_skus,
)
from entrepot.stock.levels import levels

NOW = datetime(2026, 3, 31, tzinfo=UTC)
DAY = timedelta(days=1)


def receipt(id: str, sku: str, qty: int, node: str = "R") -> Movement:
    return Movement(id, sku, qty, "supplier", "on_hand", node, "on_hand", "receipt", NOW - 80 * DAY)


def sale(id: str, sku: str, qty: int, days_ago: float, node: str = "R") -> Movement:
    at = NOW - days_ago * DAY
    return Movement(id, sku, qty, node, "on_hand", "customer", "on_hand", "sale", at)


@pytest.fixture(scope="module")
def book(module_database: Database) -> StockBook:
    """A: low; B: ok; C: excess by no sales; D: sold out; E: a centre that only sends on."""
    movements = [
        receipt("a", "A", 70), sale("a1", "A", 56, 1), sale("a2", "A", 4, 28), sale("a3", "A", 1, -1),
        receipt("b", "B", 48), sale("b1", "B", 28, 27),
        receipt("c", "C", 9),
        receipt("d", "D", 2), sale("d1", "D", 2, 3),
        receipt("e", "E", 68), Movement("e1", "E", 28, "R", "on_hand", "S", "in_transit", "transfer_out", NOW - DAY),
    ]  # fmt: skip
    with module_database.transaction() as conn:
        upsert_skus(conn, [Sku("A", 1, "x", title="羊毛围巾"), Sku("B", 1, "x", title="袜子")])
        upsert_nodes(
            conn, [Node("R", 1, "x", name="华东仓", name_en="East", kind="rdc", latitude=31.0, longitude=121.0)]
        )
        StockBook(module_database).post(conn, movements)
        StockBook(module_database).reverse(conn, "a2", "ann")
    return StockBook(module_database)


def rows(book: StockBook, **query: object) -> list[LevelRow]:
    return book.levels(LevelQuery(**query), NOW).items  # type: ignore[arg-type]


def test_cover_and_status_follow_the_last_four_weeks(book: StockBook) -> None:
    assert [(one.sku, one.on_hand, one.daily_sales, one.cover_days, one.status) for one in rows(book, node="R")] == [
        ("A", 13, 2.0, 6.5, "low"),
        ("B", 20, 1.0, 20.0, "ok"),
        ("C", 9, 0.0, None, "excess"),
        ("D", 0, 2 / 28, 0.0, "out"),
        ("E", 40, 0.0, 40.0, "ok"),
    ]


def test_a_reversed_sale_is_no_sale(book: StockBook, undone: Connection) -> None:
    book.reverse(undone, "b1", "ann")
    (row,) = levels(undone, LevelQuery(sku="B"), NOW).items
    assert (row.on_hand, row.daily_sales, row.cover_days) == (48, 0.0, None)


def test_what_is_held_is_not_available(book: StockBook, module_database: Database, undone: Connection) -> None:
    order = HoldRequest("order-1", "order", (HoldLine("1", "B", 5, "R"),))
    cart = HoldRequest("cart-1", "cart", (HoldLine("1", "B", 2, "R"),), expires_at=NOW + DAY)
    Reservations(module_database, book, FixedClock(NOW)).hold_in(undone, [order, cart])
    (row,) = levels(undone, LevelQuery(sku="B"), NOW).items
    assert (row.on_hand, row.allocated, row.reserved, row.available) == (20, 5, 2, 13)


def test_names_come_from_the_catalogue_and_may_lack(book: StockBook) -> None:
    first = rows(book)[0]
    assert (first.title, first.node_name, first.node_name_en) == ("羊毛围巾", "华东仓", "East")
    assert rows(book, sku="C")[0].title == ""


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ({"status": "low"}, "A"),
        ({"node": "S"}, "E"),
        ({"q": "ymwj"}, "A"),
        ({"q": "wz 华东"}, "B"),
        ({"q": "hdc"}, "ABCDE"),
        ({"q": "d"}, "ABCDE"),
        ({"q": "no such"}, ""),
        ({"sort": "-on_hand", "node": "R"}, "EBACD"),
        ({"sort": "cover_days", "node": "R"}, "DABEC"),
        ({"sort": "-cover_days", "node": "R"}, "CEBAD"),
        ({"sort": "-daily_sales", "node": "R"}, "ABDEC"),
        ({"sort": "title", "node": "R"}, "CDEBA"),
    ],
)
def test_filters_and_sorting(book: StockBook, query: dict[str, object], skus: str) -> None:
    assert "".join(one.sku for one in rows(book, **query)) in (skus, skus + "E")


@pytest.mark.parametrize(
    "column", ["sku", "node", "title", "node_name", "on_hand", "available", "daily_sales", "cover_days"]
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_show_every_row_once(book: StockBook, column: str, sign: str) -> None:
    whole, paged, cursor = rows(book, sort=sign + column), [], None
    while True:
        page = book.levels(LevelQuery(sort=sign + column, limit=2, cursor=cursor), NOW)
        paged += page.items
        cursor = page.next
        if cursor is None:
            break
    assert paged == whole
    assert len(paged) == 6


@pytest.mark.parametrize(
    ("query", "code"),
    [({"sort": "magic"}, "stock.sort"), ({"status": "fine"}, "stock.status"), ({"cursor": "x"}, "stock.cursor")],
)
def test_a_wrong_question_is_refused(book: StockBook, query: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        rows(book, **query)
    assert caught.value.code == code


def test_a_question_with_odd_characters_finds_nothing(book: StockBook) -> None:
    assert rows(book, sku="\x00", node="'", q="%\\_🧦") == []


def test_nodes_in_sum(book: StockBook) -> None:
    (node,) = book.nodes(NOW)
    assert (node.id, node.kind, node.units, node.skus, node.stockouts, node.low, node.excess) == (
        "R", "rdc", 82, 5, 1, 1, 1,
    )  # fmt: skip
    assert node.cover_days == pytest.approx(82 / ((56 + 28 + 2 + 28) / 28))
