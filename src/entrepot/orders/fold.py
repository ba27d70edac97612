"""The fold: from canonical records to one state per order, whatever the sequence they come in.

Every field is a last-writer-wins register. The winner is the record with the greatest stamp ``(version, message id)``:
the channel's own version decides, the raw hash breaks ties. A maximum is commutative, associative and idempotent, so
late, repeated and shuffled messages give the same state. Parts (lines, payments, refunds, shipments) are keyed by
their id and fold the same way; none is ever forgotten, but `live_lines` leaves out a line that a newer list of the
order's lines no longer names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from entrepot.kernel.canonical import ORDER_PARTS
from entrepot.kernel.facts import Fact, Value

Stamp: TypeAlias = tuple[int, str]
"""``(version in microseconds, message id in hex)``."""
Register: TypeAlias = tuple[Value, Stamp]
Fields: TypeAlias = dict[str, Register]


@dataclass(slots=True)
class OrderState:
    """All that is known of an order.

    Parameters
    ----------
    fields : dict
        The order's own fields: value and winning stamp.
    parts : dict
        By kind, then by native part id.
    """

    fields: Fields = field(default_factory=dict)
    parts: dict[str, dict[str, Fields]] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        """Return an order field, None where nothing is known."""
        register = self.fields.get(name)
        return None if register is None else register[0]


def absorb(state: OrderState, facts: Iterable[Fact], message_id: str) -> OrderState:
    """Fold the records of one message that concern one order into its state, in place.

    Parameters
    ----------
    state : OrderState
        Changed and returned.
    facts : iterable of Fact
        Of kind ``order`` and its parts.
    message_id : str
        Hex; breaks ties between equal versions.
    """
    for fact in facts:
        stamp = (fact.version, message_id)
        if fact.kind == "order":
            _absorb_fields(state.fields, fact.fields, stamp)
        elif fact.kind in ORDER_PARTS and fact.parent is not None:
            parts = state.parts.setdefault(fact.kind, {})
            _absorb_fields(parts.setdefault(fact.id[len(fact.parent) + 1 :], {}), fact.fields, stamp)
    return state


def _absorb_fields(fields: Fields, values: dict[str, Value], stamp: Stamp) -> None:
    if not fields:
        for name, value in values.items():
            fields[name] = (value, stamp)
        return
    for name, value in values.items():
        known = fields.get(name)
        if known is None or _wins(value, stamp, known):
            fields[name] = (value, stamp)


def _wins(value: Value, stamp: Stamp, known: Register) -> bool:
    # What was erased stays erased, whatever is said of it later.
    if is_erased(value) or is_erased(known[0]):
        return is_erased(value) and (not is_erased(known[0]) or stamp > known[1])
    # One message may speak of a field twice (an order repeated in a page): the greater text wins, so that the order
    # inside the message does not matter either.
    return stamp > known[1] or (stamp == known[1] and _rank(value) > _rank(known[0]))


def is_erased(value: Value) -> bool:
    """Tell whether a value is the mark of an erasure."""
    return type(value) is dict and value.get("state") == "erased"


def _rank(value: Value) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def merge(left: OrderState, right: OrderState) -> OrderState:
    """Join two states; the least state that knows what both know."""
    merged = OrderState()
    for state in (left, right):
        _merge_fields(merged.fields, state.fields)
        for kind, parts in state.parts.items():
            known = merged.parts.setdefault(kind, {})
            for part, fields in parts.items():
                _merge_fields(known.setdefault(part, {}), fields)
    return merged


def _merge_fields(into: Fields, fields: Fields) -> None:
    for name, register in fields.items():
        known = into.get(name)
        if known is None or _wins(register[0], register[1], known):
            into[name] = register


def live_lines(state: OrderState) -> dict[str, Fields]:
    """Return the lines that the order still has."""
    lines = state.parts.get("order_line", {})
    register = state.fields.get("line_ids")
    if register is None or not isinstance(register[0], list):
        return lines
    listed, stamp = set(register[0]), register[1]
    return {
        name: fields for name, fields in lines.items() if name in listed or any(r[1] > stamp for r in fields.values())
    }


class _Doc(msgspec.Struct):
    """The stored form: stamps once, registers pointing at them."""

    stamps: list[Stamp]
    order: dict[str, tuple[Value, int]]
    parts: dict[str, dict[str, dict[str, tuple[Value, int]]]]


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder()


def to_json(state: OrderState) -> bytes:
    """Write the state; equal states give equal bytes."""
    stamps = {register[1] for register in state.fields.values()}
    for parts in state.parts.values():
        for fields in parts.values():
            stamps.update(register[1] for register in fields.values())
    ordered = sorted(stamps)
    place = {stamp: index for index, stamp in enumerate(ordered)}
    return _encoder.encode(
        _Doc(
            ordered,
            {name: (value, place[stamp]) for name, (value, stamp) in state.fields.items()},
            {
                kind: {
                    part: {name: (value, place[stamp]) for name, (value, stamp) in fields.items()}
                    for part, fields in parts.items()
                }
                for kind, parts in state.parts.items()
            },
        )
    )


def from_json(doc: bytes | str) -> OrderState:
    """Read the state that `to_json` wrote."""
    data = _decoder.decode(doc)
    stamps = [(version, message) for version, message in data["stamps"]]
    return OrderState(
        {name: (value, stamps[index]) for name, (value, index) in data["order"].items()},
        {
            kind: {
                part: {name: (value, stamps[index]) for name, (value, index) in fields.items()}
                for part, fields in parts.items()
            }
            for kind, parts in data["parts"].items()
        },
    )
