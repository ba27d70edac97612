from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.hub.translate import translate
from entrepot.simulator import NativeMessage, build_retailer
from entrepot.simulator.places import City, city_named, distance_km
from entrepot.simulator.telephone import EVERY, SHOP, Telephone

START = datetime(2026, 11, 1, 9, 33, 20, tzinfo=UTC)
RETAILER = build_retailer(3)


def _calls(since: datetime, until: datetime) -> list[NativeMessage]:
    return Telephone(RETAILER, 3, since).messages_until(until)


def test_calls_come_at_their_pace_whoever_asks_how_often() -> None:
    whole = _calls(START, START + timedelta(hours=5))
    assert len(whole) == timedelta(hours=5) // EVERY
    assert all(START <= call.at < START + timedelta(hours=5) for call in whole)
    phone, steps = Telephone(RETAILER, 3, START), []
    for minute in range(7, 301, 7):
        steps += phone.messages_until(START + timedelta(minutes=minute))
    assert steps + phone.messages_until(START + timedelta(hours=5)) == whole


def test_a_restart_leaves_no_gap_and_no_double() -> None:
    between = START + timedelta(minutes=47, seconds=13)
    assert _calls(START, between) + _calls(between, START + timedelta(hours=3)) == _calls(
        START, START + timedelta(hours=3)
    )


def test_the_hub_understands_every_call_and_vans_can_reach_it() -> None:
    calls = _calls(START, START + timedelta(days=2))
    centre = city_named("苏州市")
    modes = set()
    for call in calls:
        raw = RawMessage(call.channel, call.shop, call.topic, call.body, call.at, {}, call.transport)
        said = translate(adapter_of("own"), raw, ShopContext(SHOP.channel, SHOP.shop, SHOP.currency, SHOP.time_zone))
        assert not said.findings
        document = msgspec.json.decode(call.body)
        modes.add(document["mode"])
        if document["mode"] == "ship":
            place, promised = document["address"], datetime.fromisoformat(document["promised_at"])
            spot = City("CN", "", "", "", "", place["latitude"], place["longitude"], 0, (), "")
            assert distance_km(centre, spot) < 180
            assert timedelta(hours=9) < promised - call.at <= timedelta(hours=29)
    assert modes == {"ship", "pickup"}
