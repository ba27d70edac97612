"""What is left of an open order's way: nothing is concluded from what is not known of it yet."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from entrepot.orders.promise.calendar import make_calendar
from entrepot.orders.promise.history import NEVER, day_number
from entrepot.orders.promise.reading import history_of
from entrepot.orders.promise.remaining import observe_stages
from tests.unit.orders.promise_orders import made_up

TODAY = day_number(date(2024, 6, 3))
HORIZON = 30


def test_an_order_whose_node_is_not_known_yet_waits_as_long_as_others() -> None:
    # One in ten is called off before anybody sends it, and so its node is never known.
    orders = made_up(days=180)
    off = pl.int_range(pl.len()) % 10 == 0
    nobody = [pl.when(~off).then(name).alias(name) for name in ("shipped_at", "delivered_at")]
    nobody.append(pl.when(off).then(pl.lit("")).otherwise("node").alias("node"))
    called_off = pl.when(off).then(pl.col("placed_at") + pl.duration(days=20)).alias("closed_at")
    history, _ = history_of(orders.with_columns(*nobody, called_off))
    stages = observe_stages(history.as_of(TODAY), make_calendar(None, TODAY + 2 * HORIZON + 1), TODAY, HORIZON)
    placed = history.placed_between(TODAY, TODAY + 1)
    fresh = history.take(placed[history.groups["node"][placed] >= 0])
    waiting = fresh.take(np.arange(len(fresh)))
    for one in (fresh, waiting):
        one.shipped[:] = NEVER
    waiting.groups["node"][:] = -1
    left, unknown = stages.still_open(fresh)[:, 14], stages.still_open(waiting)[:, 14]
    assert left.mean() < 0.25
    assert abs(unknown.mean() - left.mean()) < 0.1
