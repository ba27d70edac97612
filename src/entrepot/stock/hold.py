"""Holds: what may be asked, what a hold is, and why one is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from entrepot.kernel.errors import InputError
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.kernel.period import FIRST_YEAR, LAST_YEAR, is_in_reach
from entrepot.kernel.quantity import LARGEST_QUANTITY
from entrepot.stock.movement import is_outside

KINDS: Final = ("cart", "order", "transfer", "quota")
"""What a hold is for; ``quota`` keeps pieces for a channel that has sold none of them yet."""

SOFT: Final = frozenset({"cart", "quota"})
"""Kinds that count as reserved; the others are firm and count as allocated."""

STATES: Final = ("held", "posted", "displaced", "expired", "voided")
"""``held`` while a piece of it is promised; the others say how it ended. The first that a row is in is the hold's."""

REASONS: Final = {
    "conflict": "the id names a hold of another content",
    "expired": "it would be over before it began",
    "unknown_cell": "nothing of the SKU was ever at the node, or anywhere",
    "protected": "there is enough, but it is kept for other channels",
    "backorder_cap": "more than may be promised beyond what is there",
    "short": "more than is available",
    "unknown": "there is no such hold",
    "over": "the hold has ended",
    "unknown_part": "the hold has no such line, or none of it at the node",
    "too_many": "more than the hold still has",
    "not_soft": "the hold is firm already",
    "not_firm": "goods leave only for an order or a transfer",
    "quantity": "a move keeps the quantity of each line",
}
"""Every reason for which a hold, or a change of one, is refused, in the order of the checks."""

MOST_LINES: Final = 1_000
_LONGEST_NAME: Final = 200
_digestible = msgspec.json.Encoder().encode

Key = tuple[str, str]
"""A cell: SKU and node."""


class HoldLine(NamedTuple):
    """Pieces of a SKU to be held.

    ``node`` None lets the engine choose among the request's nodes, or all active ones, and split the line.
    """

    line: str
    sku: str
    qty: int
    node: str | None = None


class HoldRequest(msgspec.Struct, frozen=True):
    """A hold that is asked for: all of its lines, or nothing.

    Parameters
    ----------
    id : str
        Made by the client: the same id with the same content is the same hold, however often it is asked for.
    kind : {"cart", "order", "transfer", "quota"}
        What it is for; a cart must expire.
    lines : tuple of HoldLine
        One to 1,000, each with a name of its own.
    channel : str or None
        Who sells; its protected stock is open to it.
    doc : str or None
        Order, cart or transfer it belongs to.
    expires_at : datetime or None
        When it ends by itself; aware. Not part of the content: a retry may reckon it anew, `extend` changes it.
    is_displaceable : bool
        Whether one that may displace can take its pieces.
    may_displace : bool
        Whether displaceable holds give way to it, the newest first.
    may_backorder : bool
        Whether it may go beyond what is there, up to the cell's ``backorder_cap``.
    nodes : tuple of str or None
        Where lines without a node may be placed, the first that can take a whole line first.
    to_node : str or None
        Where a transfer goes; for a transfer, and nothing else.
    actor : str or None
        Who asks.

    Raises
    ------
    InputError
        ``stock.hold`` if any of it is wrong; all faults are named at once.

    Notes
    -----
    One is made for every hold that is asked for; a frozen dataclass of as many fields takes 1.6 times as long, checks
    included.
    """

    id: str
    kind: str
    lines: tuple[HoldLine, ...]
    channel: str | None = None
    doc: str | None = None
    expires_at: datetime | None = None
    is_displaceable: bool = False
    may_displace: bool = False
    may_backorder: bool = False
    nodes: tuple[str, ...] | None = None
    to_node: str | None = None
    actor: str | None = None

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise InputError(
                "stock.hold",
                f"Hold {self.id[:80]!r} is not valid: {'; '.join(faults[:20])}.",
                "Send an id of your own, a kind, and lines of 1 or more pieces.",
                faults=faults,
            )

    def digest(self) -> int:
        """Return a number that two requests share when they ask for the same."""
        said = _digestible(
            (
                self.kind, self.lines, self.channel, self.doc, self.is_displaceable, self.may_displace,
                self.may_backorder, self.nodes, self.to_node,
            )
        )  # fmt: skip
        return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)


class Placement(NamedTuple):
    """Where a line, or a part of it, landed; ``backordered`` of its pieces were not there."""

    line: str
    sku: str
    node: str
    qty: int
    backordered: int = 0


class Part(NamedTuple):
    """A part of a hold: a line, or some pieces of it, everywhere or at one node."""

    line: str
    qty: int | None = None
    node: str | None = None


class Held(NamedTuple):
    """A hold as it stands.

    ``placements`` are those still held, or, once it is over, those it ended with. ``seq`` is the number of its newest
    journal entry: it grows with every change.
    """

    id: str
    kind: str
    state: str
    placements: tuple[Placement, ...]
    seq: int


