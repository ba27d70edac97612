"""Orders of Olist sent from its sellers' cities: real baskets in their real sequence, real places, fitted freight.

What is real: orders, times, categories, customers' states, sellers' cities, distances, weights. What is made: stock per
category and city, laid in each month for the four weeks before by the rule of the published set-up. Cities, categories,
weights and freight of a month are taken from what lies before it; so are its prices, until the moment of the order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from benchmarks.sourcing_policies import Stream
from benchmarks.sourcing_setup import SAFETY, SCALE, UNSERVED
from entrepot.orders.sourcing import Lane, Network, Profile
from entrepot.orders.sourcing.estimate import Point, kilometres

LEAST: Final = 500  # orders of a month, and of the four weeks before it
HISTORY: Final = timedelta(days=28)
OTHER: Final = "other"
CARRIED_FROM: Final = 5  # pieces of a category that a city's sellers have sold before it counts as carried there


class Order(NamedTuple):
    """An order as it came."""

    at: datetime
    profile: Profile


class Freight(NamedTuple):
    """Fitted: freight = parcel + per_km km + (kilogram + kilogram_km km) kg, in reais; with its share explained."""

    parcel: float
    per_km: float
    kilogram: float
    kilogram_km: float
    r_squared: float


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a stream, with where each category is nearest."""

    name: str
    stream: Stream
    nearest: dict[tuple[str, str], list[str]]
    freight: Freight


def olist_months(folder: Path, nodes: int, categories: int, first: int, end: int) -> Iterator[Month]:
    """Read the months one after another; everything a month is planned from lies before it."""
    lines, places = _lines(folder), _places(folder)
    for start in _months(lines)[first:end]:
        common = _most(lines.filter(pl.col("at") < start), "category", categories)
        named = pl.when(pl.col("category").is_in(common)).then("category").otherwise(pl.lit(OTHER))
        known = lines.filter(pl.col("at") < _next(start)).with_columns(named.alias("category"))
        yield _month(start, known, _most(known.filter(pl.col("at") < start), "seller", nodes), places)


def _months(lines: pl.DataFrame) -> list[datetime]:
    """List the months that have enough orders, and enough before them to plan from."""
    times = lines.group_by("order").agg(pl.col("at").first())["at"]
    first, last = times.min(), times.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    found, start = [], first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while start <= last:
        before = ((times >= start - HISTORY) & (times < start)).sum()
        own = ((times >= start) & (times < _next(start))).sum()
        if min(before, own) >= LEAST:
            found.append(start)
        start = _next(start)
    return found


def _next(month: datetime) -> datetime:
    return (month + timedelta(days=31)).replace(day=1)


def _most(lines: pl.DataFrame, column: str, count: int) -> list[str]:
    """Return the most frequent values of a column, the first first; of equals the later name."""
    return lines[column].value_counts().sort("count", column, descending=True)[column].head(count).to_list()


def _lines(folder: Path) -> pl.DataFrame:
    read = {
        name: pl.read_parquet(folder / f"olist_{name}_dataset.parquet")
        for name in ("orders", "order_items", "sellers", "customers", "products")
    }
    return (
        read["order_items"]
        .join(read["orders"].filter(pl.col("order_status") != "canceled"), on="order_id")
        .join(read["sellers"], on="seller_id")
        .join(read["customers"], on="customer_id")
        .join(read["products"], on="product_id")
        .select(
            pl.col("order_purchase_timestamp").alias("at"),
            pl.col("order_id").alias("order"),
            pl.col("product_category_name").fill_null(OTHER).alias("category"),
            (pl.col("seller_city") + " " + pl.col("seller_state")).alias("seller"),
            pl.col("customer_state").alias("region"),
            pl.col("product_weight_g").fill_null(700).alias("weight"),
            pl.col("freight_value").alias("freight"),
        )
        .sort("at", "order", "category")
    )


def _places(folder: Path) -> dict[str, Point]:
    """Return the middle of each city (``city STATE``) and state, by medians: single points lie abroad."""
    points = pl.read_parquet(folder / "olist_geolocation_dataset.parquet")
    found = {}
    city = (pl.col("geolocation_city") + " " + pl.col("geolocation_state")).alias("place")
    for key in (city, pl.col("geolocation_state").alias("place")):
        middle = points.group_by(key).agg(pl.col("geolocation_lat").median(), pl.col("geolocation_lng").median())
        found.update({place: Point(lat, lng) for place, lat, lng in middle.iter_rows()})
    return found


