"""Kuaidi100: the captured bodies read exactly, and the project's own samples against their golden records."""

from pathlib import Path

from tests.golden.hub.golden import check_samples, of_kind, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "kuaidi100" / name).read_bytes()


def journey(shared_data: Path, name: str) -> list[tuple[object, object]]:
    read_ = read("kuaidi100", body(shared_data, name))
    assert rules(read_) == set()
    return [(fact.fields["at"], fact.fields["code"]) for fact in of_kind(read_, "tracking_event")]


def test_a_parcel_out_for_delivery(shared_data):
    assert journey(shared_data, "push_out_for_delivery_sf.json") == [
        ("2015-12-30T02:31:47Z", "out_for_delivery"),
        ("2015-12-30T02:04:14Z", "arrived"),
        ("2015-12-29T13:30:20Z", "in_transit"),
    ]


def test_a_parcel_signed_for(shared_data):
    assert [code for _, code in journey(shared_data, "push_signed_shentong.json")] == [
        "delivered",
        "in_transit",
        "picked_up",
        "in_transit",
        "in_transit",
        "picked_up",
    ]


def test_a_parcel_in_a_station_by_the_name_of_its_state(shared_data):
    assert journey(shared_data, "push_resultv2_locker_2026.json") == [("2026-10-12T01:30:00Z", "ready_for_pickup")]


def test_a_query_reads_like_a_push(shared_data):
    assert journey(shared_data, "query_poll_response.json") == [
        ("2015-04-28T07:46:48Z", "delivered"),
        ("2015-04-28T00:47:46Z", "out_for_delivery"),
    ]


def test_the_projects_samples_give_their_golden_records():
    check_samples("kuaidi100")
