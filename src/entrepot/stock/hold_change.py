"""Changes of a hold: what each act does to its rows, or why it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from entrepot.kernel.outcome import Outcome
from entrepot.kernel.period import LAST_YEAR, is_in_reach
from entrepot.stock.hold import SOFT, Change, Held, HoldRow, Part, Placement, as_held, refuse
from entrepot.stock.hold_room import Cell, Shelf
from entrepot.stock.movement import Movement

Changes: TypeAlias = list[Change]
"""What to change; nothing where the hold is as it should be."""


def unknown(id: str) -> Outcome[Held]:
    """Refuse an id that names no hold."""
    return refuse("unknown", f"There is no hold {id[:200]!r}. Look it up in the list of holds.", id=id[:200])


def void(rows: Sequence[HoldRow], parts: Sequence[Part] | None) -> Changes | Outcome[Held]:
    """Release a hold, or parts of it; releasing what ended without goods leaving is as good as once.

    Refusals, in this order: ``over``, ``unknown_part``, ``too_many``.
    """
    ended = _ended(rows, ("displaced", "expired", "voided"))
    if ended is not None:
        return ended
    chosen = _choose(rows, parts)
    return chosen if isinstance(chosen, Outcome) else [_close(row, qty, "voided", "void") for row, qty in chosen]


def expire(rows: Sequence[HoldRow], now: datetime) -> Changes:
    """End a hold whose time is over."""
    return [
        _close(row, row.held, "expired", "expire")
        for row in rows
        if row.held and row.expires_at is not None and row.expires_at <= now
    ]


def confirm(rows: Sequence[HoldRow]) -> Changes | Outcome[Held]:
    """Make a soft hold firm: a cart becomes an order, and does not expire. Twice is as good as once.

    Refusals, in this order: ``over``, ``not_soft``.
    """
    ended = _ended(rows, ())
    if ended is not None:
        return ended
    if rows[0].kind == "order":
        return []
    if rows[0].kind not in SOFT:
        message = f"Hold {rows[0].id} is for a {rows[0].kind}, which is firm already. Confirm carts and quotas."
        return refuse("not_soft", message, id=rows[0].id, kind=rows[0].kind)
    return [Change(row, row._replace(kind="order", expires_at=None), "confirm") for row in rows]


def extend(rows: Sequence[HoldRow], expires_at: datetime | None, now: datetime) -> Changes | Outcome[Held]:
    """Give a hold another time of expiry; None only where it need not expire.

    Refusals, in this order: ``over``, ``expired``.
    """
    ended = _ended(rows, ())
    if ended is not None:
        return ended
    if expires_at is None and rows[0].kind == "cart":
        return refuse("expired", f"Hold {rows[0].id} is for a cart, which must expire. Send a time.", id=rows[0].id)
    if expires_at is not None and expires_at <= now:
        message = f"{expires_at.isoformat()} is over already, it is {now.isoformat()}. Send a later time, or void it."
        return refuse("expired", message, id=rows[0].id, expires_at=expires_at.isoformat())
    if expires_at is not None and not is_in_reach(expires_at):
        message = (
            f"{expires_at.isoformat()} is after {LAST_YEAR}. Send a time before, or none where it need not expire."
        )
        return refuse("expired", message, id=rows[0].id, expires_at=expires_at.isoformat())
    return [
        Change(row, row._replace(expires_at=expires_at), "extend")
        for row in rows
        if row.held and row.expires_at != expires_at
    ]


def post(
    rows: Sequence[HoldRow], parts: Sequence[Part] | None, cells: Mapping[tuple[str, str], Cell]
) -> Changes | Outcome[Held]:
    """Let goods leave: the promise is kept. Posting all of what has left is as good as once.

    Refusals, in this order: ``over``, ``not_firm``, ``unknown_part``, ``too_many``, ``short``.
    """
    ended = _ended(rows, ("posted",) if parts is None else ())
    if ended is not None:
        return ended
    if rows[0].kind in SOFT:
        message = f"Hold {rows[0].id} is for a {rows[0].kind}, and nothing is sold yet. Confirm it first."
        return refuse("not_firm", message, id=rows[0].id, kind=rows[0].kind)
    chosen = _choose(rows, parts)
    if isinstance(chosen, Outcome):
        return chosen
    leaving: Counter[tuple[str, str]] = Counter()
    for row, qty in chosen:
        leaving[row.cell] += qty
    for (sku, node), qty in sorted(leaving.items()):
        if (there := cells[sku, node].on_hand) < qty:
            message = (
                f"Cannot ship {qty} of {sku} from {node}: {there} usable on hand. "
                "Count the cell, or move the hold to a node that has them."
            )
            return refuse("short", message, id=rows[0].id, sku=sku, node=node, asked=qty, on_hand=there)
    return [left(row, qty, f"hold/{row.id}/{row.place}@{row.posted}") for row, qty in chosen]


def left(row: HoldRow, qty: int, movement: str) -> Change:
    """Note that pieces of a row left by a movement."""
    held = row.held - qty
    after = row._replace(held=held, posted=row.posted + qty, state="held" if held else "posted")
    return Change(row, after, "post", movement)


def movement_of(change: Change, at: datetime, actor: str | None) -> Movement:
    """Return the movement that a post of a row books: a sale, or a transfer's departure."""
    row = change.after
    qty = row.posted - (change.before.posted if change.before is not None else 0)
    to_node, to_state = ("customer", "on_hand") if row.to_node is None else (row.to_node, "in_transit")
    return Movement(
        id=change.movement or "", sku=row.sku, qty=qty, from_node=row.node, from_state="on_hand", to_node=to_node,
        to_state=to_state, reason="sale" if row.to_node is None else "transfer_out", valid_at=at,
        doc=row.doc or row.id, line=row.line, channel=row.channel, actor=actor,
    )  # fmt: skip


