"""Holds through HTTP: a real server process, a real token, many holds a call and one a call."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.reserve_designs import NODE, Window, window_of


class Caller(NamedTuple):
    """A served application and the token to call it with."""

    port: int
    token: str

    def connect(self) -> HTTPConnection:
        """Open a connection that stays."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def post(self, connection: HTTPConnection, path: str, body: bytes) -> Any:
        """Call and return the answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", path, body, headers)
        reply = connection.getresponse()
        said = reply.read()
        if reply.status != 200:
            sys.exit(f"POST {path}: {reply.status} {said[:400]!r}")
        return json.loads(said)


@contextmanager
def served(url: str, data_dir: Path, token: str) -> Iterator[Caller]:
    """Serve the application on a database, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "ENTREPOT_DATABASE_URL": url,
        "ENTREPOT_DATA_DIR": str(data_dir),
        "ENTREPOT_PORT": str(port),
        "ENTREPOT_DEMO_RATE": "0",
    }
    process = subprocess.Popen([sys.executable, "-m", "entrepot", "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield Caller(port, token)
    finally:
        process.kill()  # not asked to finish: its readers have all those holds to follow
        process.wait(timeout=30)


def bulk(caller: Caller, clients: int, seconds: float, size: int) -> Window:
    """Send bulks of holds on the hot SKU from so many callers; the rate is of holds, the latencies are of calls."""
    latencies, held = [], count()
    numbers = count()
    begun = time.perf_counter()

    def client() -> None:
        connection = caller.connect()
        while (asked := time.perf_counter()) - begun < seconds:
            holds = [_hold(f"h{size}-{next(numbers)}") for _ in range(size)]
            reply = caller.post(connection, "/api/v1/holds:bulk", json.dumps({"holds": holds}).encode())
            latencies.append(time.perf_counter() - asked)
            for _ in range(reply["counts"]["held"]):
                next(held)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    window = window_of(latencies, time.perf_counter() - begun)
    return window._replace(rate=next(held) / (time.perf_counter() - begun))


def single(caller: Caller, clients: int, seconds: float) -> Window:
    """Send holds one by one from so many callers."""
    latencies: list[float] = []
    numbers = count()
    begun = time.perf_counter()

    def client() -> None:
        connection = caller.connect()
        while (asked := time.perf_counter()) - begun < seconds:
            caller.post(connection, "/api/v1/holds", json.dumps(_hold(f"s{next(numbers)}")).encode())
            latencies.append(time.perf_counter() - asked)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return window_of(latencies, time.perf_counter() - begun)


def _hold(id: str) -> dict[str, object]:
    line = {"sku": "S00000", "qty": 1, "node": NODE}
    return {"id": id, "kind": "order", "lines": [line], "channel": "web", "doc": "d"}


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit("the server ended before it served")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("the server did not answer within two minutes")
