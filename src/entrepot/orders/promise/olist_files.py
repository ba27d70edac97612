"""The Olist marketplace's published files: what lies beside its orders, joined to one row an order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from entrepot.orders.promise.tables import CSV, read_table

COUNTRY: Final = "BR"
_MEASURES: Final = (
    "order_item_id", "price", "freight_value", "payment_value", "payment_sequential", "geolocation_lat",
    "geolocation_lng", "product_weight_g", "product_length_cm", "product_height_cm", "product_width_cm",
)  # fmt: skip
_MARK: Final = "order_purchase_timestamp"


def is_orders_file(columns: Sequence[str]) -> bool:
    """Tell whether a table is the published orders file, which names customers that another file describes."""
    return _MARK in columns and "customer_id" in columns and "seller_id" not in columns


def join_beside(orders: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Join what is found in the folder of the orders file; a file that is not there leaves its columns out."""
    customers = _beside(path, "customers")
    if customers is not None:
        orders = orders.join(
            customers.select("customer_id", "customer_zip_code_prefix", "customer_state"), on="customer_id", how="left"
        )
    for parts in (_goods(path), _payments(path)):
        if parts is not None:
            orders = orders.join(parts, on="order_id", how="left")
    sellers = _beside(path, "sellers")
    if sellers is not None and "seller_id" in orders.columns:
        orders = orders.join(
            sellers.select("seller_id", "seller_zip_code_prefix", "seller_state"), on="seller_id", how="left"
        )
    return _with_places(orders, path)


def _goods(path: Path) -> pl.DataFrame | None:
    items = _beside(path, "order_items")
    if items is None:
        return None
    told = [
        pl.len().alias("items"),
        pl.col("seller_id").n_unique().alias("nodes"),
        pl.col("seller_id").first(),
        pl.col("price").sum(),
        pl.col("freight_value").sum(),
    ]
    products = _beside(path, "products")
    if products is not None:
        size = pl.col("product_length_cm") * pl.col("product_height_cm") * pl.col("product_width_cm")
        items = items.join(products.with_columns(volume_cm3=size), on="product_id", how="left")
        told += [
            pl.col("product_category_name").first(),
            pl.col("product_weight_g").sum(),
            pl.col("volume_cm3").sum(),
        ]
    return items.sort("order_id", "order_item_id").group_by("order_id", maintain_order=True).agg(told)


def _payments(path: Path) -> pl.DataFrame | None:
    payments = _beside(path, "order_payments")
    if payments is None:
        return None
    by_value = payments.sort("order_id", "payment_value", "payment_sequential", descending=[False, True, False])
    return by_value.group_by("order_id", maintain_order=True).agg(pl.col("payment_type").first())


def _with_places(orders: pl.DataFrame, path: Path) -> pl.DataFrame:
    places = _beside(path, "geolocation")
    if places is None:
        return orders
    # The median of what was reported for a postcode: single reports lie on other continents.
    middle = places.group_by("geolocation_zip_code_prefix").agg(
        pl.col("geolocation_lat").median(), pl.col("geolocation_lng").median()
    )
    for who in ("customer", "seller"):
        if f"{who}_zip_code_prefix" in orders.columns:
            theirs = middle.rename(
                {
                    "geolocation_zip_code_prefix": f"{who}_zip_code_prefix",
                    "geolocation_lat": f"{who}_lat",
                    "geolocation_lng": f"{who}_lng",
                }
            )
            orders = orders.join(theirs, on=f"{who}_zip_code_prefix", how="left")
    return orders


def _beside(path: Path, what: str) -> pl.DataFrame | None:
    found = [
        file for ending in (".parquet", *CSV) for file in sorted(path.parent.glob(f"*olist_{what}_dataset{ending}"))
    ]
    if not found:
        return None
    table = read_table(found[0])
    texts = [name for name in _MEASURES if table.schema.get(name) == pl.String]
    return table.with_columns(pl.col(name).replace("", None).cast(pl.Float64) for name in texts)
