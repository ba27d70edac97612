"""The life of a piece as data: from, command, guard, to, journal effect, event, undo.

Every rule about what may happen to ordered units is a row of `TRANSITIONS`; the machine only reads it. Rows of the
group "told" record what a warehouse, carrier or channel says has happened: they are never refused for want of a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from entrepot.orders.pieces.piece import Order, Piece

STATES: Final[dict[str, str]] = {
    "placed": "asked for, nothing promised yet",
    "risk_hold": "waits until risk, address or payment is cleared",
    "backordered": "no free stock anywhere; waits for supply",
    "refused": "the node refused it",
    "short": "the node could not find it",
    "timed_out": "the node did not answer in time",
    "reserved": "stock is held",
    "sourced": "the node that serves it is chosen",
    "released": "the node has the work order",
    "cancel_asked": "the node is asked to stop",
    "accepted": "the node takes it on",
    "picking": "being picked",
    "packed": "packed, waits for the carrier or the customer",
    "ready": "waits at the counter for the customer",
    "uncollected": "nobody came for it",
    "lost": "the carrier lost it",
    "damaged": "spoilt before it reached the customer",
    "shipped": "with the carrier",
    "returning": "comes back undelivered",
    "delivered": "with the customer",
    "collected": "the customer took it at the counter",
    "return_asked": "the customer wants to give it back",
    "return_authorised": "may be sent in",
    "in_return": "on its way back",
    "received": "came back, not looked at yet",
    "graded": "looked at",
    "restocked": "for sale again",
    "scrapped": "written off",
    "vendor": "gone back to the supplier",
    "cancelled": "will not be served",
}
"""What each state means, from least far to furthest."""

AWAITED: Final = ("placed", "backordered", "refused", "short", "timed_out", "lost", "damaged")
"""The customer waits and nothing is promised: stock is looked for."""

AT_NODE: Final = ("released", "accepted", "picking", "packed", "ready", "uncollected", "cancel_asked")
"""In the hands of a node."""

NOT_BEGUN: Final = ("released", "accepted")
"""A node has the work order and has not begun with it: what may be recalled."""

BEFORE_ISSUE: Final = (
    "placed", "risk_hold", "backordered", "refused", "short", "timed_out", "reserved", "sourced", *AT_NODE,
)  # fmt: skip
"""By our word not yet with carrier or customer."""

OUT: Final = ("shipped", "delivered", "collected", "returning", "return_asked", "return_authorised", "in_return")
"""With carrier or customer; a hold left on them is one that no warehouse has confirmed."""

BACK: Final = ("received", "graded", "restocked", "scrapped", "vendor")
"""Came back; scrapped ones may also have been written off on the way."""

ENDED: Final = ("delivered", "collected", "cancelled", "restocked", "scrapped", "vendor")
"""Nothing more is to be done unless somebody asks."""

EFFECTS: Final[dict[str, str]] = {
    "none": "none",
    "hold": "void",
    "place": "place",
    "void": "hold",
    "post": "reverse the sale, then hold",
    "settled": "hold",
    "set_aside": "release, then hold",
    "spoil": "reverse the damage, then hold",
    "take_back": "reverse the return",
    "mark_faulty": "reverse the damage",
    "restock": "reverse the release",
    "scrap": "reverse the scrapping",
    "to_vendor": "reverse the despatch",
}
"""Journal effects by name, each with what undoes it in the books.

