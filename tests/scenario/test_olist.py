"""The real Olist marketplace through the same hub: counts and sums equal the published files exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entrepot.api.explain import explain_value
from entrepot.app import Platform, wire
from entrepot.flows.followers import catch_up
from entrepot.flows.loading import load
from entrepot.hub.channels.olist.client import count_messages, read_messages
from entrepot.hub.shops import Shop
from entrepot.infra.database import Database
from entrepot.infra.settings import Settings
from entrepot.web import api_services

SHOP = Shop("olist", "br", "Olist", currency="BRL", zone="America/Sao_Paulo", stock_policy="none")


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "olist"


@pytest.fixture(scope="module")
def olist(
    folder: Path, fresh_database_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The marketplace, loaded once."""
    with Database(fresh_database_url(), name="entrepot-test") as db:
        platform = wire(Settings(data_dir=tmp_path_factory.mktemp("olist"), demo_rate=0), db)
        with db.transaction() as conn:
            platform.shops.register(conn, SHOP)
        counts = load(platform.intake, read_messages(folder, SHOP.shop, datetime(2026, 11, 1, tzinfo=UTC)))
        assert counts["accepted"] == count_messages(folder)
        catch_up(platform.followers())  # an order may be taken beside the batch that holds its product
        yield platform


def _table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"olist_{name}_dataset.parquet")


def _centavos(column: pl.Series) -> int:
    return sum(int((Decimal(repr(value)) * 100).to_integral_exact()) for value in column)


def _one(platform: Platform, query: str, *arguments: object) -> tuple[Any, ...]:
    with platform.db.read() as conn:
        row = conn.execute(query, arguments).fetchone()
    assert row is not None
    return row


def test_counts_equal_the_source(olist: Platform, folder: Path) -> None:
    items, payments = _table(folder, "order_items"), _table(folder, "order_payments")
    assert _one(olist, "SELECT count(*) FROM orders.orders") == (_table(folder, "orders").height,)
    assert _one(olist, "SELECT count(*) FROM orders.line") == (items.height,)
    assert _one(olist, "SELECT count(*) FROM orders.payment") == (payments.height,)
    assert _one(olist, "SELECT count(*) FROM stock.sku") == (_table(folder, "products").height,)
    assert _one(olist, "SELECT count(*) FROM stock.node WHERE kind = 'marketplace'") == (
        _table(folder, "sellers").height,
    )
    shipped = _table(folder, "orders")["order_delivered_carrier_date"].is_not_null().sum()
    assert _one(olist, "SELECT count(*) FROM orders.shipment") == (shipped,)
    assert _one(olist, "SELECT count(*) FROM hub.quarantine") == (0,)


def test_price_freight_and_payment_sums_equal_the_source(olist: Platform, folder: Path) -> None:
    items, payments = _table(folder, "order_items"), _table(folder, "order_payments")
    assert _one(olist, "SELECT sum(unit_price), sum(freight) FROM orders.line") == (
        _centavos(items["price"]),
        _centavos(items["freight_value"]),
    )
    assert _one(olist, "SELECT sum(goods), sum(freight) FROM orders.orders") == (
        _centavos(items["price"]),
        _centavos(items["freight_value"]),
    )
    assert _one(olist, "SELECT sum(amount) FROM orders.payment") == (_centavos(payments["payment_value"]),)


def test_orders_without_items_are_flagged_and_kept(olist: Platform, folder: Path) -> None:
    orders = _table(folder, "orders").join(_table(folder, "order_items"), on="order_id", how="anti")
    without = orders.filter(pl.col("order_status") != "canceled").height
    assert _one(olist, "SELECT count(*) FROM hub.finding WHERE rule = 'complete.lines'") == (without,)
    assert _one(olist, "SELECT count(*) FROM orders.orders WHERE lines = 0") == (orders.height,)


def test_local_times_are_read_in_the_marketplaces_zone(olist: Platform, folder: Path) -> None:
    order = _table(folder, "orders").filter(pl.col("order_purchase_timestamp").dt.year() == 2017).row(0, named=True)
    (placed,) = _one(olist, "SELECT placed_at FROM orders.orders WHERE native_id = %s", order["order_id"])
    assert (placed.replace(tzinfo=None) - order["order_purchase_timestamp"]).total_seconds() / 3600 in {2, 3}


def test_every_line_knows_its_product(olist: Platform) -> None:
    assert _one(olist, "SELECT count(*) FROM orders.line WHERE sku IS NULL") == (0,)


def test_a_price_is_explained_to_its_bytes(olist: Platform, folder: Path) -> None:
    item = _table(folder, "order_items").row(0, named=True)
    order = f"olist:br:{item['order_id']}"
    told = explain_value(api_services(olist), order, str(item["order_item_id"]), "unit_price", in_clear=True)
    assert f'"price":{item["price"]!r}' in (told.excerpt or "")


def test_loading_again_changes_nothing(olist: Platform, folder: Path) -> None:
    before = _one(olist, "SELECT max(change), count(*) FROM orders.orders")
    stream = read_messages(folder, SHOP.shop, datetime(2026, 11, 2, tzinfo=UTC))
    counts = load(olist.intake, (message for number, message in enumerate(stream) if number % 7 == 0))
    assert set(counts) <= {"duplicate", "records"}
    assert _one(olist, "SELECT max(change), count(*) FROM orders.orders") == before
