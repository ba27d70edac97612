"""The choice of a carrier: what it weighs, what it refuses, what it names as decisive."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from entrepot.delivery import Choice, Parcel, Policy, Reliability, Wanted, choose
from entrepot.delivery.choice import described
from tests.unit.delivery.cards import EAST, HANGZHOU, MONDAY, card, lane, tariff

CHEAP, DEAR = card("CHEAP", lanes=[lane(days=4)]), card("DEAR", minimum=1500, lanes=[lane(days=1)])
KNOWN = tariff(CHEAP, DEAR)
SURE = Reliability(1_000_000, 0, 500)
SOON = MONDAY + timedelta(days=2)


def chosen(expected: dict[str, Reliability] | None = None, left: dict[str, int] | None = None, **given: Any) -> Choice:
    wanted = Wanted("p1", given.pop("parcel", Parcel(1000)), EAST, HANGZHOU, MONDAY, **given)

    def space(carrier: str, day: date) -> int | None:
        return (left or {}).get(carrier)

    return choose(KNOWN, wanted, lambda carrier: (expected or {}).get(carrier, SURE), space, Policy(late_cost=1000))


def carrier(choice: Choice) -> str | None:
    return choice.chosen.carrier if choice.chosen else None


def test_the_cheapest_is_taken_where_nothing_speaks_against_it() -> None:
    choice = chosen()
    assert (carrier(choice), choice.binding) == ("CHEAP", "cheapest")


def test_unreliability_has_its_price() -> None:
    # 8.00 + 80 % x 10.00 = 16.00 against 15.00 + 0.
    choice = chosen({"CHEAP": Reliability(200_000, 0, 50)})
    assert (carrier(choice), choice.binding) == ("DEAR", "reliability")
    assert [one.expected_cost for one in choice.candidates] == [1500, 1600]


def test_goods_that_get_lost_cost_their_value() -> None:
    # 1 % of 1,000.00 lost is 10.00.
    expected = {"CHEAP": Reliability(1_000_000, 10_000, 50)}
    assert carrier(chosen(expected, value=100_000)) == "DEAR"
    assert carrier(chosen(expected, value=100)) == "CHEAP"


def test_a_promise_that_would_be_broken_decides() -> None:
    choice = chosen(deliver_by=SOON)
    assert (carrier(choice), choice.binding) == ("DEAR", "too_late")


def test_a_promise_in_any_zone_is_told_in_one() -> None:
    late = chosen(deliver_by=datetime(2026, 11, 24, 19, tzinfo=ZoneInfo("Asia/Shanghai"))).candidates[-1]
    assert late.refusal is not None
    assert "promised is 2026-11-24 11:00 UTC." in late.refusal.message


def test_a_carrier_that_is_full_until_too_late_decides_as_full() -> None:
    choice = chosen(left={"CHEAP": 0})
    assert (carrier(choice), choice.binding) == ("DEAR", "no_capacity")
    refused = choice.candidates[-1]
    assert (refused.carrier, refused.quote is not None) == ("CHEAP", True)


def test_nobody_is_an_answer_too() -> None:
    choice = chosen(parcel=Parcel(1000, is_hazmat=True))
    assert (choice.chosen, choice.binding) == (None, "nobody")
    assert {one.refusal.reason for one in choice.candidates if one.refusal} == {"hazmat"}


def test_quotes_in_another_currency_are_not_compared() -> None:
    choice = chosen(currency="USD")
    assert {one.refusal.reason for one in choice.candidates if one.refusal} == {"currency"}


def test_equal_costs_go_to_the_earlier_delivery() -> None:
    both = tariff(card("A", lanes=[lane(days=3)]), card("B", lanes=[lane(days=2)]))
    wanted = Wanted("p1", Parcel(1000), EAST, HANGZHOU, MONDAY)
    assert carrier(choose(both, wanted, lambda code: SURE)) == "B"


def test_a_decision_is_written_down_with_all_its_parts() -> None:
    said = json.loads(msgspec.json.encode(described(chosen({"CHEAP": Reliability(200_000, 0, 50)}, deliver_by=None))))
    assert said["chosen"] == {"carrier": "DEAR", "service": "standard"}
    parts = {one["carrier"]: one["quote"]["parts"] for one in said["candidates"]}
    assert parts["DEAR"] == [
        {"kind": "freight", "amount": 800, "basis": "8.00"},
        {"kind": "minimum", "amount": 700, "basis": "15.00 at least"},
    ]
    assert datetime.fromisoformat(said["candidates"][0]["quote"]["deliver_by"]).tzinfo is not None
    assert said["candidates"][1] | {"quote": None} == {
        "carrier": "CHEAP", "service": "standard", "quote": None, "late_cost": 800, "loss_cost": 0,
        "expected_cost": 1600, "on_time_ppm": 200_000, "sample": 50, "reason": None, "message": None,
    }  # fmt: skip
