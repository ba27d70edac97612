"""What channels, carriers and warehouses say of an order, as commands to its pieces. Pure.

Facts are states, not steps: whatever was said so far is compared with where the pieces are, and the difference is the
next command. So it does not matter in which sequence, or how often, the news came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from entrepot.orders.pieces.machine import apply
from entrepot.orders.pieces.piece import Added, Command, Order, Piece, Take
from entrepot.orders.pieces.transitions import BACK, BEFORE_ISSUE, BY_COMMAND, OUT

_WITH_CUSTOMER: Final = ("delivered", "collected", "return_asked", "return_authorised", "in_return", *BACK)
_ON_THE_WAY_BACK: Final = ("returning", *BACK)
_ASKED_BACK: Final = ("return_asked", "return_authorised", "in_return", *BACK)
_GRADED_AS: Final = {"on_hand": "told_back_sound", "damaged": "told_back_faulty", "quality_hold": "told_back_unseen"}
_MOST_ROUNDS: Final = 1_000


class ToldLine(NamedTuple):
    """What is said of an order line, in units.

    Parameters
    ----------
    line : str
        Its id.
    sku : str or None
        Ours, where it is matched.
    qty, cancelled, shipped, delivered, turned_back, asked_back : int
        Asked for; taken back before they left; with a carrier (or further); with the customer (or further); coming
        back undelivered; wanted back by the shop because the customer asked for a return.
    """

    line: str
    sku: str | None
    qty: int
    cancelled: int = 0
    shipped: int = 0
    delivered: int = 0
    turned_back: int = 0
    asked_back: int = 0

    @property
    def wanted(self) -> int:
        """Units the channel still asks for."""
        return max(0, self.qty - self.cancelled)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an order.

    Parameters
    ----------
    lines : tuple of ToldLine
        By line id.
    is_cancelled, is_paid, is_held : bool
        Of the whole order.
    mode : str
        ``ship``, ``pickup`` or ``store``.
    store : str or None
        Where the customer collects it.
    held : mapping of (hold, node) to int, or None
        Units still promised by the order's holds; None where it has none yet.
    issued : mapping of (SKU, node) to int
        Units that left for the customer, by the stock book's movements of this order.
    back : mapping of (SKU, node, state) to int
        Units that came back from the customer, by the stock book.
    """

    lines: tuple[ToldLine, ...]
    is_cancelled: bool = False
    is_paid: bool = True
    is_held: bool = False
    mode: str = "ship"
    store: str | None = None
    held: Mapping[tuple[str, str], int] | None = None
    issued: Mapping[tuple[str, str], int] = field(default_factory=dict)
    back: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def handed_over(self, store: str | None) -> Told:
        """Return the same for a till: what it sells and does not cancel is in the customer's hands at once."""
        lines = tuple(line._replace(shipped=line.wanted, delivered=line.wanted) for line in self.lines)
        return replace(self, lines=() if self.is_cancelled else lines, mode="store", store=store)


def next_command(told: Told, order: Order) -> Command | None:
    """Return the next command that facts ask for, None when the pieces agree with them.

    Parameters
    ----------
    told : Told
        What is said.
    order : Order
        Where the pieces are.
    """
    return next((command for rule in _RULES for command in rule(told, order)), None)


def catch_up(told: Told, order: Order) -> tuple[Order, list[Command]]:
    """Apply everything that facts ask for; returns the order after it, and the commands in sequence.

    Notes
    -----
    What the books have to do about it is left out: for an order that is not kept in pieces, this is how it stands.
    """
    order = informed(order, told)
    done: list[Command] = []
    while len(done) < _MOST_ROUNDS and (command := next_command(told, order)) is not None:
        outcome = apply(command, order)
        if outcome.value is None:
            break
        order = outcome.value.order
        done.append(command)
    return order, done


def informed(order: Order, told: Told) -> Order:
    """Return an order with what guards ask of it as it is told now."""
    return replace(order, is_paid=told.is_paid, is_held=told.is_held, mode=told.mode, store=told.store)


