"""One database for a whole module, for tests that only read it or roll back."""

from collections.abc import Callable, Iterator

import pytest
from psycopg import Connection

from entrepot.infra.database import Database
from tests.contract.stock.house import House, empty


@pytest.fixture(scope="module")
def module_database(fresh_database_url: Callable[[], str]) -> Iterator[Database]:
    with Database(fresh_database_url(), name="entrepot-test") as opened:
        yield opened


@pytest.fixture
def undone(module_database: Database) -> Iterator[Connection]:
    """A transaction that is rolled back after the test."""
    with module_database.transaction() as conn, conn.transaction(force_rollback=True):
        yield conn


@pytest.fixture
def house(module_database: Database) -> Iterator[House]:
    """Ten pieces of A at N1, four at N2, and nothing else."""
    empty(module_database)
    house = House(module_database)
    house.receive(10)
    house.receive(4, node="N2")
    yield house
    house.door.stop()
    assert house.door.audit() == []
    assert house.book.audit() == []
