from __future__ import annotations

from datetime import date
from random import Random

from entrepot.simulator import build_retailer
from entrepot.simulator.demand import Demand, basket_size, moment, poisson
from entrepot.simulator.weather import Weather

SKUS = build_retailer(1).skus
WEATHER = Weather(1)
DEMAND = Demand(SKUS, WEATHER, 1.0)


def _share(category: str, day: date) -> float:
    weights = DEMAND.weights("online", "RDC-N", day)
    singles = [high - low for low, high in zip((0.0, *weights), weights, strict=False)]
    return sum(w for w, sku in zip(singles, SKUS, strict=True) if sku.category.code == category) / weights[-1]


def test_down_sells_in_winter_and_quick_dry_in_summer() -> None:
    assert _share("DN", date(2026, 1, 15)) > 4 * _share("DN", date(2026, 7, 15))
    assert _share("TS", date(2026, 7, 15)) > 3 * _share("TS", date(2026, 1, 15))


def test_a_cold_front_brings_colder_days() -> None:
    days = [date.fromordinal(date(2026, 3, 1).toordinal() + n) for n in range(200)]
    fronts = [WEATHER.on("RDC-N", day).temperature for day in days if WEATHER.has_cold_front("RDC-N", day)]
    assert 10 < len(fronts) < 60


def test_a_promotion_multiplies_orders() -> None:
    rng = Random(1)
    ordinary = sum(DEMAND.orders("taobao", 10, date(2026, 9, 9), rng) for _ in range(50))
    sale = sum(DEMAND.orders("taobao", 39, date(2026, 9, 9), rng) for _ in range(50))
    assert 2.8 < sale / ordinary < 4.5


def test_stores_are_fuller_on_saturday_and_emptier_in_rain() -> None:
    rng = Random(1)
    saturday = sum(DEMAND.orders("till", 10, date(2026, 9, 12), rng) for _ in range(50))
    monday = sum(DEMAND.orders("till", 10, date(2026, 9, 14), rng) for _ in range(50))
    assert saturday > 1.4 * monday
    wet = next(d for d in (date(2026, 7, n) for n in range(1, 32)) if WEATHER.on("RDC-E", d).rain_mm > 10)
    assert DEMAND.till_factor("RDC-E", wet) < 0.8


def test_food_is_not_sold_abroad() -> None:
    weights = DEMAND.weights("abroad", "RDC-S", date(2026, 9, 9))
    chosen = Random(1).choices(range(len(SKUS)), cum_weights=weights, k=3000)
    assert not any(SKUS[index].category.code == "FD" for index in chosen)


def test_tills_are_closed_at_night() -> None:
    rng = Random(1)
    assert all(10 <= moment("till", rng) * 24 < 22 for _ in range(500))


def test_poisson_has_its_mean() -> None:
    rng = Random(1)
    for mean in (0.5, 7.0, 300.0):
        drawn = sum(poisson(mean, rng) for _ in range(4000)) / 4000
        assert abs(drawn - mean) < 4 * (mean / 4000) ** 0.5
    assert {basket_size(rng) for _ in range(500)} == {1, 2, 3, 4}
