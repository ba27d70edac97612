"""Files only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from entrepot.kernel.errors import Refused


def write_private(path: Path, content: bytes, *, replace: bool) -> bool:
    """Write a file with mode 0600, atomically and durably.

    Parameters
    ----------
    path : Path
        Where; the directory is made when absent, with mode 0700.
    content : bytes
        All of it.
    replace : bool
        Whether an existing file is replaced; otherwise it wins.

    Returns
    -------
    bool
        Whether this call wrote the file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
            return True
        try:
            # A link, unlike a rename, fails when another process was first.
            os.link(draft, path)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink(missing_ok=True)


def read_private(path: Path) -> bytes:
    """Read a secret file, or refuse when others could have read it too.

    Raises
    ------
    Refused
        ``secrets.readable_by_others``.
    """
    mode = path.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        raise Refused(
            "secrets.readable_by_others",
            f"The secret file {path} can be read by others (mode {mode:o}).",
            f"Run: chmod 600 {path}",
            path=str(path),
        )
    return path.read_bytes()
