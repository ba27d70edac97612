"""Each channel's and carrier's own way of telling what happened, one module per vendor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.simulator.emit import douyin, shopify, taobao, youzan
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.message import NativeMessage
from entrepot.simulator.orders import Order

_TELLERS: Final[dict[str, Callable[[Order, Happening, int], list[NativeMessage]]]] = {
    "taobao": taobao.tell,
    "douyin": douyin.tell,
    "youzan": youzan.tell,
    "shopify": shopify.tell,
}


def tell(order: Order, happening: Happening, now: int) -> list[NativeMessage]:
    """Write what the order's channel sends when something happens to an order."""
    return _TELLERS[order.shop.channel](order, happening, now)
