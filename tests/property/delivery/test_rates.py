"""Prices: never less for more where the card is monotone, always the sum of their parts, never a fraction."""

from __future__ import annotations

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from entrepot.delivery import Parcel, RateCard
from entrepot.delivery.rates import Price, amount_of, falls, freight, price, surcharges_at
from entrepot.delivery.tariff import Bracket, Surcharge
from tests.unit.delivery.cards import HANGZHOU, card

DAY = date(2026, 11, 28)
money = st.integers(0, 5_000)
steps = st.sampled_from([100, 500, 1000])
limits = st.lists(st.integers(1, 60).map(lambda kilograms: kilograms * 500), min_size=0, max_size=4, unique=True)


@st.composite
def brackets(draw: st.DrawFn) -> tuple[Bracket, ...]:
    bounds: list[int | None] = [*sorted(draw(limits)), None]
    return tuple(Bracket(bound, draw(money), draw(st.integers(0, 3000)), draw(steps), draw(money)) for bound in bounds)


@st.composite
def cards(draw: st.DrawFn) -> RateCard:
    percent, amount, per_kg = draw(st.integers(0, 3000)), draw(money), draw(money)
    return card(
        brackets={"A": draw(brackets())},
        divisor=draw(st.sampled_from([None, 5000, 6000, 8000])),
        weight_step_g=draw(st.sampled_from([1, 100, 500, 1000])),
        minimum=draw(money),
        surcharges=(
            Surcharge("fuel", percent_bp=percent),
            Surcharge("remote", amount=amount, per_kg=per_kg, destination="country:CN"),
            Surcharge("oversize", amount=amount, over_g=10_000),
        ),
    )


def priced(of: RateCard, parcel: Parcel) -> Price:
    (lane,) = of.lanes.values()
    made = price(of, parcel, lane, HANGZHOU, DAY)
    assert made.value is not None
    return made.value


@given(cards(), st.integers(1, 40_000), st.integers(0, 20_000), st.integers(0, 600))
def test_a_heavier_or_larger_parcel_is_never_cheaper_where_the_card_is_monotone(
    of: RateCard, weight: int, more: int, side: int
) -> None:
    assume(not falls(of.brackets["A"]))
    light, heavy = priced(of, Parcel(weight)), priced(of, Parcel(weight + more))
    assert light.amount <= heavy.amount
    assert priced(of, Parcel(weight, side, side, side)).amount >= light.amount


@given(cards(), st.integers(1, 60_000))
def test_a_price_is_the_sum_of_its_parts_and_at_least_the_minimum(of: RateCard, weight: int) -> None:
    made = priced(of, Parcel(weight, 300, 200, 100))
    assert made.amount == sum(part.amount for part in made.parts) >= of.minimum
    (lane,) = of.lanes.values()
    assert amount_of(of, Parcel(weight, 300, 200, 100), lane, surcharges_at(of, HANGZHOU, DAY)) == made.amount
    assert all(part.amount >= 0 for part in made.parts)
    assert made.chargeable_g >= max(weight, made.volumetric_g)
    assert made.chargeable_g % of.weight_step_g == 0


@given(brackets())
def test_exactly_the_falls_are_found(some: tuple[Bracket, ...]) -> None:
    def at(weight: int) -> int:
        return freight(next(one for one in some if one.up_to_g is None or weight <= one.up_to_g), weight)

    bounds = [one.up_to_g for one in some if one.up_to_g is not None]
    assert falls(some) == [bound for bound in bounds if at(bound + 1) < at(bound)]
