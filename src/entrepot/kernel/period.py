"""Half-open windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from entrepot.kernel.errors import InputError


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