def _command(order: Order, name: str, **more: object) -> Command:
    # The version makes the id: facts that are read again find the pieces moved, and ask for nothing.
    made = Command(f"told:{order.version + 1}:{name}", name, actor="facts")
    return replace(made, **more)  # type: ignore[arg-type]


def _take(order: Order, name: str, line: str, qty: int, node: str | None = None) -> Iterator[Command]:
    """Yield a command for as many units of a line as it may be given, if any."""
    able = _units(order, lambda piece: piece.line == line and (name, piece.state) in BY_COMMAND)
    if (units := min(qty, able)) > 0:
        yield _command(order, name, takes=(Take(line, units),), node=node)


def _units(order: Order, test: Callable[[Piece], bool]) -> int:
    return sum(piece.qty for piece in order.pieces if test(piece))


def _in(order: Order, line: str, states: tuple[str, ...]) -> int:
    return _units(order, lambda piece: piece.line == line and piece.state in states)


def _grown(told: Told, order: Order) -> Iterator[Command]:
    more = [line for line in told.lines if line.wanted > order.known.get(line.line, 0)]
    if more:
        adds = tuple(Added(line.line, line.sku, line.wanted - order.known.get(line.line, 0)) for line in more)
        yield _command(order, "add", adds=adds, knows=tuple((line.line, line.wanted) for line in more))


def _matched(told: Told, order: Order) -> Iterator[Command]:
    skus = {line.line: line.sku for line in told.lines if line.sku is not None}
    for piece in order.pieces:
        if piece.sku is None and piece.state == "placed" and piece.line in skus:
            yield _command(order, "match", takes=(Take(piece.id),), sku=skus[piece.line])


def _shrunk(told: Told, order: Order) -> Iterator[Command]:
    wanted = {line.line: line.wanted for line in told.lines}
    for name, known in order.known.items():
        less = known - wanted.get(name, 0)
        able = _units(order, lambda piece, name=name: piece.line == name and _may_stop(piece))  # type: ignore[misc]
        if less > 0 and able > 0:
            units = min(less, able)
            yield _command(order, "cancel", takes=(Take(name, units),), knows=((name, known - units),))


def _cancelled(told: Told, order: Order) -> Iterator[Command]:
    if told.is_cancelled:
        for piece in order.pieces:
            if _may_stop(piece):
                yield _command(order, "cancel", takes=(Take(piece.id),))


def _may_stop(piece: Piece) -> bool:
    return piece.state in BEFORE_ISSUE and ("cancel", piece.state) in BY_COMMAND


def _issued(told: Told, order: Order) -> Iterator[Command]:
    """Follow holds that ended by another's word, then movements of units no hold was behind."""
    for (hold, node), units in _promised(order).items():
        gap = units - (told.held or {}).get((hold, node), 0)
        if told.held is not None and gap > 0:
            piece = next(piece for piece in reversed(order.pieces) if (piece.hold, piece.node) == (hold, node))
            left, place = _excess(told, order, piece.sku or "")
            name = "told_issued" if left > 0 else "told_unheld"
            units = min(piece.qty, gap, left) if left > 0 else min(piece.qty, gap)
            yield _command(order, name, takes=(Take(piece.id, units),), node=place if left > 0 else node)
    for sku in sorted({sku for sku, _ in told.issued}):
        left, place = _excess(told, order, sku)
        able = [piece for piece in order.pieces if piece.sku == sku and piece.hold is None and _may_have_left(piece)]
        able.sort(key=lambda piece: (piece.state == "cancelled", piece.issues, piece.node != place))
        for piece in able if left > 0 else ():
            yield _command(order, "told_issued", takes=(Take(piece.id, min(piece.qty, left)),), node=place)


def _may_have_left(piece: Piece) -> bool:
    return ("told_issued", piece.state) in BY_COMMAND and (piece.issues == 0 or piece.state in BEFORE_ISSUE)


