"""How many orders a day brings and what is in them: season, weekday, promotion, weather, chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import exp
from random import Random
from typing import Final

from entrepot.simulator.catalogue import Sku
from entrepot.simulator.weather import Sky, Weather

ONLINE: Final = ("taobao", "douyin", "youzan", "shopify")

ORDERS_PER_DAY: Final = {"taobao": 23.5, "douyin": 15.2, "youzan": 7.6, "shopify": 5.4, "till": 61.0}
"""Mean orders of an ordinary day at scale 1."""

MESSAGES_PER_DAY: Final = 496.0
"""Messages those orders cause, carriers' and the warehouse's included; the measure of the live feed's pace."""

_WEEKDAYS: Final = {
    "online": (1.02, 1.0, 0.98, 0.98, 0.95, 1.02, 1.08),
    "till": (0.78, 0.78, 0.80, 0.84, 1.02, 1.42, 1.36),
}

# Share of orders by hour of the day, Chinese time (the shop abroad sells while China sleeps).
_HOURS: Final = {
    "online": (3, 2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 6, 6, 6, 6, 6, 6, 6, 8, 10, 11, 9, 5),
    "shopify": (7, 8, 8, 7, 7, 7, 6, 6, 6, 7, 7, 6, 4, 2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6),
    "till": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 6, 0, 0),
}
_CUMULATIVE_HOURS: Final = {name: tuple(accumulate(shares)) for name, shares in _HOURS.items()}


@dataclass(frozen=True, slots=True)
class Promotion:
    """A sale: days counted from the first of the history (and again every 84), lift by channel, discount by line."""

    name_zh: str
    first_day: int
    days: int
    lift: dict[str, float]
    discount: float

    def covers(self, day: int) -> bool:
        """Tell whether the sale runs on a day."""
        return self.first_day <= day % 84 < self.first_day + self.days


PROMOTIONS: Final = (
    Promotion("山野开山节", 38, 3, {"taobao": 3.6, "douyin": 4.0, "youzan": 2.2, "till": 1.25}, 0.20),
    Promotion("秋日直播专场", 63, 1, {"douyin": 3.0}, 0.15),
    Promotion("Trail Week", 70, 3, {"shopify": 2.2}, 0.15),
)


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand of one world: a function of (day, channel, weather) plus the draws of the ``rng`` given."""

    skus: tuple[Sku, ...]
    weather: Weather
    scale: float

    def orders(self, channel: str, number: int, day: date, rng: Random) -> int:
        """Draw the orders of a channel (or all tills) on the day of this number: negative binomial."""
        mean = self.scale * ORDERS_PER_DAY[channel] * _weekday(channel, day)
        for sale in PROMOTIONS:
            if sale.covers(number):
                mean *= sale.lift.get(channel, 1.0)
        return poisson(rng.gammavariate(12.0, mean / 12.0), rng)

    def till_factor(self, region: str, day: date) -> float:
        """Weigh a region's stores on a day: rain keeps people at home."""
        return 1.0 - min(0.45, self.weather.on(region, day).rain_mm * 0.022)

    def weights(self, audience: str, region: str, day: date) -> tuple[float, ...]:
        """Give every SKU's cumulative weight for an audience ("online", "till", "abroad") on a day."""
        sky = self.weather.on("abroad" if audience == "abroad" else region, day)
        return tuple(accumulate(_weight(sku, audience, sky) for sku in self.skus))

    def shares(self, region: str, first: date) -> tuple[float, ...]:
        """Give every SKU's share of the pieces sold over the quarter from a day: what a fair planner would expect."""
        skies = [self.weather.on(region, first + timedelta(days=days)) for days in range(0, 91, 6)]
        weights = [sum(_weight(sku, "online", sky) for sky in skies) for sku in self.skus]
        return tuple(weight / sum(weights) for weight in weights)


def discount(channel: str, number: int) -> tuple[str, float]:
    """Find the sale a channel runs on a day: its name and the share off each line; ("", 0) without one."""
    for sale in PROMOTIONS:
        if sale.covers(number) and channel in sale.lift:
            return sale.name_zh, sale.discount
    return "", 0.0


def moment(channel: str, rng: Random) -> float:
    """Draw a time of day, as a fraction of the day, from the channel's shape of day."""
    shape = _CUMULATIVE_HOURS.get(channel, _CUMULATIVE_HOURS["online"])
    return (rng.choices(range(24), cum_weights=shape)[0] + rng.random()) / 24.0


def basket_size(rng: Random) -> int:
    """Draw the number of lines."""
    return rng.choices((1, 2, 3, 4), (68, 22, 7, 3))[0]


def quantity(sku: Sku, rng: Random) -> int:
    """Draw the pieces of one line: food and small goods come in twos and threes."""
    if sku.price > 20_000:
        return 1
    return rng.choices((1, 2, 3, 5), (80, 13, 5, 2) if sku.category.code == "FD" else (90, 8, 2, 0))[0]


def poisson(mean: float, rng: Random) -> int:
    """Draw a Poisson count: by inversion, from the normal law above 60."""
    if mean > 60.0:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, product, floor = 0, rng.random(), exp(-mean)
    while product > floor:
        count += 1
        product *= rng.random()
    return count


def _weekday(channel: str, day: date) -> float:
    return _WEEKDAYS["till" if channel == "till" else "online"][day.weekday()]


def _weight(sku: Sku, audience: str, sky: Sky) -> float:
    category = sku.category
    season = exp(category.warmth * (17.0 - sky.temperature) / 14.0)
    wet = 1.0 + category.rain * min(1.0, sky.rain_mm / 12.0)
    taste = {"till": category.store, "abroad": category.abroad}.get(audience, 1.0)
    return sku.popularity * season * wet * taste
