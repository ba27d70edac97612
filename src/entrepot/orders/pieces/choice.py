"""Which units a command is about, and why it cannot be done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from entrepot.kernel.outcome import Refusal
from entrepot.orders.pieces.piece import Command, Order, Piece, Take
from entrepot.orders.pieces.transitions import BY_COMMAND, COMMANDS, GUARDS, STATES, TOLD

REASONS: Final = (
    "id_reused", "stale", "unknown_command", "nothing_added", "unknown_piece", "wrong_node", "illegal",
    *[reason for reason in GUARDS if reason], "too_many", "bad_spots",
)  # fmt: skip
"""Why a command is refused, in the sequence in which it is asked."""

GROWS: Final = frozenset({"add", "exchange"})
"""Commands that ask for units in addition."""

GIVES_NODE: Final = frozenset(
    {"claim", "receive", "told_issued", "told_shipped", "told_collected", "told_back_sound", "told_back_faulty",
     "told_back_unseen"}
)  # fmt: skip
"""Commands whose node is where the units then are; for the others it chooses among the pieces."""

_MOST_NAMED: Final = 20
"""Pieces that are named in a refusal."""

_RANK: Final = {state: rank for rank, state in enumerate(STATES)}


def legal_commands(order: Order, piece: Piece) -> list[str]:
    """Return what people may do with a piece now, in the sequence of the table."""
    return [
        name
        for name in COMMANDS
        if name not in TOLD
        and (row := BY_COMMAND.get((name, piece.state))) is not None
        and all(GUARDS[guard].holds(piece, order, None) for guard in row.guards if guard != "barred")
    ]


def unfit(command: Command, order: Order) -> Refusal | None:
    """Return what is wrong with a command before any piece is looked at."""
    if command.expected_version not in (None, order.version):
        return refuse(
            "stale",
            f"The order has moved on: it is at version {order.version}, not {command.expected_version}. "
            "Load it and decide anew.",
            order,
        )
    if command.name not in COMMANDS:
        return refuse(
            "unknown_command", f"There is no command {command.name!r}. Look at what its pieces may do.", order
        )
    if command.name in GROWS and not any(added.qty > 0 for added in command.adds):
        return refuse("nothing_added", "Nothing is asked for. Name a SKU and a quantity of 1 or more.", order)
    names = {piece.id for piece in order.pieces} | {piece.line for piece in order.pieces}
    for take in _takes(command):
        if take.name not in names:
            there = ", ".join(piece.id for piece in order.pieces[:_MOST_NAMED]) or "none yet"
            message = f"The order has no line or piece {take.name!r}. Name one of its pieces: {there}."
            return refuse("unknown_piece", message, order)
    return None


def _takes(command: Command) -> tuple[Take, ...]:
    """Return what a command is about; a decision on nodes is about the whole pieces it names."""
    if command.name != "source":
        return command.takes
    return tuple(Take(piece) for piece in dict.fromkeys(spot.piece for spot in command.spots))


def choose(command: Command, order: Order) -> list[tuple[Piece, int]] | Refusal:
    """Choose the units a command is about, by line and number; or say why they cannot be."""
    if command.name == "add":
        return []
    chosen: dict[str, tuple[Piece, int]] = {}
    for take in _takes(command) or (None,):
        of = [piece for piece in order.pieces if take is None or take.name in (piece.line, piece.id)]
        able = [piece for piece in of if piece.id not in chosen and _why_not(command, order, piece) is None]
        able.sort(key=partial(_sequence, command))
        if not able:
            return _explain(command, order, of)
        wanted = take.qty if take is not None and take.qty is not None else sum(piece.qty for piece in able)
        for piece in able:
            units = min(piece.qty, wanted)
            if units > 0:
                chosen[piece.id] = piece, units
                wanted -= units
        if wanted or not chosen:
            return _too_many(command, order, take, able)
    return list(chosen.values())


def _sequence(command: Command, piece: Piece) -> tuple[object, ...]:
    """Rank pieces of one line: what is least far is cancelled first, what is furthest goes on first."""
    if command.name == "cancel":
        return _RANK[piece.state], piece.line, piece.no
    is_done = piece.issues > 0 and (piece.hold is None or command.name in ("told_shipped", "told_collected"))
    is_elsewhere = command.name in GIVES_NODE and piece.node != command.node
    return piece.state == "cancelled", is_done, is_elsewhere, -_RANK[piece.state], piece.line, piece.no


def _why_not(command: Command, order: Order, piece: Piece) -> str | None:
    """Return the first reason that keeps a command from a piece."""
    if command.name not in GIVES_NODE and command.node not in (None, piece.node):
        return "wrong_node"
    row = BY_COMMAND.get((command.name, piece.state))
    if row is None:
        return "illegal"
    return next((name for name in row.guards if not GUARDS[name].holds(piece, order, command.node)), None)


def _explain(command: Command, order: Order, pieces: Sequence[Piece]) -> Refusal:
    if not pieces:
        message = f"Cannot {_words(command.name)}: the order has no pieces yet. Wait until its lines are known."
        return refuse("illegal", message, order)
    if all(_why_not(command, order, piece) is None for piece in pieces):
        message = f"Cannot {_words(command.name)} a piece twice at once: {pieces[0].id}. Name each piece once."
        return refuse("too_many", message, order, available=0)
    # The reason that is furthest down the list is the one nearest to being done.
    reasons = [(REASONS.index(_why_not(command, order, piece) or "too_many"), piece) for piece in pieces]
    place, piece = max(reasons, key=lambda pair: pair[0])
    reason = REASONS[place]
    what = f"Cannot {_words(command.name)} {piece.qty} of {piece.sku or 'an unmatched SKU'} (line {piece.line})"
    if reason == "wrong_node":
        why = f"it is with {piece.node or 'no node'}, not {command.node}; name that node, or none"
    elif reason == "illegal":
        may = ", ".join(legal_commands(order, piece)) or "nothing"
        why = f"it is {_words(piece.state)}; may be done now: {may}"
    else:
        why = GUARDS[reason].why
    is_so, _, mend = why.partition("; ")
    return refuse(reason, f"{what}: {is_so}. {mend[:1].upper()}{mend[1:]}.", order, piece=piece.id, state=piece.state)


def _too_many(command: Command, order: Order, take: Take | None, able: Sequence[Piece]) -> Refusal:
    there = sum(piece.qty for piece in able)
    name, qty = (take.name, take.qty) if take is not None else ("", 0)
    return refuse(
        "too_many",
        f"Cannot {_words(command.name)} {qty} of line {name}: {there} may be. Name 1 to {there}.",
        order,
        available=there,
    )


def refuse(reason: str, message: str, order: Order, **facts: object) -> Refusal:
    """Refuse, for one of `REASONS`."""
    return Refusal(reason, message, {"order": order.id, "version": order.version, **facts})


def _words(name: str) -> str:
    return name.replace("_", " ")