def move(rows: Sequence[HoldRow], placements: Sequence[Placement], shelf: Shelf) -> Changes | Outcome[Held]:
    """Place lines of a hold anew, all or nothing; lines that are not named stay.

    Refusals, in this order: ``over``, ``unknown_part``, ``quantity``, ``unknown_cell``, ``protected``, ``short``.
    """
    ended = _ended(rows, ())
    if ended is not None:
        return ended
    wanted, there = Counter[str](), Counter[str]()
    known = {(row.line, row.sku) for row in rows}
    for one in placements:
        wanted[one.line] += one.qty
    for row in rows:
        there[row.line] += row.held
    for line, qty in wanted.items():
        if not there[line] or any((one.line, one.sku) not in known for one in placements):
            return _unknown_part(rows[0].id, Part(line))
        if qty != there[line] or any(one.qty < 1 for one in placements):
            message = (
                f"Line {line} of hold {rows[0].id} has {there[line]} pieces, and {qty} are to be placed. "
                "Place as many as it has; void a part, or hold more, to change it."
            )
            return refuse("quantity", message, id=rows[0].id, line=line, held=there[line], asked=qty)
    return _re_place(rows, placements, wanted, shelf)


def _re_place(
    rows: Sequence[HoldRow], placements: Sequence[Placement], lines: Mapping[str, int], shelf: Shelf
) -> Changes | Outcome[Held]:
    moving = [row for row in rows if row.held and row.line in lines]
    of_line = {row.line: row for row in moving}
    for row in moving:
        shelf.release(row, "moved", "move")
    place = max(row.place for row in rows) + 1
    stays = Counter[tuple[str, str]]()
    for row in moving:
        stays[row.cell] += row.held
    for one in placements:
        row = of_line[one.line]
        cell = shelf.cell((row.sku, one.node))
        if cell is None:
            message = f"Nothing of {row.sku} was ever at {one.node}. Check the node, or book a receipt first."
            return refuse("unknown_cell", message, id=row.id, sku=row.sku, node=one.node)
        room = shelf.room((row.sku, one.node), row.channel, may_backorder=False)
        # What was there already may stay, even where a fact has lowered the stock under it.
        stays[row.sku, one.node] -= one.qty
        if room < one.qty and stays[row.sku, one.node] < 0:
            reason = "protected" if cell.free >= one.qty else "short"
            message = (
                f"Cannot move {one.qty} of {row.sku} to {one.node}: {room} available. "
                "Move fewer, or to another node; nothing was moved."
            )
            return refuse(reason, message, id=row.id, sku=row.sku, node=one.node, asked=one.qty, available=room)
        shelf.take(
            row._replace(
                place=place, node=one.node, qty=one.qty, held=one.qty, posted=0, state="held",
                backordered=max(one.qty - max(cell.free, 0), 0),
            ),
            "move",
        )  # fmt: skip
        place += 1
    return shelf.changes


def _close(row: HoldRow, qty: int, state: str, act: str) -> Change:
    held = row.held - qty
    return Change(row, row._replace(held=held, state="held" if held else row.ended(state)), act)


def _ended(rows: Sequence[HoldRow], fine: Sequence[str]) -> Outcome[Held] | None:
    """Answer for a hold that is over: it is what was wanted, or the act is refused."""
    held = as_held(rows, 0)
    if held.state == "held":
        return None
    if held.state in fine:
        return Outcome(held)
    mend = "Take the goods back with a return." if held.state == "posted" else "Hold again under a new id."
    return refuse("over", f"Hold {held.id} is {held.state}. {mend}", id=held.id, state=held.state)


def _choose(rows: Sequence[HoldRow], parts: Sequence[Part] | None) -> list[tuple[HoldRow, int]] | Outcome[Held]:
    """Find the rows, and the pieces of each, that parts name; the first places first."""
    if parts is None:
        return [(row, row.held) for row in rows if row.held]
    taken: Counter[int] = Counter()
    by_place = {row.place: row for row in rows}
    for part in parts:
        fitting = [row for row in rows if row.line == part.line and part.node in (None, row.node)]
        if not fitting:
            return _unknown_part(rows[0].id, part)
        there = sum(row.held - taken[row.place] for row in fitting)
        missing = there if part.qty is None else part.qty
        if not 0 < missing <= there:
            message = f"Line {part.line} of hold {rows[0].id} still holds {there} pieces, not {missing}. Name fewer."
            return refuse("too_many", message, id=rows[0].id, line=part.line, node=part.node, held=there, asked=missing)
        for row in fitting:
            qty = min(missing, row.held - taken[row.place])
            taken[row.place] += qty
            missing -= qty
    return [(by_place[place], qty) for place, qty in sorted(taken.items()) if qty]


def _unknown_part(id: str, part: Part) -> Outcome[Held]:
    where = "" if part.node is None else f" at {part.node}"
    message = f"Hold {id} holds nothing of a line {part.line[:80]!r}{where}. See its lines in the list of holds."
    return refuse("unknown_part", message, id=id, line=part.line[:80], node=part.node)
