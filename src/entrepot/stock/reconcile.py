"""Counts against the book: what the difference is and which movements book it.

A count says how many pieces an account held at a moment. It pins the balance at that moment: the difference becomes a
`count` movement. A fact that turns up later about an earlier moment was already inside what was counted, so the first
count after it takes it back. Whatever the order of arrival, the balance at each count is what was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.kernel.quantity import LARGEST_QUANTITY
from entrepot.stock.movement import STATES, Account, Leg, Movement, is_outside


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody says an account held.

    Parameters
    ----------
    id : str
        The cause's key; same id, same count.
    sku, node, state : str
        The account; its node lies inside the book.
    qty : int
        Pieces; a channel may report less than none.
    as_of : datetime
        The moment it was true, aware.
    cause, channel, source_id, actor : str or None
        Why and who.
    """

    id: str
    sku: str
    node: str
    state: str
    qty: int
    as_of: datetime
    cause: str | None = None
    channel: str | None = None
    source_id: str | None = None
    actor: str | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            message = f"Count {self.id[:80]!r} is not valid: {'; '.join(faults)}."
            raise InputError("stock.count", message, "Count the pieces of a SKU in a state at a node.", faults=faults)

    @property
    def account(self) -> Account:
        """Return what was counted."""
        return Account(self.sku, self.node, self.state)

    @property
    def content(self) -> tuple[object, ...]:
        """What two arrivals of one count must agree on."""
        return (self.sku, self.node, self.state, self.qty, self.as_of)


class Checkpoint(NamedTuple):
    """An earlier count that the next movements must keep true."""

    as_of: datetime
    id: str


class Weighed(NamedTuple):
    """A new count beside the book.

    Parameters
    ----------
    claim : Count
        What was counted.
    book : int
        Balance at ``claim.as_of`` before any count of the same batch is booked.
    following : Checkpoint or None
        The first count of the account already booked at or after ``as_of``, the greatest id first among equals.
    """

    claim: Count
    book: int
    following: Checkpoint | None


class Difference(NamedTuple):
    """A count that disagreed with the book; ``movement`` booked it, or None when a later id at its moment holds."""

    count_id: str
    sku: str
    node: str
    state: str
    counted: int
    book: int
    movement: str | None

    @property
    def difference(self) -> int:
        """Pieces found (positive) or missing (negative)."""
        return self.counted - self.book


class Plan(NamedTuple):
    """What reconciling books."""

    differences: list[Difference]
    books: dict[str, int]
    movements: list[Movement]


def plan(weighed: Iterable[Weighed]) -> Plan:
    """Decide the movements that make the book agree with new counts.

    Parameters
    ----------
    weighed : iterable of Weighed
        New counts, of any accounts, in any order.

    Returns
    -------
    Plan
        Differences as findings, the book each count met, and the movements: one per difference, and one at the next
        earlier-booked count that must stay true.

    Notes
    -----
    Two counts of one account at one moment: the greater id holds, the other is a finding only.
    """
    result = Plan([], {}, [])
    ordered = sorted(weighed, key=lambda one: (one.claim.account, one.claim.as_of, one.claim.id))
    for _, group in groupby(ordered, key=lambda one: one.claim.account):
        _plan_account(list(group), result)
    return result


def late(leg: Leg, cause: Movement, checkpoint: Checkpoint) -> Movement:
    """Return the movement by which a count takes back a fact that was already inside it.

    Parameters
    ----------
    leg : Leg
        The side of ``cause`` at the counted account, valid at or before the count.
    cause : Movement
        The late fact.
    checkpoint : Checkpoint
        The first count at or after it.
    """
    return _adjust(f"late:{checkpoint.id}:{cause.id}", leg.account, -leg.delta, checkpoint, line=cause.id)


def _plan_account(weighed: Sequence[Weighed], result: Plan) -> None:
    shift = 0  # what this plan has booked so far and no earlier-booked count has taken back
    for index, (count, before, following) in enumerate(weighed):
        book = before + shift
        result.books[count.id] = book
        if count.qty != book:
            name = None
            if not _is_superseded(weighed, index):
                at = Checkpoint(count.as_of, count.id)
                movement = _adjust(f"count:{count.id}", count.account, count.qty - book, at, count=count)
                result.movements.append(movement)
                shift += count.qty - book
                name = movement.id
            result.differences.append(Difference(count.id, *count.account, count.qty, book, name))
        is_next = index + 1 == len(weighed) or (following and following.as_of <= weighed[index + 1].claim.as_of)
        if shift and following and is_next:
            result.movements.append(
                _adjust(f"keep:{following.id}:{count.id}", count.account, -shift, following, line=count.id)
            )
            shift = 0


def _is_superseded(weighed: Sequence[Weighed], index: int) -> bool:
    count, _, following = weighed[index]
    if following is not None and following.as_of == count.as_of and following.id > count.id:
        return True
    return index + 1 < len(weighed) and weighed[index + 1].claim.as_of == count.as_of


def _adjust(
    id: str,
    account: Account,
    delta: int,
    at: Checkpoint,
    *,
    line: str | None = None,
    count: Count | None = None,
) -> Movement:
    """Move ``delta`` pieces, not zero, between an account and the difference."""
    here, there = (account.node, account.state), ("difference", "on_hand")
    (from_node, from_state), (to_node, to_state) = (there, here) if delta > 0 else (here, there)
    return Movement(
        id=id,
        sku=account.sku,
        qty=abs(delta),
        from_node=from_node,
        from_state=from_state,
        to_node=to_node,
        to_state=to_state,
        reason="count",
        valid_at=at.as_of,
        doc=at.id,
        line=line,
        channel=count.channel if count else None,
        source_id=count.source_id if count else None,
        actor=count.actor if count else None,
    )


def _faults(count: Count) -> Iterator[str]:
    for name in ("id", "sku", "node"):
        if not getattr(count, name) or "\x00" in getattr(count, name):
            yield f"{name} is empty or has a NUL character"
    if count.state not in STATES:
        yield f"state {count.state!r} is none of {', '.join(STATES)}"
    if abs(count.qty) > LARGEST_QUANTITY // 2:
        yield f"qty {count.qty} is beyond {LARGEST_QUANTITY // 2}"
    if is_outside(count.node):
        yield f"node {count.node!r} lies outside the book"
    if count.as_of.tzinfo is None:
        yield "as_of has no time zone"
