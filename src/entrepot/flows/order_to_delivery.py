"""The life of an order as a saga: hold, source, release, ship, deliver, settle.

The pieces are the only memory. A step locks the order, looks at pieces and facts, does what is next and commits; a
process that is killed leaves either nothing of a step or all of it, and the job that goes on looks again. An order
waits by not having a job: what it waits for (a fact, a command, stock, time) makes the next one. Undo is a command
too: a refusal gives the hold back and another node is looked for, a cancellation voids what is held, an intercepted
parcel is taken back. See docs/decisions/0016-order-saga.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from psycopg import Connection, Rollback

from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.infra.jobs import JobContext, Jobs
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import InvariantBroken
from entrepot.orders.lifecycle import Lifecycle, Standing, store
from entrepot.orders.lifecycle.steps import is_looked_for, needs_node, next_step
from entrepot.orders.pieces import NOT_BEGUN, Command, Order, Piece, Spot, Take

JOB: Final = "order to delivery"
_MOST_STEPS: Final = 50


class Sourcing(Protocol):
    """Chooses the nodes that serve an order."""

    def choose(self, conn: Connection, order: Order, pieces: Sequence[Piece]) -> Sequence[Spot]:
        """Choose nodes.

        Parameters
        ----------
        conn : Connection
            In the transaction that holds the order's lock.
        order : Order
            The order.
        pieces : sequence of Piece
            Those that need a node.

        Returns
        -------
        sequence of Spot
            The node of every piece, all of its units; other pieces of the order that are to go elsewhere may be among
            them, as long as no node has begun with them. An empty answer leaves the pieces where they are held.
        """
        ...


class WhereHeld:
    """The plainest choice: every piece is served from where its stock is held."""

    def choose(self, conn: Connection, order: Order, pieces: Sequence[Piece]) -> Sequence[Spot]:
        """Return the nodes of the holds."""
        return [Spot(piece.id, piece.node, piece.qty) for piece in pieces if piece.node is not None]


class OrderToDelivery:
    """Moves orders on, a step at a time.

    Parameters
    ----------
    db : Database
        Where orders and stock are.
    lifecycle : Lifecycle
        Commands and facts on pieces.
    sourcing : Sourcing
        Chooses nodes.
    clock : Clock
        The time.
    """

    def __init__(self, db: Database, lifecycle: Lifecycle, sourcing: Sourcing, clock: Clock) -> None:
        self._db = db
        self._lifecycle = lifecycle
        self._sourcing = sourcing
        self._clock = clock
        self._steps: dict[str, Callable[[Connection, Standing], None]] = {
            "follow": self._follow,
            "hold": self._hold,
            "source": self._source,
            "release": self._release,
            "settle": self._settle,
        }

    def register(self, jobs: Jobs) -> None:
        """Register the job that moves one order on."""
        jobs.register(JOB, self.run)

    def run(self, ctx: JobContext, order: str, supply: bool = False) -> dict[str, object]:
        """Move an order on until it waits.

        Parameters
        ----------
        ctx : JobContext
            The run.
        order : str
            Its id.
        supply : bool
            Stock came in: backordered pieces are tried again first.
        """
        done: list[str] = []
        if supply:
            ctx.step(self.try_backorders, order)
        while len(done) < _MOST_STEPS and (step := ctx.step(self.step, order)):
            done.append(step)
        return {"order": order, "steps": done}

    def advance(self, order: str) -> list[str]:
        """Move an order on in this thread until it waits; returns the steps taken."""
        done: list[str] = []
        while len(done) < _MOST_STEPS and (step := self.step(order)):
            done.append(step)
        return done

    def step(self, order: str) -> str:
        """Do the next step of an order in one transaction.

        Returns
        -------
        str
            Its name; empty when the order waits.
        """
        return retry_conflicts(lambda: self._step(order))

    def try_backorders(self, order: str) -> int:
        """Look for stock again for what an order waits for; returns how many pieces found some."""

        def once() -> int:
            with self._db.transaction() as conn:
                standing = self._lifecycle.follow(conn, self._lifecycle.lock(conn, order))
                found = 0
                for piece in [piece for piece in standing.order.pieces if piece.state == "backordered"]:
                    standing, is_held = self._reserve(conn, standing, piece)
                    found += is_held
                return found

        return retry_conflicts(once)

    def _step(self, order: str) -> str:
        with self._db.transaction() as conn:
            standing = self._lifecycle.lock(conn, order)
            step = next_step(standing.life, standing.order, standing.facts, self._clock.now())
            if step is None:
                return ""
            self._steps[step](conn, standing)
            return step

    def _follow(self, conn: Connection, standing: Standing) -> None:
        self._lifecycle.follow(conn, standing)

    def _hold(self, conn: Connection, standing: Standing) -> None:
        """Hold stock for every piece by itself: what is there is served, what is not waits for supply."""
        for piece in filter(is_looked_for, standing.order.pieces):
            standing, is_held = self._reserve(conn, standing, piece)
            if not is_held:
                standing = self._do(conn, standing, "backorder", piece)

    def _reserve(self, conn: Connection, standing: Standing, piece: Piece) -> tuple[Standing, bool]:
        command = _command(standing.order, "reserve", piece)
        outcome = self._lifecycle.act(conn, standing, command)
        if outcome.value is None:
            return standing, False
        return replace(standing, order=outcome.value.order), True

    def _do(self, conn: Connection, standing: Standing, name: str, piece: Piece) -> Standing:
        outcome = self._lifecycle.act(conn, standing, _command(standing.order, name, piece))
        return standing if outcome.value is None else replace(standing, order=outcome.value.order)

    def _source(self, conn: Connection, standing: Standing) -> None:
        """Choose nodes; where the plan and the stock disagree, what is held is served from where it is held."""
        order, life = standing.order, standing.life
        pieces = [piece for piece in order.pieces if needs_node(piece, life)]
        plan = self._sourcing.choose(conn, order, pieces) if order.mode != "pickup" else ()
        as_held = WhereHeld().choose(conn, order, pieces)
        if not self._send(conn, standing, plan or as_held) and not self._send(conn, standing, as_held):
            raise InvariantBroken("orders.source", "What is held cannot be served from where it is.", order=order.id)
        release_at = self._clock.now() + self._lifecycle.pace.release_after
        store.note(conn, order.id, sourced_for=life.destination, release_at=release_at)

    def _send(self, conn: Connection, standing: Standing, spots: Sequence[Spot]) -> bool:
        """Call back what nodes were given and is to go elsewhere, and send all pieces; or leave all as it is."""
        named = {spot.piece for spot in spots}
        given = [piece for piece in standing.order.pieces if piece.id in named and piece.state in NOT_BEGUN]
        with conn.transaction() as savepoint:
            if given:
                takes = tuple(Take(piece.id) for piece in given)
                recall = Command(_id(standing.order, "recall"), "recall", takes=takes, actor=JOB)
                outcome = self._lifecycle.act(conn, standing, recall)
                if outcome.value is None:
                    raise Rollback(savepoint)
                standing = replace(standing, order=outcome.value.order)
            source = Command(_id(standing.order, "source"), "source", spots=tuple(spots), actor=JOB)
            if self._lifecycle.act(conn, standing, source).value is None:
                raise Rollback(savepoint)
            return True
        return False

    def _release(self, conn: Connection, standing: Standing) -> None:
        self._lifecycle.act(conn, standing, Command(_id(standing.order, "release"), "release", actor=JOB))
        store.note(conn, standing.order.id, release_at=None)

    def _settle(self, conn: Connection, standing: Standing) -> None:
        store.note(conn, standing.order.id, settled_at=self._clock.now(), release_at=None)
        log.append(conn, [log.Event("order.settled", standing.order.id, {"version": standing.order.version})])


def _command(order: Order, name: str, piece: Piece) -> Command:
    return Command(_id(order, name), name, takes=(Take(piece.id),), actor=JOB)


def _id(order: Order, name: str) -> str:
    # A step that is done again finds another version, and so another command; one that was not committed finds its own.
    return f"saga:{order.version + 1}:{name}"
