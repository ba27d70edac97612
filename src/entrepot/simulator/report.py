"""A sanity report of the demo history: ``python -m entrepot.simulator.report``. For eyes, not for tests."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from entrepot.simulator.history import history
from entrepot.simulator.message import CHINA, NativeMessage
from entrepot.simulator.retailer import build_retailer

_FIRST_WORDS = {
    "taobao": b'"status":"WAIT_SELLER_SEND_GOODS","title"',
    "douyin": b'"order_status":2,',
    "youzan": b"",
    "odoo_pos": b'"uuid"',
    "shopify": b"",
}


def report(messages: Iterable[NativeMessage]) -> str:
    """Count messages by topic, and first sights of orders by day and channel."""
    topics: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    days: dict[str, Counter[str]] = {}
    for message in messages:
        topics[message.channel, message.topic] += 1
        sizes[message.channel, message.topic] += len(message.body)
        word = _FIRST_WORDS.get(message.channel)
        if word is not None and word in message.body and message.topic in _ORDER_TOPICS:
            day = f"{message.at.astimezone(CHINA):%m-%d %a}"
            days.setdefault(day, Counter())[message.channel] += 1
    lines = [f"{count:7d} {sizes[key] / 1e6:7.2f} MB  {key[0]}/{key[1]}" for key, count in sorted(topics.items())]
    lines.append(f"{sum(topics.values()):7d} {sum(sizes.values()) / 1e6:7.2f} MB")
    lines.append("day        " + " ".join(f"{channel:>9}" for channel in _FIRST_WORDS))
    lines += [
        f"{day:10} " + " ".join(f"{counts[channel]:9d}" for channel in _FIRST_WORDS) for day, counts in days.items()
    ]
    return "\n".join(lines)


_ORDER_TOPICS = frozenset({"trade", "order", "trade_TradePaid", "orders/create", "sync_from_ui"})


if __name__ == "__main__":
    end = datetime.fromisoformat(sys.argv[1]) if len(sys.argv) > 1 else datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    print(report(history(build_retailer(7), end=end, seed=7)))
