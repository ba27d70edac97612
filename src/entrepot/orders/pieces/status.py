"""The status of an order: a rule over its pieces, never stored as a truth of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from entrepot.orders.pieces.piece import Piece
from entrepot.orders.pieces.transitions import AT_NODE, BACK, BEFORE_ISSUE, ENDED

PHASES: Final[dict[str, tuple[str, ...]]] = {
    "waiting": ("placed", "risk_hold", "backordered", "refused", "short", "timed_out", "lost", "damaged"),
    "promised": ("reserved", "sourced"),
    "in_work": (
        "released", "accepted", "picking", "packed", "ready", "uncollected", "cancel_asked",
    ),
    "under_way": ("shipped", "returning"),
    "served": ("delivered", "collected"),
    "coming_back": ("return_asked", "return_authorised", "in_return"),
    "taken_back": ("received", "graded", "restocked", "scrapped", "vendor"),
}  # fmt: skip
"""Phases of an order, from first to last, and the states of pieces in them; cancelled pieces are in none."""

_WITH_CUSTOMER: Final = ("delivered", "collected", "return_asked", "return_authorised", "in_return")

_PHASE_OF: Final = {state: phase for phase, states in PHASES.items() for state in states}


def status(pieces: Iterable[Piece]) -> str:
    """Return an order's status.

    Parameters
    ----------
    pieces : iterable of Piece
        All of the order's.

    Returns
    -------
    str
        ``none`` where no piece is known yet; ``cancelled`` when nothing else is left; the phase all live pieces are
        in; else ``part_`` and the furthest phase some are in.

    Examples
    --------
    >>> status([Piece("1", 1, "A", 2, "shipped"), Piece("1", 2, "A", 1, "backordered")])
    'part_under_way'
    """
    states = {piece.state for piece in pieces}
    found = {_PHASE_OF[state] for state in states - {"cancelled"}}
    if not found:
        return "cancelled" if states else "none"
    furthest = max(found, key=list(PHASES).index)
    return furthest if len(found) == 1 else f"part_{furthest}"


def fulfilment_word(pieces: Iterable[Piece], before: object = None) -> str:
    """Return how far an order is, in the words of channels.

    Parameters
    ----------
    pieces : iterable of Piece
        All of the order's.
    before : str or None
        The word before: what came back whole was delivered if it was, else turned back on its way.

    Returns
    -------
    str
        ``open``, ``in_progress``, ``part_shipped``, ``shipped``, ``delivered`` or ``cancelled``.

    Examples
    --------
    >>> fulfilment_word([Piece("1", 1, "A", 2, "shipped"), Piece("1", 2, "A", 1, "backordered")])
    'part_shipped'
    """
    states = {piece.state for piece in pieces}
    live = states - {"cancelled"}
    if not live:
        return "cancelled" if states else "open"
    waiting = live & {*BEFORE_ISSUE}
    if waiting:
        return "part_shipped" if live - waiting else "in_progress" if live & {*AT_NODE} else "open"
    if live <= {*_WITH_CUSTOMER, *BACK} and (live & {*_WITH_CUSTOMER} or before == "delivered"):
        return "delivered"
    return "shipped"


def is_ended(pieces: Iterable[Piece]) -> bool:
    """Tell whether nothing more is to be done: every piece has ended and none waits for a warehouse's word.

    Examples
    --------
    >>> is_ended([Piece("1", 1, "A", 1, "delivered"), Piece("2", 1, "B", 1, "cancelled")])
    True
    """
    return all(piece.state in ENDED and piece.hold is None for piece in pieces)
