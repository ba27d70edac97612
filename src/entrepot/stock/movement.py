"""A movement: a quantity of one SKU goes from one (node, state) account to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.kernel.quantity import LARGEST_QUANTITY

STATES: Final = ("on_hand", "quality_hold", "damaged", "in_transit", "on_order")
"""States a unit can be in at a node; the columns of a level."""

REASONS: Final = (
    "receipt", "sale", "return", "transfer_out", "transfer_in", "count", "adjustment", "damage", "scrap",
    "quality_hold", "release", "reversal",
)  # fmt: skip
"""Why units move; a closed list."""

OUTSIDE: Final = ("supplier", "customer", "scrap", "difference")
"""Nodes beyond the book: they hold the other side of a movement and have no level."""


class Account(NamedTuple):
    """What holds units of a SKU: a state at a node."""

    sku: str
    node: str
    state: str


class Leg(NamedTuple):
    """One signed side of a movement."""

    account: Account
    delta: int
    valid_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """An entry of the stock book; never edited, only reversed.

    Parameters
    ----------
    id : str
        The cause's key: the same id is the same movement, however often it arrives.
    sku : str
        SKU code.
    qty : int
        Pieces, 1 to ``10**12``.
    from_node, from_state, to_node, to_state : str
        The two accounts; states are of `STATES`.
    reason : str
        One of `REASONS`.
    valid_at : datetime
        When it happened, aware.
    doc, line : str or None
        Order, transfer, purchase or count it belongs to, and the line in it.
    channel, source_id, actor : str or None
        Who said so: channel, raw message (hex) or person.
    reverses : str or None
        The movement this one undoes.

    Raises
    ------
    InputError
        If any of it is wrong; all faults are named at once.
    """

    id: str
    sku: str
    qty: int
    from_node: str
    from_state: str
    to_node: str
    to_state: str
    reason: str
    valid_at: datetime
    doc: str | None = None
    line: str | None = None
    channel: str | None = None
    source_id: str | None = None
    actor: str | None = None
    reverses: str | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InputError(
                "stock.movement",
                f"Movement {self.id[:80]!r} is not valid: {'; '.join(faults)}.",
                "Send a movement of 1 or more pieces between two accounts.",
                faults=faults,
            )

    @property
    def content(self) -> tuple[object, ...]:
        """What two arrivals of one movement must agree on; who said it may differ."""
        return (
            self.sku, self.qty, self.from_node, self.from_state, self.to_node, self.to_state, self.reason,
            self.valid_at, self.doc, self.line, self.reverses,
        )  # fmt: skip


def is_outside(node: str) -> bool:
    """Tell whether a node lies beyond the book: ``supplier``, ``supplier:acme``, ``customer`` ...

    Examples
    --------
    >>> is_outside("supplier:acme"), is_outside("S-021")
    (True, False)
    """
    return node.partition(":")[0] in OUTSIDE


def legs(movement: Movement) -> tuple[Leg, Leg]:
    """Return what leaves and what arrives; the two deltas sum to zero."""
    source = Account(movement.sku, movement.from_node, movement.from_state)
    target = Account(movement.sku, movement.to_node, movement.to_state)
    return Leg(source, -movement.qty, movement.valid_at), Leg(target, movement.qty, movement.valid_at)


def booked_legs(movement: Movement) -> tuple[Leg, ...]:
    """Return the legs that change a level: those inside the book."""
    return tuple(leg for leg in legs(movement) if not is_outside(leg.account.node))


def reversal_of(movement: Movement, actor: str | None = None, source_id: str | None = None) -> Movement:
    """Return the movement that undoes another, at the same valid time: it never happened.

    Parameters
    ----------
    movement : Movement
        What to undo; not itself a reversal.
    actor, source_id : str or None
        Who undoes it.

    Returns
    -------
    Movement
        Accounts swapped, id ``reversal:<id>``: undoing twice is undoing once.
    """
    return replace(
        movement,
        id=f"reversal:{movement.id}",
        from_node=movement.to_node,
        from_state=movement.to_state,
        to_node=movement.from_node,
        to_state=movement.from_state,
        reason="reversal",
        reverses=movement.id,
        actor=actor,
        source_id=source_id,
    )


def _faults(movement: Movement) -> Iterator[str]:
    for name in ("id", "sku", "from_node", "to_node"):
        if not getattr(movement, name):
            yield f"{name} is empty"
    for name in ("id", "sku", "from_node", "to_node", "doc", "line", "channel", "source_id", "actor", "reverses"):
        if "\x00" in (getattr(movement, name) or ""):
            yield f"{name} has a NUL character"
    if not 1 <= movement.qty <= LARGEST_QUANTITY:
        yield f"qty {movement.qty} is not between 1 and {LARGEST_QUANTITY}"
    for name in ("from_state", "to_state"):
        if getattr(movement, name) not in STATES:
            yield f"{name} {getattr(movement, name)!r} is none of {', '.join(STATES)}"
    if movement.reason not in REASONS:
        yield f"reason {movement.reason!r} is none of {', '.join(REASONS)}"
    if (movement.from_node, movement.from_state) == (movement.to_node, movement.to_state):
        yield "it leaves and enters the same account"
    if movement.valid_at.tzinfo is None:
        yield "valid_at has no time zone"
    if (movement.reason == "reversal") != (movement.reverses is not None):
        yield "a reversal names what it reverses, and nothing else does"
