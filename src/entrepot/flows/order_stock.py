"""What commands on orders do to stock: holds through the reservations, movements through the stock book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.orders.lifecycle import About, Landed
from entrepot.orders.pieces import BOOKINGS, Book, Effect, Hold, Place, Post, Void
from entrepot.stock import Movement, StockBook
from entrepot.stock.hold import HoldLine, HoldRequest, Part, Placement
from entrepot.stock.reservations import Reservations


class OrderStock:
    """Holds and movements for orders; see `entrepot.orders.lifecycle.Stock`.

    Parameters
    ----------
    reservations : Reservations
        The holds.
    book : StockBook
        The stock book.
    """

    def __init__(self, reservations: Reservations, book: StockBook) -> None:
        self._reservations = reservations
        self._book = book

    def do(self, conn: Connection, effects: Sequence[Effect], about: About) -> Outcome[list[Landed]]:
        """Do all effects; the first refusal is returned, and the caller rolls back."""
        landed: list[Landed] = []
        for effect in effects:
            outcome = self._one(conn, effect, about)
            if outcome.value is None:
                return outcome
            landed += outcome.value
        return Outcome(landed)

    def settle(self, conn: Connection, order: str) -> None:
        """Let holds end whose goods left by movements that others reported."""
        self._reservations.close_reported_in(conn, [order])

    def _one(self, conn: Connection, effect: Effect, about: About) -> Outcome[list[Landed]]:
        match effect:
            case Hold():
                return self._hold(conn, effect, about)
            case Place(hold, line, sku, spots):
                placements = [Placement(line, sku, node, qty) for node, qty in spots]
                return _done(self._reservations.move_in(conn, hold, placements, about.actor))
            case Void(hold, line, node, qty):
                parts = [Part(line, qty, node)]
                return _done(self._reservations.void_in(conn, [hold], lines=parts, actor=about.actor)[0])
            case Post(hold, line, node, qty):
                parts = [Part(line, qty, node)]
                return _done(self._reservations.post_in(conn, [hold], lines=parts, at=about.at, actor=about.actor)[0])
            case Book():
                return _done(self._book.command(conn, [_movement(effect, about)]))

    def _hold(self, conn: Connection, effect: Hold, about: About) -> Outcome[list[Landed]]:
        nodes = None  # the engine chooses
        if effect.node is not None or effect.barred:
            nodes = tuple(node for node in _wanted(conn, effect) if node not in effect.barred)
        if nodes == ():
            return Outcome(refusal=_nowhere(effect))
        request = HoldRequest(
            id=effect.hold,
            kind="order",
            lines=(HoldLine(effect.line, effect.sku, effect.qty),),
            channel=about.channel,
            doc=about.order,
            nodes=nodes,
            may_displace=True,
            actor=about.actor,
        )
        held = self._reservations.hold_in(conn, [request])[0]
        if held.value is None:
            return Outcome(refusal=held.refusal)
        return Outcome([Landed(effect.hold, one.node, one.qty) for one in held.value.placements])


def _done(outcome: Outcome[Any]) -> Outcome[list[Landed]]:
    return Outcome([]) if outcome.refusal is None else Outcome(refusal=outcome.refusal)


def _wanted(conn: Connection, effect: Hold) -> list[str]:
    if effect.node is not None:
        return [effect.node]
    query = (
        "SELECT l.node FROM stock.level l JOIN stock.node n ON n.id = l.node AND n.active WHERE l.sku = %s "
        "ORDER BY l.on_hand - l.reserved - l.allocated DESC, l.node"
    )
    return [row[0] for row in conn.execute(query, (effect.sku,))]


def _nowhere(effect: Hold) -> Refusal:
    message = (
        f"Cannot allocate {effect.qty} of {effect.sku}: every node that has it, or the one named, has refused it. "
        "Name another node, or wait for supply."
    )
    return Refusal("short", message, {"sku": effect.sku, "barred": list(effect.barred)})


def _movement(effect: Book, about: About) -> Movement:
    from_node, from_state, to_node, to_state, reason = BOOKINGS[effect.what]
    return Movement(
        id=f"order/{about.order}/{effect.piece}/{about.command}/{effect.what}",
        sku=effect.sku,
        qty=effect.qty,
        from_node=from_node or effect.node,
        from_state=from_state,
        to_node=to_node or effect.node,
        to_state=to_state,
        reason=reason,
        valid_at=about.at,
        doc=about.order,
        line=effect.piece,
        channel=about.channel,
        actor=about.actor,
    )
