"""Orders made up for the tests of the promise: two lanes, a slow node, weekends without deliveries, a regime shift."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

FIRST = datetime(2024, 1, 1)
"""A Monday."""


def made_up(
    *, days: int = 240, orders_a_day: int = 25, seed: int = 7, slow_from: int | None = None, slow: float = 1.8
) -> pl.DataFrame:
    """Make orders with our column names.

    Parameters
    ----------
    days, orders_a_day : int
        How long, how many.
    seed : int
        Of the chance.
    slow_from : int, optional
        From this day on parcels on their way take `slow` times as long.
    """
    chance = np.random.default_rng(seed)
    n = days * orders_a_day
    placed = np.sort(chance.uniform(0, days, n))
    is_far = chance.random(n) < 0.3
    is_slow_node = chance.random(n) < 0.25
    handling = chance.gamma(2.0, np.where(is_slow_node, 1.4, 0.5))
    shipped = placed + handling
    transit = 1.0 + chance.gamma(4.0, np.where(is_far, 1.9, 0.7))
    if slow_from is not None:
        # Only the days after the shift are slow, also for what was already on its way.
        before = np.clip(slow_from - shipped, 0.0, transit)
        transit = before + (transit - before) * slow
    delivered = shipped + transit
    delivered += np.where(np.floor(delivered) % 7 == 5, 2.0, np.where(np.floor(delivered) % 7 == 6, 1.0, 0.0))
    is_lost = chance.random(n) < 0.02

    def at(offsets: np.ndarray) -> list[datetime]:
        return [FIRST + timedelta(days=float(one)) for one in offsets]

    return pl.DataFrame(
        {
            "order_id": [f"o{number:06}" for number in range(n)],
            "placed_at": at(placed),
            "shipped_at": at(shipped),
            "delivered_at": [None if lost else day for lost, day in zip(is_lost, at(delivered), strict=True)],
            "promised_at": at(np.floor(placed) + 21),
            "node": np.where(is_slow_node, "N2", "N1"),
            "origin": ["East"] * n,
            "destination": np.where(is_far, "West", "East"),
            "weight_g": chance.integers(100, 5000, n).astype(float),
        },
        schema_overrides={"delivered_at": pl.Datetime("us")},
    )


def saved(orders: pl.DataFrame, folder: Path) -> Path:
    """Write orders to a Parquet file."""
    path = folder / "orders.parquet"
    orders.write_parquet(path)
    return path
