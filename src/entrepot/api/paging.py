"""Pages of a list: an opaque cursor says where the last one ended."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from entrepot.kernel.errors import InputError

MOST: Final = 500
Row = TypeVar("Row")
Key = TypeVar("Key")


class Page(BaseModel, Generic[Row]):
    """Some rows of a list."""

    items: list[Row]
    next: Annotated[str | None, Field(description="cursor of the next page; null on the last")] = None
    total: Annotated[int | None, Field(description="rows in all, where that is known cheaply")] = None


class Paged(BaseModel):
    """Parameters of every list; what a list does not know is refused, so that no filter is lost by a slip."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST, description="rows a page")] = 50
    cursor: Annotated[str | None, Field(max_length=2000, description="`next` of the page before")] = None


def encode_cursor(*key: str | int | datetime | None) -> str:
    """Write the key of the last row shown."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, shape: type[Key]) -> Key | None:
    """Read a cursor back; None stays None.

    Parameters
    ----------
    cursor : str or None
        From `encode_cursor`.
    shape : type
        The key's: a tuple type.

    Raises
    ------
    InputError
        ``api.bad_cursor`` when it is not a cursor of this list.
    """
    if cursor is None:
        return None
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        return msgspec.json.decode(packed, type=shape)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise bad_cursor(cursor) from None


def bad_cursor(cursor: str) -> InputError:
    """Return the error for a cursor that is not of this list."""
    return InputError(
        "api.bad_cursor",
        f"{cursor[:40]!r} is not a cursor of this list in this sequence.",
        "Start from the first page, and pass on each reply's 'next' unchanged.",
    )
