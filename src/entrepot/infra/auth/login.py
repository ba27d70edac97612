"""Log-in with name and password, and the check of an open session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrepot.infra.auth.audit import record_audit
from entrepot.infra.auth.capabilities import SYSTEM, Principal
from entrepot.infra.auth.passwords import hash_password, is_outdated, verify_password
from entrepot.infra.auth.throttle import admit, forgive
from entrepot.infra.auth.users import fold_name
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.kernel.errors import Refused

if TYPE_CHECKING:
    from psycopg import Connection

    from entrepot.infra.database import Database


def authenticate(database: Database, name: str, password: str, address: str, clock: Clock | None = None) -> Principal:
    """Let a user in by name and password.

    Parameters
    ----------
    database : Database
        Where users and attempts are kept.
    name, password : str
        As typed.
    address : str
        The caller's network address, for throttling and the audit trail.
    clock : Clock, optional
        The time; the machine's by default.

    Returns
    -------
    Principal
        Who it is.

    Raises
    ------
    Refused
        ``auth.wrong_password`` (also for an unknown or disabled user, after the same work) or
        ``auth.too_many_attempts``.
    """
    now = (clock or SystemClock()).now()
    plain = fold_name(name)[:200]
    with database.transaction() as conn:
        admit(conn, plain, address, now)
        row = conn.execute(
            "SELECT id, password_hash, disabled_at IS NOT NULL FROM auth.users WHERE name = %s AND erased_at IS NULL",
            (plain,),
        ).fetchone()
    user_id, stored, is_disabled = row or (None, None, True)
    # Outside the transaction: the hash takes its time, and no row should stay locked meanwhile.
    if not verify_password(stored, password) or is_disabled:
        _refuse(database, user_id, address)
    with database.transaction() as conn:
        forgive(conn, plain, address)
        if is_outdated(stored):
            conn.execute("UPDATE auth.users SET password_hash = %s WHERE id = %s", (hash_password(password), user_id))
        conn.execute("UPDATE auth.users SET last_login_at = %s WHERE id = %s", (now, user_id))
        principal = load_principal(conn, plain)
        if principal is None:  # disabled between the two transactions
            raise _wrong()
        record_audit(conn, principal, "login.success", ip=address)
    return principal


def resume_session(conn: Connection, name: str, epoch: int) -> Principal | None:
    """Return the user of an open session, or None when it is over.

    A session is over when the user was disabled or erased, or got another password or role.
    """
    principal = load_principal(conn, name)
    return principal if principal is not None and principal.epoch == epoch else None


def load_principal(conn: Connection, name: str) -> Principal | None:
    """Return an enabled user as a principal."""
    row = conn.execute(
        "SELECT name, role, id, language, epoch, display_name FROM auth.users WHERE name = %s AND disabled_at IS NULL",
        (name,),
    ).fetchone()
    if row is None:
        return None
    name, role, user_id, language, epoch, display_name = row
    return Principal(name, role, None, user_id, language, epoch, display_name)


def _refuse(database: Database, user_id: int | None, address: str) -> None:
    # The typed name is not written down: it may be a password in the wrong field.
    with database.transaction() as conn:
        record_audit(conn, SYSTEM, "login.failure", f"user:{user_id}" if user_id else "", ip=address)
    raise _wrong()


def _wrong() -> Refused:
    return Refused(
        "auth.wrong_password",
        "The name or the password is wrong, or the user is disabled.",
        "Try again, or ask an administrator.",
    )
