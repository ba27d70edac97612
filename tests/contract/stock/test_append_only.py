"""The database itself keeps the book append-only, whoever asks."""

from datetime import UTC, datetime

import psycopg
import pytest

from entrepot.infra.database import Database
from entrepot.stock import Count, Movement, StockBook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(module_database: Database) -> Database:
    with module_database.transaction() as conn:
        bought = Movement("m", "A", 5, "supplier", "on_hand", "R", "on_hand", "receipt", NOON)
        StockBook(module_database).post(conn, [bought], [Count("c", "A", "R", "on_hand", 4, NOON)])
    return module_database


@pytest.mark.parametrize("table", ["movement", "count"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock.{} SET qty = 1",
        "UPDATE stock.{} SET qty = 1 WHERE false",
        "DELETE FROM stock.{}",
        "TRUNCATE stock.{}",
    ],
)
def test_changes_are_refused(filled: Database, table: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), filled.transaction() as conn:
        conn.execute(statement.format(table))


def test_changes_are_refused_to_a_replication_role_too(filled: Database) -> None:
    with filled.transaction() as conn:
        try:
            with conn.transaction():
                conn.execute("SET LOCAL session_replication_role = replica")
        except psycopg.errors.InsufficientPrivilege:
            return  # the application's own role cannot even ask for it
        conn.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation), conn.transaction():
            conn.execute("DELETE FROM stock.movement")


@pytest.mark.parametrize(
    "column",
    [
        "qty = 0",
        "reason = 'magic'",
        "from_state = 'reserved'",
        "from_node = to_node, from_state = to_state",
        "sku = ''",
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(filled: Database, column: str) -> None:
    names = [part.split(" = ") for part in column.split(", ")]
    wrong = dict(names)  # type: ignore[arg-type]
    columns = ("sku", "qty", "from_node", "from_state", "to_node", "to_state", "reason", "valid_at")
    picked = ", ".join(wrong.get(name, name) for name in columns)
    with pytest.raises(psycopg.errors.CheckViolation), filled.transaction() as conn:
        conn.execute(
            f"INSERT INTO stock.movement (id, {', '.join(columns)}) SELECT 'x', {picked} FROM stock.movement LIMIT 1"
        )
