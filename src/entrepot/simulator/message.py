"""What a channel, carrier or warehouse sends: its own bytes, and when it sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Literal, TypeAlias

Transport: TypeAlias = Literal["webhook", "poll", "file"]

CHINA: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class NativeMessage:
    """One message in the sender's own form.

    Parameters
    ----------
    channel, shop, topic : str
        Who sends it, for which shop, about what.
    body : bytes
        Exactly what travels.
    headers : mapping of str to str
        Names in lower case, as they arrive through an ASGI server.
    at : datetime
        When the sender sends it, aware, UTC.
    transport : {"webhook", "poll", "file"}
        How it reaches the hub.
    """

    channel: str
    shop: str
    topic: str
    body: bytes
    headers: Mapping[str, str]
    at: datetime
    transport: Transport


def utc(second: int) -> datetime:
    """Turn an epoch second into an aware instant."""
    return datetime.fromtimestamp(second, UTC)


def china_time(second: int | None) -> str | None:
    """Write an epoch second as Chinese platforms do: naive, UTC+8, to the second."""
    return None if second is None else datetime.fromtimestamp(second, CHINA).isoformat(" ")[:19]
