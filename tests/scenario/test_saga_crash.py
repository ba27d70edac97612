"""kill -9 at every step of an order's life, before its commit and after it: the same end, and nothing twice."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from entrepot.infra.database import Database
from entrepot.infra.jobs import Jobs
from entrepot.stock import Movement
from tests.conftest import REPOSITORY
from tests.scenario import dying_house
from tests.scenario.order_house import ORDER, START, House, open_house

STEPS = ["follow", "hold", "source", "release", "follow", "follow", "settle"]
STATE = {
    "pieces": "SELECT line, no, sku, qty, state, node, hold, barred, issues, since FROM orders.piece ORDER BY 1, 2",
    "commands": "SELECT version, command, command_id, changes::text, at FROM orders.piece_event ORDER BY version",
    "holds": "SELECT id, place, line, node, qty, held, posted, state FROM stock.hold ORDER BY 1, 2",
    "movements": "SELECT id, sku, qty, from_node, to_node FROM stock.movement ORDER BY 1",
    "levels": "SELECT sku, node, on_hand, allocated FROM stock.level ORDER BY 1, 2",
    "work": "SELECT id, node, released_at, ship_by FROM orders.fulfilment ORDER BY 1",
    "told": "SELECT kind, key, payload::text FROM log.event WHERE kind LIKE 'piece.%' OR kind = 'order.settled' "
    "OR kind LIKE 'hold.%' ORDER BY seq",
    "jobs not done": "SELECT name, error::text FROM jobs.job WHERE status <> 'done'",
}


@pytest.fixture
def make_house(
    fresh_database_url: Callable[[], str], tmp_path: Path
) -> Iterator[Callable[[str], tuple[House, str, Path]]]:
    opened: list[Database] = []

    def make(name: str) -> tuple[House, str, Path]:
        url, path = fresh_database_url(), tmp_path / name
        path.mkdir()
        opened.append(Database(url))
        opened[-1].open()
        return open_house(opened[-1], path), url, path

    yield make
    for database in opened:
        database.close()


def tell_life(house: House, work: Callable[[], int]) -> int:
    """Tell an order's life; after each piece of news the house works until nothing is left. Returns the sum."""
    house.stock(DC=2)
    house.trade(qty=2)
    total = work()
    house.clock.at = START + timedelta(minutes=10)
    total += work()
    shipped = Movement("wms/1", "A-1", 2, "DC", "on_hand", "customer", "on_hand", "sale", house.clock.at, doc=ORDER)
    with house.platform.db.transaction() as conn:
        house.platform.book.post(conn, [shipped])
    house.clock.at = START + timedelta(minutes=20)
    total += work()
    house.trade(qty=2, minute=30, status="TRADE_FINISHED", end_time="2026-11-02 10:30:00")
    house.clock.at = START + timedelta(minutes=30)
    return total + work()


def state(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as conn:
        return {name: conn.execute(query.encode()).fetchall() for name, query in STATE.items()}


def test_killed_twice_at_every_step_it_ends_as_if_it_never_had_been(
    make_house: Callable[[str], tuple[House, str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet, quiet_url, _ = make_house("quiet")

    def settle() -> int:
        quiet.later()
        quiet.settle()
        return 0

    tell_life(quiet, settle)
    quiet.check_books()

    killed, killed_url, marks = make_house("killed")
    with Jobs(killed.platform.db, "house"):
        pass  # the engine makes its tables
    # Processes are forked from one that has everything imported and nothing opened.
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.scenario.dying_house", "dbos"])

    def die_until_done() -> int:
        deaths = 0
        while True:
            process = processes.Process(target=dying_house.run, args=(killed_url, marks, killed.clock.at))
            process.start()
            process.join(120)
            if process.exitcode == 0:
                return deaths
            assert process.exitcode == -signal.SIGKILL
            deaths += 1
            assert deaths <= 2 * len(STEPS), "it dies at the same place again"

    assert tell_life(killed, die_until_done) == 2 * len(STEPS)
    killed.check_books()
    left, right = state(quiet_url), state(killed_url)
    assert right["told"][-1][0] == "order.settled"
    assert killed.pieces() == {"delivered@DC": 2}
    for name in STATE:
        assert right[name] == left[name], name
