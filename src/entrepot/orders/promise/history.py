"""What happened to past orders, as arrays: the facts that every model of this package learns from. Pure.

Days are civil days of the retailer, counted from `EPOCH`. A fact that did not happen, or is not known, is `NEVER`;
`History.as_of` turns all that happened later into that, which is the one door through which time is respected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Days: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

EPOCH: Final = date(2000, 1, 1)
NEVER: Final = 1_000_000

GROUPS: Final = (
    "node", "origin", "destination", "area", "origin_area", "lane", "category", "payment", "carrier",
)  # fmt: skip
"""What an order shares with others, each a code into `History.names`."""

NUMBERS: Final = (
    "hour", "distance_km", "latitude", "longitude", "origin_latitude", "origin_longitude", "weight_g", "volume_cm3",
    "items", "nodes", "goods", "freight",
)  # fmt: skip
"""What is measured of an order when it is placed; NaN where it is not known."""


@dataclass(frozen=True, slots=True)
class History:
    """Orders in the sequence in which they were placed.

    Parameters
    ----------
    ids : ndarray of str, shape (n,)
        Order ids.
    placed, shipped, delivered, closed : ndarray of int, shape (n,)
        Days; ``closed`` is when it became known that no delivery follows.
    incumbent : ndarray of int, shape (n,)
        The day that was promised by whoever promised before us; compared with, never learned from.
    incumbent_late : ndarray of bool, shape (n,)
        Whether the delivery came after the incumbent's very timestamp.
    groups : mapping of str to ndarray of int
        Codes by name of `GROUPS`; -1 where unknown.
    names : mapping of str to tuple of str
        What the codes mean.
    numbers : mapping of str to ndarray of float
        Measures by name of `NUMBERS`.
    """

    ids: npt.NDArray[np.str_]
    placed: Days
    shipped: Days
    delivered: Days
    closed: Days
    incumbent: Days
    incumbent_late: Bools
    groups: Mapping[str, Days]
    names: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.placed)

    def take(self, rows: Days) -> History:
        """Return some of the orders."""
        arrays = {one.name: getattr(self, one.name)[rows] for one in fields(self) if one.name not in _MAPPINGS}
        return replace(
            self,
            **arrays,
            groups={name: codes[rows] for name, codes in self.groups.items()},
            numbers={name: values[rows] for name, values in self.numbers.items()},
        )

    def coded_as(self, other: History) -> History:
        """Return the same orders with another history's codes; what is not in it becomes unknown."""
        groups = {}
        for name, codes in self.groups.items():
            theirs = {one: code for code, one in enumerate(other.names[name])}
            translated = np.array([theirs.get(one, -1) for one in self.names[name]] + [-1], dtype=np.int64)
            groups[name] = translated[codes]  # the unknown, -1, is the last
        return replace(self, groups=groups, names=other.names)

    def as_of(self, day: int) -> History:
        """Return what was known when a day began: orders placed before it, facts that happened before it."""
        then = self.take(np.flatnonzero(self.placed < day))
        return replace(
            then,
            shipped=np.where(then.shipped < day, then.shipped, NEVER),
            delivered=np.where(then.delivered < day, then.delivered, NEVER),
            closed=np.where(then.closed < day, then.closed, NEVER),
            incumbent_late=then.incumbent_late & (then.delivered < day),
        )

    def placed_between(self, start: int, end: int) -> Days:
        """Return the rows of orders placed on days ``[start, end)``."""
        return np.flatnonzero((self.placed >= start) & (self.placed < end))


# A horizon reaches past all but a few deliveries, and ends on one of these.
_HORIZONS: Final = (30, 45, 60, 75, 90, 120)
_SHARE_WITHIN_HORIZON: Final = 0.998
_MAPPINGS: Final = ("groups", "names", "numbers")


def handed_over(history: History) -> Days:
    """Return when transit began; where no hand-over was ever told, transit is all there is."""
    return history.placed if np.all(history.shipped == NEVER) else history.shipped


def horizon_of(known: History) -> int:
    """Return the days to watch: past all but a few of the deliveries known."""
    waited = (known.delivered - known.placed)[known.delivered < NEVER]
    if not len(waited):
        return _HORIZONS[0]
    longest = float(np.quantile(waited, _SHARE_WITHIN_HORIZON))
    return next((days for days in _HORIZONS if days > longest), _HORIZONS[-1])


def day_number(day: date) -> int:
    """Return a date as days since `EPOCH`.

    Examples
    --------
    >>> day_number(date(2000, 1, 31))
    30
    """
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """Return the date of a day number.

    Examples
    --------
    >>> date_of(30)
    datetime.date(2000, 1, 31)
    """
    return EPOCH + timedelta(days=int(number))


def encode(values: npt.NDArray[np.str_]) -> tuple[Days, tuple[str, ...]]:
    """Give names codes; the empty name has none.

    Examples
    --------
    >>> codes, names = encode(np.array(["SP", "", "RJ", "SP"]))
    >>> codes.tolist(), names
    ([1, -1, 0, 1], ('RJ', 'SP'))
    """
    names, codes = np.unique(values, return_inverse=True)
    is_named = len(names) == 0 or names[0] != ""
    return codes.astype(np.int64) - (0 if is_named else 1), tuple(map(str, names if is_named else names[1:]))
