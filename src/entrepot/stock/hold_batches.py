"""Taking a batch of holds: first as if there were plenty, in one exchange with the server; else by what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from psycopg import OperationalError
from psycopg.errors import UniqueViolation

from entrepot.infra.database import retry_conflicts
from entrepot.infra.line import Asks, Line, Sent
from entrepot.kernel.clock import Clock
from entrepot.kernel.outcome import Outcome
from entrepot.stock import hold_store, hold_writing
from entrepot.stock.hold import Held, HoldRequest, HoldRow, Key, as_held
from entrepot.stock.reservation import assume, decide, numbered

if TYPE_CHECKING:
    from entrepot.infra.database import Database

Outcomes: TypeAlias = list[Outcome[Held]]

LARGEST_BATCH: Final = 512
"""Holds in one transaction at most: a larger one keeps others waiting longer than it saves."""

LONGEST_QUEUE: Final = 20_000
"""Holds that wait for a transaction at most."""

_BATCHES_IN_DOUBT: Final = 16
"""Batches that are read for after one that did not fit: where stock is short, it will soon be short again."""


class HoldBatches:
    """Takes batches of holds, from any number of threads.

    Parameters
    ----------
    db : Database
        Where they are kept.
    clock : Clock
        The time.

    Notes
    -----
    Mostly there is plenty of what is asked for, no quota, and no id is known. So a batch is decided on that assumption
    first, and one packet locks its cells, writes it if the assumption holds, and commits; the server checks it in a
    statement that begins when the cells are locked. Where it does not hold nothing is written, and the batch is taken
    anew: cells are locked and read, it is decided on what is there, and a second packet writes and commits.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        # SKUs seen with a quota over all nodes: a hint that saves a second try. So is the doubt.
        self._wide: set[str] = set()
        self._doubt = 0
        self._lines: list[Line] = []
        self._own = local()

    def begin(self, slices: Sequence[Sequence[HoldRequest]]) -> BegunHolds:
        """Begin holds in a transaction of their own: they are sent, unless plenty is in doubt.

        One thread may begin another batch before it has the outcomes of the last, and asks for them in that order.
        """
        requests = [one for part in slices for one in part]
        sent = None
        if self._doubt > 0:  # two threads may count at once, and pass 0
            self._doubt -= 1
        else:
            sent = self._send_of_plenty(requests)
        return BegunHolds(self, slices, requests, sent)

    def hold(self, asks: Asks, requests: Sequence[HoldRequest]) -> tuple[Outcomes, hold_writing.Numbers]:
        """Decide on holds and write them, in the caller's transaction; the journal numbers them when it is through."""
        now = self._clock.now()
        wide = {line.sku for one in requests if one.nodes is None for line in one.lines if line.node is None}
        if self._wide:
            wide |= {line.sku for one in requests for line in one.lines} & self._wide
        try:
            facts = hold_store.load(
                asks,
                _cells(requests),
                wide=wide,
                ids=[one.id for one in requests],
                is_placing=True,
                with_displaceable=any(one.may_displace for one in requests),
            )
        except hold_store.NeedsAllCells as conflict:
            self._wide |= conflict.skus
            raise
        decision = decide(requests, facts, now)
        return decision.outcomes, hold_writing.write(asks, decision.changes, facts.quotas, None, now)

    def take_what_is_there(self, requests: Sequence[HoldRequest]) -> Outcomes:
        """Decide on holds by what is there, and write them; in two exchanges."""

        def take() -> Outcomes:
            with self._line() as asks:
                outcomes, numbers = self.hold(asks, requests)
            return numbered(outcomes, numbers())

        try:
            return retry_conflicts(take)
        except OperationalError:
            # The server may have gone for a moment, perhaps after the commit: asking again is harmless.
            return retry_conflicts(take)

    def doubt(self) -> None:
        """Read for the next batches at once."""
        self._doubt = _BATCHES_IN_DOUBT

    def _send_of_plenty(self, requests: Sequence[HoldRequest]) -> _Sent | None:
        """Send holds as if there were plenty of everything; None where that does not settle it."""
        made = assume(requests, self._clock.now())
        if made is None:
            self.doubt()
            return None

        def ask(asks: Asks) -> hold_writing.Numbers:
            hold_store.lock(asks, {(row.sku, row.node) for rows in made.values() for row in rows})
            return hold_writing.write_if_it_fits(asks, made.values())

        try:
            return _Sent(made, self._own_line().send(ask))
        except OperationalError:
            return None

    def _own_line(self) -> Line:
        """Return the calling thread's line, on which what it sends is taken in turn."""
        line: Line | None = getattr(self._own, "line", None)
        if line is None:
            line = self._own.line = self._db.line()
        return line

    @contextmanager
    def _line(self) -> Iterator[Asks]:
        """Lend a line in a transaction."""
        try:
            line = self._lines.pop()
        except IndexError:
            line = self._db.line()
        try:
            with line.transaction() as asks:
                yield asks
        finally:
            self._lines.append(line)


class _Sent(NamedTuple):
    """Holds by id that were sent as if there were plenty, and the numbers of their entries."""

    made: dict[str, list[HoldRow]]
    numbers: Sent[hold_writing.Numbers]


class BegunHolds:
    """A batch of holds that is under way.

    Parameters
    ----------
    batches : HoldBatches
        Where it was begun.
    slices : sequence of sequences of HoldRequest
        What is asked for.
    requests : sequence of HoldRequest
        All of them.
    sent : _Sent or None
        What was sent of it; None where it is decided by what is there.
    """

    def __init__(
        self,
        batches: HoldBatches,
        slices: Sequence[Sequence[HoldRequest]],
        requests: Sequence[HoldRequest],
        sent: _Sent | None,
    ) -> None:
        self._batches = batches
        self._slices = slices
        self._requests = requests
        self._sent = sent

    def answers(self) -> list[Outcomes]:
        """Wait for the outcomes; slice by slice, in their order."""
        found = self._of_plenty(self._sent) if self._sent is not None else None
        outcomes = iter(found if found is not None else self._batches.take_what_is_there(self._requests))
        return [[next(outcomes) for _ in part] for part in self._slices]

    def _of_plenty(self, sent: _Sent) -> Outcomes | None:
        """Wait for holds that were sent; None when nothing was written, or nobody knows whether it was."""
        try:
            seqs = sent.numbers.wait()()
        except UniqueViolation:  # an id is known
            seqs = {}
        except OperationalError:
            return None
        if not seqs:
            self._batches.doubt()
            return None
        return [Outcome(as_held(sent.made[one.id], seqs[one.id])) for one in self._requests]


def _cells(requests: Sequence[HoldRequest]) -> list[Key]:
    return list(
        {
            (line.sku, node)
            for asked in requests
            for line in asked.lines
            for node in ((line.node,) if line.node is not None else asked.nodes or ())
        }
    )
