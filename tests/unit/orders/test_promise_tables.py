"""Files of orders as people keep them: CSV beside Parquet, names of their own, times in many forms."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from entrepot.kernel.errors import InputError
from entrepot.orders.promise.reading import read_orders_file
from entrepot.orders.promise.tables import times_of

AT = datetime(2024, 1, 13, 17, 6)


def orders() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": ["a", "b", "c"],
            "placed_at": [AT] * 3,
            "delivered_at": [datetime(2024, 1, 15, 9), datetime(2024, 1, 18, 9), None],
        }
    )


def series(*written: str | None) -> pl.Series:
    return pl.Series("at", written, dtype=pl.String)


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-13 17:06",
        " 2024-01-13T17:06:00.000 ",
        "2024-01-13T17:06:00Z",
        "2024-01-13 17:06:00+08:00",
        "2024/1/13 17:06",
        "2024年1月13日 17:06:00",
        "20240113 17:06",
        "13/01/2024 17:06",
        "13.1.2024 17:06:00",
        "01/13/2024 05:06 PM",
    ],
)
def test_a_time_is_read_in_every_form_that_says_what_it_means(written: str) -> None:
    assert times_of(series(written, "", None)).to_list() == [AT, None, None]


def test_a_column_shows_whether_the_day_or_the_month_comes_first() -> None:
    assert times_of(series("02/01/2024", "13/01/2024"))[0] == datetime(2024, 1, 2)
    assert times_of(series("02/01/2024", "01/13/2024"))[0] == datetime(2024, 2, 1)
    assert times_of(series("2/2/2024"))[0] == datetime(2024, 2, 2)
    with pytest.raises(ValueError, match="day or month may come first; write the year first"):
        times_of(series("02/01/2024"))


@pytest.mark.parametrize("written", ["yesterday", "2024-13-01", "13/13/2024"])
def test_what_is_no_time_is_told(written: str) -> None:
    with pytest.raises(ValueError, match=f"1 of 2 are no times such as 2026-01-31 09:30: '{written}'"):
        times_of(series("2024-01-02", written))


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t")])
def test_a_csv_is_read_as_the_parquet_file_it_came_from(tmp_path: Path, encoding: str, delimiter: str) -> None:
    told = orders().with_columns(destination=pl.lit("浙江省"), weight_g=pl.lit(700))
    told.write_parquet(tmp_path / "orders.parquet")
    text = told.write_csv(separator=delimiter)
    (tmp_path / "orders.csv").write_bytes(text.encode(encoding))
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode(encoding)))
    whole = read_orders_file(tmp_path / "orders.parquet").history
    for name in ("orders.csv", "packed.csv.gz"):
        history = read_orders_file(tmp_path / name).history
        assert history.ids.tolist() == whole.ids.tolist()
        assert history.delivered.tolist() == whole.delivered.tolist()
        assert history.names["destination"] == ("浙江省",)
        assert history.numbers["weight_g"].tolist() == [700.0] * len(whole)


def test_columns_of_other_names_are_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    theirs = {"order_id": "订单号", "placed_at": "下单时间", "delivered_at": "签收时间"}
    made = orders()
    made.rename(theirs).write_csv(path)
    with pytest.raises(InputError, match=r"It has the columns 订单号, 下单时间.*--column placed_at=THEIRS"):
        read_orders_file(path)
    assert len(read_orders_file(path, theirs).history) == len(made)
    for names, match in (
        ({"placed": "下单时间"}, "no column 'placed' of ours"),
        ({"placed_at": "下单"}, "has no column '下单'"),
    ):
        with pytest.raises(InputError, match=match):
            read_orders_file(path, names)


def test_a_named_column_goes_before_one_that_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    orders().with_columns(destination=pl.lit("old"), to=pl.lit("new")).write_parquet(path)
    assert read_orders_file(path, {"destination": "to"}).history.names["destination"] == ("new",)


def test_a_csv_that_is_none_says_so(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    for body in (b"", b"a,b\n1,2,3,4\n", b"\xff\xff\xff,\n"):
        path.write_bytes(body)
        with pytest.raises(InputError, match=r"cannot be read as CSV"):
            read_orders_file(path)


def test_times_of_another_century_stand_for_none(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    made = orders()
    made.with_columns(delivered_at=datetime(9999, 12, 31), promised_at=datetime(2024, 3, 9)).write_parquet(path)
    told = read_orders_file(path)
    assert told.findings == (f"{len(made):,} times of delivered_at are from 2100-01-01 on and were taken for none.",)


def test_a_delivery_told_by_its_day_alone_is_not_before_its_order(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    orders().with_columns(delivered_at=pl.col("placed_at").dt.date()).write_parquet(path)
    assert read_orders_file(path).findings == ()


def test_orders_without_a_promise_among_others_are_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    first = pl.int_range(pl.len()) == 0
    orders().with_columns(promised_at=pl.when(~first).then(datetime(2024, 3, 9))).write_parquet(path)
    assert read_orders_file(path).findings == (
        "1 orders have no promised_at; where one of them was delivered, nothing is compared with it.",
    )
