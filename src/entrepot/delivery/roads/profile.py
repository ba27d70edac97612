"""How fast one drives at which time of the day."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Final, NamedTuple

from entrepot.kernel.errors import InputError

DAY: Final = 86_400
"""Seconds."""


class Slice(NamedTuple):
    """From so many seconds after midnight on, until the next slice begins, one drives at a speed."""

    begins: int
    speed_kmh: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Speeds over a day.

    Parameters
    ----------
    slices : tuple of Slice
        In order, the first at midnight; the last holds to the end of the day and after.

    Raises
    ------
    InputError
        ``roads.profile`` if they are out of order, or a speed is not above zero.
    """

    slices: tuple[Slice, ...]

    def __post_init__(self) -> None:
        fault = _fault(self.slices)
        if fault:
            mend = "Give slices in order, the first from 0 s, before 86400 s, with speeds above 0 km/h."
            raise InputError("roads.profile", f"The speed profile is not sound: {fault}.", mend)

    @classmethod
    def even(cls, speed_kmh: float) -> Profile:
        """Return one speed all day."""
        return cls((Slice(0, speed_kmh),))

    @property
    def is_even(self) -> bool:
        """Whether the speed never changes."""
        return len({one.speed_kmh for one in self.slices}) == 1


def _fault(slices: tuple[Slice, ...]) -> str:
    if not slices:
        return "it has no slice"
    if slices[0].begins != 0:
        return f"the first slice begins at {slices[0].begins} s"
    for earlier, later in pairwise(slices):
        if later.begins <= earlier.begins:
            return f"a slice from {later.begins} s follows one from {earlier.begins} s"
    if slices[-1].begins >= DAY:
        return f"a slice begins at {slices[-1].begins} s, after the day's end"
    slow = next((one for one in slices if not (isfinite(one.speed_kmh) and one.speed_kmh > 0)), None)
    return "" if slow is None else f"the speed from {slow.begins} s is {slow.speed_kmh} km/h"
