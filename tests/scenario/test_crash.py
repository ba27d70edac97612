"""kill -9 during a load, then the same command again: the same final state as one clean run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from entrepot.infra.postgres import EmbeddedPostgres, running_url

LOAD = [sys.executable, "-m", "entrepot", "demo", "load", "--scale", "0.06"]
"""So many messages that they are stored in more batches than the load is killed times."""

# What we tell of our own orders says when it was told, which is another time in each run.
STATE = {
    "orders": "SELECT id, CASE WHEN channel <> 'own' THEN md5(doc::text) END FROM orders.orders ORDER BY id",
    "own": "SELECT id, fulfilment_status, placed_at, lines, paid FROM orders.orders WHERE channel = 'own' ORDER BY 1",
    "lines": "SELECT order_id, line_id, sku, qty, line_total FROM orders.line ORDER BY 1, 2",
    "parcels": "SELECT tracking_no, status, status_at, delivered_at, events FROM orders.parcel ORDER BY 1",
    "raw": "SELECT encode(id, 'hex'), outcome, records FROM hub.raw WHERE CASE WHEN channel = 'own' "
    "THEN convert_from(body, 'utf8')::jsonb ? 'lines' ELSE true END ORDER BY 1",
    "quarantine": "SELECT encode(message_id, 'hex'), reason, pointer FROM hub.quarantine ORDER BY 1, 2, 3",
    "levels": "SELECT sku, node, on_hand, in_transit, damaged FROM stock.level ORDER BY 1, 2",
    "released": "SELECT order_id, sku, sum(qty) FROM orders.piece WHERE state = 'released' GROUP BY 1, 2 ORDER BY 1, 2",
    "movements": "SELECT id, qty FROM stock.movement ORDER BY 1",
}


def _environment(data_dir: Path) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_DATA_DIR": str(data_dir), "ENTREPOT_DATABASE_URL": "", "COLUMNS": "80"}


def _start(data_dir: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(LOAD, env=_environment(data_dir), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _await_messages(data_dir: Path, process: subprocess.Popen[bytes], at_least: int) -> int:
    """Wait until a load that is under way has stored so many messages; returns how many there are."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the load ended before it could be killed"
        url = running_url(data_dir)
        with suppress(psycopg.Error):  # not there yet
            if url is not None:
                with psycopg.connect(url, connect_timeout=2, autocommit=True) as conn:
                    # On one connection: making one takes a busy machine longer than the load takes for what is awaited.
                    while (taken := _stored(conn)) < at_least and process.poll() is None:
                        time.sleep(0.02)
                if taken >= at_least:
                    return taken
        time.sleep(0.05)
    raise AssertionError("the load did not get so far")


def _stored(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT count(*) FROM hub.raw").fetchone()
    assert row is not None
    return int(row[0])


def _state(data_dir: Path) -> dict[str, list[tuple[object, ...]]]:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as conn:
        return {name: conn.execute(query).fetchall() for name, query in STATE.items()}


@pytest.fixture
def directories(open_directory: Path) -> tuple[Path, Path]:
    return open_directory / "killed", open_directory / "clean"


def test_a_load_killed_three_times_ends_as_a_clean_one(directories: tuple[Path, Path]) -> None:
    killed, clean = directories
    taken = 0
    for target in ("app", "server", "app"):
        process = _start(killed)
        taken = _await_messages(killed, process, taken + 1)
        if target == "server":
            os.kill(_postmaster(killed), signal.SIGKILL)
        process.kill()
        process.wait(timeout=30)
    assert _start(killed).wait(timeout=240) == 0

    # The clean run tells the same history: it ends when the other one's did.
    clean.mkdir()
    (clean / "demo.json").write_bytes((killed / "demo.json").read_bytes().replace(b"true", b"false"))
    assert _start(clean).wait(timeout=240) == 0
    left, right = _state(killed), _state(clean)
    for name in STATE:
        assert left[name] == right[name], name
    assert len(left["raw"]) > 1500
    assert left["released"]


def _postmaster(data_dir: Path) -> int:
    url = running_url(data_dir)
    assert url is not None
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        status = Path(f"/proc/{row[0]}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid"))
