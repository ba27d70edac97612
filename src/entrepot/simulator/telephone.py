"""Orders by telephone around the east centre: the retailer's own, which its own people pick and its own vans bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from math import cos, radians
from random import Random
from typing import Final

import msgspec

from entrepot.simulator.catalogue import Sku
from entrepot.simulator.message import CHINA, NativeMessage
from entrepot.simulator.nodes import Node
from entrepot.simulator.people import Customer, People
from entrepot.simulator.places import City, chinese_cities, distance_km
from entrepot.simulator.retailer import DemoRetailer, DemoShop

SHOP: Final = DemoShop(
    "own", "hotline", "山野集订购热线", "Shanye hotline", "CNY", "Asia/Shanghai", {}, "confirmations", "RDC-E"
)
"""The shop of these orders. The simulated warehouse does not know of them: nobody reports them as gone."""

EVERY: Final = timedelta(minutes=10)
"""Between two calls, day and night: a demo may be opened at any hour."""

_REACH_KM: Final = 110.0
_SUBURBS_KM: Final = 14.0
_PICKUP_SHARE: Final = 0.15
_SAME_DAY_UNTIL: Final = 11
_KM_PER_DEGREE: Final = 111.2


class Telephone:
    """Calls as they come, each a message of the channel `own`.

    A call follows from its moment and the seed, so that a restart needs no state but where it was.

    Parameters
    ----------
    retailer : DemoRetailer
        Who is called.
    seed : int
        Of the calls.
    since : datetime
        Calls from here on.
    """

    def __init__(self, retailer: DemoRetailer, seed: int, since: datetime) -> None:
        centre = next(node for node in retailer.centres if node.code == SHOP.default_node)
        self._seed, self._skus, self.position = seed, retailer.skus, since
        self._people = People(seed)
        self._cities = [city for city in chinese_cities() if distance_km(city, centre.city) <= _REACH_KM]
        self._stores = {store.city.code: store for store in retailer.stores}

    def messages_until(self, now: datetime) -> list[NativeMessage]:
        """Give the calls since the last call of this and before `now`; moves `position` on."""
        epoch = datetime.fromtimestamp(0, CHINA)
        first, last = (-(-(moment - epoch) // EVERY) for moment in (self.position, now))
        self.position = max(self.position, now)
        return [self._call(number, epoch + number * EVERY) for number in range(first, last)]

    def _call(self, number: int, at: datetime) -> NativeMessage:
        draw = Random(f"{self._seed}|call|{number}")
        city = draw.choices(self._cities, [one.population**0.8 for one in self._cities])[0]
        customer = self._people.customer(draw.randrange(5_200), abroad=False)
        store = self._stores.get(city.code) if draw.random() < _PICKUP_SHARE else None
        document = {
            "order_id": f"H{number}",
            "version": at.isoformat(),
            "placed_at": at.isoformat(),
            "payment": "paid",
            "paid_at": at.isoformat(),
            "status": "open",
            "currency": SHOP.currency,
            "source": "telephone",
            "buyer": {"id": f"H{customer.number}", "name": customer.name, "phone": customer.phone},
            "lines": _lines(draw, self._skus),
            **(_to_a_door(draw, city, customer, at) if store is None else _to_a_store(store)),
        }
        return NativeMessage(SHOP.channel, SHOP.shop, "order", msgspec.json.encode(document), {}, at, "webhook")


def _to_a_store(store: Node) -> dict[str, object]:
    return {"mode": "pickup", "store": store.code}


def _to_a_door(draw: Random, city: City, customer: Customer, at: datetime) -> dict[str, object]:
    """Somewhere in and around the city; today if there is time, else until the afternoon of the next day."""
    north, east = (draw.gauss(0.0, _SUBURBS_KM / 2) for _ in range(2))
    district = draw.choice(city.districts)[0] if city.districts else ""
    local = at.astimezone(CHINA)
    hour, days = (20, 0) if local.hour < _SAME_DAY_UNTIL else (16, 1)
    promised = local.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return {
        "mode": "ship",
        "promised_at": promised.isoformat(),
        "address": {
            "country": "CN",
            "province": city.province,
            "city": city.name_zh,
            "district": district,
            "street": customer.address,
            "latitude": round(city.latitude + north / _KM_PER_DEGREE, 5),
            "longitude": round(city.longitude + east / _KM_PER_DEGREE / cos(radians(city.latitude)), 5),
        },
    }


def _lines(draw: Random, skus: Sequence[Sku]) -> list[dict[str, object]]:
    cumulative = list(accumulate(sku.popularity for sku in skus))
    wanted = {sku.number: sku for sku in draw.choices(skus, cum_weights=cumulative, k=draw.choice((1, 1, 2, 3)))}
    return [
        {"line_id": str(no), "sku": sku.code, "title": sku.title_zh, "qty": qty, "unit_price": sku.price,
         "line_total": sku.price * qty}
        for no, (sku, qty) in enumerate(((sku, draw.choice((1, 1, 1, 2))) for sku in wanted.values()), 1)
    ]  # fmt: skip