def over_issued(told: Told, order: Order) -> int:
    """Return how many units left by the book that no piece of the order accounts for: sent twice, or by mistake."""
    return sum(max(0, _excess(told, order, sku)[0]) for sku in {sku for sku, _ in told.issued})


def _promised(order: Order) -> dict[tuple[str, str], int]:
    promised: dict[tuple[str, str], int] = {}
    for piece in order.pieces:
        if piece.hold is not None and piece.node is not None:
            promised[piece.hold, piece.node] = promised.get((piece.hold, piece.node), 0) + piece.qty
    return promised


def _excess(told: Told, order: Order, sku: str) -> tuple[int, str]:
    """Return how many units left by the book beyond what the pieces know of, and the node most of them left from."""
    booked = {node: qty for (one, node), qty in told.issued.items() if one == sku}
    counted = _issues(order, sku)
    node = max(sorted(booked), key=lambda node: booked[node] - counted.get(node, 0), default="")
    return sum(booked.values()) - sum(counted.values()), node


def _issues(order: Order, sku: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for piece in order.pieces:
        if piece.sku == sku and piece.issues:
            node = piece.node or ""
            counted[node] = counted.get(node, 0) + piece.qty * piece.issues
    return counted


def _shipped(told: Told, order: Order) -> Iterator[Command]:
    """Follow what a channel says left; what left and is served anew, or given up since, is among it."""
    name = "told_collected" if told.mode in ("pickup", "store") else "told_shipped"
    for line in told.lines:
        gone = _units(
            order,
            lambda piece, line=line: (  # type: ignore[misc]
                piece.line == line.line and (piece.issues > 0 or piece.state not in (*BEFORE_ISSUE, "cancelled"))
            ),
        )
        yield from _take(order, name, line.line, line.shipped - gone)


def _delivered(told: Told, order: Order) -> Iterator[Command]:
    for line in told.lines:
        yield from _take(order, "deliver", line.line, line.delivered - _in(order, line.line, _WITH_CUSTOMER))


def _turned_back(told: Told, order: Order) -> Iterator[Command]:
    for line in told.lines:
        yield from _take(order, "turn_back", line.line, line.turned_back - _in(order, line.line, _ON_THE_WAY_BACK))


def _asked_back(told: Told, order: Order) -> Iterator[Command]:
    for line in told.lines:
        yield from _take(order, "ask_return", line.line, line.asked_back - _in(order, line.line, _ASKED_BACK))


def _back(told: Told, order: Order) -> Iterator[Command]:
    for sku in sorted({sku for sku, _, _ in told.back}):
        booked = {place: qty for place, qty in told.back.items() if place[0] == sku}
        counted = _units(order, lambda piece, sku=sku: piece.sku == sku and _came_back(piece))  # type: ignore[misc]
        excess = sum(booked.values()) - counted
        if excess <= 0:
            continue
        _, node, state = max(sorted(booked), key=lambda place: booked[place])
        name = _GRADED_AS.get(state, "told_back_unseen")
        for piece in order.pieces:
            if piece.sku == sku and piece.hold is None and piece.state in (*OUT, "lost"):
                yield _command(order, name, takes=(Take(piece.id, min(piece.qty, excess)),), node=node)


def _came_back(piece: Piece) -> bool:
    return piece.state in BACK and (piece.state != "scrapped" or piece.grade is not None)


def _risk(told: Told, order: Order) -> Iterator[Command]:
    name = "hold_risk" if told.is_held else "clear"
    for piece in order.pieces:
        if (name, piece.state) in BY_COMMAND:
            yield _command(order, name, takes=(Take(piece.id),))


_RULES: Final = (
    _grown, _matched, _shrunk, _issued, _cancelled, _shipped, _delivered, _turned_back, _asked_back, _back, _risk,
)  # fmt: skip
"""In the sequence in which facts are taken note of: what left the shelf counts before what was cancelled."""
