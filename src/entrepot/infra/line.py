"""A line to the database for one short transaction after the other, in which nobody waits for a single statement."""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final, Generic, LiteralString, Protocol, TypeAlias, TypeVar

import psycopg
from psycopg import Connection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow

Value = TypeVar("Value")

Answer: TypeAlias = Callable[[], bytes | str | None]
"""Gives the first value of the first row of an answer, as text, None where there is none; waits until it is there."""

_DONE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Asks(Protocol):
    """A transaction in which statements are asked: on a line, or on a connection of the pool."""

    def ask(self, statement: LiteralString, values: Sequence[str]) -> Answer:
        """Send a statement whose parameters (``%s``) and whose only value are text, and be ready to give its answer."""
        ...


class Plain:
    """Statements on a connection as others use it; each is answered when it is asked."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection

    def ask(self, statement: LiteralString, values: Sequence[str]) -> Answer:
        """Execute a statement."""
        cursor = self._connection.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
        return lambda: row[0] if row is not None else None


class Line:
    """A connection that one thread keeps for short transactions, one after the other.

    Parameters
    ----------
    url, name : str
        As of `Database`.

    Notes
    -----
    It opens itself when it is needed, and anew after an outage. It is not tested before use, so an outage costs the
    transaction under way: use it for what can be done twice. Statements are prepared at their first use and planned
    once, for any values: a plan for each call costs more than the few rows it writes. No statement begins a transaction
    or commits it: to the server all that a pipeline sends up to a sync is one, and the sync commits it.

    It speaks to libpq itself. psycopg's own pipeline sends each statement at once and passes through several layers of
    Python for each: 0.4 ms of this process for a transaction of five statements, against 0.06.

    Transactions may be sent before earlier ones are answered: the server takes them one after the other, each with a
    commit of its own, and finds the next one there when it is done with one. They are waited for in that order.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: Connection[TupleRow] | None = None
        self._names: dict[str, bytes] = {}
        self._numbers = count()

    @contextmanager
    def transaction(self) -> Iterator[Asks]:
        """Begin a transaction, and commit it at the end; an error rolls it back.

        The commit goes out with the last statements: a transaction that reads once and then writes takes two exchanges
        with the server.
        """
        talk = self._begin()
        try:
            yield talk
            talk.send()
        except BaseException:
            self._give_up(talk)
            raise
        self.settle(talk)

    def send(self, work: Callable[[Asks], Value]) -> Sent[Value]:
        """Send a transaction with its commit, and do not wait for it.

        Parameters
        ----------
        work : callable
            Asks statements, and wants none of the answers yet.

        Returns
        -------
        Sent
            To be waited for, after all that were sent before.
        """
        talk = self._begin()
        try:
            value = work(talk)
            talk.send()
        except BaseException:
            self._give_up(talk)
            raise
        return Sent(self, talk, value)

    def settle(self, talk: _Talk) -> None:
        """Wait for a commit; for `Sent`."""
        try:
            talk.wait()
        except BaseException:
            self._give_up(talk)
            raise
        self._names |= talk.names

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _begin(self) -> _Talk:
        return _Talk(self._open().pgconn, dict(self._names), self._numbers)

    def _give_up(self, talk: _Talk) -> None:
        try:
            talk.abandon()
        except psycopg.Error:
            if self._connection is not None and self._connection.pgconn is talk.pgconn:  # else it was opened anew since
                self.close()

    def _open(self) -> Connection[TupleRow]:
        if self._connection is None or self._connection.closed:
            self._names = {}
            connection = psycopg.connect(self._url, autocommit=True, application_name=self._name)
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET plan_cache_mode = force_generic_plan")
            connection.pgconn.enter_pipeline_mode()
            self._connection = connection
        return self._connection


class Sent(Generic[Value]):
    """A transaction that was sent with its commit.

    Parameters
    ----------
    line : Line
        On which.
    talk : _Talk
        Its part of the pipeline.
    value : object
        What the work returned, mostly answers.
    """

    __slots__ = ("_line", "_talk", "_value")

    def __init__(self, line: Line, talk: _Talk, value: Value) -> None:
        self._line, self._talk, self._value = line, talk, value

    def wait(self) -> Value:
        """Wait until it is committed; an error says that it was rolled back, or that the line is lost."""
        self._line.settle(self._talk)
        return self._value


class _Talk:
    """One transaction on a line, as a part of a pipeline of libpq; ``names`` are those of the prepared statements.

    A statement that is prepared stays so when the transaction is rolled back: a number is never used again.
    """

    def __init__(self, pgconn: PGconn, names: dict[str, bytes], numbers: Iterator[int]) -> None:
        self.names = names
        self._numbers = numbers
        self._is_ending = False
        self.pgconn = pgconn
        self._sent: deque[list[bytes | None]] = deque()
        self._poll = select.poll()
        self._poll.register(pgconn.socket, select.POLLIN)

    def ask(self, statement: LiteralString, values: Sequence[str]) -> Answer:
        """Put a statement into the pipeline; it goes out when an answer is wanted, or with the commit."""
        name = self.names.get(statement)
        if name is None:
            name = self.names[statement] = b"line_%d" % next(self._numbers)
            self.pgconn.send_prepare(name, _numbered(statement))
            self._sent.append([])
        self.pgconn.send_query_prepared(name, [value.encode() for value in values])
        answers: list[bytes | None] = []
        self._sent.append(answers)

        def answer() -> bytes | None:
            if not answers:
                self.pgconn.send_flush_request()
                self._flush()
                self._receive()
            return answers[0]

        return answer

    def send(self) -> None:
        self.pgconn.pipeline_sync()
        self._is_ending = True
        self._flush()

    def wait(self) -> None:
        self._receive()
        result = self._next()
        if result is None or result.status != ExecStatus.PIPELINE_SYNC:
            raise self._failure(result)

    def abandon(self) -> None:
        """Leave the pipeline of a transaction that the server rolled back; an error asks for the line to be closed."""
        if not self._is_ending:
            if self.pgconn.pipeline_status != PipelineStatus.ABORTED:
                raise OperationalError("a sync would commit what was sent")
            self.pgconn.pipeline_sync()
        self._flush()
        while (result := self._next()) is None or result.status != ExecStatus.PIPELINE_SYNC:
            if self.pgconn.status == ConnStatus.BAD:
                raise OperationalError("the connection is lost")

    def _receive(self) -> None:
        """Wait for the answers to all that was sent."""
        while self._sent:
            answers, result = self._sent.popleft(), self._next()
            if result is None or result.status not in _DONE:
                raise self._failure(result)
            answers.append(result.get_value(0, 0) if result.ntuples and result.nfields else None)
            self._next()  # None: the end of the answer

    def _flush(self) -> None:
        while self.pgconn.flush():
            # What comes meanwhile is read, or both ends could wait for the other to read.
            self._poll.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT)
            self._poll.poll()
            self.pgconn.consume_input()
            self._poll.modify(self.pgconn.socket, select.POLLIN)

    def _next(self) -> PGresult | None:
        while self.pgconn.is_busy():
            self._poll.poll()
            self.pgconn.consume_input()
        return self.pgconn.get_result()

    def _failure(self, result: PGresult | None) -> psycopg.Error:
        if result is None or self.pgconn.status == ConnStatus.BAD:
            return OperationalError(self.pgconn.get_error_message())
        return error_from_result(result)


def _numbered(statement: str) -> bytes:
    """Write the parameters of a statement as the server counts them."""
    first, *others = statement.split("%s")
    return (first + "".join(f"${number}{other}" for number, other in enumerate(others, start=1))).encode()
