"""A parcel's status from its tracking events, whatever the sequence and repetition they come in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from entrepot.kernel.canonical import TRACKING

RANK: Final = {code: rank for rank, code in enumerate(TRACKING)}
"""Breaks ties between scans of one second that their version does not."""
UNKNOWN: Final = "unknown"
_TURNS_BACK: Final = {"returning", "returned", "refused"}


class Scan(NamedTuple):
    """What a carrier saw of a parcel; without a code where no mapping knows what it means."""

    at: datetime
    code: str | None
    place: str | None
    carrier: str | None
    version: int
    id: str


class Parcel(NamedTuple):
    """Where a parcel stands."""

    status: str
    status_at: datetime
    place: str | None
    carrier: str | None
    delivered_at: datetime | None
    events: int


def fold_parcel(scans: Iterable[Scan]) -> Parcel:
    """Fold a parcel's scans.

    Parameters
    ----------
    scans : iterable of Scan
        At least one.

    Returns
    -------
    Parcel
        The latest scan that has a code, by (time, version, rank, id, content). A delivery holds against later scans
        unless one of them turns the parcel back. The carrier is the one named last by version: services correct it.
    """
    ordered = sorted(set(scans), key=_sequence)
    last = next((scan for scan in reversed(ordered) if scan.code is not None), ordered[-1])
    delivered = next((scan for scan in ordered if scan.code == "delivered"), None)
    turned = next((scan for scan in reversed(ordered) if scan.code in _TURNS_BACK), None)
    if delivered is not None and (turned is None or turned.at < delivered.at):
        last = delivered
    elif delivered is not None:
        delivered = None
    named = max(
        (scan for scan in ordered if scan.carrier), key=lambda scan: (scan.version, scan.id, scan.carrier), default=None
    )
    return Parcel(
        last.code or UNKNOWN,
        last.at,
        last.place,
        named.carrier if named else None,
        delivered.at if delivered else None,
        len(ordered),
    )


def _sequence(scan: Scan) -> tuple[datetime, int, int, str, str, str]:
    """Order scans; what they say comes last, so that no two that differ are level."""
    return scan.at, scan.version, RANK.get(scan.code or "", -1), scan.id, scan.place or "", scan.carrier or ""
