"""Upserts that repeats and late arrivals cannot disturb."""

from itertools import permutations

import pytest
from psycopg import Connection

from entrepot.stock import (
    Listing,
    Node,
    Sku,
    find_skus,
    sku_ids,
    upsert_listings,
    upsert_nodes,
    upsert_skus,
)

VERSIONS = [Sku("A", 1, "bb", title="old"), Sku("A", 2, "aa", title="lost tie"), Sku("A", 2, "cc", title="new")]


@pytest.mark.parametrize("order", list(permutations(VERSIONS)))
def test_the_greatest_version_stays_in_any_order(undone: Connection, order: tuple[Sku, ...]) -> None:
    for sku in order:
        upsert_skus(undone, [sku])
    assert [one.title for one in find_skus(undone, "A")] == ["new"]


def test_a_batch_may_hold_one_row_many_times(undone: Connection) -> None:
    assert upsert_skus(undone, VERSIONS) == 1
    assert upsert_skus(undone, VERSIONS) == 0
    assert [one.title for one in find_skus(undone, "a")] == ["new"]


def test_nothing_changes_nothing(undone: Connection) -> None:
    assert upsert_skus(undone, []) == upsert_nodes(undone, []) == upsert_listings(undone, []) == 0


@pytest.mark.parametrize("q", ["围巾", "ymwj", "yangmao", "scarf WOOL", "690123", "sku-9"])
def test_a_sku_is_found_by_any_of_its_names(undone: Connection, q: str) -> None:
    sku = Sku("SKU-9", 1, "aa", title="羊毛围巾", title_en="Wool scarf", barcode="6901234567892", attrs={"色": "红"})
    upsert_skus(undone, [sku, Sku("SKU-1", 1, "aa", title="袜子", barcode="111")])
    assert [one.id for one in find_skus(undone, q)] == ["SKU-9"]


def test_wildcards_and_quotes_find_only_themselves(undone: Connection) -> None:
    upsert_skus(undone, [Sku("50%", 1, "aa"), Sku("500", 1, "aa"), Sku("o'x", 1, "aa", title="\x00'); --")])
    assert [one.id for one in find_skus(undone, "50%")] == ["50%"]
    assert [one.id for one in find_skus(undone, "o'x")] == ["o'x"]


def test_nodes_are_written_with_their_pinyin(undone: Connection) -> None:
    upsert_nodes(undone, [Node("S-1", 1, "aa", name="上海一店", kind="store", latitude=31.2, longitude=121.5)])
    assert undone.execute("SELECT pinyin, latitude FROM stock.node").fetchall() == [("shang hai yi dian", 31.2)]


def test_listings_resolve_in_the_given_order(undone: Connection) -> None:
    matched = Listing("taobao", "main", "9", 1, "aa", "91", sku_id="A", how="exact", confidence=1.0)
    upsert_listings(undone, [matched, Listing("taobao", "main", "8", 1, "aa")])
    keys = [("taobao", "main", "8", ""), ("x", "y", "z", ""), ("taobao", "main", "9", "91")]
    assert sku_ids(undone, keys) == [None, None, "A"]


def test_a_match_that_is_undone_is_unmatched_again(undone: Connection) -> None:
    upsert_listings(undone, [Listing("t", "m", "9", 1, "aa", sku_id="A", how="rule", confidence=0.5)])
    upsert_listings(undone, [Listing("t", "m", "9", 2, "aa")])
    assert sku_ids(undone, [("t", "m", "9", "")]) == [None]
