"""The first administrator: made once with a random password, shown until it is changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.infra.auth.capabilities import SYSTEM
from entrepot.infra.auth.passwords import verify_password
from entrepot.infra.auth.users import create_user
from entrepot.infra.private_files import write_private

if TYPE_CHECKING:
    from psycopg import Connection

    from entrepot.infra.database import Database

NAME = "admin"
FILE = "admin-password"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """What the start of the program prints."""

    name: str
    password: str
    is_new: bool


def ensure_first_admin(database: Database, data_dir: Path) -> FirstAdmin | None:
    """Make the first administrator when there are no users yet.

    The password is kept beside the data, readable by its owner alone, so that a later start can print it again; once
    it no longer fits (somebody changed it) the file is removed.

    Parameters
    ----------
    database : Database
        Where users are kept.
    data_dir : Path
        The private data directory.

    Returns
    -------
    FirstAdmin or None
        What to print, or None when there is nothing to tell.
    """
    file = data_dir / FILE
    with database.transaction() as conn:
        # Two processes may start on one new database; the second must wait and then find a user.
        conn.execute("LOCK TABLE auth.users IN SHARE ROW EXCLUSIVE MODE")
        if conn.execute("SELECT 1 FROM auth.users LIMIT 1").fetchone() is not None:
            return _remembered(conn, file)
        password = secrets.token_urlsafe(12)
        # The file first: a crash in between leaves a file to be overwritten, not a user nobody can be.
        write_private(file, password.encode(), replace=True)
        create_user(conn, NAME, password, "admin", by=SYSTEM)
    return FirstAdmin(NAME, password, is_new=True)


def _remembered(conn: Connection, file: Path) -> FirstAdmin | None:
    try:
        password = file.read_text().strip()
    except FileNotFoundError:
        return None
    row = conn.execute(
        "SELECT password_hash FROM auth.users WHERE name = %s AND disabled_at IS NULL", (NAME,)
    ).fetchone()
    if row is not None and verify_password(row[0], password):
        return FirstAdmin(NAME, password, is_new=False)
    file.unlink(missing_ok=True)
    return None
