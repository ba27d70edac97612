"""Sourcing of orders: facts in, decision kept, nodes out; overridden by people, and made again when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from psycopg import Connection, Rollback

from entrepot.delivery import Carriers
from entrepot.flows.sourcing_again import cheaper_together, given_to_others
from entrepot.flows.sourcing_facts import order_facts, surroundings
from entrepot.flows.sourcing_plan import Plan, decide_keeping_promise, spots_of
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import NotFound
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.orders.lifecycle import Lifecycle
from entrepot.orders.pieces import Command, Order, Piece, Spot
from entrepot.orders.sourcing import store
from entrepot.orders.sourcing.batch import plan_again
from entrepot.orders.sourcing.decision import Candidate, Decision
from entrepot.orders.sourcing.snapshot import encode, replay

MOVABLE: Final = ("reserved", "sourced")
"""States of pieces that may still be sent from elsewhere."""

NOT_HELD: Final = ("placed", "backordered", "risk_hold")
"""States of pieces that wait for stock, or for a person."""

OVERRIDE_REASONS: Final = ("no_reason", "nothing_to_source", "unknown_node", "impossible", "moved")
"""Why an override is refused, in the sequence in which it is asked."""


class Replayed(NamedTuple):
    """A decision made again.

    Parameters
    ----------
    stored : store.Stored
        As it is kept.
    again : Decision or Candidate
        What the facts of then give now; of a batch the order's part.
    is_same : bool
        Whether they are equal, to the byte.
    """

    stored: store.Stored
    again: Decision | Candidate
    is_same: bool


class OrderSourcing:
    """Chooses the nodes of orders; see `entrepot.flows.order_to_delivery.Sourcing`.

    Parameters
    ----------
    carriers : Carriers
        What parcels cost.
    clock : Clock
        The time.
    """

    def __init__(self, carriers: Carriers, clock: Clock) -> None:
        self._carriers = carriers
        self._clock = clock

    def choose(self, conn: Connection, order: Order, pieces: Sequence[Piece]) -> list[Spot]:
        """Decide and keep the decision; returns the node of every piece, nothing when nobody can serve them all.

        After a refusal, what other nodes have of the order and have not begun with is decided again too where that is
        cheaper; see `entrepot.flows.sourcing_again`.
        """
        around = surroundings(conn, self._carriers, self._clock.now())
        facts = order_facts(conn, around, order, pieces)
        decision, snapshot = decide_keeping_promise(facts, around.rates)
        plan = Plan(decision, snapshot, spots_of(decision.chosen))
        given = given_to_others(order, pieces)
        if given:
            plan = cheaper_together(conn, around, order, pieces, given, plan)
        store.add(conn, plan.decision, plan.snapshot, kind="single", actor="sourcing")
        return plan.spots

    def override(
        self, conn: Connection, lifecycle: Lifecycle, order: str, nodes: Sequence[str], reason: str, actor: str
    ) -> Outcome[store.Stored]:
        """Let a person say which nodes send an order that is not released yet.

        Parameters
        ----------
        conn : Connection
            In a transaction.
        lifecycle : Lifecycle
            Moves the pieces.
        order : str
            The order.
        nodes : sequence of str
            Who may send; among them the cheapest way is taken.
        reason : str
            Why; kept with the decision.
        actor : str
            Who.

        Returns
        -------
        Outcome of Stored
            Refusals of `OVERRIDE_REASONS`; with one, nothing has changed.
        """
        if not reason.strip():
            return _refused("no_reason", "An override needs a reason. Say why the decision is not followed.")
        standing = lifecycle.lock(conn, order)
        pieces = [piece for piece in standing.order.pieces if piece.state in MOVABLE]
        if not pieces:
            return _refused("nothing_to_source", "Nothing of the order can still move. Recall it from its node first.")
        around = surroundings(conn, self._carriers, self._clock.now())
        unknown = sorted(set(nodes) - {node.id for node in around.nodes})
        if unknown or not nodes:
            told = ", ".join(unknown) or "no node"
            return _refused("unknown_node", f"There is no node {told}. Look it up in the list of nodes.")
        facts = order_facts(conn, around, standing.order, pieces)
        facts = replace(facts, nodes=tuple(node for node in facts.nodes if node.id in nodes))
        decision, snapshot = decide_keeping_promise(facts, around.rates)
        if decision.chosen is None:
            return _refused("impossible", decision.binding.message)
        refusal: Refusal | None = None
        with conn.transaction() as savepoint:
            before = store.latest(conn, order)
            overrides = None if before is None else before.seq
            seq = store.add(
                conn, decision, snapshot, kind="override", actor=actor, reason=reason.strip(), overrides=overrides
            )
            command = Command(f"override:{seq}", "source", spots=tuple(spots_of(decision.chosen)), actor=actor)
            moved = lifecycle.act(conn, standing, command)
            if moved.refusal is not None:
                refusal = Refusal("moved", moved.refusal.message, moved.refusal.facts)
                raise Rollback(savepoint)
        return Outcome(store.by_seq(conn, seq)) if refusal is None else Outcome(refusal=refusal)


def decision_in_force(conn: Connection, order: str) -> store.Stored:
    """Return the newest decision of an order.

    Raises
    ------
    NotFound
        ``orders.unknown``; ``sourcing.waiting`` where its stock is not held yet, ``sourcing.undecided`` where others
        serve it.
    """
    found = store.latest(conn, order)
    if found is not None:
        return found
    name = repr(order[:200])
    if conn.execute("SELECT 1 FROM orders.orders WHERE id = %s", (order,)).fetchone() is None:
        raise NotFound("orders.unknown", f"There is no order {name}.", "Ids are channel:shop:number.", id=order[:200])
    waits = conn.execute(
        "SELECT 1 FROM orders.piece WHERE order_id = %s AND state = ANY (%s) LIMIT 1", (order, list(NOT_HELD))
    )
    if waits.fetchone() is not None:
        raise NotFound(
            "sourcing.waiting",
            f"Order {name} is not sourced yet: stock is held for none of its pieces.",
            "It is sourced as soon as some is; see its pieces for what they wait for.",
            id=order[:200],
        )
    raise NotFound(
        "sourcing.undecided",
        f"No decision is kept for order {name}.",
        "What customers collect, and what a channel's warehouse or a till serves, is not sourced here.",
        id=order[:200],
    )


def decision_numbered(conn: Connection, seq: int, order: str | None = None) -> store.Stored:
    """Return one decision, of an order where it is named.

    Raises
    ------
    NotFound
        ``sourcing.unknown``.
    """
    found = store.by_seq(conn, seq)
    if found is not None and order not in (None, found.order):
        raise NotFound(
            "sourcing.unknown", f"Decision {seq} is of another order.", "Look it up in the order's decisions.", id=order
        )
    if found is None:
        raise NotFound("sourcing.unknown", f"There is no decision {seq}.", "Look it up in the list of decisions.")
    return found


def replay_decision(conn: Connection, stored: store.Stored) -> Replayed:
    """Make a decision again from what was known then."""
    snapshot = stored.facts
    if snapshot is not None:
        again = replay(snapshot)
        return Replayed(stored, again, encode(again) == encode(stored.decision))
    kept = store.batch(conn, stored.batch or 0)
    assert kept is not None, "a decision of a batch has its batch"
    candidate = plan_again(kept.snapshot).chosen[stored.order]
    return Replayed(stored, candidate, candidate == stored.decision.chosen)


def _refused(reason: str, message: str) -> Outcome[store.Stored]:
    return Outcome(refusal=Refusal(reason, message))
