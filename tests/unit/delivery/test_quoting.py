"""Offers of all services: who quotes, who refuses and why, in which sequence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from entrepot.delivery import Counter, Parcel, Place, offers, quotes
from entrepot.delivery.calendar import Calendar
from entrepot.delivery.tariff import Bracket, Carrier, Surcharge
from tests.unit.delivery.cards import EAST, HANGZHOU, LHASA, MONDAY, card, every_day, lane, tariff


def test_the_cheapest_comes_first_then_the_earlier_then_the_name() -> None:
    known = tariff(card("YTO", minimum=900), card("SF", lanes=[lane(days=1)]), card("ZTO"), card("JT"))
    found = quotes(known, Parcel(1000), EAST, HANGZHOU, MONDAY)
    assert [(one.carrier, one.amount) for one in found] == [("SF", 800), ("JT", 800), ("ZTO", 800), ("YTO", 900)]


def test_a_quote_tells_its_days() -> None:
    known = tariff(card(), cut_offs={("RDC-E", "ZTO"): every_day(time(18, 30))})
    (one,) = quotes(known, Parcel(1000), EAST, HANGZHOU, MONDAY)
    assert (one.despatch, one.deliver_on) == (date(2026, 11, 23), date(2026, 11, 25))
    assert one.cut_off == one.leaves_by == datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    assert one.deliver_by == datetime(2026, 11, 25, 16, tzinfo=UTC)
    (free,) = quotes(tariff(card()), Parcel(1000), EAST, HANGZHOU, MONDAY)
    assert (free.cut_off, free.leaves_by) == (None, datetime(2026, 11, 23, 16, tzinfo=UTC))


def test_everybody_who_refuses_says_why() -> None:
    idle = Carrier("IDLE", Calendar(frozenset()))
    known = tariff(
        card("A", lanes=[lane("country:US")]),
        card("B", lanes=[lane(zone=None, why="row 4 could not be read.")]),
        card("C"),
        card("IDLE"),
        carriers={**{code: Carrier(code, Calendar()) for code in "ABC"}, "IDLE": idle},
    )
    said = {one.carrier: one.outcome.refusal for one in offers(known, Parcel(1000), EAST, HANGZHOU, MONDAY)}
    reasons = {code: refusal.reason if refusal else "" for code, refusal in said.items()}
    assert reasons == {"A": "no_lane", "B": "closed_lane", "C": "", "IDLE": "no_pick_up"}


def test_a_full_day_is_passed_over_and_the_price_is_that_of_the_day_it_leaves() -> None:
    known = tariff(card(surcharges=(Surcharge("weekend", amount=100),)))
    friday = datetime(2026, 11, 27, 2, tzinfo=UTC)

    def left(carrier: str, day: date) -> int | None:
        return 0 if day == date(2026, 11, 27) else 5

    (offer,) = offers(known, Parcel(1000), EAST, HANGZHOU, friday, left)
    assert offer.outcome.value is not None
    assert (offer.outcome.value.despatch, offer.outcome.value.amount) == (date(2026, 11, 28), 900)
    (full,) = offers(known, Parcel(1000), EAST, HANGZHOU, friday, lambda carrier, day: 0)
    assert full.outcome.refusal is not None
    assert full.outcome.refusal.reason == "no_capacity"


def test_of_two_valid_versions_the_newer_holds_and_one_to_come_does_not_yet() -> None:
    known = tariff(
        card(minimum=900),
        card(minimum=1000, version=2),
        card(minimum=1100, version=3, valid_from=date(2026, 11, 24)),
        card("OLD", valid_to=date(2026, 11, 23)),
    )
    assert [one.amount for one in quotes(known, Parcel(100), EAST, HANGZHOU, MONDAY)] == [1000]
    # The card changes at midnight in Shanghai, which is four in the afternoon in UTC.
    late = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert [one.amount for one in quotes(known, Parcel(100), EAST, HANGZHOU, late)] == [1100]


def test_a_remote_place_spelt_in_another_way_is_the_same_place() -> None:
    known = tariff(card(surcharges=(Surcharge("remote", amount=500, destination="province:CN:西藏"),)))
    amounts = {
        quotes(known, Parcel(100), EAST, Place("CN", name), MONDAY)[0].amount
        for name in ("西藏", "西藏自治区", " 西藏 ")
    }
    assert amounts == {1300}
    assert quotes(known, Parcel(100), EAST, LHASA, MONDAY)[0].amount == 1300


def test_the_counter_asks_what_the_quotes_say() -> None:
    idle = Carrier("IDLE", Calendar(frozenset()))
    cards = [
        card("A", lanes=[lane("country:US")]),
        card("B", lanes=[lane(zone=None, why="row 4 could not be read.")]),
        card("C", minimum=900, surcharges=(Surcharge("fuel", percent_bp=1500), Surcharge("hazmat", amount=300))),
        card("D", lanes=[lane(days=1)], max_weight_g=2_000, takes_hazmat=True, divisor=6000),
        card("IDLE"),
    ]
    carriers = {**{code: Carrier(code, Calendar()) for code in "ABCD"}, "IDLE": idle}
    known = tariff(*cards, carriers=carriers, cut_offs={("RDC-E", "D"): every_day(time(9))})
    services = Counter(known, MONDAY).services(EAST, HANGZHOU)
    for parcel in (Parcel(800), Parcel(2_500), Parcel(900, volume_mm3=9_000_000), Parcel(900, is_hazmat=True)):
        asked = {
            (one.card.carrier, amount, one.despatch, one.leaves_by, one.deliver_by)
            for one in services
            if (amount := one.amount(parcel)) is not None
        }
        made = quotes(known, parcel, EAST, HANGZHOU, MONDAY)
        assert asked == {(one.carrier, one.amount, one.despatch, one.leaves_by, one.deliver_by) for one in made}
        assert asked


def test_quotes_in_several_currencies_are_not_mixed() -> None:
    known = tariff(card("YEN", currency="JPY", brackets={"A": (Bracket(None, base=500),)}), card("ZTO"))
    asked = [(quote.carrier, quote.currency) for quote in quotes(known, Parcel(900), EAST, HANGZHOU, MONDAY)]
    assert asked == [("ZTO", "CNY"), ("YEN", "JPY")]
