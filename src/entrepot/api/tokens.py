"""API tokens: one's own, and for whoever keeps users anybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from entrepot.api.access import Known
from entrepot.api.paging import Page
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.api.users import login_name
from entrepot.infra.auth import Token, capabilities_of, issue_token, list_tokens, revoke_token
from entrepot.kernel.errors import InputError, Refused

router = resource_router("tokens", "/tokens")


class TokenReply(BaseModel):
    """A token, without its secret."""

    id: int
    name: str
    owner: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(BaseModel):
    """A token to be issued."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, description="what it is for")]
    scopes: Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=20)]
    owner: Annotated[str | None, Field(max_length=64, description="another user, for who keeps users")] = None
    expires_at: AwareDatetime | None = None


class IssuedReply(BaseModel):
    """A new token; it is shown this once."""

    id: int
    token: str
    prefix: str


@router.get("", summary="List tokens")
def get_tokens(services: Wired, caller: Known) -> Page[TokenReply]:
    """List the caller's tokens; everybody's for who keeps users."""
    owner = None if caller.can("manage_users") else login_name(services, caller)
    with services.db.read() as conn:
        items = [_reply(token) for token in list_tokens(conn, owner)]
    return Page(items=items, total=len(items))


@router.post("", status_code=201, summary="Issue a token")
def post_token(services: Wired, caller: Known, token: NewToken) -> IssuedReply:
    """Issue a token; it may do no more than the caller."""
    own = login_name(services, caller)
    owner = (token.owner or own).strip()
    if owner != own and not caller.can("manage_users"):
        raise Refused("auth.not_allowed", f"{caller.name} may not issue tokens for others.", "Leave owner out.")
    excess = sorted(set(token.scopes) - capabilities_of(caller))
    if excess and caller.scopes is not None:
        raise InputError(
            "auth.bad_scopes", f"This token does not hold {', '.join(excess)[:200]}.", "Ask for fewer scopes."
        )
    if token.expires_at is not None and token.expires_at <= services.clock.now():
        raise InputError("auth.expired", "expires_at is in the past.", "Name a later time, or leave it out.")
    with services.db.transaction() as conn:
        issued = issue_token(conn, owner, token.name, token.scopes, by=caller, expires_at=token.expires_at)
    return IssuedReply(id=issued.id, token=issued.secret, prefix=issued.prefix)


@router.delete("/{token_id}", status_code=204, summary="Revoke a token")
def delete_token(services: Wired, caller: Known, token_id: Annotated[int, Path(ge=1, lt=2**63)]) -> None:
    """End a token at once."""
    owner = None if caller.can("manage_users") else login_name(services, caller)
    with services.db.transaction() as conn:
        revoke_token(conn, token_id, by=caller, owner=owner)


def _reply(token: Token) -> TokenReply:
    return TokenReply(
        id=token.id,
        name=token.label,
        owner=token.owner,
        prefix=token.prefix,
        scopes=list(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )
