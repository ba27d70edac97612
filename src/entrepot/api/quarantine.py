"""Quarantine: what is kept out, grouped by reason; replay, mend, dismiss."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Final

from fastapi import Query, Request
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Operator, Reader, may_read_personal, note
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.hub import quarantine
from entrepot.hub.quarantine import QuarantineGroup, QuarantineQuery, QuarantineRow
from entrepot.hub.queries import stored_message
from entrepot.hub.translate import translate
from entrepot.infra.auth import Principal
from entrepot.kernel.errors import Conflict, InputError

router = resource_router("quarantine", "/quarantine")

_MOST_AT_ONCE: Final = 10_000
_EntryId = Annotated[int, Field(ge=1, lt=2**63)]
_Name = Annotated[str | None, Field(max_length=200)]


class QuarantineFilter(Paged):
    """Filters of the list of entries."""

    reason: _Name = None
    channel: _Name = None
    topic: _Name = None
    open: Annotated[bool | None, Field(description="only open entries, or only closed ones")] = None
    sort: Annotated[str, Field(pattern="^-(id|first_seen)$", description="newest first is the only sequence")] = "-id"


class Choice(BaseModel):
    """Which open entries: by number, or by what they share."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[_EntryId] | None, Field(min_length=1, max_length=_MOST_AT_ONCE)] = None
    reason: _Name = None
    channel: _Name = None
    topic: _Name = None
    dry_run: Annotated[bool, Field(description="only count; nothing is written")] = False

    def query(self) -> QuarantineQuery:
        """Return the choice as the hub reads it.

        Raises
        ------
        InputError
            ``quarantine.choice`` when nothing was chosen.
        """
        if self.ids is None and not (self.reason or self.channel or self.topic):
            raise InputError("quarantine.choice", "Nothing was chosen.", "Give ids, or a reason, channel or topic.")
        ids = None if self.ids is None else tuple(self.ids)
        return QuarantineQuery(ids, self.reason or None, self.channel or None, self.topic or None, True)


class Dismissal(Choice):
    """Which entries to close, and why."""

    why: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Mending(BaseModel):
    """The text of a message, mended."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, Field(min_length=1)]
    dry_run: Annotated[bool, Field(description="only translate; nothing is written")] = False


class ReplayReply(BaseModel):
    """Entries that matched; messages translated again; entries closed by it, and still open."""

    matched: int
    replayed: int
    resolved: int
    still: int


class DismissReply(BaseModel):
    """Entries that matched, and that are closed now."""

    matched: int
    dismissed: int


class FindingReply(BaseModel):
    """A remark on the mended text."""

    code: str
    severity: str
    message: str
    mend: str
    pointer: str
    scope: str
    record: str
    field: str
    observed: str
    expected: str


class MendReply(BaseModel):
    """Whether the mended text flows, the records it gives, and what is still wrong with it."""

    resolved: bool
    records: int
    findings: list[FindingReply]


@router.get("", summary="List quarantined parts")
def get_entries(services: Wired, caller: Reader, wanted: Annotated[QuarantineFilter, Query()]) -> Page[QuarantineRow]:
    """List what is kept out of the books, newest first."""
    query = QuarantineQuery(None, wanted.reason or None, wanted.channel or None, wanted.topic or None, wanted.open)
    before = decode_cursor(wanted.cursor, tuple[int])
    with services.db.read() as conn:
        found = quarantine.entries(conn, query, wanted.limit + 1, None if before is None else before[0])
        total = quarantine.count(conn, query) if before is None else None
    items = found[: wanted.limit]
    end = encode_cursor(items[-1].id) if len(found) > wanted.limit else None
    return Page(items=[_seen_by(caller, item) for item in items], next=end, total=total)


@router.get("/groups", summary="Group the quarantine")
def get_groups(services: Wired, caller: Reader) -> Page[QuarantineGroup]:
    """Group open entries by reason, channel and topic, the largest group first."""
    with services.db.read() as conn:
        items = quarantine.groups(conn)
    if not may_read_personal(caller):
        items = [replace(item, message="") for item in items]
    return Page(items=items, total=len(items))


@router.get("/{entry_id}", summary="Read a quarantined part")
def get_entry(services: Wired, caller: Reader, entry_id: int) -> QuarantineRow:
    """Read one entry."""
    with services.db.read() as conn:
        return _seen_by(caller, quarantine.entry(conn, entry_id))


@router.post("/replay", summary="Replay")
def post_replay(request: Request, services: Wired, caller: Operator, choice: Choice) -> ReplayReply:
    """Translate messages again with today's mappings, and fold what they say anew."""
    query = choice.query()
    with services.db.transaction() as conn:
        ids = _chosen(conn, query)
        if not choice.dry_run:
            note(conn, request, caller, "quarantine.replay", "", _choice_detail(choice, len(ids)))
    if not ids:
        return ReplayReply(matched=0, replayed=0, resolved=0, still=0)
    done = services.replay.replay(caller.name, ids=ids, dry_run=choice.dry_run)
    return ReplayReply(matched=len(ids), replayed=done.replayed, resolved=done.resolved, still=done.still)


