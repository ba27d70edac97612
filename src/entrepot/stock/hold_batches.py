"""Taking a batch of holds: first as if there were plenty, in one exchange with the server; else by what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from psycopg import OperationalError
from psycopg.errors import UniqueViolation

from entrepot.infra.database import retry_conflicts
from entrepot.infra.line import Asks, Line
from entrepot.kernel.clock import Clock
from entrepot.kernel.outcome import Outcome
from entrepot.stock import hold_store, hold_writing
from entrepot.stock.hold import Held, HoldRequest, Key, as_held
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

    def take(self, slices: Sequence[Sequence[HoldRequest]]) -> list[Outcomes]:
        """Decide on holds and write them, in a transaction of their own; slice by slice, in their order."""
        requests = [one for part in slices for one in part]
        try:
            outcomes = iter(retry_conflicts(lambda: self._take(requests)))
        except OperationalError:
            # The server may have gone for a moment, perhaps after the commit: asking again is harmless.
            outcomes = iter(retry_conflicts(lambda: self._take(requests)))
        return [[next(outcomes) for _ in part] for part in slices]

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

    def _take(self, requests: Sequence[HoldRequest]) -> Outcomes:
        if self._doubt > 0:  # two threads may count at once, and pass 0
            self._doubt -= 1
        else:
            outcomes = self._hold_of_plenty(requests)
            if outcomes is not None:
                return outcomes
            self._doubt = _BATCHES_IN_DOUBT
        with self._line() as asks:
            outcomes, numbers = self.hold(asks, requests)
        return numbered(outcomes, numbers())

    def _hold_of_plenty(self, requests: Sequence[HoldRequest]) -> Outcomes | None:
        """Hold as if there were plenty of everything; None when nothing was written."""
        made = assume(requests, self._clock.now())
        if made is None:
            return None
        try:
            with self._line() as asks:
                hold_store.lock(asks, {(row.sku, row.node) for rows in made.values() for row in rows})
                numbers = hold_writing.write_if_it_fits(asks, made.values())
        except UniqueViolation:  # an id is known
            return None
        seqs = numbers()
        return [Outcome(as_held(made[one.id], seqs[one.id])) for one in requests] if seqs else None

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


def _cells(requests: Sequence[HoldRequest]) -> list[Key]:
    return list(
        {
            (line.sku, node)
            for asked in requests
            for line in asked.lines
            for node in ((line.node,) if line.node is not None else asked.nodes or ())
        }
    )
