"""Reservations: hold stock, change holds, protect channels. No oversell, whoever calls, from however many processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from psycopg import Connection

from entrepot.infra.database import retry_conflicts
from entrepot.infra.folding import Fold, Limits, Promise
from entrepot.infra.line import Plain
from entrepot.infra.overlapping import OverlappingFold
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.kernel.errors import Conflict, NotFound
from entrepot.kernel.outcome import Outcome
from entrepot.stock import hold_change, hold_queries, hold_report, hold_store, hold_writing, quota_store, store
from entrepot.stock.hold import Change, Held, HoldRequest, HoldRow, Key, Part, Placement, as_held
from entrepot.stock.hold_batches import LARGEST_BATCH, LONGEST_QUEUE, HoldBatches, Outcomes
from entrepot.stock.hold_change import Changes
from entrepot.stock.hold_queries import EntryRow, HoldDrift, HoldQuery
from entrepot.stock.hold_room import Cell, Facts, Shelf
from entrepot.stock.pages import Page
from entrepot.stock.quota import Protection
from entrepot.stock.quota_store import CellLimits, QuotaRow
from entrepot.stock.reservation import numbered
from entrepot.stock.service import StockBook

if TYPE_CHECKING:
    from entrepot.infra.database import Database

Result = TypeVar("Result")


class HoldDetail(NamedTuple):
    """A hold with all its rows and what was done to it."""

    held: Held
    rows: tuple[HoldRow, ...]
    journal: tuple[EntryRow, ...]


class Reservations:
    """The door to holds and quotas.

    Parameters
    ----------
    db : Database
        Where they are kept.
    book : StockBook
        Where goods that leave are booked.
    clock : Clock
        The time.
    workers : int
        Threads that take waiting holds; any number, in any number of processes, gives the same answers.

    Notes
    -----
    `hold` and `submit` fold: what waits while a commit is under way shares the next one. What ends in ``_in`` works in
    the caller's transaction; a `Conflict` there means that the transaction should be tried again.
    """

    def __init__(self, db: Database, book: StockBook, clock: Clock | None = None, *, workers: int = 1) -> None:
        self._db = db
        self._book = book
        self._clock = clock or SystemClock()
        self._batches = HoldBatches(db, self._clock)
        limits = Limits(LARGEST_BATCH, LONGEST_QUEUE, LARGEST_BATCH, LONGEST_QUEUE)
        self._fold: Fold[Sequence[HoldRequest], Outcomes] = OverlappingFold(
            self._batches.begin, "reservations", limits=limits, weigh=len, workers=workers
        )
        self._is_stopped = False

    def stop(self) -> None:
        """Take the holds that wait, and no more; needed only where somebody submits while the process ends."""
        self._is_stopped = True
        self._fold.stop()

    def hold(self, requests: Sequence[HoldRequest]) -> Outcomes:
        """Hold stock: each request all or nothing; returns when it is committed.

        Parameters
        ----------
        requests : sequence of HoldRequest
            Any number; each is decided by itself, in the order given where there are no more than 512.

        Returns
        -------
        list of Outcome of Held
            In the order of the requests; refusals as of `entrepot.stock.reservation.decide`.
        """
        slices = [requests[start : start + LARGEST_BATCH] for start in range(0, len(requests), LARGEST_BATCH)]
        return [outcome for answer in [self.submit(one) for one in slices] for outcome in answer.result()]

    def submit(self, requests: Sequence[HoldRequest]) -> Promise[Outcomes]:
        """Hold stock as `hold` does, without waiting: at most 512 requests, which share one transaction.

        Raises
        ------
        UpstreamError
            ``reservations.busy`` when too much waits.
        """
        if not self._is_stopped:
            self._fold.start()
        return self._fold.submit(requests)

    def in_transaction(self, work: Callable[[Connection], Result]) -> Result:
        """Do work in a transaction of its own, and again where another got in its way."""

        def once() -> Result:
            with self._db.transaction() as conn:
                return work(conn)

        return retry_conflicts(once)

    def hold_in(self, conn: Connection, requests: Sequence[HoldRequest]) -> Outcomes:
        """Hold stock as `hold` does, in the caller's transaction.

        Raises
        ------
        Conflict, UniqueViolation
            When another transaction made a hold of the same id, or a quota, meanwhile: try again.
        """
        outcomes, numbers = self._batches.hold(Plain(conn), requests)
        return numbered(outcomes, numbers())

    def void_in(
        self, conn: Connection, ids: Sequence[str], *, lines: Sequence[Part] | None = None, actor: str | None = None
    ) -> Outcomes:
        """Release holds, or parts of them; see `entrepot.stock.hold_change.void`."""
        return self._change(conn, ids, lambda rows, _: hold_change.void(rows, lines), actor)

    def post_in(
        self,
        conn: Connection,
        ids: Sequence[str],
        *,
        lines: Sequence[Part] | None = None,
        at: datetime | None = None,
        actor: str | None = None,
    ) -> Outcomes:
        """Let goods leave as they were promised: the movement is booked and the promise ends, in one.

        Parameters
        ----------
        conn : Connection
            In a transaction.
        ids : sequence of str
            Holds for orders (a sale, to ``customer``) or transfers (under way to their ``to_node``).
        lines : sequence of Part or None
            Parts that leave; None is all.
        at : datetime or None
            When they left; now by default.
        actor : str or None
            Who says so.

        Returns
        -------
        list of Outcome of Held
            In the order of the ids; refusals as of `entrepot.stock.hold_change.post`.
        """
        booked: list[Change] = []

        def leave(rows: Sequence[HoldRow], facts: Facts) -> Changes | Outcome[Held]:
            changes = hold_change.post(rows, lines, _after(facts, booked))
            if isinstance(changes, list):
                booked.extend(changes)
            return changes

        outcomes = self._change(conn, ids, leave, actor, is_posting=True)
        when = at or self._clock.now()
        if booked:
            self._book.post(conn, [hold_change.movement_of(change, when, actor) for change in booked])
        return outcomes

    def confirm_in(self, conn: Connection, id: str, *, actor: str | None = None) -> Outcome[Held]:
        """Make a soft hold firm, a cart an order; see `entrepot.stock.hold_change.confirm`."""
        return self._change(conn, [id], lambda rows, _: hold_change.confirm(rows), actor)[0]

    def extend_in(
        self, conn: Connection, id: str, expires_at: datetime | None, *, actor: str | None = None
    ) -> Outcome[Held]:
        """Give a hold another time of expiry; see `entrepot.stock.hold_change.extend`."""
        now = self._clock.now()
        return self._change(conn, [id], lambda rows, _: hold_change.extend(rows, expires_at, now), actor)[0]

    def move_in(
        self, conn: Connection, id: str, placements: Sequence[Placement], actor: str | None = None
    ) -> Outcome[Held]:
        """Place lines of a hold at other nodes, all or nothing; see `entrepot.stock.hold_change.move`."""
        now = self._clock.now()

        def again(rows: Sequence[HoldRow], facts: Facts) -> Changes | Outcome[Held]:
            return hold_change.move(rows, placements, Shelf(facts, now))

        return self._change(conn, [id], again, actor, is_placing=True)[0]

    def expire_due(self, now: datetime, limit: int = 500) -> int:
        """End the holds whose time is over, the longest overdue first, in one transaction.

        Returns
        -------
        int
            How many ended; as many as the limit means that there may be more. None while another process sweeps.
        """

        def sweep() -> int:
            with self._db.transaction() as conn:
                if not hold_store.take_turn(conn):
                    return 0
                quota_store.turn_periods(conn, now)
                ids = hold_store.due(conn, now, limit)
                self._change(conn, ids, lambda rows, _: hold_change.expire(rows, now), None)
                return len(ids)

        return retry_conflicts(sweep)

    def close_reported_in(self, conn: Connection, docs: Collection[str]) -> int:
        """Close what is held for documents whose goods left by movements that others reported.

        A movement counts once, however often this is called, and before or after the hold was made. Pieces are taken
        from the same line and node first, then from the same line or node, then from any of the SKU.

        Returns
        -------
        int
            Rows closed, in whole or in part.
        """
        # Looked at without a lock first: mostly nothing has left, and then no cell is locked and no hold is read.
        left = {gone.doc for gone in hold_store.reported(conn, docs)}
        ids = hold_store.open_ids(conn, left) if left else []
        if not ids:
            return 0
        facts = _lock(conn, ids)
        rows = [row for found in facts.rows.values() for row in found if row.held]
        rows.sort(key=lambda row: (row.created_at, row.id, row.place))
        # Read under the lock: whoever closed one of these rows by the same movement has committed.
        changes = hold_report.close(rows, hold_store.reported(conn, left))
        hold_writing.write(Plain(conn), changes, facts.quotas, None, self._clock.now())
        return len(changes)

    def get(self, id: str) -> HoldDetail:
        """Read a hold with its rows and its journal.

        Raises
        ------
        NotFound
            ``stock.unknown_hold`` when there is none.
        """
        with self._db.read() as conn:
            rows = hold_store.rows_of(Plain(conn), [id]).get(id)
            journal = hold_queries.journal(conn, id)
        if not rows:
            raise NotFound("stock.unknown_hold", f"There is no hold {id[:80]!r}.", "Look it up in the list of holds.")
        return HoldDetail(as_held(rows, journal[-1].seq), tuple(rows), tuple(journal))

    def find(self, query: HoldQuery) -> Page[HoldRow]:
        """List parts of holds; see `entrepot.stock.hold_queries.find`."""
        with self._db.read() as conn:
            return hold_queries.find(conn, query)

    def protect_in(self, conn: Connection, given: Sequence[Protection]) -> None:
        """Keep stock for channels; one of the same SKU, node and channel is replaced."""
        quota_store.put(conn, given, self._clock.now())

    def quotas(
        self, sku: str | None = None, channel: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[QuotaRow]:
        """List quotas, with what their channels have drawn."""
        with self._db.read() as conn:
            return quota_store.find(conn, sku, channel, limit, cursor)

    def limit_in(
        self, conn: Connection, sku: str, node: str, *, safety: int | None = None, backorder_cap: int | None = None
    ) -> CellLimits:
        """Set what a cell never promises, and how far it may be promised beyond what is there."""
        return quota_store.limit_cell(conn, sku, node, safety, backorder_cap)

    def audit(self) -> list[HoldDrift]:
        """Compare journal, holds, levels and quotas; reports, never repairs."""
        with self._db.read() as conn:
            return hold_queries.drifts(conn)

    def _change(
        self,
        conn: Connection,
        ids: Sequence[str],
        decide_one: Callable[[Sequence[HoldRow], Facts], Changes | Outcome[Held]],
        actor: str | None,
        *,
        is_placing: bool = False,
        is_posting: bool = False,
    ) -> Outcomes:
        """Lock the cells of holds and change them one after the other; a hold is changed whole or not at all."""
        facts = _lock(conn, ids, is_placing=is_placing, is_posting=is_posting)
        rows = {id: list(found) for id, found in facts.rows.items()}
        changes: list[Change] = []
        answered: dict[int, Outcome[Held]] = {}
        for number, id in enumerate(ids):
            decided = decide_one(rows[id], facts) if id in rows else hold_change.unknown(id)
            if isinstance(decided, Outcome):
                answered[number] = decided
            else:
                changes += decided
                rows[id] = _applied(rows[id], decided)
        numbers = hold_writing.write(Plain(conn), changes, facts.quotas, actor, self._clock.now())
        seqs = {**facts.seqs, **numbers()}
        given = [answered.get(number) or Outcome(as_held(rows[id], 0)) for number, id in enumerate(ids)]
        return numbered(given, seqs)


def _lock(conn: Connection, ids: Sequence[str], *, is_placing: bool = False, is_posting: bool = False) -> Facts:
    """Lock the cells of holds, or all cells of their SKUs to place them anew, and read the holds under the lock."""
    seen = [row for rows in hold_store.rows_of(Plain(conn), ids).values() for row in rows]
    touched = {row.cell for row in seen}
    if is_posting:
        # In the book's way: it announces itself before it locks, and makes the cell that a transfer goes to.
        store.lock_cells(conn, touched | {(row.sku, row.to_node) for row in seen if row.to_node is not None})
    wide = {row.sku for row in seen} if is_placing else set()
    facts = hold_store.load(Plain(conn), sorted(touched), wide=wide, ids=ids, is_placing=is_placing)
    if any(row.held and row.cell not in facts.cells for rows in facts.rows.values() for row in rows):
        raise Conflict("stock.hold_moved", "A hold moved to another node meanwhile.", "Try again.")
    return facts


def _after(facts: Facts, changes: Sequence[Change]) -> Mapping[Key, Cell]:
    """Return the cells as they will be when the goods of earlier posts have left."""
    cells = dict(facts.cells)
    for change in changes:
        gone = change.after.posted - (change.before.posted if change.before is not None else 0)
        cell = cells[change.after.cell]
        cells[change.after.cell] = cell._replace(on_hand=cell.on_hand - gone)
    return cells


def _applied(rows: Sequence[HoldRow], changes: Sequence[Change]) -> list[HoldRow]:
    by_place = {row.place: row for row in rows} | {change.after.place: change.after for change in changes}
    return [by_place[place] for place in sorted(by_place)]
