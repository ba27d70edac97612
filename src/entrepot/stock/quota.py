"""Quotas: pieces of a SKU that are kept for one channel, at a node or over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError
from entrepot.kernel.period import FIRST_YEAR, LAST_YEAR, is_in_reach
from entrepot.kernel.quantity import LARGEST_QUANTITY
from entrepot.stock.hold import name_faults

EVERYWHERE: Final = "*"
"""Node of a quota that holds over all nodes together."""

SOURCES: Final = ("manual", "forecast", "price")
"""Who says so: a person, a forecast of demand, a price of stock."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What is to be kept for a channel.

    Parameters
    ----------
    sku, node, channel : str
        Which stock, where (`EVERYWHERE` for all nodes together), for whom.
    protected : int
        Pieces the channel may sell in the period while others may not; 0 protects nothing.
    valid_from, valid_until : datetime
        The period, aware; None has no end.
    source : {"manual", "forecast", "price"}
        Who says so.

    Raises
    ------
    InputError
        ``stock.quota`` if any of it is wrong; all faults are named at once.
    """

    sku: str
    node: str
    channel: str
    protected: int
    valid_from: datetime
    valid_until: datetime | None = None
    source: str = "manual"
    actor: str | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InputError(
                "stock.quota",
                f"The quota of {self.sku[:40]!r} for {self.channel[:40]!r} is not valid: {'; '.join(faults)}.",
                "Send a SKU, a node or *, a channel, 0 or more pieces and a period.",
                faults=faults,
            )


class Quota(NamedTuple):
    """A protection in force, and how much of it its channel has drawn."""

    sku: str
    node: str
    channel: str
    protected: int
    drawn: int
    valid_from: datetime
    valid_until: datetime | None

    @property
    def rest(self) -> int:
        """What is still kept for the channel."""
        return max(self.protected - self.drawn, 0)

    def counts(self, made_at: datetime) -> bool:
        """Tell whether a hold made then draws on it."""
        return self.valid_from <= made_at and (self.valid_until is None or made_at < self.valid_until)


def _faults(given: Protection) -> Iterator[str]:
    yield from name_faults(("sku", given.sku), ("node", given.node), ("channel", given.channel), ("actor", given.actor))
    if not 0 <= given.protected <= LARGEST_QUANTITY:
        yield f"protected {given.protected} is not between 0 and {LARGEST_QUANTITY}"
    if given.source not in SOURCES:
        yield f"source {given.source!r} is none of {', '.join(SOURCES)}"
    ends = [end for end in (given.valid_from, given.valid_until) if end is not None]
    if any(end.tzinfo is None for end in ends):
        yield "a time has no time zone"
    elif not all(map(is_in_reach, ends)):
        yield f"a time is not between {FIRST_YEAR} and {LAST_YEAR}"
    elif given.valid_until is not None and given.valid_until <= given.valid_from:
        yield "the period ends before it begins"
