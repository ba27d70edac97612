"""The database as the rest of the app sees it: a pool, transactions, reads, and retries after a conflict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import psycopg
from psycopg import Connection, errors
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from entrepot.infra.line import Line
from entrepot.kernel.errors import Conflict, Declined, UpstreamError

Result = TypeVar("Result")

CONFLICTS = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation, Conflict)
FIRST_PAUSE_SECONDS = 0.005


class Database:
    """A pool of connections to one PostgreSQL database.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:port/database``.
    min_size, max_size : int
        Connections kept open, and opened at most.
    name : str
        Shown as ``application_name`` in ``pg_stat_activity``.
    statement_timeout_ms : int
        Longest statement; 0 leaves the server's default, which is no limit.
    wait_seconds : float
        Longest wait for a free connection.

    Notes
    -----
    Sessions run in UTC. Rows are tuples. A connection is tested before it is handed out, so a restart of the
    server costs nobody a failed request.
    """

    def __init__(
        self,
        url: str,
        min_size: int = 1,
        max_size: int = 8,
        *,
        name: str = "entrepot",
        statement_timeout_ms: int = 0,
        wait_seconds: float = 30,
    ) -> None:
        self.url = url
        self._statement_timeout_ms = statement_timeout_ms
        self._lines: list[Line] = []
        self._pool = ConnectionPool[Connection[TupleRow]](
            url,
            min_size=min_size,
            max_size=max_size,
            open=False,
            name=name,
            timeout=wait_seconds,
            kwargs={"application_name": name, "autocommit": True},
            configure=self._configure,
            check=ConnectionPool.check_connection,
        )

    def open(self) -> None:
        """Open the pool and wait for its first connections; ``database.unreachable`` when none comes."""
        try:
            # Asked first by one plain connection, whose error says what is wrong; the pool only says "timeout".
            with psycopg.connect(self.url, connect_timeout=10):
                pass
        except psycopg.Error as error:
            raise UpstreamError(
                "database.unreachable",
                f"The database does not answer: {_first_line(error)}.",
                "Check ENTREPOT_DATABASE_URL and that the server runs.",
            ) from error
        self._pool.open(wait=True)

    def close(self) -> None:
        """Close every connection; waits briefly for those in use."""
        self._pool.close()
        for line in self._lines:
            line.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection[TupleRow]]:
        """Lend a connection inside one transaction: it commits at the end and rolls back on an error."""
        with self._lend() as connection, connection.transaction():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection[TupleRow]]:
        """Lend a connection outside any transaction: every statement sees the latest committed state."""
        with self._lend() as connection:
            yield connection

    def line(self) -> Line:
        """Return a connection beside the pool, for one thread that does the same again and again."""
        line = Line(self.url, self._pool.name)
        self._lines.append(line)
        return line

    @contextmanager
    def _lend(self) -> Iterator[Connection[TupleRow]]:
        try:
            connection = self._pool.getconn()
        except PoolTimeout as error:
            raise UpstreamError(
                "database.busy",
                f"No database connection became free within {self._pool.timeout:.0f} s.",
                "Retry; if it lasts, look for long transactions in pg_stat_activity.",
            ) from error
        except PoolClosed as error:
            raise UpstreamError("database.closed", "The database is closed.", "Call open() first.") from error
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _configure(self, connection: Connection[TupleRow]) -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        if self._statement_timeout_ms:
            connection.execute("SELECT set_config('statement_timeout', %s, false)", [str(self._statement_timeout_ms)])

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def retry_conflicts(
    work: Callable[[], Result], attempts: int = 5, *, pause: Callable[[float], None] = time.sleep
) -> Result:
    """Do a piece of work again when another transaction got in its way.

    Parameters
    ----------
    work : callable
        Opens its own transaction, so that every attempt starts from the state it then finds.
    attempts : int
        How often in all, >= 1.
    pause : callable
        Waits; 5, 10, 20 ... ms, each up to doubled by chance so that two rivals part.

    Returns
    -------
    object
        What the work returned.

    Raises
    ------
    SerializationFailure, DeadlockDetected, UniqueViolation, Conflict
        The last one, when every attempt met one. Anything else passes at once, `Declined` too.
    """
    for attempt in range(attempts - 1):
        try:
            return work()
        except Declined:
            raise
        except CONFLICTS:
            pause(FIRST_PAUSE_SECONDS * 2**attempt * (1 + random.random()))
    return work()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
