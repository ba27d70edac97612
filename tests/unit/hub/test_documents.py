"""Bytes become a document, or a reason why not; nothing is lost on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from entrepot.hub.documents import Undecodable, form_document, json_document, json_of, text_of, unwrap

JSON = {"content-type": "application/json"}


def rule(body: bytes, headers: dict[str, str] | None = None) -> str:
    with pytest.raises(Undecodable) as caught:
        json_document(body, headers or {})
    name, what, mend = caught.value.args
    assert what
    assert mend
    return str(name)


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert json_document(b'\xef\xbb\xbf{"a": 1}', JSON) == {"a": 1}


@pytest.mark.parametrize("charset", ["GBK", "gb18030", '"gb2312"'])
def test_the_charset_of_the_content_type_counts(charset: str) -> None:
    body = '{"city": "杭州市"}'.encode("gbk")
    assert json_document(body, {"content-type": f"application/json; charset={charset}"}) == {"city": "杭州市"}
    assert rule(body) == "decode.encoding"


def test_a_charset_nobody_knows_is_told() -> None:
    assert rule(b"{}", {"content-type": "text/plain; charset=klingon"}) == "decode.encoding"
    with pytest.raises(Undecodable, match="The body is not utf-8 text"):
        text_of(b"\xb1\xb1", {})


def test_numbers_keep_every_digit() -> None:
    document = json_of(b'{"id": 184467440737095516150, "price": 0.1, "big": 1E+2, "long": 0.1234567890123456789}')
    assert document == {
        "id": 184467440737095516150,
        "price": Decimal("0.1"),
        "big": Decimal(100),
        "long": Decimal("0.1234567890123456789"),
    }


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"{", b"", b"{} {}", b'{"a" 1}', b"\x00"])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert rule(body) == "decode.json"


@pytest.mark.parametrize("body", [b"[" * 61 + b"]" * 61, b'{"a":' * 61 + b"1" + b"}" * 61])
def test_a_document_nested_too_deep_is_refused(body: bytes) -> None:
    assert rule(body) == "decode.depth"
    assert rule(b"[" * 200_000) == "decode.json"


def test_brackets_in_texts_are_no_depth() -> None:
    text = "[" * 100 + '\\"' + "{" * 100
    assert json_of(f'["{text}"]') == [text.replace('\\"', '"')]
    assert json_of(b"[" + b"[]," * 100 + b"[]]") == [[]] * 101


def test_a_form_is_a_dictionary_of_texts() -> None:
    assert form_document(b"a=%E6%9D%AD&b=1+2&c=", {}) == {"a": "杭", "b": "1 2", "c": ""}
    with pytest.raises(Undecodable) as caught:
        form_document(b"", {})
    assert caught.value.args[0] == "decode.form"


def test_json_in_a_member_is_unwrapped_and_anything_else_left_alone() -> None:
    assert unwrap({"msg": '{"a": 1}', "b": 2}, "msg") == {"msg": {"a": 1}, "b": 2}
    for document in ({"msg": {"a": 1}}, {"msg": "  "}, {"b": 1}, [1], None):
        assert unwrap(document, "msg") == document
    with pytest.raises(Undecodable):
        unwrap({"msg": "{"}, "msg")
