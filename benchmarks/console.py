"""The whole Olist load by the command line, then the console's answers over its 80,000 orders.

``python -m benchmarks.console [--olist DIR] [--rounds N] [--record FILE]``
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.machine import machine
from benchmarks.memory import Watch
from benchmarks.server import open_directory

OLIST = Path("../shared/data/olist")
TARGETS = {"load_seconds": 60, "peak_mb": 1000, "answer_ms": 200}
PAGES = ("/", "/orders", "/orders/{order}", "/channels", "/stock", "/quarantine", "/jobs")
ANSWERS = (
    "/api/v1/orders",
    "/api/v1/orders?limit=200",
    "/api/v1/orders?sort=-paid",
    "/api/v1/orders?channel=olist&fulfilment=delivered",
    "/api/v1/orders?fulfilment=open",
    "/api/v1/orders?exception=unmatched_sku",
    "/api/v1/orders?city=campinas",
    "/api/v1/orders?q={native}",
    "/api/v1/orders/{order}",
    "/api/v1/orders/{order}/explain?field=paid_at",
    "/api/v1/tower",
    "/api/v1/channels",
    "/api/v1/messages",
    "/api/v1/stock/levels",
)


def main() -> None:
    arguments = _arguments()
    if not arguments.olist.is_dir():
        print(f"Nothing is measured: {arguments.olist} is not there (--olist DIR).")
        return
    with open_directory() as directory:
        environment = {**os.environ, "ENTREPOT_DATA_DIR": str(directory / "data"), "ENTREPOT_DEMO_RATE": "0"}
        load = _load(arguments.olist, environment)
        print(f"whole Olist: {load['accepted']:,} messages in {load['seconds']} s, the database's creation included")
        print(f"  peak memory {load['peak_mb']} MB, the server beside it {load['server_peak_mb']} MB", flush=True)
        with _serving(environment) as client:
            answers = _measure(client, arguments.rounds)
    worst = max(answers, key=lambda path: answers[path]["median_ms"])
    print(f"slowest: {worst} ({answers[worst]['median_ms']} ms). Targets: {TARGETS}")
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "targets": TARGETS,
        "load": load,
        "answers": answers,
    }
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {arguments.record}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--olist", type=Path, default=OLIST, help="folder of the published files")
    parser.add_argument("--rounds", type=int, default=15, help="requests of each kind")
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/console.json"))
    return parser.parse_args()


def _load(folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Run ``entrepot load olist`` on an empty data directory, its processes watched."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "entrepot", "load", "olist", str(folder), "--json"]
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
        Watch(process.pid) as watch,
    ):
        said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"The load failed with exit code {process.returncode}; run it by hand: {' '.join(command)}")
    return {
        **json.loads(said),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": watch.peak_mb,
        "server_peak_mb": watch.server_peak_mb,
    }


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[httpx.Client]:
    """Serve the console on what was loaded; lends a client that is logged in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "entrepot", "serve"]
    environment = {**environment, "ENTREPOT_PORT": str(port)}
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            _await_login(client, process)
            password = (Path(environment["ENTREPOT_DATA_DIR"]) / "admin-password").read_text().strip()
            credentials = {"name": "admin", "password": password}
            client.post("/login", json=credentials, headers={"x-requested-with": "entrepot"}).raise_for_status()
            yield client
        finally:
            process.terminate()


def _await_login(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if client.get("/login").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"The console ended by itself with exit code {process.returncode}.")


def _measure(client: httpx.Client, rounds: int) -> dict[str, dict[str, float]]:
    """Ask for every page and answer in turn; milliseconds until the last byte, over HTTP on this machine."""
    order = client.get("/api/v1/orders?limit=1").raise_for_status().json()["items"][0]
    names = {"order": order["id"], "native": order["native_id"]}
    paths = [path.format(**names) for path in (*PAGES, *ANSWERS)]
    took: dict[str, list[float]] = {path: [] for path in paths}
    for path in paths:
        client.get(path).raise_for_status()  # once unmeasured: plans, templates, caches
    for _ in range(rounds):
        for path in paths:
            started = time.perf_counter()
            client.get(path, headers={"if-none-match": ""}).raise_for_status()
            took[path].append((time.perf_counter() - started) * 1000)
    answers = {}
    print(f"  {'median':>9}{'worst':>9}  of {rounds} requests, ms")
    for path, milliseconds in took.items():
        answers[path] = {
            "median_ms": round(statistics.median(milliseconds), 1),
            "worst_ms": round(max(milliseconds), 1),
        }
        print(f"  {answers[path]['median_ms']:9}{answers[path]['worst_ms']:9}  {path}")
    return answers


if __name__ == "__main__":
    main()
