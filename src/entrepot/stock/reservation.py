"""Deciding on a batch of holds: in the order of arrival, each all or nothing, as if they came one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from entrepot.kernel.outcome import Outcome
from entrepot.stock.hold import (
    SOFT,
    Change,
    Held,
    HoldLine,
    HoldRequest,
    HoldRow,
    Placement,
    as_held,
    in_conflict,
    refuse,
)
from entrepot.stock.hold_room import Facts, Shelf


class Decision(NamedTuple):
    """Outcomes in the order of the requests, and what is to be written.

    A new hold's ``seq`` is 0 here: the journal numbers it.
    """

    outcomes: list[Outcome[Held]]
    changes: list[Change]


class Piece(NamedTuple):
    """A part of a line at a node; ``backordered`` of its pieces are not there."""

    node: str
    qty: int
    backordered: int


def decide(requests: Iterable[HoldRequest], facts: Facts, now: datetime) -> Decision:
    """Decide on holds in the order of arrival.

    Parameters
    ----------
    requests : iterable of HoldRequest
        The batch.
    facts : Facts
        What is there.
    now : datetime
        When.

    Returns
    -------
    Decision
        For each request a hold, or a refusal for the first that applies of: ``conflict``, ``expired``, and line by
        line ``unknown_cell``, ``protected``, ``backorder_cap``, ``short``.

    Notes
    -----
    A batch gives what its requests would give one after the other: `tests/property/stock/test_reservation.py`.
    Lines without a node go whole to the first node of the request that can take them; without a list of nodes, to the
    node with the most. Where none can, they are split in the same sequence. Equal nodes go by name.
    """
    shelf = Shelf(facts, now)
    made: dict[str, tuple[int, Outcome[Held]]] = {}
    outcomes = []
    for asked in requests:
        if asked.id in made:
            content, outcome = made[asked.id]
            outcomes.append(outcome if content == asked.digest() else in_conflict(asked.id))
            continue
        content = asked.digest()
        if asked.id in facts.rows:
            rows = facts.rows[asked.id]
            known = Outcome(as_held(rows, facts.seqs[asked.id]))
            outcomes.append(known if rows[0].content == content else in_conflict(asked.id))
            continue
        outcome = _decide_new(asked, content, shelf, now)
        if outcome.value is not None:
            made[asked.id] = content, outcome
        outcomes.append(outcome)
    return Decision(outcomes, shelf.changes)


def assume(requests: Iterable[HoldRequest], now: datetime) -> dict[str, list[HoldRow]] | None:
    """Place every line whole at the first node named for it, as `decide` does where there is plenty.

    Parameters
    ----------
    requests : iterable of HoldRequest
        The batch.
    now : datetime
        When.

    Returns
    -------
    dict of str to list of HoldRow or None
        Rows by id, each hold's by place. None where plenty does not settle it: a node is to be chosen among all, a
        hold would be over before it began, or two of one id differ.
    """
    made: dict[str, list[HoldRow]] = {}
    for asked in requests:
        content = asked.digest()
        if asked.id in made:
            if made[asked.id][0].content != content:
                return None
            continue
        if asked.expires_at is not None and asked.expires_at <= now:
            return None
        rows = made[asked.id] = []
        for place, (line, sku, qty, named) in enumerate(asked.lines):
            node = named if named is not None else asked.nodes[0] if asked.nodes else None
            if node is None:
                return None
            rows.append(_new_row(asked, place, line, sku, node, qty, 0, content, now))
    return made


def numbered(outcomes: Iterable[Outcome[Held]], seqs: Mapping[str, int]) -> list[Outcome[Held]]:
    """Give holds the numbers of their newest journal entries, where there are new ones."""
    return [
        outcome if held is None or held.id not in seqs else Outcome(Held(*held[:4], seqs[held.id]))
        for outcome in outcomes
        for held in (outcome.value,)
    ]


def _decide_new(asked: HoldRequest, content: int, shelf: Shelf, now: datetime) -> Outcome[Held]:
    if asked.expires_at is not None and asked.expires_at <= now:
        message = (
            f"Hold {asked.id} was to expire at {asked.expires_at.isoformat()}, and it is {now.isoformat()}. "
            "Send a later time."
        )
        return refuse("expired", message, expires_at=asked.expires_at.isoformat())
    start = len(shelf.changes)
    rows: list[HoldRow] = []
    placements: list[Placement] = []
    for line in asked.lines:
        pieces = place(line, asked, shelf)
        if isinstance(pieces, Outcome):
            shelf.undo(start)
            return pieces
        for piece in pieces:
            row = _new_row(asked, len(rows), line.line, line.sku, *piece, content, now)
            shelf.take(row)
            rows.append(row)
            placements.append(Placement(line.line, line.sku, *piece))
    if asked.is_displaceable:
        shelf.give_way(rows)
    return Outcome(Held(asked.id, asked.kind, "held", tuple(placements), 0))


def _new_row(
    asked: HoldRequest, place: int, line: str, sku: str, node: str, qty: int, backordered: int, content: int,
    now: datetime,
) -> HoldRow:  # fmt: skip
    return HoldRow(
        asked.id, place, line, sku, node, qty, qty, 0, backordered, asked.kind, "held", asked.channel, asked.doc,
        asked.to_node, asked.expires_at, asked.is_displaceable, content, asked.actor, now,
    )  # fmt: skip


def place(line: HoldLine, asked: HoldRequest, shelf: Shelf) -> list[Piece] | Outcome[Held]:
    """Find where a line goes; it is not taken yet, but displaceable holds may have given way."""
    nodes = _nodes(line, asked, shelf)
    if not nodes:
        return _nowhere(line, asked)
    pieces = _split(line, asked, shelf, nodes)
    while pieces is None and asked.may_displace and any(shelf.displace((line.sku, node)) for node in nodes):
        pieces = _split(line, asked, shelf, nodes)
    return _too_little(line, asked, shelf, nodes) if pieces is None else pieces


def _nodes(line: HoldLine, asked: HoldRequest, shelf: Shelf) -> Sequence[str]:
    """Return where a line may go, in the sequence in which it is tried."""
    if line.node is not None:
        return (line.node,) if shelf.cell((line.sku, line.node)) is not None else ()
    if asked.nodes is None:
        return shelf.open_nodes(line.sku)
    return [node for node in dict.fromkeys(asked.nodes) if shelf.cell((line.sku, node)) is not None]


def _split(line: HoldLine, asked: HoldRequest, shelf: Shelf, nodes: Sequence[str]) -> list[Piece] | None:
    """Place a line whole where it fits, else over the nodes in their sequence; None when it does not fit at all."""
    rooms = {}
    for node in nodes:
        rooms[node] = shelf.room((line.sku, node), asked.channel, asked.may_backorder)
        if rooms[node] >= line.qty:
            return [_piece(line.sku, node, line.qty, shelf)]
    limit = shelf.limit(line.sku, asked.channel)
    if sum(rooms.values()) < line.qty or (limit is not None and limit < line.qty):
        return None
    pieces, missing = [], line.qty
    for node, room in rooms.items():
        if (qty := min(room, missing)) > 0:
            pieces.append(_piece(line.sku, node, qty, shelf))
            missing -= qty
    return pieces


def _piece(sku: str, node: str, qty: int, shelf: Shelf) -> Piece:
    cell = shelf.cell((sku, node))
    return Piece(node, qty, max(qty - max(cell.free if cell is not None else 0, 0), 0))


def _verb(asked: HoldRequest) -> str:
    return "reserve" if asked.kind in SOFT else "allocate"


def _nowhere(line: HoldLine, asked: HoldRequest) -> Outcome[Held]:
    where = f"at {line.node}" if line.node is not None else "anywhere it may be taken from"
    message = (
        f"Cannot {_verb(asked)} {line.qty} of {line.sku}: nothing of it was ever {where}. "
        "Check the codes, or book a receipt first."
    )
    return refuse("unknown_cell", message, line=line.line, sku=line.sku, node=line.node)


def _too_little(line: HoldLine, asked: HoldRequest, shelf: Shelf, nodes: Sequence[str]) -> Outcome[Held]:
    cells = [cell for node in nodes if (cell := shelf.cell((line.sku, node))) is not None]
    rooms = [shelf.room((line.sku, node), asked.channel, asked.may_backorder) for node in nodes]
    limit = shelf.limit(line.sku, asked.channel)
    available = sum(rooms) if limit is None else max(min(sum(rooms), limit), 0)
    cap = sum(cell.backorder_cap for cell in cells) if asked.may_backorder else 0
    free = sum(max(cell.free, 0) for cell in cells)
    facts = {
        "line": line.line,
        "sku": line.sku,
        "nodes": list(nodes[:20]),
        "asked": line.qty,
        "available": available,
        "on_hand": sum(cell.on_hand for cell in cells),
        "reserved": sum(cell.reserved for cell in cells),
        "allocated": sum(cell.allocated for cell in cells),
        "safety": sum(cell.safety for cell in cells),
        "backorder_cap": cap,
        "protected": max(free + cap - available, 0),
    }
    reason = "protected" if free >= line.qty else "backorder_cap" if cap else "short"
    parts = [f"{facts['on_hand']} usable on hand"] + [
        f"{facts[name]} {word}"
        for name, word in (
            ("allocated", "allocated"),
            ("reserved", "reserved"),
            ("safety", "kept as safety stock"),
            ("protected", "protected for other channels"),
            ("backorder_cap", "may be backordered"),
        )
        if facts[name]
    ]
    where = nodes[0] if len(nodes) == 1 else f"{len(nodes)} nodes"
    message = (
        f"Cannot {_verb(asked)} {line.qty} of {line.sku} at {where}: {available} available ({', '.join(parts)}). "
        "Lower the quantity or source the rest elsewhere."
    )
    return refuse(reason, message, **facts)
