"""The machine: a command and an order give the order after it, with what the books have to do; or a refusal.

Pure. It reads `TRANSITIONS` and keeps three laws: quantities are conserved (the pieces of a line always sum to what
was ever asked for), a command that comes again changes nothing, and what is not in the table is refused with the
reason and the commands that are legal instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.orders.pieces.choice import GIVES_NODE, GROWS, choose, refuse, unfit
from entrepot.orders.pieces.piece import (
    Added,
    Applied,
    Book,
    Change,
    Command,
    Effect,
    Hold,
    Order,
    Piece,
    Place,
    Post,
    Spot,
    Void,
)
from entrepot.orders.pieces.transitions import (
    BARS,
    BOOKINGS,
    BY_COMMAND,
    GRADES,
    ISSUES,
    NOTHING,
    SAME,
    WAS,
    Transition,
)


def apply(command: Command, order: Order) -> Outcome[Applied]:
    """Apply a command.

    Parameters
    ----------
    command : Command
        What is asked.
    order : Order
        As it stands.

    Returns
    -------
    Outcome of Applied
        Refusals: `REASONS`.
    """
    if command.id in order.seen:
        if order.seen[command.id] == command.digest:
            return Outcome(Applied(order, is_replay=True))
        message = f"Command {command.id!r} was another one before. Use a new id."
        return Outcome(refusal=refuse("id_reused", message, order))
    if (refusal := unfit(command, order)) is not None:
        return Outcome(refusal=refusal)
    chosen = choose(command, order)
    if isinstance(chosen, Refusal):
        return Outcome(refusal=chosen)
    if command.name == "source" and not _covers(command.spots, chosen):
        message = "The nodes named do not serve exactly the units chosen. Decide again."
        return Outcome(refusal=refuse("bad_spots", message, order))
    return Outcome(_Run(command, order).take(chosen))


def spread(order: Order, spots: Sequence[Spot]) -> Order:
    """Note where the engine placed held pieces; a piece placed at several nodes is split."""
    return replace(order, pieces=_sorted(_placed(order.pieces, spots)[0]))


def _covers(spots: Iterable[Spot], chosen: Sequence[tuple[Piece, int]]) -> bool:
    wanted = {piece.id: units for piece, units in chosen}
    given: dict[str, int] = {}
    for spot in spots:
        given[spot.piece] = given.get(spot.piece, 0) + spot.qty
    return given == wanted and all(spot.qty > 0 for spot in spots)


class _Run:
    """One command on its way through the pieces it takes."""

    def __init__(self, command: Command, order: Order) -> None:
        self._command = command
        self._order = order
        self._adds = [added for added in command.adds if added.qty > 0] if command.name in GROWS else []
        self._pieces = list(order.pieces)
        self._changes: list[Change] = []
        self._effects: list[Effect] = []

    def take(self, chosen: Sequence[tuple[Piece, int]]) -> Applied:
        """Move the chosen units along the table."""
        parts = [self._split(piece, units) for piece, units in chosen]
        if self._command.name == "source":
            self._send(parts)
        else:
            self._move(parts)
        for added in self._adds:
            self._add(added)
        return Applied(self._after(), tuple(self._effects), tuple(self._changes))

    def _split(self, piece: Piece, units: int) -> Piece:
        if units == piece.qty:
            return piece
        part = replace(piece, no=_next_no(self._pieces, piece.line), qty=units)
        self._pieces[self._pieces.index(piece)] = replace(piece, qty=piece.qty - units)
        self._pieces.append(part)
        return part

    def _move(self, parts: list[Piece]) -> None:
        rows = [BY_COMMAND[self._command.name, part.state] for part in parts]
        moved = [self._moved(part, row) for part, row in zip(parts, rows, strict=True)]
        for part, after in zip(parts, moved, strict=True):
            self._pieces[self._pieces.index(part)] = after
            self._note(part, after)
        if self._command.name == "claim":
            holds = {part.hold for part in moved if part.hold is not None}
            self._effects += [_place(self._pieces, hold) for hold in sorted(holds)]
        else:
            self._effects += _effects(self._order, zip(parts, moved, rows, strict=True))

    def _send(self, parts: list[Piece]) -> None:
        """Send sourced pieces to their nodes; a piece served by several is split."""
        before = {part.id: part for part in parts}
        placed, origins = _placed(self._pieces, self._command.spots)
        for place, piece in enumerate(placed):
            origin = before.get(origins.get(piece.id, piece.id))
            if origin is not None:
                placed[place] = after = replace(piece, state="sourced", work=None)
                self._note(replace(origin, qty=piece.qty), after)
        self._pieces = placed
        holds = {part.hold for part in parts if part.hold is not None}
        self._effects += [_place(placed, hold) for hold in sorted(holds)]

    def _moved(self, part: Piece, row: Transition) -> Piece:
        name = self._command.name
        target = {WAS: part.was or part.state, SAME: part.state}.get(row.target, row.target)
        after = replace(part, state=target, grade=GRADES.get(name, part.grade))
        if name == "match":
            after = replace(after, sku=self._command.sku)
        if name in ISSUES:
            after = replace(after, issues=part.issues + 1)
        if row.effect in ("void", "post", "settled", "set_aside", "spoil"):
            after = replace(after, hold=None)
        if target in ("cancel_asked", "return_asked") or (name == "exchange" and part.was is None):
            after = replace(after, was=part.state)
        if row.target == WAS:
            after = replace(after, was=None)
        return self._with_node(part, after)

    def _with_node(self, part: Piece, after: Piece) -> Piece:
        name = self._command.name
        if name in BARS and part.node is not None:
            return replace(after, node=None, work=None, barred=(*part.barred, part.node))
        if after.state in ("placed", "backordered"):
            return replace(after, node=None, work=None)
        if name == "reserve":
            return replace(after, node=None, work=None, hold=f"{self._order.id}/{part.id}@{self._order.version + 1}")
        if name in GIVES_NODE and self._command.node is not None:
            after = replace(after, node=self._command.node)
        if name in ("release", "claim"):
            return replace(after, work=f"{self._order.id}/{after.node}@{self._order.version + 1}")
        return replace(after, work=None) if name == "recall" else after

    def _add(self, added: Added) -> None:
        no = _next_no(self._pieces, added.line)
        piece = Piece(added.line, no, added.sku, added.qty, "placed")
        self._pieces.append(piece)
        self._changes.append(Change(piece.id, piece.line, piece.sku, piece.qty, NOTHING, piece.state, None))

    def _note(self, before: Piece, after: Piece) -> None:
        # Of a new hold the stock engine says where it landed.
        node = after.node if self._command.name == "reserve" else after.node or before.node
        self._changes.append(Change(after.id, after.line, after.sku, after.qty, before.state, after.state, node))

    def _after(self) -> Order:
        ordered = dict(self._order.ordered)
        for added in self._adds:
            ordered[added.line] = ordered.get(added.line, 0) + added.qty
        return replace(
            self._order,
            version=self._order.version + 1,
            pieces=_sorted(self._pieces),
            ordered=ordered,
            known={**self._order.known, **dict(self._command.knows)},
            seen={**self._order.seen, self._command.id: self._command.digest},
        )


def _effects(order: Order, moves: Iterable[tuple[Piece, Piece, Transition]]) -> Iterator[Effect]:
    """Yield what the books do: first what concerns holds, then movements."""
    books: list[Book] = []
    for before, after, row in moves:
        if row.effect == "hold" and after.hold is not None and after.sku is not None:
            node = order.store if order.mode == "pickup" else None
            yield Hold(after.hold, after.line, after.sku, after.qty, node, after.barred)
        if row.effect in ("void", "set_aside", "spoil") and before.hold is not None:
            yield Void(before.hold, before.line, before.node, before.qty)
        if row.effect == "post" and before.hold is not None:
            yield Post(before.hold, before.line, before.node, before.qty)
        node = after.node or before.node
        if row.effect in BOOKINGS and before.sku is not None and node is not None:
            books.append(Book(row.effect, after.id, before.sku, after.qty, node))
    yield from books


def _placed(pieces: Sequence[Piece], spots: Sequence[Spot]) -> tuple[list[Piece], dict[str, str]]:
    """Give pieces their nodes: the first spot of each keeps its name, further ones are new pieces at the end.

    Returns
    -------
    list of Piece
        All pieces.
    dict of str to str
        The piece each new one was split from.
    """
    placed = list(pieces)
    origins: dict[str, str] = {}
    seen: set[str] = set()
    for spot in spots:
        place = next(place for place, piece in enumerate(placed) if piece.id == spot.piece)
        piece = placed[place]
        if spot.piece not in seen:
            seen.add(spot.piece)
            placed[place] = replace(piece, node=spot.node, qty=spot.qty)
        else:
            part = replace(piece, no=_next_no(placed, piece.line), node=spot.node, qty=spot.qty)
            origins[part.id] = piece.id
            placed.append(part)
    return placed, origins


def _place(pieces: Sequence[Piece], hold: str) -> Place:
    """Say where a hold stands: at the nodes of the pieces it is behind."""
    behind = [piece for piece in pieces if piece.hold == hold]
    spots: dict[str, int] = {}
    for piece in behind:
        if piece.node is not None:
            spots[piece.node] = spots.get(piece.node, 0) + piece.qty
    return Place(hold, behind[0].line, behind[0].sku or "", tuple(sorted(spots.items())))


def _next_no(pieces: Sequence[Piece], line: str) -> int:
    return 1 + max((piece.no for piece in pieces if piece.line == line), default=0)


def _sorted(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(sorted(pieces, key=lambda piece: (piece.line, piece.no)))
