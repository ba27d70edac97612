from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.network_mathorcup import LATER, PLANNED, Assumed, compare, judge, largest_first, network, read_task
from entrepot.network.checker import check

PLAIN = Assumed(stock_room=0.0, output_room=0.0, day=1.0)


def write(folder: Path) -> None:
    """Three categories; the largest warehouse is dear, two small ones hold all, if the slow category lies apart."""
    stock = [(name, when, units) for when in (PLANNED, LATER) for name, units in (("a", 60), ("b", 40), ("c", 30))]
    days = [when + timedelta(days=k) for when in (PLANNED, LATER) for k in range(2)]
    sales = [(name, day, units) for day in days for name, units in (("a", 6), ("b", 1), ("c", 5 + day.day))]
    for name, rows, columns in (
        ("1_inventory", stock, ("品类", "月份", "库存量")),
        ("2_sales", sales, ("品类", "日期", "销量")),
        ("3_warehouses", [("w1", 200.0, 50.0, 90.5), ("w2", 100.0, 7.0, 20.0), ("w3", 30.0, 7.0, 20.25)],
         ("仓库", "仓容上限", "产能上限", "仓租日成本")),
        ("4_affinity", [("a", "b", 30), ("b", "a", 30), ("a", "c", 10)], ("品类1", "品类2", "关联度")),
        ("5_categories", [("a", "x", "A"), ("b", "x", "B"), ("c", "y", "C")], ("品类", "高级品类", "件型")),
    ):  # fmt: skip
        pl.DataFrame(rows, columns, orient="row").write_parquet(folder / f"attachment{name}.parquet")


def test_a_month_is_read_with_each_day_of_each_category(tmp_path: Path) -> None:
    write(tmp_path)
    task = read_task(tmp_path)
    assert task.months[PLANNED].stock.tolist() == [60, 40, 30]
    assert task.months[PLANNED].output.tolist() == [[6, 1, 6], [6, 1, 7]]
    assert task.affinity == {(0, 1): 30, (0, 2): 10}


def test_the_cheapest_warehouses_that_hold_stock_and_send_a_days_output_are_rented(tmp_path: Path) -> None:
    write(tmp_path)
    story = compare(tmp_path, 5.0, 1, PLAIN)
    assert [(row.before, row.after) for row in story.rows] == [
        (pytest.approx(130.75), pytest.approx(40.25)),
        (90.5, 40.25),
    ]
    assert "plan: 75% of affinity lies together (not sought)" in story.notes


def test_room_above_the_month_is_planned(tmp_path: Path) -> None:
    write(tmp_path)
    problem = network(read_task(tmp_path), Assumed(stock_room=0.5, output_room=0.0, day=0.5))
    assert [(one.volume, one.weight) for one in problem.classes] == [(90, 6), (60, 1), (45, 7)]


def test_the_next_month_is_put_into_the_plan(tmp_path: Path) -> None:
    write(tmp_path)
    sales = pl.read_parquet(tmp_path / "attachment2_sales.parquet")
    hot = (pl.col("品类") == "b") & (pl.col("日期") == date(2023, 5, 2))
    sales.with_columns(pl.when(hot).then(8).otherwise("销量").alias("销量")).write_parquet(
        tmp_path / "attachment2_sales.parquet"
    )
    story = compare(tmp_path, 5.0, 1, PLAIN)
    planned, later = (next(note for note in story.notes if f"plan: {name}" in note) for name in ("planned", "the next"))
    assert "output on 0 of 4 warehouse-days (100% at most)" in planned
    assert "output on 1 of 4 warehouse-days (200% at most)" in later


def test_the_real_attachments_fit_largest_first(shared_data: Path) -> None:
    task = read_task(shared_data / "mathorcup2024b")
    problem = network(task, Assumed())
    plan = largest_first(problem)
    assert plan is not None
    assert check(problem, plan).is_feasible
    assert np.all(task.months[LATER].output.sum(axis=1) > 0)
    assert judge(task, plan)[0] == f"{len(plan.sites)} warehouses"
