"""SF: the captured replies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

import pytest

from tests.golden.hub.golden import check_samples, kinds, of_kind, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "sf" / name).read_bytes()


def test_the_whole_journey_in_its_true_sequence(shared_data):
    events = of_kind(read("sf", body(shared_data, "openapi_v1_route_full_journey.json")), "tracking_event")
    assert len(events) == 14
    events.sort(key=lambda event: event.version)
    assert [event.fields["raw_code"] for event in events] == [
        "54", "50", "30", "31", "30", "31", "30", "31", "30", "31", "44", "204", "80", "8000",
    ]  # fmt: skip
    assert events[-1].fields["code"] == "delivered"
    assert events[-2].fields["at"] == "2017-12-21T06:56:28Z"


def test_a_route_query_of_a_parcel_just_picked_up(shared_data):
    event = one(read("sf", body(shared_data, "EXP_RECE_SEARCH_ROUTES_picked_up.json")), "tracking_event")
    assert (event["tracking_no"], event["code"]) == ("SF7444471039325", "picked_up")
    assert event["at"] == "2023-09-15T07:46:15Z"


def test_a_created_order_asks_for_its_parcels_routes(shared_data):
    fetch = one(read("sf", body(shared_data, "EXP_RECE_CREATE_ORDER_response.json")), "fetch")
    assert fetch == {"entity": "tracking", "native_id": "SF7444463102821", "reason": "SF192961670303744"}


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("EXP_RECE_CREATE_ORDER_duplicate_8016.json", "refusal"),
        ("EXP_RECE_UPDATE_ORDER_cancelled.json", "order_updated"),
        ("route_push_ack.json", "acknowledgement"),
    ],
)
def test_replies_that_tell_no_parcel_are_understood(shared_data, name, topic):
    read_ = read("sf", body(shared_data, name))
    assert (read_.topic, kinds(read_), rules(read_)) == (topic, {}, {"message.empty"})


def test_a_push_without_time_is_kept_out(shared_data):
    read_ = read("sf", body(shared_data, "route_push_minimal.json"))
    assert (kinds(read_), rules(read_)) == ({}, {"required.at"})


def test_the_projects_samples_give_their_golden_records():
    check_samples("sf")
