"""Where the server listens: a port on 127.0.0.1 and a short private directory for its Unix socket."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from pathlib import Path

from entrepot.infra.postgres.account import Account, user_name
from entrepot.kernel.errors import InputError

LONGEST_SOCKET_PATH = 100  # the system's limit is 104 to 108 bytes
SOCKET_NAME = ".s.PGSQL.65535"


def free_port(preferred: int = 0) -> int:
    """Return the preferred port of 127.0.0.1 when nobody listens on it, else another free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            bound: int = probe.getsockname()[1]
            return bound
    raise InputError(
        "postgres.no_port", "127.0.0.1 has no free port for the database.", "Check the loopback interface (ip addr)."
    )


def fingerprint(path: Path) -> str:
    """Short name of a path, the same at every start."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


def socket_directory(home: Path, account: Account) -> Path:
    """Choose and make the directory of the Unix socket.

    Parameters
    ----------
    home : Path
        The cluster's home; its own ``socket`` directory is used when the path is short enough.
    account : Account
        Who runs the server.

    Returns
    -------
    Path
        A directory of that user's, mode 0700.

    Raises
    ------
    InputError
        ``postgres.socket_directory`` when another user made it before us.
    """
    short = f"entrepot-{fingerprint(home)}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [home / "socket", Path("/tmp") / short]
    if runtime and not account.is_dropped_to and Path(runtime).is_dir():
        places.insert(1, Path(runtime) / short)
    short_enough = [place for place in places if len(os.fsencode(place / SOCKET_NAME)) < LONGEST_SOCKET_PATH]
    chosen = short_enough[0]  # the one below /tmp always is
    _make_private(chosen, account)
    return chosen


def _make_private(directory: Path, account: Account) -> None:
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        found = directory.lstat()
        ours = found.st_uid in (account.uid, os.geteuid())
        if not (stat.S_ISDIR(found.st_mode) and ours and not found.st_mode & 0o077):
            raise InputError(
                "postgres.socket_directory",
                f"{directory} is not a private directory of {account.name}'s: {user_name(found.st_uid)} owns it,"
                f" mode {stat.filemode(found.st_mode)}.",
                "Remove it, if nobody needs it.",
                directory=str(directory),
            ) from None
    account.give(directory)
