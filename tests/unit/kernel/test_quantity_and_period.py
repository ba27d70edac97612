from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import InputError
from entrepot.kernel.period import Period
from entrepot.kernel.quantity import whole_quantity

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(("value", "pieces"), [("3", 3), ("3.000", 3), (Decimal("2e1"), 20), (-4, -4), (" 5 ", 5)])
def test_whole_numbers_are_pieces(value: str, pieces: int) -> None:
    assert whole_quantity(value) == pieces


@pytest.mark.parametrize("value", ["2.5", "", "x", "NaN", "1e13", "1e999999"])
def test_what_is_no_whole_number_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="whole number of pieces"):
        whole_quantity(value)


def test_a_period_holds_its_start_and_not_its_end() -> None:
    day = Period(START, START + timedelta(days=1))
    assert START in day
    assert START + timedelta(days=1) not in day
    assert day.duration == timedelta(days=1)
    assert FixedClock(START).now() in day


def test_a_period_needs_zones_and_a_direction() -> None:
    with pytest.raises(InputError, match="aware"):
        Period(START.replace(tzinfo=None), START)
    with pytest.raises(InputError, match="before it starts"):
        Period(START, START - timedelta(seconds=1))
