"""Reads the Olist data set (Parquet or CSV files as published) and joins it to one message an order, product, seller.

The join is by key and in the files' own sequence, so the same files give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from entrepot.hub.adapter import RawMessage
from entrepot.kernel.errors import InputError

_FILES: Final = {
    "orders": "olist_orders_dataset",
    "items": "olist_order_items_dataset",
    "payments": "olist_order_payments_dataset",
    "customers": "olist_customers_dataset",
    "products": "olist_products_dataset",
    "sellers": "olist_sellers_dataset",
    "geolocation": "olist_geolocation_dataset",
    "categories": "product_category_name_translation",
}
_TEXT: Final = ("customer_zip_code_prefix", "seller_zip_code_prefix", "geolocation_zip_code_prefix")
_ROWS = 5000
_encode = msgspec.json.Encoder().encode


def count_messages(folder: Path) -> int:
    """Count the messages that `read_messages` will give."""
    return sum(_table(folder, name).height for name in ("orders", "products", "sellers"))


def read_messages(folder: Path, shop: str, received_at: datetime) -> Iterator[RawMessage]:
    """Read sellers, products and orders as messages.

    Parameters
    ----------
    folder : Path
        Holds the published files, ``.parquet`` or ``.csv``.
    shop : str
        The registered shop.
    received_at : datetime
        Aware.

    Raises
    ------
    InputError
        ``olist.file`` when a file is missing or lacks a column.
    """
    for topic, documents in (("seller", _sellers(folder)), ("product", _products(folder)), ("order", _orders(folder))):
        for document in documents:
            yield RawMessage("olist", shop, topic, _encode(document), received_at, transport="file")


def _table(folder: Path, name: str) -> pl.DataFrame:
    for suffix in (".parquet", ".csv"):
        path = folder / f"{_FILES[name]}{suffix}"
        if path.exists():
            if suffix == ".parquet":
                return pl.read_parquet(path)
            texts = dict.fromkeys(_TEXT, pl.String)
            return pl.read_csv(path, schema_overrides=texts, infer_schema_length=None)
    raise InputError(
        "olist.file",
        f"{folder} has no {_FILES[name]}.parquet or .csv.",
        "Give the folder of the published Olist files.",
        folder=str(folder),
    )


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, object]]:
    for part in frame.iter_slices(_ROWS):
        for row in part.iter_rows(named=True):
            yield {
                name: value.isoformat(" ") if isinstance(value, datetime) else value
                for name, value in row.items()
                if value is not None
            }


def _grouped(frame: pl.DataFrame, key: str) -> dict[object, list[dict[str, object]]]:
    groups: dict[object, list[dict[str, object]]] = {}
    for row in _rows(frame):
        groups.setdefault(row.pop(key), []).append(row)
    return groups


def _sellers(folder: Path) -> Iterator[dict[str, object]]:
    places = (
        _table(folder, "geolocation")
        .group_by("geolocation_zip_code_prefix")
        .agg(
            latitude=pl.col("geolocation_lat").median().round(6), longitude=pl.col("geolocation_lng").median().round(6)
        )
    )
    sellers = _table(folder, "sellers")
    return _rows(
        sellers.join(
            places,
            left_on="seller_zip_code_prefix",
            right_on="geolocation_zip_code_prefix",
            how="left",
            maintain_order="left",
        )
    )


def _products(folder: Path) -> Iterator[dict[str, object]]:
    english = _table(folder, "categories").rename({"product_category_name_english": "category_english"})
    return _rows(
        _table(folder, "products").join(english, on="product_category_name", how="left", maintain_order="left")
    )


def _orders(folder: Path) -> Iterator[dict[str, object]]:
    items = _grouped(_table(folder, "items").sort("order_id", "order_item_id"), "order_id")
    payments = _grouped(_table(folder, "payments").sort("order_id", "payment_sequential"), "order_id")
    customers = {row.pop("customer_id"): row for row in _rows(_table(folder, "customers"))}
    for order in _rows(_table(folder, "orders")):
        yield {
            **order,
            "customer": customers.get(order.get("customer_id"), {}),
            "items": items.get(order["order_id"], []),
            "payments": payments.get(order["order_id"], []),
        }
