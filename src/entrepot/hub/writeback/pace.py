"""How fast, and when again: token buckets and waits between attempts."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from entrepot.hub.writeback.writer import Rate

FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 900.0
MOST_ATTEMPTS: Final = 12
"""After so many failures, about an hour and a half, a wish is dead until somebody retries it or it changes."""

LOCKED_OUT_WAIT: Final = 300.0
THROTTLED_WAIT: Final = 5.0


class Bucket(NamedTuple):
    """Calls that may be made now, when that was so, and until when the channel wants none."""

    tokens: float
    filled_at: datetime
    closed_until: datetime | None = None


def filled(bucket: Bucket | None, rate: Rate, now: datetime) -> Bucket:
    """Let a bucket run full up to now; a shop never called before starts with a full one.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-11-02T12:00:00+00:00")
    >>> filled(Bucket(0.5, noon), Rate(2, 10), noon + timedelta(seconds=3)).tokens
    6.5
    """
    if bucket is None:
        return Bucket(rate.burst, now)
    seconds = max(0.0, (now - bucket.filled_at).total_seconds())
    return bucket._replace(tokens=min(rate.burst, bucket.tokens + seconds * rate.per_second), filled_at=now)


def is_open(bucket: Bucket, now: datetime) -> bool:
    """Tell whether a call may be made."""
    return bucket.tokens >= 1 and (bucket.closed_until is None or bucket.closed_until <= now)


def wait_seconds(attempts: int, target: str) -> float:
    """Return how long to wait after so many failed attempts: 2, 4, 8 ... seconds, up to 15 minutes.

    Parameters
    ----------
    attempts : int
        Failures so far, >= 1.
    target : str
        Its name spreads the waits by up to a half, the same way each time, so that what failed together does not
        come back together.

    Returns
    -------
    float
        Seconds.
    """
    spread = hashlib.sha256(target.encode()).digest()[0] / 512
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempts - 1)) * (1 + spread)


def later(now: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds from now."""
    return now + timedelta(seconds=seconds)
