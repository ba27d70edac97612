"""Buckets fill with time, and waits grow to a limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from entrepot.hub.writeback.pace import LONGEST_WAIT, Bucket, filled, is_open, wait_seconds
from entrepot.hub.writeback.writer import Rate

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_a_shop_never_called_starts_with_a_full_bucket() -> None:
    assert filled(None, Rate(2, 10), NOON) == Bucket(10, NOON)


def test_a_bucket_fills_with_time_up_to_its_size() -> None:
    assert filled(Bucket(0, NOON), Rate(2, 10), NOON + timedelta(seconds=3)).tokens == 6
    assert filled(Bucket(0, NOON), Rate(2, 10), NOON + timedelta(hours=1)).tokens == 10
    assert filled(Bucket(4, NOON), Rate(2, 10), NOON - timedelta(hours=1)).tokens == 4


def test_a_bucket_is_open_with_a_whole_token_and_when_nobody_asked_to_wait() -> None:
    assert is_open(Bucket(1, NOON), NOON)
    assert not is_open(Bucket(0.9, NOON), NOON)
    closed = Bucket(5, NOON, NOON + timedelta(seconds=1))
    assert not is_open(closed, NOON)
    assert is_open(closed, NOON + timedelta(seconds=1))


def test_waits_double_to_a_limit_and_differ_by_target() -> None:
    waits = [wait_seconds(attempt, "100/7") for attempt in range(1, 13)]
    assert waits == sorted(waits)
    assert 2 <= waits[0] <= 3
    assert LONGEST_WAIT <= waits[-1] <= LONGEST_WAIT * 1.5
    assert len({wait_seconds(1, str(number)) for number in range(50)}) > 20
