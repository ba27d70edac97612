"""The adapters, by channel name. A new channel is a folder here and a line in `ADAPTERS`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Final

from entrepot.hub.adapter import Adapter
from entrepot.kernel.errors import InputError

ADAPTERS: Final = (
    "taobao",
    "douyin",
    "youzan",
    "shopify",
    "odoo_pos",
    "square",
    "kuaidi100",
    "sf",
    "olist",
    "files",
    "own",
)


@cache
def adapter_of(channel: str) -> Adapter:
    """Return the adapter of a channel.

    Raises
    ------
    InputError
        ``hub.unknown_channel``.
    """
    if channel not in ADAPTERS:
        raise InputError(
            "hub.unknown_channel",
            f"There is no channel {channel!r}.",
            f"Use one of: {', '.join(ADAPTERS)}.",
            channel=channel,
        )
    adapter: Adapter = import_module(f"entrepot.hub.channels.{channel}").ADAPTER
    return adapter
