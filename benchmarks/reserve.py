"""Reservations a second on a hot SKU and on 10,000, beside the designs everyone writes first, in one run.

``python -m benchmarks.reserve [--seconds S] [--rounds N] [--record FILE] [--only PART]``
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.machine import machine
from benchmarks.reserve_designs import (
    MOST_CONNECTIONS,
    NODE,
    Design,
    Window,
    closed_loop,
    designs,
    pgbench,
    reservations,
    sku_name,
)
from benchmarks.reserve_http import bulk, served, single
from benchmarks.server import Server, open_directory, running_server
from entrepot.infra.auth import SYSTEM, create_user, issue_token
from entrepot.infra.database import Database
from entrepot.infra.migrate import upgrade
from entrepot.stock import HoldLine, HoldRequest, Movement, StockBook

SKUS: Final = 10_000
IN_FLIGHT: Final = (1, 4, 16, 32, 256)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
PLENTY: Final = 10**9
PARTS: Final = ("designs", "race", "http", "wave", "correction")

_OVERSOLD: Final = """
SELECT coalesce(sum(greatest(reserved + allocated + safety - on_hand, 0)), 0)::bigint FROM stock.level"""


def main() -> None:
    arguments = _arguments()
    with running_server() as server:
        _prepare(server)
        driver = f"pgbench ({pgbench()})" if pgbench() else "threads of ours: no pgbench was found"
        record: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "server": server.settings(),
            "peers_driven_by": driver,
        }
        print(f"peers are driven by {driver}; fsync {record['server']['fsync']}, load {record['machine']['load']}")
        measure: dict[str, Callable[[], Any]] = {
            "designs": lambda: _designs(server, arguments.seconds, arguments.rounds),
            "race": lambda: _race(server),
            "http": lambda: _http(server, arguments.seconds),
            "wave": lambda: _wave(server),
            "correction": lambda: _correction(server),
        }
        for part in arguments.only or PARTS:
            record[part] = measure[part]()
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {arguments.record}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each window")
    parser.add_argument("--rounds", type=int, default=3, help="windows of each design, in turn")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; repeat")
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/reserve.json"))
    return parser.parse_args()


def _prepare(server: Server) -> None:
    """Make the database that every window starts from a copy of."""
    url = server.fresh("prepared")
    upgrade(url)
    with Database(url) as db, db.transaction() as conn:
        StockBook(db).post(conn, [_receipt(f"in{number}", sku_name(number), PLENTY) for number in range(SKUS)])
        conn.execute("CREATE SEQUENCE peer_ids")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE stock.level")


def _receipt(id: str, sku: str, qty: int, at: datetime = START) -> Movement:
    return Movement(id, sku, qty, "supplier", "on_hand", NODE, "on_hand", "receipt", at)


def _designs(server: Server, seconds: float, rounds: int) -> list[dict[str, Any]]:
    """Run every design in turn, each window on a fresh copy; print and return medians."""
    rows = []
    for workload, skus in (("hot SKU", 1), (f"{SKUS:,} SKUs", SKUS)):
        print(f"\n{workload}: a hold row and a journal row each, one piece")
        print(
            f"  {'in flight':>9}  {'':22}{'/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'cpu us':>9}"
            f"{'oversold':>10}{'x guarded':>11}"
        )
        for clients in IN_FLIGHT:
            windows: dict[str, list[Window]] = {design.name: [] for design in designs()}
            oversold = dict.fromkeys(windows, 0)
            for _ in range(rounds):
                for design in designs():
                    window, over = _window(server, design, clients, seconds, skus)
                    windows[design.name].append(window)
                    oversold[design.name] += over
            rows += _print(workload, clients, windows, oversold)
    print(f"  designs with a connection a client have {MOST_CONNECTIONS} at 256: the server admits 100")
    return rows


def _window(server: Server, design: Design, clients: int, seconds: float, skus: int) -> tuple[Window, int]:
    url = server.fresh("timed", "prepared")
    before, begun = _cpu_seconds(server), time.perf_counter()
    window = design.run(server, url, clients, seconds, skus)
    answered = window.rate * min(time.perf_counter() - begun, round(seconds))
    cpu = (_cpu_seconds(server) - before) / answered * 1e6
    with psycopg.connect(url) as conn:
        return window._replace(cpu=cpu), _one(conn, _OVERSOLD)


def _cpu_seconds(server: Server) -> float:
    return sum(os.times()[:4]) + (server.cpu_seconds() or 0.0)


def _print(
    workload: str, clients: int, windows: dict[str, list[Window]], oversold: dict[str, int]
) -> list[dict[str, Any]]:
    guarded = windows["guarded UPDATE"]
    rows = []
    for name, found in windows.items():
        rate, p50, p99, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        ratios = [one.rate / other.rate for one, other in zip(found, guarded, strict=True)]
        rows.append(
            {
                "workload": workload,
                "in_flight": clients,
                "design": name,
                "rate": round(rate),
                "p50_ms": round(p50, 2),
                "p99_ms": round(p99, 2),
                "cpu_us": round(cpu),
                "oversold": oversold[name],
                "x_guarded": round(statistics.median(ratios), 2),
                "x_guarded_worst": round(min(ratios), 2),
            }
        )
        print(
            f"  {clients:9}  {name:22}{rate:9,.0f}{p50:9.2f}{p99:9.2f}{cpu:9,.0f}{oversold[name]:10}"
            f"{statistics.median(ratios):9.1f} x",
            flush=True,
        )
    return rows


def _race(server: Server) -> dict[str, Any]:
    """Sell 200 pieces to 64 at once, 20,000 times asked."""
    url = server.fresh("timed", "prepared")
    with Database(url) as db, db.transaction() as conn:
        StockBook(db).post(conn, [_receipt("few", "few", 200)])
    with reservations(url) as door:
        numbers = iter(range(10**9))

        def request() -> HoldRequest:
            return HoldRequest(f"r{next(numbers)}", "order", (HoldLine("1", "few", 1, NODE),))

        window = closed_loop(door, 64, 2, request)
        drifts = door.audit()
    with psycopg.connect(url) as conn:
        sold = _one(conn, "SELECT allocated FROM stock.level WHERE sku = 'few'")
        over = _one(conn, _OVERSOLD)
    print(f"\n200 pieces, 64 in flight: {sold} held, {over} oversold, {window.rate:,.0f} answers/s, "
          f"p99 {window.p99:.1f} ms, audit {len(drifts)} drifts")  # fmt: skip
    return {"held": sold, "oversold": over, "rate": round(window.rate), "p99_ms": window.p99, "drifts": len(drifts)}


def _http(server: Server, seconds: float) -> list[dict[str, Any]]:
    """Hold through a served application."""
    url = server.fresh("served", "prepared")
    with Database(url) as db, db.transaction() as conn:
        create_user(conn, "shop", "a long password, is it", "operator", by=SYSTEM)
        token = issue_token(conn, "shop", "bench", ["reserve"], by=SYSTEM).secret
    rows = []
    print("\nthrough HTTP, hot SKU: a served application, a token with scope reserve")
    print(f"  {'':34}{'holds/s':>9}{'p50 ms':>9}{'p99 ms':>9}")
    with open_directory() as directory, served(url, directory / "data", token) as caller:
        windows: dict[str, Callable[[], Window]] = {
            "bulk of 5,000, 2 callers": lambda: bulk(caller, 2, max(seconds, 5), 5_000),
            "bulk of 500, 2 callers": lambda: bulk(caller, 2, max(seconds, 5), 500),
            "one a call, 32 callers": lambda: single(caller, 32, seconds),
        }
        for what, measured in windows.items():
            found = measured()
            rows.append({"what": what, "rate": round(found.rate), "p50_ms": found.p50, "p99_ms": found.p99})
            print(f"  {what:34}{found.rate:9,.0f}{found.p50:9.1f}{found.p99:9.1f}", flush=True)
    with psycopg.connect(url) as conn:
        print(f"  oversold: {_one(conn, _OVERSOLD)}")
    return rows


def _wave(server: Server) -> dict[str, Any]:
    """Reserve the 10,000 lines of a wave: 2,000 orders of five SKUs."""
    url = server.fresh("timed", "prepared")
    orders = [
        HoldRequest(
            f"w{order}", "order",
            tuple(HoldLine(str(line), sku_name((order * 5 + line) % SKUS), 1, NODE) for line in range(5)),
        )
        for order in range(2_000)
    ]  # fmt: skip
    with reservations(url) as door:
        door.hold([HoldRequest("warm", "order", (HoldLine("1", sku_name(0), 1, NODE),))])
        begun = time.perf_counter()
        outcomes = door.hold(orders)
        seconds = time.perf_counter() - begun
    held = sum(len(outcome.value.placements) for outcome in outcomes if outcome.value is not None)
    print(f"\na wave of {held:,} lines reserved in {seconds:.2f} s: {held / seconds:,.0f} lines/s")
    return {"lines": held, "seconds": seconds}


def _correction(server: Server) -> dict[str, Any]:
    """Post a fact dated before 100,000 later ones of its cell; count the rows it writes."""
    url = server.fresh("timed", "prepared")
    later = 100_000
    with Database(url) as db:
        book = StockBook(db)
        for start in range(0, later, 10_000):
            with db.transaction() as conn:
                numbers = range(start, start + 10_000)
                book.post(conn, [_receipt(f"l{n}", "late", 1, START + timedelta(minutes=n)) for n in numbers])
        with db.transaction() as conn:
            begun = time.perf_counter()
            book.post(conn, [_receipt("correction", "late", 7, START - timedelta(days=1))])
            seconds = time.perf_counter() - begun
            mine = "xmin = pg_current_xact_id()::xid"
            written = {
                table: _one(conn, f"SELECT count(*) FROM {table} WHERE {mine}")
                for table in ("stock.movement", "stock.level", "stock.snapshot_cell", "stock.count")
            }
    print(
        f"\na correction dated before {later:,} later movements of its cell wrote {written['stock.movement']} movement "
        f"and {written['stock.level']} level in {seconds * 1000:.1f} ms; none of the later rows"
    )
    return {"later": later, "rows_written": written, "seconds": seconds}


def _one(conn: psycopg.Connection, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    return int(row[0]) if row is not None else 0


if __name__ == "__main__":
    main()
