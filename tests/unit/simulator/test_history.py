from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise

import msgspec

from entrepot.simulator import NativeMessage, build_retailer, history

from .conftest import DAYS, Past

END = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def _some(seed: int) -> list[NativeMessage]:
    return list(history(build_retailer(seed), end=END, days=4, scale=0.5, seed=seed))


def test_equal_seeds_give_equal_bytes() -> None:
    assert _some(3) == _some(3)


def test_another_seed_gives_another_past() -> None:
    assert [m.body for m in _some(3)] != [m.body for m in _some(4)]


def test_messages_come_in_time_order_within_the_window() -> None:
    messages = _some(3)
    assert all(one.at <= other.at for one, other in pairwise(messages))
    assert messages[0].at >= END - timedelta(days=4)
    assert messages[-1].at < END


def test_master_data_and_opening_stock_come_first(past: Past) -> None:
    first = [message.topic for message in past.messages[:46]]
    assert first == ["skus", "nodes", "listings"] + ["receipts"] * 43


def test_every_sender_speaks_and_the_volume_is_as_ordered(past: Past) -> None:
    counts = Counter(message.channel for message in past.messages)
    assert set(counts) == {"taobao", "douyin", "youzan", "shopify", "odoo_pos", "sf", "kuaidi100", "files"}
    assert 350 * DAYS < len(past.messages) < 650 * DAYS
    assert 45 * DAYS < counts["odoo_pos"] < 80 * DAYS


def test_scale_sets_the_number_of_orders() -> None:
    retailer = build_retailer(3)
    small = sum(1 for _ in history(retailer, end=END, days=6, scale=0.25, seed=3))
    large = sum(1 for _ in history(retailer, end=END, days=6, scale=1.0, seed=3))
    assert 2.2 * small < large


def test_no_shelf_ever_gives_what_it_does_not_hold(past: Past) -> None:
    shelf: Counter[tuple[str, str]] = Counter()
    for node, sku, units in _moves(past):
        shelf[node, sku] += units
        assert shelf[node, sku] >= 0, (node, sku)


def test_the_messages_add_up_to_the_stock_that_is_there(past: Past) -> None:
    shelf: Counter[tuple[str, str]] = Counter()
    for node, sku, units in _moves(past):
        shelf[node, sku] += units
    assert {key: units for key, units in shelf.items() if units} == {
        key: units for key, units in past.told.items() if units
    }


def test_counts_agree_with_the_books_they_show(past: Past) -> None:
    for message in past.of("files", "counts"):
        for row in csv.DictReader(StringIO(message.body.decode())):
            assert int(row["实盘数量"]) <= int(row["账面数量"])


def _moves(past: Past) -> Iterator[tuple[str, str, int]]:
    skus = {1000 + sku.number: sku.code for sku in past.retailer.skus}
    for message in past.messages:
        if message.channel == "odoo_pos":
            for order in msgspec.json.decode(message.body):
                for _, _, line in order["lines"]:
                    yield message.shop.upper(), skus[line["product_id"]], -line["qty"]
        elif message.channel == "files" and message.topic in _DIRECTIONS:
            for row in csv.DictReader(StringIO(message.body.decode())):
                yield from _DIRECTIONS[message.topic](row)


def _received(row: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    if row["质检状态"] == "良品":
        yield row["仓库编码"], row["SKU编码"], int(row["数量"])


def _transferred(row: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    if row["方向"] == "出库":
        yield row["调出仓"], row["SKU编码"], -int(row["数量"])
    else:
        yield row["调入仓"], row["SKU编码"], int(row["数量"])


def _adjusted(row: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    yield row["仓库编码"], row["SKU编码"], int(row["调整数量"])


def _gone(row: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    yield row["仓库编码"], row["SKU编码"], -int(row["数量"])


_DIRECTIONS = {
    "receipts": _received,
    "transfers": _transferred,
    "adjustments": _adjusted,
    "damage": _gone,
    "shipments": _gone,
}
