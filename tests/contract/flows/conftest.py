"""Messages for the flows' tests: Taobao trades and what surrounds them, made here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from entrepot.app import Platform
from entrepot.hub.adapter import RawMessage
from entrepot.hub.shops import Shop

RECEIVED = datetime(2026, 11, 2, 4, tzinfo=UTC)
MakeTrade = Callable[..., RawMessage]


def message(channel: str, body: object, topic: str = "", shop: str = "shop") -> RawMessage:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return RawMessage(channel, shop, topic, raw, RECEIVED)


@pytest.fixture
def make_trade() -> MakeTrade:
    """A Taobao trade; keyword arguments replace or add trade fields."""

    def make(tid: int = 41171612630246574, minute: int = 0, qty: object = 2, **fields: object) -> RawMessage:
        trade = {
            "tid": tid,
            "status": "WAIT_SELLER_SEND_GOODS",
            "created": "2026-11-02 10:00:00",
            "modified": f"2026-11-02 10:{minute:02}:00",
            "payment": "29.50",
            "total_fee": "29.50",
            "post_fee": "0.00",
            "receiver_name": "张三",
            "receiver_city": "杭州市",
            "orders": {
                "order": [{"oid": tid + 1, "num": qty, "price": "14.75", "total_fee": "29.50", "outer_sku_id": "A-1"}]
            },
            **fields,
        }
        return message("taobao", {"trade_fullinfo_get_response": {"trade": trade}})

    return make


@pytest.fixture
def shop(platform: Platform) -> Platform:
    """The platform with a Taobao shop, a till and the warehouse's files registered."""
    with platform.db.transaction() as conn:
        platform.shops.register(conn, Shop("taobao", "shop", "旗舰店"))
        platform.shops.register(conn, Shop("odoo_pos", "till", "收银", stock_policy="sales", default_node="S-1"))
        platform.shops.register(conn, Shop("kuaidi100", "shop", "快递100"))
    return platform
