"""Messages: the raw bytes beside what was read from them, field by field."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query
from psycopg import Connection
from pydantic import BaseModel, Field, JsonValue

from entrepot.api.access import Reader, may_read_personal
from entrepot.api.explain import personal_spans
from entrepot.api.moments import moment, one_of
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.personal import masked_text, shown
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub.lineage import MessageTrace, RecordTrace, explain_message, message_text
from entrepot.hub.queries import (
    FindingRow,
    MessageQuery,
    MessageRow,
    StoredMessage,
    findings_of,
    messages,
    stored_message,
)

router = resource_router("messages")

OUTCOMES: Final = ("translated", "quarantined", "ignored")
_MOST_RECORDS: Final = 500
_LONGEST_TEXT: Final = 2_000_000


class MessageFilter(Paged):
    """Filters of the list of messages."""

    channel: Annotated[str | None, Field(max_length=100)] = None
    shop: Annotated[str | None, Field(max_length=100)] = None
    topic: Annotated[str | None, Field(max_length=200)] = None
    outcome: Annotated[str | None, Field(max_length=100, description="translated, quarantined, ignored")] = None
    signature: Annotated[str | None, Field(max_length=20)] = None
    q: Annotated[str | None, Field(max_length=200, description="start of an id (6+ hex digits), or a delivery id")] = (
        None
    )
    received_from: Annotated[str | None, Field(alias="from", max_length=40)] = None
    received_to: Annotated[str | None, Field(alias="to", max_length=40)] = None
    sort: Annotated[str, Field(pattern="^-(received_at|seq)$", description="newest first is the only sequence")] = (
        "-received_at"
    )


class FieldReply(BaseModel):
    """A canonical value and where it came from; offsets are characters of the message's text, null where it is none."""

    value: JsonValue
    pointer: str
    pointers: list[str]
    converter: str
    start: int | None
    end: int | None


class RecordReply(BaseModel):
    """A canonical record."""

    kind: str
    id: str
    parent: str | None
    version: int
    fields: dict[str, FieldReply]


class MessageReply(BaseModel):
    """A message whole. ``text`` is null when the body was erased; personal data in it as the caller may see it."""

    id: str
    seq: int
    channel: str
    shop: str
    topic: str
    recognised_topic: str
    received_at: datetime
    transport: str
    size: int
    outcome: str
    signature: str
    delivery_id: str
    headers: dict[str, str]
    adapter: str
    erased_at: datetime | None
    text: str | None
    is_masked: bool
    is_cut: bool
    records: list[RecordReply]
    record_count: int
    findings: list[FindingRow]


@router.get("/messages", summary="List messages")
def get_messages(services: Wired, caller: Reader, wanted: Annotated[MessageFilter, Query()]) -> Page[MessageRow]:
    """List messages, newest first, without their bodies."""
    query = MessageQuery(
        channel=wanted.channel or None,
        shop=wanted.shop or None,
        topic=wanted.topic or None,
        outcome=one_of("outcome", wanted.outcome, OUTCOMES),
        signature=wanted.signature or None,
        q=(wanted.q or "").strip() or None,
        received_from=moment("from", wanted.received_from, services.zone),
        received_to=moment("to", wanted.received_to, services.zone, is_end=True),
    )
    after = decode_cursor(wanted.cursor, tuple[datetime, int])
    with services.db.read() as conn:
        found = messages(conn, query, wanted.limit + 1, after)
    items = found[: wanted.limit]
    end = items[-1] if len(found) > wanted.limit else None
    return Page(items=items, next=encode_cursor(end.received_at, end.seq) if end else None)


@router.get("/messages/{message_id}", summary="Read a message")
def get_message(services: Wired, caller: Reader, message_id: str) -> MessageReply:
    """Read a message with its text, the records read from it with the origin of every field, and its findings."""
    with services.db.read() as conn:
        stored = stored_message(conn, message_id)
        findings = findings_of(conn, stored.row.id)
        trace = _trace(conn, services, stored)
    return _reply(stored, trace, findings, may_read_personal(caller))


def _trace(conn: Connection, services: Services, stored: StoredMessage) -> MessageTrace | None:
    if stored.message is None:
        return None
    shop = services.shops.get(conn, stored.row.channel, stored.row.shop)
    return explain_message(services.adapters.of(stored.message), stored.message, shop.context)


def _reply(
    stored: StoredMessage, trace: MessageTrace | None, findings: list[FindingRow], in_clear: bool
) -> MessageReply:
    row = asdict(stored.row)
    row.pop("records")
    row.pop("findings")
    records = trace.records if trace is not None else []
    text = _text(stored, trace, in_clear)
    return MessageReply(
        **row,
        recognised_topic=trace.topic if trace is not None else "",
        headers=stored.message.headers if stored.message is not None else {},
        adapter=f"{stored.row.channel} v{stored.adapter_version}",
        erased_at=stored.erased_at,
        text=None if text is None else text[:_LONGEST_TEXT],
        is_masked=not in_clear,
        is_cut=text is not None and len(text) > _LONGEST_TEXT,
        records=[_record(record, in_clear) for record in records[:_MOST_RECORDS]],
        record_count=len(records),
        findings=findings if in_clear else [_without_evidence(finding) for finding in findings],
    )


def _text(stored: StoredMessage, trace: MessageTrace | None, in_clear: bool) -> str | None:
    if stored.message is None or trace is None:
        return None
    text = message_text(stored.message)
    return text if in_clear else masked_text(text, personal_spans(trace))


def _record(record: RecordTrace, in_clear: bool) -> RecordReply:
    fact = record.fact
    fields = {}
    for name, trace in record.fields.items():
        start, end = trace.spans[0] if trace.spans else (None, None)
        fields[name] = FieldReply(
            value=shown(fact.kind, name, trace.value, in_clear),
            pointer=", ".join(trace.pointers),
            pointers=list(trace.pointers),
            converter=trace.converter,
            start=start,
            end=end,
        )
    return RecordReply(kind=fact.kind, id=fact.id, parent=fact.parent, version=fact.version, fields=fields)


def _without_evidence(finding: FindingRow) -> FindingRow:
    # The evidence quotes the message, and the quote may be a person's.
    if not finding.observed:
        return finding
    return replace(finding, observed="***", message=finding.message.replace(finding.observed, "***"))