``settled``: the hold has ended already, by a movement that others reported or by somebody's hand.
"""

BOOKINGS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    # from node, from state, to node, to state, reason; "" is the piece's node
    "set_aside": ("", "on_hand", "", "quality_hold", "quality_hold"),
    "spoil": ("", "on_hand", "", "damaged", "damage"),
    "take_back": ("customer", "on_hand", "", "quality_hold", "return"),
    "mark_faulty": ("", "quality_hold", "", "damaged", "damage"),
    "restock": ("", "quality_hold", "", "on_hand", "release"),
    "scrap": ("", "damaged", "scrap", "on_hand", "scrap"),
    "to_vendor": ("", "damaged", "supplier", "on_hand", "return"),
}
"""Movements of the effects that move stock; ``set_aside`` and ``spoil`` give the hold back first."""

WAS: Final = "(was)"
"""Target: the state the piece was in before somebody asked for something."""

SAME: Final = "(same)"
"""Target: the state the piece is in; only its stock is settled."""

NOTHING: Final = ""
"""Source of units asked for anew."""


class Guard(NamedTuple):
    """A condition on a piece in its order.

    Parameters
    ----------
    holds : callable
        ``(piece, order, node of the command) -> bool``.
    why : str
        What is missing and, after a semicolon, how to mend it, when it does not hold.
    """

    holds: Callable[[Piece, Order, str | None], bool]
    why: str


GUARDS: Final[dict[str, Guard]] = {
    "": Guard(lambda piece, order, node: True, ""),
    "unmatched": Guard(lambda p, o, n: p.sku is not None, "its line names no SKU of ours; match the listing first"),
    "unpaid": Guard(lambda p, o, n: o.is_paid, "it is not paid; wait for the payment, or cancel"),
    "held": Guard(lambda p, o, n: not o.is_held, "the order is held; clear the hold first"),
    "not_to_ship": Guard(lambda p, o, n: o.mode != "pickup", "the customer collects it; make it ready instead"),
    "not_to_collect": Guard(lambda p, o, n: o.mode == "pickup", "it goes by carrier; ship it instead"),
    "no_hold": Guard(lambda p, o, n: p.hold is not None, "no stock is held for it; nothing is left to book"),
    "still_here": Guard(lambda p, o, n: p.hold is None, "it never left the node's stock; put it back instead"),
    "barred": Guard(
        lambda p, o, n: n is not None and n not in p.barred, "no node is named, or one that refused it; name another"
    ),
    "not_sound": Guard(lambda p, o, n: p.grade == "sound", "it was graded faulty; scrap it or send it to the vendor"),
    "not_faulty": Guard(lambda p, o, n: p.grade == "faulty", "it was graded sound; restock it"),
}
"""Conditions by the reason of the refusal when they do not hold."""


class Transition(NamedTuple):
    """One row of the table.

    Parameters
    ----------
    command, source, target : str
        What is asked, from which state, to which.
    effect : str
        A key of `EFFECTS`.
    guards : tuple of str
        Keys of `GUARDS`, in the sequence in which they are asked.
    undo : str
        The command that leads back (from the target), or ``""`` where only new facts help.
    """

    command: str
    source: str
    target: str
    effect: str = "none"
    guards: tuple[str, ...] = ()
    undo: str = ""

    @property
    def event(self) -> str:
        """Kind of the event that tells of it."""
        return f"piece.{_EVENTS.get((self.command, self.target), self.target)}"


_EVENTS: Final = {
    ("decline", WAS): "cancel_declined",
    ("keep", WAS): "kept",
    ("confirm_issue", SAME): "issued",
    ("told_issued", SAME): "issued",
    ("told_unheld", SAME): "unheld",
}
"""What is told where the target is no state of its own."""


def _rows(
    command: str, sources: Iterable[str], target: str, effect: str = "none", *guards: str, undo: str = ""
) -> list[Transition]:
    return [Transition(command, source, target, effect, guards, undo) for source in sources]


_COMMANDED: Final = (
    # before a node has it
    *_rows("add", (NOTHING,), "placed", undo="cancel"),
    *_rows("match", ("placed",), "placed", undo="match"),
    *_rows("hold_risk", ("placed", "backordered"), "risk_hold", undo="clear"),
    *_rows("clear", ("risk_hold",), "placed", undo="hold_risk"),
    *_rows("reserve", AWAITED, "reserved", "hold", "unmatched", undo="free"),
    *_rows("backorder", [state for state in AWAITED if state != "backordered"], "backordered", undo="reserve"),
    *_rows("free", ("reserved", "sourced"), "placed", "void", undo="reserve"),
    *_rows("source", ("reserved", "sourced"), "sourced", "place", undo="source"),
    *_rows("release", ("sourced",), "released", "none", "unpaid", "held", undo="recall"),
    # at the node
    *_rows("recall", NOT_BEGUN, "sourced", undo="release"),
    *_rows("accept", ("released",), "accepted", undo="recall"),
    *_rows("claim", ("released",), "accepted", "place", "barred", undo="recall"),
    *_rows("refuse", ("released", "accepted", "picking"), "refused", "void", undo="reserve"),
    *_rows("time_out", ("released",), "timed_out", "void", undo="reserve"),
    *_rows("pick", ("accepted",), "picking", undo="unpack"),
    *_rows("short", ("accepted", "picking"), "short", "set_aside", undo="reserve"),
    *_rows("pack", ("released", "accepted", "picking"), "packed", undo="unpack"),
    *_rows("unpack", ("picking", "packed", "ready"), "accepted", undo="pack"),
    *_rows("damage", ("accepted", "picking", "packed", "ready", "uncollected"), "damaged", "spoil", undo="reserve"),
    *_rows(
        "ship", ("released", "accepted", "picking", "packed", "cancel_asked"), "shipped", "post", "not_to_ship",
        undo="turn_back",
    ),
    # pick-up
    *_rows("make_ready", ("accepted", "picking", "packed", "uncollected"), "ready", "none", "not_to_collect",
           undo="unpack"),
    *_rows("collect", ("ready", "uncollected", "cancel_asked"), "collected", "post", "not_to_collect",
           undo="ask_return"),
    *_rows("leave", ("ready",), "uncollected", undo="make_ready"),
    *_rows("send_back", ("uncollected",), "returning", undo="put_back"),
    *_rows("put_back", ("returning",), "cancelled", "void", "no_hold"),
    # on the way
    *_rows("deliver", ("shipped", "lost"), "delivered", undo="ask_return"),
    *_rows("turn_back", ("shipped",), "returning", undo="receive"),
    *_rows("lose", ("shipped",), "lost", undo="deliver"),
    *_rows("damage", ("shipped",), "damaged", undo="reserve"),
    *_rows("confirm_issue", ("shipped", "delivered", "collected"), SAME, "post", "no_hold"),
    # cancel at any stage
    *_rows("cancel", ("risk_hold", *AWAITED), "cancelled"),
    *_rows("cancel", ("reserved", "sourced"), "cancelled", "void"),
    *_rows("cancel", ("released", "accepted", "picking", "packed", "ready", "uncollected"), "cancel_asked",
           undo="decline"),
    *_rows("cancel", ("shipped",), "returning", undo="receive"),
    *_rows("agree", ("cancel_asked",), "cancelled", "void"),
    *_rows("decline", ("cancel_asked",), WAS, undo="cancel"),
    # returns
    *_rows("ask_return", ("delivered", "collected"), "return_asked", undo="keep"),
    *_rows("authorise", ("return_asked",), "return_authorised", undo="keep"),
    *_rows("exchange", ("delivered", "collected", "return_asked"), "return_authorised", undo="keep"),
    *_rows("keep", ("return_asked", "return_authorised"), WAS, undo="ask_return"),
    *_rows("send_in", ("return_authorised",), "in_return", undo="receive"),
    *_rows("receive", ("return_asked", "return_authorised", "in_return", "returning"), "received", "take_back",
           "still_here", undo="grade_sound"),
    *_rows("grade_sound", ("received",), "graded", undo="restock"),
    *_rows("grade_faulty", ("received",), "graded", "mark_faulty", undo="scrap"),
    *_rows("restock", ("graded",), "restocked", "restock", "not_sound"),
    *_rows("scrap", ("graded",), "scrapped", "scrap", "not_faulty"),
    *_rows("to_vendor", ("graded",), "vendor", "to_vendor", "not_faulty"),
    *_rows("write_off", ("in_return", "returning"), "scrapped", "none", "still_here"),
)  # fmt: skip

_TOLD: Final = (
    # By a channel: the goods are gone, but no warehouse has said so yet; the hold stays until one does.
    *_rows("told_shipped", BEFORE_ISSUE, "shipped", undo="turn_back"),
    *_rows("told_collected", BEFORE_ISSUE, "collected", undo="ask_return"),
    # By a warehouse, whose own movement is in the book already and has closed the hold.
    *_rows("told_issued", BEFORE_ISSUE, "shipped", "settled", undo="turn_back"),
    *_rows("told_issued", (*OUT, "lost", "damaged", *BACK), SAME, "settled"),
    # Somebody else ended the hold: what has not left yet needs another.
    *_rows("told_unheld", ("reserved", "sourced", *AT_NODE), "placed", "settled", undo="reserve"),
    *_rows("told_unheld", (*OUT, "lost"), SAME, "settled"),
    *_rows("told_issued", ("cancelled",), "returning", undo="receive"),
    # By a warehouse that booked the return: sound goods are for sale again, faulty or unseen ones are not.
    *_rows("told_back_sound", (*OUT, "lost"), "restocked", "none", "still_here"),
    *_rows("told_back_faulty", (*OUT, "lost"), "graded", "none", "still_here", undo="scrap"),
    *_rows("told_back_unseen", (*OUT, "lost"), "received", "none", "still_here", undo="grade_sound"),
)

TRANSITIONS: Final[tuple[Transition, ...]] = (*_COMMANDED, *_TOLD)
"""Every way from state to state."""

BY_COMMAND: Final[dict[tuple[str, str], Transition]] = {(row.command, row.source): row for row in TRANSITIONS}

_RANK: Final = {state: rank for rank, state in enumerate((NOTHING, *STATES))}


def leads_back(row: Transition) -> bool:
    """Tell whether a row's undo takes units back to where they were, or before, and the books with them.

    After the others it is the next thing one may do about it: what was shipped is called back, what was graded faulty
    is scrapped.

    Examples
    --------
    >>> [leads_back(BY_COMMAND[name, state]) for name, state in (("pack", "picking"), ("grade_faulty", "received"))]
    [True, False]
    """
    if row.target == WAS:
        return any(one.command == row.undo and one.target == row.source for one in TRANSITIONS)
    undo = BY_COMMAND.get((row.undo, row.target))
    if undo is None or row.command in (*BARS, row.undo) or row.effect in BOOKINGS:
        return False
    if row.source in OUT and undo.target in BEFORE_ISSUE:
        return False
    return row.source == NOTHING or undo.target == WAS or _RANK[undo.target] <= _RANK[row.source]


COMMANDS: Final = tuple(dict.fromkeys(row.command for row in TRANSITIONS))
TOLD: Final = frozenset(row.command for row in _TOLD)
"""What only sources of facts say; people use the other commands."""

BARS: Final = frozenset({"refuse", "time_out", "short"})
"""Commands after which the node is not asked again."""

GRADES: Final = {
    "grade_sound": "sound", "grade_faulty": "faulty", "told_back_faulty": "faulty", "told_back_sound": "sound",
}  # fmt: skip
"""What a command says of returned goods."""

ISSUES: Final = frozenset({"ship", "collect", "confirm_issue", "told_issued"})
"""Commands that count as leaving a node's stock."""
