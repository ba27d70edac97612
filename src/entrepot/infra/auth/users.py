"""Users: added, changed, disabled, erased; every change is audited."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from entrepot.infra.auth.audit import record_audit
from entrepot.infra.auth.capabilities import Principal, check_role
from entrepot.infra.auth.passwords import check_password, hash_password
from entrepot.kernel.errors import Conflict, InputError, NotFound

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = re.compile(r"\w[\w.@+-]{0,63}")
_RESERVED = frozenset({"system", "schedule"})


@dataclass(frozen=True, slots=True)
class User:
    """A user as the users page shows it."""

    id: int
    name: str
    display_name: str
    role: str
    language: str
    created_at: datetime
    last_login_at: datetime | None
    disabled_at: datetime | None


def create_user(
    conn: Connection,
    name: str,
    password: str,
    role: str,
    *,
    by: Principal,
    display_name: str = "",
    language: str = "",
) -> int:
    """Add a user.

    Parameters
    ----------
    conn : psycopg.Connection
        An open transaction.
    name : str
        What they log in with; case and width do not matter.
    password : str
        12 to 200 characters, not the name.
    role : str
        viewer, operator, dispatcher, driver, planner, finance or admin.
    by : Principal
        Who adds them.
    display_name, language : str, optional
        How the console greets them, and in which language.

    Returns
    -------
    int
        The user's number.

    Raises
    ------
    InputError
        If the name, the password or the role is not acceptable.
    Conflict
        ``auth.user_exists`` if the name is taken.
    """
    name = check_name(name)
    check_role(role)
    check_password(password, name)
    row = conn.execute(
        "INSERT INTO auth.users (name, display_name, role, password_hash, language) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (name) DO NOTHING RETURNING id",
        (name, display_name, role, hash_password(password), language),
    ).fetchone()
    if row is None:
        raise Conflict("auth.user_exists", f"There is already a user {name}.", "Choose another name.", name=name)
    record_audit(conn, by, "user.create", f"user:{row[0]}", {"role": role})
    return int(row[0])


def set_password(conn: Connection, name: str, password: str, *, by: Principal) -> None:
    """Give a user a new password and end their open sessions."""
    name = check_name(name)
    check_password(password, name)
    user_id = _change(conn, name, "password_hash = %s, epoch = epoch + 1", (hash_password(password),))
    record_audit(conn, by, "user.set_password", f"user:{user_id}")


def change_role(conn: Connection, name: str, role: str, *, by: Principal) -> None:
    """Give a user another role; the last administrator keeps theirs."""
    check_role(role)
    if role != "admin":
        _keep_an_admin(conn, name)
    user_id = _change(conn, name, "role = %s, epoch = epoch + 1", (role,))
    record_audit(conn, by, "user.change_role", f"user:{user_id}", {"role": role})


def set_language(conn: Connection, name: str, language: str, *, by: Principal) -> None:
    """Remember the language a user reads."""
    user_id = _change(conn, name, "language = %s", (language,))
    record_audit(conn, by, "user.set_language", f"user:{user_id}", {"language": language})


def disable_user(conn: Connection, name: str, *, by: Principal) -> None:
    """Shut a user out: log-in, open sessions and tokens; the last administrator stays."""
    _keep_an_admin(conn, name)
    user_id = _change(conn, name, "disabled_at = coalesce(disabled_at, now()), epoch = epoch + 1", ())
    record_audit(conn, by, "user.disable", f"user:{user_id}")


def enable_user(conn: Connection, name: str, *, by: Principal) -> None:
    """Let a disabled user in again."""
    user_id = _change(conn, name, "disabled_at = NULL", ())
    record_audit(conn, by, "user.enable", f"user:{user_id}")


def erase_user(conn: Connection, name: str, *, by: Principal) -> None:
    """Erase a person: names and password go, tokens end, the audit trail keeps only the number."""
    _keep_an_admin(conn, name)
    user_id = _change(
        conn,
        name,
        "name = 'erased-' || id, display_name = '', password_hash = NULL, language = '', epoch = epoch + 1, "
        "disabled_at = coalesce(disabled_at, now()), erased_at = now()",
        (),
    )
    conn.execute("UPDATE auth.tokens SET revoked_at = now() WHERE user_id = %s AND revoked_at IS NULL", (user_id,))
    record_audit(conn, by, "user.erase", f"user:{user_id}")


def list_users(conn: Connection) -> list[User]:
    """Return all users who were not erased, by name."""
    rows = conn.execute(
        "SELECT id, name, display_name, role, language, created_at, last_login_at, disabled_at "
        'FROM auth.users WHERE erased_at IS NULL ORDER BY name COLLATE "C"'
    ).fetchall()
    return [User(*row) for row in rows]


def check_name(name: str) -> str:
    """Return the name as it is stored, or say which names are possible."""
    plain = fold_name(name)
    if _NAME.fullmatch(plain) and plain not in _RESERVED and not plain.startswith("erased-"):
        return plain
    raise InputError(
        "auth.bad_name",
        f"{name[:70]!r} cannot be a user name.",
        "Use 1 to 64 letters, digits, dots, hyphens, underscores, plus or at signs, beginning with a letter or digit.",
        name=name[:70],
    )


def fold_name(name: str) -> str:
    """Return a name without differences of case and width, and without what a database cannot hold."""
    return unicodedata.normalize("NFKC", name).strip().casefold().encode("utf-8", "replace").decode().replace("\0", "?")


def _change(conn: Connection, name: str, assignments: str, values: tuple[object, ...]) -> int:
    # `assignments` is a literal of this module, never input.
    row = conn.execute(
        f"UPDATE auth.users SET {assignments} WHERE name = %s AND erased_at IS NULL RETURNING id".encode(),
        (*values, fold_name(name)),
    ).fetchone()
    if row is None:
        raise NotFound("auth.unknown_user", f"There is no user {name}.", "See the list of users.", name=name)
    return int(row[0])


def _keep_an_admin(conn: Connection, leaving: str) -> None:
    # The lock makes two administrators who remove each other at once see one another.
    rows = conn.execute(
        "SELECT name FROM auth.users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE"
    ).fetchall()
    if [row[0] for row in rows] == [fold_name(leaving)]:
        raise Conflict(
            "auth.last_admin",
            f"{leaving} is the only administrator left.",
            "Make somebody else an administrator first.",
            name=leaving,
        )
