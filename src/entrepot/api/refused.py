"""An expected refusal as the conflict it is for the caller."""

from __future__ import annotations

from typing import NoReturn

from entrepot.kernel.errors import Conflict
from entrepot.kernel.outcome import Refusal


def raise_refusal(context: str, refusal: Refusal | None) -> NoReturn:
    """Raise a refusal; its reason is the last word of the code.

    Raises
    ------
    Conflict
        ``<context>.<reason>``, with the facts behind it.
    """
    assert refusal is not None
    raise Conflict(f"{context}.{refusal.reason}", refusal.message, "", **refusal.facts)
