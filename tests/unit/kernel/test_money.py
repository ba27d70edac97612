from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.errors import InputError
from entrepot.kernel.money import Money, major_text, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("29.50", "CNY", 2950),
        (" 29.5 ", "CNY", 2950),
        (Decimal("0.1") + Decimal("0.2"), "CNY", 30),
        ("0.005", "USD", 1),
        ("-0.005", "USD", -1),
        ("0.0049", "USD", 0),
        ("120", "JPY", 120),
        ("1.2345", "KWD", 1235),
        (7, "CNY", 700),
        ("1e2", "CNY", 10000),
    ],
)
def test_whole_units_become_minor_units_half_away_from_zero(amount: str, currency: str, expected: int) -> None:
    assert minor_units(amount, currency) == expected


@pytest.mark.parametrize("amount", ["", "twelve", "1,50", "NaN", "Infinity", "1e999999", "9" * 30, "1.2.3", "٣x"])
def test_what_is_no_amount_is_told_with_a_way_to_mend(amount: str) -> None:
    with pytest.raises(InputError, match="is not an amount of CNY") as caught:
        minor_units(amount, "CNY")
    assert caught.value.code == "money.amount"
    assert caught.value.mend


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_an_amount_reads_back_as_it_was_written(amount: int, currency: str) -> None:
    assert minor_units(major_text(amount, currency), currency) == amount


def test_currencies_do_not_mix() -> None:
    assert Money(1, "CNY") + Money(2, "CNY") == Money(3, "CNY")
    assert str(-Money(2950, "CNY")) == "-29.50 CNY"
    with pytest.raises(InputError, match="Cannot add USD to CNY"):
        Money(1, "CNY") + Money(1, "USD")
    with pytest.raises(InputError):
        Money(1, "yuan")
