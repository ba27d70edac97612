"""Pages of a list: an opaque cursor holds the key of the last row shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from entrepot.kernel.errors import InputError

LONGEST_PAGE: Final = 500

Row = TypeVar("Row")
Key = str | int | float


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and where to go on; ``next`` is None on the last page."""

    items: list[Row]
    next: str | None


def page_size(limit: int) -> int:
    """Keep a wished page size between 1 and `LONGEST_PAGE`."""
    return max(1, min(limit, LONGEST_PAGE))


def plain(text: str | None) -> str | None:
    """Replace NUL characters: no stored text has them and PostgreSQL refuses the question."""
    return None if text is None else text.replace("\x00", "\ufffd")


def encode_cursor(key: Sequence[Key]) -> str:
    """Write a row's key as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type[Key]]) -> list[Key]:
    """Read a cursor back.

    Parameters
    ----------
    cursor : str
        From `encode_cursor`.
    kinds : sequence of type
        What each part must be; an int passes for a float.

    Raises
    ------
    InputError
        If it is not a cursor of this list.
    """
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[Key])
        fits = len(key) == len(kinds) and all(
            isinstance(part, kind) or (kind is float and isinstance(part, int))
            for part, kind in zip(key, kinds, strict=True)
        )
        if fits and not any(_is_unfit(part) for part in key):
            return key
    except (binascii.Error, ValueError, msgspec.DecodeError):
        pass
    raise InputError("stock.cursor", f"{cursor[:40]!r} is not a cursor of this list.", "Start from the first page.")


def _is_unfit(part: Key) -> bool:
    """Tell what the database would choke on."""
    if isinstance(part, str):
        return "\x00" in part
    return isinstance(part, int) and abs(part) >= 2**63
