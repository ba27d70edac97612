"""Lineage: from a canonical field back to the converter and the bytes it came from.

Nothing is stored for it. A translation is pure, so doing it again tells exactly what happened; what is kept is the raw
message and, per field of an order, which message won.
"""

from __future__ import annotations

from typing import NamedTuple

from entrepot.hub.adapter import Adapter, RawMessage
from entrepot.hub.converters import ShopContext
from entrepot.hub.documents import Undecodable, text_of
from entrepot.hub.findings import Finding
from entrepot.hub.mapping import CompiledTable, Place, pointer_step, steps
from entrepot.hub.spans import Span
from entrepot.hub.translate import translate
from entrepot.kernel.facts import Fact, Value


class FieldTrace(NamedTuple):
    """Where one value came from.

    Parameters
    ----------
    value : Value
        Canonical value.
    converter : str
        Name of the conversion.
    pointers : tuple of str
        JSON pointers into the decoded message; several for a computed field.
    spans : tuple of (int, int)
        Their places in the message's text, in characters; those that stand there.
    """

    value: Value
    converter: str
    pointers: tuple[str, ...]
    spans: tuple[Span, ...]


class RecordTrace(NamedTuple):
    """A canonical record with the origin of its fields."""

    fact: Fact
    fields: dict[str, FieldTrace]


class MessageTrace(NamedTuple):
    """A message beside what was read from it."""

    topic: str
    text: str
    records: list[RecordTrace]
    findings: list[Finding]


def message_text(message: RawMessage) -> str:
    """Return the body as text; bytes that are no text become replacement characters."""
    try:
        return text_of(message.body, message.headers)
    except Undecodable:
        return message.body.decode(errors="replace")


def explain_message(
    adapter: Adapter, message: RawMessage, context: ShopContext, only: tuple[str, str] | None = None
) -> MessageTrace:
    """Translate a message again and tell where every field came from.

    Parameters
    ----------
    adapter : Adapter
        The channel's.
    message : RawMessage
        As stored.
    context : ShopContext
        The shop's currency and zone.
    only : (str, str), optional
        Id of a record and name of a field, when nothing else is asked: finding a place costs a look through the text.
    """
    said = translate(adapter, message, context)
    text = message_text(message)
    records = [
        RecordTrace(fact, _trace(adapter, text, fact, table, place, only))
        for fact, (table, place) in zip(said.facts, said.places, strict=True)
    ]
    return MessageTrace(said.topic, text, records, said.findings)


def _trace(
    adapter: Adapter, text: str, fact: Fact, table: CompiledTable, place: Place, only: tuple[str, str] | None
) -> dict[str, FieldTrace]:
    traces: dict[str, FieldTrace] = {}
    for compiled in table.fields:
        if compiled.target in fact.fields and only in {None, (fact.id, compiled.target)}:
            paths = (compiled.field.paths,) if isinstance(compiled.field.paths, str) else compiled.field.paths
            # A literal stands in the mapping, not in the message.
            pointers = tuple(pointer_of(path, place) for path in paths if not path.startswith("="))
            spans = tuple(span for pointer in pointers if (span := adapter.locate(text, pointer)) is not None)
            traces[compiled.target] = FieldTrace(
                fact.fields[compiled.target], compiled.field.converter.name, pointers, spans
            )
    return traces


def pointer_of(path: str, place: Place) -> str:
    """Write a mapping's path, seen from a place, as a JSON pointer from the document's root."""
    parts = steps(path)
    while parts and parts[0] == "^" and place.up is not None:
        parts, place = parts[1:], place.up
    if parts and parts[0] == "$":
        parts = parts[1:]
        while place.up is not None:
            place = place.up
    if parts == ["#"]:
        parts = []
    return place.pointer + "".join(map(pointer_step, parts))
