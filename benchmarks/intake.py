"""Orders per second from raw bytes to durable folded orders and log, beside a plain COPY and dlt, in one run.

``python -m benchmarks.intake [--olist DIR] [--orders N] [--messages N] [--rounds N] [--record FILE]``
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from benchmarks.contenders import contenders, platform_at, quiet_dlt
from benchmarks.machine import machine
from benchmarks.server import Server, running_server
from benchmarks.stages import measured
from benchmarks.workloads import Workload, demo, olist
from entrepot.flows.loading import rare_collections
from entrepot.infra.migrate import upgrade

OLIST = Path("../shared/data/olist")


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        quiet_dlt(Path(folder))
        os.environ["ENTREPOT_SECRET_KEY"] = Fernet.generate_key().decode()
        workloads = [demo(arguments.messages)]
        if arguments.olist.is_dir():
            workloads.insert(0, olist(arguments.olist, arguments.orders))
        else:
            print(f"Olist is not measured: {arguments.olist} is not there (--olist DIR).\n")
        record = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "dlt": version("dlt"),
            "server": server.settings(),
            "workloads": [_measure(server, workload, arguments.rounds) for workload in workloads],
            # Of this process, which holds every message of the workloads; `benchmarks.console` measures a real load.
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1))
    print(f"Peak memory of this process, all messages in it: {record['peak_memory_mb']} MB. Record: {arguments.record}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--olist", type=Path, default=OLIST, help="folder of the published files")
    parser.add_argument("--orders", type=int, default=30_000, help="Olist orders to load")
    parser.add_argument("--messages", type=int, default=16_000, help="demo messages to load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/intake.json"))
    return parser.parse_args()


def _measure(server: Server, workload: Workload, rounds: int) -> dict[str, Any]:
    """Let everyone load the workload, in turn, each time into a fresh database; print and return the medians."""
    prepared = server.fresh("prepared")
    upgrade(prepared)
    with platform_at(prepared) as platform:
        workload.prepare(platform)
    seconds: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, load in contenders(workload).items():
            url = server.fresh("timed", "prepared" if name == "ours" else "template0")
            wall, used = _timed(server, lambda load=load, url=url: load(workload, url))  # type: ignore[misc]
            seconds.setdefault(name, []).append(wall)
            cpu.setdefault(name, []).append(used)
    result = {
        "name": workload.name,
        "messages": len(workload.messages),
        "bytes": workload.size,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "cpu_seconds": {name: statistics.median(values) for name, values in cpu.items()},
        "where_ours_goes": _where(server, workload),
    }
    _print(workload, result)
    return result


def _timed(server: Server, work: Callable[[], None]) -> tuple[float, float]:
    """Return wall seconds, and processor seconds of this process, those it started and the server together."""
    gc.collect()
    before, started = _cpu_seconds(server), time.perf_counter()
    work()
    return time.perf_counter() - started, _cpu_seconds(server) - before


def _cpu_seconds(server: Server) -> float:
    return sum(os.times()[:4]) + (server.cpu_seconds() or 0.0)


def _where(server: Server, workload: Workload) -> dict[str, float]:
    """Take a part of the workload batch after batch in this process; return microseconds a message by stage."""
    messages = workload.messages[:8000]
    with platform_at(server.fresh("timed", "prepared")) as platform, rare_collections(), measured() as spent:
        for start in range(0, len(messages), 1000):
            platform.intake.accept(messages[start : start + 1000])
    return {stage: round(seconds / len(messages) * 1e6, 1) for stage, seconds in spent.items()}


def _print(workload: Workload, result: dict[str, Any]) -> None:
    seconds, count = result["seconds"], result["messages"]
    what = "orders" if workload.name == "olist" else "messages"
    print(f"{workload.name}: {count:,} {what}, {workload.size / 1e6:.1f} MB; {workload.what}")
    print(f"  {'':14}{'seconds':>9}{what + '/s':>13}{'CPU s':>8}{'  ours is':>10}")
    for name, took in seconds.items():
        ratio = took / seconds["ours"]
        print(f"  {name:14}{took:9.2f}{count / took:13,.0f}{result['cpu_seconds'][name]:8.2f}{ratio:9.2f} x as fast")
    where = result["where_ours_goes"]
    print(f"  where ours goes, one process, waits included: {sum(where.values()):.0f} us a message")
    for stage, microseconds in sorted(where.items(), key=lambda item: -item[1]):
        if microseconds >= 1:
            print(f"    {microseconds:6.0f} us  {stage}")
    print(flush=True)


if __name__ == "__main__":
    main()
