"""Cursors."""

import base64

import pytest

from entrepot.kernel.errors import InputError
from entrepot.stock.pages import decode_cursor, encode_cursor, page_size


def test_a_cursor_comes_back_as_it_was() -> None:
    key = [0.1 + 0.2, "袜子 A/1", 7]
    assert decode_cursor(encode_cursor(key), (float, str, int)) == key


def test_an_int_passes_for_a_float() -> None:
    assert decode_cursor(encode_cursor([3]), (float,)) == [3]


@pytest.mark.parametrize("text", ["", "!", "日", "e30", "WzFd", "x" * 9])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Start from the first page"):
        decode_cursor(text, (str, str))


@pytest.mark.parametrize("body", [b'["a\\u0000","b"]', b'["a",1]', b"[true,1]", b'["a","b","c"]'])
def test_a_cursor_the_database_would_choke_on_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        decode_cursor(base64.urlsafe_b64encode(body).decode(), (str, str))


def test_a_number_beyond_64_bits_is_refused() -> None:
    with pytest.raises(InputError):
        decode_cursor(encode_cursor([2**63]), (int,))


def test_a_page_has_1_to_500_rows() -> None:
    assert [page_size(0), page_size(50), page_size(10**6)] == [1, 50, 500]
