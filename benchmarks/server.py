"""The server that everything is measured on: the product's own, with the product's settings, on fresh databases."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from entrepot.infra.postgres import EmbeddedPostgres

_TICKS = os.sysconf("SC_CLK_TCK")
_SHOWN = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")


@contextmanager
def open_directory() -> Iterator[Path]:
    """Lend a fresh directory that the server's account can enter."""
    path = Path(tempfile.mkdtemp(prefix="entrepot-bench-"))
    try:
        path.chmod(0o711)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Server:
    """A running embedded server.

    Parameters
    ----------
    server : EmbeddedPostgres
        Started.
    """

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self.url = server.url

    def fresh(self, name: str, template: str = "template0") -> str:
        """Make a database, an older one of the name dropped; return its address."""
        self.drop(name)
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url.rsplit("/", 1)[0] + "/" + name

    def drop(self, name: str) -> None:
        """Drop a database."""
        self._execute("DROP DATABASE IF EXISTS {}", name)

    def settings(self) -> dict[str, str]:
        """Return the settings that durability and speed depend on."""
        with psycopg.connect(self.url) as conn:
            rows = conn.execute(
                "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", ([*_SHOWN],)
            )
            return dict(rows.fetchall())

    def cpu_seconds(self) -> float | None:
        """Return the processor time of the server and all its processes so far; None where /proc is missing."""
        postmaster = self._server.status.pid
        try:
            children = _children(postmaster)
        except FileNotFoundError:
            return None
        return sum(_cpu_seconds(pid, with_ended=pid == postmaster) for pid in (postmaster, *children))

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server of the benchmark's own; it is gone at the end."""
    with open_directory() as directory, EmbeddedPostgres(directory / "data") as server:
        yield Server(server)


def _cpu_seconds(pid: int | None, with_ended: bool) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # ended meanwhile: its parent has counted it
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / _TICKS


def _children(pid: int | None) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
