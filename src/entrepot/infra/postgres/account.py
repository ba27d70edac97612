"""The operating-system user the server runs as.

PostgreSQL refuses to run as root. Root therefore drops to a system user; anyone else runs the server as themselves.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from entrepot.kernel.errors import InputError

OWN_USER = "entrepot"
PREFERRED = ("postgres", OWN_USER)

# A clean environment: PGPORT, PGDATA and their kin would bend the server's settings.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server's programs.

    Attributes
    ----------
    name : str
    uid, gid : int
    is_dropped_to : bool
        True when we are root and become this user for the server alone.
    """

    name: str
    uid: int
    gid: int
    is_dropped_to: bool

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user, both outputs joined."""
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            user=self._user,
            group=self._group,
            extra_groups=self._groups,
        )

    def spawn(self, command: Sequence[str], directory: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program as this user in a session of its own, so that Ctrl-C reaches the app and not the program."""
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=ENVIRONMENT,
            start_new_session=True,
            user=self._user,
            group=self._group,
            extra_groups=self._groups,
        )

    def can_run(self, program: str) -> bool:
        """Tell whether this user can execute the program and load its libraries."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except PermissionError:
            return False

    def can_enter(self, directory: Path) -> bool:
        """Tell whether this user can traverse the way to the directory."""
        return not self.is_dropped_to or self.run(["/bin/sh", "-c", 'test -x "$0"', str(directory)]).returncode == 0

    def give(self, path: Path) -> None:
        """Make this user the owner of a path we created."""
        if self.is_dropped_to:
            os.chown(path, self.uid, self.gid)

    @property
    def _user(self) -> int | None:
        return self.uid if self.is_dropped_to else None

    @property
    def _group(self) -> int | None:
        return self.gid if self.is_dropped_to else None

    @property
    def _groups(self) -> list[int] | None:
        return os.getgrouplist(self.name, self.gid) if self.is_dropped_to else None


def server_account() -> Account:
    """Choose who runs the server.

    Returns
    -------
    Account
        Ourselves; for root the user ``postgres``, else ``entrepot``, which is made when it is missing.

    Raises
    ------
    InputError
        ``postgres.no_account`` when root has no user to become; ``postgres.cannot_drop`` when it may not.
    """
    if os.geteuid() != 0:
        return Account(user_name(os.geteuid()), os.geteuid(), os.getegid(), is_dropped_to=False)
    entry = _existing(PREFERRED) or _create()
    account = Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_dropped_to=True)
    try:
        account.run(["/bin/sh", "-c", ":"])
    except PermissionError:
        raise InputError(
            "postgres.cannot_drop",
            f"PostgreSQL does not run as root, and this root may not become the user {account.name}.",
            "Start Entrepot as an ordinary user, or allow the container the capabilities SETUID and SETGID.",
            account=account.name,
        ) from None
    return account


def user_name(uid: int) -> str:
    """Name of a user, or the number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _existing(names: Sequence[str]) -> pwd.struct_passwd | None:
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    return next((known[name] for name in names if name in known), None)


def _create() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    said = "there is no useradd here"
    if useradd:
        shell = "/usr/sbin/nologin"
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", shell, OWN_USER]
        reply = subprocess.run(command, capture_output=True, text=True, check=False)
        said = reply.stderr.strip() or f"useradd ended with {reply.returncode}"
    entry = _existing([OWN_USER])
    if entry is None:
        raise InputError(
            "postgres.no_account",
            f"PostgreSQL does not run as root, and the system user {OWN_USER} could not be made: {said}.",
            f"Start Entrepot as an ordinary user, or add a system user named {OWN_USER} or postgres.",
        )
    return entry
