from __future__ import annotations

import pytest

from entrepot.simulator import build_retailer
from entrepot.simulator.catalogue import offer
from entrepot.simulator.places import cities, distance_km

RETAILER = build_retailer(1)


def test_the_catalogue_has_about_300_skus_with_codes_of_their_own() -> None:
    assert 280 <= len(RETAILER.skus) <= 320
    assert len({sku.code for sku in RETAILER.skus}) == len(RETAILER.skus)


def test_bar_codes_are_internal_and_their_check_digits_hold() -> None:
    for sku in RETAILER.skus:
        weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(sku.barcode))
        assert sku.barcode.startswith("29")
        assert len(sku.barcode) == 13
        assert weighted % 10 == 0


@pytest.mark.parametrize("channel", ["taobao", "douyin", "youzan", "shopify", "odoo_pos"])
def test_a_channel_gives_every_sku_its_own_id(channel: str) -> None:
    assert len({offer(channel, sku).sku_id for sku in RETAILER.skus}) == len(RETAILER.skus)


def test_variants_of_a_design_share_their_item_and_designs_do_not() -> None:
    items = {(sku.design, offer("taobao", sku).item_id) for sku in RETAILER.skus}
    assert len(items) == len({design for design, _ in items}) == len({item for _, item in items})


def test_three_centres_feed_forty_stores_each_the_nearest() -> None:
    assert [node.code for node in RETAILER.centres] == ["RDC-E", "RDC-S", "RDC-N"]
    assert len(RETAILER.stores) == 40
    for store in RETAILER.stores:
        nearest = min(RETAILER.centres, key=lambda centre: distance_km(centre.city, store.city))
        assert store.region == nearest.code


def test_places_lie_in_their_countries() -> None:
    for city in cities():
        if city.country == "CN":
            assert 18 < city.latitude < 54
            assert 73 < city.longitude < 136
            assert len(city.code) == 6


def test_every_shop_that_signs_has_a_secret_and_another_seed_has_another() -> None:
    other = build_retailer(2)
    for channel in ("taobao", "douyin", "youzan", "shopify", "kuaidi100", "sf"):
        assert RETAILER.shop(channel).secret
        assert RETAILER.shop(channel).secret != other.shop(channel).secret


def test_equal_seeds_build_equal_retailers() -> None:
    assert build_retailer(1) == RETAILER
