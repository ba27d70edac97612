"""Which step of its life an order takes next. Pure: pieces, facts and time decide, nothing is remembered."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from entrepot.orders.lifecycle.ports import Facts
from entrepot.orders.lifecycle.store import Life
from entrepot.orders.pieces import Order, Piece, is_ended
from entrepot.orders.pieces.told import next_command, over_issued

STEPS: Final = ("follow", "hold", "source", "release", "settle")
"""In the sequence in which they are looked at. Shipping and delivery are facts: ``follow`` takes note of them."""

LOOKED_FOR: Final = ("placed", "refused", "short", "timed_out")
"""Stock is looked for at once; for what was lost or damaged a person says whether the customer gets another."""


def next_step(life: Life, order: Order, facts: Facts, now: datetime) -> str | None:
    """Return what is to be done now; None when the order waits for somebody, or for time.

    Parameters
    ----------
    life : Life
        What is kept of the order.
    order : Order
        Its pieces.
    facts : Facts
        What others know.
    now : datetime
        For the release.
    """
    if next_command(facts.told, order) is not None or _is_behind(life, order, facts):
        return "follow"
    if facts.policy == "confirmations":
        if any(map(is_looked_for, order.pieces)):
            return "hold"
        if any(needs_node(piece, life) for piece in order.pieces):
            return "source"
        if any(may_go(piece, life, order, now) for piece in order.pieces):
            return "release"
    return "settle" if order.pieces and is_ended(order.pieces) and life.settled_at is None else None


def _is_behind(life: Life, order: Order, facts: Facts) -> bool:
    """Tell whether something was told that is kept of the order, and not noted yet."""
    return life.destination != facts.destination or life.over_issued != over_issued(facts.told, order)


def is_looked_for(piece: Piece) -> bool:
    """Tell whether stock is to be looked for."""
    return piece.state in LOOKED_FOR and piece.sku is not None


def needs_node(piece: Piece, life: Life) -> bool:
    """Tell whether a node is to be chosen: none was yet, or for another address."""
    return piece.state == "reserved" or (piece.state == "sourced" and life.sourced_for != life.destination)


def may_go(piece: Piece, life: Life, order: Order, now: datetime) -> bool:
    """Tell whether a piece may be released to its node."""
    is_due = life.release_at is None or life.release_at <= now
    return piece.state == "sourced" and is_due and order.is_paid and not order.is_held
