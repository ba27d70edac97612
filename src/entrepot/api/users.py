"""Who I am; and users, for whoever keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Known, UserKeeper, address_of
from entrepot.api.paging import Page
from entrepot.api.resource import resource_router
from entrepot.api.services import Services, Wired
from entrepot.infra.auth import (
    Principal,
    User,
    authenticate,
    capabilities_of,
    change_role,
    create_user,
    disable_user,
    enable_user,
    list_users,
    set_language,
    set_password,
)
from entrepot.kernel.errors import InputError, NotFound, Refused

router = resource_router("users")

Role = Literal["viewer", "operator", "planner", "finance", "admin"]
_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Password = Annotated[str, Field(max_length=1000)]


class MeReply(BaseModel):
    """The caller, and what they may do."""

    name: str
    display_name: str
    role: str
    capabilities: list[str]
    permissions: list[str]
    language: str


class UserReply(BaseModel):
    """A user."""

    name: str
    display_name: str
    role: str
    active: bool
    language: str
    created_at: datetime
    last_login_at: datetime | None


class NewUser(BaseModel):
    """A user to be added."""

    model_config = ConfigDict(extra="forbid")

    name: _Name
    password: _Password
    role: Role
    display_name: Annotated[str, Field(max_length=100)] = ""
    language: Annotated[str, Field(pattern="^(zh|en)?$")] = ""


class UserChange(BaseModel):
    """What to change of a user; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    active: bool | None = None
    password: _Password | None = None


class PasswordChange(BaseModel):
    """A new password, and the old one."""

    model_config = ConfigDict(extra="forbid")

    old: _Password
    new: _Password


class LanguageChange(BaseModel):
    """The language one reads."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["zh", "en"]


@router.get("/me", summary="Who am I")
def get_me(services: Wired, caller: Known) -> MeReply:
    """Tell who the caller is and what they may do."""
    held = sorted(capabilities_of(caller))
    return MeReply(
        name=caller.name,
        display_name=caller.display_name,
        role=caller.role,
        capabilities=held,
        permissions=held,
        language=caller.language,
    )


@router.post("/me/password", status_code=204, summary="Change my password")
def post_my_password(request: Request, services: Wired, caller: Known, change: PasswordChange) -> None:
    """Change the caller's own password; other sessions of theirs end."""
    _refuse_token(caller)
    own = login_name(services, caller)
    try:
        authenticate(services.db, own, change.old, address_of(request), services.clock)
    except Refused as refusal:
        if refusal.code != "auth.wrong_password":
            raise
        raise InputError(
            "auth.wrong_password", "The old password is not right.", "Type it again, or ask an administrator."
        ) from None
    with services.db.transaction() as conn:
        set_password(conn, own, change.new, by=caller)


@router.post("/me/language", status_code=204, summary="Change my language")
def post_my_language(services: Wired, caller: Known, change: LanguageChange) -> None:
    """Remember the language the caller reads."""
    own = login_name(services, caller)
    with services.db.transaction() as conn:
        set_language(conn, own, change.language, by=caller)


@router.get("/users", summary="List users")
def get_users(services: Wired, caller: UserKeeper) -> Page[UserReply]:
    """List users by name."""
    with services.db.read() as conn:
        items = [_reply(user) for user in list_users(conn)]
    return Page(items=items, total=len(items))


@router.post("/users", status_code=201, summary="Add a user")
def post_user(services: Wired, caller: UserKeeper, user: NewUser) -> UserReply:
    """Add a user."""
    with services.db.transaction() as conn:
        number = create_user(
            conn,
            user.name,
            user.password,
            user.role,
            by=caller,
            display_name=user.display_name,
            language=user.language,
        )
        return _reply(next(one for one in list_users(conn) if one.id == number))


@router.post("/users/{name}", summary="Change a user")
def post_user_change(services: Wired, caller: UserKeeper, name: str, change: UserChange) -> UserReply:
    """Change a user's role or password, or shut them out and let them in again; all of it or nothing."""
    with services.db.transaction() as conn:
        if change.role is not None:
            change_role(conn, name, change.role, by=caller)
        if change.password is not None:
            set_password(conn, name, change.password, by=caller)
        if change.active is not None:
            (enable_user if change.active else disable_user)(conn, name, by=caller)
        found = [one for one in list_users(conn) if one.name == name.strip().casefold()]
    if not found:
        raise NotFound("auth.unknown_user", f"There is no user {name[:64]}.", "See the list of users.")
    return _reply(found[0])


def login_name(services: Services, caller: Principal) -> str:
    """Return the name a caller logs in with; a token's own name says more than that."""
    with services.db.read() as conn:
        for user in list_users(conn):
            if user.id == caller.user_id:
                return user.name
    raise NotFound("auth.unknown_user", f"{caller.name} is not a user.", "Log in as one.")


def _refuse_token(caller: Principal) -> None:
    if caller.scopes is not None:
        raise Refused(
            "auth.not_allowed", "A token cannot change its user's password.", "Log in to the console and do it there."
        )


def _reply(user: User) -> UserReply:
    return UserReply(
        name=user.name,
        display_name=user.display_name,
        role=user.role,
        active=user.disabled_at is None,
        language=user.language,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
    )
