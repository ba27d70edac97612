"""Fixtures every test may use: one server for the session, a fresh migrated database per test, the vendors' samples."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import make_conninfo
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from entrepot.infra.database import Database
from entrepot.infra.migrate import upgrade
from entrepot.infra.postgres import EmbeddedPostgres
from entrepot.infra.settings import Settings

if TYPE_CHECKING:
    from entrepot.app import Platform


COMPILING = re.compile(r"tests/\w+/delivery/")
"""Files whose tests compile loops: minutes of computing, and what one process has compiled another finds ready."""


class OnceCompiled(LoadFileScheduling):
    """Give whole files to processes, and all that compile the same loops to one."""

    def _split_scope(self, nodeid: str) -> str:
        return "compiling" if COMPILING.match(nodeid) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Schedule tests by file, with those that compile in one process; leave other ways of ``--dist`` alone."""
    return OnceCompiled(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what compiles first, and what needs no database beside it; browsers, which want all compiled, last."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("browser"):
        return 3
    if COMPILING.match(item.nodeid):
        return 0
    return 1 if item.nodeid.startswith(("tests/unit/", "tests/property/", "tests/golden/")) else 2


REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"

# A busy machine is no reason to fail: how long an example takes is measured in benchmarks/, not here. `make test` draws
# the same examples every time, so that what passes here passes there; `make explore` draws new ones.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("entrepot", settings.get_profile("explore"), derandomize=True)
settings.load_profile("entrepot")

# The test server may lose its data in a power cut; the tests of the supervisor use servers of their own.
HURRIED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


MEMORY = Path("/dev/shm")
MEMORY_BYTES = 6 * 2**30
"""What must be free in memory before the servers' files are put there: a database is 700 files, made for each test."""


@contextmanager
def _open_directory() -> Iterator[Path]:
    """A directory the server's account can enter; pytest's own are closed to it when root runs the tests."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    path = Path(tempfile.mkdtemp(prefix="entrepot-test-", dir=MEMORY if is_roomy else None))
    try:
        path.chmod(0o711)
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A fresh directory that the account of an embedded server can enter."""
    with _open_directory() as path:
        yield path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a server whose role may make databases: ENTREPOT_TEST_DATABASE_URL, else an embedded one."""
    given = os.environ.get("ENTREPOT_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with _open_directory() as path, EmbeddedPostgres(path / "data", parameters=HURRIED) as server:
        yield server.url


def _named(url: str, database: str) -> str:
    """The same server, another database, as a URL."""
    head, _, options = url.partition("?")
    server = head.rsplit("/", 1)[0] if head.count("/") > 2 else head
    return f"{server}/{database}" + (f"?{options}" if options else "")


def _execute(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _drop(url: str, name: str) -> None:
    """Drop a database with whoever still uses it.

    ``WITH (FORCE)`` is refused to our role while autovacuum is at work there; the plain command ends that by itself.
    """
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        connection.execute(ours, (name,))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def fresh_database_url(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Make databases on demand, each a copy of one migrated template; all are dropped at the end of the session."""
    prefix = f"entrepot_test_{os.getpid()}"
    template = f"{prefix}_template"
    made = [template]
    numbers = itertools.count(1)
    _execute(postgres_url, "CREATE DATABASE {}", template)

    def make() -> str:
        name = f"{prefix}_{next(numbers)}"
        # Copying files is half the time of writing a copy through the write-ahead log, where nothing is synced.
        _execute(postgres_url, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        made.append(name)
        return _named(postgres_url, name)

    try:
        upgrade(_named(postgres_url, template))
        yield make
    finally:
        for name in made:
            _drop(postgres_url, name)


@pytest.fixture
def database(postgres_url: str, fresh_database_url: Callable[[], str]) -> Iterator[Database]:
    """A database of the test's own, migrated and empty."""
    url = fresh_database_url()
    with Database(url, name="entrepot-test") as opened:
        yield opened
    _drop(postgres_url, url.partition("?")[0].rsplit("/", 1)[1])


@pytest.fixture
def platform(database: Database, tmp_path: Path) -> Platform:
    """The contexts wired to a database of the test's own; nothing runs beside them."""
    from entrepot.app import wire

    return wire(Settings(data_dir=tmp_path, demo_rate=0), database)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The vendors' published samples; they lie beside the repository and are not part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the vendors' samples are not here: no ../{SHARED_DATA.relative_to(REPOSITORY.parent)}")
    return SHARED_DATA
