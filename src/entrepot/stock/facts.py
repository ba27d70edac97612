"""From canonical records of the hub to movements and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.kernel.facts import Fact, Value
from entrepot.stock.movement import STATES, Movement
from entrepot.stock.reconcile import Count

_HERE: Final = ""  # the side the record names

# reason -> what a record leaves unsaid: (from_node, from_state, to_node, to_state)
SIDES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "receipt": ("supplier", "on_hand", _HERE, "on_hand"),
    "sale": (_HERE, "on_hand", "customer", "on_hand"),
    "return": ("customer", "on_hand", _HERE, "on_hand"),
    "transfer_out": (_HERE, "on_hand", "transit", "in_transit"),
    "transfer_in": ("transit", "in_transit", _HERE, "on_hand"),
    "adjustment": ("difference", "on_hand", _HERE, "on_hand"),
    "damage": (_HERE, "on_hand", _HERE, "damaged"),
    "scrap": (_HERE, "damaged", "scrap", "on_hand"),
    "quality_hold": (_HERE, "on_hand", _HERE, "quality_hold"),
    "release": (_HERE, "quality_hold", _HERE, "on_hand"),
}
"""Where units come from and go to by reason, when the record names only one side."""

_WITHIN: Final = ("damage", "quality_hold", "release")  # one node, two states

# a change of stock: (cause, is a gain) -> the other side and the reason
CAUSES: Final[Mapping[tuple[str, bool], tuple[str, str]]] = {
    ("sale", False): ("customer", "sale"),
    ("return", True): ("customer", "return"),
    ("receipt", True): ("supplier", "receipt"),
    ("scrap", False): ("scrap", "scrap"),
}


class Problem(NamedTuple):
    """A record that moves nothing, and why."""

    fact: str
    code: str
    message: str


@dataclass(slots=True)
class Reading:
    """What a batch of records says about stock."""

    movements: list[Movement] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_facts(facts: Iterable[Fact], source_id: str | None = None, heard_at: datetime | None = None) -> Reading:
    """Read `movement` and `stock_fact` records; other kinds are passed over.

    Parameters
    ----------
    facts : iterable of Fact
        Canonical records of one message.
    source_id : str or None
        The message, as hex.
    heard_at : datetime or None
        When the message came in; stands in for a record that gives no time.

    Returns
    -------
    Reading
        Movements and counts to post, and one problem per record that cannot be.
    """
    reading = Reading()
    for fact in facts:
        try:
            if fact.kind == "movement":
                reading.movements.append(_movement(fact, source_id, heard_at))
            elif fact.kind == "stock_fact" and fact.fields.get("mode") == "delta":
                reading.movements.append(_change(fact, source_id, heard_at))
            elif fact.kind == "stock_fact":
                reading.counts.append(_count(fact, source_id, heard_at))
        except InputError as error:
            reading.problems.append(Problem(fact.id, error.code, str(error)))
    return reading


def _movement(fact: Fact, source_id: str | None, heard_at: datetime | None) -> Movement:
    reason, qty = _text(fact, "reason"), _qty(fact)
    reason = "adjustment" if reason == "count" else reason
    if reason not in SIDES:
        raise _wrong(fact, "reason", f"reason {reason!r} is none of {', '.join(SIDES)}")
    from_node, from_state, to_node, to_state = _accounts(fact, reason)
    if qty < 0 and reason == "adjustment":
        qty, from_node, from_state, to_node, to_state = -qty, to_node, to_state, from_node, from_state
    return Movement(
        id=fact.id,
        sku=_text(fact, "sku"),
        qty=qty,
        from_node=from_node,
        from_state=from_state,
        to_node=to_node,
        to_state=to_state,
        reason=reason,
        valid_at=_instant(fact, "valid_at", heard_at),
        doc=_text(fact, "doc") or None,
        line=_text(fact, "line") or None,
        channel=fact.id.partition(":")[0],
        source_id=source_id,
    )


def _accounts(fact: Fact, reason: str) -> tuple[str, str, str, str]:
    usual = SIDES[reason]
    from_node, to_node = _text(fact, "from_node"), _text(fact, "to_node")
    if reason in _WITHIN:
        from_node = from_node or to_node
        to_node = to_node or from_node
    if reason == "transfer_in" and from_node != "transit":
        from_node = to_node  # what is under way to a node is that node's in_transit, whoever sent it
    return (
        from_node or usual[0],
        _text(fact, "from_state") or usual[1],
        to_node or usual[2],
        _text(fact, "to_state") or usual[3],
    )


def _change(fact: Fact, source_id: str | None, heard_at: datetime | None) -> Movement:
    qty = _qty(fact)
    other, reason = CAUSES.get((_text(fact, "cause"), qty > 0), ("difference", "adjustment"))
    here, there = (_text(fact, "location"), _state(fact)), (other, "on_hand")
    (from_node, from_state), (to_node, to_state) = (there, here) if qty > 0 else (here, there)
    return Movement(
        id=_versioned_id(fact, heard_at),
        sku=_text(fact, "sku"),
        qty=abs(qty),
        from_node=from_node,
        from_state=from_state,
        to_node=to_node,
        to_state=to_state,
        reason=reason,
        valid_at=_instant(fact, "as_of", heard_at),
        channel=fact.id.partition(":")[0],
        source_id=source_id,
    )


def _count(fact: Fact, source_id: str | None, heard_at: datetime | None) -> Count:
    return Count(
        id=_versioned_id(fact, heard_at),
        sku=_text(fact, "sku"),
        node=_text(fact, "location"),
        state=_state(fact),
        qty=_qty(fact),
        as_of=_instant(fact, "as_of", heard_at),
        cause=_text(fact, "cause") or None,
        channel=fact.id.partition(":")[0],
        source_id=source_id,
    )


def _versioned_id(fact: Fact, heard_at: datetime | None) -> str:
    """Name one statement of a stock level: the channel repeats the level's id with every version."""
    version = fact.version or (_instant(fact, "as_of", heard_at) - datetime.fromtimestamp(0, UTC)) // timedelta(
        microseconds=1
    )
    return f"{fact.id}@{version}"


def _state(fact: Fact) -> str:
    state = _text(fact, "bucket") or "on_hand"
    if state in STATES:
        return state
    raise _wrong(fact, "bucket", f"bucket {state!r} is none of {', '.join(STATES)}: it is derived, not counted")


def _qty(fact: Fact) -> int:
    value: Value = fact.fields.get("qty")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(fact, "qty", "qty is missing")


def _text(fact: Fact, name: str) -> str:
    value = fact.fields.get(name)
    return value if isinstance(value, str) else ""


def _instant(fact: Fact, name: str, heard_at: datetime | None) -> datetime:
    text = _text(fact, name)
    if text:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise _wrong(fact, name, f"{name} {text[:40]!r} is no ISO-8601 time") from None
    if fact.version > 0:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=fact.version)
    if heard_at is not None:
        return heard_at
    raise _wrong(fact, name, f"{name} is missing and the record has no version")


def _wrong(fact: Fact, name: str, why: str) -> InputError:
    return InputError(f"stock.{name}", f"Record {fact.id[:80]} moves no stock: {why}.", "Mend the mapping and replay.")
