"""The stock book: post facts and commands, reverse, count, look back, audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from psycopg import Connection, Rollback

from entrepot.kernel.errors import NotFound
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.stock import history, ledger, levels, posting, store
from entrepot.stock.asof import Snapshot
from entrepot.stock.balance import Balances
from entrepot.stock.history import Drift
from entrepot.stock.ledger import DocumentRow, FlowRow, LedgerRow
from entrepot.stock.levels import LevelQuery, LevelRow, NodeRow
from entrepot.stock.movement import Movement, reversal_of
from entrepot.stock.pages import Page
from entrepot.stock.posting import Posted
from entrepot.stock.reconcile import Count

if TYPE_CHECKING:
    from entrepot.infra.database import Database


class StockBook:
    """The one stock book.

    Parameters
    ----------
    db : Database
        Where it is kept.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def post(self, conn: Connection, movements: Iterable[Movement], counts: Iterable[Count] = ()) -> Posted:
        """Book facts; nothing a channel reports is refused.

        Parameters
        ----------
        conn : Connection
            In a transaction, which should post once: cells are locked in key order within one call.
        movements : iterable of Movement
            Any number; thousands are one statement.
        counts : iterable of Count
            Weighed after the movements.

        Returns
        -------
        Posted
            What was new, and the findings.
        """
        return posting.post(conn, movements, counts)

    def command(self, conn: Connection, movements: Sequence[Movement]) -> Outcome[Posted]:
        """Book what a person orders: all of it or, with a reason, nothing.

        Parameters
        ----------
        conn : Connection
            In a transaction.
        movements : sequence of Movement
            One command's movements.

        Returns
        -------
        Outcome of Posted
            Refusals, in this order: ``conflict`` (an id is taken by another movement), ``short`` (an account would
            go below zero), ``promised`` (what is left would not cover what is promised to others).
        """
        outcome: Outcome[Posted] = Outcome()
        with conn.transaction() as savepoint:
            posted = self.post(conn, movements)
            refusal = _refusal(posted)
            outcome = Outcome(refusal=refusal) if refusal else Outcome(value=posted)
            if refusal:
                raise Rollback(savepoint)
        return outcome

    def reverse(self, conn: Connection, id: str, actor: str) -> Outcome[Posted]:
        """Undo one movement by its reversal; undoing twice is undoing once.

        Parameters
        ----------
        conn : Connection
            In a transaction.
        id : str
            The movement.
        actor : str
            Who undoes it.

        Returns
        -------
        Outcome of Posted
            Refusals, in this order: ``is_reversal``, ``is_count``, then those of `command`.

        Raises
        ------
        NotFound
            If there is no such movement.
        """
        movement = store.booked(conn, [id]).get(id)
        if movement is None:
            raise NotFound("stock.movement", f"There is no movement {id[:80]!r}.", "Look it up in the cell's ledger.")
        if movement.reason == "reversal":
            message = f"{id} is itself a reversal. Post the movement again under a new id."
            return Outcome(refusal=Refusal("is_reversal", message, {"id": id}))
        if movement.reason == "count":
            message = f"{id} makes the book agree with count {movement.doc}. Count again instead."
            return Outcome(refusal=Refusal("is_count", message, {"id": id, "count": movement.doc}))
        return self.command(conn, [reversal_of(movement, actor)])

    def as_of(
        self, valid: datetime, known: datetime | None = None, sku: str | None = None, node: str | None = None
    ) -> Balances:
        """Return the accounts that were not zero at a valid time, from what was known at a known time.

        Parameters
        ----------
        valid : datetime
            Movements valid at or before it count.
        known : datetime or None
            Movements recorded at or before it count; None is all.
        sku, node : str or None
            Narrow the answer.

        Returns
        -------
        dict of Account to int
            Pieces, in the order of SKU, node, state.
        """
        with self._db.transaction() as conn:
            return history.as_of(conn, valid, known, sku, node)

    def take_snapshot(self, day: date) -> Snapshot:
        """Store the sum of all movements valid before a day (UTC); as-of answers start from it.

        Writers wait only while the last sequence number is read, not while rows are summed.
        """
        with self._db.transaction() as conn:
            up_to_seq, taken_at = history.fence(conn)
        with self._db.transaction() as conn:
            return history.store_snapshot(conn, day, up_to_seq, taken_at)

    def levels(self, query: LevelQuery, now: datetime) -> Page[LevelRow]:
        """List cells with sales, cover and status; see `entrepot.stock.levels.levels`."""
        with self._db.read() as conn:
            return levels.levels(conn, query, now)

    def nodes(self, now: datetime) -> list[NodeRow]:
        """Sum stock, stockouts and cover by node."""
        with self._db.read() as conn:
            return levels.nodes(conn, now)

    def ledger(
        self, sku: str, node: str, state: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[LedgerRow]:
        """List the movements of a cell with running balances; see `entrepot.stock.ledger.ledger`."""
        with self._db.read() as conn:
            return ledger.ledger(conn, sku, node, state, limit, cursor)

    def movements_of(self, doc: str) -> list[DocumentRow]:
        """List the movements of an order, transfer or count, oldest first."""
        with self._db.read() as conn:
            return ledger.movements_of(conn, doc)

    def flows(self, now: datetime) -> list[FlowRow]:
        """Sum transfers by lane: sent in the last week, and still in transit."""
        with self._db.read() as conn:
            return ledger.flows(conn, now)

    def audit(self) -> list[Drift]:
        """Compare every level with the sum of its movements; reports, never repairs."""
        with self._db.read() as conn:
            return history.drifts(conn)


def _refusal(posted: Posted) -> Refusal | None:
    if posted.conflicts:
        id = posted.conflicts[0].id
        message = f"Id {id} already names another movement. Use a new id, or send the same movement."
        return Refusal("conflict", message, {"id": id})
    if posted.negatives:
        short = posted.negatives[0]
        message = (
            f"Cannot take so much {short.sku} ({short.state}) from {short.node}: {-short.balance} too many. "
            "Lower the quantity, or count the cell first."
        )
        return Refusal("short", message, short._asdict())
    if posted.overcommitted:
        lacks = posted.overcommitted[0]
        message = (
            f"Cannot take so much {lacks.sku} from {lacks.node}: {lacks.promised} of it are promised to others, and "
            f"{lacks.on_hand} would be left. Lower the quantity, or move holds to another node first."
        )
        return Refusal("promised", message, lacks._asdict())
    return None