class HoldRow(NamedTuple):
    """A part of a hold at one node, as it is kept.

    ``qty`` pieces when it was made, of which ``held`` are still promised and ``posted`` have left. ``state`` is one of
    `STATES`, or ``moved`` when another row took its place.
    """

    id: str
    place: int
    line: str
    sku: str
    node: str
    qty: int
    held: int
    posted: int
    backordered: int
    kind: str
    state: str
    channel: str | None
    doc: str | None
    to_node: str | None
    expires_at: datetime | None
    is_displaceable: bool
    content: int
    actor: str | None
    created_at: datetime

    @property
    def cell(self) -> Key:
        """The SKU and node."""
        return self.sku, self.node

    def ended(self, state: str) -> str:
        """Return the state it is in when the rest of it ends so: posted once a piece has left."""
        return "posted" if self.posted else state


class Change(NamedTuple):
    """A change of one row: what it was (None: not there), what it is, and what was done.

    ``movement`` names the movement by which its goods left.
    """

    before: HoldRow | None
    after: HoldRow
    act: str
    movement: str | None = None

    @property
    def reserved(self) -> int:
        """What it adds to the cell's soft holds."""
        return _soft(self.after) - (_soft(self.before) if self.before is not None else 0)

    @property
    def allocated(self) -> int:
        """What it adds to the cell's firm holds."""
        return _firm(self.after) - (_firm(self.before) if self.before is not None else 0)


def as_held(rows: Sequence[HoldRow], seq: int) -> Held:
    """Sum the rows of one hold, by place."""
    if len(rows) == 1:  # mostly
        return Held(rows[0].id, rows[0].kind, rows[0].state, (_placement(rows[0]),), seq)
    state = min((row.state for row in rows if row.state in STATES), key=STATES.index)
    placements = tuple(_placement(row) for row in rows if row.state == state)
    return Held(rows[0].id, rows[0].kind, state, placements, seq)


def refuse(reason: str, message: str, **facts: object) -> Outcome[Held]:
    """Refuse, for one of `REASONS`."""
    return Outcome(refusal=Refusal(reason, message, facts))


def in_conflict(id: str) -> Outcome[Held]:
    """Refuse an id that names another hold."""
    message = f"Id {id} already names a hold of another content. Use a new id, or send the same request."
    return refuse("conflict", message, id=id)


def name_faults(*names: tuple[str, str | None]) -> list[str]:
    """Tell which names are empty, too long, or not plain text; None is no name, and no fault."""
    return [
        f"{what} {name[:40]!r} is not 1 to {_LONGEST_NAME} printable characters"
        for what, name in names
        if name is not None and not _are_names(name)
    ]


def _are_names(*names: str | None) -> bool:
    for name in names:  # noqa: SIM110 - a generator would take twice as long
        if name is not None and not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
            return False
    return True


def _placement(row: HoldRow) -> Placement:
    return Placement(row.line, row.sku, row.node, row.held or row.posted or row.qty, row.backordered)


def _soft(row: HoldRow) -> int:
    return row.held if row.kind in SOFT else 0


def _firm(row: HoldRow) -> int:
    return 0 if row.kind in SOFT else row.held


def _faults(asked: HoldRequest) -> list[str]:
    """List what is wrong; written for the usual case, in which nothing is."""
    faults: list[str] = []
    if not _are_names(asked.id, asked.channel, asked.doc, asked.to_node, asked.actor):
        faults += name_faults(
            ("id", asked.id), ("channel", asked.channel), ("doc", asked.doc), ("to_node", asked.to_node),
            ("actor", asked.actor),
        )  # fmt: skip
    if asked.kind not in KINDS:
        faults.append(f"kind {asked.kind!r} is none of {', '.join(KINDS)}")
    if asked.expires_at is None:
        if asked.kind == "cart":
            faults.append("a cart needs a time at which it expires")
    elif asked.expires_at.tzinfo is None:
        faults.append("expires_at has no time zone")
    elif not is_in_reach(asked.expires_at):
        faults.append(f"expires_at is not between {FIRST_YEAR} and {LAST_YEAR}")
    if (asked.kind == "transfer") != (asked.to_node is not None):
        faults.append("a transfer names the node it goes to, and nothing else does")
    elif asked.to_node is not None:
        if is_outside(asked.to_node):
            faults.append(f"to_node {asked.to_node[:40]!r} lies beyond the book")
        if any(line.node == asked.to_node for line in asked.lines):
            faults.append(f"the transfer would leave {asked.to_node[:40]!r} for itself")
    if not 1 <= len(asked.lines) <= MOST_LINES:
        faults.append(f"{len(asked.lines)} lines are not 1 to {MOST_LINES}")
    if len(asked.lines) > 1 and len({one.line for one in asked.lines}) < len(asked.lines):
        faults.append("two lines have one name")
    if asked.nodes is not None:
        faults += name_faults(*(("node", node) for node in asked.nodes))
        if not asked.nodes:
            faults.append("nodes is empty")
    for line, sku, qty, node in asked.lines:
        if not _are_names(line, sku, node):
            faults += name_faults(("line", line), ("sku", sku), ("node", node))
        if not 1 <= qty <= LARGEST_QUANTITY:
            faults.append(f"qty {qty} of line {line[:40]!r} is not between 1 and {LARGEST_QUANTITY}")
        if node is not None and is_outside(node):
            faults.append(f"node {node[:40]!r} lies beyond the book")
    return faults
