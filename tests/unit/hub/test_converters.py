"""Each trap of units, zones, ids and null words, by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from entrepot.hub import converters as c
from entrepot.hub.converters import BadValue, Converter, ShopContext
from entrepot.hub.documents import Json
from entrepot.kernel.facts import Value

CHINA = ShopContext("taobao", "shop")
NEW_YORK = ShopContext("shopify", "us", "USD", "America/New_York")


def read(converter: Converter, raw: Json, context: ShopContext = CHINA) -> Value:
    return converter.convert(raw, context)


def refuse(converter: Converter, raw: Json, context: ShopContext = CHINA) -> None:
    with pytest.raises(BadValue) as caught:
        converter.convert(raw, context)
    assert len(caught.value.args) == 2  # observed, expected


# Money


def test_yuan_and_fen_of_the_same_figure_are_a_hundredfold_apart() -> None:
    assert read(c.yuan, "100") == 10000
    assert read(c.fen, "100") == 100


@pytest.mark.parametrize("raw", ["29.50", 29.5, "29.5", " 29.50 ", Decimal("29.5"), "2.95e1"])
def test_an_amount_is_the_same_as_text_and_as_number(raw: Json) -> None:
    assert read(c.yuan, Decimal(str(raw)) if isinstance(raw, float) else raw) == 2950


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert read(c.yuan, "120", CHINA.in_currency("JPY")) == 120
    assert read(c.yuan, "1.234", CHINA.in_currency("KWD")) == 1234


@pytest.mark.parametrize("raw", ["￥12", "1,234.50", "NaN", "1e999999", True, [], {}, "free"])
def test_what_is_no_amount_is_refused(raw: Json) -> None:
    refuse(c.yuan, raw)


def test_a_fraction_of_a_fen_is_refused_where_minor_units_are_sent() -> None:
    refuse(c.fen, "29.5")
    assert read(c.fen, Decimal("29.0")) == 29


def test_nothing_is_not_zero() -> None:
    assert read(c.yuan, "") is None
    assert read(c.yuan, "0.00") == 0


@pytest.mark.parametrize(
    ("code", "expected"),
    [("usd", "USD"), (None, "CNY"), ("", "CNY"), ("dollars", "CNY"), ([None, "EUR"], "EUR"), (12, "CNY")],
)
def test_a_record_may_name_its_currency(code: Json, expected: str) -> None:
    assert CHINA.in_currency(code).currency == expected


# Times


def test_a_naive_time_of_china_is_eight_hours_ahead() -> None:
    assert read(c.cn_time, "2026-03-01 07:30:00") == "2026-02-28T23:30:00Z"
    assert read(c.cn_time, "2026-03-01 07:30:00", NEW_YORK) == "2026-02-28T23:30:00Z"
    assert read(c.utc_time, "2026-03-01 07:30:00") == "2026-03-01T07:30:00Z"


def test_a_local_time_follows_the_shops_summer_time() -> None:
    assert read(c.local_time, "2026-01-15 12:00:00", NEW_YORK) == "2026-01-15T17:00:00Z"
    assert read(c.local_time, "2026-07-15 12:00:00", NEW_YORK) == "2026-07-15T16:00:00Z"


def test_the_hour_that_comes_twice_is_its_first() -> None:
    assert read(c.local_time, "2026-11-01 01:30:00", NEW_YORK) == "2026-11-01T05:30:00Z"


def test_the_hour_that_never_was_is_read_as_before_the_change() -> None:
    assert read(c.local_time, "2026-03-08 02:30:00", NEW_YORK) == "2026-03-08T07:30:00Z"


def test_an_offset_is_kept_to_and_a_missing_one_is_refused() -> None:
    assert read(c.iso_time, "2026-01-31T09:30:00+08:00") == "2026-01-31T01:30:00Z"
    assert read(c.iso_time, "2026-01-31T09:30:00.123456Z") == "2026-01-31T09:30:00.123456Z"
    refuse(c.iso_time, "2026-01-31T09:30:00")
    refuse(c.cn_time, "2026-01-31T09:30:00+08:00")
    assert read(c.utc_or_offset_time, "2026-01-31 09:30:00") == "2026-01-31T09:30:00Z"
    assert read(c.utc_or_offset_time, "2026-01-31 09:30:00+08:00") == "2026-01-31T01:30:00Z"


def test_seconds_and_milliseconds_are_not_mixed_up() -> None:
    assert read(c.epoch_s, 1788307217) == read(c.epoch_ms, "1788307217000") == "2026-09-02T00:00:17Z"
    refuse(c.epoch_s, 1788307217000)
    refuse(c.epoch_ms, 1788307217)


@pytest.mark.parametrize("raw", ["", "0", 0, "0001-01-01 00:00:00", "0000-00-00 00:00:00", "null", " ", "-"])
def test_the_words_for_never_are_nothing(raw: Json) -> None:
    for converter in (c.cn_time, c.local_time, c.iso_time, c.epoch_s, c.rfc2822):
        assert read(converter, raw) is None


@pytest.mark.parametrize(
    "raw", ["1989-12-31 23:59:59", "2100-01-02 00:00:00", "9999-12-31 23:59:59", "2026-02-30 10:00:00"]
)
def test_absurd_dates_are_refused(raw: str) -> None:
    refuse(c.cn_time, raw)


@pytest.mark.parametrize("raw", [True, [], {}, Decimal("1.5"), "yesterday", "9" * 400])
def test_what_is_no_time_is_refused(raw: Json) -> None:
    refuse(c.epoch_s, raw)


def test_a_time_of_a_letter_is_read() -> None:
    assert read(c.rfc2822, "Tue, 05 Mar 2019 21:40:11 +0800") == "2019-03-05T13:40:11Z"
    refuse(c.rfc2822, "5.3.2019")


# Ids, texts, words


def test_an_id_above_two_to_the_53_keeps_its_last_digit() -> None:
    assert read(c.ident, 9007199254740993) == "9007199254740993"
    assert read(c.ident, 184467440737095516150) == "184467440737095516150"
    assert read(c.ident, Decimal("9007199254740993.0")) == "9007199254740993"


def test_an_id_of_zero_or_nothing_is_none() -> None:
    assert [read(c.ident, raw) for raw in (0, "0", "", "  ")] == [None] * 4
    for raw in (True, [], {}, "x" * 201):
        refuse(c.ident, raw)


def test_texts_are_trimmed_and_storable() -> None:
    assert read(c.text, "  a\x00b ") == "a\ufffdb"
    assert read(c.text, "😀'; DROP TABLE x; --") == "😀'; DROP TABLE x; --"
    assert read(c.text, False) == "false"


def test_a_word_outside_its_vocabulary_is_refused() -> None:
    status = c.enum("status", {"PAID": "paid", "1": "open"})
    assert (read(status, "PAID"), read(status, 1), read(status, "")) == ("paid", "open", None)
    for raw in ("paid", "2", []):
        refuse(status, raw)


@pytest.mark.parametrize(
    ("raw", "expected"), [(True, True), ("1", True), (0, False), ("否", False), ("YES", True), ("", None)]
)
def test_flags(raw: Json, expected: bool | None) -> None:
    assert read(c.flag, raw) is expected


def test_a_flag_that_is_neither_is_refused() -> None:
    refuse(c.flag, "maybe")


# Quantities


def test_pieces_are_whole_and_not_negative() -> None:
    assert read(c.pieces, "3.000") == 3
    assert read(c.signed_pieces, "-3") == -3
    for raw in (-1, "2.5", "1e13", True):
        refuse(c.pieces, raw)


def test_a_measure_is_scaled_half_up() -> None:
    assert read(c.scaled("cm_to_mm", "10"), "12.35") == 124
    assert read(c.number, "30.2500") == "30.25"
    refuse(c.number, "Infinity")


# Personal data


@pytest.mark.parametrize(
    ("raw", "state", "scheme"),
    [
        ("张三", "clear", None),
        ("张**", "masked", None),
        ("##abc#1##", "cipher", "douyin"),
        ("$$abc$1$$", "cipher", "douyin"),
        ("AAS/xyz", "cipher", "jd"),
        ("$abc$1$", "cipher", "youzan"),
        ("~a~b~1~", "cipher", "pinduoduo"),
    ],
)
def test_the_state_of_personal_data_is_told_by_its_form(raw: str, state: str, scheme: str | None) -> None:
    value = read(c.pii, raw)
    assert isinstance(value, dict)
    assert (value["state"], value.get("scheme"), value["value"]) == (state, scheme, raw)


def test_a_stand_in_names_its_scheme() -> None:
    assert read(c.token("oaid"), "abc") == {"state": "token", "value": "abc", "scheme": "oaid"}
    assert read(c.token("oaid"), "") is None


# Combining


def test_the_first_that_says_something_is_taken() -> None:
    assert read(c.first(c.yuan), [None, "", "1.50", "2.00"]) == 150
    assert read(c.first(c.yuan), [None, ""]) is None
    refuse(c.first(c.yuan), ["x", "1.50"])
