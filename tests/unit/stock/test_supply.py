"""Supply files, and how long lanes take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from entrepot.kernel.errors import InputError
from entrepot.stock.supply import FEWEST_TRIPS, LaneTimes, SupplyLine, Trip, due_after, lane_times, read_lines

CHINA = timezone(timedelta(hours=8))


def test_trips_under_way_make_a_lane_slower_not_faster() -> None:
    ended = [Trip(hours, True) for hours in (20, 22, 24, 26, 28)]
    assert lane_times(ended) == LaneTimes(20, 24, 28, 5)
    waiting = lane_times([*ended, *(Trip(30, False) for _ in range(5))])
    assert waiting == LaneTimes(20, 28, 30, 5)


def test_a_trip_that_just_began_says_nothing() -> None:
    ended = [Trip(hours, True) for hours in (20, 22, 24, 26, 28)]
    assert lane_times([*ended, Trip(1, False), Trip(2, False)]) == LaneTimes(20, 24, 28, 5)


def test_too_few_ended_trips_are_no_lane_time() -> None:
    assert lane_times([Trip(20, True)] * (FEWEST_TRIPS - 1) + [Trip(50, False)] * 9) is None
    assert lane_times([]) is None


def test_goods_are_due_their_lanes_time_after_they_left() -> None:
    left = datetime(2026, 11, 2, tzinfo=UTC)
    assert due_after(left, LaneTimes(24, 30, 48, 9)) == tuple(left + timedelta(hours=hours) for hours in (24, 30, 48))


def test_one_date_stands_for_all_quantiles_in_the_retailers_zone() -> None:
    row = {"id": "PO1/1", "sku": "A-1", "node": "DC", "qty": "12", "due": "2026-11-30", "doc": "PO1"}
    due = datetime(2026, 11, 30, tzinfo=CHINA)
    assert read_lines([row], 7, CHINA) == [
        SupplyLine("PO1/1", "purchase", "A-1", "DC", 12, 7, doc="PO1", due_p10=due, due_p50=due, due_p90=due)
    ]


def test_whole_numbers_of_a_spreadsheet_are_whole_and_halves_are_not() -> None:
    assert read_lines([{"id": "1", "sku": "A", "node": "DC", "qty": 5.0}], 1, UTC)[0].qty == 5
    with pytest.raises(InputError, match="no whole number"):
        read_lines([{"id": "1", "sku": "A", "node": "DC", "qty": 5.5}], 1, UTC)


@pytest.mark.parametrize("cells", [{"due": "0001-01-01"}, {"due": "9999-12-31"}, {"sent_at": "1900-01-01"}])
def test_a_date_that_stands_for_none_is_no_date(cells: dict[str, str]) -> None:
    with pytest.raises(InputError, match="a time is not between 1970 and 2200; leave it empty where it is not known"):
        read_lines([{"id": "1", "sku": "A", "node": "DC", "qty": "5", **cells}], 1, CHINA)


def test_more_pieces_than_a_book_counts_are_refused() -> None:
    with pytest.raises(InputError, match="qty and received are 0 to"):
        read_lines([{"id": "1", "sku": "A", "node": "DC", "qty": "9" * 18}], 1, UTC)


def test_every_row_that_cannot_be_read_is_named_at_once() -> None:
    rows = [
        {"id": "1", "sku": "A", "node": "DC", "qty": "five"},
        {"id": "2", "sku": "A", "node": "DC", "qty": "5"},
        {"id": "3", "sku": "", "node": "DC", "qty": "5", "kind": "wish"},
        {"id": "4", "sku": "A", "node": "DC", "qty": "5", "due": "soon"},
        {"id": "5", "sku": "A", "node": "DC", "qty": "5", "due_p10": "2026-11-09", "due": "2026-11-01"},
        {"id": "6", "menge": "5"},
    ]
    with pytest.raises(InputError) as caught:
        read_lines(rows, 1, UTC)
    message = caught.value.message
    for part in (
        "5 rows", "row 2: qty 'five'", "row 4: Supply '3' cannot be read: id, sku and node must be given; kind 'wish'",
        "row 5: due 'soon' is no date", "row 6: Supply '5'", "row 7: there is no column menge",
    ):  # fmt: skip
        assert part in message, part
    assert "nothing was taken" in caught.value.mend
