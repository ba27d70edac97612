from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entrepot.api.moments import moment, one_of, words
from entrepot.kernel.errors import InputError

ZONE = "Asia/Shanghai"


def test_a_day_is_the_retailers_day() -> None:
    assert moment("from", "2026-11-22", ZONE) == datetime(2026, 11, 21, 16, tzinfo=UTC)


def test_the_end_of_a_window_includes_its_last_day() -> None:
    assert moment("to", "2026-11-22", ZONE, is_end=True) == datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-22T08:00:00Z", "2026-11-22T16:00:00+08:00", "2026-11-22T16:00:00 08:00", "2026-11-22T16:00:00"]
)
def test_an_instant_keeps_its_offset_and_a_plus_lost_in_an_address_is_found_again(text: str) -> None:
    assert moment("from", text, ZONE) == datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "2026-13-01", "yesterday", "2026-02-30", "9" * 40, "\x00"]
)
def test_absurd_times_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="2026-11-22T08:00:00Z") as caught:
        moment("from", text, ZONE)
    assert caught.value.code == "api.bad_time"


def test_nothing_is_no_time() -> None:
    assert moment("from", None, ZONE) is None
    assert moment("from", " ", ZONE) is None


def test_values_are_split_at_commas_and_repeats_are_dropped() -> None:
    assert words("paid, shipped,,paid") == ("paid", "shipped")


def test_a_value_from_no_list_is_refused_and_the_list_is_named() -> None:
    with pytest.raises(InputError, match="Use one or more of paid, unpaid"):
        one_of("payment", "paid,payed", ("paid", "unpaid"))
