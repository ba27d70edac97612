from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.network_brunel import Assumed, Order, compare, read_day

CARDS = (
    # carrier, port, service, days, from, most, least to pay, rate, mode
    ("slow", "P1", "DTD", 3, 0.0, 99.99, 5.0, 0.1, "AIR"),
    ("own", "P1", "DTD", 2, 0.0, 99.99, 5.0, 0.5, "AIR"),
    ("own", "P1", "DTD", 2, 100.0, 500.0, 5.0, 0.25, "AIR"),
    ("lorry", "P2", "DTD", 1, 0.0, 100.0, 12.0, 20.0, "GROUND   "),
)
ORDERS = (
    # order, product, customer, plant, port, carrier, service, days, units, weight
    (1.5, 7, "ann", "A", "P1", "own", "DTD", 2, 10, 40.0),
    (2.5, 7, "bob", "A", "P1", "own", "DTD", 2, 10, 200.0),
    (3.5, 8, "bob", "A", "P1", "own", "CRF", 2, 10, 40.0),
)


def write(folder: Path) -> None:
    """Two plants: B handles dearer, and is kept for ann; each ships one order a day."""
    names = ("Order ID", "Product ID", "Customer", "Plant Code", "Origin Port", "Carrier", "Service Level", "TPT")
    tables = {
        "OrderList": pl.DataFrame(ORDERS, (*names, "Unit quantity", "Weight"), orient="row"),
        "FreightRates": pl.DataFrame(
            CARDS,
            ("Carrier", "orig_port_cd", "svc_cd", "tpt_day_cnt", "minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate",
             "mode_dsc"),
            orient="row",
        ),
        "PlantPorts": pl.DataFrame({"Plant Code": ["A", "B"], "Port": ["P1", "P2"]}),
        "ProductsPerPlant": pl.DataFrame({"Plant Code": ["A", "A", "B"], "Product ID": [7, 8, 7]}),
        "VmiCustomers": pl.DataFrame({"Plant Code": ["B"], "Customers": ["ann"]}),
        "WhCapacities": pl.DataFrame({"Plant ID": ["A", "B"], "Daily Capacity ": [1, 1]}),
        "WhCosts": pl.DataFrame({"WH": ["A", "B"], "Cost/unit": [1.0, 1.5]}),
    }  # fmt: skip
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def test_an_order_pays_its_band_and_never_less_than_the_least(tmp_path: Path) -> None:
    write(tmp_path)
    day = read_day(tmp_path)
    assert [day.cost_as_it_was(order) for order in day.orders] == [10 + 20.0, 10 + 50.0, 10.0]
    light = day.orders[0]._replace(weight=2.0)
    assert day.cost_as_it_was(light) == 10 + 5.0


def test_a_ground_rate_buys_whole_vehicles(tmp_path: Path) -> None:
    write(tmp_path)
    day = read_day(tmp_path)
    assert day.cost("B", day.orders[0]) == (15 + 20.0, 1)


def test_no_way_is_slower_than_allowed(tmp_path: Path) -> None:
    write(tmp_path)
    order = read_day(tmp_path).orders[0]
    assert read_day(tmp_path).cost("A", order) == (10 + 20.0, 2)
    assert read_day(tmp_path, later_days=1).cost("A", order) == (10 + 5.0, 3)


def test_fetched_orders_stay_at_their_port_and_rules_of_plants_are_kept(tmp_path: Path) -> None:
    write(tmp_path)
    day = read_day(tmp_path)
    ann, bob, fetched = day.orders
    assert day.cost("B", fetched) is None
    assert [day.may_ship("B", order) for order in (ann, bob, fetched)] == [True, False, False]


def test_the_day_as_it_was_is_told_with_what_it_breaks(tmp_path: Path) -> None:
    write(tmp_path)
    story = compare(tmp_path, 5.0, 1, Assumed())
    rows = {row.what: row for row in story.rows}
    assert rows["all orders, capacities left out"].after == pytest.approx(100.0)
    # One order of each plant: ann's at B, and the fetched one, which the same number of orders costs least, at A.
    one_day = rows["2 orders in 1 day of capacity"]
    assert (one_day.before, one_day.after) == (pytest.approx(40.0), pytest.approx(45.0))
    assert rows["3 orders in 2 days of capacity"].after == pytest.approx(105.0)
    assert "as it was: A: volume is 3, the limit is 1 (off by 2)" in story.notes
    assert "1 of 3 orders must wait when every plant keeps its daily capacity" in story.notes


def test_orders_that_no_number_of_days_brings_out_are_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path)
    pl.DataFrame({"Plant ID": ["A", "B"], "Daily Capacity ": [0, 1]}).write_parquet(tmp_path / "WhCapacities.parquet")
    story = compare(tmp_path, 5.0, 1, Assumed())
    assert [row.what for row in story.rows][-1] == "1 orders in 1 day of capacity"
    assert "2 of 3 orders must wait when every plant keeps its daily capacity" in story.notes


def test_the_real_list_is_priced_by_its_own_cards(shared_data: Path) -> None:
    day = read_day(shared_data / "brunel_logistics")
    some: tuple[Order, ...] = day.orders[:500]
    own = [day.cost_as_it_was(order) for order in some]
    least = [day.cost(order.plant, order) for order in some]
    assert all(cost is not None and way is not None and way[0] <= cost for cost, way in zip(own, least, strict=True))
