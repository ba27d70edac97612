"""The words of an order's life: pieces, the order they belong to, commands, and what a command does to stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias

LINE_PATTERN: Final = r"^[^#]+$"
"""Names of lines that we give ourselves: with the sign that parts a piece's number off, two pieces could share one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one order line that share one fate; split as soon as their fates part.

    Parameters
    ----------
    line : str
        The order line.
    no : int
        Number within the line, from 1.
    sku : str or None
        None where the line is not matched yet.
    qty : int
        Units, >= 1.
    state : str
        A key of `entrepot.orders.pieces.transitions.STATES`.
    node : str or None
        Where the units are promised from, or lie.
    hold : str or None
        The promise of stock behind them, while there is one.
    barred : tuple of str
        Nodes that could not serve them.
    was : str or None
        State before somebody asked for a cancellation or a return.
    grade : str or None
        ``sound`` or ``faulty`` once returned goods were looked at.
    work : str or None
        The fulfilment (work order of one node) they are in.
    issues : int
        How often they left a node's stock: once as a rule, again for a replacement.
    """

    line: str
    no: int
    sku: str | None
    qty: int
    state: str
    node: str | None = None
    hold: str | None = None
    barred: tuple[str, ...] = ()
    was: str | None = None
    grade: str | None = None
    work: str | None = None
    issues: int = 0

    @property
    def id(self) -> str:
        """Its name within the order."""
        return f"{self.line}#{self.no}"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its pieces stand, with what guards ask of it.

    Parameters
    ----------
    id : str
        Order id.
    version : int
        Commands done so far.
    pieces : tuple of Piece
        By line and number.
    ordered : mapping of str to int
        Units ever asked for by line, edits included: always the sum of the line's pieces.
    known : mapping of str to int
        Units by line that the channel last asked for and that were taken note of.
    seen : mapping of str to str
        Digest of each command done, by its id.
    is_paid, is_held : bool
        Whether money was paid or authorised; whether risk, address or payment is being looked at.
    mode : str
        ``ship``, ``pickup`` (collected at a named node) or ``store`` (handed over at the till).
    store : str or None
        Where the customer collects it.
    """

    id: str
    version: int = 0
    pieces: tuple[Piece, ...] = ()
    ordered: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    is_paid: bool = True
    is_held: bool = False
    mode: str = "ship"
    store: str | None = None

    def piece(self, id: str) -> Piece | None:
        """Find a piece by its name."""
        return next((piece for piece in self.pieces if piece.id == id), None)


class Take(NamedTuple):
    """Units a command is about: of a piece or of a line; all that may be taken where no quantity is said."""

    name: str
    qty: int | None = None


class Spot(NamedTuple):
    """Units of a piece at a node."""

    piece: str
    node: str
    qty: int


class Added(NamedTuple):
    """Units asked for in addition."""

    line: str
    sku: str | None
    qty: int


@dataclass(frozen=True, slots=True)
class Command:
    """Something somebody wants done to an order's pieces.

    Parameters
    ----------
    id : str
        Made by the caller; the same id is the same command, however often it comes.
    name : str
        A command of `entrepot.orders.pieces.transitions.TRANSITIONS`.
    takes : tuple of Take
        Which units; none means every unit the command is legal for.
    node : str or None
        The node that takes them (``claim``, ``receive``) or has spoken (``told_...``); for other commands only pieces
        of this node are meant.
    spots : tuple of Spot
        For ``source``: the node of each piece.
    adds : tuple of Added
        For ``add`` and ``exchange``: what is asked for in addition.
    sku : str or None
        For ``match``.
    knows : tuple of (line, units)
        What the channel asks for now, to be remembered.
    expected_version : int or None
        Refused as stale when the order has another.
    actor, reason : str
        Who, and why.
    parcel : tuple of (carrier, number), or None
        For ``ship``: the parcel that left.
    """

    id: str
    name: str
    takes: tuple[Take, ...] = ()
    node: str | None = None
    spots: tuple[Spot, ...] = ()
    adds: tuple[Added, ...] = ()
    sku: str | None = None
    knows: tuple[tuple[str, int], ...] = ()
    expected_version: int | None = None
    actor: str = "system"
    reason: str = ""
    parcel: tuple[str, str] | None = None

    @property
    def digest(self) -> str:
        """What two arrivals of one command must agree on."""
        said = repr((self.name, self.takes, self.node, self.spots, self.adds, self.sku))
        if self.parcel is not None:
            said += repr(self.parcel)
        return blake2b(said.encode(), digest_size=12).hexdigest()


class Hold(NamedTuple):
    """Promise units to a piece: at the node named, else at any that is not barred; a hold is of one line."""

    hold: str
    line: str
    sku: str
    qty: int
    node: str | None
    barred: tuple[str, ...]


class Place(NamedTuple):
    """Let a hold stand at these nodes; in sum unchanged."""

    hold: str
    line: str
    sku: str
    spots: tuple[tuple[str, int], ...]
    """``(node, units)``, by node."""


class Void(NamedTuple):
    """Give units of a hold back."""

    hold: str
    line: str
    node: str | None
    qty: int


class Post(NamedTuple):
    """Book units of a hold as issued to the customer."""

    hold: str
    line: str
    node: str | None
    qty: int


class Book(NamedTuple):
    """Move units between two accounts of the stock book; `what` is a key of `BOOKINGS`."""

    what: str
    piece: str
    sku: str
    qty: int
    node: str


Effect: TypeAlias = Hold | Place | Void | Post | Book


class Change(NamedTuple):
    """Units that went from one state to another (from ``""`` when they were asked for anew)."""

    piece: str
    line: str
    sku: str | None
    qty: int
    source: str
    target: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a command comes to.

    Parameters
    ----------
    order : Order
        After it.
    effects : tuple
        For the stock book and the holds, in this sequence, all or nothing.
    changes : tuple of Change
        For the event.
    is_replay : bool
        The command had been done before; nothing changes.
    """

    order: Order
    effects: tuple[Effect, ...] = ()
    changes: tuple[Change, ...] = ()
    is_replay: bool = False
