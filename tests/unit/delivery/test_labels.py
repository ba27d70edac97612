"""Labels: the barcode can be read back, the prints hold what they should, the same request is the same print."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.delivery import Address, LabelMaker, LabelRequest, OwnLabels
from entrepot.delivery.labels import code128
from entrepot.delivery.labels.own import tracking_number
from entrepot.kernel.errors import InputError

SENDER = Address("山野集", "0512-63320000", "CN", "江苏省", "苏州市", "汾湖物流园云翔路88号")
RECEIVER = Address("张小明 & <b>", "13800138000", "CN", "浙江省", "杭州市", "西湖区文三路 1 号 ^FS~JA", "310000")
REQUEST = LabelRequest("L-1", 7, "SF", "standard", SENDER, RECEIVER, 1250, "taobao 4117")


def decoded(widths: list[int]) -> str:
    """Read a barcode back as a scanner does: six widths a symbol, check character verified."""
    table = {pattern: value for value, pattern in enumerate(code128._WIDTHS)}
    assert widths[-7:] == [2, 3, 3, 1, 1, 1, 2]
    body = widths[:-7]
    values = [table["".join(map(str, body[place : place + 6]))] for place in range(0, len(body), 6)]
    start, *data, check = values
    assert (start + sum(place * value for place, value in enumerate(data, 1))) % 103 == check
    code_set, text = {104: "B", 105: "C"}[start], ""
    for value in data:
        if (code_set, value) in (("B", 99), ("C", 100)):
            code_set = "C" if value == 99 else "B"
        else:
            text += f"{value:02d}" if code_set == "C" else chr(value + 32)
    return text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_a_barcode_reads_back_as_it_was_written(text: str) -> None:
    assert decoded(code128.widths(text)) == text


@given(st.from_regex(r"\A[A-Z]{0,3}[0-9]{1,20}[A-Z]{0,2}\Z"))
def test_numbers_among_letters_read_back_too(text: str) -> None:
    assert decoded(code128.widths(text)) == text


def test_every_symbol_is_eleven_modules_wide_and_no_two_are_alike() -> None:
    assert len(set(code128._WIDTHS)) == 107
    assert {sum(map(int, pattern)) for pattern in code128._WIDTHS[:-1]} == {11}


def test_a_known_barcode_is_written_as_the_standard_has_it() -> None:
    # The well-known example "PJJ123C" has the check character 54 from start A (103); from start B (104) it is 55.
    assert code128.symbols("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]
    # Six digits are three symbols of code set C: 105 + 1 x 12 + 2 x 34 + 3 x 56 = 353 = 3 x 103 + 44.
    assert code128.symbols("123456") == [105, 12, 34, 56, 44, 106]


@pytest.mark.parametrize("text", ["", "杭州", "a\n"])
def test_what_has_no_code_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Code 128"):
        code128.widths(text)


def printed(form: str) -> tuple[str, bytes]:
    made = OwnLabels().make(replace(REQUEST, format=form)).value
    assert made is not None
    return made.tracking_no, made.content


def test_an_svg_shows_addresses_as_text_and_the_number_as_bars() -> None:
    number, content = printed("svg")
    root = ElementTree.fromstring(content)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("张小明 & <b> 13800138000" in (text or "") for text in texts)
    assert texts[-1] == number
    bars = [node for node in root.iter("{http://www.w3.org/2000/svg}rect") if node.get("y")]
    assert len(bars) == len(code128.widths(number)) // 2 + 1


def test_zpl_keeps_the_printers_marks_out_of_text() -> None:
    number, content = printed("zpl")
    text = content.decode()
    assert text.startswith("^XA^CI28")
    assert text.endswith(f"^FD{number}^FS^XZ")
    assert "_5EFS_7EJA" in text
    assert text.count("^FD") == text.count("^FS")


def test_a_pdf_points_at_each_of_its_objects() -> None:
    number, content = printed("pdf")
    table = int(re.findall(rb"startxref\n(\d+)", content)[0])
    assert content[table:].startswith(b"xref\n0 8\n")
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n", content[table:], re.M)]
    assert all(content[place:].startswith(b"%d 0 obj" % (at + 1)) for at, place in enumerate(places))
    length = int(re.findall(rb"/Length (\d+)", content)[0])
    stream = content.partition(b"stream\n")[2]
    assert stream[length:].startswith(b"\nendstream")
    assert "张小明".encode("utf-16-be").hex().encode() in stream
    assert number.encode("utf-16-be").hex().encode() in stream


@pytest.mark.parametrize("form", ["svg", "pdf", "zpl"])
def test_the_same_request_prints_the_same(form: str) -> None:
    assert printed(form) == printed(form)


def test_numbers_carry_a_check_digit_and_run_out_in_the_end() -> None:
    assert tracking_number("EN", 7) == "EN000000000079"
    last: LabelMaker = OwnLabels()
    refused = last.make(replace(REQUEST, serial=10**11)).refusal
    assert refused is not None
    assert refused.reason == "out_of_numbers"


@pytest.mark.parametrize(
    "change",
    [{"format": "png"}, {"receiver": RECEIVER._replace(street=" ")}, {"receiver": RECEIVER._replace(name="x" * 121)}],
)
def test_a_label_nobody_could_deliver_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="label"):
        replace(REQUEST, **change)  # type: ignore[arg-type]
