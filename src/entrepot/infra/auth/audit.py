"""The audit trail: who did what to which object, when and from where; append-only by trigger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from entrepot.infra.auth.capabilities import Principal

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act, as the audit page shows it."""

    id: int
    at: datetime
    who: str
    action: str
    detail: dict[str, object]
    ip: str
    request_id: str
    object: str


def record_audit(
    conn: Connection,
    principal: Principal,
    action: str,
    object: str = "",
    detail: Mapping[str, object] | None = None,
    *,
    ip: str = "",
    request_id: str = "",
) -> None:
    """Write one act into the trail, in the transaction that does it.

    Parameters
    ----------
    conn : psycopg.Connection
        The transaction that makes the change; both are kept or neither is.
    principal : Principal
        Who acts.
    action : str
        Dotted, noun first: ``quarantine.replay``.
    object : str, optional
        What it was done to: ``quarantine:812``.
    detail : mapping, optional
        The facts, as JSON values; no secrets and no personal data.
    ip, request_id : str, optional
        Where it came from.
    """
    conn.execute(
        "INSERT INTO auth.audit (user_id, actor, action, object, detail, ip, request_id) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            principal.user_id,
            principal.name if principal.user_id is None else None,
            action,
            object,
            Jsonb(dict(detail or {})),
            ip[:64],
            request_id[:64],
        ),
    )


def list_audit(
    conn: Connection,
    *,
    limit: int = 100,
    before: int | None = None,
    who: str | None = None,
    action: str | None = None,
    object: str | None = None,
) -> list[AuditEntry]:
    """Return acts, newest first; page on with ``before`` = the last entry's id."""
    rows = conn.execute(
        "SELECT a.id, a.at, coalesce(u.name, a.actor), a.action, a.detail, a.ip, a.request_id, a.object "
        "FROM auth.audit a LEFT JOIN auth.users u ON u.id = a.user_id "
        "WHERE (%(before)s::bigint IS NULL OR a.id < %(before)s) "
        "AND (%(who)s::text IS NULL OR coalesce(u.name, a.actor) = %(who)s) "
        "AND (%(action)s::text IS NULL OR a.action = %(action)s OR starts_with(a.action, %(action)s || '.')) "
        "AND (%(object)s::text IS NULL OR a.object = %(object)s) "
        "ORDER BY a.id DESC LIMIT %(limit)s",
        {"before": before, "who": who, "action": action, "object": object, "limit": limit},
    ).fetchall()
    return [AuditEntry(*row) for row in rows]
