"""Which writer a shop is written to by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from entrepot.hub.writeback.writer import Writer

PLAIN: Final = "webhook"
"""The setting ``write_as`` with this value writes plain signed JSON to any shop, whatever its channel."""

_PLAIN_CHANNEL: Final = "files"


def writer_of(channel: str, settings: Mapping[str, str]) -> Writer | None:
    """Return how a shop of a channel is written to; None when nobody has written that yet."""
    return _writer(_PLAIN_CHANNEL if settings.get("write_as") == PLAIN else channel)


@cache
def _writer(channel: str) -> Writer | None:
    name = f"entrepot.hub.channels.{channel}.write"
    if find_spec(name) is None:
        return None
    writer: Writer = import_module(name).WRITER
    return writer
