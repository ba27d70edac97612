"""200 pieces, 64 clients, a server that is killed: nothing is sold twice, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from entrepot.infra.auth import SYSTEM, create_user, issue_token
from entrepot.infra.database import Database
from entrepot.infra.postgres import running_url
from entrepot.stock import Movement, Reservations, StockBook
from tests.scenario.hold_clients import OUT_OF_REACH, Client, Place

CLIENTS = 64
STOCK = {"N1": 120, "N2": 80}
LONGEST_SECONDS = 180


class Server:
    """The application as people run it, on a directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ, "ENTREPOT_DATA_DIR": str(self._data_dir), "ENTREPOT_DATABASE_URL": "",
            "ENTREPOT_PORT": str(self.port), "ENTREPOT_DEMO_RATE": "0",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", "entrepot", "serve"], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._await()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=30)

    def kill_database(self) -> None:
        with psycopg.connect(self.url) as conn:
            row = conn.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            status = Path(f"/proc/{row[0]}/status").read_text()
        os.kill(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid")), signal.SIGKILL)

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=60)

    @property
    def url(self) -> str:
        url = running_url(self._data_dir)
        assert url is not None
        return url

    def _await(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the server ended before it served"
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OUT_OF_REACH:
                time.sleep(0.1)  # not there yet
            finally:
                connection.close()
        raise AssertionError("the server did not come")


def test_nothing_is_sold_twice_and_nothing_acknowledged_is_lost(open_directory: Path) -> None:
    server = Server(open_directory / "data")
    server.start()
    place = Place(server.port, _prepare(server.url), time.monotonic() + LONGEST_SECONDS)
    with _at_work(place) as clients:
        _let_work(clients, 150)
        server.kill()
        server.start()
        place.port = server.port
        _let_work(clients, 150)
        server.kill_database()
        server.kill()
        server.start()
        place.port = server.port
        _let_work(clients, 150)
    try:
        _compare(server.url, clients)
    finally:
        server.stop()


def _prepare(url: str) -> str:
    """Book the stock, and return a token that may hold and read."""
    with Database(url) as db, db.transaction() as conn:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        StockBook(db).post(
            conn,
            [Movement(f"in-{node}", "A", qty, "supplier", "on_hand", node, "on_hand", "receipt", at)
             for node, qty in STOCK.items()],
        )  # fmt: skip
        create_user(conn, "shops", "a long password, is it", "operator", by=SYSTEM)
        return issue_token(conn, "shops", "scenario", ["reserve", "read"], by=SYSTEM).secret


@contextmanager
def _at_work(place: Place) -> Iterator[list[Client]]:
    """Let the clients act; at the end each finishes what it is at."""
    is_over = threading.Event()
    clients = [Client(number, place, is_over) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        is_over.set()
        for thread in threads:
            thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def _let_work(clients: list[Client], answers: int) -> None:
    """Wait until the clients have so many more answers."""
    goal, deadline = sum(client.answers for client in clients) + answers, time.monotonic() + 60
    while sum(client.answers for client in clients) < goal:
        assert time.monotonic() < deadline, "the clients get no answers"
        time.sleep(0.02)


def _compare(url: str, clients: list[Client]) -> None:
    """Put what clients were told beside what the book says."""
    assert [fault for client in clients for fault in client.faults] == []
    with Database(url) as db:
        book = StockBook(db)
        door = Reservations(db, book)
        assert door.audit() == []
        assert book.audit() == []
        with db.read() as conn:
            cells = conn.execute(
                "SELECT node, on_hand, reserved, allocated, in_transit FROM stock.level WHERE sku = 'A' ORDER BY node"
            ).fetchall()
            sold = conn.execute("SELECT coalesce(sum(qty), 0)::bigint FROM stock.movement WHERE reason = 'sale'")
            left = sold.fetchone()
        assert all(reserved + allocated <= on_hand for _, on_hand, reserved, allocated, _ in cells), cells
        assert left is not None
        assert sum(on_hand + in_transit for _, on_hand, _, _, in_transit in cells) + left[0] == sum(STOCK.values())
        ends: Counter[str] = Counter()
        for client in clients:
            for id, told in client.told.items():
                detail = door.get(id)
                state = detail.held.state
                ends[state] += 1
                assert state == told or (state == "expired" and id in client.carts), (id, told, detail)
                if state == "held":
                    assert [one.node for one in detail.held.placements] == [client.node[id]]
    assert ends["held"] > 0
    assert ends["voided"] > 0
    assert ends["posted"] > 0
