"""One app per data directory.

The lock is ``flock`` on a file, so the system releases it however the app ends; the pid inside is for the message only.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from entrepot.kernel.errors import InputError


class DirectoryLock:
    """An exclusive lock on a directory, held until released or the process ends.

    Parameters
    ----------
    path : Path
        The lock file; made when it is missing, never deleted (deleting it would let two apps lock two files).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once, or refuse with ``postgres.in_use``."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise InputError(
                "postgres.in_use",
                f"Another Entrepot (process {holder or 'unknown'}) uses {self.path.parent}.",
                "Stop it first, or give this one another ENTREPOT_DATA_DIR.",
                directory=str(self.path.parent),
                pid=holder,
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; a no-op when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_locked(path: Path) -> bool:
    """Tell whether a living app holds the lock file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
