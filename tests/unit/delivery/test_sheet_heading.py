"""Headings of rate sheets: which column a name means, and what unit its cells are in."""

from __future__ import annotations

import pytest

from entrepot.delivery.sheet_heading import Head, head_of, is_heading, record_of
from entrepot.delivery.sheet_rows import RECORDS


@pytest.mark.parametrize(
    ("written", "head"),
    [
        ("valid_from", Head("valid_from")),
        (" Valid\nFrom ", Head("valid_from")),
        ("生效日期", Head("valid_from")),
        ("价格（元）", Head("price", "元")),
        ("Price (CNY)", Head("price", "cny")),
        ("per_kg [元/kg]", Head("per_kg", "元/kg")),
        ("Up to (kg)", Head("up_to_kg")),
        ("up_to_kg (g)", Head("up_to_kg", "g")),
        ("price (incl. tax)", Head("price (incl. tax)")),
        ("price (2)", Head("price (2)")),
        ("prise", Head("prise")),
    ],
)
def test_a_heading_is_known_in_both_languages_and_with_its_unit(written: str, head: Head) -> None:
    assert head_of(written) == head


def test_every_column_of_every_record_is_known() -> None:
    assert {column for columns in RECORDS.values() for column in columns if head_of(column).column != column} == set()


def test_a_heading_names_the_record_and_another_column() -> None:
    assert is_heading(["", "记录", "承运商"])
    assert not is_heading(["记录", "2026 报价"])
    assert not is_heading(["carrier", "service"])


def test_records_have_chinese_names() -> None:
    assert {
        record_of(word) for word in ("承运商", "服务", "线路", "运价", "附加费", "截单", "运力", "例外", "纸箱")
    } == set(RECORDS)
    assert record_of("Rate ") == "rate"
