"""The canonical record: what a channel said, in our words."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Pii: TypeAlias = dict[str, str]
"""Personal data: ``{"state": "clear" | "masked" | "cipher" | "token" | "erased", "value": ..., "scheme": ...}``."""

Value: TypeAlias = str | int | bool | Pii | list["Value"] | None
"""Text, integers (quantities, minor units), flags, personal data and short lists; instants are ISO-8601 UTC text."""


class Fact(msgspec.Struct, frozen=True):
    """One canonical record from one message.

    Parameters
    ----------
    kind : str
        A key of `entrepot.kernel.canonical.KINDS`.
    id : str
        ``channel:shop:native``; a part's is ``<order id>/<native>``.
    parent : str or None
        The order a part belongs to.
    version : int
        The channel's own version of the entity, as microseconds since 1970; 0 where it gives none.
    fields : dict
        Values by canonical field name. A missing field says nothing; a null says "none".
    """

    kind: str
    id: str
    parent: str | None
    version: int
    fields: dict[str, Value]
