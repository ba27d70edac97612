"""One database for a whole module, for tests that only read it or roll back."""

from collections.abc import Callable, Iterator

import pytest
from psycopg import Connection

from entrepot.infra.database import Database


@pytest.fixture(scope="module")
def module_database(fresh_database_url: Callable[[], str]) -> Iterator[Database]:
    with Database(fresh_database_url(), name="entrepot-test") as opened:
        yield opened


@pytest.fixture
def undone(module_database: Database) -> Iterator[Connection]:
    """A transaction that is rolled back after the test."""
    with module_database.transaction() as conn, conn.transaction(force_rollback=True):
        yield conn
