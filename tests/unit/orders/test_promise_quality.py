"""From distributions to dates, and how dates are judged: exact values on a handful of orders."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from entrepot.kernel.errors import InputError, NotFound
from entrepot.orders.promise.calibration import EDGES, Residuals, Window, correct, measure, no_residuals
from entrepot.orders.promise.history import NEVER, day_number
from entrepot.orders.promise.promise import given_age, late_chances, promised_ages
from entrepot.orders.promise.quality import judge
from entrepot.orders.promise.reading import history_of, read_orders_file

CURVE = np.array([[0.0, 0.1, 0.5, 1.5, 3.0, 5.0]])


def test_the_promise_is_the_day_nearest_to_the_quantile() -> None:
    # Delivered by the end of each day: 0, 10, 39, 78, 95, 99 percent.
    assert promised_ages(CURVE, 0.5).tolist() == [2]
    assert promised_ages(CURVE, 0.6).tolist() == [3]
    assert promised_ages(CURVE, 0.95).tolist() == [4]


def test_a_quantile_never_reached_promises_the_last_day() -> None:
    assert promised_ages(CURVE, 0.9999).tolist() == [5]


def test_a_quantile_of_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"1\.0 is not a share"):
        promised_ages(CURVE, 1.0)


def test_an_order_that_has_waited_has_only_the_rest_before_it() -> None:
    left = given_age(CURVE, np.array([3]))
    np.testing.assert_allclose(left, [[0.0, 0.0, 0.0, 1.0, 2.5, 4.5]])
    np.testing.assert_allclose(given_age(CURVE, np.array([0])), CURVE)


def test_the_chance_of_being_late_is_what_is_left_at_the_date() -> None:
    np.testing.assert_allclose(late_chances(CURVE, np.array([4])), [np.exp(-3.0)])


def orders() -> pl.DataFrame:
    at = datetime(2024, 3, 1, 12)
    return pl.DataFrame(
        {
            "order_id": ["a", "b", "c", "d"],
            "placed_at": [at] * 4,
            "delivered_at": [datetime(2024, 3, 3, 9), datetime(2024, 3, 5, 9), datetime(2024, 3, 6, 9), None],
            "promised_at": [datetime(2024, 3, 5)] * 4,
            "destination": ["E", "E", "W", "W"],
        },
        schema_overrides={"delivered_at": pl.Datetime("us")},
    )


def test_late_is_after_the_promised_day_and_by_the_clock_after_its_first_moment() -> None:
    history, _ = history_of(orders())
    # 90 % is reached on the fourth day after purchase: 5 March.
    quality = judge(history, np.arange(4), np.repeat(CURVE, 4, axis=0), target_late=0.10)
    assert quality.ours.orders == 3
    assert quality.undelivered == 1
    assert quality.ours.mean_days == pytest.approx(3.5)
    assert quality.ours.late_share == pytest.approx(1 / 3)
    assert quality.ours.late_by_timestamp == pytest.approx(2 / 3)
    assert quality.incumbent == quality.ours
    assert [(group.name, group.kept.late_share) for group in quality.lanes] == [(" > E", 0.0), (" > W", 1.0)]
    (month,) = quality.months
    assert (month.name, month.coverage) == ("2024-03", pytest.approx(2 / 3))
    assert month.points_off_target == pytest.approx(100 * (2 / 3 - 0.9))


def test_a_file_without_the_incumbents_promise_is_judged_alone() -> None:
    history, _ = history_of(orders().drop("promised_at"))
    quality = judge(history, np.arange(4), np.repeat(CURVE, 4, axis=0), target_late=0.10)
    assert quality.incumbent is None
    assert quality.matched is None


def test_where_ours_are_never_late_as_often_it_is_told() -> None:
    # Promised for the day it was placed, and never kept; the quickest of ours is kept at times.
    history, _ = history_of(orders().with_columns(promised_at=datetime(2024, 3, 1)))
    quality = judge(history, np.arange(4), np.repeat(CURVE, 4, axis=0), target_late=0.10)
    assert quality.matched is not None
    assert quality.matched.late_share == max(late for _, _, late in quality.frontier) < 1.0
    assert not quality.is_matched
    as_often = judge(history_of(orders())[0], np.arange(4), np.repeat(CURVE, 4, axis=0), target_late=0.10)
    assert as_often.is_matched


def test_the_calibration_slows_the_clock_where_deliveries_lag() -> None:
    # A model that expects one delivery in two days each; half of the orders it promised are still open after four.
    curve = np.tile(np.arange(1, 11) * 0.5, (400, 1))
    placed = np.full(400, 100)
    chance = np.random.default_rng(5)
    delivered = placed + np.ceil(chance.exponential(4.0, 400)).astype(np.int64)
    never = np.full(400, NEVER)
    residuals = measure(curve, placed, delivered, never, 110, np.ones((400, 11)))
    rates = residuals.correction(np.array([110]), Window(prior=1.0))[0]
    assert rates[3] == pytest.approx(0.5, abs=0.1)
    assert np.all(correct(curve, np.broadcast_to(rates, (400, len(EDGES) - 1))) <= curve + 1e-9)


def test_the_calibration_hears_of_the_last_year_and_of_nothing_before() -> None:
    # Ten deliveries expected a day: twice as many came in the first 400 days, half as many in the next 400.
    came = np.repeat([20.0, 5.0], 400)[:, None]
    sums = np.vstack([[[0.0, 0.0]], np.cumsum(np.hstack([came, np.full_like(came, 10.0)]), axis=0)])
    residuals = Residuals(0, sums[:, :1], sums[:, 1:])
    rates = residuals.correction(np.array([400, 582, 764, 800]), Window(prior=0.0))[:, 0]
    np.testing.assert_allclose(rates, [2.0, 1.25, 0.5, 0.5])


def test_without_promises_nothing_is_corrected() -> None:
    rates = no_residuals(100).correction(np.array([100]), Window())
    np.testing.assert_allclose(correct(CURVE, rates), CURVE)


def test_a_missing_column_is_named_with_its_meaning_and_aliases(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    orders().drop("delivered_at").write_parquet(path)
    with pytest.raises(InputError) as raised:
        read_orders_file(path)
    assert "column 'delivered_at' (when it reached the customer" in str(raised.value)
    assert "'order_delivered_customer_date'" in str(raised.value)


def test_a_column_that_holds_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    orders().with_columns(weight_g=pl.lit("heavy")).write_parquet(path)
    with pytest.raises(InputError, match="column 'weight_g'"):
        read_orders_file(path)


def test_numbers_are_no_times(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    orders().with_columns(pl.col("placed_at").dt.epoch("s")).write_parquet(path)
    with pytest.raises(InputError, match=r"column .placed_at. .* holds Int64, not times"):
        read_orders_file(path)


def test_times_before_all_and_empty_texts_stand_for_no_time(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    made = orders()
    nobody = pl.int_range(pl.len()) == 0
    odd = made.with_columns(
        placed_at=pl.when(nobody).then(datetime(1, 1, 1)).otherwise("placed_at"),
        delivered_at=pl.col("delivered_at").dt.to_string("%Y-%m-%d %H:%M:%S").fill_null(" "),
        shipped_at=datetime(1970, 1, 1),
    )
    odd.write_parquet(path)
    told = read_orders_file(path)
    assert told.findings == (
        "1 times of placed_at are before 2000-01-01 and were taken for none.",
        f"{len(made):,} times of shipped_at are before 2000-01-01 and were taken for none.",
        "1 orders without a time of purchase were left out.",
    )
    assert len(told.history) == len(made) - 1
    assert (told.history.shipped == told.history.delivered).all(), "handed over by then, nobody knows when"


def test_a_file_that_is_no_parquet_says_so(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    path.write_text("order_id,placed_at\n")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_orders_file(path)
    with pytest.raises(NotFound, match="There is no file"):
        read_orders_file(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="is a folder"):
        read_orders_file(tmp_path)


def test_oddities_are_told_and_the_rest_is_kept() -> None:
    odd = pl.concat(
        [
            orders(),
            orders().head(1),
            orders().tail(1).with_columns(order_id=pl.lit("e"), placed_at=pl.lit(None, pl.Datetime("us"))),
            orders().head(1).with_columns(order_id=pl.lit("f"), delivered_at=pl.lit(datetime(2024, 2, 1))),
        ]
    )
    history, findings = history_of(odd)
    assert len(history) == 5
    assert history.delivered[history.ids == "f"].tolist() == [day_number(datetime(2024, 3, 1).date())]
    assert [finding.split(" ", 1)[1] for finding in findings] == [
        "orders without a time of purchase were left out.",
        "rows name an order again; the first row of each was kept.",
        "orders were delivered before they were placed; the day they were placed counts.",
    ]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_olists_files_are_found_beside_its_orders(tmp_path: Path, ending: str) -> None:
    at = datetime(2018, 1, 2, 3)
    folder = {
        "orders": {"order_id": ["o"], "customer_id": ["c"], "order_purchase_timestamp": [at],
                   "order_delivered_carrier_date": [at], "order_delivered_customer_date": [at],
                   "order_estimated_delivery_date": [at]},
        "order_items": {"order_id": ["o", "o"], "order_item_id": [1, 2], "product_id": ["p", "p"],
                        "seller_id": ["s", "s"], "price": [1.0, 2.0], "freight_value": [0.5, 0.5]},
        "products": {"product_id": ["p"], "product_category_name": ["toys"], "product_weight_g": [300],
                     "product_length_cm": [10], "product_height_cm": [10], "product_width_cm": [10]},
        "sellers": {"seller_id": ["s"], "seller_zip_code_prefix": ["01037"], "seller_state": ["SP"]},
        "customers": {"customer_id": ["c"], "customer_zip_code_prefix": ["20031"], "customer_state": ["RJ"]},
        "geolocation": {"geolocation_zip_code_prefix": ["01037", "20031"], "geolocation_lat": [-23.5, -22.9],
                        "geolocation_lng": [-46.6, -43.2]},
    }  # fmt: skip
    for name, columns in folder.items():
        table, path = pl.DataFrame(columns), tmp_path / f"olist_{name}_dataset.{ending}"
        table.write_parquet(path) if ending == "parquet" else table.write_csv(path)
    read = read_orders_file(tmp_path / f"olist_orders_dataset.{ending}")
    history = read.history
    assert read.country == "BR"
    assert (history.names["lane"], history.names["area"]) == (("SP > RJ",), ("200",))
    numbers = {name: float(values[0]) for name, values in history.numbers.items()}
    assert (numbers["weight_g"], numbers["volume_cm3"], numbers["goods"], numbers["items"]) == (600, 2000, 3, 2)
    assert numbers["distance_km"] == pytest.approx(354, abs=5)
