"""An expected refusal as the conflict it is for the caller."""

from __future__ import annotations

from typing import NoReturn

from entrepot.kernel.errors import Declined
from entrepot.kernel.outcome import Refusal


def raise_refusal(context: str, refusal: Refusal | None) -> NoReturn:
    """Raise a refusal; its reason is the last word of the code, and its last sentence says how to mend it.

    Raises
    ------
    Declined
        ``<context>.<reason>``, with the facts behind it.
    """
    assert refusal is not None
    what, _, mend = refusal.message.rpartition(". ")
    raise Declined(f"{context}.{refusal.reason}", f"{what}." if what else mend, mend if what else "", **refusal.facts)
