"""The audit trail: who did what, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from entrepot.api.access import Auditor
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.infra.auth import list_audit

router = resource_router("audit")


class AuditReply(BaseModel):
    """One act."""

    seq: int
    at: datetime
    who: str
    action: str
    target: str
    detail: dict[str, object]
    address: str
    request_id: str


class AuditFilter(Paged):
    """Filters of the audit trail."""

    who: Annotated[str | None, Field(max_length=100)] = None
    action: Annotated[str | None, Field(max_length=100, description="quarantine.replay, or quarantine for all")] = None
    target: Annotated[str | None, Field(max_length=200)] = None


@router.get("/audit", summary="List acts")
def get_audit(services: Wired, caller: Auditor, wanted: Annotated[AuditFilter, Query()]) -> Page[AuditReply]:
    """List acts, newest first."""
    before = decode_cursor(wanted.cursor, tuple[int])
    with services.db.read() as conn:
        found = list_audit(
            conn,
            limit=wanted.limit + 1,
            before=None if before is None else before[0],
            who=wanted.who or None,
            action=wanted.action or None,
            object=wanted.target or None,
        )
    items = [
        AuditReply(
            seq=one.id,
            at=one.at,
            who=one.who,
            action=one.action,
            target=one.object,
            detail=one.detail,
            address=one.ip,
            request_id=one.request_id,
        )
        for one in found[: wanted.limit]
    ]
    return Page(items=items, next=encode_cursor(items[-1].seq) if len(found) > wanted.limit else None)