def _fit(past: pl.DataFrame, places: dict[str, Point]) -> Freight:
    rows = [
        (kilometres(places[seller], places[region]), weight / 1000, freight)
        for seller, region, weight, freight in past.select("seller", "region", "weight", "freight").iter_rows()
        if seller in places
    ]
    km, kg, paid = (np.array(column) for column in zip(*rows, strict=True))
    terms = np.stack([np.ones_like(km), km, kg, kg * km], axis=1)
    fitted, *_ = np.linalg.lstsq(terms, paid, rcond=None)
    explained = 1 - float(((paid - terms @ fitted) ** 2).sum() / ((paid - paid.mean()) ** 2).sum())
    return Freight(*(max(0.0, float(one)) for one in fitted), explained)


def _orders(lines: pl.DataFrame) -> list[Order]:
    baskets = lines.group_by("order", maintain_order=True).agg(
        pl.col("at").first(), pl.col("region").first(), "category"
    )
    return [
        Order(at, Profile(region, tuple(sorted(Counter(categories).items()))))
        for at, region, categories in baskets.select("at", "region", "category").iter_rows()
    ]


def _month(start: datetime, lines: pl.DataFrame, cities: Sequence[str], places: dict[str, Point]) -> Month:
    end, past = _next(start), lines.filter(pl.col("at") < start)
    freight = _fit(past, places)
    kilograms = {
        name: weight / 1000 for name, weight in past.group_by("category").agg(pl.col("weight").median()).iter_rows()
    }
    orders = _orders(lines.filter(pl.col("at") >= start - HISTORY))
    own = [order for order in orders if order.at >= start]
    before = [order for order in orders if order.at < start]
    # Kinds of orders that come only later are among the profiles, with nothing expected of them until they have come.
    profiles = tuple(sorted({order.profile for order in orders}))
    numbers = {profile: number for number, profile in enumerate(profiles)}
    regions = sorted({profile.region for profile in profiles})
    nearest = _nearest(past, cities, regions, places, kilograms)
    stock = _stock(before, nearest, cities, kilograms, (end - start) / HISTORY)
    lanes = [lane for region in regions for lane in _lanes(region, cities, places, freight)]
    network = Network(profiles, tuple(lanes), kilograms, tuple(stock))
    stream = Stream(
        network, tuple(numbers[order.profile] for order in own), stock, _expected(orders, own, numbers, end)
    )
    return Month(f"{start:%Y-%m}", stream, nearest, freight)


def _expected(
    known: Sequence[Order], own: Sequence[Order], numbers: dict[Profile, int], end: datetime
) -> Callable[[int], list[float]]:
    """Expect what the 28 days before asked for, scaled to the days that are left; nothing later is looked at."""
    times = np.array([order.at.timestamp() for order in known])
    profiles = np.array([numbers[order.profile] for order in known])

    def expected(done: int) -> list[float]:
        now = own[done].at
        seen = (times >= (now - HISTORY).timestamp()) & (times < now.timestamp())
        counts = np.bincount(profiles[seen], minlength=len(numbers))
        return [float(one) for one in counts * ((end - now) / HISTORY)]

    return expected


def _lanes(region: str, cities: Sequence[str], places: dict[str, Point], freight: Freight) -> list[Lane]:
    lanes = []
    for city in cities:
        km = kilometres(places[city], places[region])
        parcel = SCALE * (freight.parcel + freight.per_km * km)
        lanes.append(Lane(city, region, round(parcel), round(SCALE * (freight.kilogram + freight.kilogram_km * km))))
    worst = max(lane.parcel for lane in lanes), max(lane.kilogram for lane in lanes)
    return [*lanes, Lane(UNSERVED, region, 2 * worst[0], 2 * worst[1])]


def _nearest(
    past: pl.DataFrame,
    cities: Sequence[str],
    regions: Sequence[str],
    places: dict[str, Point],
    kilograms: dict[str, float],
) -> dict[tuple[str, str], list[str]]:
    sold = {(city, category): count for city, category, count in past.group_by("seller", "category").len().iter_rows()}
    return {
        (category, region): sorted(
            (city for city in cities if sold.get((city, category), 0) >= CARRIED_FROM),
            key=lambda city, region=region: (kilometres(places[city], places[region]), city),  # type: ignore[misc]
        )
        for category in kilograms
        for region in regions
    }


def _stock(
    before: Sequence[Order],
    nearest: dict[tuple[str, str], list[str]],
    cities: Sequence[str],
    kilograms: dict[str, float],
    share: float,
) -> dict[tuple[str, str], int]:
    demand: Counter[tuple[str, str]] = Counter()
    for order in before:
        for category, qty in order.profile.basket:
            carried = nearest[category, order.profile.region]
            if carried:
                demand[carried[0], category] += qty
    return {
        (city, category): round(share * demand[city, category] + SAFETY * math.sqrt(share * demand[city, category]))
        for city in cities
        for category in kilograms
    }
