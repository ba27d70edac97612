"""API tokens: shown once, stored hashed, narrowed by scopes, ended by expiry or by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from entrepot.infra.auth.audit import record_audit
from entrepot.infra.auth.capabilities import Principal, check_scopes
from entrepot.infra.auth.users import fold_name
from entrepot.kernel.errors import InputError, NotFound

if TYPE_CHECKING:
    from psycopg import Connection

    from entrepot.infra.database import Database

MARK = "ent_"
# Writing "last used" on every call would make each read a write; a minute is fine enough.
_LAST_USED_GRAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; the secret is not kept anywhere and cannot be shown again."""

    id: int
    secret: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the tokens page shows it."""

    id: int
    owner: str
    label: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def issue_token(
    conn: Connection,
    owner: str,
    label: str,
    scopes: Iterable[str],
    *,
    by: Principal,
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Issue a token that acts for a user.

    Parameters
    ----------
    conn : psycopg.Connection
        An open transaction.
    owner : str
        The user it acts for; it never may more than they do.
    label : str
        What it is for.
    scopes : iterable of str
        Capabilities, at least one, all held by the owner's role.
    by : Principal
        Who issues it.
    expires_at : datetime, optional
        When it ends; aware.

    Returns
    -------
    IssuedToken
        With the secret, this once.
    """
    row = conn.execute(
        "SELECT id, role FROM auth.users WHERE name = %s AND disabled_at IS NULL", (fold_name(owner),)
    ).fetchone()
    if row is None:
        raise NotFound("auth.unknown_user", f"There is no enabled user {owner}.", "See the list of users.", name=owner)
    user_id, role = row
    allowed = check_scopes(frozenset(scopes), role)
    if not label.strip():
        raise InputError("auth.no_label", "A token needs a label.", "Say what it is for, such as 'till export'.")
    secret = MARK + token_urlsafe(32)
    prefix = secret[:10]
    row = conn.execute(
        "INSERT INTO auth.tokens (user_id, label, prefix, secret_hash, scopes, expires_at) "
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (user_id, label.strip(), prefix, _hashed(secret), sorted(allowed), expires_at),
    ).fetchone()
    assert row is not None
    record_audit(conn, by, "token.issue", f"token:{row[0]}", {"owner": user_id, "scopes": sorted(allowed)})
    return IssuedToken(int(row[0]), secret, prefix)


def revoke_token(conn: Connection, token_id: int, *, by: Principal, owner: str | None = None) -> None:
    """End a token at once; ``owner`` confines the caller to that user's tokens. Twice is as good as once."""
    row = conn.execute(
        "UPDATE auth.tokens t SET revoked_at = coalesce(revoked_at, now()) FROM auth.users u "
        "WHERE u.id = t.user_id AND t.id = %s AND (%s::text IS NULL OR u.name = %s) RETURNING t.id",
        (token_id, owner, owner),
    ).fetchone()
    if row is None:
        raise NotFound("auth.unknown_token", f"There is no token {token_id}.", "See the list of tokens.", id=token_id)
    record_audit(conn, by, "token.revoke", f"token:{token_id}")


def list_tokens(conn: Connection, owner: str | None = None) -> list[Token]:
    """Return the tokens of one user or of all, newest first."""
    rows = conn.execute(
        "SELECT t.id, u.name, t.label, t.prefix, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at "
        "FROM auth.tokens t JOIN auth.users u ON u.id = t.user_id "
        "WHERE (%s::text IS NULL OR u.name = %s) ORDER BY t.id DESC",
        (owner, owner),
    ).fetchall()
    return [Token(*row) for row in rows]


def authenticate_tokens(database: Database, secrets: Sequence[str], now: datetime) -> list[Principal | None]:
    """Tell whom programs act for by their tokens, any number of them in one look.

    Parameters
    ----------
    database : Database
        Where tokens are kept.
    secrets : sequence of str
        Tokens as they were issued, or whatever was sent in their place.
    now : datetime
        When; aware.

    Returns
    -------
    list of Principal or None
        In the order of the secrets; None where a token is unknown, expired or revoked, or its user disabled.
    """
    hashes = [_hashed(secret) for secret in secrets]
    with database.read() as conn:
        rows = conn.execute(
            "SELECT t.secret_hash, t.id, t.prefix, t.scopes, t.last_used_at, u.name, u.role, u.id, u.language, "
            "u.display_name FROM auth.tokens t JOIN auth.users u ON u.id = t.user_id "
            "WHERE t.secret_hash = ANY(%s) AND t.revoked_at IS NULL AND u.disabled_at IS NULL "
            "AND (t.expires_at IS NULL OR t.expires_at > %s)",
            (list(set(hashes)), now),
        ).fetchall()
    known = {}
    long_unused = []
    for hash_, token_id, prefix, scopes, last_used_at, name, role, user_id, language, display_name in rows:
        if last_used_at is None or now - last_used_at > _LAST_USED_GRAIN:
            long_unused.append(token_id)
        known[hash_] = Principal(f"{name} ({prefix}…)", role, frozenset(scopes), user_id, language, 0, display_name)
    if long_unused:
        with database.transaction() as conn:
            # Whoever is locked is being changed, or told the same time by another process: nobody waits for that.
            conn.execute(
                "UPDATE auth.tokens SET last_used_at = %s WHERE id IN "
                "(SELECT id FROM auth.tokens WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)",
                (now, long_unused),
            )
    return [known.get(hash_) for hash_ in hashes]


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
