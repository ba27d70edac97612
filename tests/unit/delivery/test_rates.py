"""Prices computed by hand: first and additional weight, breaks, volume, minimum, every surcharge."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from entrepot.delivery import Parcel, Place, RateCard
from entrepot.delivery.rates import Price, chargeable_g, falls, lane_of, percent_of, price, volumetric_g
from entrepot.delivery.tariff import Bracket, Surcharge
from entrepot.kernel.errors import InputError
from tests.unit.delivery.cards import BREAKS, EAST, FIRST_AND_MORE, HANGZHOU, LHASA, card, lane

THURSDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 28)


def priced(of: RateCard, parcel: Parcel, to: Place = HANGZHOU, day: date = THURSDAY) -> Price:
    found = lane_of(of, EAST, to)
    assert found is not None
    made = price(of, parcel, found, to, day)
    assert made.value is not None, made.refusal
    return made.value


def parts(made: Price) -> dict[str, int]:
    return {part.kind: part.amount for part in made.parts}


@pytest.mark.parametrize(
    ("weight_g", "amount"), [(1, 800), (1000, 800), (1001, 1000), (2000, 1000), (2001, 1200), (10_000, 2600)]
)
def test_first_and_additional_weight(weight_g: int, amount: int) -> None:
    # 8.00 for the first kilogram, 2.00 for each one begun above it.
    assert priced(card(), Parcel(weight_g)).amount == amount


@pytest.mark.parametrize(
    ("weight_g", "amount"), [(1, 500), (500, 500), (501, 900), (2000, 900), (2001, 1440), (3000, 1440), (3001, 1920)]
)
def test_breaks_and_a_price_per_kilogram_above_them(weight_g: int, amount: int) -> None:
    assert priced(card(brackets={"A": BREAKS}), Parcel(weight_g)).amount == amount


def test_the_arithmetic_is_told() -> None:
    (part,) = priced(card(), Parcel(2500)).parts
    assert part == ("freight", 1200, "8.00 + 2 x 2.00")


def test_volume_counts_where_it_is_more_than_the_weight() -> None:
    # 40 x 30 x 25 cm = 30,000 cm3; at 6000 cm3/kg that is 5 kg.
    bulky = Parcel(1200, 400, 300, 250)
    with_volume, without = card(divisor=6000), card()
    assert (volumetric_g(with_volume, bulky), volumetric_g(without, bulky)) == (5000, 0)
    assert priced(with_volume, bulky).amount == 800 + 4 * 200
    assert priced(without, bulky).amount == 800 + 1 * 200
    assert priced(with_volume, Parcel(7000, 400, 300, 250)).chargeable_g == 7000


def test_volumetric_weight_is_rounded_up_to_a_gram_then_to_the_cards_step() -> None:
    odd = Parcel(100, 101, 101, 101)  # 1,030,301 mm3 / 6000 = 171.7 g
    assert volumetric_g(card(divisor=6000), odd) == 172
    assert chargeable_g(card(divisor=6000, weight_step_g=500), odd) == 500
    assert chargeable_g(card(divisor=6000, weight_step_g=500), Parcel(500)) == 500


def test_a_volume_without_sides_counts_too() -> None:
    assert volumetric_g(card(divisor=5000), Parcel(100, volume_mm3=10_000_000)) == 2000


def test_a_minimum_lifts_the_freight_and_is_told_apart() -> None:
    assert parts(priced(card(minimum=1000), Parcel(500))) == {"freight": 800, "minimum": 200}
    assert parts(priced(card(minimum=1000), Parcel(5000))) == {"freight": 1600}


def test_fuel_is_a_percentage_of_the_freight_after_its_minimum_half_up() -> None:
    fuel = (Surcharge("fuel", percent_bp=1250),)
    assert parts(priced(card(surcharges=fuel), Parcel(1000))) == {"freight": 800, "fuel": 100}
    assert parts(priced(card(surcharges=fuel, minimum=1003), Parcel(1000)))["fuel"] == 125  # 125.375
    assert [percent_of(100, 50), percent_of(99, 50), percent_of(300, 50)] == [1, 0, 2]


def test_remote_areas_pay_by_the_kilogram_begun_and_the_narrowest_one_counts() -> None:
    far = (
        Surcharge("remote", amount=1000, per_kg=150, destination="province:CN:西藏"),
        Surcharge("remote", amount=5000, destination="postal:CN:8500"),
    )
    assert parts(priced(card(surcharges=far), Parcel(2100), LHASA))["remote"] == 5000
    outside = Place("CN", "西藏", "日喀则市", "857000")
    assert parts(priced(card(surcharges=far), Parcel(2100), outside))["remote"] == 1000 + 3 * 150
    assert parts(priced(card(surcharges=far), Parcel(2100))) == {"freight": 1200}


def test_oversize_needs_one_limit_to_be_exceeded_and_the_dearest_counts_once() -> None:
    large = (
        Surcharge("oversize", amount=1000, over_longest_mm=1000),
        Surcharge("oversize", amount=3000, over_g=20_000, over_girth_mm=3000),
    )
    of = card(surcharges=large)
    assert parts(priced(of, Parcel(1000, 1000, 10, 10))) == {"freight": 800}
    assert parts(priced(of, Parcel(1000, 1001, 10, 10)))["oversize"] == 1000
    assert parts(priced(of, Parcel(1000, 1200, 600, 400)))["oversize"] == 3000  # 1200 + 2 x 1000 = 3200 mm
    assert parts(priced(of, Parcel(20_001)))["oversize"] == 3000


def test_weekend_pick_ups_and_dangerous_goods_cost_more() -> None:
    of = card(surcharges=(Surcharge("weekend", amount=150), Surcharge("hazmat", amount=800)), takes_hazmat=True)
    assert parts(priced(of, Parcel(1000))) == {"freight": 800}
    assert parts(priced(of, Parcel(1000), day=SATURDAY)) == {"freight": 800, "weekend": 150}
    assert parts(priced(of, Parcel(1000, is_hazmat=True))) == {"freight": 800, "hazmat": 800}


def test_a_price_is_the_sum_of_its_parts() -> None:
    many = (Surcharge("fuel", percent_bp=777), Surcharge("remote", amount=123), Surcharge("weekend", per_kg=7))
    made = priced(card(surcharges=many, minimum=990), Parcel(1700), day=SATURDAY)
    # 8.00 + 1 x 2.00 = 10.00; fuel 7.77 % = 0.777 -> 0.78; remote 1.23; two kilograms begun at 0.07.
    assert parts(made) == {"freight": 1000, "fuel": 78, "remote": 123, "weekend": 14}
    assert made.amount == 1215


@pytest.mark.parametrize(
    ("given", "parcel", "reason"),
    [
        ({"lanes": [lane(zone=None, why="row 4 could not be read.")]}, Parcel(100), "closed_lane"),
        ({}, Parcel(100, is_hazmat=True), "hazmat"),
        ({"max_longest_mm": 600}, Parcel(100, 601, 1, 1), "too_large"),
        ({"max_girth_mm": 1000}, Parcel(100, 400, 200, 101), "too_large"),
        ({"max_weight_g": 5000}, Parcel(5001), "too_heavy"),
        ({"brackets": {"A": BREAKS[:2]}}, Parcel(2001), "too_heavy"),
    ],
)
def test_what_a_card_does_not_take(given: dict[str, Any], parcel: Parcel, reason: str) -> None:
    of = card(**given)
    (found,) = of.lanes.values()
    refused = price(of, parcel, found, HANGZHOU, THURSDAY).refusal
    assert refused is not None
    assert refused.reason == reason
    assert refused.message.endswith((".", "read."))


def test_the_narrowest_destination_decides_the_lane_then_the_narrowest_origin() -> None:
    lanes = [
        lane("*", "any"),
        lane("country:CN", "country"),
        lane("province:CN:浙江", "province"),
        lane("city:CN:浙江/杭州", "city"),
        lane("city:CN:浙江/杭州", "city from here", origin="node:RDC-E"),
        lane("postal:CN:3100", "postal"),
        lane("country:CN", "here", origin="node:RDC-E"),
    ]
    of = card(lanes=lanes)
    where = {
        "postal": HANGZHOU,
        "city from here": Place("CN", "浙江", "杭州"),
        "province": Place("cn", "浙江省", "宁波市"),
        "here": Place("CN", "云南省"),
        "any": Place("US", "Texas"),
    }
    assert {zone: getattr(lane_of(of, EAST, to), "zone", None) for zone, to in where.items()} == {
        zone: zone for zone in where
    }
    assert getattr(lane_of(of, Place("CN", "北京市"), Place("CN", "云南省")), "zone", None) == "country"
    assert lane_of(card(lanes=lanes[1:2]), EAST, Place("US")) is None


def test_where_a_heavier_parcel_is_cheaper_is_found() -> None:
    # 2.00 kg cost 9.00, 2.001 kg cost 3 x 2.80 = 8.40.
    dip = (Bracket(2000, base=900), Bracket(None, base=0, step_g=1000, step_price=280))
    assert (falls(dip), falls(BREAKS), falls(FIRST_AND_MORE)) == ([2000], [], [])


@pytest.mark.parametrize("given", [{"weight_g": 0}, {"weight_g": 10, "length_mm": -1}, {"weight_g": 10**10}])
def test_a_parcel_that_cannot_be_is_refused_when_it_is_made(given: dict[str, int]) -> None:
    with pytest.raises(InputError, match="cannot be"):
        Parcel(**given)


def test_yen_have_no_decimals() -> None:
    made = priced(card(currency="JPY", brackets={"A": (Bracket(None, 800, 1000, 1000, 120),)}), Parcel(3000))
    assert (made.amount, made.currency, made.parts[0].basis) == (1040, "JPY", "800 + 2 x 120")
