from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.canonical import TRACKING
from entrepot.orders.tracking import Scan, fold_parcel

START = datetime(2026, 11, 1, tzinfo=UTC)


def _scan(minutes: int, code: str | None, carrier: str | None = None, version: int = 0, name: str = "") -> Scan:
    return Scan(START + timedelta(minutes=minutes), code, None, carrier, version, name or f"{minutes}|{code}")


_scans = st.lists(
    st.builds(_scan, st.integers(0, 5), st.sampled_from([None, *TRACKING]), st.sampled_from([None, "SF", "ZTO"])),
    min_size=1,
)


@given(_scans, st.data())
def test_scans_in_any_sequence_and_twice_give_the_same_parcel(scans: list[Scan], data: st.DataObject) -> None:
    again = data.draw(st.permutations(scans + scans[:2]))
    assert fold_parcel(again) == fold_parcel(scans)


def test_of_two_scans_in_one_second_the_one_further_on_counts() -> None:
    parcel = fold_parcel([_scan(1, "delivered"), _scan(1, "out_for_delivery")])
    assert (parcel.status, parcel.delivered_at) == ("delivered", START + timedelta(minutes=1))


def test_a_scan_after_the_delivery_does_not_undo_it() -> None:
    assert fold_parcel([_scan(1, "delivered"), _scan(2, "in_transit")]).status == "delivered"


def test_a_parcel_that_turns_back_after_its_delivery_is_not_delivered() -> None:
    parcel = fold_parcel([_scan(1, "delivered"), _scan(2, "returning")])
    assert (parcel.status, parcel.delivered_at) == ("returning", None)


def test_the_carrier_named_by_the_newest_message_counts() -> None:
    scans = [_scan(5, "in_transit", "shentong", 1), _scan(1, "picked_up", "zhongtong", 2)]
    assert fold_parcel(scans).carrier == "zhongtong"


def test_of_two_scans_under_one_id_that_name_different_carriers_one_counts_always() -> None:
    scans = [_scan(5, "created", "SF"), _scan(5, "created", "ZTO")]
    assert fold_parcel(scans) == fold_parcel(scans[::-1])


def test_a_scan_nobody_understands_moves_nothing() -> None:
    assert fold_parcel([_scan(1, "picked_up"), _scan(2, None)]).status == "picked_up"
    assert fold_parcel([_scan(2, None)]).status == "unknown"
