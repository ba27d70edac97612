"""Shops on a real database: registered, changed, found; their secrets are not there in the clear."""

from __future__ import annotations

import pytest

from entrepot.app import Platform
from entrepot.hub.shops import Shop
from entrepot.kernel.errors import InputError, NotFound

SHOP = Shop(
    "shopify", "usa", "Store", "Store", "USD", "America/New_York", "none", "RDC-E", {"webhook_secret": "hush-hush"}
)


def test_a_shop_reads_back_as_it_was_registered(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        platform.shops.register(conn, SHOP)
        platform.shops.register(conn, Shop("taobao", "usa", "同名"))
    with platform.db.read() as conn:
        assert platform.shops.get(conn, "shopify", "usa") == SHOP
        assert list(platform.shops.all(conn)) == [("shopify", "usa"), ("taobao", "usa")]
    assert (SHOP.context.currency, SHOP.context.zone) == ("USD", "America/New_York")


def test_a_registration_can_be_changed_and_keeps_secrets_that_are_not_given(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        platform.shops.register(conn, SHOP)
        platform.shops.register(conn, Shop("shopify", "usa", "Closed", is_active=False))
        found = platform.shops.get(conn, "shopify", "usa")
    assert (found.name, found.is_active, found.secrets) == ("Closed", False, SHOP.secrets)


def test_secrets_are_neither_stored_nor_shown_in_the_clear(platform: Platform) -> None:
    with platform.db.transaction() as conn:
        platform.shops.register(conn, SHOP)
        row = conn.execute("SELECT secrets FROM hub.shop").fetchone()
    assert row is not None
    assert b"hush" not in bytes(row[0])
    assert "hush" not in repr(SHOP)


def test_a_shop_that_is_not_there_is_told_apart_from_a_channel_that_is_not(platform: Platform) -> None:
    with platform.db.read() as conn:
        with pytest.raises(NotFound, match="entrepot shop add"):
            platform.shops.get(conn, "taobao", "nobody")
        with pytest.raises(InputError, match="no channel"):
            platform.shops.get(conn, "nowhere", "nobody")
