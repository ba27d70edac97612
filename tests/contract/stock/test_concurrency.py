"""Many writers on the same cells: no deadlock, no lost piece."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from random import Random

from entrepot.infra.database import Database
from entrepot.stock import Count, Movement, Posted, StockBook, fold

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SKUS, NODES = [f"A{number}" for number in range(4)], [f"N{number}" for number in range(4)]


def shuffled_batches(writer: int) -> list[list[Movement]]:
    """Transfers between all cells, each batch in its own order; every writer also repeats writer 0's."""
    batches = []
    for batch in range(12):
        for owner in {0, writer}:
            random = Random(f"{owner}-{batch}")
            movements = []
            for number in range(20):
                here, there = random.sample(NODES, 2)
                accounts = (here, "on_hand", there, "in_transit")
                sku, qty, at = random.choice(SKUS), random.randint(1, 5), NOON + timedelta(minutes=number)
                movements.append(Movement(f"{owner}-{batch}-{number}", sku, qty, *accounts, "transfer_out", at))
            Random(f"{writer}-{batch}").shuffle(movements)
            batches.append(movements)
    return batches


def test_writers_on_the_same_cells_neither_deadlock_nor_lose(database: Database) -> None:
    book = StockBook(database)

    def write(writer: int) -> list[Posted]:
        results = []
        for movements in shuffled_batches(writer):
            with database.transaction() as conn:
                results.append(book.post(conn, movements))
        if writer == 0:
            book.take_snapshot(date(2026, 3, 2))
        return results

    with ThreadPoolExecutor(6) as pool:
        posted = [one for results in pool.map(write, range(6)) for one in results]
    booked = [movement for one in posted for movement in one.movements]
    expected = {
        movement.id: movement for writer in range(6) for batch in shuffled_batches(writer) for movement in batch
    }
    assert sorted(movement.id for movement in booked) == sorted(expected)
    assert not any(one.conflicts for one in posted)
    assert book.audit() == []
    balances = {account: qty for account, qty in fold(expected.values()).items() if qty}
    assert book.as_of(NOON + timedelta(days=9)) == balances


def test_one_id_with_two_contents_raced_in_both_orders_is_settled(database: Database) -> None:
    book = StockBook(database)

    def write(node: str) -> Posted:
        movements = [
            Movement(id, "A0", 1, "supplier", "on_hand", node, "on_hand", "receipt", NOON) for id in "abcdefgh"
        ]
        with database.transaction() as conn:
            return book.post(conn, movements if node == "N0" else movements[::-1])

    with ThreadPoolExecutor(4) as pool:
        posted = list(pool.map(write, NODES))
    assert sum(len(one.movements) for one in posted) == 8
    assert sum(len(one.conflicts) for one in posted) == 24
    assert book.audit() == []


def test_the_same_count_raced_counts_once(database: Database) -> None:
    book = StockBook(database)

    def write(_: int) -> Posted:
        with database.transaction() as conn:
            return book.post(conn, [], [Count("c", "A0", "N0", "on_hand", 7, NOON)])

    with ThreadPoolExecutor(4) as pool:
        posted = list(pool.map(write, range(4)))
    assert sum(len(one.corrections) for one in posted) == 1
    assert book.as_of(NOON) == {("A0", "N0", "on_hand"): 7}


def test_commands_in_a_race_never_take_more_than_there_is(database: Database) -> None:
    book = StockBook(database)
    with database.transaction() as conn:
        book.post(conn, [Movement("in", "A0", 10, "supplier", "on_hand", "N0", "on_hand", "receipt", NOON)])

    def take(number: int) -> bool:
        scrap = Movement(f"s{number}", "A0", 1, "N0", "on_hand", "scrap", "on_hand", "scrap", NOON)
        with database.transaction() as conn:
            return book.command(conn, [scrap]).is_done

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(take, range(30)))
    assert sum(done) == 10
    assert book.as_of(NOON) == {}
