"""Log-in throttling: counted in the database, so that all processes share it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from entrepot.kernel.errors import Refused

if TYPE_CHECKING:
    from psycopg import Connection

FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and the longest wait after more of them."""

    free: int
    longest: timedelta


# A name waits five minutes at most: longer would let anybody lock a colleague out for the day.
# An office shares one address, hence its larger allowance.
PER_NAME = Limit(free=5, longest=timedelta(minutes=5))
PER_ADDRESS = Limit(free=50, longest=timedelta(minutes=15))


def backoff(failures: int, limit: Limit) -> timedelta:
    """Return the wait after so many failures: none while free, then 1, 2, 4 ... seconds.

    Examples
    --------
    >>> [backoff(n, Limit(free=2, longest=timedelta(seconds=5))).seconds for n in range(1, 7)]
    [0, 0, 1, 2, 4, 5]
    """
    if failures <= limit.free:
        return timedelta(0)
    doublings = min(failures - limit.free - 1, 30)
    return min(timedelta(seconds=2**doublings), limit.longest)


def admit(conn: Connection, name: str, address: str, now: datetime) -> None:
    """Count an attempt before it is tried, or refuse it while a wait runs.

    Counting first keeps a burst of parallel guesses from passing together; `forgive` takes the count back on success.

    Raises
    ------
    Refused
        ``auth.too_many_attempts``, with ``retry_after_seconds``.
    """
    keys = _keys(name, address)
    for key, _ in keys:
        # An empty row first, so that the lock below exists even for a name never seen.
        conn.execute(
            "INSERT INTO auth.throttle (key, failures, last_at, blocked_until) VALUES (%s, 0, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (key, now, now),
        )
    rows = conn.execute(
        "SELECT key, failures, last_at, blocked_until FROM auth.throttle WHERE key = ANY(%s) ORDER BY key FOR UPDATE",
        ([key for key, _ in keys],),
    ).fetchall()
    blocked_until = max(row[3] for row in rows)
    if blocked_until > now:
        _refuse(blocked_until - now)
    limits = dict(keys)
    for key, failures, last_at, _ in rows:
        count = 1 if now - last_at > FORGET_AFTER else failures + 1
        conn.execute(
            "UPDATE auth.throttle SET failures = %s, last_at = %s, blocked_until = %s WHERE key = %s",
            (count, now, now + backoff(count, limits[key]), key),
        )
    conn.execute("DELETE FROM auth.throttle WHERE last_at < %s", (now - FORGET_AFTER * 2,))


def forgive(conn: Connection, name: str, address: str) -> None:
    """Forget a name's failures after a good log-in, and take this attempt off the address.

    The address keeps its other failures: one good account must not wash off guesses at others.
    """
    (name_key, _), (address_key, _) = _keys(name, address)
    conn.execute("DELETE FROM auth.throttle WHERE key = %s", (name_key,))
    conn.execute("UPDATE auth.throttle SET failures = greatest(failures - 1, 0) WHERE key = %s", (address_key,))


def _keys(name: str, address: str) -> list[tuple[str, Limit]]:
    return [(_hashed("name", name), PER_NAME), (_hashed("address", address), PER_ADDRESS)]


def _hashed(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def _refuse(wait: timedelta) -> None:
    seconds = max(1, round(wait.total_seconds()))
    raise Refused(
        "auth.too_many_attempts",
        "Too many failed log-ins from here or for this name.",
        f"Wait {seconds} s and try again.",
        retry_after_seconds=seconds,
    )
