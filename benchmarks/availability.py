"""Availability: how long a read takes, how fast figures follow, and how fast everything is worked out anew.

``python -m benchmarks.availability [--sizes 300 10000] [--rounds N] [--record FILE]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.machine import machine
from benchmarks.server import open_directory
from entrepot.flows.availability import AvailabilityFlow
from entrepot.hub.shops import Shop, Shops
from entrepot.hub.writeback import TargetQuery, targets
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.log import Event
from entrepot.infra.migrate import upgrade
from entrepot.infra.postgres import EmbeddedPostgres
from entrepot.infra.secrets import SecretBox
from entrepot.kernel.clock import FixedClock
from entrepot.stock import Listing, Movement, Node, Sku, StockBook, upsert_listings, upsert_nodes, upsert_skus
from entrepot.stock.availability_queries import AtpQuery, of_sku, rows
from entrepot.stock.supply import SupplyLine
from entrepot.stock.supply_store import take_lines

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
SHOPS = (("taobao", "flagship"), ("douyin", "live"), ("youzan", "club"), ("shopify", "abroad"))
TARGET_READ_MS = 5.0
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def main() -> None:
    arguments = _arguments()
    record: dict[str, object] = {"machine": machine(), "target_read_ms": TARGET_READ_MS}
    for size in arguments.sizes:
        nodes = 43 if size <= 1000 else 8
        with _database() as db:
            figures = _measure(db, size, nodes, arguments.rounds)
        record[f"{size} SKUs x {len(SHOPS)} shops, {nodes} nodes"] = figures
        print(f"{size:,} SKUs x {len(SHOPS)} shops, {nodes} nodes")
        for name, value in figures.items():
            print(f"  {name}: {value}")
    if arguments.record:
        arguments.record.write_text(json.dumps(record, indent=1))


def _measure(db: Database, size: int, nodes: int, rounds: int) -> dict[str, object]:
    chance, flow = Random(7), AvailabilityFlow(db, FixedClock(NOW))
    skus = [f"A-{number:05d}" for number in range(size)]
    _furnish(db, skus, nodes, chance)
    while flow.step(100_000):
        pass
    with db.read() as conn:
        conn.execute("ANALYZE")  # autovacuum does so within a minute
    began = time.perf_counter()
    flow.rebuild()
    rebuilt = time.perf_counter() - began
    book, number = StockBook(db), iter(range(10**9))

    def move() -> None:
        sku = chance.choice(skus)
        with db.transaction() as conn:
            way = ("supplier", "on_hand", "N-0", "on_hand")
            book.post(conn, [Movement(f"b{next(number)}", sku, 1, *way, "receipt", NOW)])

    def follow() -> None:
        move()
        while not flow.step():
            time.sleep(0.0005)  # an event is readable once all older transactions have ended

    def read_row() -> None:
        with db.read() as conn:
            rows(conn, AtpQuery(sku=chance.choice(skus), channel="taobao"))

    def read_sku() -> None:
        with db.read() as conn:
            of_sku(conn, chance.choice(skus))

    def read_outbox() -> None:
        with db.read() as conn:
            targets(conn, TargetQuery(channel="douyin", limit=50))

    moved = _times(move, rounds)
    while flow.step(100_000):
        pass
    return {
        "rows of the read model": size * len(SHOPS),
        "everything worked out anew, s": round(rebuilt, 2),
        "SKUs a second": round(size / rebuilt),
        "read one SKU in one channel": _shown(_times(read_row, rounds * 5)),
        "read one SKU in full": _shown(_times(read_sku, rounds * 5)),
        "list 50 of the outbox": _shown(_times(read_outbox, rounds)),
        "post a movement": _shown(moved),
        "post a movement until the outbox has its wish": _shown(_times(follow, rounds)),
    }


def _times(work: Callable[[], None], rounds: int) -> list[float]:
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def _shown(times: list[float]) -> str:
    return f"median {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms"


def _furnish(db: Database, skus: list[str], nodes: int, chance: Random) -> None:
    shops = Shops(SecretBox(KEY))
    with db.transaction() as conn:
        for channel, shop in SHOPS:
            shops.register(conn, Shop(channel, shop, shop))
            upsert_listings(conn, [Listing(channel, shop, sku, 1, "x", sku, sku, sku, sku, "exact") for sku in skus])
        upsert_nodes(conn, [Node(f"N-{number}", 1, "x", kind="rdc") for number in range(nodes)])
        upsert_skus(conn, [Sku(sku, 1, "x") for sku in skus])
        conn.execute(
            "INSERT INTO stock.level (sku, node, on_hand, allocated) "
            "SELECT s.id, n.id, (random() * 40)::int, (random() * 10)::int FROM stock.sku s, stock.node n"
        )
        take_lines(conn, [_supply(sku, chance) for sku in skus if chance.random() < 0.2], "api")
        log.append(conn, [Event("catalogue.changed", "stock.sku", {})])


def _supply(sku: str, chance: Random) -> SupplyLine:
    due = [NOW + timedelta(days=days) for days in sorted(chance.sample(range(1, 60), 3))]
    return SupplyLine(f"PO/{sku}", "purchase", sku, "N-0", 20, 1, due_p10=due[0], due_p50=due[1], due_p90=due[2])


@contextmanager
def _database() -> Iterator[Database]:
    with open_directory() as directory, EmbeddedPostgres(directory / "data") as server:
        upgrade(server.url)
        with Database(server.url, name="benchmark") as db:
            yield db


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 10_000])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--record", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
