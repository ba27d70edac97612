"""Cards for the tests, small enough to be computed by hand; money in fen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from entrepot.delivery import Place, RateCard, Tariff
from entrepot.delivery.calendar import Calendar
from entrepot.delivery.tariff import Bracket, Carrier, Lane

EAST = Place("CN", "江苏省", "苏州市", node="RDC-E")
HANGZHOU = Place("CN", "浙江省", "杭州市", "310000")
LHASA = Place("CN", "西藏自治区", "拉萨市", "850000")
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # ten in the morning in Shanghai
FIRST_AND_MORE = (Bracket(None, base=800, first_g=1000, step_g=1000, step_price=200),)
BREAKS = (
    Bracket(500, base=500),
    Bracket(2000, base=900),
    Bracket(None, base=0, step_g=1000, step_price=480),
)


def lane(destination: str = "*", zone: str | None = "A", days: int = 2, origin: str = "*", why: str = "") -> Lane:
    return Lane(origin, destination, zone, days, why)


def card(carrier: str = "ZTO", service: str = "standard", **given: Any) -> RateCard:
    lanes = given.pop("lanes", [lane()])
    values: dict[str, Any] = {
        "currency": "CNY",
        "valid_from": date(2026, 1, 1),
        "brackets": {"A": FIRST_AND_MORE},
        "lanes": {(one.origin, one.destination): one for one in lanes},
        **given,
    }
    return RateCard(carrier, service, **values)


def tariff(*cards: RateCard, **given: Any) -> Tariff:
    carriers = {one.carrier: Carrier(one.carrier, Calendar()) for one in cards}
    return Tariff(carriers=given.pop("carriers", carriers), cards=cards, **given)


def every_day(at: time) -> dict[int, time]:
    return dict.fromkeys(range(1, 8), at)
