from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks import network_olist
from benchmarks.network_designs import design
from benchmarks.network_olist import Assumed, cost_ways, fixed_cost, lay_out, network, replay, routes_of
from benchmarks.network_olist_lines import CUBIC, Freight, Lines, fit_freight, judge, read_lines

RATES = Freight(8.0, 0.01, 1.0, 0.001, 0.5, 0.0005)
PLACES = {"1": ("near", "SP", -23.0, -46.0), "2": ("far", "BA", -13.0, -38.0), "3": ("lost", "AM", 50.0, 10.0)}
FREE = Assumed(site_month=1.0, handling=0.0, tonne_km=0.0, stock_weeks=0.0, zones=2, sellers=1, candidates=2)


def write(folder: Path, parcels: int = 60) -> None:
    """One seller near; customers near and far, and one parcel to a postcode whose only point lies abroad."""
    random = np.random.default_rng(1)
    postcode = [*("12" * (parcels // 2)), "3"]
    grams, side = random.integers(200, 9_000, parcels + 1), random.integers(10, 40, parcels + 1)
    start = network_olist.PLANNED[0]
    at = [start + timedelta(days=6 * k) for k in range(parcels + 1)]
    key = [f"{k:03}" for k in range(parcels + 1)]
    km = {"1": 0.0, "2": 1_409.0, "3": 0.0}
    size = [int(one) ** 3 / CUBIC for one in side]
    freight = [
        sum(c * t for c, t in zip(RATES, (1, km[z], g / 1000, g / 1000 * km[z], v, v * km[z]), strict=True))
        for z, g, v in zip(postcode, grams.tolist(), size, strict=True)
    ]
    tables = {
        "orders": {"order_id": key, "customer_id": key, "order_status": ["delivered"] * len(key),
                   "order_purchase_timestamp": at},
        "order_items": {"order_id": key, "order_item_id": [1] * len(key), "product_id": key,
                        "seller_id": ["s"] * len(key), "price": [52.0] * len(key), "freight_value": freight},
        "customers": {"customer_id": key, "customer_zip_code_prefix": postcode,
                      "customer_city": [PLACES[one][0] for one in postcode],
                      "customer_state": [PLACES[one][1] for one in postcode]},
        "sellers": {"seller_id": ["s"], "seller_zip_code_prefix": ["1"], "seller_city": ["near"],
                    "seller_state": ["SP"]},
        "products": {"product_id": key, "product_weight_g": grams.tolist(),
                     **{f"product_{one}_cm": side.tolist() for one in ("length", "height", "width")}},
        "geolocation": {"geolocation_zip_code_prefix": list(PLACES),
                        "geolocation_lat": [one[2] for one in PLACES.values()],
                        "geolocation_lng": [one[3] for one in PLACES.values()]},
    }  # fmt: skip
    for name, columns in tables.items():
        pl.DataFrame(columns).write_parquet(folder / f"olist_{name}_dataset.parquet")


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    write(tmp_path)
    return read_lines(tmp_path)[0]


def test_parcels_to_places_on_no_map_are_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path)
    read, lost = read_lines(tmp_path)
    assert (len(read), lost) == (60, 1)
    assert read.customer[:2].tolist() == ["near SP", "far BA"]


def test_freight_by_weight_volume_and_distance_is_found_again(lines: Lines) -> None:
    fit = judge(fit_freight(lines), lines)
    assert fit.mean_error < 0.01
    assert fit.r_squared > 0.999


def test_a_later_period_is_not_read_for_the_fit(lines: Lines) -> None:
    past = lines.between(*network_olist.PLANNED)
    dearer = replace(lines, freight=np.where(lines.at >= np.datetime64(datetime(2017, 12, 1)), 1e6, lines.freight))
    assert len(past) == 31
    assert fit_freight(dearer.between(*network_olist.PLANNED)) == fit_freight(past)


def test_a_warehouse_near_the_far_customers_stands_when_it_pays(lines: Lines) -> None:
    layout = lay_out(lines, FREE)
    ways = cost_ways(lines, RATES, layout, FREE)
    found = design(network(ways, layout, FREE), 5.0, 1)
    assert [found.problem.sites[k].id for k in sorted(found.plan.sites)] == ["sellers: near SP", "warehouse: far BA"]
    routes = routes_of(found, layout)
    assert replay(ways, routes, layout) + fixed_cost(found) == pytest.approx(found.cost, rel=1e-4)
    dear = replace(FREE, site_month=1e6)
    straight = design(network(cost_ways(lines, RATES, layout, dear), layout, dear), 5.0, 1)
    assert straight.cost == pytest.approx(ways.straight.sum(), rel=1e-4)
    assert replay(ways, routes_of(straight, layout), layout) == pytest.approx(ways.straight.sum())


def test_the_first_half_year_of_the_real_parcels_has_a_plan(shared_data: Path) -> None:
    some = read_lines(shared_data / "olist")[0].between(datetime(2017, 6, 1), datetime(2017, 7, 1))
    small = Assumed(site_month=500.0, zones=8, sellers=3, candidates=3)
    layout = lay_out(some, small)
    ways = cost_ways(some, fit_freight(some), layout, small)
    found = design(network(ways, layout, small), 5.0, 1)
    assert found.bound <= found.cost <= ways.straight.sum() + 1.0