@router.post("/dismiss", summary="Dismiss")
def post_dismiss(request: Request, services: Wired, caller: Operator, choice: Dismissal) -> DismissReply:
    """Close entries without a replay, with a reason; the messages stay as they came."""
    query = choice.query()
    with services.db.transaction() as conn:
        matched = quarantine.count(conn, query)
        if choice.dry_run:
            return DismissReply(matched=matched, dismissed=0)
        closed = quarantine.resolve(conn, query, f"dismissed: {choice.why.strip()}", caller.name)
        note(conn, request, caller, "quarantine.dismiss", "", _choice_detail(choice, len(closed)) | {"why": choice.why})
    return DismissReply(matched=matched, dismissed=len(closed))


@router.post("/{entry_id}/fix", summary="Mend")
def post_fix(request: Request, services: Wired, caller: Operator, entry_id: int, mending: Mending) -> MendReply:
    """Take a mended text in place of a quarantined message; the original stays as it came."""
    with services.db.transaction() as conn:
        entry = quarantine.entry(conn, entry_id)
        if entry.resolved_at is not None:
            raise Conflict(
                "quarantine.closed",
                f"Entry {entry_id} is closed: {entry.resolution}.",
                "Choose an open one.",
                id=entry_id,
            )
        preview = _preview(conn, services, entry.message_id, mending.body)
        if not mending.dry_run:
            note(conn, request, caller, "quarantine.fix", f"quarantine:{entry_id}", {"message": entry.message_id})
    if mending.dry_run:
        return preview
    done = services.replay.fix(entry_id, mending.body, caller.name)
    return MendReply(resolved=done.resolved > 0, records=preview.records, findings=preview.findings)


def _preview(conn: Connection, services: Services, message_id: str, text: str) -> MendReply:
    stored = stored_message(conn, message_id)
    if stored.message is None:
        raise Conflict("quarantine.erased", "The message was erased.", "Dismiss the entry.", id=message_id)
    shop = services.shops.get(conn, stored.row.channel, stored.row.shop)
    mended = type(stored.message)(
        stored.row.channel, stored.row.shop, stored.row.topic, text.encode(), stored.row.received_at
    )
    said = translate(services.adapters.of(mended), mended, shop.context)
    findings = [
        FindingReply(
            code=one.rule,
            severity=one.severity,
            message=one.message,
            mend=one.mend,
            pointer=one.pointer,
            scope=one.scope,
            record=one.record,
            field=one.field,
            observed=one.observed,
            expected=one.expected,
        )
        for one in said.findings
    ]
    return MendReply(resolved=not said.is_quarantined, records=len(said.facts), findings=findings)


def _chosen(conn: Connection, query: QuarantineQuery) -> list[int]:
    return [row.id for row in quarantine.entries(conn, query, _MOST_AT_ONCE)]


def _choice_detail(choice: Choice, matched: int) -> dict[str, object]:
    shared = {name: value for name in ("reason", "channel", "topic") if (value := getattr(choice, name))}
    return {**shared, "entries": matched, **({"ids": choice.ids[:100]} if choice.ids else {})}


def _seen_by(caller: Principal, row: QuarantineRow) -> QuarantineRow:
    # The sentence may quote the message, and the quote may be a person's.
    if may_read_personal(caller):
        return row
    return QuarantineRow(**(asdict(row) | {"message": "", "observed": "***" if row.observed else ""}))
