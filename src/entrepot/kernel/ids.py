"""Names of things; all are text, and the type says whose name it is."""

from __future__ import annotations

from typing import NewType

Channel = NewType("Channel", str)
Shop = NewType("Shop", str)
SkuId = NewType("SkuId", str)
NodeId = NewType("NodeId", str)
OrderId = NewType("OrderId", str)
MessageId = NewType("MessageId", str)


def native_id(channel: str, shop: str, native: str) -> str:
    """Name a channel's thing so that no two channels or shops clash.

    Examples
    --------
    >>> native_id("taobao", "flagship", "41171612630246574")
    'taobao:flagship:41171612630246574'
    """
    return f"{channel}:{shop}:{native}"
