"""Translation: from a raw message to canonical records and findings. Pure: same bytes in, same answer out.

What is broken stays as small as it can: a bad optional field leaves out that field, a bad record that record with its
parts (half an order is worse than none), an unreadable body the message. The rest flows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import structs

from entrepot.hub.adapter import Adapter, RawMessage
from entrepot.hub.converters import BadValue, ShopContext, microseconds
from entrepot.hub.documents import Json, Undecodable
from entrepot.hub.findings import Finding, shown
from entrepot.hub.mapping import CompiledTable, Place, native_part, pointer_step, steps
from entrepot.hub.quality import check_group
from entrepot.kernel.facts import Fact, Value
from entrepot.kernel.ids import native_id


@dataclass(slots=True)
class Translation:
    """What a message says.

    Parameters
    ----------
    topic : str
        Recognised topic, or empty.
    facts : list of Fact
        Canonical records, an order before its parts.
    places : list of tuple
        For each record, in the same order: its compiled table and its place; lineage reads them.
    findings : list of Finding
        Remarks.
    document : Json
        The decoded message.
    """

    topic: str = ""
    facts: list[Fact] = field(default_factory=list)
    places: list[tuple[CompiledTable, Place]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    document: Json = None

    @property
    def is_quarantined(self) -> bool:
        """Whether some part of the message does not flow."""
        return any(finding.severity == "quarantine" for finding in self.findings)


def translate(adapter: Adapter, message: RawMessage, context: ShopContext) -> Translation:
    """Translate one message.

    Parameters
    ----------
    adapter : Adapter
        The channel's.
    message : RawMessage
        Only its topic, body, headers and time of receipt are read.
    context : ShopContext
        The shop's currency and zone.

    Returns
    -------
    Translation
        At least one record or finding.
    """
    result = Translation()
    try:
        result.document = adapter.decode(message.body, message.headers)
    except Undecodable as fault:
        rule, what, mend = fault.args
        result.findings.append(Finding(rule, "quarantine", "message", "", what, mend, observed=_start(message.body)))
        return result
    topic = adapter.topic_of(message.topic, result.document)
    if topic is None:
        result.findings.append(_unrecognised(adapter, message))
        return result
    result.topic = topic.name
    root = Place(result.document, "", None)
    for table in adapter.compiled[topic.name]:
        for place in _places(table, root):
            _translate_group(table, place, context, message.received_at, result)
    if adapter.review is not None:
        result.findings = adapter.review(result.document, result.findings)
    if not result.facts and not result.findings:
        note = topic.note or "The message is understood and holds no record."
        result.findings.append(Finding("message.empty", "info", "message", "", note))
    return result


def _start(body: bytes) -> str:
    return shown(body[:80].decode(errors="replace"))


def _unrecognised(adapter: Adapter, message: RawMessage) -> Finding:
    known = ", ".join(topic.name for topic in adapter.topics)
    return Finding(
        "message.unrecognised",
        "quarantine",
        "message",
        "",
        f"The body is none of the messages known of {adapter.channel}.",
        f"Known: {known}. Check channel and topic, or add a mapping.",
        observed=_start(message.body),
    )


def _places(table: CompiledTable, place: Place) -> Iterator[Place]:
    when = table.table.when
    for found in table.each(place):
        if when is None or when(found.value):
            yield found


class _Broken(Exception):
    """A record cannot be read; the findings say why."""


def _translate_group(
    table: CompiledTable, place: Place, context: ShopContext, received_at: datetime, result: Translation
) -> None:
    """Translate a record with its parts: all of them, or none and a finding."""
    facts: list[Fact] = []
    places: list[tuple[CompiledTable, Place]] = []
    findings: list[Finding] = []
    try:
        _translate_object(table, place, None, context, facts, places, findings)
    except _Broken:
        result.findings.extend(findings)
        return
    check_group(facts, place.pointer, received_at, findings)
    result.facts.extend(facts)
    result.places.extend(places)
    result.findings.extend(findings)


def _translate_object(
    table: CompiledTable,
    place: Place,
    around: Fact | None,
    context: ShopContext,
    facts: list[Fact],
    places: list[tuple[CompiledTable, Place]],
    findings: list[Finding],
) -> None:
    spec = table.table
    if table.currency is not None:
        context = context.in_currency(table.currency(place))
    native = _native(table, place)
    if native is None:
        findings.append(_missing(spec.kind, "id", spec.id, place, ""))
        raise _Broken
    parent = around.id if around is not None else _parent(table, place, context)
    if spec.scope == "parent":
        if parent is None:
            findings.append(_missing(spec.kind, "order", spec.parent or "^", place, ""))
            raise _Broken
        name = f"{parent}/{native}"
    else:
        name = native if spec.scope == "global" else native_id(context.channel, context.shop, native)
    fields = _fields(table, place, context, name, findings)
    version = _version(table, place, around, context, name, findings)
    fact = Fact(spec.kind, name, parent if spec.scope == "parent" else None, version, fields)
    facts.append(fact)
    places.append((table, place))
    for part in table.parts:
        for inner in _places(part, place):
            _translate_object(part, inner, fact, context, facts, places, findings)


def _native(table: CompiledTable, place: Place) -> str | None:
    raw = table.id(place)
    try:
        if table.id_single:
            native = native_part(raw)
        else:
            parts = [native_part(part) for part in raw] if isinstance(raw, list) else []
            said = [part for part, path in zip(parts, table.table.id, strict=False) if path[:1] != "="] or parts
            native = table.table.joined.join(part or "" for part in parts) if any(said) else None
    except BadValue:
        return None
    if native is None or table.digest is None:
        return native
    return f"{native}|{content_digest(table.digest(place))}"


def content_digest(values: Json) -> str:
    """Hash what a thing says, so that it has the same id wherever it is sent again.

    Returns
    -------
    str
        16 hexadecimal digits of SHA-256 over the values as text, blanks around each cut off, empty ones left out.
    """
    given = values if isinstance(values, list) else [values]
    texts = [text for value in given if value is not None and (text := str(value).strip())]
    return hashlib.sha256("\x1f".join(texts).encode(errors="surrogatepass")).hexdigest()[:16]


def _parent(table: CompiledTable, place: Place, context: ShopContext) -> str | None:
    if table.parent is None:
        return None
    raw = table.parent(place)
    try:
        native = native_part(raw) if not isinstance(raw, list) else next(filter(None, map(native_part, raw)), None)
    except BadValue:
        return None
    return None if native is None else native_id(context.channel, context.shop, native)


def _fields(
    table: CompiledTable, place: Place, context: ShopContext, name: str, findings: list[Finding]
) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    broken = False
    for compiled in table.fields:
        raw = compiled.get(place)
        value = None
        if raw is not None:
            try:
                value = compiled.convert(raw, context)
            except BadValue as fault:
                findings.append(_bad(table, compiled.field.target, compiled.field.paths, place, name, fault))
                if compiled.required:
                    findings[-1] = _whole_record(findings[-1])
                    broken = True
                continue
        if value is not None:
            fields[compiled.target] = value
        elif compiled.required:
            findings.append(_missing(table.table.kind, compiled.target, compiled.field.paths, place, name))
            broken = True
    if broken:
        raise _Broken
    return fields


def _version(
    table: CompiledTable,
    place: Place,
    around: Fact | None,
    context: ShopContext,
    name: str,
    findings: list[Finding],
) -> int:
    if table.version is not None and table.version_at is not None:
        raw = table.version(place)
        for candidate in raw if isinstance(raw, list) else (raw,):
            try:
                at = None if candidate is None else table.version_at(candidate, context)
            except BadValue as fault:
                findings.append(_bad(table, "version", table.table.version or "", place, name, fault))
                continue
            if at is not None:
                return microseconds(at)
    return around.version if around is not None else 0


def _pointer(place: Place, paths: object) -> str:
    path = paths if isinstance(paths, str) else ""
    if not path or path[0] in "^$#.=":
        return place.pointer
    return place.pointer + "".join(map(pointer_step, steps(path)))


def _missing(kind: str, target: str, paths: object, place: Place, name: str) -> Finding:
    where = paths if isinstance(paths, str) else " + ".join(paths) if isinstance(paths, tuple) else "?"
    return Finding(
        f"required.{target}",
        "quarantine",
        "record",
        _pointer(place, paths),
        f"The {kind} has no {target} ({where} is missing or empty); it was kept out.",
        "Ask the channel for the full message, or mend its text and replay.",
        name,
        target,
    )


def _bad(table: CompiledTable, target: str, paths: object, place: Place, name: str, fault: BadValue) -> Finding:
    observed, expected = fault.args
    return Finding(
        f"field.{target}",
        "quarantine",
        "field",
        _pointer(place, paths),
        f"{table.table.kind}.{target} cannot be read: {shown(observed)} is not {expected}.",
        "The record flows without this field. Extend the mapping or mend the text, then replay.",
        name,
        target,
        shown(observed),
        shown(expected, 200),
    )


def _whole_record(finding: Finding) -> Finding:
    mend = "The record was kept out whole. Extend the mapping or mend the text, then replay."
    return structs.replace(finding, scope="record", mend=mend)
