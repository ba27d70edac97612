"""What the supervisor remembers between two starts: where the cluster is, its port and its passwords."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from entrepot.kernel.errors import InputError

FILE = "postgres.json"


class State(msgspec.Struct, frozen=True):
    """The remembered facts.

    Attributes
    ----------
    cluster : str
        The server's own directory, relative to the data directory when inside it, so that the whole may be moved.
        Remembered, for a new answer to "where?" would be an empty database.
    port : int
        Port on 127.0.0.1; 0 before the first start.
    password : str
        Of the role ``entrepot``, which owns the database.
    admin_password : str
        Of the superuser, used by the supervisor alone.
    """

    cluster: str
    port: int
    password: str
    admin_password: str


def new_state(cluster: Path, data_dir: Path) -> State:
    """Make a state with fresh passwords."""
    inside = cluster.is_relative_to(data_dir)
    return State(
        str(cluster.relative_to(data_dir) if inside else cluster),
        0,
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(24),
    )


def read_state(data_dir: Path) -> State | None:
    """Read what was remembered; None at the first start."""
    path = data_dir / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise InputError(
            "postgres.state_unreadable",
            f"{path} does not hold the database's port and passwords ({error}).",
            "Restore it from a backup of the data directory.",
            file=str(path),
        ) from None


def write_state(data_dir: Path, state: State) -> None:
    """Remember, readable by the app's user alone, and all or nothing."""
    path = data_dir / FILE
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
