"""The form of an explanation: what the why drawer says of one figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One figure, explained."""

    title: str
    definition: str
    formula: str
    facts: str
    """Console path of the list the figure counts."""
