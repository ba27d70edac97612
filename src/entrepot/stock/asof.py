"""As-of: the balance at a valid time, from what was known at a known time.

A snapshot of day D holds the sum of rows valid before D with ``seq <= up_to_seq``. A later fact about an earlier day
has a greater ``seq``, so it is added to the snapshot and rewrites nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from entrepot.stock.balance import Balances
from entrepot.stock.movement import Account, Movement, booked_legs


class Snapshot(NamedTuple):
    """The head of a stored snapshot."""

    id: int
    day: date
    up_to_seq: int
    taken_at: datetime

    @property
    def starts_at(self) -> datetime:
        """Return the moment before which its rows are valid: the day's midnight, UTC."""
        return datetime.combine(self.day, time(), UTC)


class Row(NamedTuple):
    """A movement as the book holds it."""

    seq: int
    recorded_at: datetime
    movement: Movement


def choose(snapshots: Iterable[Snapshot], valid: datetime, known: datetime | None) -> Snapshot | None:
    """Pick the newest snapshot that answers for a valid and a known time.

    Parameters
    ----------
    snapshots : iterable of Snapshot
        All there are.
    valid : datetime
        Balance at this moment, rows valid at it included.
    known : datetime or None
        What was recorded until then; None is all.

    Returns
    -------
    Snapshot or None
        One of a day not after ``valid``, taken not after ``known``: a later one holds rows nobody knew yet. The newest
        day wins, then the newest taken.
    """
    usable = [one for one in snapshots if one.starts_at <= valid and (known is None or one.taken_at <= known)]
    return max(usable, key=lambda one: (one.day, one.taken_at, one.id), default=None)


def is_covered(snapshot: Snapshot, seq: int, valid_at: datetime) -> bool:
    """Tell whether a snapshot already holds a row."""
    return valid_at < snapshot.starts_at and seq <= snapshot.up_to_seq


def balance(rows: Iterable[Row], valid: datetime, known: datetime | None = None) -> Balances:
    """Sum the rows valid and recorded by then: the meaning of as-of, without snapshots.

    Returns
    -------
    dict of Account to int
        Accounts that are not zero.
    """
    balances: defaultdict[Account, int] = defaultdict(int)
    for row in rows:
        if row.movement.valid_at <= valid and (known is None or row.recorded_at <= known):
            for leg in booked_legs(row.movement):
                balances[leg.account] += leg.delta
    return {account: qty for account, qty in balances.items() if qty}
