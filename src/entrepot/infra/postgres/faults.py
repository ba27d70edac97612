"""Turns what the server says when it cannot start into an error with a way to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrepot.kernel.errors import EntrepotError, InputError, UpstreamError

PORT_TAKEN = "postgres.port_taken"
STILL_RUNNING = "postgres.still_running"


@dataclass(frozen=True, slots=True)
class Fault:
    """A pattern in the server's words and what it means."""

    pattern: str
    error: type[EntrepotError]
    code: str
    what: str
    mend: str


FAULTS = (
    Fault(
        r"No space left on device|Disk quota exceeded",
        UpstreamError,
        "postgres.disk_full",
        "The disk of the database is full.",
        "Free some space (nothing committed is lost) and start again.",
    ),
    Fault(
        r"Address already in use|could not create any TCP/IP sockets|could not bind",
        UpstreamError,
        PORT_TAKEN,
        "Another program took the database's port or socket.",
        "Start again; another port is then chosen.",
    ),
    Fault(
        r"pre-existing shared memory block|lock file \"[^\"]+\" already exists",
        UpstreamError,
        STILL_RUNNING,
        "Processes of an earlier database server still use this data directory.",
        "Wait until they end, or end them, and start again.",
    ),
    Fault(
        r"Cannot allocate memory|could not map anonymous shared memory|could not (create|resize) shared memory",
        UpstreamError,
        "postgres.no_memory",
        "The machine has not enough memory for the database.",
        "Free some memory, or lower shared_buffers in the cluster's postgresql.conf.",
    ),
    Fault(
        r"database files are incompatible with server",
        InputError,
        "postgres.version_mismatch",
        "The database was made by another version or build of PostgreSQL.",
        "Point ENTREPOT_POSTGRES_BIN at the programs it was made with.",
    ),
    Fault(
        r"password authentication failed",
        InputError,
        "postgres.state_mismatch",
        "The passwords in postgres.json are not this database's.",
        "Restore the postgres.json that was backed up with it.",
    ),
    Fault(
        r"has wrong ownership|Permission denied",
        InputError,
        "postgres.wrong_owner",
        "The database's files belong to another user.",
        "Start as the user who made the data directory, or choose another ENTREPOT_DATA_DIR.",
    ),
    Fault(
        r"unrecognized configuration parameter|invalid value for parameter|configuration file .* contains errors",
        InputError,
        "postgres.bad_configuration",
        "The cluster's postgresql.conf holds a setting the server does not take.",
        "Correct it.",
    ),
)


def explain(said: str, doing: str) -> EntrepotError:
    """Name the fault behind the server's words.

    Parameters
    ----------
    said : str
        Its log since the attempt began.
    doing : str
        What was attempted: "start", "be created".

    Returns
    -------
    EntrepotError
        With a stable code; ``postgres.failed`` when the words are unknown. The last words are quoted.
    """
    for fault in FAULTS:
        if re.search(fault.pattern, said):
            words = _telling_words(said, fault.pattern)
            return fault.error(fault.code, f"The database could not {doing}. {fault.what} {words}", fault.mend)
    words = _telling_words(said, "PANIC:")
    return UpstreamError("postgres.failed", f"The database could not {doing}. {words}", "See its log.")


def _telling_words(said: str, pattern: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(rf"{pattern}|(FATAL|PANIC|ERROR|error|HINT|DETAIL):", line)]
    words = " / ".join((telling or lines)[-4:])[:600]
    return f'It says: "{words}".' if words else "It says nothing."
