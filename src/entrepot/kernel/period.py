"""Half-open windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from entrepot.kernel.errors import InputError

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200


def is_in_reach(at: datetime) -> bool:
    """Tell whether a moment lies between the first and the last year that the books keep.

    A database keeps moments before the year 1 and after 9999 too, as an offset makes them of the ends of a calendar,
    and no reader of ours takes them back.
    """
    return FIRST_YEAR <= at.year <= LAST_YEAR


@dataclass(frozen=True, slots=True)
class Period:
    """The window ``[start, end)``; both ends aware.

    Raises
    ------
    InputError
        If an end has no time zone or the window is turned round.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InputError("period.zone", "A period needs aware times.", "Add the time zone.")
        if self.end < self.start:
            raise InputError(
                "period.order", f"The period ends ({self.end}) before it starts ({self.start}).", "Swap its ends."
            )

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= at < self.end

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start
