"""The designs that are measured: ours, and three that everyone writes first, all with the same rows and indexes."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import psycopg

from benchmarks.server import Server
from entrepot.infra.database import Database
from entrepot.infra.folding import Promise
from entrepot.infra.postgres.binaries import find_binaries
from entrepot.kernel.outcome import Outcome
from entrepot.stock import Held, HoldLine, HoldRequest, Reservations, StockBook

NODE: Final = "DC-1"
MOST_CONNECTIONS: Final = 90
"""A design with a connection a client cannot have more: the server admits 100."""


class Window(NamedTuple):
    """What was measured in one window: requests answered a second, and their latencies in milliseconds.

    ``cpu`` are the microseconds of processor time a request, of the server and the clients together.
    """

    rate: float
    p50: float
    p99: float
    cpu: float = 0.0


class Design(NamedTuple):
    """A way to reserve: its name, and how a window of it is run on (server, url, clients, seconds, SKUs)."""

    name: str
    run: Callable[[Server, str, int, float, int], Window]


# In one statement, so that it costs one exchange and one commit: the best that a single guarded UPDATE can be.
_GUARDED: Final = """
WITH got AS (
    UPDATE stock.level SET allocated = allocated + 1, version = version + 1
    WHERE sku = {sku} AND node = 'DC-1' AND on_hand - reserved - allocated - safety >= 1 RETURNING sku
), made AS (
    INSERT INTO stock.hold (id, place, line, sku, node, qty, held, kind, state, channel, doc, content, created_at)
    SELECT 'p' || nextval('peer_ids'), 0, '1', sku, 'DC-1', 1, 1, 'order', 'held', 'web', 'd', 0, now() FROM got
    RETURNING id, sku
)
INSERT INTO stock.hold_entry (hold, place, act, sku, node, reserved, allocated)
SELECT id, 0, 'create', sku, 'DC-1', 0, 1 FROM made;
"""

# Lock, sum what is promised, insert, count: the pattern of the open systems that were read.
_SUMMED: Final = """
BEGIN;
SELECT on_hand FROM stock.level WHERE sku = {sku} AND node = 'DC-1' FOR UPDATE;
WITH promised AS (
    SELECT coalesce(sum(held), 0) AS qty FROM stock.hold WHERE sku = {sku} AND node = 'DC-1' AND state = 'held'
), made AS (
    INSERT INTO stock.hold (id, place, line, sku, node, qty, held, kind, state, channel, doc, content, created_at)
    SELECT 'p' || nextval('peer_ids'), 0, '1', l.sku, 'DC-1', 1, 1, 'order', 'held', 'web', 'd', 0, now()
    FROM stock.level l, promised WHERE l.sku = {sku} AND l.node = 'DC-1' AND l.on_hand - promised.qty >= 1
    RETURNING id, sku
), entered AS (
    INSERT INTO stock.hold_entry (hold, place, act, sku, node, reserved, allocated)
    SELECT id, 0, 'create', sku, 'DC-1', 0, 1 FROM made RETURNING sku
)
UPDATE stock.level l SET allocated = l.allocated + 1, version = l.version + 1
FROM entered WHERE l.sku = entered.sku AND l.node = 'DC-1';
COMMIT;
"""

_BARE: Final = "UPDATE stock.level SET version = version + 1 WHERE sku = {sku} AND node = 'DC-1';\n"


def designs() -> list[Design]:
    """Return all designs, ours first."""
    scripts = {"guarded UPDATE": _GUARDED, "lock and SUM": _SUMMED, "bare UPDATE, no rows": _BARE}
    drive = _by_pgbench if pgbench() else _by_threads
    return [Design("ours, folded", _ours)] + [
        Design(name, lambda *window, script=script: drive(script, *window)) for name, script in scripts.items()
    ]


def pgbench() -> str | None:
    """Return where pgbench is: beside the server's own programs, or on the path."""
    beside = Path(find_binaries().directory, "pgbench")
    return str(beside) if beside.is_file() else shutil.which("pgbench")


@contextmanager
def reservations(url: str) -> Iterator[Reservations]:
    """Open our engine on a database."""
    with Database(url, max_size=4, name="entrepot-bench") as db:
        door = Reservations(db, StockBook(db))
        try:
            yield door
        finally:
            door.stop()


def closed_loop(door: Reservations, clients: int, seconds: float, next_request: Callable[[], HoldRequest]) -> Window:
    """Keep so many requests in flight: each answer sends the next one. No thread waits for an answer."""
    latencies: list[float] = []
    ended = threading.Semaphore(0)
    begun = time.perf_counter()

    def ask() -> None:
        asked = time.perf_counter()
        if asked - begun > seconds:
            ended.release()
            return

        def answered(answer: Promise[list[Outcome[Held]]]) -> None:
            answer.result()
            latencies.append(time.perf_counter() - asked)
            ask()

        door.submit([next_request()]).add_done_callback(answered)

    for _ in range(clients):
        ask()
    for _ in range(clients):
        ended.acquire()
    return window_of(latencies, time.perf_counter() - begun)


def window_of(latencies: list[float], seconds: float) -> Window:
    """Sum up a window from the latencies, in seconds, of all that was answered."""
    ordered = sorted(latencies) or [0.0]
    at = [ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.99)]
    return Window(len(latencies) / seconds, *at)


def sku_name(number: int) -> str:
    """Name one of the SKUs."""
    return f"S{number:05}"


def _ours(server: Server, url: str, clients: int, seconds: float, skus: int) -> Window:
    numbers, chance = count(), random.Random(skus)

    def request() -> HoldRequest:
        line = HoldLine("1", sku_name(chance.randrange(skus)), 1, NODE)
        return HoldRequest(f"o{next(numbers)}", "order", (line,), channel="web", doc="d")

    with reservations(url) as door:
        return closed_loop(door, clients, seconds, request)


def _by_pgbench(script: str, server: Server, url: str, clients: int, seconds: float, skus: int) -> Window:
    """Let pgbench run a script: its clients are written in C and cost little."""
    sku = "'S' || lpad(:n::text, 5, '0')"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(f"\\set n random(0, {skus - 1})\n" + script.replace("{sku}", sku))
        done = subprocess.run(
            [
                pgbench() or "pgbench", "--no-vacuum", "--protocol=prepared", f"--file={file}",
                f"--client={min(clients, MOST_CONNECTIONS)}", "--jobs=1", f"--time={max(round(seconds), 1)}", "--log",
                f"--log-prefix={folder}/latency", url,
            ],
            capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        latencies = [
            int(line.split()[2]) / 1e6 for log in Path(folder).glob("latency*") for line in log.read_text().splitlines()
        ]
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if rate is None:  # on a machine so busy that the connections took all the time
        return _by_pgbench(script, server, url, clients, seconds * 2, skus)
    return window_of(latencies, len(latencies) / float(rate[1]))


def _by_threads(script: str, server: Server, url: str, clients: int, seconds: float, skus: int) -> Window:
    """Run the same statements from threads of ours, a connection each."""
    statements = [part.strip().replace("{sku}", "%(sku)s") for part in script.split(";") if part.strip()]
    latencies: list[float] = []
    begun = time.perf_counter()

    def client(seed: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(url, autocommit=True, prepare_threshold=1) as conn:
            while (asked := time.perf_counter()) - begun < seconds:
                values = {"sku": sku_name(chance.randrange(skus))}
                for statement in statements:
                    conn.execute(statement.encode(), values if "%(" in statement else None)
                latencies.append(time.perf_counter() - asked)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(min(clients, MOST_CONNECTIONS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return window_of(latencies, time.perf_counter() - begun)
