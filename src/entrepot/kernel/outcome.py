"""Expected refusals are values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something expected was not done.

    Parameters
    ----------
    reason : str
        One of the closed list its context documents.
    message : str
        What, why and how to mend.
    facts : dict
        The numbers behind it.
    """

    reason: str
    message: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """Either a value or a refusal; never both."""

    value: T | None = None
    refusal: Refusal | None = None

    @property
    def is_done(self) -> bool:
        """Whether there is no refusal."""
        return self.refusal is None
