from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from entrepot.api.personal import is_personal, masked, masked_text, shown


def test_a_viewer_sees_enough_to_recognise_and_too_little_to_reach() -> None:
    assert masked("13800138000") == "1********00"
    assert masked("张小明") == "张**"
    assert masked("李") == "*"


def test_clear_values_are_for_those_who_may_read_them() -> None:
    phone = {"state": "clear", "value": "13800138000"}
    assert shown("order", "buyer_phone", phone, True) == "13800138000"
    assert shown("order", "buyer_phone", phone, False) == "1********00"


def test_what_is_no_personal_data_is_shown_to_all() -> None:
    assert shown("order", "city", "杭州市", False) == "杭州市"
    assert shown("order", "paid", 2950, False) == 2950


def test_a_buyers_note_is_personal_though_it_is_text() -> None:
    assert is_personal("order", "buyer_note")
    assert shown("order", "buyer_note", "ring twice at 4B", False) == "r*************4B"


def test_what_is_enciphered_or_erased_is_shown_to_nobody() -> None:
    assert shown("order", "address", {"state": "cipher", "value": "~AbC~"}, True) == "***"
    assert shown("order", "address", {"state": "erased", "value": ""}, True) is None


def test_spans_and_telling_names_are_blanked_and_nothing_moves() -> None:
    text = json.dumps({"tid": 7, "receiver_name": "张三", "mobile": 13800138000, "x": "secret"}, ensure_ascii=False)
    start = text.index("secret")
    blank = masked_text(text, [(start, start + 6)])
    assert len(blank) == len(text)
    assert json.loads(blank.replace("*" * 11, "0"))["tid"] == 7
    for word in ("张三", "13800138000", "secret"):
        assert word not in blank


def test_names_inside_json_inside_a_string_are_blanked_too() -> None:
    inner = json.dumps({"buyer_phone": "13800138000", "sku": "A-1"})
    blank = masked_text(json.dumps({"msg": inner}), [])
    assert "13800138000" not in blank
    assert "A-1" in blank


def test_text_that_is_no_json_is_blanked_whole() -> None:
    blank = masked_text("phone=13800138000&name=Li", [])
    assert blank == "*****=***********&****=**"


@given(st.text())
def test_blanking_never_moves_a_character(text: str) -> None:
    assert len(masked_text(text, [])) == len(text)
    assert len(masked(text)) == len(text)
